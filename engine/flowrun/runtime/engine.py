"""The embedded engine: accepts events, runs flows from the journal, keeps order per key, waits, resumes.

Nothing that matters is in memory only. What is kept there of an open run is its number, its lane and what it waits
for; the rest is read when it runs.
"""

from __future__ import annotations

import asyncio
import heapq
import re
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from flowrun.component.connector import Connector
from flowrun.component.registry import Registry
from flowrun.component.settings import Limits
from flowrun.errors import Cause, ConfigurationError, Parked, Rejected, RunError
from flowrun.expressions.paths import Path
from flowrun.expressions.source import Source
from flowrun.language.project import Environment
from flowrun.language.workspace import Workspace
from flowrun.runtime.connections import Connections
from flowrun.runtime.direct import new_run_id
from flowrun.runtime.health import Health
from flowrun.runtime.interpreter import Interpreter, Skipped
from flowrun.runtime.journal import clearing, store
from flowrun.runtime.journal.file import JournalError, JournalFile
from flowrun.runtime.journal.frozen import freeze
from flowrun.runtime.journal.records import EffectRecord, OpenRun, RunRecord
from flowrun.runtime.journaled import Cancelled, JournaledRun, Suspended
from flowrun.runtime.lanes import Lanes
from flowrun.runtime.limits import Permits
from flowrun.runtime.observer import Observer, Silent
from flowrun.runtime.replays import kept_effects, repetition
from flowrun.runtime.state import State
from flowrun.runtime.versions import Pinned, pinned, pinned_then

LOOK_FOR_CHANGES = 0.5
"""How often, in seconds, the engine looks whether another process has written into its journal."""
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")


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
    """The engine on one SQLite file, in one process."""

    def __init__(
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
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.workspace = workspace
        self.environment = environment
        self.registry = registry
        self.journal = journal
        self.observer: Observer = observer or Silent()
        self.connections = Connections(workspace.project, environment, registry, state)
        self.state = state
        self._clock = clock
        self._workers = workers
        self._lanes = Lanes()
        self._open: dict[int, OpenRun] = {}
        self._numbers: dict[str, int] = {}
        self._health: dict[str, Health] = {}
        self._permits: dict[str, Permits] = {}
        self._held: dict[str, set[int]] = {}
        self._due: list[tuple[float, int]] = []
        self._due_changed = asyncio.Event()
        self._ready: asyncio.PriorityQueue[tuple[bool, int]] = asyncio.PriorityQueue()
        self._queued: set[int] = set()
        self._running: set[int] = set()
        self._again: set[int] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._probes: dict[str, asyncio.Task[None]] = {}
        self._versions: dict[tuple[str, str], Pinned] = {}
        self._current: dict[str, Pinned] = {}
        self._last_number = 0
        self._seen_change = 0
        self._touched: set[str] = set()
        self._only = only
        self._stopping = False

    # --- life ------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Takes up every run that has not ended, and begins to work. With `only`, nothing but those runs. Raises
        `ConfigurationError` when the journal belongs to another environment."""
        whose = await self.journal.write(lambda db: clearing.claim(db, self.environment.name))
        if whose != self.environment.name:
            raise ConfigurationError(
                f"the journal {self.journal.path} holds the runs of the environment '{whose}', and this is "
                f"'{self.environment.name}'; give it another --journal"
            )
        self._seen_change = self.journal.changes()
        for name in self.workspace.flows:
            await self._keep(name)
        with self.journal.reading() as db:
            for connection, (since, reason) in store.pauses(db).items():
                self.health(connection).condition = "paused"
                self.health(connection).reason = reason
                self.health(connection).since = since
                self.worsened(connection)
            self._touched = set(clearing.touched(db))
            self._take_new(db)
        self._tasks = [asyncio.create_task(self._work()) for _ in range(self._workers)]
        self._tasks.append(asyncio.create_task(self._watch_the_clock()))
        self._tasks.append(asyncio.create_task(self._watch_the_journal()))

    async def stop(self, within: float = 30.0) -> bool:
        """Begins nothing new, lets what is under way end within so many seconds, and gives back the rest. True when
        everything ended by itself. What was given back goes on at the next start."""
        self._stopping = True
        deadline = time.monotonic() + within
        while self._running and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        ended = not self._running
        tasks = [*self._tasks, *self._probes.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.connections.close()
        return ended

    def now(self) -> float:
        """The time in seconds since 1970."""
        return self._clock()

    # --- what the rest of flowrun asks -------------------------------------------------------------------------

    async def accept(self, flow: str, event: Mapping[str, Any]) -> Accepted:
        """Writes an event down; returns when it is on the disk.

        Raises `Rejected` when the event lacks what the flow's key is made of, `Refused` when its lane takes nothing
        more, `JournalError` when it cannot be written.
        """
        pin = self._current_version(flow)
        new = self._new_run(pin, event)
        self._check_lane(pin, new.lane)
        return await self._accepted(new)

    async def signal(self, source: str, event: Mapping[str, Any]) -> int:
        """Tells an event to the runs that wait for it; gives how many there were."""
        with self.journal.reading() as db:
            waiting = store.awaiting(db, source)
        woken = [
            (run, place)
            for run, place, path, value in waiting
            if _as_text(Path(Source(path)).search(event)) == value
        ]
        frozen, now = freeze(dict(event)), self.now()
        for run, place in woken:

            def arrived(db: sqlite3.Connection, run: str = run, place: str = place) -> None:
                store.answer(db, run, place, frozen, now)
                store.no_longer_awaiting(db, run, place)

            await self.journal.write(arrived)
            self._go(self._numbers.get(run))
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
        number = self._numbers.get(run)
        if number is None or number in self._running:
            return False
        await self.journal.write(
            lambda db: store.change(
                db, run, self.now(), status="cancelled", reason=reason, waiting_for=None, next_at=None
            )
        )
        self._ended(number)
        return True

    async def resume(self, run: str) -> bool:
        """Lets a run that waits go on now."""
        number = self._numbers.get(run)
        if number is None:
            return False
        self._go(number)
        return True

    async def restart(
        self,
        run: str,
        *,
        from_failed_step: bool,
        event: Mapping[str, Any] | None = None,
        version: str = "now",
    ) -> Accepted:
        """Runs an ended run again, as a new run. `version` is `then` or `now`. With `from_failed_step` the answers of
        the steps before it are kept. Raises `ConfigurationError` when that cannot be done."""
        record = self.get(run)
        if record is None or record.is_open:
            raise ConfigurationError(f"there is no ended run '{run}'")
        pin = (
            self._current_version(record.flow)
            if version == "now"
            else self._version(record.flow, record.version)
        )
        with self.journal.reading() as db:
            effects = store.effects(db, record.id)
        kept = kept_effects(effects, self.now()) if from_failed_step else []
        again = repetition(record, pin, self.now(), event, kept)
        try:
            number = await self.journal.write(lambda db: clearing.repeat(db, again))
        except clearing.NotAnymore as error:
            raise ConfigurationError(f"the run '{run}' was replayed or resolved already") from error
        return await self._taken(again.new, number, again.new.id, is_new=True)

    def load(self) -> dict[str, int]:
        """How many runs are in memory, under way, ready, and held by connections."""
        return {
            "open": len(self._open), "running": len(self._running), "ready": len(self._queued),
            "held": sum(len(held) for held in self._held.values()),
        }  # fmt: skip

    def conditions(self) -> Mapping[str, Health]:
        """The condition of every connection that was used."""
        return dict(self._health)

    async def reload_connections(self, environment: Environment) -> None:
        """Takes settings and secrets anew; what is paused is asked at once."""
        self.environment = environment
        await self.connections.reload(environment)
        for connection, health in self._health.items():
            if health.condition != "well":
                health.next_probe = self.now()
                self.worsened(connection)

    def take_workspace(self, workspace: Workspace) -> None:
        """Takes lookup tables anew: runs that were parked for a row that is there now go on."""
        self.workspace = workspace
        for number, run in list(self._open.items()):
            if run.status == "parked":
                self._go(number)

    # --- what a journaled run asks -----------------------------------------------------------------------------

    def health(self, connection: str) -> Health:
        """The condition of a connection."""
        return self._health.setdefault(connection, Health())

    def permits(self, connection: str) -> Permits:
        """The right to call a connection."""
        if connection not in self._permits:
            self._permits[connection] = Permits(self._limits(connection))
        return self._permits[connection]

    def settle(self, connection: str) -> float:
        """Seconds for which a system may still work on a write whose answer was lost."""
        return self._limits(connection).settle.seconds

    def _limits(self, connection: str) -> Limits:
        settings = self.environment.connections.get(connection)
        return settings.limits if settings is not None else Limits(at_once=256)

    def worsened(self, connection: str) -> None:
        """A connection is no longer well: tell it, and ask it until it is."""
        if connection in self._probes and not self._probes[connection].done():
            return
        self._probes[connection] = asyncio.create_task(self._ask_until_well(connection))

    # --- accepting -------------------------------------------------------------------------------------------------

    def _new_run(self, pin: Pinned, event: Mapping[str, Any]) -> store.NewRun:
        trigger = pin.flow.trigger
        key = once = lane = None
        bulk = pin.flow.priority == "bulk"
        if trigger is not None and trigger.key is not None:
            key = _as_text(trigger.key.search(event))
            if key is None:
                text = trigger.key.source.text
                raise Rejected(
                    f"the event of {pin.flow.name} has no `{text}`, which is its key",
                    Cause(code="no-key", target=text),
                )
            lane = f"{trigger.lane or pin.flow.name}\x1f{key}"
        if trigger is not None and trigger.once:
            parts = [_same_moment(_as_text(path.search(event))) for path in trigger.once]
            if any(part is not None for part in parts):
                once = "\x1f".join([pin.flow.name, *(part or "" for part in parts)])
        return store.NewRun(
            new_run_id(), pin.flow.name, pin.version, lane, key, once, bulk, freeze(dict(event)), self.now()
        )

    def _check_lane(self, pin: Pinned, lane: str | None) -> None:
        trigger = pin.flow.trigger
        if lane is None or trigger is None or trigger.behind == "wait":
            return
        first = self._lanes.first(lane)
        if first is None or self._open[first].status not in ("parked", "waiting", "retrying"):
            return
        if trigger.behind == "reject":
            raise Refused(
                f"{pin.flow.name}: the run before it waits, and the flow takes none behind it",
                Cause(code="lane-blocked"),
            )

    async def _accepted(self, new: store.NewRun) -> Accepted:
        number, run, is_new = await self.journal.write(lambda db: store.accept(db, new))
        return await self._taken(new, number, run, is_new=is_new)

    async def _taken(self, new: store.NewRun, number: int, run: str, *, is_new: bool) -> Accepted:
        self.observer.accepted(run, new.flow, new.key, new=is_new)
        if is_new:
            if number not in self._open:
                self._take_up(OpenRun(number, run, new.flow, new.lane, "accepted", None, None, new.bulk))
            await self._supersede(new.lane, number)
        return Accepted(run, is_new)

    async def _supersede(self, lane: str | None, number: int) -> None:
        """Under the policy `latest`, the runs that wait between the first and the newest one of a lane are left out."""
        trigger = (
            self._current_version(self._open[number].flow).flow.trigger if number in self._open else None
        )
        if lane is None or trigger is None or trigger.behind != "latest":
            return
        for older in self._lanes.behind(lane):
            if older != number and self._open[older].status == "accepted" and older not in self._running:
                run = self._open[older].id
                newest = self._open[number].id

                def left_out(db: sqlite3.Connection, run: str = run, newest: str = newest) -> None:
                    store.change(
                        db,
                        run,
                        self.now(),
                        status="skipped",
                        reason=f"a newer event of the same key is there: {newest}",
                    )

                await self.journal.write(left_out)
                self._ended(older)

    # --- versions --------------------------------------------------------------------------------------------------

    async def _keep(self, name: str) -> None:
        pin = pinned(self.workspace, name)
        self._current[name] = pin
        self._versions[name, pin.version] = pin
        await self.journal.write(
            lambda db: store.keep_version(db, name, pin.version, pin.sources, self.now())
        )

    def _current_version(self, name: str) -> Pinned:
        if name not in self._current:
            raise ConfigurationError(f"there is no flow '{name}'")
        return self._current[name]

    def _version(self, name: str, version: str) -> Pinned:
        """A flow as it was. Raises `Rejected` when it cannot be read any more."""
        known = self._versions.get((name, version))
        if known is not None:
            return known
        with self.journal.reading() as db:
            sources = store.version_files(db, name, version)
        pin = pinned_then(self.workspace, self.registry, name, version, sources)
        self._versions[name, version] = pin
        return pin

    # --- what is in memory -----------------------------------------------------------------------------------------

    def _take_new(self, db: sqlite3.Connection) -> None:
        """Takes up what is in the journal since the last look. Numbers that came in between from another process are
        smaller than our own newest one, so that one says nothing about them."""
        newest = db.execute("SELECT max(number) AS n FROM run").fetchone()["n"] or 0
        for run in store.open_runs(db, self._last_number):
            if run.number not in self._open and (self._only is None or run.id in self._only):
                self._take_up(run)
        self._last_number = newest

    def _take_up(self, run: OpenRun) -> None:
        self._open[run.number] = run
        self._numbers[run.id] = run.number
        if self._lanes.enter(run.number, run.lane):
            self._place(run)

    def _place(self, run: OpenRun) -> None:
        """Puts the first run of a lane where it belongs: to the ready ones, the timers, or those a connection holds."""
        waiting_for = run.waiting_for or ""
        if run.next_at is not None:
            self._wake_at(run.next_at, run.number)
        elif waiting_for.startswith("connection:"):
            connection = waiting_for.removeprefix("connection:")
            if self.health(connection).condition == "well":
                self._go(run.number)
            else:
                self._held.setdefault(connection, set()).add(run.number)
        else:
            # Among them the parked ones at the start: their row may have come while nobody was there.
            self._go(run.number)

    def _go(self, number: int | None) -> None:
        """Lets a run be worked on soon, if it is the first of its lane. One that is under way goes once more after."""
        if number is None or number not in self._open or not self._lanes.is_first(number):
            return
        if number in self._running:
            self._again.add(number)
        elif number not in self._queued:
            self._queued.add(number)
            self._ready.put_nowait((self._open[number].bulk, number))

    def _ended(self, number: int) -> None:
        run = self._open.pop(number, None)
        if run is not None:
            self._numbers.pop(run.id, None)
        for held in self._held.values():
            held.discard(number)
        following = self._lanes.leave(number)
        if following is not None:
            self._place(self._open[following])

    def _wake_at(self, moment: float, number: int) -> None:
        heapq.heappush(self._due, (moment, number))
        self._due_changed.set()

    # --- the workers -----------------------------------------------------------------------------------------------

    async def _work(self) -> None:
        while True:
            _, number = await self._ready.get()
            self._queued.discard(number)
            if self._stopping or number not in self._open:
                continue
            self._running.add(number)
            try:
                await self._go_through(number)
            except JournalError as error:
                # Nothing could be written down, so nothing has happened: the run is as it was, and is tried again.
                self.observer.connection("journal", "down", str(error))
                self._wake_at(self.now() + 1.0, number)
            finally:
                self._running.discard(number)
            if number in self._again:
                self._again.discard(number)
                self._go(number)

    async def _go_through(self, number: int) -> None:
        with self.journal.reading() as db:
            record = store.run_by_number(db, number)
            effects = store.effects(db, record.id) if record is not None else []
        if record is None or not record.is_open:
            self._ended(number)
            return
        try:
            pin = self._version(record.flow, record.version)
            result = await self._interpreted(record, effects, pin)
        except Cancelled:
            self._ended(number)
        except Suspended as suspended:
            await self._suspend(record, suspended)
        except Skipped as skipped:
            await self._finish(record, "skipped", reason=skipped.reason)
        except Parked as parked:
            await self._park(record, parked)
        except RunError as error:
            await self._finish(record, "dead", error=error)
        except (JournalError, asyncio.CancelledError):
            raise
        except Exception as error:  # noqa: BLE001 - a mistake of ours must not stop the engine; the run says so
            broken = Rejected(
                f"something went wrong inside flowrun ({type(error).__name__}: {error})",
                Cause(code="internal"),
            )
            await self._finish(record, "dead", error=broken)
        else:
            await self._finish(record, "done", result=result)

    async def _interpreted(self, record: RunRecord, effects: list[EffectRecord], pin: Pinned) -> Any:
        run = JournaledRun(record, effects, self)
        interpreter = Interpreter(pin.flows, run)
        names = {
            "event": record.event,
            "run": {
                "id": record.id,
                "flow": record.flow,
                "started": datetime.fromtimestamp(record.accepted, UTC),
            },
            "env": dict(self.environment.values),
        }
        return await interpreter.start(pin.flow, self.workspace.scope(names))

    async def _finish(
        self,
        record: RunRecord,
        status: str,
        *,
        result: Any = None,
        error: RunError | None = None,
        reason: str | None = None,
    ) -> None:
        data = error.as_data() if error is not None else None
        step = (error.place if error is not None else None) or record.step

        def write(db: sqlite3.Connection) -> bool:
            return store.change_if_open(
                db, record.id, self.now(), status=status, result=result, error=data, reason=reason or (error.message if error else None),
                step=step, waiting_for=None, next_at=None,
            )  # fmt: skip

        written = await self.journal.write(write)
        self._ended(record.number)
        if written:
            self.observer.ended(record, status, error)

    async def _park(self, record: RunRecord, error: Parked) -> None:
        waiting_for = f"lookup:{error.table}"

        def write(db: sqlite3.Connection) -> bool:
            return store.change_if_open(
                db, record.id, self.now(), status="parked", waiting_for=waiting_for, next_at=None, error=error.as_data(), reason=error.message,
                step=error.place or record.step,
            )  # fmt: skip

        if not await self.journal.write(write):
            self._ended(record.number)
            return
        self.state.remember_unmapped(error.table, error.key, error.column, record.flow, record.id)
        self._now_is(record.number, "parked", None, waiting_for)
        if record.status != "parked":
            self.observer.suspended(record, "parked", error.message, None)

    async def _suspend(self, record: RunRecord, suspended: Suspended) -> None:
        error = suspended.error
        why = error.message if error is not None else suspended.waiting_for or ""

        def write(db: sqlite3.Connection) -> bool:
            return store.change_if_open(
                db, record.id, self.now(), status=suspended.status, next_at=suspended.until, waiting_for=suspended.waiting_for,
                step=suspended.place.path, error=error.as_data() if error is not None else None, reason=why,
            )  # fmt: skip

        if not await self.journal.write(write):
            self._ended(record.number)
            return
        self._now_is(record.number, suspended.status, suspended.until, suspended.waiting_for)
        self.observer.suspended(record, suspended.status, why, suspended.until)
        if record.number in self._open:
            self._place(self._open[record.number])

    def _now_is(self, number: int, status: str, next_at: float | None, waiting_for: str | None) -> None:
        run = self._open.get(number)
        if run is not None:
            self._open[number] = OpenRun(
                run.number, run.id, run.flow, run.lane, status, next_at, waiting_for, run.bulk
            )

    # --- clocks and watchers ---------------------------------------------------------------------------------------

    async def _watch_the_clock(self) -> None:
        """Lets go what is due. Sleeps a second at most, so that a clock that is set does not strand anything."""
        while True:
            now = self.now()
            while self._due and self._due[0][0] <= now:
                moment, number = heapq.heappop(self._due)
                run = self._open.get(number)
                if run is not None and (run.next_at is None or run.next_at <= moment):
                    self._go(number)
            self._due_changed.clear()
            wait = min(self._due[0][0] - now, 1.0) if self._due else 1.0
            try:
                await asyncio.wait_for(self._due_changed.wait(), max(wait, 0.005))
            except TimeoutError:
                continue

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
                self._go(self._numbers.get(run))
        self._touched = set(touched)

    async def _ask_until_well(self, connection: str) -> None:
        """Probes a connection, less and less often, until it answers; then lets go what waits for it."""
        health = self.health(connection)
        self.observer.connection(connection, health.condition, health.reason)
        if health.condition == "paused":
            since, reason = health.since or self.now(), health.reason
            await self._quietly(lambda db: store.set_pause(db, connection, since, reason))
        while True:
            await asyncio.sleep(min(max(health.next_probe - self.now(), 0.01), 1.0))
            if health.condition == "well":
                break
            if self.now() < health.next_probe:
                continue
            try:
                await self._probed(connection, paused=health.condition == "paused")
            except RunError as error:
                health.probed_in_vain(error, self.now())
                continue
            except ConfigurationError as error:
                health.probed_in_vain(Rejected(str(error)), self.now())
                continue
            health.succeeded()
            break
        await self._quietly(lambda db: store.clear_pause(db, connection))
        self.observer.connection(connection, "well", "")
        for number in sorted(self._held.pop(connection, set())):
            self._go(number)

    async def _probed(self, connection: str, *, paused: bool) -> None:
        if paused:
            await self.connections.forget(connection)  # its secrets are read again
        connector: Connector[Any] = await self.connections.connector(connection)
        await connector.probe()

    async def _quietly(self, work: Callable[[sqlite3.Connection], None]) -> None:
        """Writes what is good to know after a restart; without it the restart finds out by itself."""
        try:
            await self.journal.write(work)
        except JournalError as error:
            self.observer.connection("journal", "down", str(error))


def _as_text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else freeze(value).decode()


def _same_moment(text: str | None) -> str | None:
    """A moment in one form: a webhook and a poll may write the same one differently, and it is the same delivery."""
    if text is None or not _MOMENT.match(text):
        return text
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment.astimezone(UTC).isoformat() if moment.tzinfo is not None else text
