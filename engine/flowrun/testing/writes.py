"""Whether a connector writes only what it may, once, and the same whoever else is at it."""

from __future__ import annotations

import asyncio
from collections import Counter

from flowrun.component.http import Request
from flowrun.testing.sample import SAFE, Asked
from flowrun.testing.stage import PROBE, Case, Stage

AT_ONCE = 16
_KEYS = frozenset({"idempotency-key", "x-idempotency-key", "repeatability-request-id"})


class StoppedError(Exception):
    """Raised by the guard of a check, as a dry-run does."""


class Watch:
    """A guard that remembers what it was shown, and stops what writes."""

    def __init__(self) -> None:
        self.shown: Counter[str] = Counter()
        self.stopped: list[Asked] = []

    def __call__(self, request: Request) -> None:
        """Sees a request before it leaves."""
        self.shown[f"{request.method} {request.url.path}"] += 1
        if request.method not in SAFE:
            self.stopped.append(Asked(request.method, request.url.path, "", {}, b""))
            raise StoppedError


async def guarded(case: Case, name: str) -> list[str]:
    """A dry-run: the guard is asked before anything leaves, and what it stops stays here."""
    watch = Watch()
    async with Stage(case, name, guard=watch) as stage:
        script = stage.play()
        before = case.effects() if case.effects else None
        error: Exception | None = None
        try:
            await stage.perform()
        except Exception as caught:  # noqa: BLE001 - which one it is decides
            error = caught
        found = []
        if case.effects and case.effects() != before:
            found.append(f"`{name}` writes although the guard has said no; ask it before you write")
        left = Counter(asked.place for asked in script.asked if not _harmless(case, asked))
        unseen = left - watch.shown
        if unseen:
            found.append(
                f"`{name}` sends {', '.join(unseen)} past the guard; make the client with "
                "`flowrun.component.http.client(guard=self.surroundings.guard)`"
            )
        if script.writes():
            found.append(f"`{name}`: {script.writes()[0].place} left although the guard has said no")
        return found + _outcome(case, name, error, watch)


def _outcome(case: Case, name: str, error: Exception | None, watch: Watch) -> list[str]:
    stopped = isinstance(error, StoppedError)
    if case.reads(name):
        if stopped and not all(_harmless(case, asked) for asked in watch.stopped):
            return [
                f"`{name}` is marked as one that reads, and sends {watch.stopped[0].place}, so a dry-run stops it; if "
                "that changes nothing, say so in `harmless` of the contract, and give what `pretend` answers then"
            ]
        return [f"`{name}` fails in a dry-run: {error!r}"] if error is not None and not stopped else []
    if error is None:
        return [
            f"`{name}` writes nothing that the guard can see: is it a read? Then `@operation(reads=True)`; does it "
            "write in another way than HTTP? Then show the guard an `flowrun.component.http.Request` that stands for it"
        ]
    return [] if stopped else [f"`{name}` turns the guard's exception into {error!r}; let it pass as it is"]


def _harmless(case: Case, asked: Asked) -> bool:
    return any(asked.fits(pattern) for pattern in case.harmless)


async def repeated(case: Case, name: str) -> list[str]:
    """Twice is the same as once: the second call meets the system as the first has left it."""
    async with Stage(case, name) as stage:
        script = stage.play()
        first, again = None, None
        try:
            await stage.perform()
            once, first = list(script.done), case.effects() if case.effects else None
            await stage.perform()
            again = case.effects() if case.effects else None
        except Exception as error:  # noqa: BLE001 - told, whatever it is
            return [f"`{name}` may be repeated, and the second call, or the first, ends with {error!r}"]
        if first != again:
            return [f"`{name}` may be repeated, and its second call has changed {first!r} into {again!r}"]
        more = script.done[len(once) :]
        new = [asked for asked in more if asked.effect not in {earlier.effect for earlier in once}]
        if new:
            return [f"`{name}` may be repeated, and its second call writes something else: {new[0].place}"]
        twice = [asked for asked in more if asked.method == "POST" and not _keyed(asked)]
        if twice:
            return [
                f"`{name}` may be repeated, and its second call sends {twice[0].place} again, which makes another "
                "one: look first, send an idempotency key, or take `repeatable=True` away. If the system answers "
                "otherwise once it is there, put that into `after` of the sample"
            ]
    return []


def _keyed(asked: Asked) -> bool:
    return any(name.lower() in _KEYS for name in asked.headers)


async def at_once(case: Case, name: str) -> list[str]:
    """Sixteen calls at the same time, with a connector that has just been opened, against one after another."""
    async with Stage(case, name) as stage:
        stage.play(frozen=True)
        together = await asyncio.gather(*(stage.perform() for _ in range(AT_ONCE)), return_exceptions=True)
        broken = [answer for answer in together if isinstance(answer, BaseException)]
        if broken:
            return [f"`{name}`, {AT_ONCE} at once: {len(broken)} of them end with {broken[0]!r}"]
        alone = await stage.perform()
        other = [answer for answer in together if answer != alone]
        if other and name != PROBE:
            return [f"`{name}`, {AT_ONCE} at once: {other[0]!r} instead of {alone!r}"]
    return []
