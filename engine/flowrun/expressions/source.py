"""A piece of text in a flow file that holds an expression, and where each of its characters stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from flowrun.errors import Position


def _nowhere(offset: int, length: int) -> Position:
    return Position("<expression>", 1, offset + 1, length)


@dataclass(frozen=True, slots=True)
class Source:
    """`text` is what the YAML scalar says; `locate(offset, length)` is where that part stands in the file."""

    text: str
    locate: Callable[[int, int], Position] = field(default=_nowhere, compare=False, repr=False)

    def at(self, offset: int = 0, length: int | None = None) -> Position:
        """The position of the part that starts at `offset`; of the whole text when nothing is said."""
        return self.locate(offset, len(self.text) if length is None else length)


@dataclass(frozen=True, slots=True)
class Complaint:
    """A mistake inside an expression, before it is known which file it stands in. Becomes a `Problem`.

    `head` is the first name of an unknown path, for those who know more about it (a step that comes later,
    say).
    """

    code: str
    message: str
    offset: int
    length: int
    help: str = ""
    head: str = ""


class ExpressionError(ValueError):
    """An expression that cannot be compiled. Carries every complaint, not only the first."""

    def __init__(self, complaints: list[Complaint]) -> None:
        super().__init__("; ".join(complaint.message for complaint in complaints))
        self.complaints = complaints
