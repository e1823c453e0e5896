"""A running engine in a thread of its own, as `flowrun serve` has it, for commands that work beside it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from flowrun.cli.composition import registry
from flowrun.language.workspace import read_workspace
from flowrun.runtime.engine import EmbeddedEngine
from flowrun.runtime.journal.file import JournalFile
from flowrun.runtime.state import State
from flowrun.serve.lock import JournalLock

FLOW = "order_to_sap"


class EngineBeside:
    """Works on the journal of a project for as long as the `with` lasts, and holds its lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._start())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def accept(self, event: Mapping[str, Any], flow: str = FLOW) -> str:
        """The id of the run that an event has become."""
        return self._do(self.engine.accept(flow, {"event": "order_placed", **event})).run

    def until(self, run: str, *statuses: str, seconds: float = 5.0) -> str:
        """Waits until a run has one of these statuses."""
        deadline = time.monotonic() + seconds
        while True:
            status = self._do(self._status(run))
            if status in statuses:
                return status
            assert time.monotonic() < deadline, f"{run} is {status}"
            time.sleep(0.01)

    def open(self) -> int:
        """How many runs it holds in memory."""
        return self.engine.load()["open"]

    def reload(self) -> None:
        """Takes the lookup tables anew."""
        self._do(self._reload())

    async def _start(self) -> None:
        journal = self.folder / ".flowrun" / "journal.db"
        self._lock = JournalLock(journal)
        self._journal = JournalFile(journal)
        found = read_workspace(self.folder, registry())
        environment = found.project.environment(None)
        self._state = State(self.folder / ".flowrun" / "state.db", environment.name)
        self.engine = EmbeddedEngine(found, environment, registry(), self._state, self._journal, workers=8)
        await self.engine.start()

    async def _stop(self) -> None:
        await self.engine.stop(5.0)
        self._journal.close()
        self._state.close()
        self._lock.release()

    async def _status(self, run: str) -> str:
        record = self.engine.get(run)
        return record.status if record is not None else "unknown"

    async def _reload(self) -> None:
        self.engine.take_workspace(read_workspace(self.folder, registry()))

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=15)
