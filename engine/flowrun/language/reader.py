"""Nodes → typed values, by the types that components declare.

Wrong input is reported and read as far as it goes, since a flow with problems never runs: a mistyped key
as the one that was meant, a wrong expression as one that gives anything, and what cannot be read at all as
`Wrong`, which carries the parts that could. So everything around a mistake is still checked, and nothing
is told that only follows from it.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from flowrun.component.config import Config, Option, fields_of, options_of
from flowrun.component.step import (
    ConnectionName,
    EventName,
    FlowName,
    NewName,
    OperationStep,
    Step,
    TableName,
    Target,
)
from flowrun.component.values import Duration, Secret, Url
from flowrun.errors import Position
from flowrun.expressions.paths import Path
from flowrun.expressions.source import ExpressionError, Source
from flowrun.expressions.suggest import did_you_mean, nearest
from flowrun.expressions.tables import Table
from flowrun.expressions.templates import Expression, Templates, Text
from flowrun.expressions.values import Fields, Value
from flowrun.language.document import Document
from flowrun.language.report import Report
from flowrun.language.scalars import Trap, is_null, meaning

RESERVED = frozenset({
    "event", "env", "run", "loop", "true", "false", "none", "null", "and", "or", "not", "in", "is", "if",
    "else", "self", "super", "caller", "varargs", "kwargs",
})  # fmt: skip


_GIVES_ANYTHING: Mapping[Any, str] = {Text: "", Expression: "none"}


class Entry(NamedTuple):
    """One line of a mapping."""

    key: ScalarNode
    value: Node


Entries = Mapping[str, Entry]


@dataclasses.dataclass(frozen=True, slots=True)
class Wrong:
    """Stands for what could not be read; the reason is in the report. `parts` are what could be read of
    it."""

    parts: tuple[Any, ...] = ()


@dataclasses.dataclass(slots=True)
class Reader:
    """Reads one document. `templates` compiles its expressions with the project's setting; `columns` are
    the value columns of each lookup table, none where its file is broken; `tables` are those that can be read."""

    document: Document
    report: Report
    templates: Templates
    columns: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    tables: Mapping[str, Table] = dataclasses.field(default_factory=dict)

    # --- places and problems ---------------------------------------------------------------------

    def at(self, node: Node) -> Position:
        """Where a node stands."""
        return self.document.at(node)

    def problem(self, code: str, message: str, node: Node, help_text: str = "") -> Wrong:
        """Reports a problem at a node."""
        self.report.add(code, message, self.at(node), help_text)
        return Wrong()

    # --- shapes of YAML --------------------------------------------------------------------------

    def mapping(self, node: Node, what: str) -> dict[str, Entry] | Wrong:
        """The entries of a mapping. Of twice the same key, the first: the document has told of the other."""
        if not isinstance(node, MappingNode):
            return self.problem(
                "wrong-type", f"{what} is a record with keys, not {self.kind(node)}", node, _colon(node)
            )
        entries: dict[str, Entry] = {}
        for key, value in node.value:
            entries.setdefault(key.value, Entry(key, value))
        return entries

    def sequence(self, node: Node, what: str) -> list[Node] | Wrong:
        """The items of a list."""
        if not isinstance(node, SequenceNode):
            return self.problem(
                "wrong-type", f"{what} is a list, not {self.kind(node)}", node, "begin each item with `- `"
            )
        return list(node.value)

    def kind(self, node: Node) -> str:
        """What a node is, for a message."""
        if isinstance(node, MappingNode):
            return "a record"
        if isinstance(node, SequenceNode):
            return "a list"
        if is_null(node):
            return "nothing"
        text = str(node.value)
        return f"`{text if len(text) <= 40 else f'{text[:39]}…'}`"

    def known(self, entries: Entries, names: Iterable[str], what: str) -> dict[str, Entry]:
        """The entries whose keys belong here. Each other one is reported, and read as the key it is
        nearest to."""
        allowed = list(names)
        found = {name: entry for name, entry in entries.items() if name in allowed}
        for name, entry in entries.items():
            if name in allowed:
                continue
            free = [other for other in allowed if other not in entries]
            hint = did_you_mean(name, free) if nearest(name, free) else did_you_mean(name, allowed)
            self.problem("unknown-key", f"{what} has no key `{name}`", entry.key, hint)
            meant = nearest(name, free)
            if meant is not None:
                found.setdefault(meant, entry)
        return found

    # --- typed values ----------------------------------------------------------------------------

    def config(self, config: type[Config], node: Node, what: str) -> Any:
        """An instance of a `Config` class, or `Wrong` with the parts that could be read."""
        entries = self.mapping(node, what)
        if isinstance(entries, Wrong):
            return entries
        return self.config_from(config, entries, node, what)

    def config_from(self, config: type[Config], entries: Entries, node: Node, what: str) -> Any:
        """The same, from entries that were already taken apart."""
        options = options_of(config)
        known = self.known(entries, options, what)
        values: dict[str, Any] = {}
        parts: list[Any] = []
        good = True
        for name, option in options.items():
            if name in known:
                value = self.ranged(
                    option, self.value(known[name].value, option.annotation, f"`{name}`"), known[name]
                )
                parts.append(value)
                if not isinstance(value, Wrong):
                    values[name] = value
                good = good and not (isinstance(value, Wrong) and option.required)
            elif option.required:
                good = False
                told = f"{what} needs `{name}`: {_lower_first(option.info.description)}"
                self.problem("missing-key", told, node, _example(option))
        if not good:
            return Wrong(tuple(parts))
        try:
            return config(**fields_of(values, config))
        except ValueError as error:  # what a config says of fields that do not go together
            told, _, hint = str(error).partition("; ")
            self.problem("wrong-value", f"{what}: {told}", node, hint)
            return Wrong(tuple(parts))

    def ranged(self, option: Option, value: Any, entry: Entry) -> Any:
        """The value, or `Wrong` when it is less than the field allows."""
        least = option.info.least
        number = value.seconds if isinstance(value, Duration) else value
        if least is None or not isinstance(number, int | float | Decimal) or number >= least:
            return value
        bound = Duration(float(least)) if isinstance(value, Duration) else least
        return self.problem("wrong-value", f"`{option.name}` is at least {bound}, not {value}", entry.value)

    def value(self, node: Node, annotation: Any, what: str) -> Any:
        """The node read as the annotated type, or `Wrong`."""
        origin = get_origin(annotation)
        if origin in (Union, types.UnionType):
            return self._union(node, get_args(annotation), what)
        if origin is Literal:
            return self._literal(node, get_args(annotation), what)
        if origin in (list, tuple):
            element = get_args(annotation)[0]
            return self.steps(node, what) if element is Step else self._list(node, element, origin, what)
        if annotation is dict or _is_mapping(annotation):
            return self._record(node, (get_args(annotation) or (str, Any)), what)
        return self._single(node, annotation, what)

    def _single(self, node: Node, annotation: Any, what: str) -> Any:
        if annotation is Fields:
            return self.fields(node, what)
        if annotation is Value:
            return self.form(node, what)
        if annotation is OperationStep:
            return self.list_operation(node, what)
        if isinstance(annotation, type) and issubclass(annotation, Config):
            return self.config(annotation, node, what)
        if annotation is Any:
            return self.plain(node)
        return self._one(node, annotation, what)

    def _one(self, node: Node, annotation: Any, what: str) -> Any:
        if not isinstance(node, ScalarNode):
            return self.problem("wrong-type", f"{what} is {_wanted(annotation)}, not {self.kind(node)}", node)
        if annotation in (Expression, Text) or _is_path(annotation):
            return self.expression(node, annotation)
        return self.scalar_as(node, annotation, what)

    def plain(self, node: Node) -> Any:
        """The node as plain data, for what a component takes as it is."""
        if isinstance(node, ScalarNode):
            return self.scalar(node)
        if isinstance(node, SequenceNode):
            return [self.plain(item) for item in node.value]
        return {key.value: self.plain(value) for key, value in node.value}

    def expression(self, node: ScalarNode, annotation: Any) -> Any:
        """A compiled expression. One with mistakes, each reported at its own place, is read as one that
        gives anything."""
        source = self.document.source(node)
        try:
            return self._compiled(source, annotation)
        except ExpressionError as error:
            self.report.expression(source, error)
        return self._compiled(Source(_GIVES_ANYTHING.get(annotation, "`null`"), source.locate), annotation)

    def _compiled(self, source: Source, annotation: Any) -> Path | Text | Expression:
        if _is_path(annotation):
            return annotation(source)  # type: ignore[no-any-return] # a class of paths
        return self.templates.text(source) if annotation is Text else self.templates.expression(source)

    def name(self, node: Node, what: str, *, reserved: frozenset[str] = RESERVED) -> str | Wrong:
        """A new name: lower case letters, digits and `_`, not one of the reserved words. A bad one is told
        and taken."""
        if not isinstance(node, ScalarNode) or is_null(node):
            return self.problem(
                "wrong-type", f"{what} is a name, not {self.kind(node)}", node, "as in order_lines"
            )
        text = str(node.value)
        if not (text.isidentifier() and text.isascii() and text == text.lower() and not text.startswith("_")):
            hint = "use lower case letters, digits and `_`, beginning with a letter"
            self.problem("bad-name", f"`{text}` cannot be a name", node, hint)
        elif text in reserved:
            self.problem("bad-name", f"`{text}` has a meaning of its own", node, "choose another name")
        return text

    def _union(self, node: Node, members: tuple[Any, ...], what: str) -> Any:
        if type(None) in members and is_null(node):
            return None
        candidates = [member for member in members if member is not type(None)]
        fitting = [member for member in candidates if _may_be(member, node)]
        return self.value(node, (fitting or candidates)[0], what)

    def _literal(self, node: Node, allowed: tuple[Any, ...], what: str) -> Any:
        if isinstance(node, ScalarNode) and node.value in allowed:
            return node.value
        written = node.value if isinstance(node, ScalarNode) else ""
        hint = did_you_mean(str(written), [str(item) for item in allowed])
        return self.problem("wrong-value", f"{what} cannot be {self.kind(node)}", node, hint)

    def _list(self, node: Node, element: Any, origin: Any, what: str) -> Any:
        if isinstance(node, ScalarNode) and element in (str, Path):
            told = f"{what} is a list, not {self.kind(node)}"
            return self.problem(
                "wrong-type", told, node, f"write [{node.value}]" if node.value else "write [name]"
            )
        items = self.sequence(node, what)
        if isinstance(items, Wrong):
            return items
        values = [self.value(item, element, f"each item of {what}") for item in items]
        return Wrong(tuple(values)) if any(isinstance(value, Wrong) for value in values) else origin(values)

    def _record(self, node: Node, types_of: tuple[Any, Any], what: str) -> Any:
        entries = self.mapping(node, what)
        if isinstance(entries, Wrong):
            return entries
        key_type, element = types_of
        if key_type is NewName:
            for entry in entries.values():
                self.name(entry.key, f"a key of {what}")
        values = {name: self.value(entry.value, element, f"`{name}`") for name, entry in entries.items()}
        return (
            Wrong(tuple(values.values()))
            if any(isinstance(one, Wrong) for one in values.values())
            else values
        )

    # --- scalars ---------------------------------------------------------------------------------

    def scalar(self, node: ScalarNode) -> Any:
        """What a scalar means. A trap is reported and read as text."""
        value = meaning(node)
        if isinstance(value, Trap):
            self.problem("yaml-trap", value.message, node, value.help)
            return node.value
        return value

    def scalar_as(self, node: ScalarNode, annotation: Any, what: str) -> Any:
        """A scalar as a single value of the annotated type, or `Wrong`."""
        if annotation is NewName:
            name = self.name(node, what)
            return name if isinstance(name, Wrong) else NewName(name)
        if annotation in (FlowName, TableName, ConnectionName, EventName, Target):
            return self.reference(node, annotation)
        if annotation in (Duration, Url):
            return self._parsed(node, annotation, what)
        value = meaning(node)
        if isinstance(value, Trap):
            self.problem("yaml-trap", value.message, node, value.help)
            return annotation(node.value) if annotation in (str, Secret) else Wrong()
        if not _is_a(value, annotation):
            return self._mistyped(node, annotation, what)
        return annotation(value) if annotation in (float, Decimal, Secret) else value

    def _mistyped(self, node: ScalarNode, annotation: Any, what: str) -> Wrong:
        quotes = ""
        if annotation in (str, Secret) and node.value:
            quotes = f'write "{node.value}" in quotes'
        elif node.style is not None:
            quotes = "take the quotes away"
        return self.problem(
            "wrong-type", f"{what} is {_wanted(annotation)}, not {self.kind(node)}", node, quotes
        )

    def _parsed(self, node: ScalarNode, annotation: Any, what: str) -> Any:
        try:
            return annotation.parse(node.value)
        except ValueError as error:
            return self.problem("wrong-value", f"{what}: {error}", node)

    # --- filled in by the readers of forms and steps, which build on this one --------------------

    def form(self, node: Node, what: str) -> Value:
        """A value form. Read by `FormReader`."""
        raise TypeError(f"{type(self).__name__} reads no value forms ({what} at {self.at(node)})")

    def fields(self, node: Node, what: str) -> Fields | Wrong:
        """A record of value forms. Read by `FormReader`."""
        raise TypeError(f"{type(self).__name__} reads no value forms ({what} at {self.at(node)})")

    def list_operation(self, node: Node, what: str) -> Any:
        """An operation that gives its list in pages. Read by `OperationReader`."""
        raise TypeError(f"{type(self).__name__} reads no operations ({what} at {self.at(node)})")

    def reference(self, node: ScalarNode, annotation: Any) -> Any:
        """The name of a flow, a table, a connection or a target. Read by `StepReader`."""
        raise TypeError(f"{type(self).__name__} knows no {annotation.__name__} (at {self.at(node)})")

    def steps(self, node: Node, what: str) -> Any:
        """A list of steps. Read by `StepReader`."""
        raise TypeError(f"{type(self).__name__} reads no steps ({what} at {self.at(node)})")


def _is_mapping(annotation: Any) -> bool:
    origin = get_origin(annotation) or annotation
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _is_path(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Path)


def _is_config(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Config)


def _may_be(annotation: Any, node: Node) -> bool:
    """Whether a node has the outer form that a type is written in."""
    listed = get_origin(annotation) in (list, tuple)
    if isinstance(node, SequenceNode):
        return listed
    if isinstance(node, MappingNode):
        return annotation in (Fields, Value) or _is_mapping(annotation) or _is_config(annotation)
    return not (listed or _is_mapping(annotation) or _is_config(annotation))


def _is_a(value: Any, annotation: Any) -> bool:
    if annotation in (str, Secret):
        return isinstance(value, str)
    if annotation is bool:
        return isinstance(value, bool)
    if annotation is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if annotation in (float, Decimal):
        return isinstance(value, int | Decimal) and not isinstance(value, bool)
    return True


def _wanted(annotation: Any) -> str:
    names = {
        bool: "true or false",
        int: "a whole number",
        float: "a number",
        Decimal: "a number",
        str: "a text",
        Secret: "a text",
        Text: "a text",
        Duration: "a duration such as 30s",
        Path: "a path such as order.total",
        Expression: "a condition",
        NewName: "a name",
    }
    return names.get(annotation, "a single value")


def _colon(node: Node) -> str:
    """`id:order` is one word to YAML."""
    glued = isinstance(node, ScalarNode) and node.style is None and ":" in node.value
    return "put a space behind the colon" if glued else ""


def _lower_first(text: str) -> str:
    return (text[:1].lower() + text[1:]).removesuffix(".")


def _example(option: Option) -> str:
    return f"as in `{option.name}: {option.info.examples[0]}`" if option.info.examples else ""
