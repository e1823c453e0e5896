"""`flowrun init`: a new project that validates and runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from read_back import orders
from running import Control, Run


@pytest.fixture
def fresh(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    ran = run("init", "shop")
    assert ran.code == 0
    assert (tmp_path / "shop" / ".gitignore").is_file()
    assert "shop/flowrun.yaml" in ran.out.splitlines()
    monkeypatch.chdir(tmp_path / "shop")
    return tmp_path / "shop"


def test_a_new_project_validates(run: Run, fresh: Path) -> None:
    ran = run("validate")
    assert ran.code == 0, ran.out


def test_a_new_project_runs_in_the_sandbox(run: Run, fresh: Path, systems: None, sap: Control) -> None:
    ran = run("run", "order_to_sap", "-e", "events/order_placed.json", "-o", "json")
    assert (ran.code, ran.json["status"]) == (0, "done"), ran.out
    assert len(orders(sap, "1042")) == 1


def test_a_new_project_takes_metadata_and_then_checks_every_field(
    run: Run, fresh: Path, systems: None
) -> None:
    pulled = run("metadata", "pull", "sap", "API_SALES_ORDER_SRV")
    assert (pulled.code, pulled.out) == (0, ".flowrun/metadata/sap/API_SALES_ORDER_SRV.xml\n")
    flow = fresh / "flows" / "order_to_sap.yaml"
    flow.write_text(flow.read_text().replace("# target: ", "target: "))
    assert run("validate").code == 0
    flow.write_text(flow.read_text().replace("SoldToParty: {", "SoldToPary: {"))
    ran = run("validate", "-o", "json")
    assert [(problem["code"], "SoldToParty" in problem["help"]) for problem in ran.json["problems"]] == [
        ("unknown-field", True)
    ]


def test_nothing_that_is_there_is_overwritten(run: Run, fresh: Path) -> None:
    (fresh / "flowrun.yaml").write_text("project: mine\n")
    ran = run("init")
    assert ran.code == 2
    assert "is already there" in ran.err
    assert (fresh / "flowrun.yaml").read_text() == "project: mine\n"


def test_a_folder_that_cannot_be_made_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    ran = run("init", tmp_path / "taken" / "shop")
    assert ran.code == 2
    assert "taken" in ran.err
