"""Running a dead letter again: what it would do, seen before it does it, and the new run that repeats it.

What it would do is found by rehearsing the flow with the answers that are kept. Reads are made for real; the first
request of each write is caught before it leaves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from flowrun.component.step import Call, Retry
from flowrun.errors import ConfigurationError, Parked, Rejected, RunError
from flowrun.language.workspace import Workspace
from flowrun.runtime.connections import ENGINE, Connections
from flowrun.runtime.dead_letters import SharedCause, cause_of_error
from flowrun.runtime.direct import interpreted, new_run_id
from flowrun.runtime.journal import store
from flowrun.runtime.journal.clearing import Repetition
from flowrun.runtime.journal.frozen import freeze
from flowrun.runtime.journal.records import EffectRecord, RunRecord
from flowrun.runtime.rehearsal import PlannedCall, Rehearsal
from flowrun.runtime.seam import Place
from flowrun.runtime.versions import Pinned

Would = Literal["create", "update", "nothing", "fail", "wait", "unknown", "refused"]
"""What a replay would do. `unknown`: a system does not answer. `refused`: it would do again what may be done once."""

_AT_ONCE = 8
_CREATES = frozenset({"POST"})
_UNDO = "~undo"


@dataclass(frozen=True, slots=True)
class Replay:
    """One dead letter as it is to be run again: the event, which may have been edited, the flow, what is kept."""

    record: RunRecord
    event: Any
    pin: Pinned
    effects: tuple[EffectRecord, ...]
    kept: tuple[EffectRecord, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a replay would do. `calls` are the requests that would leave, as far as they can be foreseen.

    `error` is where it would end, before any write when `would` is `fail`; `after` says what is not certain.
    """

    would: Would
    calls: tuple[PlannedCall, ...] = ()
    error: RunError | None = None
    cause: SharedCause | None = None
    reason: str = ""
    replaced: tuple[str, ...] = ()

    @property
    def worth_it(self) -> bool:
        """Whether running it again changes anything, as far as one can know."""
        return self.would not in ("fail", "wait", "refused")


def prepared(
    record: RunRecord,
    event: Any,
    pin: Pinned,
    effects: Sequence[EffectRecord],
    *,
    from_failed_step: bool,
    now: float,
) -> Replay:
    """A replay of an ended run."""
    kept = kept_effects(effects, now) if from_failed_step else []
    return Replay(record, event, pin, tuple(effects), tuple(kept))


def kept_effects(effects: Iterable[EffectRecord], now: float) -> list[EffectRecord]:
    """The effects whose answers a replay from the failed step may use.

    What was taken back is not among them, for it is no longer so. A wait that is over need not be waited again.
    """
    known = list(effects)
    undone = {
        effect.place.partition(_UNDO)[0] for effect in known if _UNDO in effect.place and effect.answered
    }

    def stands(effect: EffectRecord) -> bool:
        if _UNDO in effect.place:
            return False
        if any(
            effect.place == place or effect.place.startswith((f"{place}/", f"{place}[")) for place in undone
        ):
            return False
        if effect.connection == ENGINE and effect.operation == "wait":
            return effect.answered or float(effect.request) <= now
        return effect.answered

    return [effect for effect in known if stands(effect)]


def repetition(
    record: RunRecord,
    pin: Pinned,
    now: float,
    event: Mapping[str, Any] | None,
    effects: Sequence[EffectRecord],
) -> Repetition:
    """A new run that repeats an ended one and keeps the answers of these effects."""
    used = record.event if event is None else event
    new = store.NewRun(
        new_run_id(), record.flow, pin.version, record.lane, record.key, None, record.bulk, freeze(used), now,
        replay_of=record.id,
    )  # fmt: skip
    return Repetition(new, effects, record.id)


# --- what it would do ---------------------------------------------------------------------------------------------


class Replayed(Rehearsal):
    """A rehearsal that has the answers that are kept. What another version of the flow asks at the same place is asked
    anew, and noted in `replaced`."""

    def __init__(self, connections: Connections, kept: Iterable[EffectRecord]) -> None:
        super().__init__(new_run_id(), connections)
        self.kept = {effect.place: effect for effect in kept}
        self.replaced: list[str] = []

    async def effect(self, place: Place, call: Call, retry: Retry | None) -> Any:
        """The answer that is kept, or what a rehearsal gives."""
        known = self.kept.get(place.path)
        if known is None:
            return await super().effect(place, call, retry)
        if (known.connection, known.operation) != (call.connection, call.operation):
            self.replaced.append(place.path)
            return await super().effect(place, call, retry)
        return known.answer


async def outlooks(
    replays: Sequence[Replay], workspace: Workspace, connections: Connections
) -> list[Outlook]:
    """What each replay would do, a few of them at once."""
    limit = asyncio.Semaphore(_AT_ONCE)

    async def one(replay: Replay) -> Outlook:
        async with limit:
            return await outlook(replay, workspace, connections)

    return list(await asyncio.gather(*[one(replay) for replay in replays]))


async def outlook(replay: Replay, workspace: Workspace, connections: Connections) -> Outlook:
    """What a replay would do. Nothing is written anywhere."""
    again = _done_again(replay, connections)
    if again is not None:
        return Outlook(
            "refused",
            reason=f"{again.place} ({again.connection}.{again.operation}) was done and would be done a second time; "
            f"replay it with --from failed-step",
        )
    run = Replayed(connections, replay.kept)
    flows = replace(workspace, flows=replay.pin.flows)
    try:
        result = await interpreted(flows, replay.pin.flow, replay.event, connections, run)
    except ConfigurationError as error:
        return Outlook("unknown", reason=str(error))
    calls, replaced = tuple(run.calls), tuple(run.replaced)
    if result.error is None:
        return Outlook(_would(calls), calls, reason=_in_doubt(replay) or result.reason, replaced=replaced)
    cause = cause_of_error(replay.record.flow, result.error)
    would = _would(calls) if calls else _without_writing(result.error)
    return Outlook(would, calls, result.error, cause, replaced=replaced)


def _would(calls: Sequence[PlannedCall]) -> Would:
    if not calls:
        return "nothing"
    return "create" if any(call.method in _CREATES for call in calls) else "update"


def _without_writing(error: RunError) -> Would:
    if isinstance(error, Parked):
        return "wait"
    return "fail" if isinstance(error, Rejected) else "unknown"


def _in_doubt(replay: Replay) -> str:
    """Whether a person has to look before this is run again."""
    error = replay.record.error or {}
    if error.get("code") != "outcome-unknown":
        return ""
    return (
        f"nobody knows whether {replay.record.step} was done before; look in {error.get('connection')} first"
    )


def _done_again(replay: Replay, connections: Connections) -> EffectRecord | None:
    """What was done, is not kept, and cannot be done twice without there being two of it."""
    kept = {effect.place for effect in replay.kept}
    stands = {effect.place for effect in kept_effects(replay.effects, 0.0)}
    for effect in replay.effects:
        operation = connections.operation(Call(effect.connection, effect.operation, {}))
        if operation is None or operation.reads or operation.repeatable:
            continue
        if effect.place in stands and effect.place not in kept:
            return effect
    return None
