"""Lookup tables: CSV files in `lookups/`, read with every mistake found in them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from flowrun.errors import Position
from flowrun.expressions.tables import Table
from flowrun.language.report import Report


def read_table(name: str, file: str, data: bytes, report: Report) -> Table | None:
    """A table from a CSV file as Excel, LibreOffice or a person writes it: `,` or `;`, with or without a byte order
    mark. The first line names the columns, the first column is the key. None when nothing of it can be used."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        report.add(
            "bad-encoding", "the file is not UTF-8", Position(file, line), "in Excel save it as `CSV UTF-8`"
        )
        return None
    first = text.split("\n", 1)[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            rows.append((reader.line_num, [cell.strip() for cell in row]))
    except csv.Error as error:
        report.add(
            "bad-table",
            f"the line cannot be read: {error}",
            Position(file, reader.line_num),
            "check its quotes",
        )
        return None
    rows = [(line, row) for line, row in rows if any(row)]
    if not rows:
        report.add(
            "empty-table",
            "the table has no line with the names of its columns",
            Position(file),
            "the first line is such as: key,value",
        )
        return None
    header = rows[0][1]
    if not _good_header(header, file, report):
        return None
    return Table(name, header[0], tuple(header[1:]), _rows(header, rows[1:], file, report))


def _good_header(header: list[str], file: str, report: Report) -> bool:
    if len(header) < 2:
        report.add(
            "bad-table",
            "a table needs a key column and at least one value column",
            Position(file),
            "separate them by `,` or `;`",
        )
        return False
    for index, column in enumerate(header):
        if not column:
            report.add("bad-table", f"column {index + 1} has no name", Position(file))
            return False
        if column in header[:index]:
            report.add("bad-table", f"two columns are called `{column}`", Position(file))
            return False
    return True


def _rows(
    header: list[str], rows: list[tuple[int, list[str]]], file: str, report: Report
) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    lines: dict[str, int] = {}
    for line, row in rows:
        if len(row) != len(header):
            report.add(
                "ragged-row",
                f"the line has {len(row)} cells, but there are {len(header)} columns",
                Position(file, line),
                "put quotes around a cell that holds the separator",
            )
            continue
        key = row[0]
        if not key:
            report.add(
                "empty-key",
                f"the cell of `{header[0]}` is empty",
                Position(file, line),
                "give the key, or take the line away",
            )
            continue
        if key in found:
            report.add(
                "duplicate-row",
                f"`{key}` has a second line",
                Position(file, line),
                f"its first is line {lines[key]}; keep one",
            )
            continue
        found[key] = dict(zip(header[1:], row[1:], strict=True))
        lines[key] = line
    return found


def table_files(folder: Path) -> list[Path]:
    """The CSV files of a folder, by name. None when there is no folder."""
    return sorted(folder.glob("*.csv")) if folder.is_dir() else []
