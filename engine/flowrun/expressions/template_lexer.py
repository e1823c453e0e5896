"""Jinja2's lexer, which here knows where each word stands and keeps the digits of each number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.lexer import Lexer, Token

from flowrun.expressions.exact import exact_number

_MOST_INTEGER = 400


class Word(str):
    """A name, a keyword or an operator of an expression, with its offset in the text."""

    __slots__ = ("offset",)

    offset: int

    @classmethod
    def at(cls, text: str, offset: int) -> Word:
        """The word that stands at an offset."""
        word = cls(text)
        word.offset = offset
        return word


def offset_of(name: str) -> int | None:
    """Where a name of a tree stands; None when the parser has put it together itself."""
    return name.offset if isinstance(name, Word) else None


def first_offset(node: nodes.Node) -> int:
    """Where the first word inside a node stands; 0 when it has none."""
    found = [offset for one in (node, *node.find_all(nodes.Node)) if (offset := _own_offset(one)) is not None]
    return min(found, default=0)


def _own_offset(node: nodes.Node) -> int | None:
    match node:
        case (
            nodes.Name(name=word) | nodes.Getattr(attr=word) | nodes.Filter(name=word) | nodes.Test(name=word)
        ):
            return offset_of(word)
        case nodes.Const(value=str() as word):
            return offset_of(word)
        case _:
            return None


class ExactLexer(Lexer):
    """Made new for each environment: the tokens of one text are never shared with another."""

    def tokeniter(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> Iterator[tuple[int, str, str]]:
        """Jinja2's tokens. Between two of them stands white space only, so each is found behind the one
        before."""
        position = 0
        for line, kind, text in super().tokeniter(source, name, filename, state):
            found = source.find(text, position)
            offset = found if found >= 0 else position
            position = offset + len(text)
            yield line, kind, Word.at(text, offset)

    def wrap(
        self, stream: Iterable[tuple[int, str, str]], name: str | None = None, filename: str | None = None
    ) -> Iterator[Token]:
        """Tokens with their values: a number with a point is a Decimal of exactly its digits."""
        for line, kind, text in stream:
            if kind == "float":
                yield Token(line, kind, _decimal(text, line))  # type: ignore[arg-type] # Jinja2 too puts numbers there
            elif kind == "integer" and len(text) > _MOST_INTEGER:
                raise TemplateSyntaxError("a number has too many digits", line)
            elif kind == "string":
                for wrapped in super().wrap([(line, kind, text)], name, filename):
                    yield wrapped._replace(value=Word.at(wrapped.value, offset_of(text) or 0))
            else:
                yield from super().wrap([(line, kind, text)], name, filename)


def _decimal(text: str, line: int) -> Decimal:
    try:
        return exact_number(text.replace("_", ""))
    except ValueError as error:
        raise TemplateSyntaxError("a number has too many digits", line) from error


def lexer_of(environment: Environment) -> Lexer:
    """The lexer of an environment, with places."""
    return ExactLexer(environment)
