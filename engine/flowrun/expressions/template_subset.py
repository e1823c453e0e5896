"""What a template in a flow may contain. Everything else is refused before the flow runs.

The subset is closed: fields, constants, comparisons, arithmetic on numbers, `~`, `if`, listed filters and tests, and
`{% if %}`/`{% for %}` over data. There are no calls, so there is no `range`, no method and no way to anything of
Python; a power or a repeated text cannot be written, so no small template makes a large result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jinja2 import nodes

from flowrun.expressions.source import Complaint
from flowrun.expressions.suggest import did_you_mean

ALLOWED_FILTERS = frozenset({
    "abs", "capitalize", "count", "d", "default", "first", "groupby", "join", "last", "length", "list", "map", "max",
    "min", "reject", "rejectattr", "replace", "reverse", "select", "selectattr", "sort", "string", "title", "truncate",
    "unique", "wordcount",
})  # fmt: skip
ALLOWED_TESTS = frozenset({
    "defined", "undefined", "none", "boolean", "true", "false", "string", "number", "integer", "mapping", "sequence",
    "in", "even", "odd", "divisibleby", "eq", "equalto", "==", "ne", "!=", "lt", "<", "lessthan", "le", "<=", "gt", ">",
    "greaterthan", "ge", ">=", "upper", "lower",
})  # fmt: skip

_ALLOWED_NODES: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem, nodes.Slice,
    nodes.List, nodes.Tuple, nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not,
    nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.Pos, nodes.Concat,
    nodes.CondExpr, nodes.If, nodes.For, nodes.Keyword,
)  # fmt: skip
_REASONS: Mapping[type[nodes.Node], tuple[str, str]] = {
    nodes.Call: (
        "functions cannot be called in a flow",
        "use a filter, as in `name | upper`; `flowrun steps` lists them",
    ),
    nodes.Pow: ("`**` is not available", "powers are not needed to map an order; multiply instead"),
    nodes.Dict: ("a record cannot be written inside an expression", "use the fields of a `transform` step"),
    nodes.Include: ("`{% include %}` is not available", ""),
    nodes.Import: ("`{% import %}` is not available", ""),
    nodes.FromImport: ("`{% from %}` is not available", ""),
    nodes.Extends: ("`{% extends %}` is not available", ""),
    nodes.Macro: ("`{% macro %}` is not available", "use a sub-flow"),
    nodes.Assign: ("`{% set %}` is not available", "give the value a name in an `extract` step"),
    nodes.AssignBlock: ("`{% set %}` is not available", "give the value a name in an `extract` step"),
}
_MAX_LOOPS = 2
_TEXT_FACTORIES = (nodes.Mul, nodes.Mod, nodes.Div, nodes.FloorDiv, nodes.Sub)


def complaints_about(
    tree: nodes.Node, text: str, filters: Iterable[str], tests: Iterable[str]
) -> list[Complaint]:
    """Every place where the tree leaves the subset."""
    return list(_Check(text, sorted(filters), sorted(tests)).walk(tree, 0))


class _Check:
    def __init__(self, text: str, filters: list[str], tests: list[str]) -> None:
        self.text = text
        self.filters = filters
        self.tests = tests

    def walk(self, node: nodes.Node, loops: int) -> Iterator[Complaint]:
        if not isinstance(node, _ALLOWED_NODES):
            reason, hint = _REASONS.get(
                type(node), (f"`{type(node).__name__.lower()}` is not available in a flow", "")
            )
            yield self._complaint("not-allowed", reason, node, hint, self._word_of(node))
            return
        if isinstance(node, nodes.For):
            loops += 1
            if loops > _MAX_LOOPS:
                yield self._complaint(
                    "not-allowed", "loops are nested more than two deep", node, "use `for_each` steps", "for"
                )
            if node.recursive:
                yield self._complaint("not-allowed", "a loop cannot be recursive", node, "", "recursive")
        yield from self._names(node)
        for child in node.iter_child_nodes():
            yield from self.walk(child, loops)

    def _names(self, node: nodes.Node) -> Iterator[Complaint]:
        match node:
            case nodes.Filter(name=name) if name not in self.filters:
                yield self._complaint(
                    "unknown-filter",
                    f"the filter `{name}` does not exist",
                    node,
                    did_you_mean(name, self.filters),
                    name,
                )
            case nodes.Test(name=name) if name not in self.tests:
                yield self._complaint(
                    "unknown-test",
                    f"the test `{name}` does not exist",
                    node,
                    did_you_mean(name, self.tests),
                    name,
                )
            case nodes.Getattr(attr=name) | nodes.Name(name=name) if name.startswith("_"):
                yield self._complaint(
                    "not-allowed",
                    f"`{name}` is not a field",
                    node,
                    "names that begin with `_` are not data",
                    name,
                )
            case nodes.Getitem(arg=nodes.Const(value=str() as name)) if name.startswith("__"):
                yield self._complaint(
                    "not-allowed",
                    f"`{name}` is not a field",
                    node,
                    "names that begin with `_` are not data",
                    name,
                )
            case nodes.BinExpr(left=left, right=right) if isinstance(node, _TEXT_FACTORIES):
                if any(
                    isinstance(side, nodes.Const) and isinstance(side.value, str) for side in (left, right)
                ):
                    yield self._complaint(
                        "not-allowed",
                        "arithmetic takes numbers, not texts",
                        node,
                        "texts are joined by `~`",
                        "'",
                    )

    def _complaint(self, code: str, message: str, node: nodes.Node, hint: str, word: str) -> Complaint:
        lines = self.text.splitlines(keepends=True)
        start = sum(len(line) for line in lines[: max(node.lineno, 1) - 1])
        offset = self.text.find(word, start) if word else start
        return Complaint(code, message, max(offset, 0), max(len(word), 1), hint)

    def _word_of(self, node: nodes.Node) -> str:
        match node:
            case nodes.Call(node=nodes.Name(name=name)) | nodes.Call(node=nodes.Getattr(attr=name)):
                return str(name)
            case nodes.Pow():
                return "**"
            case nodes.Dict():
                return "{"
            case _:
                return ""


def exact_numbers(tree: nodes.Template) -> nodes.Template:
    """The same tree with each number that has a point written as an exact one: `0.19` is Decimal("0.19")."""
    _make_exact(tree)
    return tree


def _make_exact(node: nodes.Node) -> None:
    for name, value in list(node.iter_fields()):
        if isinstance(value, list):
            setattr(node, name, [_exact(item) for item in value])
        else:
            setattr(node, name, _exact(value))
    for child in node.iter_child_nodes():
        _make_exact(child)


def _exact(value: Any) -> Any:
    if not (isinstance(value, nodes.Const) and isinstance(value.value, float)):
        return value
    digits = nodes.Const(repr(value.value), lineno=value.lineno)
    return nodes.Filter(digits, "exact", [], [], None, None, lineno=value.lineno)
