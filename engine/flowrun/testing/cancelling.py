"""Whether a call can be given up at any moment: no half request is left over, and the next call is right."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any

from flowrun.testing.stage import Case, Stage, operation_of

MOST = 300  # places to wait at; nothing sensible has more


class _CancelledAt:
    """Does some work, and cancels the task it is in when it waits for the given time."""

    def __init__(self, work: Coroutine[Any, Any, Any], point: int) -> None:
        self._work = work
        self._point = point
        self.reached = False

    def __await__(self) -> Generator[Any, Any, Any]:
        steps = self._work.__await__()
        number, thrown = 0, None
        while True:
            try:
                waiting = steps.send(None) if thrown is None else steps.throw(thrown)
            except StopIteration as end:
                return end.value
            if number == self._point:
                self.reached = True
                task = asyncio.current_task()
                if task is not None:
                    task.cancel()
            number, thrown = number + 1, None
            try:
                yield waiting
            except BaseException as error:  # noqa: BLE001 - handed on to the work itself
                thrown = error


async def problems(case: Case, name: str) -> list[str]:
    """Cancels the call at its first wait, at its second, and so on, and performs it in between.

    Once on a connection that is there already, where the next call would meet what is left of this one; and once
    with a new connection for every request, where the last call shows that nothing was lost.
    """
    async with Stage(case, name) as stage:
        for closes in (False, True):
            stage.remote.closes = closes
            script = stage.play()
            try:
                usual = await stage.perform()
            except Exception as error:  # noqa: BLE001 - told, whatever it is
                return [f"`{name}` with its sample should go well: {error!r}"]
            found = await _at_every_wait(stage, {asked.place for asked in script.asked}, usual)
            if found:
                return found
    return []


async def _at_every_wait(stage: Stage, known: set[str], usual: Any) -> list[str]:
    for point in range(MOST):
        found, reached = await _cancelled(stage, point, known)
        if found:
            return found
        if stage.remote.closes and reached:
            continue
        stage.play()
        try:
            answer = await stage.perform()
        except Exception as error:  # noqa: BLE001 - told, whatever it is
            return [f"`{stage.name}` does not work any more after a call was cancelled: {error!r}"]
        if answer != usual:
            return [f"`{stage.name}` answers {answer!r} after a call was cancelled, and {usual!r} else"]
        if not reached:
            break
    return []


async def _cancelled(stage: Stage, point: int, known: set[str]) -> tuple[list[str], bool]:
    script = stage.play()
    work = _CancelledAt(
        stage.connector.perform(operation_of(stage.name), stage.case.samples[stage.name].parameters), point
    )

    async def call() -> Any:
        return await work

    ended: Any = (await asyncio.gather(asyncio.create_task(call()), return_exceptions=True))[0]
    if not await stage.quiet():
        return [
            f"`{stage.name}`, when it is cancelled, leaves half a request on an open connection: the next call "
            "would be read as its other half. Close the connection"
        ], True
    if work.reached and not isinstance(ended, asyncio.CancelledError):
        return [
            f"`{stage.name}` swallows its cancellation and ends with {ended!r}; let CancelledError pass, it is no "
            "Exception"
        ], True
    foreign = [asked for asked in script.asked if asked.place not in known]
    if foreign:
        return [
            f"`{stage.name}`, when it is cancelled, sends something else than usual: {foreign[0].place}"
        ], True
    return [], work.reached
