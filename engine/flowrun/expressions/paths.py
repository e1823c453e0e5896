"""JMESPath over exact numbers: `from:` and `extract:`.

The parser and the interpreter are jmespath's own. Three things are added: the place of every name in the text, so that
a mistake can be pointed at; Decimal as a number everywhere, also for numbers written in the expression; and errors
that name the path instead of jmespath's internals.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from jmespath import exceptions, functions, visitor
from jmespath import parser as jmespath_parser

from flowrun.errors import Cause, Rejected
from flowrun.expressions.source import Complaint, ExpressionError, Source
from flowrun.expressions.suggest import did_you_mean

Node = dict[str, Any]

MAX_LENGTH = 4_000
"""A path longer than this is a mistake or an attack; nobody reads it either way."""


class _PositionedParser(jmespath_parser.Parser):
    """jmespath's parser, with the offset of every name kept in its node under `start`."""

    _CACHE: dict[str, Any] = {}  # noqa: RUF012 - the base class has a cache of its own, without offsets

    def _token_nud_unquoted_identifier(self, token: Node) -> Node:
        return {**super()._token_nud_unquoted_identifier(token), "start": token["start"], "end": token["end"]}

    def _token_nud_quoted_identifier(self, token: Node) -> Node:
        return {**super()._token_nud_quoted_identifier(token), "start": token["start"], "end": token["end"]}

    def _token_led_lparen(self, left: Node) -> Node:
        return {**super()._token_led_lparen(left), "start": left.get("start", 0), "end": left.get("end", 0)}


class _ExactFunctions(functions.Functions):
    """JMESPath's functions with Decimal as a number; nothing here ever makes a float."""

    def _get_allowed_pytypes(self, types: list[str]) -> tuple[list[str], list[tuple[str, ...]]]:
        allowed, subtypes = super()._get_allowed_pytypes(types)
        if "int" in allowed:
            allowed = [*allowed, "Decimal"]
        return allowed, [(*names, "Decimal") if "int" in names else names for names in subtypes]

    def _convert_to_jmespath_type(self, pyobject: str) -> str:
        return "number" if pyobject == "Decimal" else str(super()._convert_to_jmespath_type(pyobject))

    @functions.signature({"types": ["array-number"]})
    def _func_avg(self, arg: list[Decimal | int]) -> Decimal | None:
        return sum((Decimal(number) for number in arg), Decimal(0)) / len(arg) if arg else None

    @functions.signature({"types": []})
    def _func_to_number(self, arg: Any) -> Decimal | int | None:
        if isinstance(arg, bool):
            return None
        if isinstance(arg, int | Decimal):
            return arg
        if not isinstance(arg, str):
            return None
        try:
            number = Decimal(arg)
        except InvalidOperation:
            return None
        return number if number.is_finite() else None

    @functions.signature({"types": []})
    def _func_to_string(self, arg: Any) -> str:
        if isinstance(arg, Decimal):
            return format(arg, "f")
        return str(super()._func_to_string(arg))

    @functions.signature({"types": []})
    def _func_type(self, arg: Any) -> str | None:
        return "number" if isinstance(arg, Decimal) else super()._func_type(arg)


FUNCTION_NAMES = frozenset(_ExactFunctions.FUNCTION_TABLE)


class Path:
    """One compiled JMESPath. `search` reads it from the names in scope; null where there is nothing."""

    __slots__ = ("_interpreter", "source", "tree")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.tree = _parsed(source.text)
        self._interpreter = visitor.TreeInterpreter(visitor.Options(custom_functions=_ExactFunctions()))

    def __repr__(self) -> str:
        return f"Path({self.source.text!r})"

    def search(self, names: Mapping[str, Any]) -> Any:
        """The value at this path. Raises `Rejected` where a function gets what it cannot take."""
        try:
            return self._interpreter.visit(self.tree, names)
        except exceptions.JMESPathTypeError as error:
            expected = " or ".join(error.expected_types)
            raise self._rejected(
                f"{error.function_name}() takes {expected}, but got {error.actual_type}"
            ) from error
        except (exceptions.JMESPathError, TypeError, ArithmeticError) as error:
            raise self._rejected("the values cannot be compared or computed with") from error

    def _rejected(self, reason: str) -> Rejected:
        return Rejected(
            f"{self.source.at()} `{self.source.text}`: {reason}",
            Cause(code="expression", target=self.source.text),
        )

    def names(self) -> tuple[str, ...]:
        """The dotted paths it reads, in order, for showing where a value came from."""
        return tuple(dict.fromkeys(_dotted(self.tree)))


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Node:
    if not text.strip():
        raise ExpressionError(
            [Complaint("empty-expression", "the path is empty", 0, 1, "write a path such as order.total")]
        )
    if len(text) > MAX_LENGTH:
        raise ExpressionError(
            [Complaint("expression-too-long", f"the path has {len(text)} characters", 0, 1)]
        )
    try:
        tree: Node = _PositionedParser().parse(text).parsed
    except exceptions.EmptyExpressionError as error:
        raise ExpressionError([Complaint("empty-expression", "the path is empty", 0, 1)]) from error
    except exceptions.ParseError as error:
        raise ExpressionError([_syntax_complaint(text, error)]) from error
    except RecursionError as error:
        raise ExpressionError(
            [Complaint("expression-too-deep", "the path is nested too deeply", 0, 1)]
        ) from error
    complaints = list(_unknown_functions(tree))
    if complaints:
        raise ExpressionError(complaints)
    return _exact(tree)


def _syntax_complaint(text: str, error: exceptions.ParseError) -> Complaint:
    offset = min(max(error.lex_position or 0, 0), max(len(text) - 1, 0))
    if isinstance(error, exceptions.IncompleteExpressionError):
        return Complaint(
            "bad-path",
            f"the path `{text}` is not finished",
            len(text) - 1,
            1,
            "something is missing at its end",
        )
    hint = "a path is written as in `order.items[?amount > `0`].sku`"
    if "{{" in text:
        hint = "`{{ }}` belongs into `text:`; a path has no braces"
    elif '"' in text and "==" in text:
        hint = "a text inside a path is written in single quotes: 'P'"
    token = f" at `{error.token_value}`" if error.token_value and len(str(error.token_value)) < 40 else ""
    return Complaint("bad-path", f"`{text}` is not a path{token}", offset, 1, hint)


def _unknown_functions(node: Node) -> Iterator[Complaint]:
    if node["type"] == "function_expression" and node["value"] not in FUNCTION_NAMES:
        name = node["value"]
        yield Complaint(
            "unknown-function",
            f"the function `{name}()` does not exist",
            node["start"],
            len(name),
            did_you_mean(name, FUNCTION_NAMES),
        )
    for child in node["children"]:
        if isinstance(child, dict):
            yield from _unknown_functions(child)


def _exact(node: Node) -> Node:
    """The same tree with every float written in it as the Decimal its digits say."""
    if node["type"] == "literal":
        return {**node, "value": _exact_value(node["value"])}
    return {
        **node,
        "children": [_exact(child) if isinstance(child, dict) else child for child in node["children"]],
    }


def _exact_value(value: Any) -> Any:
    match value:
        case float():
            return Decimal(repr(value))
        case list():
            return [_exact_value(item) for item in value]
        case dict():
            return {key: _exact_value(item) for key, item in value.items()}
        case _:
            return value


def _dotted(node: Node, prefix: str = "") -> Iterator[str]:
    """The dotted names below a node; brackets mark where a list is walked."""
    match node["type"]:
        case "field":
            yield f"{prefix}{node['value']}"
        case "subexpression" | "pipe" | "index_expression":
            heads = list(_dotted(node["children"][0], prefix))
            for child in node["children"][1:]:
                heads = [name for head in heads for name in (list(_dotted(child, head + ".")) or [head])]
            yield from heads
        case "index":
            yield f"{prefix.removesuffix('.')}[{node['value']}]" if prefix else ""
        case "slice" | "identity" | "current":
            if prefix:
                yield prefix.removesuffix(".")
        case "projection" | "filter_projection" | "value_projection" | "flatten":
            for head in list(_dotted(node["children"][0], prefix)):
                walked = head if head.endswith("[]") else f"{head}[]"
                rest = node["children"][1] if len(node["children"]) > 1 else None
                yield from (list(_dotted(rest, walked + ".")) if rest else []) or [walked]
        case "literal":
            return
        case _:
            for child in node["children"]:
                if isinstance(child, dict):
                    yield from _dotted(child, prefix)
