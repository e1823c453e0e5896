"""Tells several observers what the runtime tells one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from flowrun.errors import RunError
from flowrun.runtime.journal.records import RunRecord
from flowrun.runtime.observer import Observer

_LOG = logging.getLogger("flowrun.serve")


class Observers:
    """An observer that is many. One that breaks keeps neither the others nor the run from going on."""

    def __init__(self, observers: Iterable[Observer]) -> None:
        self._observers = tuple(observers)

    def accepted(self, run: str, flow: str, key: str | None, *, new: bool) -> None:
        """Tells all of them."""
        self._tell(lambda one: one.accepted(run, flow, key, new=new))

    def effect(
        self, run: RunRecord, place: str, connection: str, operation: str, outcome: str, seconds: float
    ) -> None:
        """Tells all of them."""
        self._tell(lambda one: one.effect(run, place, connection, operation, outcome, seconds))

    def suspended(self, run: RunRecord, status: str, why: str, until: float | None) -> None:
        """Tells all of them."""
        self._tell(lambda one: one.suspended(run, status, why, until))

    def ended(self, run: RunRecord, status: str, error: RunError | None) -> None:
        """Tells all of them."""
        self._tell(lambda one: one.ended(run, status, error))

    def connection(self, name: str, condition: str, reason: str, owner: str = "") -> None:
        """Tells all of them."""
        self._tell(lambda one: one.connection(name, condition, reason, owner))

    def review(self, run: RunRecord, what: str) -> None:
        """Tells all of them."""
        self._tell(lambda one: one.review(run, what))

    def _tell(self, what: Callable[[Observer], None]) -> None:
        for one in self._observers:
            try:
                what(one)
            except Exception:  # noqa: BLE001 - it is told with its traceback
                _LOG.exception("the observer %s broke", type(one).__name__)
