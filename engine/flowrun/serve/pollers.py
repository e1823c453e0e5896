"""Asks a system again and again what is new: what a lost webhook would have brought, a poll brings a little later."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from flowrun.component.connector import Unusable
from flowrun.component.step import Call, Perform
from flowrun.errors import Cause, ConfigurationError, FlowrunError, Rejected, RunError
from flowrun.language.flow import Flow, Poll
from flowrun.runtime.engine import Accepted, EmbeddedEngine, Refused
from flowrun.runtime.health import is_system_failure
from flowrun.runtime.journal import store
from flowrun.serve.background import again_and_again
from flowrun.serve.logs import say

T = TypeVar("T")
WATERMARK = "watermark"
FIRST_LOOK = 86_400.0
AT_ONCE = 200
"""How many records are accepted together: they share one write to the disk."""


class Poller:
    """The poll of one flow."""

    def __init__(self, flow: Flow, poll: Poll, engine: EmbeddedEngine, *, jitter: float = 5.0) -> None:
        self.flow = flow
        self.failures = 0
        self.not_taken = 0
        self._poll = poll
        self._engine = engine
        self._jitter = jitter
        self._cursor = f"poll:{engine.environment.name}:{flow.name}"
        self._since = engine.now()

    @property
    def connection(self) -> str:
        """The connection that is asked."""
        return self._poll.call.connection

    def lag(self) -> float:
        """Seconds since everything that is new was last taken."""
        with self._engine.journal.reading() as db:
            known = store.cursor(db, self._cursor)
        return max(self._engine.now() - (float(known) if known is not None else self._since), 0.0)

    async def run(self) -> None:
        """Until it is cancelled. The first look comes at a random moment, so that flows do not ask all at once."""
        every = self._poll.every.seconds
        await again_and_again(
            f"the poll of {self.flow.name}",
            self.look,
            every,
            first=random.random() * min(every, self._jitter),  # noqa: S311 - no secret
        )

    async def look(self) -> None:
        """Asks for what is new, and again as long as there is more at once. What goes wrong is told and counted; the
        next look asks for the same again."""
        while await self._has_more():
            pass

    async def _has_more(self) -> bool:
        began = self._engine.now()
        if self._engine.health(self.connection).condition != "well":
            return False
        try:
            call = self._call(began)
            records = await self._asked(call)
            safe, new = await self._written(records)
            more = await self._guarded(lambda: self._engine.connections.taken(call, safe)) if safe else False
        except (RunError, ConfigurationError) as error:
            self._failed(str(error))
            return False
        if len(safe) < len(records):
            return False
        await self._engine.journal.write(
            lambda db: store.move_cursor(db, self._cursor, str(began), self._engine.now())
        )
        if new:
            say(
                "polled",
                f"{self.flow.name}: a poll found what no webhook had brought",
                flow=self.flow.name,
                new=new,
            )
        return more and new > 0  # a queue that gives the same again and again must wait for the next look

    # --- asking -----------------------------------------------------------------------------------------------------

    async def _asked(self, call: Call) -> Sequence[Mapping[str, Any]]:
        found = await self._guarded(lambda: self._engine.connections.perform(call))
        await self._tell_warnings()
        if not isinstance(found, list | tuple) or not all(isinstance(one, Mapping) for one in found):
            raise Rejected(
                f"{self.flow.name}: `{call.connection}.{call.operation}` gives no list of records, "
                "so it cannot be polled",
                Cause(code="poll-no-list", connection=call.connection),
            )
        return found

    async def _guarded(self, work: Callable[[], Awaitable[T]]) -> T:
        """Does it with the right to call the connection, whose condition learns from how it goes."""
        engine, name = self._engine, self.connection
        permits = engine.permits(name)
        async with permits.one(bulk=self.flow.priority == "bulk"):
            began = time.monotonic()
            try:
                done = await work()
            except RunError as error:
                if is_system_failure(error) or error.cause.status == 429:
                    permits.limit.overloaded()
                if engine.health(name).failed(error, engine.now()) is not None:
                    engine.worsened(name)
                raise
            permits.limit.answered(time.monotonic() - began)
        return done

    def _call(self, now: float) -> Call:
        scope = self._engine.workspace.scope({"env": dict(self._engine.environment.values)})
        instruction = self._poll.call.decide(scope)
        assert isinstance(instruction, Perform)  # noqa: S101 - an operation is nothing else
        call = instruction.call
        return Call(call.connection, call.operation, with_watermark(call.parameters, self._watermark(now)))

    def _watermark(self, now: float) -> str:
        with self._engine.journal.reading() as db:
            known = store.cursor(db, self._cursor)
        overlap = self._poll.overlap.seconds
        moment = float(known) - overlap if known is not None else now - max(FIRST_LOOK, overlap)
        return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}"

    async def _tell_warnings(self) -> None:
        connector = await self._engine.connections.connector(self.connection)
        warnings = getattr(connector, "warnings", None)
        while warnings:
            say(
                "warning",
                str(warnings.popleft()),
                level=logging.WARNING,
                connection=self.connection,
                flow=self.flow.name,
            )

    # --- accepting --------------------------------------------------------------------------------------------------

    async def _written(self, records: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], int]:
        """The records that are safely written down, as runs or dead letters, and how many of them are new. When some
        could not be written, those after them are not tried."""
        safe: list[Mapping[str, Any]] = []
        new = 0
        for start in range(0, len(records), AT_ONCE):
            part = records[start : start + AT_ONCE]
            outcomes = await asyncio.gather(*map(self._written_one, part))
            safe.extend(record for record, outcome in zip(part, outcomes, strict=True) if outcome is not None)
            new += sum(outcome.new for outcome in outcomes if outcome is not None)
            if None in outcomes:
                break
        return safe, new

    async def _written_one(self, record: Mapping[str, Any]) -> Accepted | None:
        """As a run, or as a dead letter when it can never be one: it must not hold up all that follow. None when it is
        not written, and may be later."""
        try:
            if isinstance(record, Unusable):
                return await self._kept(
                    record, Rejected(record.reason, Cause(record.code, connection=self.connection))
                )
            return await self._engine.accept(self.flow.name, record)
        except Refused as error:
            self._failed(str(error))
        except Rejected as error:
            return await self._kept(record, error)
        except FlowrunError as error:
            self._failed(str(error))
        return None

    async def _kept(self, record: Mapping[str, Any], error: Rejected) -> Accepted | None:
        try:
            kept = await self._engine.keep(self.flow.name, record, error)
        except FlowrunError as failed:
            self._failed(str(failed))
            return None
        self.not_taken += 1
        if kept.new:
            fields = {"flow": self.flow.name, "connection": self.connection, "run": kept.run}
            say("not-taken", str(error), level=logging.ERROR, **fields)
        return kept

    def _failed(self, why: str) -> None:
        self.failures += 1
        say("poll-failed", why, level=logging.WARNING, flow=self.flow.name, connection=self.connection)


def with_watermark(value: Any, moment: str) -> Any:
    """The parameters of a poll with the word `watermark`, wherever it stands, replaced by the moment."""
    match value:
        case str() if str.__str__(value) == WATERMARK:
            return moment
        case Mapping():
            return {name: with_watermark(item, moment) for name, item in value.items()}
        case list() | tuple():
            return [with_watermark(item, moment) for item in value]
        case _:
            return value
