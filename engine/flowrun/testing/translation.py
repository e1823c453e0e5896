"""Whether a connector says in the engine's words what went wrong: which error, in doubt or not, and from what."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial

from flowrun.errors import FlowrunError, Retryable, RunError
from flowrun.testing.faults import REASON, WAIT, Fault, faults, refused, silent
from flowrun.testing.sample import Asked
from flowrun.testing.script import Script
from flowrun.testing.stage import NAME, PROBE, Case, Stage

AT_ONCE = 8
TIMEOUTS = (0.3, 2.0, 8.0)  # seconds, for a connector whose system never answers


async def problems(case: Case, name: str) -> list[str]:
    """Performs the operation once for every fault, at every request that it sends."""
    async with Stage(case, name) as stage:
        found, places = await _well(stage)
        for place in places:
            for fault in faults(case.says):
                found += await _judged(stage, stage.play(at=place.place, trouble=fault.answer), fault, place)
        await stage.remote.refuse()
        if places:
            found += await _judged(stage, stage.play(), refused(), places[0])
    return found


async def silence(case: Case) -> list[str]:
    """Several operations at once, each with a system of its own that takes the last request and never answers."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(name: str) -> list[str]:
        async with turns:
            return await _silence(case, name)

    found = await asyncio.gather(*(one(name) for name in case.samples))
    return [problem for problems in found for problem in problems]


async def _silence(case: Case, name: str) -> list[str]:
    """A machine that is busy needs longer for what goes well; then the timeout is longer too."""
    for timeout in TIMEOUTS:
        async with Stage(case, name, timeout=timeout) as stage:
            found, places = await _well(stage)
            if found:
                continue
            if not places:
                return []
            free = asyncio.Event()
            loop = asyncio.get_running_loop()
            stage.remote.on_silence = partial(loop.call_soon_threadsafe, free.set)
            fault, place = silent(), places[-1]
            script = stage.play(at=place.place, trouble=fault.answer)
            found = await _judged(stage, script, fault, place)
            if not any(asked.place == place.place for asked in script.asked):
                continue
            if not free.is_set():
                found.append(
                    f"`{name}` lets nothing else run while it waits for an answer: use an asynchronous client, or "
                    "`asyncio.to_thread`"
                )
            return found
    return found


async def _well(stage: Stage) -> tuple[list[str], list[Asked]]:
    """Two calls that go well: the first may log on, the second shows the requests of the operation itself."""
    for _ in range(2):
        script = stage.play()
        try:
            await stage.perform()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            return [
                f"`{stage.name}` with its sample should go well: {_shown(error)}{_unscripted(script)}"
            ], []
        if script.unscripted:
            return [f"`{stage.name}`: the sample is incomplete{_unscripted(script)}"], []
    return [], list({asked.place: asked for asked in script.asked}.values())


async def _judged(stage: Stage, script: Script, fault: Fault, place: Asked) -> list[str]:
    when = f"`{stage.name}`, when {place.place} {fault.told}:"
    expected = stage.case.expected(stage.name, fault.name, fault.expected)
    try:
        await stage.perform()
    except Exception as error:  # noqa: BLE001 - a raw exception is what is looked for
        return [f"{when} {problem}" for problem in _wrong(stage, script, fault, place, error)]
    if expected is None or stage.name == PROBE or fault.fine:
        return []
    return [f"{when} no error is raised; {_named(expected)} is right"]


def _wrong(stage: Stage, script: Script, fault: Fault, place: Asked, error: Exception) -> Iterator[str]:
    expected = stage.case.expected(stage.name, fault.name, fault.expected)
    if not isinstance(error, RunError):
        yield (
            f"{_shown(error)} reaches the engine; catch it and raise {_named(expected)} of flowrun.errors, "
            "`from error`"
        )
        return
    if expected is not None and not isinstance(error, expected) and stage.name != PROBE:
        yield f"{_shown(error)}; {_named(expected)} is right"
    yield from _wrong_doubt(stage, script, fault, place, error)
    if fault.waits and isinstance(error, Retryable) and not (error.after and WAIT / 2 < error.after <= WAIT):
        yield f"`after` is {error.after}; give the seconds that `Retry-After` asks for"
    if fault.below and isinstance(error, Retryable) and error.__cause__ is None:
        yield "the exception below is lost; `raise … from error` keeps it for who looks into the log"
    if NAME not in error.message:
        yield f"the message does not name the connection: {error.message!r}"
    if "\n" in error.message:
        yield f"the message has more than one line: {error.message!r}"
    if fault.reason and REASON not in error.message:
        yield f"the message leaves out what the system said ({REASON!r}): {error.message!r}"


def _wrong_doubt(stage: Stage, script: Script, fault: Fault, place: Asked, error: RunError) -> Iterator[str]:
    if not isinstance(error, Retryable):
        return
    writes = script.writes()
    hit = any(asked.place == place.place for asked in writes)
    answered = any(asked.place != place.place for asked in writes)
    if hit and fault.done and not error.doubt:
        yield "the write may have been carried out, so it needs `doubt=True`"
    elif answered and not hit and not stage.case.repeatable(stage.name) and not error.doubt:
        yield "an earlier request has written already, so trying again would write twice: it needs `doubt=True`"
    elif not writes and error.doubt:
        yield "nothing was written, so there is no doubt: `doubt=False`"
    elif hit and not answered and fault.waits and not fault.done and error.doubt:
        yield "the system has refused before it did anything, so there is no doubt: `doubt=False`"


def _unscripted(script: Script) -> str:
    missing = ", ".join(dict.fromkeys(script.unscripted))
    return f"; `answers` holds nothing for {missing}" if missing else ""


def _shown(error: BaseException) -> str:
    text = error.message if isinstance(error, RunError) else str(error)
    return f"{type(error).__name__}: {text}" if isinstance(error, FlowrunError) else repr(error)


def _named(expected: object) -> str:
    kinds = expected if isinstance(expected, tuple) else (expected,)
    return (
        " or ".join(getattr(kind, "__name__", "RunError") for kind in kinds if kind is not None)
        or "a RunError"
    )
