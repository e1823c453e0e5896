"""The seam between what a flow says and how it is carried out: everything that lasts goes through here.

The interpreter asks a `Run` for each effect and for nothing else, so a run can be carried out at once,
rehearsed
without writing, or journaled and resumed, and the interpreter does not know which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from flowrun.component.step import Call, Retry, Step
from flowrun.errors import Rejected
from flowrun.expressions.scope import Scope


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a run something happens: stable over restarts, so an effect is found again under it.

    `path` is such as `buyer/created` (a step of a sub-flow) or `each_item[2]/wanted` (the third round).
    """

    path: str

    def inside(self, step: str) -> Place:
        """A step within this place."""
        return Place(f"{self.path}/{step}" if self.path else step)

    def round(self, index: int) -> Place:
        """One round of a loop at this place."""
        return Place(f"{self.path}[{index}]")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a list has come that is read page after page. `cursor` is where it goes on; None at its end."""

    pages: int = 0
    rows: int = 0
    cursor: str | None = ""


class Run(Protocol):
    """One run of one flow, as the interpreter sees it."""

    id: str

    async def effect(self, place: Place, call: Call, retry: Retry | None) -> Any:
        """The answer to a call. Raises `Rejected`, `Fatal`, or `Retryable` when no attempt is left."""

    async def sleep_until(self, place: Place, seconds: float) -> None:
        """Goes on after so many seconds, counted from when this place was first reached."""

    async def wait_for(self, place: Place, source: str, path: str, value: str, timeout: float) -> Any:
        """The event of a source in which a path has this value; None when it did not come in time."""

    async def set_aside(self, place: Place, flow: str, event: Mapping[str, Any], error: Rejected) -> None:
        """What a sub-flow has rejected is kept as a dead letter of that flow, and this run goes on without it."""

    def progress(self, place: Place) -> Progress:
        """How far the pages at this place have come in this run, or before it was given up."""

    async def turned(self, place: Place, progress: Progress) -> None:
        """A page is done for good: what was kept for it, but what it wrote outside, may be forgotten."""

    def began(self, place: Place, step: Step, scope: Scope) -> None:
        """A step is reached with these values."""

    def finished(self, place: Place, step: Step, result: Any) -> None:
        """A step has its result."""
