"""A lookup by another column than the first: from a material back to the SKU."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_project import read_small

from flowrun.language.workspace import Workspace

GOODS = "sku,material,unit\nA,M-1,PC\nB,M-2,PC\n"
FLOW = """
flow: back
title: Back to the SKU
inputs: {material: the number in SAP}
steps:
  - id: goods
    transform:
      fields:
        sku: {lookup: goods, by: BY, key: {from: event.material}, missing: null}
        unit: {lookup: goods, by: BY, key: {from: event.material}, column: unit, missing: null}
"""


def found(folder: Path, by: str, goods: str = GOODS) -> Workspace:
    return read_small(
        folder, {"flows/back.yaml": FLOW.replace("BY", by).encode(), "lookups/goods.csv": goods.encode()}
    )


@pytest.mark.parametrize(
    ("material", "given"),
    [
        ("M-2", {"sku": "B", "unit": "PC"}),
        ("M-9", {"sku": None, "unit": None}),
        ("A", {"sku": None, "unit": None}),
    ],
)
def test_a_row_is_found_by_another_column(tmp_path: Path, material: str, given: object) -> None:
    workspace = found(tmp_path, "material")
    assert [str(problem) for problem in workspace.problems] == []
    (step,) = workspace.flows["back"].steps
    instruction = step.kind.decide(workspace.scope({"event": {"material": material}}))
    assert instruction.value == given


@pytest.mark.parametrize(
    ("by", "goods", "told"),
    [
        ("materail", GOODS, "lookups/goods.csv has no column `materail`; did you mean `material`?"),
        ("unit", GOODS, "lookups/goods.csv has `PC` more than once in `unit`, so no row can be found by it"),
    ],
)
def test_a_column_that_finds_no_row_for_sure_is_told(tmp_path: Path, by: str, goods: str, told: str) -> None:
    problems = found(tmp_path, by, goods).problems
    assert [told in str(problem) for problem in problems] == [True, True], problems
