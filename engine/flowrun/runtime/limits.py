"""How much one connection is asked at once: a rate, and a number of calls in flight that adapts to how it answers.

Additive increase, multiplicative decrease: each good answer raises the limit a little, each sign of overload halves it.
Orders go before bulk work, which never takes more than half of what there is.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from flowrun.component.settings import Limits

SLOW_FACTOR = 4.0
"""An answer that takes this many times as long as usual is a sign of overload."""


@dataclass(slots=True)
class AdaptiveLimit:
    """The number of calls that may be in flight. Pure: told what happened, it says how many."""

    highest: int
    current: float = 0.0
    usual: float | None = None

    def __post_init__(self) -> None:
        self.current = self.current or float(min(self.highest, 4))

    @property
    def allowed(self) -> int:
        """A whole number, at least one."""
        return max(int(self.current), 1)

    def answered(self, seconds: float) -> None:
        """A good answer after this long."""
        slow = self.usual is not None and seconds > 0.5 and seconds > SLOW_FACTOR * self.usual
        self.usual = seconds if self.usual is None else 0.95 * self.usual + 0.05 * seconds
        if slow:
            self.current = max(self.current * 0.8, 1.0)
        else:
            self.current = min(self.current + 1.0 / self.current, float(self.highest))

    def overloaded(self) -> None:
        """The system refused or did not answer."""
        self.current = max(self.current / 2, 1.0)


@dataclass(order=True, slots=True)
class _Waiter:
    bulk: bool
    number: int
    ready: asyncio.Future[None] = field(compare=False)


class Permits:
    """Hands out the right to call. `async with permits.one(bulk=False)` waits for its turn."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = AdaptiveLimit(limits.at_once)
        self._per_second = limits.per_second
        self._clock = clock
        self._next_slot = 0.0
        self._in_flight = 0
        self._bulk_in_flight = 0
        self._waiting: list[_Waiter] = []
        self._numbers = itertools.count()

    @property
    def in_flight(self) -> int:
        """Calls under way."""
        return self._in_flight

    @property
    def waiting(self) -> int:
        """Calls that wait for their turn."""
        return len(self._waiting)

    @asynccontextmanager
    async def one(self, *, bulk: bool) -> AsyncIterator[None]:
        """One call."""
        await self._taken(bulk)
        try:
            await self._paced()
            yield
        finally:
            self._in_flight -= 1
            self._bulk_in_flight -= bulk
            self._wake()

    async def _taken(self, bulk: bool) -> None:
        waiter = _Waiter(bulk, next(self._numbers), asyncio.get_running_loop().create_future())
        heapq.heappush(self._waiting, waiter)
        self._wake()
        try:
            await waiter.ready
        except asyncio.CancelledError:
            if waiter.ready.done() and not waiter.ready.cancelled():
                self._in_flight -= 1
                self._bulk_in_flight -= bulk
                self._wake()
            else:
                self._waiting.remove(waiter)
                heapq.heapify(self._waiting)
            raise

    def _wake(self) -> None:
        """Lets those go who may. Bulk work stays below half of the limit, so an order always finds a place soon."""
        while self._waiting and self._in_flight < self.limit.allowed:
            first = self._waiting[0]
            if first.bulk and self._bulk_in_flight >= max(self.limit.allowed // 2, 1):
                return
            heapq.heappop(self._waiting)
            if first.ready.cancelled():
                continue
            self._in_flight += 1
            self._bulk_in_flight += first.bulk
            first.ready.set_result(None)

    async def _paced(self) -> None:
        if self._per_second is None:
            return
        now = self._clock()
        slot = max(self._next_slot, now)
        self._next_slot = slot + 1.0 / self._per_second
        if slot > now:
            await asyncio.sleep(slot - now)
