"""What operators ask of the journal and write into it, from a second process too. Functions of a connection."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flowrun.runtime.journal import store
from flowrun.runtime.journal.frozen import freeze, thaw
from flowrun.runtime.journal.records import OPEN, EffectRecord, RunRecord

TOUCHED = "touched"
"""The cursor in which another process names the runs that a running engine is to look at again."""

_KEPT_TOUCHES = 60.0
_MARKS_OF_OPEN = ", ".join("?" * len(OPEN))


@dataclass(frozen=True, slots=True)
class Letter:
    """A run that a person has to act on: dead, or parked for a lookup row. Without its event, for there may be many."""

    number: int
    id: str
    flow: str
    version: str
    key: str | None
    status: str
    accepted: float
    changed: float
    step: str | None
    error: dict[str, Any]
    reason: str
    edits: int


@dataclass(frozen=True, slots=True)
class Edit:
    """A change to a dead letter. `event` is the whole event as it is to be replayed; the original stays in the run."""

    run: str
    at: float
    who: str
    why: str
    event: Any


@dataclass(frozen=True, slots=True)
class Repetition:
    """A new run that repeats an ended one, with the effects whose answers it keeps."""

    new: store.NewRun
    kept: Sequence[EffectRecord]
    repeats: str


class NotAnymore(Exception):  # noqa: N818 - an outcome, not an error
    """Somebody else was faster: the run is not what it was."""


def letters(
    db: sqlite3.Connection, *, flow: str | None = None, status: tuple[str, ...] = ("dead", "parked")
) -> list[Letter]:
    """What waits for a person, oldest first."""
    rows = db.execute(
        "SELECT number, id, flow, version, key, status, accepted, changed, step, error, reason, "  # noqa: S608 - our own words
        "(SELECT count(*) FROM edit WHERE edit.run = run.id) AS edits FROM run "
        f"WHERE status IN ({', '.join('?' * len(status))}) AND (? IS NULL OR flow = ?) ORDER BY changed, number",
        (*status, flow, flow),
    )
    return [
        Letter(
            row["number"], row["id"], row["flow"], row["version"], row["key"], row["status"],
            row["accepted"], row["changed"], row["step"], thaw(row["error"]) if row["error"] is not None else {},
            row["reason"] or "", row["edits"],
        )
        for row in rows
    ]  # fmt: skip


def edits(db: sqlite3.Connection, run: str) -> list[Edit]:
    """The changes to a dead letter, oldest first."""
    rows = db.execute("SELECT * FROM edit WHERE run = ? ORDER BY at", (run,))
    return [Edit(row["run"], row["at"], row["who"], row["why"], thaw(row["event"])) for row in rows]


def current_event(db: sqlite3.Connection, run: RunRecord) -> Any:
    """The event of a run as it was changed last, else the original."""
    row = db.execute("SELECT event FROM edit WHERE run = ? ORDER BY at DESC LIMIT 1", (run.id,)).fetchone()
    return thaw(row["event"]) if row is not None else run.event


def add_edit(db: sqlite3.Connection, edit: Edit) -> None:
    """Keeps a change. Raises `NotAnymore` when the run is no dead letter."""
    row = db.execute("SELECT status FROM run WHERE id = ?", (edit.run,)).fetchone()
    if row is None or row["status"] != "dead":
        raise NotAnymore(edit.run)
    db.execute(
        "INSERT INTO edit VALUES (?, ?, ?, ?, ?)", (edit.run, edit.at, edit.who, edit.why, freeze(edit.event))
    )


def repeat(db: sqlite3.Connection, repetition: Repetition) -> int:
    """Writes a repetition down and resolves what it repeats. Gives the number of the new run.

    Raises `NotAnymore` when that is resolved already, so that two people who replay the same one make one run.
    """
    new = repetition.new
    resolved = db.execute(
        f"UPDATE run SET status = 'resolved', reason = ?, changed = ? "  # noqa: S608 - our own words
        f"WHERE id = ? AND status NOT IN ({_MARKS_OF_OPEN}, 'resolved')",
        (f"replayed as {new.id}", new.now, repetition.repeats, *OPEN),
    )
    if resolved.rowcount == 0:
        raise NotAnymore(repetition.repeats)
    number, _, _ = store.accept(db, new)
    for effect in repetition.kept:
        call = (effect.connection, effect.operation, effect.reads, effect.request)
        store.intend(db, new.id, effect.place, call, effect.began)
        store.answer(db, new.id, effect.place, freeze(effect.answer), effect.ended or effect.began)
    handles = db.execute("SELECT value FROM handle WHERE run = ?", (repetition.repeats,)).fetchall()
    store.remember_handles(db, new.id, [row["value"] for row in handles])
    return number


def resolve(db: sqlite3.Connection, run: str, reason: str, now: float) -> bool:
    """Takes a dead letter off the table. False when it is none any more."""
    done = db.execute(
        "UPDATE run SET status = 'resolved', reason = ?, changed = ? WHERE id = ? AND status = 'dead'",
        (reason, now, run),
    )
    return done.rowcount > 0


def cancel(db: sqlite3.Connection, run: str, reason: str, now: float) -> bool:
    """Ends a run that has not ended, and tells a running engine. False when it had."""
    done = db.execute(
        "UPDATE run SET status = 'cancelled', reason = ?, waiting_for = NULL, next_at = NULL, changed = ? "  # noqa: S608 - our own words
        f"WHERE id = ? AND status IN ({_MARKS_OF_OPEN})",
        (reason, now, run, *OPEN),
    )
    if done.rowcount == 0:
        return False
    db.execute("DELETE FROM awaiting WHERE run = ?", (run,))
    touch(db, [run], now)
    return True


def touch(db: sqlite3.Connection, runs: Iterable[str], now: float) -> None:
    """Names runs that a running engine is to look at again. What others named a moment ago is kept beside them."""
    row = db.execute("SELECT value, changed FROM cursor WHERE name = ?", (TOUCHED,)).fetchone()
    earlier = row["value"].split(",") if row is not None and now - row["changed"] < _KEPT_TOUCHES else []
    store.move_cursor(db, TOUCHED, ",".join([*earlier, *(f"{run}@{now}" for run in runs)]), now)


def touched(db: sqlite3.Connection) -> dict[str, str]:
    """The runs that were named lately, by a mark that is another one each time."""
    marks = (store.cursor(db, TOUCHED) or "").split(",")
    return {mark: mark.partition("@")[0] for mark in marks if mark}


def under_way(db: sqlite3.Connection, run: str) -> str | None:
    """The place of a call that was sent and has no answer yet, if there is one."""
    row = db.execute(
        "SELECT place FROM effect WHERE run = ? AND ended IS NULL AND operation != 'wait' ORDER BY began DESC LIMIT 1",
        (run,),
    ).fetchone()
    return row["place"] if row is not None else None


def before_in_lane(db: sqlite3.Connection, number: int) -> str | None:
    """A run of the same lane that has not ended and goes before this one."""
    row = db.execute(
        "SELECT first.id FROM run AS first JOIN run AS this ON first.lane = this.lane AND first.number < this.number "  # noqa: S608 - our own words
        f"WHERE this.number = ? AND first.status IN ({_MARKS_OF_OPEN}) ORDER BY first.number LIMIT 1",
        (number, *OPEN),
    ).fetchone()
    return row["id"] if row is not None else None


def replays(db: sqlite3.Connection, run: str) -> list[str]:
    """The runs that repeat this one."""
    return [row["id"] for row in db.execute("SELECT id FROM run WHERE replay_of = ? ORDER BY number", (run,))]


def handles(db: sqlite3.Connection, run: str) -> list[str]:
    """The numbers under which a run is found."""
    return [row["value"] for row in db.execute("SELECT value FROM handle WHERE run = ?", (run,))]


def runs_of_key(db: sqlite3.Connection, key: str) -> set[int]:
    """The runs of a business key."""
    return {row["number"] for row in db.execute("SELECT number FROM run WHERE key = ?", (key,))}


def runs_known_as(db: sqlite3.Connection, value: str) -> set[int]:
    """The runs that are found under a number which is not their own key."""
    rows = db.execute(
        "SELECT number FROM run WHERE id IN (SELECT run FROM handle WHERE value = ?) AND key IS NOT ?",
        (value, value),
    )
    return {row["number"] for row in rows}


def runs_that_heard(db: sqlite3.Connection, value: str) -> set[int]:
    """The runs to which a system answered with this number. Looks through every answer, so it takes its time."""
    text = freeze(value).decode().replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    rows = db.execute(
        "SELECT DISTINCT number FROM effect JOIN run ON run.id = effect.run "
        r"WHERE effect.reads = 0 AND CAST(effect.answer AS TEXT) LIKE ? ESCAPE '\'",
        (f"%:{text}%",),
    )
    return {row["number"] for row in rows}


def with_their_lanes(db: sqlite3.Connection, numbers: Iterable[int]) -> list[int]:
    """These runs and every other of their lanes, in the order in which they were accepted."""
    found = set(numbers)
    for number in list(found):
        rows = db.execute(
            "SELECT number FROM run WHERE lane = (SELECT lane FROM run WHERE number = ?)", (number,)
        )
        found.update(row["number"] for row in rows)
    return sorted(found)


def held_by_connections(db: sqlite3.Connection) -> dict[str, int]:
    """How many runs wait for each connection."""
    rows = db.execute(
        "SELECT waiting_for, count(*) AS n FROM run WHERE waiting_for LIKE 'connection:%' GROUP BY waiting_for"
    )
    return {row["waiting_for"].removeprefix("connection:"): row["n"] for row in rows}


def environment(db: sqlite3.Connection) -> str | None:
    """The environment whose runs these are; None when no engine has begun to work on it."""
    row = db.execute("SELECT value FROM meta WHERE name = 'environment'").fetchone()
    return row["value"] if row is not None else None


def claim(db: sqlite3.Connection, wanted: str) -> str:
    """Makes the journal that of an environment, unless it is another one's. Gives whose it is."""
    db.execute("INSERT OR IGNORE INTO meta VALUES ('environment', ?)", (wanted,))
    return environment(db) or wanted
