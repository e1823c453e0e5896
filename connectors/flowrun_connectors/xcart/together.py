"""Several requests at once, but not too many."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


async def together(jobs: Iterable[Callable[[], Awaitable[T]]], at_once: int) -> list[T]:
    """The results in the order of the jobs. The first error ends the others and is raised as it is."""
    gate = asyncio.Semaphore(max(1, at_once))

    async def done(job: Callable[[], Awaitable[T]]) -> T:
        async with gate:
            return await job()

    tasks = [asyncio.ensure_future(done(job)) for job in jobs]
    try:
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
