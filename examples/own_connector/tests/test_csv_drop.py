"""The contract that every connector keeps, for one that writes files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest
from csv_drop import CsvDrop

from flowrun.testing import ConnectorContract, Sample


class TestCsvDrop(ConnectorContract):
    """Without HTTP: what a write changes is the folder."""

    connector = CsvDrop
    speaks_http = False
    samples: ClassVar[Mapping[str, Sample]] = {
        "rows": Sample({"file": "pick_list"}),
        "append": Sample({"file": "pick_list", "key": "order", "row": {"order": "1042", "amount": "2"}}),
    }

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def settings(self, url: str) -> Mapping[str, Any]:
        """A folder of this test."""
        return {"folder": str(self.folder)}

    def effects(self) -> Mapping[str, str]:
        """The files and what is in them."""
        return {file.name: file.read_text(encoding="utf-8") for file in self.folder.glob("*.csv")}
