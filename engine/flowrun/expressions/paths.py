"""JMESPath over exact numbers: `from:` and `extract:`.

The parser and the interpreter are jmespath's own. Three things are added: the place of every name in the
text, so that a mistake can be pointed at; Decimal as a number everywhere, also for numbers written in the
expression; and errors that name the path instead of jmespath's internals.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, ClassVar

from jmespath import exceptions, visitor
from jmespath import parser as jmespath_parser

from flowrun.errors import Cause, Rejected
from flowrun.expressions.exact import exact_number
from flowrun.expressions.path_functions import SIGNATURES, ExactFunctions, in_words, takes
from flowrun.expressions.path_names import Node, dotted_names
from flowrun.expressions.source import Complaint, ExpressionError, Source
from flowrun.expressions.suggest import did_you_mean

MAX_LENGTH = 4_000
"""A path longer than this is a mistake or an attack; nobody reads it either way."""
MAX_DEPTH = 60
MAX_COPIES = 10_000
"""How often a path may name the value it walks on; `[@, @] | [@, @] | …` doubles it with every bar."""

_PARSER_FAILS = (ValueError, TypeError, LookupError, AttributeError)


class _Parser(jmespath_parser.Parser):
    """jmespath's parser; every name keeps its offset (`start`, `end`), every literal the digits it was
    written with."""

    # The base class keeps its trees in a cache of its own, and those are without offsets.
    _CACHE: ClassVar[dict[str, Any]] = {}

    def _token_nud_unquoted_identifier(self, token: Node) -> Node:
        made = super()._token_nud_unquoted_identifier(token)  # type: ignore[misc] # the stubs leave it out
        return {**made, "start": token["start"], "end": token["end"]}

    def _token_nud_quoted_identifier(self, token: Node) -> Node:
        made = super()._token_nud_quoted_identifier(token)  # type: ignore[misc] # the stubs leave it out
        # The lexer says how long a quoted token is, where it says for others where they end.
        return {**made, "start": token["start"], "end": token["start"] + token["end"], "quoted": True}

    def _token_nud_literal(self, token: Node) -> Node:
        return {"type": "literal", "value": token["value"], "children": [], "start": token["start"]}

    def _token_led_lparen(self, left: Node) -> Node:
        made = super()._token_led_lparen(left)  # type: ignore[misc] # the stubs leave it out
        return {**made, "start": left.get("start", 0), "end": left.get("end", 0)}


class Path:
    """One compiled JMESPath. `search` reads it from the names in scope; null where there is nothing."""

    __slots__ = ("_interpreter", "source", "tree")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.tree = _parsed(source.text)
        options = visitor.Options(custom_functions=ExactFunctions())
        self._interpreter = visitor.TreeInterpreter(options)

    def __repr__(self) -> str:
        return f"Path({self.source.text!r})"

    def search(self, names: Mapping[str, Any]) -> Any:
        """The value at this path. Raises `Rejected` where a function gets what it cannot take."""
        try:
            return self._interpreter.visit(self.tree, names)  # type: ignore[arg-type] # the stubs' private type
        except exceptions.JMESPathTypeError as error:
            raise self._rejected(
                f"{error.function_name}() takes {in_words(tuple(error.expected_types))}, "
                f"but got {in_words(error.actual_type)}"
            ) from error
        except TypeError as error:
            raise self._rejected(
                "a number and a text cannot be compared; `to_number()` makes a number of a text"
            ) from error
        except (ValueError, ArithmeticError, RecursionError) as error:
            raise self._rejected("the values cannot be computed with") from error

    def _rejected(self, reason: str) -> Rejected:
        cause = Cause(code="expression", target=self.source.text)
        return Rejected(f"{self.source.at()} `{self.source.text}`: {reason}", cause)

    def names(self) -> tuple[str, ...]:
        """The dotted paths it reads, in order, for showing where a value came from."""
        return dotted_names(self.tree)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Node:
    """The tree of a path. Raises `ExpressionError` with every mistake that can be told without shapes."""
    tree = _tree(text)
    if _depth(tree) > MAX_DEPTH:
        raise _error(
            "expression-too-deep", "the path is nested too deeply", "split it into several `extract` lines"
        )
    if _copies(tree) > MAX_COPIES:
        raise _error("expression-too-long", "the path copies its values too often", "")
    complaints = [*_functions(tree), *_wrong_literals(tree, text)]
    if complaints:
        raise ExpressionError(complaints)
    return _exact(tree, text)


def _tree(text: str) -> Node:
    if not text.strip():
        raise _error("empty-expression", "the path is empty", "write a path such as order.total")
    if len(text) > MAX_LENGTH:
        raise _error(
            "expression-too-long",
            f"the path has {len(text):,} characters, more than {MAX_LENGTH:,}",
            "split it into several `extract` lines",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # texts in backticks are old; they are told as a mistake below
            tree: Any = _Parser().parse(text).parsed
    except exceptions.ParseError as error:
        raise ExpressionError([_syntax_complaint(text, error)]) from error
    except RecursionError as error:
        raise _error("expression-too-deep", "the path is nested too deeply", "") from error
    except _PARSER_FAILS as error:
        raise _error("bad-path", f"`{_short(text)}` is not a path", "as in order.items[0].sku") from error
    return dict(tree)


def _error(code: str, message: str, help_text: str) -> ExpressionError:
    return ExpressionError([Complaint(code, message, 0, 1, help_text)])


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:59]}…"


def _syntax_complaint(text: str, error: exceptions.ParseError) -> Complaint:
    if isinstance(error, exceptions.IncompleteExpressionError):
        end = len(text.rstrip())
        return Complaint(
            "bad-path",
            f"the path `{_short(text)}` is not finished",
            end - 1,
            1,
            "something is missing at its end",
        )
    hint = "a path is written as in order.items[?amount > `0`].sku"
    if "{{" in text:
        hint = "`{{ }}` belongs into `text:`; a path has no braces"
    elif "|" in text and "(" not in text and error.token_value not in ("|", None):
        hint = "filters such as `| upper` belong into `compute:`; a path has `as:`"
    elif "=" in text and "==" not in text:
        hint = "two values are compared with `==`"
    offset = min(max(error.lex_position or 0, 0), max(len(text) - 1, 0))
    token = str(error.token_value or "")
    where = f" at `{token}`" if token and len(token) < 40 and isinstance(error.token_type, str) else ""
    return Complaint("bad-path", f"`{_short(text)}` is not a path{where}", offset, max(len(token), 1), hint)


def _nodes(tree: Node) -> Iterator[Node]:
    todo = [tree]
    while todo:
        node = todo.pop()
        yield node
        todo.extend(reversed(_children(node)))


def _children(node: Node) -> list[Node]:
    return [child for child in node["children"] if isinstance(child, dict)]


def _depth(tree: Node) -> int:
    deepest, level = 0, [tree]
    while level:
        deepest += 1
        level = [child for node in level for child in _children(node)]
    return deepest


def _copies(node: Node) -> int:
    counts = [min(_copies(child), MAX_COPIES + 1) for child in _children(node)]
    if node["type"] in (
        "pipe",
        "subexpression",
        "projection",
        "filter_projection",
        "flatten",
        "index_expression",
    ):
        product = 1
        for count in counts:
            product = min(product * count, MAX_COPIES + 1)
        return product
    return max(sum(counts), 1)


def _functions(tree: Node) -> Iterator[Complaint]:
    """Functions that do not exist, or are given too few or too many values."""
    for node in _nodes(tree):
        if node["type"] != "function_expression":
            continue
        name, start = node["value"], node["start"]
        if name not in SIGNATURES:
            hint = did_you_mean(name, SIGNATURES, most=30)
            yield Complaint(
                "unknown-function", f"the function `{name}()` does not exist", start, len(name), hint
            )
            continue
        given, wanted = len(node["children"]), len(SIGNATURES[name])
        more = SIGNATURES[name][-1].get("variadic", False)
        if given < wanted or (given > wanted and not more):
            count = f"{wanted} {'value' if wanted == 1 else 'values'}"
            yield Complaint(
                "wrong-arguments",
                f"{name}() takes {'at least ' if more else ''}{count}, but {given} "
                f"{'is' if given == 1 else 'are'} given",
                start,
                len(name),
                f"as in {takes(name)}",
            )


def _wrong_literals(tree: Node, text: str) -> Iterator[Complaint]:
    for node in _nodes(tree):
        if node["type"] != "literal" or "start" not in node:
            continue
        written = _written(text, node["start"])
        try:
            _literal(text, node)
        except ValueError:
            inside = written.strip("`'").strip()
            yield Complaint(
                "bad-path",
                f"{written} is neither a number nor a text",
                node["start"],
                len(written),
                f"a text is written in single quotes: '{inside}'",
            )


def _written(text: str, start: int) -> str:
    """The literal as it stands in the text, with its quotes."""
    quote, position = text[start], start + 1
    while position < len(text) and text[position] != quote:
        position += 2 if text[position] == "\\" else 1
    return text[start : position + 1]


def _literal(text: str, node: Node) -> Any:
    """The value of a literal, each number exactly as its digits say. Raises ValueError for what is no
    JSON."""
    if text[node["start"]] != "`":
        return node["value"]
    inside = _written(text, node["start"])[1:-1].replace("\\`", "`")
    return json.loads(inside, parse_float=exact_number, parse_constant=_refused)


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} is not a number")


def _exact(node: Node, text: str) -> Node:
    if node["type"] == "literal" and "start" in node:
        return {**node, "value": _literal(text, node)}
    return {
        **node,
        "children": [_exact(child, text) if isinstance(child, dict) else child for child in node["children"]],
    }
