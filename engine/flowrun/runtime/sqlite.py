"""How flowrun opens its SQLite files: durable, and ready for a second process beside it."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path


def opened(path: Path | str, *, patience: float, any_thread: bool = False) -> sqlite3.Connection:
    """A connection in write-ahead mode whose commits are on the disk when they return.

    Waits up to `patience` seconds for other processes. Raises `sqlite3.Error` when the file is no database, or stays
    locked.
    """
    connection = sqlite3.connect(
        path, timeout=patience, isolation_level=None, check_same_thread=not any_thread
    )
    try:
        _write_ahead(connection, time.monotonic() + patience)
        connection.execute("PRAGMA synchronous = FULL")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection, deadline: float) -> None:
    """Two processes that open a new file at once both want to switch it; SQLite's own patience does not cover that."""
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
