"""Walks a JMESPath over shapes: what it will give, and which of its names cannot exist."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowrun.expressions.paths import Node, Path
from flowrun.expressions.shapes import (
    ANYTHING,
    BOOLEAN,
    DECIMAL,
    INTEGER,
    TEXT,
    Anything,
    Many,
    Record,
    Scalar,
    Shape,
    describe,
    union,
)
from flowrun.expressions.source import Complaint
from flowrun.expressions.suggest import did_you_mean

_RESULTS: Mapping[str, Shape] = {
    "abs": DECIMAL, "avg": DECIMAL, "ceil": INTEGER, "floor": INTEGER, "length": INTEGER, "sum": DECIMAL,
    "to_number": DECIMAL, "contains": BOOLEAN, "ends_with": BOOLEAN, "starts_with": BOOLEAN, "join": TEXT,
    "to_string": TEXT, "type": TEXT, "keys": Many(TEXT),
}  # fmt: skip
_SAME_AS_ARGUMENT = frozenset({"reverse", "sort", "sort_by"})
_ELEMENT_OF_ARGUMENT = frozenset({"max", "min", "max_by", "min_by"})


def shape_of(path: Path, names: Mapping[str, Shape]) -> tuple[Shape, list[Complaint]]:
    """The shape a path gives over these names in scope, and a complaint for each name that cannot exist."""
    walk = _Walk(names)
    return walk.visit(path.tree, Record(names, name="")), walk.complaints


class _Walk:
    def __init__(self, names: Mapping[str, Shape]) -> None:
        self.names = names
        self.complaints: list[Complaint] = []

    def visit(self, node: Node, on: Shape, owner: str = "") -> Shape:
        handler = getattr(self, f"_{node['type']}", None)
        if handler is not None:
            shape: Shape = handler(node, on, owner)
            return shape
        for child in node["children"]:
            if isinstance(child, dict):
                self.visit(child, on, owner)
        return ANYTHING

    def _field(self, node: Node, on: Shape, owner: str) -> Shape:
        name = node["value"]
        if isinstance(on, Anything):
            return ANYTHING
        if isinstance(on, Record):
            if name in on.fields:
                return on.fields[name]
            if on.open:
                return ANYTHING
            whole = f"{owner}.{name}" if owner else name
            where = f" of {on.name}" if on.name else ""
            self._complain(
                node,
                f"`{whole}` does not exist",
                _with(did_you_mean(name, on.fields, prefix=f"{owner}." if owner else ""), where),
            )
            return ANYTHING
        if isinstance(on, Many):
            self._complain(
                node,
                f"`{owner}` is a list, so it has no field `{name}`",
                f"write `{owner}[].{name}` for all of them or `{owner}[0].{name}` for the first",
            )
            return ANYTHING
        self._complain(node, f"`{owner}` is {describe(on)}, so it has no field `{name}`", "")
        return ANYTHING

    def _complain(self, node: Node, message: str, help_text: str) -> None:
        start = node.get("start", 0)
        self.complaints.append(
            Complaint("unknown-name", message, start, node.get("end", start + 1) - start, help_text)
        )

    def _subexpression(self, node: Node, on: Shape, owner: str) -> Shape:
        for child in node["children"]:
            on = self.visit(child, on, owner)
            owner = _named(child, owner)
        return on

    _pipe = _subexpression
    _index_expression = _subexpression

    def _index(self, _node: Node, on: Shape, _owner: str) -> Shape:
        return on.of if isinstance(on, Many) else ANYTHING

    def _slice(self, _node: Node, on: Shape, _owner: str) -> Shape:
        return on

    def _projection(self, node: Node, on: Shape, owner: str) -> Shape:
        left, right = node["children"]
        source = self.visit(left, on, owner)
        return Many(self.visit(right, _element(source), f"{_named(left, owner)}[]"))

    def _filter_projection(self, node: Node, on: Shape, owner: str) -> Shape:
        left, right, condition = node["children"]
        source = self.visit(left, on, owner)
        name = f"{_named(left, owner)}[]"
        self.visit(condition, _element(source), name)
        return Many(self.visit(right, _element(source), name))

    def _value_projection(self, node: Node, on: Shape, owner: str) -> Shape:
        self.visit(node["children"][0], on, owner)
        return Many(ANYTHING)

    def _flatten(self, node: Node, on: Shape, owner: str) -> Shape:
        source = self.visit(node["children"][0], on, owner)
        if isinstance(source, Many) and isinstance(source.of, Many):
            return source.of
        return source

    def _identity(self, _node: Node, on: Shape, _owner: str) -> Shape:
        return on

    _current = _identity

    def _literal(self, node: Node, _on: Shape, _owner: str) -> Shape:
        return _shape_of_literal(node["value"])

    def _comparator(self, node: Node, on: Shape, owner: str) -> Shape:
        for child in node["children"]:
            self.visit(child, on, owner)
        return BOOLEAN

    _not_expression = _comparator

    def _or_expression(self, node: Node, on: Shape, owner: str) -> Shape:
        left, right = (self.visit(child, on, owner) for child in node["children"])
        return union(left, right)

    def _and_expression(self, node: Node, on: Shape, owner: str) -> Shape:
        return [self.visit(child, on, owner) for child in node["children"]][-1]

    def _multi_select_list(self, node: Node, on: Shape, owner: str) -> Shape:
        shapes = [self.visit(child, on, owner) for child in node["children"]]
        return Many(shapes[0] if all(shape == shapes[0] for shape in shapes) else ANYTHING)

    def _multi_select_dict(self, node: Node, on: Shape, owner: str) -> Shape:
        return Record(
            {pair["value"]: self.visit(pair["children"][0], on, owner) for pair in node["children"]}
        )

    def _function_expression(self, node: Node, on: Shape, owner: str) -> Shape:
        name, arguments = node["value"], node["children"]
        plain = [self.visit(child, on, owner) for child in arguments if child["type"] != "expref"]
        first = plain[0] if plain else ANYTHING
        within = _element(first)
        # The expression handed to sort_by, map and their like is read on each element of the list beside it.
        selected = [
            self.visit(child["children"][0], within) for child in arguments if child["type"] == "expref"
        ]
        if name == "map":
            return Many(selected[0] if selected else ANYTHING)
        if name in _SAME_AS_ARGUMENT:
            return first
        if name in _ELEMENT_OF_ARGUMENT:
            return within
        return _RESULTS.get(name, ANYTHING)


def _with(help_text: str, where: str) -> str:
    return help_text if not where or help_text.startswith("did you mean") else f"{help_text}{where}"


def _element(shape: Shape) -> Shape:
    return shape.of if isinstance(shape, Many) else ANYTHING


def _named(node: Node, owner: str) -> str:
    """What a person would call the value of this node, for messages."""
    match node["type"]:
        case "field":
            return f"{owner}.{node['value']}" if owner else str(node["value"])
        case "subexpression" | "pipe" | "index_expression":
            for child in node["children"]:
                owner = _named(child, owner)
            return owner
        case "index":
            return f"{owner}[{node['value']}]"
        case "projection" | "filter_projection" | "flatten":
            name = _named(node["children"][0], owner)
            return name if name.endswith("[]") else f"{name}[]"
        case _:
            return owner


def _shape_of_literal(value: Any) -> Shape:
    match value:
        case bool():
            return BOOLEAN
        case int():
            return INTEGER
        case str():
            return TEXT
        case list():
            return Many(_shape_of_literal(value[0]) if value else ANYTHING)
        case dict():
            return Record({key: _shape_of_literal(item) for key, item in value.items()})
        case None:
            return Scalar("any")
        case _:
            return DECIMAL
