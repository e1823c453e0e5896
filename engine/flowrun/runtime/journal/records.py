"""What the journal holds, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

OPEN = ("accepted", "running", "retrying", "waiting", "parked")
ENDED = ("dead", "done", "skipped", "cancelled", "resolved")


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run. Times are seconds since 1970. `status` is one of OPEN or ENDED; `dead` is a dead letter."""

    number: int
    id: str
    flow: str
    version: str
    lane: str | None
    key: str | None
    bulk: bool
    event: Any
    status: str
    accepted: float
    changed: float
    next_at: float | None
    waiting_for: str | None
    step: str | None
    error: dict[str, Any] | None
    result: Any
    reason: str | None
    replay_of: str | None
    review: str | None

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.status in OPEN


@dataclass(frozen=True, slots=True)
class EffectRecord:
    """One entry of the effect ledger. `answered` is false for an intent whose outcome is not known."""

    run: str
    place: str
    connection: str
    operation: str
    reads: bool
    request: str
    attempts: int
    began: float
    ended: float | None
    answered: bool
    answer: Any
    error: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class OpenRun:
    """What is kept in memory of a run that has not ended."""

    number: int
    id: str
    flow: str
    lane: str | None
    status: str
    next_at: float | None
    waiting_for: str | None
    bulk: bool = False
