"""The whole story of an order: its runs, what each of them sent and was answered, who changed what and why."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flowrun.runtime.connections import ENGINE
from flowrun.runtime.journal import clearing, store
from flowrun.runtime.journal.clearing import Edit
from flowrun.runtime.journal.records import EffectRecord, RunRecord
from flowrun.runtime.journaled import email_handle
from flowrun.runtime.state import CrossReference, State

_NUMBERED = ("id", "xcart", "sap", "object")
_MOST_NUMBERS = 6


@dataclass(frozen=True, slots=True)
class Chapter:
    """One run with all that belongs to it. `handles` are the numbers under which it is found."""

    run: RunRecord
    effects: tuple[EffectRecord, ...]
    edits: tuple[Edit, ...]
    replayed_as: tuple[str, ...]
    handles: tuple[str, ...]


def by_key(db: sqlite3.Connection, key: str) -> list[RunRecord]:
    """The runs of a business key, or else those that linked a number like it; and the other runs of their lanes."""
    return _records(db, clearing.runs_of_key(db, key) or clearing.runs_known_as(db, key))


def by_sap_number(db: sqlite3.Connection, number: str, state: State | None) -> list[RunRecord]:
    """The runs that made, linked or read a document of SAP.

    First by what was linked, then by cross references, and only then by looking through what SAP answered.
    """
    found = clearing.runs_known_as(db, number)
    for reference in state.references("sap", number) if state is not None else []:
        found |= clearing.runs_of_key(db, str(reference.xcart))
    return _records(db, found or clearing.runs_that_heard(db, number))


def by_email(db: sqlite3.Connection, email: str) -> list[RunRecord]:
    """The runs that read this e-mail address; it is kept as a digest only."""
    return _records(db, clearing.runs_known_as(db, email_handle(email)))


def chapter(db: sqlite3.Connection, run: RunRecord) -> Chapter:
    """One run with all that belongs to it."""
    return Chapter(
        run,
        tuple(store.effects(db, run.id)),
        tuple(clearing.edits(db, run.id)),
        tuple(clearing.replays(db, run.id)),
        tuple(clearing.handles(db, run.id)),
    )


def references(chapters: Sequence[Chapter], state: State | None) -> list[CrossReference]:
    """What the X-Cart numbers of these runs are in SAP: their keys, and what they linked or looked up."""
    if state is None:
        return []
    numbers_of_xcart = dict.fromkeys(chapter.run.key for chapter in chapters if chapter.run.key)
    for effect in (effect for chapter in chapters for effect in chapter.effects):
        if effect.connection == ENGINE and isinstance(effect.answer, Mapping) and effect.answer.get("xcart"):
            numbers_of_xcart[str(effect.answer["xcart"])] = None
    return [reference for number in numbers_of_xcart for reference in state.references("xcart", number)]


def outcome(effect: EffectRecord) -> str:
    """`answered`, `failed`, `waiting`, or `unknown` for a call whose answer never came."""
    if effect.connection == ENGINE and effect.operation == "wait":
        return "answered" if effect.answered else "waiting"
    if effect.answered:
        return "answered"
    return "failed" if effect.error is not None else "unknown"


def messages(answer: Any) -> list[dict[str, str]]:
    """What a system had to say about a success, as SAP does: warnings of a document that it made all the same."""
    found = answer.get("messages") if isinstance(answer, Mapping) else None
    return [
        {name: str(one.get(name) or "") for name in ("severity", "code", "message", "target")}
        for one in (found if isinstance(found, list) else ())
        if isinstance(one, Mapping) and one.get("message")
    ]


def message_line(said: Mapping[str, str]) -> str:
    """One of `messages` for a person."""
    code = f" ({said['code']})" if said["code"] else ""
    return f"{said['severity'] or 'message'}: {said['message']}{code}"


def numbers(answer: Any, handles: Sequence[str]) -> dict[str, str]:
    """What a person would look for in an answer: its number, and whatever leads to the run. No names, no addresses."""
    if not isinstance(answer, Mapping):
        return {}
    found: dict[str, str] = {}
    for index, (name, value) in enumerate(answer.items()):
        if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
            continue
        numbered = name in _NUMBERED or name.endswith(("_id", "_number"))
        # SAP sends the key of an entity first.
        if (
            (index == 0 and name[:1].isupper())
            or numbered
            or (str(value) in handles and str(value).isdigit())
        ):
            found[name] = str(value)
    return dict(list(found.items())[:_MOST_NUMBERS])


def as_data(found: Chapter) -> dict[str, Any]:
    """One run of `flowrun runs show --output json`. Without its event and its answers: those hold personal data."""
    run = found.run
    return {
        "run": run.id,
        "flow": run.flow,
        "version": run.version,
        "key": run.key,
        "status": run.status,
        "accepted": moment(run.accepted),
        "changed": moment(run.changed),
        "step": run.step,
        "reason": run.reason,
        "waiting_for": run.waiting_for,
        "next_at": moment(run.next_at),
        "review": run.review,
        "error": run.error,
        "replay_of": run.replay_of,
        "replayed_as": list(found.replayed_as),
        "edits": [{"at": moment(edit.at), "who": edit.who, "why": edit.why} for edit in found.edits],
        "effects": [effect_as_data(effect, found.handles) for effect in found.effects],
    }


def effect_as_data(effect: EffectRecord, handles: Sequence[str]) -> dict[str, Any]:
    """One entry of the effect ledger. `action` is what the system did, where it says so."""
    answer = effect.answer if isinstance(effect.answer, Mapping) else {}
    return {
        "step": effect.place,
        "connection": effect.connection,
        "operation": effect.operation,
        "reads": effect.reads,
        "request": effect.request,
        "outcome": outcome(effect),
        "action": answer.get("action"),
        "adopted": answer.get("adopted") is True,
        "messages": messages(answer),
        "numbers": numbers(effect.answer, handles),
        "attempts": effect.attempts,
        "began": moment(effect.began),
        "ended": moment(effect.ended),
        "error": effect.error,
    }


def moment(seconds: float | None) -> str | None:
    """A moment as JSON has it."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _records(db: sqlite3.Connection, numbers_found: Iterable[int]) -> list[RunRecord]:
    records = (store.run_by_number(db, number) for number in clearing.with_their_lanes(db, numbers_found))
    return [record for record in records if record is not None]
