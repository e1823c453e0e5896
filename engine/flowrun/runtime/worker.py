"""Goes through a run once, from what the journal holds of it, and writes down how it ended or what it waits for."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flowrun.errors import Cause, FlowrunError, Parked, Rejected, RunError
from flowrun.language.workspace import Workspace
from flowrun.runtime.agenda import Agenda
from flowrun.runtime.interpreter import Interpreter, Skipped
from flowrun.runtime.journal import store
from flowrun.runtime.journal.file import JournalError
from flowrun.runtime.journal.records import EffectRecord, RunRecord
from flowrun.runtime.journaled import Cancelled, JournaledRun, Keep, Suspended
from flowrun.runtime.state import State
from flowrun.runtime.systems import Systems
from flowrun.runtime.versions import Pinned, Versions


class Worker:
    """Works on one run at a time. `workspace` gives the project as it is now, with its newest tables; `keep` makes dead
    letters of what a run sets aside.
    """

    def __init__(
        self,
        agenda: Agenda,
        systems: Systems,
        versions: Versions,
        state: State,
        workspace: Callable[[], Workspace],
        keep: Keep,
    ) -> None:
        self._keep = keep
        self._agenda = agenda
        self._systems = systems
        self._versions = versions
        self._state = state
        self._workspace = workspace

    async def work(self, number: int) -> None:
        """Goes through a run, and lets the next of its lane go when it ended."""
        self._agenda.running.add(number)
        try:
            await self._go_through(number)
        except Exception as error:  # noqa: BLE001 - whatever it is, this worker must be there for the next run
            # It could not be written down, so nothing has happened: the run is as it was, and is tried again.
            told = str(error) if isinstance(error, FlowrunError) else f"{type(error).__name__}: {error}"
            self._systems.observer.connection("journal", "down", told)
            self._agenda.wake_at(self._systems.now() + 1.0, number)
        finally:
            self._agenda.worked_on(number)

    async def _go_through(self, number: int) -> None:
        with self._systems.journal.reading() as db:
            record = store.run_by_number(db, number)
            effects = store.effects(db, record.id, turned=False) if record is not None else []
        if record is None or not record.is_open:
            self._agenda.ended(number)
            return
        try:
            pin = self._versions.then(record.flow, record.version)
            await self._finish(record, "done", result=await self._interpreted(record, effects, pin))
        except Cancelled:
            self._agenda.ended(number)
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
            told = f"something went wrong inside flowrun ({type(error).__name__}: {error})"
            await self._finish(record, "dead", error=Rejected(told, Cause(code="internal")))

    async def _interpreted(self, record: RunRecord, effects: list[EffectRecord], pin: Pinned) -> Any:
        started = datetime.fromtimestamp(record.accepted, UTC)
        names = {
            "event": record.event,
            "run": {"id": record.id, "flow": record.flow, "started": started},
            "env": dict(self._systems.connections.environment.values),
        }
        interpreter = Interpreter(pin.flows, JournaledRun(record, effects, self._systems, self._keep))
        return await interpreter.start(pin.flow, self._workspace().scope(names))

    async def _finish(
        self,
        record: RunRecord,
        status: str,
        *,
        result: Any = None,
        error: RunError | None = None,
        reason: str | None = None,
    ) -> None:
        written = await self._written(
            record,
            status=status,
            result=result,
            error=error.as_data() if error is not None else None,
            reason=reason or (error.message if error is not None else None),
            step=(error.place if error is not None else None) or record.step,
            waiting_for=None,
            next_at=None,
        )
        self._agenda.ended(record.number)
        if written:
            self._systems.observer.ended(record, status, error)

    async def _park(self, record: RunRecord, error: Parked) -> None:
        waiting_for = f"lookup:{error.table}"
        self._state.remember_unmapped(error.table, error.key, error.column, record.flow, record.id)
        written = await self._written(
            record,
            status="parked",
            waiting_for=waiting_for,
            next_at=None,
            error=error.as_data(),
            reason=error.message,
            step=error.place or record.step,
        )
        if not written:
            self._agenda.ended(record.number)
            return
        self._agenda.now_is(record.number, "parked", None, waiting_for)
        if record.status != "parked":
            self._systems.observer.suspended(record, "parked", error.message, None)

    async def _suspend(self, record: RunRecord, suspended: Suspended) -> None:
        error = suspended.error
        why = error.message if error is not None else suspended.waiting_for or ""
        written = await self._written(
            record,
            status=suspended.status,
            next_at=suspended.until,
            waiting_for=suspended.waiting_for,
            step=suspended.place.path,
            error=error.as_data() if error is not None else None,
            reason=why,
        )
        if not written:
            self._agenda.ended(record.number)
            return
        self._agenda.now_is(record.number, suspended.status, suspended.until, suspended.waiting_for)
        self._systems.observer.suspended(record, suspended.status, why, suspended.until)
        if record.number in self._agenda:
            self._agenda.place(record.number)

    async def _written(self, record: RunRecord, **columns: Any) -> bool:
        """False when the run was ended from outside meanwhile: then what became of it here does not count."""

        def write(db: sqlite3.Connection) -> bool:
            return store.change_if_open(db, record.id, self._systems.now(), **columns)

        return await self._systems.journal.write(write)
