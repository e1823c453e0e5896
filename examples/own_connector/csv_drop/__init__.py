"""Connector: CSV files in a folder, as warehouses take them."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from flowrun.component import Config, Connector, field, operation
from flowrun.errors import Cause, Fatal, Rejected
from flowrun.expressions.shapes import ANYTHING, BOOLEAN, INTEGER, Many, record


class CsvDropConfig(Config):
    """Where the files are."""

    folder: str = field(description="The folder the files are in.", examples=["drop"])


class File(Config):
    """One file of the folder."""

    file: str = field(description="The file's name without `.csv`.", examples=["pick_list"], constant=True)


class Row(File):
    """One row for a file."""

    key: str = field(description="The column that tells rows apart.", examples=["order"], constant=True)
    row: Mapping[str, Any] = field(description="The cells by the names of their columns.")


class CsvDrop(Connector[CsvDropConfig]):
    """Appends rows to CSV files in a folder, and reads them.

    A file is made with its first row, whose columns it keeps.
    """

    name = "csv_drop"
    Config = CsvDropConfig
    example = """
    connections:
      warehouse:
        csv_drop: {folder: drop}
    """

    @operation(reads=True, returns=Many(ANYTHING))
    async def rows(self, request: File) -> list[dict[str, str]]:
        """Reads all rows of a file; none when there is no such file."""
        path = self._path(request.file)
        try:
            with path.open(newline="", encoding="utf-8") as file:
                return list(csv.DictReader(file))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._unusable(path, error) from error

    @operation(repeatable=True, returns=record("answer", added=BOOLEAN, rows=INTEGER))
    async def append(self, request: Row) -> dict[str, Any]:
        """Adds a row, unless one with the same key is there."""
        there = await self.rows(File(file=request.file))
        cells = {name: "" if value is None else str(value) for name, value in request.row.items()}
        if request.key not in cells:
            raise Rejected(
                f"{self.connection}: the row has no `{request.key}`, which is its key",
                Cause("bad-parameter", target=request.key, connection=self.connection),
            )
        if any(row.get(request.key) == cells[request.key] for row in there):
            return {"added": False, "rows": len(there)}
        path = self._path(request.file)
        self._announce(path, cells)
        self._write(path, cells, first=not there)
        return {"added": True, "rows": len(there) + 1}

    def pretend(self, operation_name: str, parameters: Mapping[str, Any]) -> Any:
        """What `append` answers in a dry-run, in the shape that steps after it rely on."""
        return {"added": True, "rows": None}

    def _announce(self, path: Path, cells: Mapping[str, str]) -> None:
        """Whatever writes is shown to the guard first, which stops it in a dry-run; here a file stands for a URL."""
        if self.surroundings.guard is not None:
            body = json.dumps(cells).encode()
            self.surroundings.guard(httpx.Request("POST", path.resolve().as_uri(), content=body))

    def _write(self, path: Path, cells: Mapping[str, str], *, first: bool) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, list(cells))
                if first:
                    writer.writeheader()
                writer.writerow(cells)
        except OSError as error:
            raise self._unusable(path, error) from error

    def _path(self, name: str) -> Path:
        if Path(name).name != name:
            raise Rejected(
                f"{self.connection}: '{name}' is no name of a file in the folder",
                Cause("bad-parameter", target="file", connection=self.connection),
            )
        return Path(self.config.folder) / f"{name}.csv"

    def _unusable(self, path: Path, error: OSError) -> Fatal:
        cause = Cause("unusable-file", connection=self.connection)
        return Fatal(f"{self.connection}: {path} cannot be used: {error.strerror}", cause)
