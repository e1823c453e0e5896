"""What the runtime tells about itself while it works: for logs, metrics and alerts, which live on higher floors."""

from __future__ import annotations

from typing import Protocol

from flowrun.errors import RunError
from flowrun.runtime.journal.records import RunRecord


class Observer(Protocol):
    """Is told what happens. Must be quick and must not raise."""

    def accepted(self, run: str, flow: str, key: str | None, *, new: bool) -> None:
        """An event was written down; `new` is false for a second delivery."""

    def effect(
        self, run: RunRecord, place: str, connection: str, operation: str, outcome: str, seconds: float
    ) -> None:
        """A call ended: `answered`, `retryable`, `rejected` or `fatal`."""

    def suspended(self, run: RunRecord, status: str, why: str, until: float | None) -> None:
        """A run waits: `retrying`, `waiting` or `parked`."""

    def ended(self, run: RunRecord, status: str, error: RunError | None) -> None:
        """A run ended: `done`, `skipped`, `dead`, `cancelled`."""

    def connection(self, name: str, condition: str, reason: str, owner: str = "") -> None:
        """A connection changed: `well`, `down`, `paused`. `owner` is the team that must act, where one is named."""

    def review(self, run: RunRecord, what: str) -> None:
        """A run went through, but a person should look at it."""


class Silent:
    """Tells nobody."""

    def accepted(self, run: str, flow: str, key: str | None, *, new: bool) -> None:
        """Nothing."""

    def effect(
        self, run: RunRecord, place: str, connection: str, operation: str, outcome: str, seconds: float
    ) -> None:
        """Nothing."""

    def suspended(self, run: RunRecord, status: str, why: str, until: float | None) -> None:
        """Nothing."""

    def ended(self, run: RunRecord, status: str, error: RunError | None) -> None:
        """Nothing."""

    def connection(self, name: str, condition: str, reason: str, owner: str = "") -> None:
        """Nothing."""

    def review(self, run: RunRecord, what: str) -> None:
        """Nothing."""
