"""The journal's questions and answers in SQL. Functions of a connection; the file decides when they run."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flowrun.runtime.journal.frozen import freeze, thaw
from flowrun.runtime.journal.records import OPEN, EffectRecord, OpenRun, RunRecord

_IS_OPEN = "status IN ('accepted', 'running', 'retrying', 'waiting', 'parked')"


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run that is to be accepted."""

    id: str
    flow: str
    version: str
    lane: str | None
    key: str | None
    once: str | None
    bulk: bool
    event: bytes
    now: float
    replay_of: str | None = None
    handles: tuple[str, ...] = ()


def accept(db: sqlite3.Connection, run: NewRun) -> tuple[int, str, bool]:
    """Writes a run down. Gives its number and id, and whether it is new: a second delivery gives the first one's."""
    try:
        cursor = db.execute(
            "INSERT INTO run (id, flow, version, lane, key, once, bulk, event, status, accepted, changed, replay_of) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'accepted', ?, ?, ?)",
            (
                run.id,
                run.flow,
                run.version,
                run.lane,
                run.key,
                run.once,
                run.bulk,
                run.event,
                run.now,
                run.now,
                run.replay_of,
            ),
        )
    except sqlite3.IntegrityError:
        first = db.execute("SELECT number, id FROM run WHERE once = ?", (run.once,)).fetchone()
        if first is None:
            raise
        return first["number"], first["id"], False
    remember_handles(db, run.id, [*run.handles, *([run.key] if run.key else [])])
    return int(cursor.lastrowid or 0), run.id, True


def remember_handles(db: sqlite3.Connection, run: str, values: Iterable[str]) -> None:
    """Numbers under which a person may look for the run."""
    db.executemany("INSERT OR IGNORE INTO handle VALUES (?, ?)", [(value, run) for value in values if value])


def keep_version(
    db: sqlite3.Connection, flow: str, version: str, sources: Mapping[str, str], now: float
) -> None:
    """Keeps the text of a flow under its version."""
    db.execute(
        "INSERT OR IGNORE INTO flow_version VALUES (?, ?, ?, ?)", (flow, version, freeze(dict(sources)), now)
    )


def version_files(db: sqlite3.Connection, flow: str, version: str) -> dict[str, str] | None:
    """The files of a flow's version, or None when it was never kept."""
    row = db.execute(
        "SELECT files FROM flow_version WHERE flow = ? AND version = ?", (flow, version)
    ).fetchone()
    return thaw(row["files"]) if row is not None else None


def change(db: sqlite3.Connection, run: str, now: float, **values: Any) -> None:
    """Sets columns of a run. `error` and `result` are frozen here."""
    frozen = {
        name: freeze(value) if name in ("error", "result", "event") and value is not None else value
        for name, value in values.items()
    }
    columns = ", ".join(f"{name} = ?" for name in frozen)
    db.execute(f"UPDATE run SET {columns}, changed = ? WHERE id = ?", (*frozen.values(), now, run))  # noqa: S608 - our own words


def is_open(db: sqlite3.Connection, run: str) -> bool:
    """Whether a run has not ended. Somebody else may have ended it while it was under way."""
    return db.execute(f"SELECT 1 FROM run WHERE id = ? AND {_IS_OPEN}", (run,)).fetchone() is not None  # noqa: S608 - our own words


def change_if_open(db: sqlite3.Connection, run: str, now: float, **values: Any) -> bool:
    """The same, unless somebody has ended the run meanwhile: then it stays as it is."""
    if not is_open(db, run):
        return False
    change(db, run, now, **values)
    return True


def intend(db: sqlite3.Connection, run: str, place: str, call: tuple[str, str, bool, str], now: float) -> int:
    """Writes down that a call is about to be made; gives which attempt it is."""
    connection, operation, reads, request = call
    db.execute(
        "INSERT INTO effect (run, place, connection, operation, reads, request, attempts, began) "
        "VALUES (?, ?, ?, ?, ?, ?, 1, ?) "
        "ON CONFLICT DO UPDATE SET attempts = attempts + 1, began = excluded.began, request = excluded.request, "
        "ended = NULL, error = NULL",
        (run, place, connection, operation, reads, request, now),
    )
    return int(
        db.execute("SELECT attempts FROM effect WHERE run = ? AND place = ?", (run, place)).fetchone()[0]
    )


def answer(db: sqlite3.Connection, run: str, place: str, value: bytes, now: float) -> None:
    """Writes down what came back."""
    db.execute(
        "UPDATE effect SET answer = ?, error = NULL, ended = ? WHERE run = ? AND place = ?",
        (value, now, run, place),
    )


def fail(
    db: sqlite3.Connection, run: str, place: str, error: Mapping[str, Any], now: float, *, counts: bool
) -> None:
    """Writes down that an attempt failed. One that was not really made does not count."""
    db.execute(
        "UPDATE effect SET error = ?, ended = ?, attempts = attempts - ? WHERE run = ? AND place = ?",
        (freeze(dict(error)), now, 0 if counts else 1, run, place),
    )


def turn_page(db: sqlite3.Connection, progress: EffectRecord, page: str) -> None:
    """Writes down how far a list has come that is read page after page. The page that is done keeps what was written
    for it, for the story of the run; what was read goes."""
    inside = (
        progress.run,
        f"{page}/",
        f"{page}0",
    )  # `0` is what follows `/`: everything below the page, and only that
    db.execute("DELETE FROM effect WHERE run = ? AND place >= ? AND place < ? AND reads", inside)
    db.execute("DELETE FROM effect WHERE run = ? AND place = ?", (progress.run, page))
    db.execute("UPDATE effect SET turned = 1 WHERE run = ? AND place >= ? AND place < ?", inside)
    db.execute(
        "INSERT INTO effect (run, place, connection, operation, reads, request, attempts, began, ended, answer) "
        "VALUES (?, ?, ?, ?, 1, ?, 1, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET answer = excluded.answer, ended = excluded.ended",
        (
            progress.run, progress.place, progress.connection, progress.operation, progress.request, progress.began,
            progress.ended, freeze(progress.answer),
        ),
    )  # fmt: skip


def effects(db: sqlite3.Connection, run: str, *, turned: bool = True) -> list[EffectRecord]:
    """The ledger of a run, in the order in which its effects began. Without those of pages that are done, what a run
    needs to go on."""
    kept = "" if turned else "AND NOT turned "
    rows = db.execute(f"SELECT * FROM effect WHERE run = ? {kept}ORDER BY began, place", (run,))  # noqa: S608 - our own words
    return [
        EffectRecord(
            row["run"], row["place"], row["connection"], row["operation"], bool(row["reads"]), row["request"],
            row["attempts"], row["began"], row["ended"], row["answer"] is not None,
            thaw(row["answer"]) if row["answer"] is not None else None,
            thaw(row["error"]) if row["error"] is not None else None,
        )
        for row in rows
    ]  # fmt: skip


def open_runs(db: sqlite3.Connection, after: int = 0) -> Iterator[OpenRun]:
    """The runs that have not ended, oldest first."""
    columns = "number, id, flow, lane, status, next_at, waiting_for, bulk"
    query = f"SELECT {columns} FROM run WHERE number > ? AND {_IS_OPEN} ORDER BY number"  # noqa: S608 - our own words
    rows = db.execute(query, (after,))
    for row in rows:
        yield OpenRun(
            row["number"],
            row["id"],
            row["flow"],
            row["lane"],
            row["status"],
            row["next_at"],
            row["waiting_for"],
            bool(row["bulk"]),
        )


def run_by_number(db: sqlite3.Connection, number: int) -> RunRecord | None:
    """One run by its number."""
    row = db.execute("SELECT * FROM run WHERE number = ?", (number,)).fetchone()
    return _record(row) if row is not None else None


def run_by_id(db: sqlite3.Connection, run: str) -> RunRecord | None:
    """One run by its id, or by the beginning of it when that is enough to tell."""
    rows = db.execute(
        "SELECT * FROM run WHERE id = ? OR id LIKE ? || '%' ORDER BY id LIMIT 2", (run, run)
    ).fetchall()
    return _record(rows[0]) if len(rows) == 1 or (rows and rows[0]["id"] == run) else None


def find_runs(
    db: sqlite3.Connection,
    *,
    handle: str | None = None,
    status: tuple[str, ...] = (),
    flow: str | None = None,
    limit: int = 100,
) -> list[RunRecord]:
    """Runs by a number that people know, by status, by flow; newest first."""
    conditions: list[str] = []
    values: list[Any] = []
    if handle is not None:
        conditions.append("id IN (SELECT run FROM handle WHERE value = ?)")
        values.append(handle)
    if status:
        conditions.append(f"status IN ({', '.join('?' * len(status))})")
        values.extend(status)
    if flow is not None:
        conditions.append("flow = ?")
        values.append(flow)
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    rows = db.execute(f"SELECT * FROM run {where} ORDER BY number DESC LIMIT ?", (*values, limit))  # noqa: S608 - our own words
    return [_record(row) for row in rows]


def counts(db: sqlite3.Connection) -> dict[tuple[str, str], int]:
    """How many runs there are of each flow in each status."""
    return {
        (row["flow"], row["status"]): row["n"]
        for row in db.execute("SELECT flow, status, count(*) AS n FROM run GROUP BY flow, status")
    }


def oldest_open(db: sqlite3.Connection) -> float | None:
    """When the oldest run that has not ended was accepted."""
    row = db.execute(f"SELECT min(accepted) AS oldest FROM run WHERE {_IS_OPEN}").fetchone()  # noqa: S608 - our own words
    return row["oldest"] if row is not None else None


def cursor(db: sqlite3.Connection, name: str) -> str | None:
    """How far a poller or schedule has come."""
    row = db.execute("SELECT value FROM cursor WHERE name = ?", (name,)).fetchone()
    return row["value"] if row is not None else None


def move_cursor(db: sqlite3.Connection, name: str, value: str, now: float) -> None:
    """Remembers how far a poller or schedule has come."""
    db.execute(
        "INSERT INTO cursor VALUES (?, ?, ?) "
        "ON CONFLICT DO UPDATE SET value = excluded.value, changed = excluded.changed",
        (name, value, now),
    )


def await_event(
    db: sqlite3.Connection, run: str, place: str, source: str, path: str, value: str, until: float
) -> None:
    """A run waits for an event of a system in which a path has this value."""
    db.execute(
        "INSERT OR REPLACE INTO awaiting VALUES (?, ?, ?, ?, ?, ?)", (run, place, source, path, value, until)
    )


def awaiting(db: sqlite3.Connection, source: str) -> list[tuple[str, str, str, str]]:
    """Who waits for events of this source: run, place, path, value."""
    return [
        (row["run"], row["place"], row["path"], row["value"])
        for row in db.execute("SELECT * FROM awaiting WHERE source = ?", (source,))
    ]


def no_longer_awaiting(db: sqlite3.Connection, run: str, place: str) -> None:
    """A wait is over."""
    db.execute("DELETE FROM awaiting WHERE run = ? AND place = ?", (run, place))


def pauses(db: sqlite3.Connection) -> dict[str, tuple[float, str]]:
    """The connections that are paused: since when and why."""
    return {row["connection"]: (row["since"], row["reason"]) for row in db.execute("SELECT * FROM pause")}


def set_pause(db: sqlite3.Connection, connection: str, since: float, reason: str) -> None:
    """Remembers that a connection is paused."""
    db.execute("INSERT OR REPLACE INTO pause VALUES (?, ?, ?)", (connection, since, reason))


def clear_pause(db: sqlite3.Connection, connection: str) -> None:
    """A connection goes on."""
    db.execute("DELETE FROM pause WHERE connection = ?", (connection,))


def prune(db: sqlite3.Connection, statuses: tuple[str, ...], before: float, limit: int = 1000) -> int:
    """Deletes runs that ended before a moment, with all that belongs to them. Gives how many."""
    if any(status in OPEN for status in statuses):
        raise ValueError("runs that have not ended are never pruned")
    marks = ", ".join("?" * len(statuses))
    query = f"SELECT id FROM run WHERE status IN ({marks}) AND changed < ? LIMIT ?"  # noqa: S608 - our own words
    ids = [row["id"] for row in db.execute(query, (*statuses, before, limit))]
    for table in ("effect", "handle", "awaiting", "edit"):
        db.executemany(f"DELETE FROM {table} WHERE run = ?", [(run,) for run in ids])  # noqa: S608 - our own words
    db.executemany("DELETE FROM run WHERE id = ?", [(run,) for run in ids])
    return len(ids)


def _record(row: sqlite3.Row) -> RunRecord:
    return RunRecord(
        number=row["number"], id=row["id"], flow=row["flow"], version=row["version"], lane=row["lane"],
        key=row["key"], bulk=bool(row["bulk"]), event=thaw(row["event"]), status=row["status"],
        accepted=row["accepted"], changed=row["changed"], next_at=row["next_at"],
        waiting_for=row["waiting_for"], step=row["step"],
        error=thaw(row["error"]) if row["error"] is not None else None,
        result=thaw(row["result"]) if row["result"] is not None else None,
        reason=row["reason"], replay_of=row["replay_of"], review=row["review"],
    )  # fmt: skip
