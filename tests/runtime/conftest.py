"""A runner over a system in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_bank import Runner


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    made = Runner(tmp_path)
    yield made
    made.state.close()
