"""Reads the value forms of the language: a constant, `from`, `text`, `compute`, `lookup`, `choose`, `for_each`."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any, Literal

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from flowrun.expressions.conversions import CONVERSIONS
from flowrun.expressions.paths import Path
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
from flowrun.language.reader import WRONG, Reader, Wrong

Entries = Mapping[str, tuple[ScalarNode, Node]]

_MODIFIERS = ("as", "default", "missing", "max_length", "too_long", "when")
_FORMS: Mapping[str, tuple[str, ...]] = {
    "from": ("from", *_MODIFIERS),
    "text": ("text", *_MODIFIERS),
    "compute": ("compute", *_MODIFIERS),
    "lookup": ("lookup", "key", "column", *_MODIFIERS),
    "choose": ("choose", *_MODIFIERS),
    "value": ("value", *_MODIFIERS),
    "for_each": ("for_each", "as", "fields", "value", "when"),
    "fields": ("fields", "when"),
}
_RESERVED = frozenset({*_FORMS, *_MODIFIERS, "key", "column"})


class FormReader(Reader):
    """Reads value forms."""

    def fields(self, node: Node, what: str) -> Fields | Wrong:
        """A record whose values are forms."""
        entries = self.mapping(node, what)
        if isinstance(entries, Wrong):
            return WRONG
        values: dict[str, Value] = {}
        for name, (_, value) in entries.items():
            read = self.form(value, f"`{name}`")
            values[name] = read if isinstance(read, Value) else Unread(at=self.at(value))
        keys = {name: self.at(key) for name, (key, _) in entries.items()}
        return Fields(values, keys, at=self.at(node))

    def form(self, node: Node, what: str) -> Value | Wrong:
        """One value form."""
        if isinstance(node, ScalarNode):
            return self._constant(node)
        if isinstance(node, SequenceNode):
            items = [self.form(item, f"each item of {what}") for item in node.value]
            good = [item for item in items if isinstance(item, Value)]
            return Items(tuple(good), at=self.at(node)) if len(good) == len(items) else WRONG
        entries = self.mapping(node, what)
        if isinstance(entries, Wrong):
            return WRONG
        forms = [name for name in _FORMS if name in entries]
        if "for_each" in forms:
            forms = ["for_each"]
        if len(forms) > 1:
            return self.problem(
                "two-forms",
                f"{what} has both `{forms[0]}` and `{forms[1]}`",
                node,
                "a value has one form; keep one of them",
            )
        if not forms:
            return self._nested(entries, node, what)
        form = forms[0]
        self.unknown_keys(entries, _FORMS[form], f"a value with `{form}`")
        return self._read(form, entries, node, what)

    def _constant(self, node: ScalarNode) -> Value | Wrong:
        value = self.scalar(node)
        if isinstance(value, str) and ("{{" in value or "{%" in value):
            return self.problem(
                "template-outside-text",
                "braces outside `text:` are not filled in",
                node,
                f'write {{text: "{value}"}}',
            )
        return Constant(value, at=self.at(node))

    def _nested(self, entries: Entries, node: Node, what: str) -> Value | Wrong:
        """A record without a form is a nested record, unless one of its keys is nearly a form: then it is a typo."""
        for name, (key, _) in entries.items():
            near = name if name in _RESERVED else nearest(name, _RESERVED)
            if near is not None and (name in _RESERVED or SequenceMatcher(None, name, near).ratio() >= 0.74):
                hint = (
                    f"did you mean `{near}`? "
                    if near != name
                    else "a value is one of from, text, compute, lookup, choose, for_each; "
                )
                return self.problem(
                    "unknown-form",
                    f"{what} has no form of a value: `{name}` is none",
                    key,
                    f"{hint}a nested record with such a field is written as {{fields: {{{name}: …}}}}",
                )
        return self.fields(node, what)

    def _read(self, form: str, entries: Entries, node: Node, what: str) -> Value | Wrong:
        match form:
            case "for_each":
                return self._for_each(entries, node, what)
            case "fields":
                inner: Value | Wrong = self.fields(entries["fields"][1], "`fields`")
            case "lookup":
                inner = self._lookup(entries, node)
            case "choose":
                inner = self._choose(entries["choose"][1])
            case "value":
                inner = self.form(entries["value"][1], "`value`")
            case _:
                inner = self._single(form, entries[form][1])
        if isinstance(inner, Wrong):
            self._modifiers(entries, form)
            return WRONG
        modifiers = self._modifiers(entries, form)
        if isinstance(modifiers, Wrong):
            return WRONG
        return Modified(inner, at=self.at(node), **modifiers) if modifiers else inner

    def _single(self, form: str, node: Node) -> Value | Wrong:
        if not isinstance(node, ScalarNode):
            return self.problem("wrong-type", f"`{form}` takes a single text, not {self.kind(node)}", node)
        kinds: dict[str, Any] = {"from": Path, "text": Text, "compute": Expression}
        compiled = self.expression(node, kinds[form])
        if compiled is WRONG:
            return WRONG
        makers: dict[str, Any] = {"from": From, "text": Composed, "compute": Computed}
        made: Value = makers[form](compiled, at=self.at(node))
        return made

    def _lookup(self, entries: Entries, node: Node) -> Value | Wrong:
        table = self.value(entries["lookup"][1], str, "`lookup`")
        if "key" not in entries:
            return self.problem(
                "missing-key",
                "a lookup needs `key`: the value to look up",
                node,
                "as in key: {from: order.currency}",
            )
        key = self.form(entries["key"][1], "`key`")
        column = self.value(entries["column"][1], str, "`column`") if "column" in entries else None
        default = self.form(entries["default"][1], "`default`") if "default" in entries else None
        missing = (
            self.value(entries["missing"][1], Literal["fail", "park", "null", "leave_out"], "`missing`")
            if "missing" in entries
            else "fail"
        )
        if "default" in entries and "missing" in entries:
            self.problem(
                "two-forms",
                "a lookup has both `default` and `missing`",
                entries["missing"][0],
                "with a default nothing is missing; keep one of them",
            )
        if WRONG in (table, column, missing) or isinstance(key, Wrong) or isinstance(default, Wrong):
            return WRONG
        if not self._known_column(table, column, entries):
            return WRONG
        columns = self.columns[table]
        return Lookup(table, key, column or columns[0], default, missing, at=self.at(entries["lookup"][1]))

    def _known_column(self, table: str, column: str | None, entries: Entries) -> bool:
        node = entries["lookup"][1]
        if table not in self.columns:
            self.problem(
                "unknown-lookup",
                f"there is no lookup table `{table}`",
                node,
                did_you_mean(table, self.columns) or f"make lookups/{table}.csv",
            )
            return False
        columns = self.columns[table]
        if column is None and len(columns) > 1:
            self.problem(
                "missing-key",
                f"lookups/{table}.csv has several columns, so `column` must say which",
                node,
                f"known: {', '.join(columns)}",
            )
            return False
        if column is not None and column not in columns:
            self.problem(
                "unknown-column",
                f"lookups/{table}.csv has no column `{column}`",
                entries["column"][1],
                did_you_mean(column, columns),
            )
            return False
        return True

    def _choose(self, node: Node) -> Value | Wrong:
        items = self.sequence(node, "`choose`")
        if isinstance(items, Wrong):
            return WRONG
        if not items:
            return self.problem(
                "missing-key", "`choose` has no line", node, "as in - {when: order.total > 1000, value: ZOR}"
            )
        choices = [self._choice(item, last=index == len(items) - 1) for index, item in enumerate(items)]
        good = [choice for choice in choices if isinstance(choice, Choice)]
        if len(good) < len(choices):
            return WRONG
        if good[-1].when is not None:
            return self.problem(
                "choose-without-rest",
                "`choose` does not say what holds when none of its conditions does",
                items[-1],
                "end it with a line that has only `value:`",
            )
        return Choose(tuple(good), at=self.at(node))

    def _choice(self, node: Node, *, last: bool) -> Choice | Wrong:
        entries = self.mapping(node, "each line of `choose`")
        if isinstance(entries, Wrong):
            return WRONG
        self.unknown_keys(entries, ("when", "value"), "a line of `choose`")
        if "value" not in entries:
            return self.problem(
                "missing-key",
                "a line of `choose` needs `value`",
                node,
                "as in - {when: order.total > 1000, value: ZOR}",
            )
        if "when" not in entries and not last:
            return self.problem(
                "unreachable",
                "the lines of `choose` below this one are never reached",
                node,
                "give it a `when:`, or move it to the end",
            )
        when = self.value(entries["when"][1], Expression, "`when`") if "when" in entries else None
        value = self.form(entries["value"][1], "`value`")
        return WRONG if when is WRONG or isinstance(value, Wrong) else Choice(when, value)

    def _for_each(self, entries: Entries, node: Node, what: str) -> Value | Wrong:
        self.unknown_keys(entries, _FORMS["for_each"], "a value with `for_each`")
        path = self.value(entries["for_each"][1], Path, "`for_each`")
        if "as" not in entries:
            return self.problem(
                "missing-key", "`for_each` needs `as`: the name of one item", node, "as in as: line"
            )
        name = self.name(entries["as"][1], "`as`")
        if ("fields" in entries) == ("value" in entries):
            return self.problem(
                "missing-key",
                f"{what} needs `fields` (a record for each item) or `value` (one value for each), and not both",
                node,
            )
        inner = (
            self.fields(entries["fields"][1], "`fields`")
            if "fields" in entries
            else self.form(entries["value"][1], "`value`")
        )
        when = self.value(entries["when"][1], Expression, "`when`") if "when" in entries else None
        if path is WRONG or when is WRONG or isinstance(name, Wrong) or isinstance(inner, Wrong):
            return WRONG
        made = ForEach(path, name, inner, at=self.at(node))
        return Modified(made, at=self.at(node), when=when) if when is not None else made

    def _modifiers(self, entries: Entries, form: str) -> dict[str, Any] | Wrong:
        """The modifiers that apply to any single value. A lookup's default and miss policy are its own."""
        found: dict[str, Any] = {}
        if "when" in entries:
            found["when"] = self.value(entries["when"][1], Expression, "`when`")
        if "as" in entries:
            found["conversions"] = self._conversions(entries["as"][1])
        if form != "lookup":
            if "default" in entries:
                found["default"] = self.form(entries["default"][1], "`default`")
            if "missing" in entries:
                found["missing"] = self.value(
                    entries["missing"][1], Literal["null", "fail", "leave_out"], "`missing`"
                )
        if "max_length" in entries:
            found["max_length"] = self.value(entries["max_length"][1], int, "`max_length`")
        if "too_long" in entries:
            found["too_long"] = self.value(entries["too_long"][1], Literal["cut", "fail"], "`too_long`")
            if "max_length" not in entries:
                self.problem("missing-key", "`too_long` needs `max_length`", entries["too_long"][0])
        return WRONG if any(value is WRONG for value in found.values()) else found

    def _conversions(self, node: Node) -> tuple[str, ...] | Wrong:
        """`as: date`, or several in their order: `as: [html_to_text, one_line]`."""
        nodes = node.value if isinstance(node, SequenceNode) else [node]
        names: list[str] = []
        for item in nodes:
            if not isinstance(item, ScalarNode) or isinstance(item, MappingNode):
                return self.problem(
                    "wrong-type", f"`as` takes the name of a conversion, not {self.kind(item)}", item
                )
            if item.value not in CONVERSIONS:
                return self.problem(
                    "unknown-conversion",
                    f"there is no conversion `{item.value}`",
                    item,
                    did_you_mean(item.value, CONVERSIONS),
                )
            if CONVERSIONS[item.value].required:
                return self.problem(
                    "unknown-conversion",
                    f"`{item.value}` needs {', '.join(CONVERSIONS[item.value].arguments)}, so it is written as a filter",
                    item,
                    f'as in compute: "value | {item.value}(…)"',
                )
            names.append(item.value)
        return tuple(names)
