"""When is everything done? When no run can go on by itself, no queue holds an event, and polls bring nothing new."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence

from flowrun.cli.demo_parts.outside import Outside
from flowrun.errors import Rejected
from flowrun.runtime.engine import EmbeddedEngine
from flowrun.runtime.journal.records import OPEN, RunRecord
from flowrun.serve.pollers import Poller

MOST_RUNS = 100_000
_LOOK = 0.02


class Quiet:
    """Waits for it. `queues` are those that the project's flows pull from."""

    def __init__(
        self, engine: EmbeddedEngine, pollers: Sequence[Poller], outside: Outside, queues: Sequence[str]
    ) -> None:
        self._engine = engine
        self._pollers = pollers
        self._outside = outside
        self._queues = queues

    async def reached(self, within: float) -> None:
        """Asks every poll again, until that brings nothing, or the same as the last time: some flows look at an order
        anew at every poll. Raises `Rejected` when it is not quiet within so many seconds."""
        deadline = time.monotonic() + within
        last = None
        while True:
            before = self.newest()
            await self._well(deadline)
            await asyncio.gather(*(poller.look() for poller in self._pollers))
            await self._nothing_moves(deadline)
            brought = Counter((run.flow, run.key, run.status, run.reason) for run in self.since(before))
            if not brought or brought == last:
                if await self._queues_are_empty():
                    return
                await self._outside.sap(
                    "redeliver"
                )  # what was not acknowledged would come again in half a minute
            last = brought
            self._check(deadline)

    def since(self, number: int) -> list[RunRecord]:
        """The last run of each flow and key, of those that are newer than this one."""
        found: dict[tuple[str, str | None], RunRecord] = {}
        for run in self._engine.find(limit=MOST_RUNS):  # newest first
            if run.number > number:
                found.setdefault((run.flow, run.key), run)
        return list(found.values())

    def newest(self) -> int:
        """The number of the newest run."""
        found = self._engine.find(limit=1)
        return found[0].number if found else 0

    async def _well(self, deadline: float) -> None:
        while any(health.condition != "well" for health in self._engine.conditions().values()):
            self._check(deadline)
            await asyncio.sleep(_LOOK)

    async def _nothing_moves(self, deadline: float) -> None:
        while self._under_way() or self._moving():
            self._check(deadline)
            await asyncio.sleep(_LOOK)

    def _under_way(self) -> bool:
        """Also runs that were parked until just now, and have their row."""
        load = self._engine.load()
        return bool(load["running"] or load["ready"])

    def _moving(self) -> list[RunRecord]:
        """Not the parked runs, which wait for a person, nor those behind them."""
        found = self._engine.find(status=OPEN, limit=MOST_RUNS)
        parked = {run.lane for run in found if run.status == "parked"}
        return [
            run for run in found if run.status != "parked" and (run.lane is None or run.lane not in parked)
        ]

    async def _queues_are_empty(self) -> bool:
        there = await self._outside.queues()
        return not any(there.get(name) for name in self._queues)

    def _check(self, deadline: float) -> None:
        if time.monotonic() < deadline:
            return
        counted = Counter(f"{run.flow} {run.waiting_for or run.status}" for run in self._moving())
        ill = [name for name, health in self._engine.conditions().items() if health.condition != "well"]
        what = [f"{number} of {name}" for name, number in counted.items()] + [
            f"{name} is not well" for name in ill
        ]
        raise Rejected(f"the demo did not come to rest: {', '.join(what) or 'events keep coming'}")
