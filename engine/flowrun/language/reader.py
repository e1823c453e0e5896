"""Nodes → typed values, by the types that components declare. Wrong input is reported and gives `WRONG`."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Literal, Union, get_args, get_origin

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from flowrun.component.config import Config, Option, fields_of, options_of
from flowrun.component.step import ConnectionName, FlowName, NewName, Step, TableName, Target
from flowrun.component.values import Duration, Secret, Url
from flowrun.errors import Position
from flowrun.expressions.paths import Path
from flowrun.expressions.source import ExpressionError
from flowrun.expressions.suggest import did_you_mean
from flowrun.expressions.templates import Expression, Templates, Text
from flowrun.expressions.values import Fields, Value
from flowrun.language.document import Document, scalar_value
from flowrun.language.report import Report

RESERVED = frozenset({
    "event", "env", "run", "loop", "true", "false", "none", "null", "and", "or", "not", "in", "is", "if", "else",
})  # fmt: skip


class Wrong:
    """Stands for a value that could not be read; the reason is in the report."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "WRONG"


WRONG = Wrong()


@dataclasses.dataclass(slots=True)
class Reader:
    """Reads one document. `templates` compiles its expressions with the project's setting; `columns` are the value
    columns of each lookup table."""

    document: Document
    report: Report
    templates: Templates
    columns: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)

    # --- places and problems -----------------------------------------------------------------------------------

    def at(self, node: Node) -> Position:
        """Where a node stands."""
        return self.document.at(node)

    def problem(self, code: str, message: str, node: Node, help_text: str = "") -> Wrong:
        """Reports a problem at a node."""
        self.report.add(code, message, self.at(node), help_text)
        return WRONG

    # --- shapes of YAML ------------------------------------------------------------------------------------------

    def mapping(self, node: Node, what: str) -> dict[str, tuple[ScalarNode, Node]] | Wrong:
        """The entries of a mapping: key → its key node and its value node. Of twice the same key, the first."""
        if not isinstance(node, MappingNode):
            return self.problem("wrong-type", f"{what} is a record with keys, not {self.kind(node)}", node)
        entries: dict[str, tuple[ScalarNode, Node]] = {}
        for key, value in node.value:
            entries.setdefault(key.value, (key, value))
        return entries

    def sequence(self, node: Node, what: str) -> list[Node] | Wrong:
        """The items of a list."""
        if not isinstance(node, SequenceNode):
            return self.problem(
                "wrong-type", f"{what} is a list, not {self.kind(node)}", node, "begin each item with `- `"
            )
        return list(node.value)

    def scalar(self, node: ScalarNode) -> Any:
        """What a scalar means."""
        return scalar_value(self.document, node, self.report)

    def kind(self, node: Node) -> str:
        """What a node is, for a message."""
        if isinstance(node, MappingNode):
            return "a record"
        if isinstance(node, SequenceNode):
            return "a list"
        if isinstance(node, ScalarNode) and node.style is None and node.tag == "tag:yaml.org,2002:null":
            return "nothing"
        return f"`{node.value[:40]}`" if isinstance(node, ScalarNode) else "something else"

    def unknown_keys(
        self, entries: Mapping[str, tuple[ScalarNode, Node]], known: Iterable[str], what: str
    ) -> None:
        """Reports every key that does not belong here."""
        names = list(known)
        for name, (key, _) in entries.items():
            if name not in names:
                self.problem("unknown-key", f"{what} has no key `{name}`", key, did_you_mean(name, names))

    # --- typed values ------------------------------------------------------------------------------------------

    def config(self, config: type[Config], node: Node, what: str) -> Any:
        """An instance of a `Config` class, or WRONG."""
        entries = self.mapping(node, what)
        if isinstance(entries, Wrong):
            return WRONG
        return self.config_from(config, entries, node, what)

    def config_from(
        self, config: type[Config], entries: Mapping[str, tuple[ScalarNode, Node]], node: Node, what: str
    ) -> Any:
        """The same, from entries that were already taken apart."""
        options = options_of(config)
        self.unknown_keys(entries, options, what)
        values: dict[str, Any] = {}
        good = True
        for name, option in options.items():
            if name in entries:
                value = self.value(entries[name][1], option.annotation, f"`{name}`")
                good = good and value is not WRONG
                values[name] = value
            elif option.required:
                good = False
                self.problem(
                    "missing-key",
                    f"{what} needs `{name}`: {_lower_first(option.info.description)}",
                    node,
                    _example(option),
                )
        return config(**fields_of(values, config)) if good else WRONG

    def value(self, node: Node, annotation: Any, what: str) -> Any:  # noqa: C901, PLR0911, PLR0912 - one line for each type
        """The node read as the annotated type, or WRONG."""
        origin = get_origin(annotation)
        if origin in (Union, types.UnionType):
            return self._union(node, get_args(annotation), what)
        if origin is Literal:
            return self._literal(node, get_args(annotation), what)
        if origin is tuple and get_args(annotation)[:1] == (Step,):
            return self.steps(node, what)
        if origin in (list, tuple):
            return self._list(node, get_args(annotation)[0], origin, what)
        if origin in (dict, Mapping) or annotation in (dict, Mapping):
            return self._record(node, (get_args(annotation) or (str, Any))[1], what)
        if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
            return self._record(node, get_args(annotation)[1], what)
        if annotation is Fields:
            return self.fields(node, what)
        if annotation is Value:
            return self.form(node, what)
        if isinstance(annotation, type) and issubclass(annotation, Config):
            return self.config(annotation, node, what)
        if annotation is Any:
            return self.plain(node)
        if not isinstance(node, ScalarNode):
            return self.problem("wrong-type", f"{what} is {_wanted(annotation)}, not {self.kind(node)}", node)
        if annotation in (Expression, Path, Text):
            return self.expression(node, annotation)
        return self._scalar(node, annotation, what)

    def plain(self, node: Node) -> Any:
        """The node as plain data, for what a component takes as it is."""
        if isinstance(node, ScalarNode):
            return self.scalar(node)
        if isinstance(node, SequenceNode):
            return [self.plain(item) for item in node.value]
        return {key.value: self.plain(value) for key, value in node.value}

    def expression(self, node: ScalarNode, annotation: Any) -> Any:
        """A compiled expression. Its mistakes are reported at their own places."""
        source = self.document.source(node)
        try:
            if annotation is Path:
                return Path(source)
            return self.templates.text(source) if annotation is Text else self.templates.expression(source)
        except ExpressionError as error:
            self.report.expression(source, error)
            return WRONG

    def name(self, node: Node, what: str) -> str | Wrong:
        """A new name: lower case letters, digits and `_`, not one of the reserved words."""
        if not isinstance(node, ScalarNode):
            return self.problem("wrong-type", f"{what} is a name, not {self.kind(node)}", node)
        text = str(node.value)
        if not (text.isidentifier() and text.isascii() and text == text.lower() and not text.startswith("_")):
            return self.problem(
                "bad-name",
                f"`{text}` cannot be a name",
                node,
                "use lower case letters, digits and `_`, beginning with a letter",
            )
        if text in RESERVED:
            return self.problem("bad-name", f"`{text}` has a meaning of its own", node, "choose another name")
        return text

    def _union(self, node: Node, members: tuple[Any, ...], what: str) -> Any:
        if (
            isinstance(node, ScalarNode)
            and type(None) in members
            and node.tag.endswith(":null")
            and node.style is None
        ):
            return None
        candidates = [member for member in members if member is not type(None)]
        fitting = [member for member in candidates if _may_be(member, node)]
        return self.value(node, (fitting or candidates)[0], what)

    def _literal(self, node: Node, allowed: tuple[Any, ...], what: str) -> Any:
        if isinstance(node, ScalarNode) and node.value in allowed:
            return node.value
        written = node.value if isinstance(node, ScalarNode) else ""
        return self.problem(
            "wrong-value",
            f"{what} cannot be {self.kind(node)}",
            node,
            did_you_mean(str(written), [str(item) for item in allowed]),
        )

    def _list(self, node: Node, element: Any, origin: Any, what: str) -> Any:
        if isinstance(node, ScalarNode) and element is str:
            return self.problem(
                "wrong-type", f"{what} is a list, not {self.kind(node)}", node, f"write [{node.value}]"
            )
        items = self.sequence(node, what)
        if isinstance(items, Wrong):
            return WRONG
        values = [self.value(item, element, f"each item of {what}") for item in items]
        return WRONG if any(value is WRONG for value in values) else origin(values)

    def _record(self, node: Node, element: Any, what: str) -> Any:
        entries = self.mapping(node, what)
        if isinstance(entries, Wrong):
            return WRONG
        values = {name: self.value(value, element, f"`{name}`") for name, (_, value) in entries.items()}
        return WRONG if any(value is WRONG for value in values.values()) else values

    def _scalar(self, node: ScalarNode, annotation: Any, what: str) -> Any:  # noqa: PLR0911 - one line for each type
        if annotation is NewName:
            name = self.name(node, what)
            return name if isinstance(name, Wrong) else NewName(name)
        value = self.scalar(node)
        match annotation:
            case _ if annotation is bool:
                return value if isinstance(value, bool) else self._mistyped(node, "true or false", what)
            case _ if annotation is int:
                return (
                    value
                    if isinstance(value, int) and not isinstance(value, bool)
                    else self._mistyped(node, "a whole number", what)
                )
            case _ if annotation in (float, Decimal):
                if isinstance(value, int | Decimal) and not isinstance(value, bool):
                    return annotation(value)
                return self._mistyped(node, "a number", what)
            case _ if annotation in (Duration, Url):
                return self._parsed(node, annotation, what)
            case _ if annotation in (FlowName, TableName, ConnectionName, Target):
                return self.reference(node, annotation)
            case _ if annotation in (str, Secret):
                return annotation(value) if isinstance(value, str) else self._mistyped(node, "a text", what)
            case _:
                return value

    def _mistyped(self, node: ScalarNode, wanted: str, what: str) -> Wrong:
        quotes = f'write "{node.value}" in quotes' if wanted == "a text" and node.value else ""
        return self.problem("wrong-type", f"{what} is {wanted}, not {self.kind(node)}", node, quotes)

    def _parsed(self, node: ScalarNode, annotation: Any, what: str) -> Any:
        try:
            return annotation.parse(node.value)
        except ValueError as error:
            return self.problem("wrong-value", f"{what}: {error}", node)

    # --- filled in by the readers of forms and steps, which build on this one ----------------------------------

    def form(self, node: Node, what: str) -> Value | Wrong:
        """A value form. Read by `FlowReader`."""
        raise TypeError(f"{type(self).__name__} reads no value forms ({what} at {self.at(node)})")

    def fields(self, node: Node, what: str) -> Fields | Wrong:
        """A record of value forms. Read by `FlowReader`."""
        raise TypeError(f"{type(self).__name__} reads no value forms ({what} at {self.at(node)})")

    def reference(self, node: ScalarNode, annotation: Any) -> Any:
        """The name of a flow, a table, a connection or a target. Read by `FlowReader`."""
        raise TypeError(f"{type(self).__name__} knows no {annotation.__name__} (at {self.at(node)})")

    def steps(self, node: Node, what: str) -> Any:
        """A list of steps. Read by `FlowReader`."""
        raise TypeError(f"{type(self).__name__} reads no steps ({what} at {self.at(node)})")


def _may_be(annotation: Any, node: Node) -> bool:
    origin = get_origin(annotation)
    if isinstance(node, SequenceNode):
        return origin in (list, tuple)
    if isinstance(node, MappingNode):
        return (
            annotation in (Fields, Value)
            or origin in (dict, Mapping)
            or (isinstance(annotation, type) and issubclass(annotation, Config))
        )
    if origin in (list, tuple, dict, Mapping):
        return False
    return not (isinstance(annotation, type) and issubclass(annotation, Config))


def _wanted(annotation: Any) -> str:
    names = {
        bool: "true or false",
        int: "a whole number",
        str: "a text",
        Duration: "a duration such as 30s",
        Path: "a path such as order.total",
        Expression: "a condition",
        Text: "a text",
    }
    return names.get(annotation, "a single value")


def _lower_first(text: str) -> str:
    return (text[:1].lower() + text[1:]).removesuffix(".")


def _example(option: Option) -> str:
    return f"as in `{option.name}: {option.info.examples[0]}`" if option.info.examples else ""
