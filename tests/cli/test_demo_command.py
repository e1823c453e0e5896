"""`flowrun demo`: a day of the shop, and both systems asked whether they agree at its end."""

from __future__ import annotations

from pathlib import Path

from running import Run

FIVE = ["orders", "stock", "prices", "customers", "payments"]


def only_orders(project: Path) -> None:
    """Leaves the hand-over of orders, with the flows that it calls, and the reconciliation of orders."""
    for path in (project / "flows").glob("*.yaml"):
        starts = "trigger:" in path.read_text() or path.stem.startswith("reconcile_")
        if starts and path.stem not in ("order_to_sap", "reconcile_orders"):
            path.unlink()
    reconciliation = project / "flows" / "reconcile_orders.yaml"
    reconciliation.write_text(reconciliation.read_text().partition("\nrepair:")[0])


def test_after_a_whole_day_all_five_reconciliations_agree(run: Run, project: Path) -> None:
    table = project / "lookups" / "sku_to_material.csv"
    before = table.read_bytes()
    ran = run("demo", "--output", "json")
    assert ran.code == 0, ran.err
    told = ran.json
    counts = {
        name: told[name] for name in ("orders", "created", "skipped", "rejected", "failed", "duplicates")
    }
    assert counts == {"orders": 20, "created": 18, "skipped": 2, "rejected": 0, "failed": 0, "duplicates": 0}
    assert (told["agree"], told["disagreeing"]) == (True, [])
    assert list(told["reconciliation"]) == FIVE
    for name, found in told["reconciliation"].items():
        assert found.pop("same") > 0, name
        assert found == {"different": 0, "only_xcart": 0, "only_sap": 0}, name
    numbers = [row["sap"] for row in told["rows"] if row["sap"]]
    assert len(set(numbers)) == 18
    reasons = {row["reason"] for row in told["rows"] if not row["sap"]}
    assert reasons == {"not paid yet (Declined)", "not paid yet (Cancelled)"}
    assert table.read_bytes() == before, "what a person adds is added to the demo's copy"
    assert not list((project / ".flowrun").glob("*.db"))
    assert "a person adds what lookups/sku_to_material.csv lacked (LAMP-09 is FG-LAMP-BRASS)" in ran.err


def test_a_person_reads_what_happened_and_the_verdict(run: Run, project: Path) -> None:
    ran = run("demo", "--orders", "2")
    assert ran.code == 0, ran.out + ran.err
    for told in (
        "Morning: orders come in",
        "SAP has made",
        "2 created, 0 skipped, 0 rejected, 0 duplicates",
        "X-Cart and SAP agree.",
    ):
        assert told in ran.out


def test_systems_that_do_not_agree_are_told(run: Run, project: Path) -> None:
    """A flow that loses a piece of every line, and none that would mend it."""
    only_orders(project)
    flow = project / "flows" / "order_to_sap.yaml"
    text = flow.read_text().replace(
        "RequestedQuantity: {from: line.amount, as: quantity}", "RequestedQuantity: {value: 1, as: decimal}"
    )
    flow.write_text(text)
    ran = run("demo", "--orders", "2", "--output", "json")
    assert ran.code == 1
    assert ran.json["disagreeing"]
    assert ran.json["reconciliation"]["orders"]["different"] > 0


def test_a_new_project_shows_what_it_has(run: Run, tmp_path: Path) -> None:
    """It takes no webhooks, has one flow and no reconciliation; its orders are counted in SAP."""
    run("init", tmp_path / "shop")
    ran = run("--project", tmp_path / "shop", "demo", "--orders", "4")
    assert ran.code == 0, ran.out + ran.err
    assert "this project takes no webhooks" in ran.out
    assert "this project has no reconciliation" in ran.out
    assert "4 created, 0 skipped" in ran.out
    assert "X-Cart and SAP agree." in ran.out


def test_a_project_with_mistakes_has_no_demo(run: Run, project: Path) -> None:
    (project / "lookups" / "region.csv").unlink()
    ran = run("demo", "--orders", "1")
    assert (ran.code, ran.out) == (2, "")
    assert "unknown-lookup" in ran.err
