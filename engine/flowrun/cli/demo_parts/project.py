"""The project that the demo runs: a copy of the user's, in which it may add what a person would add."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from flowrun.language.project import FILE

_FOLDERS = ("flows", "lookups", ".flowrun/metadata")
_RETRY = re.compile(r"\b(first|max): *\d+(?:ms|s|m|h)\b")
_SHORT = {"first": "first: 200ms", "max": "max: 2s"}


def copied(project: Path, folder: Path) -> Path:
    """A copy of the project in `folder`. Waits before a repeated attempt are short: patience is not what is
    shown."""
    for name in _FOLDERS:
        if (project / name).is_dir():
            shutil.copytree(project / name, folder / name)
    shutil.copy(project / FILE, folder / FILE)
    for path in (folder / "flows").glob("*.yaml"):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(map(_patient, lines)), encoding="utf-8")
    return folder


def _patient(line: str) -> str:
    return _RETRY.sub(lambda found: _SHORT[found[1]], line) if "retry:" in line else line


def add_row(table: Path, row: Mapping[str, str]) -> None:
    """Adds a row to a lookup table, as a person does in a spreadsheet. Columns it does not name are as in the row
    before."""
    with table.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows([*rows, {**rows[-1], **row}])
