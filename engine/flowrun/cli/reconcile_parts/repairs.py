"""Repairs: the right flow for exactly the rows that differ, shown before anything is written."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from flowrun.cli.composition import registry
from flowrun.cli.operating import count
from flowrun.component.http import encode
from flowrun.errors import ConfigurationError, RunError
from flowrun.expressions.scope import Scope
from flowrun.language.project import Environment
from flowrun.language.reconciliation import Reconciliation, Repair
from flowrun.language.workspace import Workspace
from flowrun.runtime.comparing import Difference, Outcome
from flowrun.runtime.connections import Connections
from flowrun.runtime.direct import interpreted, new_run_id
from flowrun.runtime.engine import EmbeddedEngine
from flowrun.runtime.guard import stop_writes
from flowrun.runtime.intake import new_run
from flowrun.runtime.journal import clearing, store
from flowrun.runtime.journal.file import JournalFile
from flowrun.runtime.journal.records import OPEN, RunRecord
from flowrun.runtime.rehearsal import Rehearsal
from flowrun.runtime.state import State
from flowrun.runtime.versions import Pinned, pinned
from flowrun.serve.lock import JournalLock

AT_ONCE = 8
PATIENCE = 120.0
"""Seconds for all repairs together; what has not ended then goes on when `flowrun serve` runs."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One row, the flow for it, and what that flow would do: the requests that would leave, or why it would end. `also`
    are more rows for which the same flow would be given the same."""

    reconciliation: str
    difference: Difference
    flow: str
    event: Mapping[str, Any]
    also: tuple[Difference, ...] = ()
    requests: tuple[str, ...] = ()
    ends: str = ""
    run: str | None = None
    status: str = ""
    reason: str = ""


class Repairs:
    """The repairs of one command."""

    def __init__(self, context: click.Context, found: Workspace, environment: Environment) -> None:
        self.planned: list[Planned] = []
        self._context = context
        self._workspace = found
        self._environment = environment
        self._folder: Path = found.project.folder / ".flowrun"

    def plan(self, wanted: Sequence[Reconciliation], outcomes: Sequence[Outcome]) -> None:
        """Finds the flow for each difference, and asks it what it would do."""
        scope = self._workspace.scope({"env": dict(self._environment.values)})
        chosen: dict[tuple[str, str], Planned] = {}
        for one, outcome in zip(wanted, outcomes, strict=True):
            for difference, repair, event in _chosen(one, outcome, scope):
                same = (str(repair.flow), str(encode(event)))
                before = chosen.get(same)
                if before is None:
                    chosen[same] = Planned(one.name, difference, str(repair.flow), event)
                else:
                    chosen[same] = replace(before, also=(*before.also, difference))
        self.planned = asyncio.run(self._foreseen(list(chosen.values())))

    def carry_out(self, *, yes: bool) -> list[Planned]:
        """Runs them when somebody agrees; gives them with what has become of them."""
        if not self.planned or not self._agreed(yes=yes):
            return []
        self._folder.mkdir(exist_ok=True)
        journal = JournalFile(self._folder / "journal.db")
        try:
            self._refuse_another_environment(journal)
            lock = _lock(journal)
            try:
                written = self._write(journal)
                if lock is not None:
                    asyncio.run(self._run(journal, written))
                else:
                    _watch(journal, written)
            finally:
                if lock is not None:
                    lock.release()
            return [_ended(journal, one) for one in written]
        finally:
            journal.close()

    def _refuse_another_environment(self, journal: JournalFile) -> None:
        """Runs of the sandbox must never be carried out by the engine that serves production."""
        with journal.reading() as db:
            whose = clearing.environment(db)
        if whose is not None and whose != self._environment.name:
            raise ConfigurationError(
                f"the journal {journal.path} holds the runs of the environment '{whose}', so nothing of "
                f"'{self._environment.name}' can be repaired here; do it where that is served"
            )

    def all_mended(self, outcomes: Sequence[Outcome], done: Sequence[Planned]) -> bool:
        """Whether every difference had a repair, and every repair went through."""
        mended = {
            (one.reconciliation, row.key)
            for one in done
            if one.status == "done"
            for row in (one.difference, *one.also)
        }
        differing = {(outcome.name, row.key) for outcome in outcomes for row in outcome.differences}
        return differing <= mended and all(one.status in {"done", "skipped"} for one in done)

    # --- what they would do --------------------------------------------------------------------------------------

    async def _foreseen(self, chosen: Sequence[Planned]) -> list[Planned]:
        path = self._folder / "state.db"
        state = State(path if path.is_file() else None, self._environment.name)
        limit = asyncio.Semaphore(AT_ONCE)
        try:
            async with Connections(
                self._workspace.project, self._environment, registry(), state, guard=stop_writes
            ) as connections:

                async def one(planned: Planned) -> Planned:
                    async with limit:
                        return await self._rehearsed(planned, connections)

                return list(await asyncio.gather(*map(one, chosen)))
        finally:
            state.close()

    async def _rehearsed(self, planned: Planned, connections: Connections) -> Planned:
        rehearsal = Rehearsal(new_run_id(), connections)
        flow = self._workspace.flow(planned.flow)
        result = await interpreted(self._workspace, flow, planned.event, connections, rehearsal)
        requests = tuple(
            f"{call.step}: {call.method} {call.connection}.{call.operation}" for call in rehearsal.calls
        )
        ends = result.error.message if result.error is not None else result.reason
        return replace(planned, requests=requests, ends=ends)

    def _agreed(self, *, yes: bool) -> bool:
        if yes:
            return True
        if not sys.stdin.isatty():
            click.echo("nothing was changed; --yes does it", err=True)
            return False
        if click.confirm(f"carry out {count(len(self.planned), 'repair')}?", err=True):
            return True
        click.echo("nothing was changed", err=True)
        return False

    # --- doing it ------------------------------------------------------------------------------------------------

    def _write(self, journal: JournalFile) -> list[Planned]:
        """Every repair is a run of its own in the journal, in the lane of its key."""
        written: list[Planned] = []
        for planned in self.planned:
            pin = pinned(self._workspace, planned.flow)
            try:
                new = replace(
                    new_run(pin, planned.event, time.time()), once=None
                )  # it is asked for once more, on purpose
            except RunError as error:
                written.append(replace(planned, status="refused", reason=error.message))
                continue
            journal.write_now(_accept(pin, new))
            written.append(replace(planned, run=new.id))
        return written

    async def _run(self, journal: JournalFile, written: Sequence[Planned]) -> None:
        ours = frozenset(one.run for one in written if one.run is not None)
        state = State(self._folder / "state.db", self._environment.name)
        try:
            engine = EmbeddedEngine(self._workspace, self._environment, registry(), state, journal, only=ours)
            await engine.start()
            try:
                deadline = time.monotonic() + PATIENCE
                while time.monotonic() < deadline and any(_goes_on(journal, run) for run in ours):  # noqa: ASYNC110 - it looks into a file
                    await asyncio.sleep(0.05)
            finally:
                await engine.stop()
        finally:
            state.close()


def _chosen(
    one: Reconciliation, outcome: Outcome, scope: Scope
) -> Iterator[tuple[Difference, Repair, Mapping[str, Any]]]:
    """Each difference with each flow that is there for it, and what that flow is given."""
    for difference in outcome.differences:
        within = scope.plus(key=difference.key, **difference.rows)
        for repair in one.repair.get(difference.kind, ()):
            if repair.when is None or repair.when.test(within.names):
                yield difference, repair, repair.event.evaluate(within)


def _accept(pin: Pinned, new: store.NewRun) -> Any:
    def write(db: sqlite3.Connection) -> None:
        store.keep_version(db, pin.flow.name, pin.version, pin.sources, new.now)
        store.accept(db, new)

    return write


def _lock(journal: JournalFile) -> JournalLock | None:
    try:
        return JournalLock(journal.path)
    except ConfigurationError:  # a running `flowrun serve` has it, and takes the new runs up
        return None


def _record(journal: JournalFile, run: str) -> RunRecord | None:
    with journal.reading() as db:
        return store.run_by_id(db, run)


def _goes_on(journal: JournalFile, run: str) -> bool:
    record = _record(journal, run)
    return record is not None and record.status in OPEN and record.status != "parked"


def _watch(journal: JournalFile, written: Sequence[Planned]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and any(one.run and _goes_on(journal, one.run) for one in written):
        time.sleep(0.1)


def _ended(journal: JournalFile, planned: Planned) -> Planned:
    record = _record(journal, planned.run) if planned.run is not None else None
    return planned if record is None else replace(planned, status=record.status, reason=record.reason or "")
