"""What flowrun keeps of a project: cross references, what both systems last agreed on, and the inbox of lookup
values that a person must fill in.

One SQLite file, `.flowrun/state.db`. Each entry belongs to an environment: numbers of the sandbox mean
nothing in
production.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flowrun.errors import Cause, ConfigurationError, Fatal, Retryable
from flowrun.runtime.sqlite import opened

PATIENCE = 10.0
"""Seconds to wait for another process that is writing."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS cross_reference (
  environment TEXT NOT NULL, object TEXT NOT NULL, xcart TEXT NOT NULL, sap TEXT NOT NULL, changed TEXT NOT
  NULL,
  PRIMARY KEY (environment, object, xcart)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS cross_reference_by_sap ON cross_reference (environment, object, sap);
CREATE TABLE IF NOT EXISTS agreed (
  environment TEXT NOT NULL, object TEXT NOT NULL, xcart TEXT NOT NULL, field TEXT NOT NULL, sap TEXT NOT NULL,
  digest TEXT NOT NULL,
  PRIMARY KEY (environment, object, xcart, field)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unmapped (
  environment TEXT NOT NULL, lookup TEXT NOT NULL, key TEXT NOT NULL, wanted TEXT NOT NULL, flow TEXT NOT
  NULL,
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

    def __init__(self, path: Path | None, environment: str, *, patience: float | None = None) -> None:
        """Raises `ConfigurationError` when the file is not ours, not writable, or locked for longer than
        `patience`.
        """
        self.environment = environment
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._database = opened(
                path if path is not None else ":memory:", patience=PATIENCE if patience is None else patience
            )
        except (OSError, sqlite3.Error) as error:
            raise _unusable(path, error) from error
        try:
            self._database.executescript(_SCHEMA)
        except sqlite3.Error as error:
            self._database.close()
            raise _unusable(path, error) from error

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    def link(
        self, thing: str, xcart: str, sap: str, agreed: Mapping[str, str] | None = None
    ) -> CrossReference:
        """Writes a cross reference; a newer one for the same X-Cart number replaces it. `agreed` are digests of
        fields that both systems now have in common.
        """
        self._write(
            "INSERT INTO cross_reference VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET sap = excluded.sap, changed = excluded.changed",
            (self.environment, thing, xcart, sap, _now()),
        )
        if agreed:
            rows = [(self.environment, thing, xcart, name, sap, digest) for name, digest in agreed.items()]
            self._write(
                f"INSERT INTO agreed VALUES {', '.join(['(?, ?, ?, ?, ?, ?)'] * len(rows))} "  # noqa: S608 - marks only
                "ON CONFLICT DO UPDATE SET sap = excluded.sap, digest = excluded.digest",
                tuple(value for row in rows for value in row),
            )
        return CrossReference(thing, xcart, sap)

    def agreed(self, thing: str, xcart: str) -> dict[str, str]:
        """The digest of each field on which both systems last agreed. What was agreed with another number of SAP
        does not count.
        """
        rows = self._read(
            "SELECT field, digest FROM agreed JOIN cross_reference USING (environment, object, xcart, sap) "
            "WHERE environment = ? AND object = ? AND xcart = ?",
            (self.environment, thing, xcart),
        )
        return dict(rows)

    def linked(self, thing: str, side: str, number: str) -> CrossReference:
        """The cross reference of a thing by its number on one side, `xcart` or `sap`."""
        column = {"xcart": "xcart", "sap": "sap"}[side]
        rows = self._read(
            f"SELECT xcart, sap FROM cross_reference WHERE environment = ? AND object = ? AND {column} = ? "  # noqa: S608 - one of two words
            "ORDER BY changed DESC LIMIT 1",
            (self.environment, thing, number),
        )
        return CrossReference(thing, *(rows[0] if rows else (None, None)))

    def references(self, side: str, number: str) -> list[CrossReference]:
        """Everything that has this number on one side, `xcart` or `sap`."""
        column = {"xcart": "xcart", "sap": "sap"}[side]
        rows = self._read(
            f"SELECT object, xcart, sap FROM cross_reference WHERE environment = ? AND {column} = ? ORDER BY object",  # noqa: S608 - one of two words
            (self.environment, number),
        )
        return [CrossReference(*row) for row in rows]

    def remember_unmapped(self, lookup: str, key: str, column: str, flow: str, run: str) -> None:
        """Puts a missing lookup value into the inbox, or counts it once more."""
        now = _now()
        self._write(
            "INSERT INTO unmapped VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1) "
            "ON CONFLICT DO UPDATE SET flow = excluded.flow, run = excluded.run, last_seen = "
            "excluded.last_seen, "
            "times = times + 1",
            (self.environment, lookup, key, column, flow, run, now, now),
        )

    def unmapped(self) -> list[Unmapped]:
        """The inbox, oldest first."""
        rows = self._read(
            "SELECT lookup, key, wanted, flow, run, first_seen, last_seen, times FROM unmapped "
            "WHERE environment = ? ORDER BY first_seen, lookup, key",
            (self.environment,),
        )
        return [Unmapped(*row) for row in rows]

    def forget_unmapped(self, lookup: str, key: str, column: str) -> None:
        """Takes a value out of the inbox, once its row is there."""
        self._write(
            "DELETE FROM unmapped WHERE environment = ? AND lookup = ? AND key = ? AND wanted = ?",
            (self.environment, lookup, key, column),
        )

    def _write(self, statement: str, values: tuple[str, ...]) -> None:
        with _told():
            self._database.execute(statement, values)

    def _read(self, statement: str, values: tuple[str, ...]) -> list[tuple[Any, ...]]:
        with _told():
            return self._database.execute(statement, values).fetchall()


@contextmanager
def _told() -> Iterator[None]:
    """Tells SQLite's errors as those of a run. No connection is named: no remote system is to blame."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise Retryable(
            f"flowrun's own state cannot be used just now: {error}", Cause(code="state")
        ) from error
    except sqlite3.Error as error:
        raise Fatal(f"flowrun's own state is damaged: {error}", Cause(code="state")) from error


def _unusable(path: Path | None, error: OSError | sqlite3.Error) -> ConfigurationError:
    reason = str(error.strerror if isinstance(error, OSError) else error)
    if "locked" in reason:
        cure = "another flowrun is using it; try again when that one is done"
    elif "not a database" in reason or "malformed" in reason or "no such column" in reason:
        cure = "it is not flowrun's, or damaged; move it away and run again: cross references are found anew"
    else:
        cure = "flowrun must be able to write there"
    return ConfigurationError(f"the state file '{path}' cannot be used: {reason}; {cure}")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
