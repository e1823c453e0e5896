"""What a template in a flow may contain. Everything else is refused before the flow runs.

The subset is closed: fields, constants, comparisons, arithmetic on numbers, `~`, `if`, listed filters and
tests, and `{% if %}`/`{% for %}` over data. There are no calls, so there is no `range`, no method and no
way to anything of Python; a power cannot be written, and arithmetic takes numbers only, so no small
template makes a large result.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from jinja2 import nodes

from flowrun.expressions.source import Complaint
from flowrun.expressions.suggest import did_you_mean
from flowrun.expressions.template_environment import Call, filter_calls, test_calls
from flowrun.expressions.template_lexer import first_offset, offset_of

MAX_DEPTH = 50
"""Deeper than this nobody reads; and Python refuses to compile what Jinja2 makes of much more."""
_MAX_LOOPS = 2
_OF_A_WHOLE = frozenset(
    {"round", "round_money", "quantity", "tax_from_base", "tax_from_gross", "net_from_gross"}
)
"""Filters that are meant for the outcome of a computation, and hardly ever for its last part."""
_GROUPED = re.compile(r"[-+*/]\s*\(")

_ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem,
    nodes.Slice, nodes.List, nodes.Tuple, nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand, nodes.And,
    nodes.Or, nodes.Not, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg,
    nodes.Pos, nodes.Concat, nodes.CondExpr, nodes.If, nodes.For, nodes.Keyword,
)  # fmt: skip
_REASONS: Mapping[type[nodes.Node], tuple[str, str, str]] = {
    nodes.Call: (
        "functions cannot be called in a flow",
        "use a filter, as in `name | upper`; `flowrun steps` lists them",
        "(",
    ),
    nodes.Pow: ("`**` is not available", "powers are not needed to map an order; multiply instead", "**"),
    nodes.Dict: (
        "a record cannot be written inside an expression",
        "use the fields of a `transform` step",
        "{",
    ),
    nodes.Include: ("`{% include %}` is not available", "write the text here", "{%"),
    nodes.Import: ("`{% import %}` is not available", "use a sub-flow", "{%"),
    nodes.FromImport: ("`{% from %}` is not available", "use a sub-flow", "{%"),
    nodes.Extends: ("`{% extends %}` is not available", "write the text here", "{%"),
    nodes.Macro: ("`{% macro %}` is not available", "use a sub-flow", "{%"),
    nodes.CallBlock: ("`{% call %}` is not available", "use a sub-flow", "{%"),
    nodes.Block: ("`{% block %}` is not available", "write the text here", "{%"),
    nodes.FilterBlock: ("`{% filter %}` is not available", "put the filter behind each value", "{%"),
    nodes.With: ("`{% with %}` is not available", "give the value a name in an `extract` step", "{%"),
    nodes.Assign: ("`{% set %}` is not available", "give the value a name in an `extract` step", "{%"),
    nodes.AssignBlock: ("`{% set %}` is not available", "give the value a name in an `extract` step", "{%"),
}
_NOT_DATA = frozenset({"self", "super", "caller", "varargs", "kwargs"})
_APPLIES_FILTER, _APPLIES_TEST, _APPLIES_TEST_TO_FIELD = (
    {"map"},
    {"select", "reject"},
    {"selectattr", "rejectattr"},
)

FILTER_CALLS: Mapping[str, Call] = filter_calls()
TEST_CALLS: Mapping[str, Call] = test_calls()


def depth_of(tree: nodes.Node) -> int:
    """How deeply a tree is nested. Counts level by level, so that no depth is too much for it."""
    depth, level = 0, [tree]
    while level:
        depth += 1
        level = [child for node in level for child in node.iter_child_nodes()]
    return depth


def complaints_about(tree: nodes.Node, text: str) -> list[Complaint]:
    """Every place where the tree leaves the subset. The tree is not nested deeper than `MAX_DEPTH`."""
    return list(_Check(text).walk(tree, 0))


class _Check:
    def __init__(self, text: str) -> None:
        self.text = text

    def walk(self, node: nodes.Node, loops: int) -> Iterator[Complaint]:
        if not isinstance(node, _ALLOWED):
            reason, hint, word = _REASONS.get(type(node), ("this is not available in a flow", "", ""))
            yield self._at_node(reason, hint, node, word)
            return
        if isinstance(node, nodes.For):
            loops += 1
            yield from self._loop(node, loops)
        yield from self._names(node)
        yield from self._calls(node)
        yield from self._reach(node)
        for child in node.iter_child_nodes():
            yield from self.walk(child, loops)

    def _loop(self, node: nodes.For, loops: int) -> Iterator[Complaint]:
        if loops > _MAX_LOOPS:
            yield self._at_node("loops are nested more than two deep", "use `for_each` steps", node, "for")
        if node.recursive:
            yield self._at_node("a loop cannot be recursive", "use `for_each` steps", node, "recursive")

    def _names(self, node: nodes.Node) -> Iterator[Complaint]:
        match node:
            case nodes.Name(name=name) if name.startswith("_") or name in _NOT_DATA:
                yield self._not_a_field(name, node)
            case nodes.Getattr(attr=name) if name.startswith("_"):
                yield self._not_a_field(name, node)
            case nodes.Getitem(arg=nodes.Const(value=str() as name)) if name.startswith("__"):
                yield self._not_a_field(name, node)
            case nodes.CondExpr(expr2=None):
                yield self._at_node(
                    "an `if` inside an expression needs an `else`: what holds otherwise",
                    "as in `a if b else c`",
                    node,
                    "if",
                )

    def _not_a_field(self, name: str, node: nodes.Node) -> Complaint:
        hint = "names that begin with `_` are not data" if name.startswith("_") else "choose another name"
        offset = offset_of(name)
        start = first_offset(node) if offset is None else offset
        return Complaint("not-allowed", f"`{name}` is not a field", start, len(name), hint)

    def _reach(self, node: nodes.Node) -> Iterator[Complaint]:
        """A filter belongs to the value just before it: `price * amount | round(2)` rounds the amount and multiplies
        then. Who means that writes the parentheses, and is let be.
        """
        if not isinstance(node, nodes.Add | nodes.Sub | nodes.Mul | nodes.Div) or _GROUPED.search(self.text):
            return
        if isinstance(node.right, nodes.Filter) and node.right.name in _OF_A_WHOLE:
            name = node.right.name
            start = first_offset(node) if (offset := offset_of(name)) is None else offset
            told = f"`| {name}` belongs to the last value alone, not to the whole computation"
            yield Complaint(
                "filter-reaches-less", told, start, len(name), f"write (… {node.operator} …) | {name}"
            )

    # --- filters and tests: there, and given what they take --------------------------------------

    def _calls(self, node: nodes.Node) -> Iterator[Complaint]:
        if not isinstance(node, nodes.Filter | nodes.Test):
            return
        is_filter = isinstance(node, nodes.Filter)
        calls = FILTER_CALLS if is_filter else TEST_CALLS
        yield from self._known(node.name, offset_of(node.name), "filter" if is_filter else "test", calls)
        start = first_offset(node) if (offset := offset_of(node.name)) is None else offset
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            yield Complaint("not-allowed", "`*` before an argument is not available", start, len(node.name))
        call = calls.get(node.name)
        mistake = call.mistake(len(node.args), _keywords(node)) if call is not None else ""
        if mistake:
            hint = _written(node.name, call, is_filter) if call is not None else ""
            yield Complaint("wrong-arguments", f"`{node.name}` {mistake}", start, len(node.name), hint)
        if is_filter:
            yield from self._named_by_argument(node, start)

    def _named_by_argument(self, node: nodes.Filter | nodes.Test, start: int) -> Iterator[Complaint]:
        """`map('upper')`, `select('odd')` and `selectattr('x', 'eq', 1)` name a filter or test in an
        argument."""
        if node.name in _APPLIES_FILTER and node.args:
            position, what, calls = 0, "filter", FILTER_CALLS
        elif node.name in _APPLIES_TEST and node.args:
            position, what, calls = 0, "test", TEST_CALLS
        elif node.name in _APPLIES_TEST_TO_FIELD and len(node.args) > 1:
            position, what, calls = 1, "test", TEST_CALLS
        else:
            return
        argument = node.args[position]
        if not isinstance(argument, nodes.Const) or not isinstance(argument.value, str):
            yield Complaint(
                "wrong-arguments",
                f"`{node.name}` takes the name of a {what} in quotes",
                start,
                len(node.name),
            )
            return
        yield from self._known(argument.value, _inside(self.text, argument.value, start), what, calls)
        call = calls.get(argument.value)
        mistake = call.mistake(len(node.args) - position - 1, _keywords(node)) if call else ""
        if mistake:
            yield Complaint("wrong-arguments", f"`{argument.value}` {mistake}", start, len(node.name))

    def _known(
        self, name: str, offset: int | None, what: str, calls: Mapping[str, Call]
    ) -> Iterator[Complaint]:
        if name not in calls:
            start = max(self.text.find(name), 0) if offset is None else offset
            hint = did_you_mean(name, calls)
            yield Complaint(f"unknown-{what}", f"the {what} `{name}` does not exist", start, len(name), hint)

    def _at_node(self, message: str, hint: str, node: nodes.Node, word: str) -> Complaint:
        """A complaint at the word that offends: the tree itself keeps lines, and its first word's place."""
        lines = self.text.split("\n")
        line_start = sum(len(line) + 1 for line in lines[: max(node.lineno, 1) - 1])
        offset = self.text.find(
            word, max(first_offset(node), line_start) if word not in ("{%", "{", "for") else line_start
        )
        if offset < 0:
            offset = max(self.text.find(word), 0)
        return Complaint("not-allowed", message, offset, max(len(word), 1), hint)


def _keywords(node: nodes.Filter | nodes.Test) -> list[str]:
    return [str(one.key) for one in node.kwargs]


def _written(name: str, call: Call, is_filter: bool) -> str:
    arguments = f"({', '.join(call.names[: max(call.least, 1)])})" if call.names else ""
    return f"as in `value {'|' if is_filter else 'is'} {name}{arguments}`"


def _inside(text: str, word: str, start: int) -> int:
    """Where a word in quotes stands, behind the filter that is given it."""
    return max(text.find(word, start), 0)


# --- what operators and numbers are turned into -------------------------------------------------


def made_exact(tree: nodes.Template) -> nodes.Template:
    """The same tree with exact numbers, and with `~` as a filter of our own that writes values as texts
    do."""
    _rewrite(tree)
    return tree


def _rewrite(node: nodes.Node) -> None:
    for name, value in list(node.iter_fields()):
        if isinstance(value, list):
            setattr(node, name, [_rewritten(item) for item in value])
        else:
            setattr(node, name, _rewritten(value))
    for child in node.iter_child_nodes():
        _rewrite(child)


def _rewritten(value: Any) -> Any:
    match value:
        case nodes.Const(value=Decimal() as number):
            return _filtered(nodes.Const(str(number), lineno=value.lineno), "_exact")
        case nodes.Concat(nodes=parts):
            return _filtered(nodes.List(parts, lineno=value.lineno), "_concatenated")
        case _:
            return value


def _filtered(node: nodes.Expr, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)
