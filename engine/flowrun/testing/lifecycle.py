"""Whether a connector is opened and closed in good order, whoever does it and however often."""

from __future__ import annotations

import asyncio
import gc
import threading
import warnings
from collections.abc import Awaitable, Callable
from typing import Any

from flowrun.errors import FlowrunError
from flowrun.testing.remote import THREAD
from flowrun.testing.stage import Case, Stage, until


async def problems(case: Case, name: str) -> list[str]:
    """Closed before it is opened, opened twice, closed twice, used when it is closed; and what is left of it."""
    threads = _threads()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        found = await _through(case, name)
        gc.collect()
        await asyncio.sleep(0)
    left = [warning for warning in warned if issubclass(warning.category, ResourceWarning)]
    found += [f"something was not given back: {warning.message}" for warning in left]
    if not await until(lambda: not _threads() - threads):
        names = ", ".join(thread.name for thread in _threads() - threads)
        found.append(f"threads go on after `close`: {names}; end them there")
    return found


async def _through(case: Case, name: str) -> list[str]:
    found: list[str] = []

    async def step(told: str, act: Callable[[], Awaitable[Any]]) -> None:
        try:
            await act()
        except Exception as error:  # noqa: BLE001 - told, whatever it is
            found.append(f"{told} fails: {error!r}")

    tasks = asyncio.all_tasks()
    async with Stage(case, name) as stage:
        connector = stage.connector
        script = stage.play()
        if script.asked:
            found.append("`open` sends something; leave that to the first operation")
        await step("the first call", stage.perform)
        await step("`open` a second time", connector.open)
        stage.play()
        await step("a call after `open` was called twice", stage.perform)
        await step("`close`", connector.close)
        if not await until(lambda: not stage.remote.connections):
            found.append(
                f"{stage.remote.connections} connections stay open after `close`; "
                "does a second `open` forget the first client? Begin it with `await self.close()`"
            )
        if not await until(lambda: not asyncio.all_tasks() - tasks):
            running = ", ".join(task.get_name() for task in asyncio.all_tasks() - tasks)
            found.append(f"tasks go on after `close`: {running}; cancel them and wait for them there")
        await step("`close` a second time", connector.close)
        found += await _refused(stage, "after `close`")
        fresh = type(connector)(connector.config, connector.surroundings)
        await step("`close` before `open`", fresh.close)
        stage.connector = fresh
        found += await _refused(stage, "before `open`")
    return found


async def _refused(stage: Stage, when: str) -> list[str]:
    if stage.case.effects is not None:  # nothing to open: a folder is always there
        return []
    script = stage.play()
    try:
        await stage.perform()
    except (RuntimeError, FlowrunError):
        error = None
    except Exception as other:  # noqa: BLE001 - told, whatever it is
        error = repr(other)
    else:
        error = "no error"
    found = (
        [f"a call {when} ends with {error}; raise RuntimeError('the connector is not open')"] if error else []
    )
    if script.asked:
        found.append(f"a call {when} reaches the system all the same")
    return found


def _threads() -> set[threading.Thread]:
    """Those of a connector: not ours, and not the pool that `asyncio.to_thread` keeps."""
    return {
        thread
        for thread in threading.enumerate()
        if thread.name != THREAD and not thread.name.startswith(("asyncio_", "AnyIO"))
    }
