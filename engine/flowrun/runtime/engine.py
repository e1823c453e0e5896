"""The embedded engine: accepts events, runs flows from the journal, keeps order per key, waits, resumes.

Nothing that matters is in memory only. The agenda knows what goes next, the systems how the other side is, the
versions how a flow was when a run began; workers go through the runs.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from flowrun.component.registry import Registry
from flowrun.errors import Cause, ConfigurationError, Rejected
from flowrun.expressions.paths import Path
from flowrun.expressions.source import Source
from flowrun.language.project import Environment
from flowrun.language.workspace import Workspace
from flowrun.runtime.agenda import Agenda
from flowrun.runtime.connections import Connections
from flowrun.runtime.health import Health
from flowrun.runtime.intake import as_text, new_run, unusable_run
from flowrun.runtime.journal import clearing, store
from flowrun.runtime.journal.file import JournalFile
from flowrun.runtime.journal.frozen import freeze
from flowrun.runtime.journal.records import OpenRun, RunRecord
from flowrun.runtime.limits import Permits
from flowrun.runtime.observer import Observer, Silent
from flowrun.runtime.replays import kept_effects, repetition
from flowrun.runtime.state import State
from flowrun.runtime.systems import Systems
from flowrun.runtime.versions import Pinned, Versions
from flowrun.runtime.worker import Worker

LOOK_FOR_CHANGES = 0.5
"""How often, in seconds, the engine looks whether another process has written into its journal."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of an event. `new` is false when the same delivery had been accepted before."""

    run: str
    new: bool


class Refused(Rejected):
    """The lane of this event takes nothing more while its first run waits."""


class Engine(Protocol):
    """What the rest of flowrun asks of whatever carries runs out durably."""

    async def accept(self, flow: str, event: Mapping[str, Any]) -> Accepted:
        """Writes an event down; returns when it is on the disk."""

    async def signal(self, source: str, event: Mapping[str, Any]) -> int:
        """Tells an event to the runs that wait for it; gives how many there were."""

    def find(
        self, *, handle: str | None = None, status: tuple[str, ...] = (), limit: int = 100
    ) -> list[RunRecord]:
        """Runs by a number that people know, or by status."""

    def get(self, run: str) -> RunRecord | None:
        """One run."""

    async def cancel(self, run: str, reason: str) -> bool:
        """Ends a run that has not ended; false when it had."""

    async def resume(self, run: str) -> bool:
        """Lets a run that waits go on now."""

    async def restart(
        self,
        run: str,
        *,
        from_failed_step: bool,
        event: Mapping[str, Any] | None = None,
        version: str = "now",
    ) -> Accepted:
        """Runs a dead letter again, as a new run that says whose repetition it is."""


class EmbeddedEngine:
    """The engine on one SQLite file, in one process. With `only`, it carries out nothing but those runs."""

    def __init__(  # noqa: PLR0913 - it is what holds the parts together
        self,
        workspace: Workspace,
        environment: Environment,
        registry: Registry,
        state: State,
        journal: JournalFile,
        *,
        observer: Observer | None = None,
        workers: int = 64,
        only: frozenset[str] | None = None,
        reread: Callable[[], Awaitable[Environment]] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.workspace = workspace
        self.registry = registry
        self.journal = journal
        self.observer: Observer = observer or Silent()
        self.state = state
        self.connections = Connections(workspace.project, environment, registry, state)
        self.now = clock
        self._versions = Versions(journal, registry, self._workspace_now)
        self._systems = Systems(journal, self.connections, self.observer, clock, self._recovered, reread)
        self._agenda = Agenda(self._systems.is_well)
        self._worker = Worker(
            self._agenda, self._systems, self._versions, state, self._workspace_now, self.keep
        )
        self._workers = workers
        self._only = only
        self._tasks: list[asyncio.Task[None]] = []
        self._last_number = 0
        self._seen_change = 0
        self._touched: set[str] = set()
        self._stopping = False

    @property
    def environment(self) -> Environment:
        """The environment whose systems are called, as it was last read."""
        return self.connections.environment

    def _workspace_now(self) -> Workspace:
        return self.workspace

    def _recovered(self, connection: str) -> None:
        self._agenda.let_go(connection)

    # --- life --------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Takes up every run that has not ended, and begins to work. Raises `ConfigurationError` when the journal
        belongs to another environment.
        """
        whose = await self.journal.write(lambda db: clearing.claim(db, self.environment.name))
        if whose != self.environment.name:
            raise ConfigurationError(
                f"the journal {self.journal.path} holds the runs of the environment '{whose}', and this is "
                f"'{self.environment.name}'; give it another --journal"
            )
        self._seen_change = self.journal.changes()
        await self._versions.keep(self.now())
        with self.journal.reading() as db:
            self._systems.remember_pauses(db)
            self._touched = set(clearing.touched(db))
            self._take_new(db)
        self._tasks = [asyncio.create_task(self._work()) for _ in range(self._workers)]
        self._tasks.append(asyncio.create_task(self._watch_the_clock()))
        self._tasks.append(asyncio.create_task(self._watch_the_journal()))

    async def stop(self, within: float = 30.0) -> bool:
        """Begins nothing new, lets what is under way end within so many seconds, and gives back the rest. True when
        everything ended by itself. What was given back goes on at the next start.
        """
        self._stopping = True
        deadline = time.monotonic() + within
        while self._agenda.running and time.monotonic() < deadline:  # noqa: ASYNC110 - many may end at once, and late
            await asyncio.sleep(0.02)
        ended = not self._agenda.running
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._systems.stop()
        await self.connections.close()
        return ended

    # --- what the rest of flowrun asks -------------------------------------------------------------------------

    async def accept(self, flow: str, event: Mapping[str, Any]) -> Accepted:
        """Writes an event down; returns when it is on the disk.

        Raises `Rejected` when the event lacks what the flow's key is made of, `Refused` when its lane takes nothing
        more, `JournalError` when it cannot be written.
        """
        pin = self._versions.now(flow)
        new = new_run(pin, event, self.now())
        self._check_lane(pin, new.lane)
        number, run, is_new = await self.journal.write(lambda db: store.accept(db, new))
        return await self._taken(new, number, run, is_new=is_new)

    async def keep(self, flow: str, event: Mapping[str, Any], error: Rejected, source: str = "") -> Accepted:
        """Writes an event down that can never be a run, as a dead letter, so that nothing is lost and a person can mend
        it. The same event again of the same source (another run that set it aside) is the same dead letter. Raises
        `JournalError` when it cannot be written.
        """
        new = unusable_run(self._versions.now(flow), event, self.now(), source)
        _, run, is_new = await self.journal.write(partial(_kept, new, error))
        record = self.get(run)
        if is_new and record is not None:
            self.observer.ended(record, "dead", error)
        return Accepted(run, is_new)

    async def signal(self, source: str, event: Mapping[str, Any]) -> int:
        """Tells an event to the runs that wait for it; gives how many there were."""
        with self.journal.reading() as db:
            waiting = store.awaiting(db, source)
        woken = [
            (run, place)
            for run, place, path, value in waiting
            if as_text(Path(Source(path)).search(event)) == value
        ]
        frozen = freeze(dict(event))
        for run, place in woken:
            await self.journal.write(partial(_arrived, run, place, frozen, self.now()))
            self._agenda.go(self._agenda.number_of(run))
        return len(woken)

    def find(
        self, *, handle: str | None = None, status: tuple[str, ...] = (), limit: int = 100
    ) -> list[RunRecord]:
        """Runs by a number that people know, or by status; newest first."""
        with self.journal.reading() as db:
            return store.find_runs(db, handle=handle, status=status, limit=limit)

    def get(self, run: str) -> RunRecord | None:
        """One run by its id."""
        with self.journal.reading() as db:
            return store.run_by_id(db, run)

    async def cancel(self, run: str, reason: str) -> bool:
        """Ends a run that has not ended; false when it had, or is under way just now."""
        number = self._agenda.number_of(run)
        if number is None or number in self._agenda.running:
            return False
        ending = {"status": "cancelled", "reason": reason, "waiting_for": None, "next_at": None}
        await self.journal.write(lambda db: store.change(db, run, self.now(), **ending))
        record = self.get(run)
        self._agenda.ended(number)
        if record is not None:
            self.observer.ended(record, "cancelled", None)
        return True

    async def resume(self, run: str) -> bool:
        """Lets a run that waits go on now."""
        number = self._agenda.number_of(run)
        self._agenda.go(number)
        return number is not None

    async def restart(
        self,
        run: str,
        *,
        from_failed_step: bool,
        event: Mapping[str, Any] | None = None,
        version: str = "now",
    ) -> Accepted:
        """Runs an ended run again, as a new run. `version` is `then` or `now`. With `from_failed_step` the answers of
        the steps before it are kept. Raises `ConfigurationError` when that cannot be done.
        """
        record = self.get(run)
        if record is None or record.is_open:
            raise ConfigurationError(f"there is no ended run '{run}'")
        now = version == "now"
        pin = self._versions.now(record.flow) if now else self._versions.then(record.flow, record.version)
        with self.journal.reading() as db:
            effects = store.effects(db, record.id, turned=False)
        kept = kept_effects(effects, self.now()) if from_failed_step else []
        again = repetition(record, pin, self.now(), event, kept)
        try:
            number = await self.journal.write(lambda db: clearing.repeat(db, again))
        except clearing.NotAnymore as error:
            raise ConfigurationError(f"the run '{run}' was replayed or resolved already") from error
        return await self._taken(again.new, number, again.new.id, is_new=True)

    def load(self) -> dict[str, int]:
        """How many runs are open, under way, ready, and held by connections."""
        return self._agenda.load()

    def conditions(self) -> Mapping[str, Health]:
        """The condition of every connection that was used."""
        return self._systems.conditions()

    def health(self, connection: str) -> Health:
        """The condition of a connection."""
        return self._systems.health(connection)

    def permits(self, connection: str) -> Permits:
        """The right to call a connection."""
        return self._systems.permits(connection)

    def worsened(self, connection: str) -> None:
        """A connection is no longer well: ask it until it is."""
        self._systems.worsened(connection)

    async def reload_connections(self, environment: Environment) -> None:
        """Takes settings and secrets anew; what is paused is asked at once."""
        await self._systems.reload(environment)

    def take_workspace(self, workspace: Workspace) -> None:
        """Takes lookup tables anew: runs that were parked for a row that is there now go on."""
        self.workspace = workspace
        self._agenda.let_parked_go()

    # --- lanes -------------------------------------------------------------------------------------------------

    def _check_lane(self, pin: Pinned, lane: str | None) -> None:
        trigger = pin.flow.trigger
        if lane is None or trigger is None or trigger.behind != "reject":
            return
        first = self._agenda.lanes.first(lane)
        if first is not None and self._agenda[first].status in ("parked", "waiting", "retrying"):
            raise Refused(
                f"{pin.flow.name}: the run before it waits, and the flow takes none behind it",
                Cause(code="lane-blocked"),
            )

    async def _taken(self, new: store.NewRun, number: int, run: str, *, is_new: bool) -> Accepted:
        self.observer.accepted(run, new.flow, new.key, new=is_new)
        if is_new and number not in self._agenda:
            self._agenda.take_up(OpenRun(number, run, new.flow, new.lane, "accepted", None, None, new.bulk))
        if is_new and new.lane is not None:
            await self._supersede(self._versions.now(new.flow), new.lane, number)
        return Accepted(run, is_new)

    async def _supersede(self, pin: Pinned, lane: str, number: int) -> None:
        """Under the policy `latest`, the runs that wait between the first and the newest one of a lane are left out."""
        if pin.flow.trigger is None or pin.flow.trigger.behind != "latest" or number not in self._agenda:
            return
        reason = f"a newer event of the same key is there: {self._agenda[number].id}"
        for older in self._agenda.lanes.behind(lane):
            run = self._agenda[older]
            if older < number and run.status == "accepted" and older not in self._agenda.running:
                await self.journal.write(partial(_left_out, run.id, reason, self.now()))
                self._agenda.ended(older)

    # --- the tasks ---------------------------------------------------------------------------------------------

    async def _work(self) -> None:
        while True:
            number = await self._agenda.next_one()
            if not self._stopping and number in self._agenda:
                await self._worker.work(number)

    async def _watch_the_clock(self) -> None:
        """Lets go what is due."""
        while True:
            now = self.now()
            self._agenda.wake_what_is_due(now)
            await self._agenda.until_something_is_due(now)

    async def _watch_the_journal(self) -> None:
        """Takes up what another process wrote: a replay, a cancellation."""
        while True:
            await asyncio.sleep(LOOK_FOR_CHANGES)
            try:
                version = self.journal.changes()
                if version != self._seen_change:
                    self._seen_change = version
                    self._take_in()
            except sqlite3.Error as error:
                self.observer.connection("journal", "down", str(error))

    def _take_in(self) -> None:
        with self.journal.reading() as db:
            self._take_new(db)
            touched = clearing.touched(db)
        for mark, run in touched.items():
            if mark not in self._touched:
                self._agenda.go(self._agenda.number_of(run))
        self._touched = set(touched)

    def _take_new(self, db: sqlite3.Connection) -> None:
        """Takes up what is in the journal since the last look. Numbers that came in between from another process are
        smaller than our own newest one, so that one says nothing about them.
        """
        newest = db.execute("SELECT max(number) AS n FROM run").fetchone()["n"] or 0
        for run in store.open_runs(db, self._last_number):
            if run.number not in self._agenda and (self._only is None or run.id in self._only):
                self._agenda.take_up(run)
        self._last_number = newest


def _arrived(run: str, place: str, event: bytes, now: float, db: sqlite3.Connection) -> None:
    store.answer(db, run, place, event, now)
    store.no_longer_awaiting(db, run, place)


def _kept(new: store.NewRun, error: Rejected, db: sqlite3.Connection) -> tuple[int, str, bool]:
    number, run, is_new = store.accept(db, new)
    if is_new:
        store.change(db, run, new.now, status="dead", error=error.as_data(), reason=error.message)
    return number, run, is_new


def _left_out(run: str, reason: str, now: float, db: sqlite3.Connection) -> None:
    store.change(db, run, now, status="skipped", reason=reason)
