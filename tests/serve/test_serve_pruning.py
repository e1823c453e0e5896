from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flowrun.component import Duration
from flowrun.component.settings import Retention
from flowrun.runtime.journal import store
from flowrun.runtime.journal.file import JournalFile
from flowrun.serve import pruning

pytestmark = pytest.mark.anyio

DAY = 86_400.0
NOW = time.time()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[JournalFile]:
    file = JournalFile(tmp_path / "journal.db")
    yield file
    file.close()


def ended(journal: JournalFile, status: str, days: float) -> str:
    name = f"{status}-{days}"

    def write(db: object) -> None:
        new = store.NewRun(name, "f", "1", None, "k", None, False, b"{}", NOW)
        store.accept(db, new)  # type: ignore[arg-type]
        store.change(db, name, NOW - days * DAY, status=status)  # type: ignore[arg-type]

    journal.write_now(write)
    return name


async def test_what_has_ended_goes_when_its_time_is_over_and_what_is_open_never(
    journal: JournalFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "SLICE", 2)
    for status in ("done", "skipped", "dead", "resolved", "cancelled", "parked", "waiting"):
        for days in (20, 40, 400):
            ended(journal, status, days)
    gone = await pruning.prune(
        journal, Retention(done=Duration(30 * DAY), dead=Duration(365 * DAY)), lambda: NOW
    )
    with journal.reading() as db:
        left = {row["id"] for row in db.execute("SELECT id FROM run")}
    assert gone == 7
    assert left == {
        *("done-20", "skipped-20"),
        *(f"{status}-{days}" for status in ("dead", "resolved", "cancelled") for days in (20, 40)),
        *(f"{status}-{days}" for status in ("parked", "waiting") for days in (20, 40, 400)),
    }
