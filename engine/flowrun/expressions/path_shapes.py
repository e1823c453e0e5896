"""Walks a JMESPath over shapes: what it will give, and which of its names cannot exist."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowrun.expressions.path_names import Node
from flowrun.expressions.paths import Path
from flowrun.expressions.shapes import (
    ANYTHING,
    BOOLEAN,
    DECIMAL,
    INTEGER,
    TEXT,
    Anything,
    Many,
    Record,
    Shape,
    describe,
    never_equal,
    shape_of_constant,
    union,
)
from flowrun.expressions.source import Complaint
from flowrun.expressions.suggest import did_you_mean

_RESULTS: Mapping[str, Shape] = {
    "abs": DECIMAL, "avg": DECIMAL, "ceil": INTEGER, "floor": INTEGER, "length": INTEGER, "sum": DECIMAL,
    "to_number": DECIMAL, "contains": BOOLEAN, "ends_with": BOOLEAN, "starts_with": BOOLEAN, "join": TEXT,
    "to_string": TEXT, "type": TEXT, "keys": Many(TEXT), "values": Many(ANYTHING),
}  # fmt: skip
_SAME_AS_ARGUMENT = frozenset({"reverse", "sort", "sort_by"})
_ELEMENT_OF_ARGUMENT = frozenset({"max", "min", "max_by", "min_by"})


def shape_of(path: Path, names: Mapping[str, Shape]) -> tuple[Shape, list[Complaint]]:
    """The shape a path gives over these names in scope, and a complaint for each name that cannot exist."""
    walk = _Walk()
    return walk.visit(path.tree, Record(names, open="*" in names)), walk.complaints


class _Walk:
    """One method for each type of node; `owner` is what a person would call the value that is walked on."""

    def __init__(self) -> None:
        self.complaints: list[Complaint] = []

    def visit(self, node: Node, on: Shape, owner: str = "") -> Shape:
        handler = getattr(self, f"_{node['type']}", None)
        if handler is not None:
            shape: Shape = handler(node, on, owner)
            return shape
        for child in node["children"]:
            self.visit(child, on, owner)
        return ANYTHING

    def _field(self, node: Node, on: Shape, owner: str) -> Shape:
        name = node["value"]
        match on:
            case Anything():
                return ANYTHING
            case Record(fields=fields) if name in fields:
                return fields[name]
            case Record(open=True):
                return ANYTHING
            case Record(fields=fields):
                whole = f"{owner}.{name}" if owner else name
                hint = did_you_mean(name, fields, prefix=f"{owner}." if owner else "")
                if on.name and not hint.startswith("did you mean"):
                    hint = f"{hint} of {on.name}" if hint else f"it is not a field of {on.name}"
                if node.get("quoted"):
                    hint = f"if a text is meant, write it in single quotes: '{name}'"
                self._complain(node, f"`{whole}` does not exist", hint, head="" if owner else name)
            case Many():
                hint = f"write `{owner}[].{name}` for all of them or `{owner}[0].{name}` for the first"
                self._complain(node, f"`{owner}` is a list, so it has no field `{name}`", hint)
            case _:
                self._complain(
                    node, f"`{owner}` is {describe(on)}, so it has no field `{name}`", f"write `{owner}`"
                )
        return ANYTHING

    def _complain(self, node: Node, message: str, hint: str, head: str = "") -> None:
        start = node.get("start", 0)
        length = node.get("end", start + 1) - start
        self.complaints.append(Complaint("unknown-name", message, start, max(length, 1), hint, head))

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
        return Many(self.visit(right, _element(source), _listed(_named(left, owner))))

    def _filter_projection(self, node: Node, on: Shape, owner: str) -> Shape:
        left, right, condition = node["children"]
        source = self.visit(left, on, owner)
        name = _listed(_named(left, owner))
        self.visit(condition, _element(source), name)
        return Many(self.visit(right, _element(source), name))

    def _value_projection(self, node: Node, on: Shape, owner: str) -> Shape:
        self.visit(node["children"][0], on, owner)
        return Many(ANYTHING)

    def _flatten(self, node: Node, on: Shape, owner: str) -> Shape:
        source = self.visit(node["children"][0], on, owner)
        return source.of if isinstance(source, Many) and isinstance(source.of, Many) else source

    def _identity(self, _node: Node, on: Shape, _owner: str) -> Shape:
        return on

    _current = _identity

    def _literal(self, node: Node, _on: Shape, _owner: str) -> Shape:
        return shape_of_constant(node["value"])

    def _comparator(self, node: Node, on: Shape, owner: str) -> Shape:
        left, right = (self.visit(child, on, owner) for child in node["children"])
        equality = node["value"] in ("eq", "ne")
        if never_equal(left, right):
            said = "are never equal" if equality else "cannot be compared"
            first = _first_name(node)
            self.complaints.append(
                Complaint(
                    "never-equal" if equality else "cannot-compare",
                    f"{describe(left)} and {describe(right)} {said}",
                    first.get("start", 0),
                    max(first.get("end", 1) - first.get("start", 0), 1),
                    "a number is written in backticks, `5`; a text in single quotes, '5'",
                )
            )
        return BOOLEAN

    def _not_expression(self, node: Node, on: Shape, owner: str) -> Shape:
        self.visit(node["children"][0], on, owner)
        return BOOLEAN

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
        # The expression handed to sort_by, map and their like is read on each element of the list beside
        # it.
        selected = [
            self.visit(child["children"][0], within) for child in arguments if child["type"] == "expref"
        ]
        if name == "map":
            return Many(selected[0] if selected else ANYTHING)
        if name == "not_null":
            return plain[0] if len(plain) == 1 else ANYTHING
        if name in _SAME_AS_ARGUMENT:
            return first
        if name in _ELEMENT_OF_ARGUMENT:
            return within
        return _RESULTS.get(name, ANYTHING)


def _element(shape: Shape) -> Shape:
    return shape.of if isinstance(shape, Many) else ANYTHING


def _listed(name: str) -> str:
    return name if name.endswith("[]") else f"{name}[]"


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
            name = _listed(_named(node["children"][0], owner))
            rest = node["children"][1] if len(node["children"]) > 1 else None
            return _named(rest, name) if rest is not None else name
        case _:
            return owner


def _first_name(node: Node) -> dict[str, Any]:
    """The first node below that knows where it stands."""
    if "start" in node and "end" in node:
        return node
    for child in node["children"]:
        found = _first_name(child) if isinstance(child, dict) else {}
        if found:
            return found
    return {}
