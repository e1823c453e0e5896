"""The commands that tell what there is: from the components themselves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flowrun.cli.composition import registry
from flowrun.reference.codes import CODES
from flowrun.steps import step_kinds
from running import Control, Run


def test_steps_lists_every_kind_and_tells_all_about_one(run: Run) -> None:
    out = run("steps").out
    for kind in step_kinds():
        assert f"  {kind.name} " in out
        one = run("steps", kind.name)
        assert one.code == 0
        assert "- id: " in one.out


def test_steps_tells_about_a_conversion_and_about_what_is_not_there(run: Run) -> None:
    assert "example:" in run("steps", "decimal_comma").out
    ran = run("steps", "decimal_coma")
    assert (ran.code, ran.out) == (2, "")
    assert "did you mean" in ran.err


def test_connectors_lists_every_operation_and_tells_all_about_one(run: Run) -> None:
    out = run("connectors").out
    for name, connector in registry().connectors.items():
        full = run("connectors", name).out
        for operation in connector.operations():
            assert f"  {operation} " in out
            assert f"{name}.{operation}" in full
            assert run("connectors", f"{name}.{operation}").code == 0
    assert "writes, is never repeated" in run("connectors", "sap.create").out


@pytest.mark.parametrize("name", ["sapp", "sap.upsrt"])
def test_a_connector_that_is_not_there_is_told(run: Run, name: str) -> None:
    ran = run("connectors", name)
    assert ran.code == 2
    assert "did you mean" in ran.err


def test_explain_knows_every_code(run: Run) -> None:
    listed = run("explain").out
    for code in CODES:
        assert f"{code} " in listed
        assert run("explain", code).out.startswith(code)
    ran = run("explain", "unknown-nam")
    assert ran.code == 2
    assert "did you mean `unknown-name`?" in ran.err


def test_schema_is_json_with_this_project_s_operations_and_tables(run: Run, project: Path) -> None:
    schema = json.loads(run("schema").out)
    assert "sap.upsert" in schema["$defs"]["step"]["properties"]
    assert "sku_to_material" in json.dumps(schema)


def test_lookups_check_finds_mistakes_in_tables(run: Run, project: Path) -> None:
    fine = run("lookups", "check")
    assert fine.code == 0
    assert "sku_to_material: 16 rows by sku; material, profit_center, unit" in fine.err
    table = project / "lookups" / "sku_to_material.csv"
    table.write_text(table.read_text() + "MUG-01,SOMETHING-ELSE,YB120,PC\n")
    ran = run("lookups", "check", "-o", "json")
    assert (ran.code, [problem["code"] for problem in ran.json["problems"]]) == (1, ["duplicate-row"])


def test_an_empty_inbox_says_so_and_makes_no_file(run: Run, project: Path) -> None:
    ran = run("lookups", "inbox")
    assert (ran.code, ran.out) == (0, "")
    assert "nothing waits" in ran.err
    assert not (project / ".flowrun" / "state.db").exists()


@pytest.mark.usefixtures("systems")
@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("sap", "API_NO_SUCH_SRV"), 1, "API_NO_SUCH_SRV"),
        (("sap", "../../evil"), 2, "is not the name of a service"),
        (("xcart", "orders"), 2, "has no metadata to pull"),
        (("nowhere", "X"), 2, "no connection 'nowhere'"),
    ],
)
def test_metadata_that_cannot_be_pulled_leaves_everything_as_it_was(
    run: Run, project: Path, sap: Control, arguments: tuple[str, str], code: int, told: str
) -> None:
    kept = {path: path.read_bytes() for path in (project / ".flowrun").rglob("*.xml")}
    connection, service = arguments
    ran = run("metadata", "pull", connection, "API_SALES_ORDER_SRV", service)
    assert ran.code == code, ran.err
    assert told in ran.err
    assert {path: path.read_bytes() for path in (project / ".flowrun").rglob("*.xml")} == kept
