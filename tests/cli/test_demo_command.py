"""`flowrun demo`: a day of the shop, and both systems asked whether they agree."""

from __future__ import annotations

from pathlib import Path

from running import Run


def test_the_first_twenty_orders_end_as_they_should(run: Run, project: Path) -> None:
    ran = run("demo", "--output", "json")
    assert ran.code == 0, ran.err
    told = ran.json
    counts = {
        name: told[name] for name in ("orders", "created", "skipped", "rejected", "duplicates", "agree")
    }
    assert counts == {
        "orders": 20, "created": 14, "skipped": 4, "rejected": 2, "duplicates": 0, "agree": True,
    }  # fmt: skip
    numbers = [row["sap"] for row in told["rows"] if row["sap"]]
    assert len(set(numbers)) == 14
    reasons = {row["reason"] for row in told["rows"] if not row["sap"]}
    assert "not paid yet (Declined)" in reasons
    assert "lookups/sku_to_material.csv has no material for 'LAMP-09' yet" in reasons
    (waiting,) = [row for row in told["rows"] if row["waits"]]
    assert (waiting["status"], waiting["sap"]) == ("rejected", None)
    assert any(reason.startswith("Material HW-XMAS-24 does not exist") for reason in reasons)
    assert not list((project / ".flowrun").glob("state*"))


def test_a_person_sees_a_table_and_the_verdict(run: Run, project: Path) -> None:
    ran = run("demo", "--orders", "2")
    assert ran.code == 0
    assert "1046" in ran.out
    assert "2 created, 0 skipped, 0 rejected, 0 duplicates" in ran.out
    assert "X-Cart and SAP agree." in ran.out


def test_systems_that_do_not_agree_are_told(run: Run, project: Path) -> None:
    """A flow that loses a piece of every line: the demo must not be content with SAP's having an order."""
    flow = project / "flows" / "order_to_sap.yaml"
    text = flow.read_text().replace(
        "RequestedQuantity: {from: line.amount, as: quantity}", "RequestedQuantity: {value: 1, as: decimal}"
    )
    flow.write_text(text)
    ran = run("demo", "--orders", "2", "--output", "json")
    assert ran.code == 1
    assert ran.json["disagreeing"]


def test_a_project_with_mistakes_has_no_demo(run: Run, project: Path) -> None:
    (project / "lookups" / "region.csv").unlink()
    ran = run("demo", "--orders", "1")
    assert (ran.code, ran.out) == (2, "")
    assert "unknown-lookup" in ran.err
