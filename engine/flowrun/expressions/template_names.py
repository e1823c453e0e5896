"""Walks a Jinja2 tree over shapes: which names it reads, which of them cannot exist, what it gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import nodes

from flowrun.expressions.conversions import CONVERSIONS
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
)
from flowrun.expressions.source import Complaint
from flowrun.expressions.suggest import did_you_mean

_KEEPS_THE_LIST = frozenset(
    {"list", "reject", "rejectattr", "reverse", "select", "selectattr", "sort", "unique"}
)
_GIVES_AN_ELEMENT = frozenset({"first", "last", "max", "min"})
_GIVES: Mapping[str, Shape] = {
    "abs": DECIMAL, "count": INTEGER, "length": INTEGER, "round": DECIMAL, "sum": DECIMAL, "wordcount": INTEGER,
    "exact": DECIMAL, "join": TEXT, "string": TEXT, "title": TEXT, "capitalize": TEXT, "truncate": TEXT, "replace": TEXT,
}  # fmt: skip
_LOOP = Record(
    {name: INTEGER for name in ("index", "index0", "length", "revindex")}
    | {"first": BOOLEAN, "last": BOOLEAN},
    name="loop",
)


def dotted_names(tree: nodes.Node) -> tuple[str, ...]:
    """The dotted names a template reads, in the order in which they stand."""
    return tuple(dict.fromkeys(_dotted(tree, frozenset())))


def _dotted(node: nodes.Node, own: frozenset[str]) -> Iterator[str]:
    chain = _chain(node)
    if chain:
        if chain[0] not in own:
            yield ".".join(chain)
        return
    if isinstance(node, nodes.For):
        own = own | {name.name for name in node.target.find_all(nodes.Name)} | {"loop"}
        if isinstance(node.target, nodes.Name):
            own = own | {node.target.name}
    for child in node.iter_child_nodes():
        yield from _dotted(child, own)


def _chain(node: nodes.Node) -> list[str]:
    """`order.billing_address.city` as its parts; empty when the node is no chain of names."""
    match node:
        case nodes.Name(name=name):
            return [name]
        case (
            nodes.Getattr(node=inner, attr=name)
            | nodes.Getitem(node=inner, arg=nodes.Const(value=str() as name))
        ):
            head = _chain(inner)
            return [*head, name] if head else []
        case _:
            return []


def shape_of(tree: nodes.Template, text: str, names: Mapping[str, Shape]) -> tuple[Shape, list[Complaint]]:
    """What the expression gives (texts give text), and a complaint for each name that cannot exist."""
    walk = _Walk(text)
    shape: Shape = TEXT
    for statement in tree.body:
        shape = walk.visit(statement, names)
    return shape, walk.complaints


class _Walk:
    def __init__(self, text: str) -> None:
        self.text = text
        self.complaints: list[Complaint] = []
        self._searched: dict[str, int] = {}

    def visit(self, node: nodes.Node, names: Mapping[str, Shape]) -> Shape:
        match node:
            case nodes.Output(nodes=parts):
                shapes = [self.visit(part, names) for part in parts]
                return shapes[0] if len(shapes) == 1 else TEXT
            case nodes.Name(name=name):
                return self._name(name, names)
            case (
                nodes.Getattr(node=inner, attr=name)
                | nodes.Getitem(node=inner, arg=nodes.Const(value=str() as name))
            ):
                return self._field(inner, name, names)
            case nodes.Getitem(node=inner, arg=argument):
                shape = self.visit(inner, names)
                self.visit(argument, names)
                if isinstance(argument, nodes.Slice):
                    return shape
                return shape.of if isinstance(shape, Many) else ANYTHING
            case nodes.Filter():
                return self._filter(node, names)
            case nodes.For():
                return self._loop(node, names)
            case nodes.CondExpr(expr1=then, expr2=otherwise, test=test):
                self.visit(test, names)
                shape = self.visit(then, names)
                return shape if otherwise is None or self.visit(otherwise, names) == shape else ANYTHING
            case nodes.Const(value=value):
                return _constant(value)
            case nodes.Add() | nodes.Sub() | nodes.Mul() | nodes.Div() | nodes.FloorDiv() | nodes.Mod():
                left = self.visit(node.left, names)
                self.visit(node.right, names)
                return left if isinstance(node, nodes.Add) and left == TEXT else DECIMAL
            case nodes.Compare() | nodes.Test() | nodes.Not():
                self._children(node, names)
                return BOOLEAN
            case nodes.Concat():
                self._children(node, names)
                return TEXT
            case _:
                self._children(node, names)
                return ANYTHING

    def _children(self, node: nodes.Node, names: Mapping[str, Shape]) -> None:
        for child in node.iter_child_nodes():
            self.visit(child, names)

    def _name(self, name: str, names: Mapping[str, Shape]) -> Shape:
        if name in names:
            return names[name]
        self._complain(
            name,
            f"`{name}` does not exist",
            name,
            did_you_mean(name, [known for known in names if known != "loop"]),
        )
        return ANYTHING

    def _field(self, inner: nodes.Node, name: str, names: Mapping[str, Shape]) -> Shape:
        on = self.visit(inner, names)
        owner = ".".join(_chain(inner))
        if isinstance(on, Anything):
            return ANYTHING
        if isinstance(on, Record):
            if name in on.fields or on.open:
                return on.fields.get(name, ANYTHING)
            prefix = f"{owner}." if owner else ""
            self._complain(
                name, f"`{prefix}{name}` does not exist", name, did_you_mean(name, on.fields, prefix=prefix)
            )
            return ANYTHING
        hint = f"pick with `| map(attribute='{name}')` or `| first`" if isinstance(on, Many) else ""
        self._complain(name, f"`{owner}` is {describe(on)}, so it has no field `{name}`", name, hint)
        return ANYTHING

    def _filter(self, node: nodes.Filter, names: Mapping[str, Shape]) -> Shape:
        shape = self.visit(node.node, names) if node.node is not None else ANYTHING
        for argument in [*node.args, *(keyword.value for keyword in node.kwargs)]:
            self.visit(argument, names)
        attribute = self._attribute(node)
        element = shape.of if isinstance(shape, Many) else ANYTHING
        picked: Shape = ANYTHING
        if attribute is not None:
            picked = self._attribute_shape(attribute, element)
        if node.name == "map":
            return Many(picked)
        if node.name in _KEEPS_THE_LIST:
            return shape
        if node.name in _GIVES_AN_ELEMENT:
            return element
        if node.name in {"default", "d"}:
            return shape if isinstance(shape, Scalar) else ANYTHING
        if node.name in CONVERSIONS:
            result = CONVERSIONS[node.name].result
            return ANYTHING if result == "record" else Scalar(result)  # type: ignore[arg-type] # the table's results are kinds
        return _GIVES.get(node.name, ANYTHING)

    def _attribute(self, node: nodes.Filter) -> str | None:
        """The field that `map(attribute=…)`, `sum(attribute=…)`, `selectattr('…')` and their like look at."""
        for keyword in node.kwargs:
            if keyword.key == "attribute" and isinstance(keyword.value, nodes.Const):
                return str(keyword.value.value)
        if (
            node.name in {"selectattr", "rejectattr", "groupby"}
            and node.args
            and isinstance(node.args[0], nodes.Const)
        ):
            return str(node.args[0].value)
        return None

    def _attribute_shape(self, attribute: str, element: Shape) -> Shape:
        for part in attribute.split("."):
            if not isinstance(element, Record):
                return ANYTHING
            if part not in element.fields:
                if not element.open:
                    where = f" of {element.name}" if element.name else ""
                    self._complain(
                        part, f"`{part}` is not a field{where}", part, did_you_mean(part, element.fields)
                    )
                return ANYTHING
            element = element.fields[part]
        return element

    def _loop(self, node: nodes.For, names: Mapping[str, Shape]) -> Shape:
        over = self.visit(node.iter, names)
        within: dict[str, Shape] = {**names, "loop": _LOOP}
        if isinstance(node.target, nodes.Name):
            within[node.target.name] = over.of if isinstance(over, Many) else ANYTHING
        else:
            within |= {name.name: ANYTHING for name in node.target.find_all(nodes.Name)}
        if node.test is not None:
            self.visit(node.test, within)
        for statement in [*node.body, *node.else_]:
            self.visit(statement, within)
        return TEXT

    def _complain(self, word: str, message: str, search: str, help_text: str) -> None:
        offset = _find_word(self.text, search, self._searched.get(message, 0))
        self._searched[message] = offset + 1
        self.complaints.append(Complaint("unknown-name", message, offset, len(word), help_text))


def _find_word(text: str, word: str, start: int) -> int:
    """The offset of the word as a whole word; Jinja2's tree keeps lines but no columns."""
    offset = text.find(word, start)
    while offset >= 0:
        before = text[offset - 1] if offset else " "
        after = text[offset + len(word)] if offset + len(word) < len(text) else " "
        if not (before.isalnum() or before == "_" or after.isalnum() or after == "_"):
            return offset
        offset = text.find(word, offset + 1)
    return max(text.find(word), 0)


def _constant(value: Any) -> Shape:
    match value:
        case bool():
            return BOOLEAN
        case int():
            return INTEGER
        case str():
            return TEXT
        case _:
            return ANYTHING
