"""One file, one writer, many who wait for the same commit."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from flowrun.errors import ConfigurationError
from flowrun.runtime.journal.file import VERSION, JournalError, JournalFile


def _cursor(name: str, value: str = "x") -> object:
    def work(db: sqlite3.Connection) -> str:
        db.execute("INSERT INTO cursor VALUES (?, ?, 0)", (name, value))
        return name

    return work


def _names(path: Path) -> list[str]:
    with sqlite3.connect(path) as db:
        found = [row[0] for row in db.execute("SELECT name FROM cursor ORDER BY name")]
    db.close()
    return found


def test_a_write_returns_when_another_process_can_read_it(tmp_path: Path) -> None:
    journal = JournalFile(tmp_path / "journal.db")
    asyncio.run(journal.write(_cursor("a")))
    assert _names(tmp_path / "journal.db") == ["a"]
    journal.close()


def test_many_writers_share_a_few_commits(tmp_path: Path) -> None:
    async def write_many() -> int:
        journal = JournalFile(tmp_path / "journal.db")
        before = journal._connection.execute("PRAGMA data_version").fetchone()
        other = sqlite3.connect(tmp_path / "journal.db")
        seen = {other.execute("PRAGMA data_version").fetchone()[0]}
        tasks = [asyncio.create_task(journal.write(_cursor(f"n{n:04}"))) for n in range(1000)]
        while not all(task.done() for task in tasks):
            seen.add(other.execute("PRAGMA data_version").fetchone()[0])
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)
        other.close()
        journal.close()
        assert before
        return len(seen)

    commits = asyncio.run(write_many())
    assert len(_names(tmp_path / "journal.db")) == 1000
    assert commits < 200


def test_one_that_fails_by_itself_takes_nobody_with_it(tmp_path: Path) -> None:
    async def both() -> list[object]:
        journal = JournalFile(tmp_path / "journal.db")
        await journal.write(_cursor("there"))
        outcomes = await asyncio.gather(
            journal.write(_cursor("there")), journal.write(_cursor("new")), return_exceptions=True
        )
        journal.close()
        return outcomes

    refused, kept = asyncio.run(both())
    assert isinstance(refused, sqlite3.IntegrityError)
    assert kept == "new"
    assert _names(tmp_path / "journal.db") == ["new", "there"]


def test_a_full_disk_is_told_and_loses_nothing_that_was_accepted(tmp_path: Path) -> None:
    async def fill() -> tuple[int, JournalFile]:
        journal = JournalFile(tmp_path / "journal.db")
        pages = journal._connection.execute("PRAGMA page_count").fetchone()[0]
        journal._connection.execute(f"PRAGMA max_page_count = {pages + 20}")
        writes = (journal.write(_cursor(f"n{number:04}", "x" * 1000)) for number in range(1000))
        kept = 0
        refused = None
        for write in writes:
            try:
                await write
            except JournalError as error:
                refused = error
                break
            kept += 1
        assert "full" in str(refused)
        journal._connection.execute(f"PRAGMA max_page_count = {pages + 2000}")
        await journal.write(_cursor("later"))
        return kept, journal

    kept, journal = asyncio.run(fill())
    assert kept > 0
    assert len(_names(tmp_path / "journal.db")) == kept + 1
    journal.close()


def test_a_newer_journal_is_refused_before_it_is_touched(tmp_path: Path) -> None:
    JournalFile(tmp_path / "journal.db").close()
    with sqlite3.connect(tmp_path / "journal.db") as db:
        db.execute("UPDATE meta SET value = ? WHERE name = 'version'", (str(VERSION + 1),))
    db.close()
    with pytest.raises(ConfigurationError, match="newer flowrun"):
        JournalFile(tmp_path / "journal.db")


def test_a_file_that_is_no_journal_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_bytes(b"this is not a database, it is a shopping list" * 100)
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        JournalFile(tmp_path / "journal.db")


def test_closing_twice_is_fine_and_writing_after_it_is_refused(tmp_path: Path) -> None:
    journal = JournalFile(tmp_path / "journal.db")
    journal.close()
    journal.close()
    with pytest.raises(JournalError, match="closed"):
        asyncio.run(journal.write(_cursor("a")))


def test_it_sees_that_another_process_has_written(tmp_path: Path) -> None:
    journal, other = JournalFile(tmp_path / "journal.db"), JournalFile(tmp_path / "journal.db")
    before = journal.changes()
    other.write_now(_cursor("a"))
    assert journal.changes() != before
    journal.close()
    other.close()
