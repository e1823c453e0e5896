"""Reads the value forms of the language: a constant, `from`, `text`, `compute`, `lookup`, `choose`,
`for_each`."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any, Literal

from yaml.nodes import Node, ScalarNode, SequenceNode

from flowrun.expressions.conversions import CONVERSIONS
from flowrun.expressions.paths import Path
from flowrun.expressions.source import ExpressionError
from flowrun.expressions.suggest import did_you_mean, nearest
from flowrun.expressions.templates import Expression, Text
from flowrun.expressions.values import (
    Choice,
    Choose,
    Composed,
    Computed,
    Constant,
    Fields,
    ForEach,
    From,
    Items,
    Lookup,
    Modified,
    Unread,
    Value,
)
from flowrun.language.reader import Entries, Entry, Reader, Wrong

_MODIFIERS = ("as", "default", "missing", "max_length", "too_long", "when")
FORMS: Mapping[str, tuple[str, ...]] = {
    "from": ("from", *_MODIFIERS),
    "text": ("text", *_MODIFIERS),
    "compute": ("compute", *_MODIFIERS),
    "lookup": ("lookup", "key", "by", "column", *_MODIFIERS),
    "choose": ("choose", *_MODIFIERS),
    "value": ("value", *_MODIFIERS),
    "for_each": ("for_each", "as", "fields", "value", "when"),
    "fields": ("fields", "when"),
}
"""Each form by the key it is known by, and the keys that may stand beside it."""
_RESERVED = frozenset({*FORMS, *_MODIFIERS, "key", "column"})
_TYPO = 0.74  # how alike a key and a form must be; `form` and `from` are 0.75


class FormReader(Reader):
    """Reads value forms. A form with a mistake is an `Unread` that holds what could be read of it."""

    def fields(self, node: Node, what: str) -> Fields | Wrong:
        """A record whose values are forms."""
        entries = self.mapping(node, what)
        return entries if isinstance(entries, Wrong) else self._record_of_forms(entries, node)

    def _record_of_forms(self, entries: Entries, node: Node) -> Fields:
        values = {name: self.form(entry.value, f"`{name}`") for name, entry in entries.items()}
        keys = {name: self.at(entry.key) for name, entry in entries.items()}
        return Fields(values, keys, at=self.at(node))

    def form(self, node: Node, what: str) -> Value:
        """One value form."""
        if isinstance(node, ScalarNode):
            return self._constant(node)
        if isinstance(node, SequenceNode):
            return Items(
                tuple(self.form(item, f"each item of {what}") for item in node.value), at=self.at(node)
            )
        entries = self.mapping(node, what)
        if isinstance(entries, Wrong):
            return self._unread(node)
        forms = [name for name in FORMS if name in entries]
        if "for_each" in forms:
            return self._for_each(
                self.known(entries, FORMS["for_each"], "a value with `for_each`"), node, what
            )
        if len(forms) > 1:
            told = f"{what} has both `{forms[0]}` and `{forms[1]}`"
            self.problem("two-forms", told, entries[forms[1]].key, "a value has one form; keep one of them")
            entries = {name: entry for name, entry in entries.items() if name not in forms[1:]}
        if not forms:
            return self._nested(entries, node, what)
        return self._read(forms[0], self.known(entries, FORMS[forms[0]], f"a value with `{forms[0]}`"), node)

    def _unread(self, node: Node, *parts: Any) -> Unread:
        kept = tuple(part for part in parts if isinstance(part, Value | Expression | Path))
        return Unread(kept, at=self.at(node))

    def _constant(self, node: ScalarNode) -> Value:
        value = self.scalar(node)
        if not isinstance(value, str) or ("{{" not in value and "{%" not in value):
            return Constant(value, at=self.at(node))
        written = value if len(value) <= 60 and "\n" not in value else "…"
        hint = f'write {{text: "{written}"}}'
        self.problem("template-outside-text", "braces outside `text:` are not filled in", node, hint)
        try:
            return self._unread(
                node, Composed(self.templates.text(self.document.source(node)), at=self.at(node))
            )
        except ExpressionError:
            return self._unread(node)

    def _nested(self, entries: Entries, node: Node, what: str) -> Value:
        """A record without a form is a nested record, unless all of its keys are nearly those of a form:
        then it is a typo, and read as what was meant."""
        meant = {name: _meant(name) for name in entries}
        if not meant or not all(meant.values()):
            return self._record_of_forms(entries, node)
        name = next((name for name in entries if meant[name] in FORMS), next(iter(entries)))
        near = str(meant[name])
        hint = (
            f"did you mean `{near}`?"
            if near != name
            else "a value is one of from, text, compute, lookup, choose, for_each"
        )
        self.problem(
            "unknown-form",
            f"{what} has no form of a value: `{name}` is none",
            entries[name].key,
            f"{hint}; a nested record with such a field is written as {{fields: {{{name}: …}}}}",
        )
        if near not in FORMS:
            return self._unread(node)
        named = {near if key == name else key: entry for key, entry in entries.items()}
        return self._read(near, self.known(named, FORMS[near], f"a value with `{near}`"), node)

    def _read(self, form: str, entries: Entries, node: Node) -> Value:
        match form:
            case "for_each":
                return self._for_each(entries, node, "the value")
            case "fields":
                fields = self.fields(entries["fields"].value, "`fields`")
                inner: Value = self._unread(node) if isinstance(fields, Wrong) else fields
            case "lookup":
                inner = self._lookup(entries, node)
            case "choose":
                inner = self._choose(entries["choose"].value)
            case "value":
                inner = self.form(entries["value"].value, "`value`")
            case _:
                inner = self._single_text(form, entries[form].value)
        modifiers = self._modifiers(entries, form)
        return Modified(inner, at=self.at(node), **modifiers) if modifiers else inner

    def _single_text(self, form: str, node: Node) -> Value:
        if not isinstance(node, ScalarNode):
            self.problem("wrong-type", f"`{form}` takes a single text, not {self.kind(node)}", node)
            return self._unread(node)
        match form:
            case "from":
                return From(self.expression(node, Path), at=self.at(node))
            case "text":
                return Composed(self.expression(node, Text), at=self.at(node))
            case _:
                return Computed(self.expression(node, Expression), at=self.at(node))

    # --- lookup ----------------------------------------------------------------------------------

    def _lookup(self, entries: Entries, node: Node) -> Value:
        key = self.form(entries["key"].value, "`key`") if "key" in entries else None
        default = self.form(entries["default"].value, "`default`") if "default" in entries else None
        if key is None:
            told, hint = "a lookup needs `key`: the value to look up", "as in key: {from: order.currency}"
            self.problem("missing-key", told, node, hint)
        missing: Any = "fail"
        if "missing" in entries:
            allowed = Literal["fail", "park", "null", "leave_out"]
            missing = self.value(entries["missing"].value, allowed, "`missing`")
        if "default" in entries and "missing" in entries:
            told, hint = (
                "a lookup has both `default` and `missing`",
                "with a default nothing is missing; keep one of them",
            )
            self.problem("two-forms", told, entries["missing"].key, hint)
        table = self.value(entries["lookup"].value, str, "`lookup`")
        column = self.value(entries["column"].value, str, "`column`") if "column" in entries else None
        by = self._by(table, entries) if "by" in entries and isinstance(table, str) else None
        found = None if isinstance(table, Wrong) else self._column(table, column, by, entries)
        if key is None or found is None or isinstance(missing, Wrong) or isinstance(by, Wrong):
            return self._unread(node, key, default)
        return Lookup(table, key, found, default, missing, by, at=self.at(entries["lookup"].value))

    def _by(self, table: str, entries: Entries) -> str | Wrong | None:
        """The column in which the key is to be found. Each of its values must stand there once only."""
        by: str | Wrong = self.value(entries["by"].value, str, "`by`")
        known = self.tables.get(table)
        if isinstance(by, Wrong) or known is None:
            return Wrong()
        if by not in (known.key_column, *known.columns):
            told = f"lookups/{table}.csv has no column `{by}`"
            hint = did_you_mean(by, (known.key_column, *known.columns))
            return self.problem("unknown-column", told, entries["by"].value, hint)
        twice = known.twice(by) if by != known.key_column else []
        if twice:
            told = (
                f"lookups/{table}.csv has `{twice[0]}` more than once in `{by}`, so no row can be found by it"
            )
            return self.problem(
                "ambiguous-lookup", told, entries["by"].value, "take a column whose values differ"
            )
        return by

    def _column(
        self, table: str, column: str | Wrong | None, by: str | Wrong | None, entries: Entries
    ) -> str | None:
        """The column that is meant; None, and a problem, when there is none."""
        node = entries["lookup"].value
        if table not in self.columns:
            hint = did_you_mean(table, self.columns, otherwise=f"make lookups/{table}.csv")
            self.problem("unknown-lookup", f"there is no lookup table `{table}`", node, hint)
        near = table if table in self.columns else nearest(table, self.columns)
        columns = self.columns[near] if near is not None else ()
        if not columns or isinstance(column, Wrong):
            return None
        if (
            "by" in entries and near is not None and near in self.tables
        ):  # found by another column, the first one is a value too
            columns = tuple(one for one in (self.tables[near].key_column, *columns) if one != by)
            column = column or columns[0]
        if column is None and len(columns) > 1:
            told = f"lookups/{near}.csv has several columns, so `column` must say which"
            self.problem("missing-key", told, node, f"known: {', '.join(columns)}")
            return None
        if column is not None and column not in columns:
            told = f"lookups/{near}.csv has no column `{column}`"
            self.problem("unknown-column", told, entries["column"].value, did_you_mean(column, columns))
            return None
        return (column or columns[0]) if near == table else None

    # --- choose ----------------------------------------------------------------------------------

    def _choose(self, node: Node) -> Value:
        items = self.sequence(node, "`choose`")
        if isinstance(items, Wrong):
            return self._unread(node)
        if not items:
            self.problem(
                "missing-key", "`choose` has no line", node, "as in - {when: order.total > 1000, value: ZOR}"
            )
            return self._unread(node)
        choices = [self._choice(item, last=index == len(items) - 1) for index, item in enumerate(items)]
        good = [choice for choice in choices if isinstance(choice, Choice)]
        if isinstance(choices[-1], Choice) and choices[-1].when is not None:
            told = "`choose` does not say what holds when none of its conditions does"
            self.problem("choose-without-rest", told, items[-1], "end it with a line that has only `value:`")
        if len(good) == len(choices):
            return Choose(tuple(good), at=self.at(node))
        return self._unread(node, *(part for choice in good for part in (choice.when, choice.value)))

    def _choice(self, node: Node, *, last: bool) -> Choice | Wrong:
        entries = self.mapping(node, "each line of `choose`")
        if isinstance(entries, Wrong):
            return entries
        entries = self.known(entries, ("when", "value"), "a line of `choose`")
        when = self._when(entries)
        if when is None and not last and "value" in entries:
            told = "the lines of `choose` below this one are never reached"
            self.problem("never-reached", told, node, "give it a `when:`, or move it to the end")
        if "value" not in entries:
            hint = "as in - {when: order.total > 1000, value: ZOR}"
            return self.problem("missing-key", "a line of `choose` needs `value`", node, hint)
        return Choice(when, self.form(entries["value"].value, "`value`"))

    # --- for_each --------------------------------------------------------------------------------

    def _for_each(self, entries: Entries, node: Node, what: str) -> Value:
        path = self.value(entries["for_each"].value, Path, "`for_each`")
        when = self._when(entries)
        name: Any = Wrong()
        if "as" in entries:
            name = self.name(entries["as"].value, "`as`")
        else:
            self.problem("missing-key", "`for_each` needs `as`: the name of one item", node, "as in as: line")
        each = self._each(entries, node, what)
        if isinstance(path, Wrong) or isinstance(name, Wrong) or each is None:
            return self._unread(node, path, when)
        made = ForEach(path, name, each, at=self.at(node))
        return Modified(made, at=self.at(node), when=when) if when is not None else made

    def _each(self, entries: Entries, node: Node, what: str) -> Value | None:
        if ("fields" in entries) == ("value" in entries):
            told = (
                f"{what} needs `fields` (a record for each item) or `value` (one value for "
                "each), and not both"
            )
            self.problem("missing-key", told, node)
        if "fields" in entries:
            fields = self.fields(entries["fields"].value, "`fields`")
            return None if isinstance(fields, Wrong) else fields
        return self.form(entries["value"].value, "`value`") if "value" in entries else None

    # --- modifiers -------------------------------------------------------------------------------

    def _when(self, entries: Entries) -> Expression | None:
        when = self.value(entries["when"].value, Expression, "`when`") if "when" in entries else None
        return when if isinstance(when, Expression) else None

    def _modifiers(self, entries: Entries, form: str) -> dict[str, Any]:
        """The modifiers that apply to any single value. A lookup's default and miss policy are its own."""
        found: dict[str, Any] = {}
        if "when" in entries:
            found["when"] = self._when(entries)
        if "as" in entries:
            found["conversions"] = self._conversions(entries["as"].value)
        if form != "lookup" and "default" in entries:
            found["default"] = self.form(entries["default"].value, "`default`")
        if form != "lookup" and "missing" in entries:
            found["missing"] = self.value(
                entries["missing"].value, Literal["null", "fail", "leave_out"], "`missing`"
            )
        if form != "lookup" and "missing" in entries and "default" in entries:
            told, hint = (
                "a value has both `default` and `missing`",
                "with a default nothing is missing; keep one of them",
            )
            self.problem("two-forms", told, entries["missing"].key, hint)
        if "max_length" in entries:
            found["max_length"] = self._length(entries["max_length"])
        if "too_long" in entries:
            found["too_long"] = self.value(entries["too_long"].value, Literal["cut", "fail"], "`too_long`")
            if "max_length" not in entries:
                hint = "as in max_length: 40"
                self.problem("missing-key", "`too_long` needs `max_length`", entries["too_long"].key, hint)
        return {name: value for name, value in found.items() if not isinstance(value, Wrong)}

    def _length(self, entry: Entry) -> Any:
        length = self.value(entry.value, int, "`max_length`")
        if isinstance(length, int) and length < 1:
            return self.problem("wrong-value", f"`max_length` is at least 1, not {length}", entry.value)
        return length

    def _conversions(self, node: Node) -> tuple[str, ...]:
        """`as: date`, or several in their order: `as: [html_to_text, one_line]`."""
        nodes = node.value if isinstance(node, SequenceNode) else [node]
        return tuple(name for item in nodes if (name := self._conversion(item)) is not None)

    def _conversion(self, node: Node) -> str | None:
        if not isinstance(node, ScalarNode):
            self.problem(
                "wrong-type",
                f"`as` takes the name of a conversion, not {self.kind(node)}",
                node,
                "as in as: date",
            )
            return None
        if node.value not in CONVERSIONS:
            told = f"there is no conversion `{node.value}`"
            self.problem("unknown-conversion", told, node, did_you_mean(node.value, CONVERSIONS))
            return nearest(node.value, CONVERSIONS)
        conversion = CONVERSIONS[node.value]
        if conversion.required:
            told = f"`{node.value}` needs {', '.join(conversion.arguments)}, so it is written as a filter"
            self.problem("conversion-needs-more", told, node, f'as in compute: "value | {node.value}(…)"')
        return str(node.value)


def _meant(name: str) -> str | None:
    """The key of a form that a name is, or nearly is."""
    if name in _RESERVED:
        return name
    near = nearest(name, _RESERVED)
    return near if near is not None and SequenceMatcher(None, name, near).ratio() >= _TYPO else None
