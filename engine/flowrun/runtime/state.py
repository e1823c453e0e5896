"""What flowrun keeps of a project: cross references, and the inbox of lookup values that a person must fill in.

One SQLite file, `.flowrun/state.db`. Each entry belongs to an environment: numbers of the sandbox mean nothing in
production.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS cross_reference (
  environment TEXT NOT NULL, object TEXT NOT NULL, xcart TEXT NOT NULL, sap TEXT NOT NULL, changed TEXT NOT NULL,
  PRIMARY KEY (environment, object, xcart)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS cross_reference_by_sap ON cross_reference (environment, object, sap);
CREATE TABLE IF NOT EXISTS unmapped (
  environment TEXT NOT NULL, lookup TEXT NOT NULL, key TEXT NOT NULL, wanted TEXT NOT NULL, flow TEXT NOT NULL,
  run TEXT NOT NULL, first_seen TEXT NOT NULL, last_seen TEXT NOT NULL, times INTEGER NOT NULL,
  PRIMARY KEY (environment, lookup, key, wanted)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class CrossReference:
    """The numbers of one thing in both systems; null where it is not linked."""

    object: str
    xcart: str | None
    sap: str | None

    def as_data(self) -> dict[str, str | None]:
        """The form that flows see."""
        return {"object": self.object, "xcart": self.xcart, "sap": self.sap}


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A lookup value that is missing: `times` runs asked for it, the last one `run`."""

    lookup: str
    key: str
    column: str
    flow: str
    run: str
    first_seen: str
    last_seen: str
    times: int


class State:
    """The state of one environment of one project. `path` None keeps it in memory, for a rehearsal."""

    def __init__(self, path: Path | None, environment: str) -> None:
        self.environment = environment
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path if path is not None else ":memory:", timeout=10, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.executescript(_SCHEMA)

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    def link(self, thing: str, xcart: str, sap: str) -> CrossReference:
        """Writes a cross reference; a newer one for the same X-Cart number replaces it."""
        self._database.execute(
            "INSERT INTO cross_reference VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET sap = excluded.sap, changed = excluded.changed",
            (self.environment, thing, xcart, sap, _now()),
        )
        return CrossReference(thing, xcart, sap)

    def linked(self, thing: str, side: str, number: str) -> CrossReference:
        """The cross reference of a thing by its number on one side, `xcart` or `sap`."""
        column = {"xcart": "xcart", "sap": "sap"}[side]
        row = self._database.execute(
            f"SELECT xcart, sap FROM cross_reference WHERE environment = ? AND object = ? AND {column} = ? "  # noqa: S608 - one of two words
            "ORDER BY changed DESC LIMIT 1",
            (self.environment, thing, number),
        ).fetchone()
        return CrossReference(thing, *(row or (None, None)))

    def remember_unmapped(self, lookup: str, key: str, column: str, flow: str, run: str) -> None:
        """Puts a missing lookup value into the inbox, or counts it once more."""
        now = _now()
        self._database.execute(
            "INSERT INTO unmapped VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1) "
            "ON CONFLICT DO UPDATE SET run = excluded.run, last_seen = excluded.last_seen, times = times + 1",
            (self.environment, lookup, key, column, flow, run, now, now),
        )

    def unmapped(self) -> list[Unmapped]:
        """The inbox, oldest first."""
        rows = self._database.execute(
            "SELECT lookup, key, wanted, flow, run, first_seen, last_seen, times FROM unmapped "
            "WHERE environment = ? ORDER BY first_seen, lookup, key",
            (self.environment,),
        )
        return [Unmapped(*row) for row in rows]

    def forget_unmapped(self, lookup: str, key: str, column: str) -> None:
        """Takes a value out of the inbox, once its row is there."""
        self._database.execute(
            "DELETE FROM unmapped WHERE environment = ? AND lookup = ? AND key = ? AND wanted = ?",
            (self.environment, lookup, key, column),
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
