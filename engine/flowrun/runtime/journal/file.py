"""The journal's file: one SQLite database, one thread that writes, many who wait for the same commit."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from flowrun.errors import ConfigurationError, FlowrunError
from flowrun.runtime.sqlite import opened

VERSION = 2
MIGRATIONS: dict[int, str] = {2: "ALTER TABLE effect ADD COLUMN turned INTEGER NOT NULL DEFAULT 0"}
"""SQL that brings a journal from the version before to this one."""

_LARGEST_GROUP = 2000
T = TypeVar("T")
Work = Callable[[sqlite3.Connection], Any]


class JournalError(FlowrunError):
    """Something could not be written down, so it must not be taken as accepted: the disk is full, the file is gone."""


@dataclass(slots=True)
class _Item:
    work: Work
    done: Callable[[Any, BaseException | None], None]


class JournalFile:
    """Writes through `write`, which returns only when what was written is on the disk. Reads through `reading`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = _connected(path)
        _prepared(self._connection, path)
        self._reader = _connected(path)
        self._reader.execute("PRAGMA query_only = ON")
        self._items: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._write_all, name="journal", daemon=True)
        self._thread.start()

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Runs `work` in the next group and waits for its commit. Raises `JournalError` when it cannot be kept."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def settle(result: Any, error: BaseException | None) -> None:
            if future.cancelled():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)

        def done(result: Any, error: BaseException | None) -> None:
            loop.call_soon_threadsafe(settle, result, error)

        self._put(_Item(work, done))
        return await future

    def write_now(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """The same for callers without an event loop; blocks until the commit."""
        arrived = threading.Event()
        outcome: list[Any] = []

        def done(result: Any, error: BaseException | None) -> None:
            outcome.extend((result, error))
            arrived.set()

        self._put(_Item(work, done))
        arrived.wait()
        result, error = outcome
        if error is not None:
            raise error
        value: T = result
        return value

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that reads what is committed. For the thread of the event loop, and for short questions."""
        yield self._reader

    def changes(self) -> int:
        """A number that moves when another process has written."""
        return int(self._connection_version())

    def close(self) -> None:
        """Writes what is still waiting and closes the file. Twice is fine."""
        if self._closed:
            return
        self._closed = True
        self._items.put(None)
        self._thread.join()
        self._reader.close()
        self._connection.close()

    def _connection_version(self) -> Any:
        return self._reader.execute("PRAGMA data_version").fetchone()[0]

    def _put(self, item: _Item) -> None:
        if self._closed:
            raise JournalError("the journal is closed")
        self._items.put(item)

    # --- the writer thread ---------------------------------------------------------------------------------------

    def _write_all(self) -> None:
        while True:
            first = self._items.get()
            if first is None:
                return
            group, last = self._group(first)
            self._commit(group)
            if last:
                return

    def _group(self, first: _Item) -> tuple[list[_Item], bool]:
        group = [first]
        while len(group) < _LARGEST_GROUP:
            try:
                item = self._items.get_nowait()
            except queue.Empty:
                return group, False
            if item is None:
                return group, True
            group.append(item)
        return group, False

    def _commit(self, group: list[_Item]) -> None:
        outcomes: list[tuple[Any, BaseException | None]] = []
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for item in group:
                outcomes.append(self._one(item))  # noqa: PERF401 - an exception must find the ones before it
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            refused = JournalError(f"the journal {self.path} cannot be written: {error}")
            refused.__cause__ = error
            outcomes = [(None, refused)] * len(group)
        for item, (result, problem) in zip(group, outcomes, strict=True):
            item.done(result, problem)

    def _one(self, item: _Item) -> tuple[Any, BaseException | None]:
        """One piece of work. When it fails by itself, the others of its group are kept."""
        self._connection.execute("SAVEPOINT one")
        try:
            result = item.work(self._connection)
        except sqlite3.OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 - it is handed to whoever asked
            self._connection.execute("ROLLBACK TO one")
            self._connection.execute("RELEASE one")
            return None, error
        self._connection.execute("RELEASE one")
        return result, None


def _connected(path: Path) -> sqlite3.Connection:
    try:
        connection = opened(path, patience=30, any_thread=True)
    except sqlite3.DatabaseError as error:
        raise ConfigurationError(
            f"the journal {path} cannot be opened: {error}; move it away to begin a new one"
        ) from error
    connection.row_factory = sqlite3.Row
    return connection


def _prepared(connection: sqlite3.Connection, path: Path) -> None:
    """Makes the tables, or brings an older journal up to date. A newer one is refused before it is touched."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        there = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone()
        if there is None:
            for statement in (
                files("flowrun.runtime.journal")
                .joinpath("schema.sql")
                .read_text(encoding="utf-8")
                .split(";\n")
            ):
                if statement.strip():
                    connection.execute(statement)
            connection.execute("INSERT INTO meta VALUES ('version', ?)", (str(VERSION),))
        else:
            _migrated(connection, path)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _migrated(connection: sqlite3.Connection, path: Path) -> None:
    version = int(connection.execute("SELECT value FROM meta WHERE name = 'version'").fetchone()[0])
    if version > VERSION:
        raise ConfigurationError(
            f"the journal {path} was written by a newer flowrun (version {version}, this one knows {VERSION}); "
            f"install that flowrun again, or move the journal away to begin a new one"
        )
    for step in range(version + 1, VERSION + 1):
        _executed(connection, MIGRATIONS[step])
    connection.execute("UPDATE meta SET value = ? WHERE name = 'version'", (str(VERSION),))


def _executed(connection: sqlite3.Connection, script: str) -> None:
    """Each statement of a script inside the open transaction; `executescript` would commit it first."""
    for statement in script.split(";\n"):
        if statement.strip():
            connection.execute(statement)
