"""Lookup tables: CSV files in `lookups/`, read with every mistake found in them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from flowrun.errors import Position
from flowrun.expressions.tables import Table
from flowrun.language.report import Report

MAX_BYTES = 50_000_000

_Rows = list[tuple[int, list[str]]]


def read_table(name: str, file: str, data: bytes, report: Report) -> Table | None:
    """A table from a CSV file as Excel, LibreOffice or a person writes it: `,` or `;`, with or without a
    byte order mark.

    The first line names the columns, the first column is the key. None when nothing of it can be used.
    """
    text = _decoded(data, file, report)
    rows = _lines(text, file, report) if text is not None else None
    if rows is None:
        return None
    if not rows:
        told = "the table has no line with the names of its columns"
        report.add("empty-table", told, Position(file), "the first line is such as: key,value")
        return None
    line, header = rows[0]
    if not _good_header(header, Position(file, line), report):
        return None
    return Table(name, header[0], tuple(header[1:]), _by_key(header, rows[1:], file, report))


def _decoded(data: bytes, file: str, report: Report) -> str | None:
    if len(data) > MAX_BYTES:
        told = f"the table has {len(data):,} bytes, more than {MAX_BYTES:,}"
        report.add("file-too-large", told, Position(file), "keep only the rows that are needed")
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        place = Position(file, line, column)
        report.add("bad-encoding", "the file is not UTF-8", place, "in Excel save it as `CSV UTF-8`")
        return None


def _lines(text: str, file: str, report: Report) -> _Rows | None:
    """The rows that hold anything, each with the line it begins in."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: _Rows = []
    line = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            told, hint = _in_words(str(error))
            report.add("bad-table", told, Position(file, line), hint)
            return None
        if cells is None:
            return rows
        if any(cell.strip() for cell in cells):
            rows.append((line, [cell.strip() for cell in cells]))
        line = reader.line_num + 1


def _in_words(reason: str) -> tuple[str, str]:
    if "field larger" in reason:
        return "a cell has more than 131,072 characters", "check that its quotes are closed"
    if "NUL" in reason:
        return "the line holds a zero byte", "save the file as CSV, not as a workbook"
    return (
        "the quotes in this line are not closed as they should be",
        'a quote inside quotes is written twice: ""',
    )


def _good_header(header: list[str], at: Position, report: Report) -> bool:
    if len(header) < 2:
        told, hint = "a table needs a key column and at least one value column", "separate them by `,` or `;`"
        report.add("bad-table", told, at, hint)
        return False
    for index, column in enumerate(header):
        if not column:
            report.add("bad-table", f"column {index + 1} has no name", at, "name it, or take the column away")
            return False
        if column in header[:index]:
            report.add("bad-table", f"two columns are called `{column}`", at, "give one of them another name")
            return False
    return True


def _by_key(header: list[str], rows: _Rows, file: str, report: Report) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    lines: dict[str, int] = {}
    for line, row in rows:
        key, at = row[0], Position(file, line)
        if len(row) != len(header):
            told = f"the line has {len(row)} cells, but there are {len(header)} columns"
            report.add("ragged-row", told, at, "put quotes around a cell that holds the separator")
        elif not key:
            told = f"the cell of `{header[0]}` is empty"
            report.add("empty-key", told, at, "give the key, or take the line away")
        elif key in found:
            report.add(
                "duplicate-row", f"`{key}` has a second line", at, f"its first is line {lines[key]}; keep one"
            )
        else:
            found[key] = dict(zip(header[1:], row[1:], strict=True))
            lines[key] = line
    return found


def table_files(folder: Path) -> list[Path]:
    """The CSV files of a folder, by name. None when there is no folder."""
    return sorted(folder.glob("*.csv")) if folder.is_dir() else []
