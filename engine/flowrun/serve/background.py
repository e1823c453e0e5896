"""Work that is done again and again beside the runs. Nothing that goes wrong in it ends it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable

from flowrun.errors import FlowrunError
from flowrun.serve.logs import LOG, say


async def again_and_again(
    what: str,
    work: Callable[[], Awaitable[None]],
    every: float,
    *,
    first: float = 0.0,
    after_error: float = 0.0,
) -> None:
    """Does the work after `first` seconds, and then after every `every` seconds, until it is cancelled. When something
    went wrong, at least `after_error` seconds pass."""
    await asyncio.sleep(first)
    while True:
        wait = every
        try:
            await work()
        except FlowrunError as error:
            say("background", f"{what}: {error}", level=logging.ERROR)
            wait = max(every, after_error)
        except Exception:  # noqa: BLE001 - it is told with its traceback, and the next round may go well
            LOG.exception("%s went wrong inside flowrun", what)
            wait = max(every, after_error)
        await asyncio.sleep(wait)


async def ended(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancels tasks and waits until they are gone."""
    waited = list(tasks)
    for task in waited:
        task.cancel()
    await asyncio.gather(*waited, return_exceptions=True)
