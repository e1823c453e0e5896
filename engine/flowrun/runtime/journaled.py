"""A run whose every effect is written down: the intent before it is sent, the answer after it came.

After a crash the flow is gone through again from its start. What has an answer gets that answer; the effect that was
under way is done again under the same place, and its operation looks before it repeats.
"""

from __future__ import annotations

import dataclasses
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Protocol

from flowrun.component.step import Call, ErrorRule, Retry, Step
from flowrun.errors import Cause, Rejected, Retryable, RunError
from flowrun.expressions.scope import Scope
from flowrun.runtime.backoff import wait_before
from flowrun.runtime.connections import ENGINE, Connections
from flowrun.runtime.health import Health, is_system_failure
from flowrun.runtime.journal import store
from flowrun.runtime.journal.file import JournalFile
from flowrun.runtime.journal.frozen import digest, freeze, thaw
from flowrun.runtime.journal.records import EffectRecord, RunRecord
from flowrun.runtime.limits import Permits
from flowrun.runtime.observer import Observer
from flowrun.runtime.own import READS
from flowrun.runtime.rules import sorted_by
from flowrun.runtime.seam import Place, Progress

TOO_MANY_REQUESTS = 429


class Suspended(Exception):  # noqa: N818 - an outcome, not an error
    """The run cannot go on now. It is given up and gone through again later, from what the journal holds."""

    def __init__(
        self,
        status: str,
        place: Place,
        *,
        waiting_for: str | None = None,
        until: float | None = None,
        error: RunError | None = None,
    ) -> None:
        super().__init__(waiting_for or status)
        self.status = status
        self.place = place
        self.waiting_for = waiting_for
        self.until = until
        self.error = error


class Cancelled(Exception):  # noqa: N818 - an outcome, not an error
    """Somebody ended the run while it was under way: nothing more is written for it."""


Keep = Callable[[str, Mapping[str, Any], Rejected, str], Awaitable[object]]
"""Makes a dead letter of an event of a flow. The same event of the same source is kept once."""


class Surroundings(Protocol):
    """What a journaled run needs of its engine."""

    journal: JournalFile
    connections: Connections
    observer: Observer

    def now(self) -> float:
        """The time in seconds since 1970."""

    def health(self, connection: str) -> Health:
        """The condition of a connection."""

    def permits(self, connection: str) -> Permits:
        """The right to call it."""

    def settle(self, connection: str) -> float:
        """Seconds for which a system may still work on a write whose answer was lost."""

    def worsened(self, connection: str) -> None:
        """A connection is no longer well: somebody must ask it until it is."""


class JournaledRun:
    """One going-through of one run."""

    def __init__(
        self, record: RunRecord, effects: Iterable[EffectRecord], around: Surroundings, keep: Keep
    ) -> None:
        self.id = record.id
        self._keep = keep
        self._record = record
        self._effects = {effect.place: effect for effect in effects}
        self._around = around
        self._rules: dict[str, tuple[ErrorRule, ...]] = {}

    def began(self, place: Place, step: Step, scope: Scope) -> None:
        """Pure steps are not journaled. What a step says about its errors is kept: it may ask for another attempt."""
        if step.on_error:
            self._rules[place.path] = step.on_error

    def finished(self, place: Place, step: Step, result: Any) -> None:
        """Nothing to keep."""

    async def sleep_until(self, place: Place, seconds: float) -> None:
        """Waits without holding anything: the run is given up until the moment has come."""
        known = self._effects.get(place.path)
        now = self._around.now()
        if known is None:
            until = now + seconds
            await self._around.journal.write(
                lambda db: store.intend(db, self.id, place.path, ("flowrun", "wait", True, str(until)), now)
            )
            raise Suspended("waiting", place, waiting_for="time", until=until)
        until = float(known.request)
        if not known.answered and now < until:
            raise Suspended("waiting", place, waiting_for="time", until=until)

    async def wait_for(self, place: Place, source: str, path: str, value: str, timeout: float) -> Any:
        """The event for which the run waits, or None when the time is over."""
        known = self._effects.get(place.path)
        now = self._around.now()
        if known is None:
            until = now + timeout

            def note(db: Any) -> None:
                store.intend(db, self.id, place.path, ("flowrun", "wait", True, str(until)), now)
                store.await_event(db, self.id, place.path, source, path, value, until)

            await self._around.journal.write(note)
            raise Suspended("waiting", place, waiting_for=f"event:{source}", until=until)
        if known.answered:
            return known.answer
        until = float(known.request)
        if now < until:
            raise Suspended("waiting", place, waiting_for=f"event:{source}", until=until)
        await self._around.journal.write(lambda db: store.no_longer_awaiting(db, self.id, place.path))
        return None

    async def set_aside(self, place: Place, flow: str, event: Mapping[str, Any], error: Rejected) -> None:
        """Keeps it once, however often this run is gone through."""
        await self._keep(flow, event, error, f"{self.id} {place.path}")

    def progress(self, place: Place) -> Progress:
        """As it is written down."""
        known = self._effects.get(place.path)
        return Progress(**known.answer) if known is not None and known.answered else Progress()

    async def turned(self, place: Place, progress: Progress) -> None:
        """Writes down how far it has come, and forgets the page: its rows, and what was read for it."""
        now = self._around.now()
        here = place.round(progress.pages - 1)
        record = EffectRecord(
            self.id,
            place.path,
            ENGINE,
            "pages",
            True,
            "",
            1,
            now,
            now,
            True,
            dataclasses.asdict(progress),
            None,
        )
        await self._around.journal.write(lambda db: store.turn_page(db, record, here.path))
        self._effects = {path: one for path, one in self._effects.items() if not path.startswith(here.path)}
        self._effects[place.path] = record

    async def effect(self, place: Place, call: Call, retry: Retry | None) -> Any:
        """The answer to a call: the one that is written down, or a new one."""
        known = self._effects.get(place.path)
        if known is not None and known.answered:
            return known.answer
        operation = self._around.connections.operation(call)
        reads = operation.reads if operation is not None else call.operation in READS
        repeatable = operation.repeatable if operation is not None else True
        if known is not None and known.error is None and not reads and not repeatable:
            raise Rejected(
                f"{call.connection}.{call.operation}: it is not known whether this was done before the engine stopped; "
                f"look in the system, then resolve or replay it",
                Cause(code="outcome-unknown", connection=call.connection),
            )
        self._let_it_settle(place, known, reads=reads)
        health = self._around.health(call.connection)
        if health.condition != "well":
            raise Suspended("waiting", place, waiting_for=f"connection:{call.connection}")
        before = known.attempts if known is not None else 0
        attempt = await self._intend(place, call, before, reads=reads)
        return await self._attempt(place, call, retry, attempt, reads=reads)

    def _let_it_settle(self, place: Place, known: EffectRecord | None, *, reads: bool) -> None:
        """A write that was under way when the engine stopped may not be done yet: looking now would find nothing, and
        it would be sent twice."""
        if known is None or reads or known.error is not None or known.connection == ENGINE:
            return
        settled = known.began + self._around.settle(known.connection)
        if self._around.now() < settled:
            raise Suspended("retrying", place, until=settled)

    async def _intend(self, place: Place, call: Call, before: int, *, reads: bool) -> int:
        """Writes the intent down and waits for the disk before anything is sent that changes something."""
        request = (call.connection, call.operation, reads, digest(call.parameters))
        now = self._around.now()
        if reads and before == 0:
            return 1  # a read that fails is written down then; one that works, with its answer

        def intended(db: Any) -> int:
            if not reads and not store.is_open(db, self.id):
                raise Cancelled
            return store.intend(db, self.id, place.path, request, now)

        return await self._around.journal.write(intended)

    async def _attempt(
        self, place: Place, call: Call, retry: Retry | None, attempt: int, *, reads: bool
    ) -> Any:
        around = self._around
        permits = around.permits(call.connection)
        async with permits.one(bulk=self._record.bulk):
            if around.health(call.connection).condition != "well":
                await self._failed(place, call, None, reads=reads, counts=False)
                raise Suspended("waiting", place, waiting_for=f"connection:{call.connection}")
            began = time.monotonic()
            try:
                value = await around.connections.perform(call)
            except RunError as raised:
                error = sorted_by(raised, self._rules.get(place.path, ()))
                self._told(place, call, type(error).__name__.lower(), began)
                if is_system_failure(error) or error.cause.status == TOO_MANY_REQUESTS:
                    permits.limit.overloaded()
                return await self._after_error(place, call, retry, attempt, error, reads=reads)
            seconds = time.monotonic() - began
            permits.limit.answered(seconds)
        self._told(place, call, "answered", began)
        around.health(call.connection).succeeded()
        return await self._answered(place, call, value, reads=reads)

    async def _answered(self, place: Place, call: Call, value: Any, *, reads: bool) -> Any:
        around, now = self._around, self._around.now()
        frozen = freeze(value)
        handles = handles_in(call, value)

        def keep(db: Any) -> None:
            if reads:
                store.intend(
                    db,
                    self.id,
                    place.path,
                    (call.connection, call.operation, True, digest(call.parameters)),
                    now,
                )
            store.answer(db, self.id, place.path, frozen, now)
            store.remember_handles(db, self.id, handles)
            if isinstance(value, Mapping) and value.get("adopted") is True:
                store.change(
                    db,
                    self.id,
                    now,
                    review=f"{place.path}: found in {call.connection} after no answer had come; taken as ours",
                )

        await around.journal.write(keep)
        if isinstance(value, Mapping) and value.get("adopted") is True:
            around.observer.review(self._record, f"{place.path} was adopted")
        return thaw(frozen)

    async def _after_error(
        self, place: Place, call: Call, retry: Retry | None, attempt: int, error: RunError, *, reads: bool
    ) -> Any:
        around, now = self._around, self._around.now()
        if call.connection != ENGINE:
            changed = around.health(call.connection).failed(error, now)
            if changed is not None:
                around.worsened(call.connection)
            if around.health(call.connection).condition != "well":
                # What is wrong is wrong with the system: the run waits unharmed, and this attempt does not count.
                await self._failed(place, call, error, reads=reads, counts=False)
                raise Suspended(
                    "waiting", place, waiting_for=f"connection:{call.connection}", error=error
                ) from error
        # A system that has no time for us says nothing about this record: however long it takes, it is no dead letter.
        busy = is_system_failure(error) or error.cause.status == TOO_MANY_REQUESTS
        await self._failed(place, call, error, reads=reads, counts=not busy)
        if not isinstance(error, Retryable):
            raise error
        if retry is None and (error.doubt or not busy):
            raise error
        if retry is not None and attempt >= retry.attempts and not busy:
            raise error
        asked = max(error.after or 0.0, around.settle(call.connection) if error.doubt else 0.0)
        wait = wait_before(attempt + 1, retry or Retry(), chance=random.random(), asked=asked)  # noqa: S311 - jitter is no secret
        raise Suspended("retrying", place, until=now + wait, error=error) from error

    async def _failed(
        self, place: Place, call: Call, error: RunError | None, *, reads: bool, counts: bool
    ) -> None:
        now = self._around.now()
        request = (call.connection, call.operation, reads, digest(call.parameters))
        data = (
            error.as_data()
            if error is not None
            else {"kind": "notsent", "message": "the connection is not well"}
        )
        known = self._effects.get(place.path)

        def keep(db: Any) -> None:
            if reads and known is None:
                store.intend(db, self.id, place.path, request, now)
            store.fail(db, self.id, place.path, data, now, counts=counts)

        await self._around.journal.write(keep)

    def _told(self, place: Place, call: Call, outcome: str, began: float) -> None:
        self._around.observer.effect(
            self._record, place.path, call.connection, call.operation, outcome, time.monotonic() - began
        )


def handles_in(call: Call, value: Any) -> list[str]:
    """The numbers in an answer by which a person may look for the run: linked numbers; an e-mail only as a digest."""
    if not isinstance(value, Mapping):
        return []
    found: list[str] = []
    if call.connection == ENGINE:
        found.extend(str(value[side]) for side in ("xcart", "sap") if value.get(side))
    email = value.get("email")
    if isinstance(email, str) and "@" in email:
        found.append(email_handle(email))
    return found


def email_handle(email: str) -> str:
    """The form in which an e-mail address is kept for searching: it cannot be read back."""
    return f"email:{digest(email.strip().lower())}"
