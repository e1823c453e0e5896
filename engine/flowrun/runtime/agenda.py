"""What is to be worked on next, and what waits for what: the open runs in memory.

Only numbers and names are kept here; everything else about a run is in the journal and read when it runs.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Callable
from dataclasses import replace

from flowrun.runtime.journal.records import OpenRun
from flowrun.runtime.lanes import Lanes

CLOCK_STEP = 2.0
"""Seconds by which a clock may be corrected without anything being thought of it."""
_CONNECTION = "connection:"


class Agenda:
    """The open runs by number. `is_well` says whether a connection can be called now."""

    def __init__(self, is_well: Callable[[str], bool]) -> None:
        self.lanes = Lanes()
        self.running: set[int] = set()
        self._is_well = is_well
        self._open: dict[int, OpenRun] = {}
        self._numbers: dict[str, int] = {}
        self._held: dict[str, set[int]] = {}
        self._due: list[tuple[float, int]] = []
        self._due_changed = asyncio.Event()
        self._ready: asyncio.PriorityQueue[tuple[bool, int]] = asyncio.PriorityQueue()
        self._queued: set[int] = set()
        self._again: set[int] = set()
        self._looked: tuple[float, float] | None = None

    def __contains__(self, number: int) -> bool:
        return number in self._open

    def __getitem__(self, number: int) -> OpenRun:
        return self._open[number]

    def number_of(self, run: str) -> int | None:
        """The number of an open run by its id."""
        return self._numbers.get(run)

    def load(self) -> dict[str, int]:
        """How many runs are open, under way, ready, and held by connections."""
        held = sum(len(numbers) for numbers in self._held.values())
        return {
            "open": len(self._open),
            "running": len(self.running),
            "ready": len(self._queued),
            "held": held,
        }

    # --- coming and going --------------------------------------------------------------------------------------

    def take_up(self, run: OpenRun) -> None:
        """An open run that was not known yet. It goes, or waits for those of its lane."""
        self._open[run.number] = run
        self._numbers[run.id] = run.number
        if self.lanes.enter(run.number, run.lane):
            self.place(run.number)

    def ended(self, number: int) -> None:
        """A run has ended, and the next of its lane may go."""
        run = self._open.pop(number, None)
        if run is not None:
            self._numbers.pop(run.id, None)
        for held in self._held.values():
            held.discard(number)
        following = self.lanes.leave(number)
        if following is not None:
            self.place(following)

    def now_is(self, number: int, status: str, next_at: float | None, waiting_for: str | None) -> None:
        """What a run waits for has changed."""
        if number in self._open:
            self._open[number] = replace(
                self._open[number], status=status, next_at=next_at, waiting_for=waiting_for
            )

    def place(self, number: int) -> None:
        """Puts the first run of a lane where it belongs: to the ready ones, the timers, or those a connection holds."""
        run = self._open[number]
        waiting_for = run.waiting_for or ""
        connection = waiting_for.removeprefix(_CONNECTION)
        if run.next_at is not None:
            self.wake_at(run.next_at, number)
        elif waiting_for.startswith(_CONNECTION) and not self._is_well(connection):
            self._held.setdefault(connection, set()).add(number)
        else:
            # Among them the parked ones at the start: their row may have come while nobody was there.
            self.go(number)

    # --- letting go --------------------------------------------------------------------------------------------

    def go(self, number: int | None) -> None:
        """Lets a run be worked on soon, if it is the first of its lane. One that is under way goes once more after."""
        if number is None or number not in self._open or not self.lanes.is_first(number):
            return
        if number in self.running:
            self._again.add(number)
        elif number not in self._queued:
            self._queued.add(number)
            self._ready.put_nowait((self._open[number].bulk, number))

    def let_go(self, connection: str) -> None:
        """A connection is well: the runs that it held go on, in the order of their acceptance."""
        for number in sorted(self._held.pop(connection, set())):
            self.go(number)

    def let_parked_go(self) -> None:
        """The tables are new: every parked run looks again."""
        for number, run in list(self._open.items()):
            if run.status == "parked":
                self.go(number)

    async def next_one(self) -> int:
        """The next run to work on. Orders go before bulk work, and else the oldest first."""
        _, number = await self._ready.get()
        self._queued.discard(number)
        return number

    def worked_on(self, number: int) -> None:
        """A run is no longer under way. If it was to go once more meanwhile, it does."""
        self.running.discard(number)
        if number in self._again:
            self._again.discard(number)
            self.go(number)

    # --- time --------------------------------------------------------------------------------------------------

    def wake_at(self, moment: float, number: int) -> None:
        """Lets a run go at this time."""
        heapq.heappush(self._due, (moment, number))
        self._due_changed.set()

    def wake_what_is_due(self, now: float) -> None:
        """Lets those go whose time has come. A clock that was set back takes the times with it: what was due in a
        minute is due in a minute still.
        """
        back = self._set_back(now)
        if back:
            self._due = [(moment - back, number) for moment, number in self._due]
            for number, waiting in self._open.items():
                if waiting.next_at is not None:
                    self._open[number] = replace(waiting, next_at=waiting.next_at - back)
        while self._due and self._due[0][0] <= now:
            moment, number = heapq.heappop(self._due)
            run = self._open.get(number)
            if run is not None and (run.next_at is None or run.next_at <= moment):
                self.go(number)

    def _set_back(self, now: float) -> float:
        """By how many seconds the clock went back since the last look; small steps of a clock that is kept in time do
        not count.
        """
        steady = time.monotonic()
        wall, then = self._looked or (now, steady)
        self._looked = (now, steady)
        back = wall + (steady - then) - now
        return back if back > CLOCK_STEP else 0.0

    async def until_something_is_due(self, now: float) -> None:
        """Waits for the next time, or for a nearer one. A second at most: a clock that is set must strand nothing."""
        self._due_changed.clear()
        wait = min(self._due[0][0] - now, 1.0) if self._due else 1.0
        try:
            async with asyncio.timeout(max(wait, 0.005)):
                await self._due_changed.wait()
        except TimeoutError:
            return
