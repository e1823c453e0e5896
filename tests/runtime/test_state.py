"""What flowrun keeps between runs."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from flowrun.errors import ConfigurationError, Retryable
from flowrun.runtime.state import State


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / ".flowrun" / "state.db"


def test_cross_references_are_there_after_a_restart_and_belong_to_one_environment(file: Path) -> None:
    here = State(file, "sandbox")
    here.link("order", "1042", "77")
    here.link("order", "1042", "78")
    here.close()
    again, other = State(file, "sandbox"), State(file, "production")
    assert again.linked("order", "xcart", "1042").sap == "78"  # the newer one counts
    assert again.linked("order", "sap", "78").xcart == "1042"
    assert other.linked("order", "xcart", "1042").sap is None
    again.close()
    other.close()


def test_the_inbox_counts_and_forgets(file: Path) -> None:
    state = State(file, "sandbox")
    for run in ("r1", "r2"):
        state.remember_unmapped("skus", "X", "material", "main", run)
    (entry,) = state.unmapped()
    assert (entry.times, entry.run) == (2, "r2")
    assert entry.first_seen <= entry.last_seen
    state.forget_unmapped("skus", "X", "material")
    assert state.unmapped() == []
    state.close()


WRITER = """
import sys
from pathlib import Path
from flowrun.runtime.state import State
state = State(Path(sys.argv[1]), "sandbox")
for number in range(100):
    state.link("order", f"{sys.argv[2]}-{number}", str(number))
    state.remember_unmapped("skus", "X", "material", "main", "r")
state.close()
"""


def test_two_processes_write_at_once_and_nothing_is_lost(file: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(file), name]) for name in ("a", "b")]
    assert [writer.wait(timeout=30) for writer in writers] == [0, 0]
    state = State(file, "sandbox")
    assert all(state.linked("order", "xcart", f"{name}-{n}").sap for name in ("a", "b") for n in range(100))
    assert [entry.times for entry in state.unmapped()] == [200]
    state.close()


def garbage(file: Path) -> None:
    file.write_bytes(b"this is no database" * 100)


def a_folder(file: Path) -> None:
    file.mkdir()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [(garbage, "is not a database; it is not flowrun's"), (a_folder, "flowrun must be able to write there")],
)
def test_a_file_that_cannot_be_used_is_told_with_its_cure(
    file: Path, spoil: Callable[[Path], None], told: str
) -> None:
    file.parent.mkdir()
    spoil(file)
    with pytest.raises(ConfigurationError, match=told):
        State(file, "sandbox")


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / ".flowrun").write_text("a file where the folder should be")
    with pytest.raises(ConfigurationError, match="cannot be used"):
        State(tmp_path / ".flowrun" / "state.db", "sandbox")


def test_a_file_that_another_holds_is_waited_for_and_then_told(file: Path) -> None:
    state = State(file, "sandbox", patience=0.05)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Retryable, match="locked"):
        state.link("order", "1", "2")
    other.execute("ROLLBACK")
    other.close()
    assert state.link("order", "1", "2").sap == "2"
    state.close()
