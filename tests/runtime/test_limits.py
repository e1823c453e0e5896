"""How many calls go at once."""

from __future__ import annotations

import asyncio

from flowrun.component.settings import Limits
from flowrun.runtime.limits import AdaptiveLimit, Permits


def test_good_answers_raise_the_limit_up_to_the_highest() -> None:
    limit = AdaptiveLimit(highest=8)
    for _ in range(200):
        limit.answered(0.01)
    assert limit.allowed == 8


def test_overload_halves_it_and_never_stops_it() -> None:
    limit = AdaptiveLimit(highest=16)
    for _ in range(200):
        limit.answered(0.01)
    limit.overloaded()
    assert limit.allowed == 8
    for _ in range(20):
        limit.overloaded()
    assert limit.allowed == 1


def test_answers_that_take_much_longer_than_usual_lower_it() -> None:
    limit = AdaptiveLimit(highest=16)
    for _ in range(200):
        limit.answered(0.2)
    before = limit.allowed
    limit.answered(3.0)
    assert limit.allowed < before


async def _most_at_once(permits: Permits, calls: int, *, bulk: bool = False) -> int:
    going = most = 0

    async def call() -> None:
        nonlocal going, most
        async with permits.one(bulk=bulk):
            going += 1
            most = max(most, going)
            await asyncio.sleep(0.001)
            going -= 1

    await asyncio.gather(*(call() for _ in range(calls)))
    return most


def test_never_more_calls_than_allowed_are_in_flight() -> None:
    assert asyncio.run(_most_at_once(Permits(Limits(at_once=3)), 20)) == 3


def test_bulk_work_takes_half_at_most() -> None:
    permits = Permits(Limits(at_once=4))
    assert asyncio.run(_most_at_once(permits, 20, bulk=True)) == 2


def test_an_order_goes_before_bulk_work_that_waits_longer() -> None:
    async def order_of_going() -> list[str]:
        permits = Permits(Limits(at_once=1))
        done: list[str] = []

        async def call(name: str, *, bulk: bool) -> None:
            async with permits.one(bulk=bulk):
                done.append(name)
                await asyncio.sleep(0.001)

        first = asyncio.create_task(call("first", bulk=False))
        await asyncio.sleep(0)
        tasks = [asyncio.create_task(call("price", bulk=True)) for _ in range(3)]
        await asyncio.sleep(0)
        tasks.append(asyncio.create_task(call("order", bulk=False)))
        await asyncio.gather(first, *tasks)
        return done

    assert asyncio.run(order_of_going()) == ["first", "order", "price", "price", "price"]


def test_one_that_gives_up_waiting_leaves_its_place_to_the_others() -> None:
    async def told() -> int:
        permits = Permits(Limits(at_once=1))

        async def hold(seconds: float) -> None:
            async with permits.one(bulk=False):
                await asyncio.sleep(seconds)

        first = asyncio.create_task(hold(0.01))
        await asyncio.sleep(0)
        given_up = asyncio.create_task(hold(10))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.gather(first, given_up, return_exceptions=True)
        await asyncio.wait_for(hold(0), 1)
        return permits.in_flight

    assert asyncio.run(told()) == 0


def test_a_rate_spreads_calls_over_time() -> None:
    async def starts() -> list[float]:
        permits = Permits(Limits(at_once=10, per_second=100))
        loop = asyncio.get_running_loop()
        times: list[float] = []

        async def call() -> None:
            async with permits.one(bulk=False):
                times.append(loop.time())

        await asyncio.gather(*(call() for _ in range(5)))
        return times

    times = asyncio.run(starts())
    assert times[-1] - times[0] >= 0.035
