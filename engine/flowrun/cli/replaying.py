"""Replays on their way: what each would do, the new runs that are written, and carrying them out."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from dataclasses import dataclass

from flowrun.cli.composition import registry
from flowrun.cli.operating import Desk
from flowrun.component.values import Duration
from flowrun.errors import ConfigurationError, Rejected
from flowrun.runtime.connections import Connections
from flowrun.runtime.dead_letters import SharedCause
from flowrun.runtime.engine import EmbeddedEngine
from flowrun.runtime.guard import stop_writes
from flowrun.runtime.journal import clearing, store
from flowrun.runtime.journal.clearing import NotAnymore
from flowrun.runtime.journal.records import OPEN, RunRecord
from flowrun.runtime.replays import Outlook, Replay, outlooks, prepared, repetition
from flowrun.runtime.state import State
from flowrun.runtime.versions import Pinned, pinned, pinned_then

PATIENCE = Duration(60.0)
"""How long runs are carried out by this command, when no engine is running and nothing else is asked for."""


@dataclass(slots=True)
class Row:
    """One dead letter on its way: what it is, what it would do, what it has become."""

    record: RunRecord
    cause: SharedCause
    replay: Replay | None = None
    outlook: Outlook | None = None
    new: str | None = None
    number: int | None = None
    behind: str | None = None
    lost: bool = False
    now: RunRecord | None = None


async def foresee(at: Desk, rows: list[Row], start: str | None, version: str) -> None:
    """Fills in what each would do."""
    state = State(at.state_file if at.state_file.is_file() else None, at.environment.name)
    try:
        async with Connections(
            at.project, at.environment, registry(), state, guard=stop_writes
        ) as connections:
            for row in rows:
                _prepare(at, row, version, from_failed_step=start == "failed-step")
            await _look(at, [row for row in rows if row.replay is not None], connections)
            if start is not None:
                return
            again = [
                row
                for row in rows
                if row.replay is not None and row.outlook and row.outlook.would == "refused"
            ]
            for row in again:
                _prepare(at, row, version, from_failed_step=True)
            await _look(at, again, connections)
    finally:
        state.close()


def _prepare(at: Desk, row: Row, version: str, *, from_failed_step: bool) -> None:
    record = row.record
    with at.journal.reading() as db:
        event, effects = clearing.current_event(db, record), store.effects(db, record.id, turned=False)
    try:
        pin = _pin(at, record, version)
    except (Rejected, ConfigurationError) as error:
        row.outlook = Outlook("refused", reason=str(error))
        return
    row.replay = prepared(record, event, pin, effects, from_failed_step=from_failed_step, now=time.time())


def _pin(at: Desk, record: RunRecord, version: str) -> Pinned:
    if version == "now":
        return pinned(at.workspace, at.workspace.flow(record.flow).name)
    with at.journal.reading() as db:
        sources = store.version_files(db, record.flow, record.version)
    return pinned_then(at.workspace, registry(), record.flow, record.version, sources)


async def _look(at: Desk, rows: list[Row], connections: Connections) -> None:
    replays = [row.replay for row in rows if row.replay is not None]
    for row, outlook in zip(rows, await outlooks(replays, at.workspace, connections), strict=True):
        row.outlook = outlook


def replayed(at: Desk, rows: list[Row], wait: Duration | None) -> str:
    """Writes the new runs, and sees that they are carried out. Says by whom."""
    lock = at.lock()
    try:
        _write(at, rows)
        if lock is not None:
            asyncio.run(_carry_out(at, rows, (wait or PATIENCE).seconds))
        elif wait is not None:
            _watch(at, rows, wait.seconds)
    finally:
        if lock is not None:
            lock.release()
    for row in rows:
        row.now = at.run(row.new) if row.new is not None else None
    return "here" if lock is not None else "serve"


def _write(at: Desk, rows: list[Row]) -> None:
    for row in rows:
        replay, outlook = row.replay, row.outlook
        if replay is None or outlook is None:
            continue
        kept = [effect for effect in replay.kept if effect.place not in outlook.replaced]
        again = repetition(replay.record, replay.pin, time.time(), replay.event, kept)

        def write(
            db: sqlite3.Connection, again: clearing.Repetition = again, pin: Pinned = replay.pin
        ) -> int:
            store.keep_version(db, pin.flow.name, pin.version, pin.sources, again.new.now)
            return clearing.repeat(db, again)

        try:
            row.number = at.journal.write_now(write)
            row.new = again.new.id
        except NotAnymore:
            row.lost = True


async def _carry_out(at: Desk, rows: list[Row], seconds: float) -> None:
    """Carries out the new runs, and no others: nobody asked for those. One whose key has an earlier run that has not
    ended stays behind it."""
    ours = {row.new: row for row in rows if row.new is not None}
    with at.journal.reading() as db:
        for row in ours.values():
            first = clearing.before_in_lane(db, row.number or 0)
            row.behind = first if first not in ours else ours[first].behind
    mine = frozenset(run for run, row in ours.items() if row.behind is None)
    state = State(at.state_file, at.environment.name)
    try:
        engine = EmbeddedEngine(at.workspace, at.environment, registry(), state, at.journal, only=mine)
        await engine.start()
        try:
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline and any(_goes_on(at, run) for run in mine):  # noqa: ASYNC110 - it looks into a file
                await asyncio.sleep(0.05)
        finally:
            await engine.stop()
    finally:
        state.close()


def _watch(at: Desk, rows: list[Row], seconds: float) -> None:
    """Waits until the running engine has ended them."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(row.new is not None and _goes_on(at, row.new) for row in rows):
        time.sleep(0.1)


def _goes_on(at: Desk, run: str) -> bool:
    status = at.run(run).status
    return status in OPEN and status != "parked"
