"""Walks a Jinja2 tree over shapes: which of its names cannot exist, what can never be computed, what it
gives."""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import nodes

from flowrun.expressions.conversions import CONVERSIONS
from flowrun.expressions.shapes import (
    ANYTHING,
    BOOLEAN,
    DECIMAL,
    INTEGER,
    TEXT,
    Anything,
    Kind,
    Many,
    Record,
    Scalar,
    Shape,
    describe,
    never_equal,
    shape_of_constant,
    union,
)
from flowrun.expressions.source import Complaint
from flowrun.expressions.suggest import did_you_mean
from flowrun.expressions.template_environment import LOOP
from flowrun.expressions.template_lexer import first_offset, offset_of
from flowrun.expressions.template_names import chain_of

_KEEPS_THE_LIST = frozenset(
    {"list", "reject", "rejectattr", "reverse", "select", "selectattr", "sort", "unique"}
)
_GIVES_AN_ELEMENT = frozenset({"first", "last", "max", "min"})
_GIVES: Mapping[str, Shape] = {
    "abs": DECIMAL, "count": INTEGER, "length": INTEGER, "round": DECIMAL, "sum": DECIMAL,
    "wordcount": INTEGER, "_exact": DECIMAL, "_concatenated": TEXT, "join": TEXT, "string": TEXT,
    "title": TEXT, "capitalize": TEXT, "truncate": TEXT, "replace": TEXT,
}  # fmt: skip
_ATTRIBUTE_FIRST = frozenset({"selectattr", "rejectattr", "groupby", "sum_by"})
_LOOP = Record({name: BOOLEAN if name in ("first", "last") else INTEGER for name in LOOP}, name="loop")
_KINDS: Mapping[str, Kind] = {
    "text": "text",
    "decimal": "decimal",
    "integer": "integer",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
}

Names = Mapping[str, Shape]


def shape_of(tree: nodes.Template, text: str, names: Names) -> tuple[Shape, list[Complaint]]:
    """What an expression gives (a text gives text), and a complaint for each thing that cannot work."""
    walk = _Walk(text)
    shape: Shape = TEXT
    for statement in tree.body:
        shape = walk.visit(statement, names)
    return shape, walk.complaints


def shape_of_conversion(name: str) -> Shape:
    """What a conversion gives."""
    kind = _KINDS.get(CONVERSIONS[name].result)
    return ANYTHING if kind is None else Scalar(kind)


class _Walk:
    def __init__(self, text: str) -> None:
        self.text = text
        self.complaints: list[Complaint] = []

    def visit(self, node: nodes.Node, names: Names) -> Shape:
        match node:
            case nodes.Output(nodes=parts):
                shapes = [self.visit(part, names) for part in parts]
                return shapes[0] if len(shapes) == 1 else TEXT
            case nodes.Name(name=name):
                return self._name(name, names)
            case nodes.Getattr(node=inner, attr=name):
                return self._field(inner, name, names)
            case nodes.Getitem():
                return self._item(node, names)
            case nodes.Filter():
                return self._filter(node, names)
            case nodes.For():
                return self._loop(node, names)
            case nodes.CondExpr(expr1=then, expr2=otherwise, test=test):
                self.visit(test, names)
                shape = self.visit(then, names)
                return union(shape, self.visit(otherwise, names)) if otherwise is not None else shape
            case nodes.Const(value=value):
                return shape_of_constant(value)
            case nodes.List(items=items):
                return Many(_common([self.visit(item, names) for item in items]))
            case _:
                return self._operator(node, names)

    def _operator(self, node: nodes.Node, names: Names) -> Shape:
        match node:
            case nodes.Add() | nodes.Sub() | nodes.Mul() | nodes.Div() | nodes.FloorDiv() | nodes.Mod():
                return self._computed(node, self.visit(node.left, names), self.visit(node.right, names))
            case nodes.And(left=left, right=right) | nodes.Or(left=left, right=right):
                return union(self.visit(left, names), self.visit(right, names))
            case nodes.Compare(expr=first, ops=operands):
                return self._compared(node, self.visit(first, names), operands, names)
            case nodes.Test() | nodes.Not():
                self._children(node, names)
                return BOOLEAN
            case nodes.Neg() | nodes.Pos():
                self._children(node, names)
                return DECIMAL
            case _:
                self._children(node, names)
                return ANYTHING

    def _children(self, node: nodes.Node, names: Names) -> None:
        for child in node.iter_child_nodes():
            self.visit(child, names)

    # --- names and fields ------------------------------------------------------------------------

    def _name(self, name: str, names: Names) -> Shape:
        if name in names:
            return names[name]
        if "*" in names:
            return ANYTHING
        hint = did_you_mean(name, [known for known in names if known != "loop"])
        self._complain(name, f"`{name}` does not exist", hint, head=str(name))
        return ANYTHING

    def _field(self, inner: nodes.Node, name: str, names: Names) -> Shape:
        on = self.visit(inner, names)
        owner = ".".join(chain_of(inner))
        match on:
            case Anything():
                return ANYTHING
            case Record(fields=fields) if name in fields:
                return fields[name]
            case Record(open=True):
                return ANYTHING
            case Record(fields=fields):
                prefix = f"{owner}." if owner else ""
                hint = did_you_mean(name, fields, prefix=prefix)
                if on.name and not hint.startswith("did you mean"):
                    hint = f"{hint} of {on.name}" if hint else f"it is not a field of {on.name}"
                self._complain(name, f"`{prefix}{name}` does not exist", hint)
            case Many():
                hint = f"pick with `| map(attribute='{name}')` or `| first`"
                self._complain(name, f"`{owner or 'this'}` is a list, so it has no field `{name}`", hint)
            case _:
                hint = f"write `{owner}`" if owner else ""
                self._complain(
                    name, f"`{owner or 'this'}` is {describe(on)}, so it has no field `{name}`", hint
                )
        return ANYTHING

    def _item(self, node: nodes.Getitem, names: Names) -> Shape:
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            return self._field(node.node, node.arg.value, names)
        shape = self.visit(node.node, names)
        self.visit(node.arg, names)
        if isinstance(node.arg, nodes.Slice):
            return shape
        return shape.of if isinstance(shape, Many) else ANYTHING

    def _loop(self, node: nodes.For, names: Names) -> Shape:
        over = self.visit(node.iter, names)
        within: dict[str, Shape] = {**names, "loop": _LOOP}
        if isinstance(node.target, nodes.Name):
            within[node.target.name] = over.of if isinstance(over, Many) else ANYTHING
        else:
            within |= {name.name: ANYTHING for name in node.target.find_all(nodes.Name)}
        if node.test is not None:
            self.visit(node.test, within)
        for statement in node.body:
            self.visit(statement, within)
        for statement in node.else_:
            self.visit(statement, names)
        return TEXT

    # --- operators -------------------------------------------------------------------------------

    def _computed(self, node: nodes.BinExpr, left: Shape, right: Shape) -> Shape:
        adds = isinstance(node, nodes.Add)
        if adds and (isinstance(left, Many) or isinstance(right, Many)):
            return left if left == right else ANYTHING
        texts = [shape for shape in (left, right) if _is_text(shape)]
        if adds and len(texts) == 2:
            return TEXT
        if texts and not (adds and Anything() in (left, right)):
            hint = "texts are joined by `~`; `| decimal` makes a number of a text"
            self._tell(
                "cannot-compute", f"`{node.operator}` takes numbers, not a text", first_offset(node), 1, hint
            )
        return ANYTHING if texts else DECIMAL

    def _compared(self, node: nodes.Node, left: Shape, operands: list[nodes.Operand], names: Names) -> Shape:
        for operand in operands:
            right = self.visit(operand.expr, names)
            if operand.op not in ("in", "notin") and never_equal(left, right):
                equality = operand.op in ("eq", "ne")
                said = "are never equal" if equality else "cannot be compared"
                self._tell(
                    "never-equal" if equality else "cannot-compare",
                    f"{describe(left)} and {describe(right)} {said}",
                    first_offset(node),
                    1,
                    "a number is written without quotes, a text with them",
                )
            left = right
        return BOOLEAN

    # --- filters ---------------------------------------------------------------------------------

    def _filter(self, node: nodes.Filter, names: Names) -> Shape:
        shape = self.visit(node.node, names) if node.node is not None else ANYTHING
        for argument in [*node.args, *(keyword.value for keyword in node.kwargs)]:
            self.visit(argument, names)
        element = shape.of if isinstance(shape, Many) else ANYTHING
        attribute = _attribute(node)
        picked = self._picked(attribute, element, first_offset(node)) if attribute is not None else ANYTHING
        match node.name:
            case "map":
                return Many(picked if attribute is not None else _mapped(node))
            case "groupby":
                return Many(Record({"grouper": picked, "list": shape}, name="a group"))
            case "default" | "d":
                given = [*node.args, *(one.value for one in node.kwargs)]
                return union(shape, self.visit(given[0], names)) if given else shape
            case name if name in _KEEPS_THE_LIST:
                return shape if isinstance(shape, Many) else ANYTHING
            case name if name in _GIVES_AN_ELEMENT:
                return element
            case name if name in CONVERSIONS:
                return shape_of_conversion(name)
            case name:
                return _GIVES.get(name, ANYTHING)

    def _picked(self, attribute: str, element: Shape, start: int) -> Shape:
        for part in attribute.split("."):
            if not isinstance(element, Record):
                return ANYTHING
            if part not in element.fields:
                if not element.open:
                    where = f" of {element.name}" if element.name else ""
                    offset = self.text.find(part, start)
                    hint = did_you_mean(part, element.fields)
                    self._tell(
                        "unknown-name", f"`{part}` is not a field{where}", max(offset, 0), len(part), hint
                    )
                return ANYTHING
            element = element.fields[part]
        return element

    def _complain(self, name: str, message: str, hint: str, head: str = "") -> None:
        offset = offset_of(name)
        place = max(self.text.find(name), 0) if offset is None else offset
        self._tell("unknown-name", message, place, len(name), hint, head)

    def _tell(self, code: str, message: str, offset: int, length: int, hint: str, head: str = "") -> None:
        self.complaints.append(Complaint(code, message, offset, max(length, 1), hint, head))


def _attribute(node: nodes.Filter) -> str | None:
    """The field that `map(attribute=…)`, `sum(attribute=…)`, `selectattr('…')` and their like look at."""
    for keyword in node.kwargs:
        if keyword.key == "attribute" and isinstance(keyword.value, nodes.Const):
            return str(keyword.value.value)
    if node.name in _ATTRIBUTE_FIRST and node.args and isinstance(node.args[0], nodes.Const):
        return str(node.args[0].value)
    return None


def _mapped(node: nodes.Filter) -> Shape:
    """What `map('upper')` makes of each item."""
    name = node.args[0].value if node.args and isinstance(node.args[0], nodes.Const) else ""
    return shape_of_conversion(name) if name in CONVERSIONS else _GIVES.get(name, ANYTHING)


def _common(shapes: list[Shape]) -> Shape:
    if not shapes:
        return ANYTHING
    shape = shapes[0]
    for other in shapes[1:]:
        shape = union(shape, other)
    return shape


def _is_text(shape: Shape) -> bool:
    return isinstance(shape, Scalar) and shape.kind == "text"
