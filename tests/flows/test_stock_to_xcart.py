"""`stock_to_xcart` against both systems: a material document changes the stock of what it moved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stock_stage import Flows, Warehouse, flows_in, flows_of, on_shelf, stock_project

from flowrun_sandbox import Sandbox
from running import Control

MUG, TEA = "FG-GIFTSET-MUG", "HW-TEA-EGREY"


@pytest.fixture(scope="module")
def flows(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flows]:
    with flows_in(sandbox, tmp_path_factory) as found:
        yield found


@pytest.fixture
def warehouse(flows: Flows, sap: Control) -> Warehouse:
    return Warehouse(flows, sap)


def moved(document: dict[str, Any]) -> dict[str, Any]:
    return {name: document[name] for name in ("MaterialDocumentYear", "MaterialDocument")}


def test_a_receipt_is_for_sale_at_once(flows: Flows, shop: Control, warehouse: Warehouse) -> None:
    shop.order(lines=[{"sku": "MUG-01", "amount": 3}], payment_status="Q")
    ran = flows.run("stock_to_xcart", moved(warehouse.move(MUG, 20, "501")))
    assert ran.results["first"]["changed"] == 1
    assert on_shelf(shop)["MUG-01"] == 60 + 20 - 3 - 1
    assert len(shop.asked("PUT")) == 1


def test_the_same_document_again_writes_nothing(flows: Flows, shop: Control, warehouse: Warehouse) -> None:
    document = moved(warehouse.move(MUG, 20, "501"))
    first, second = flows.run("stock_to_xcart", document), flows.run("stock_to_xcart", document)
    assert [ran.results["first"]["changed"] for ran in (first, second)] == [1, 0]
    assert len(shop.asked("PUT")) == 1


def test_documents_may_come_late_and_in_any_order(flows: Flows, shop: Control, warehouse: Warehouse) -> None:
    documents = [
        moved(warehouse.move(MUG, pieces, kind)) for pieces, kind in ((20, "501"), (15, "551"), (4, "501"))
    ]
    for document in reversed(documents):
        flows.run("stock_to_xcart", document)
        assert on_shelf(shop)["MUG-01"] == 60 + 20 - 15 + 4 - 1  # the stock is read anew, never added up
    assert len(shop.asked("PUT")) == 1


def test_a_goods_issue_of_the_shop_s_own_order_changes_nothing(
    flows: Flows, shop: Control, warehouse: Warehouse, sap: Control
) -> None:
    flows.run("stock_to_xcart_nightly")
    placed = shop.order(lines=[{"sku": "MUG-01", "amount": 5}, {"sku": "TEA-250", "amount": 2}])
    before, written = on_shelf(shop), len(shop.asked("PUT"))
    order = warehouse.order(f"XC-{placed['order_number']}", {MUG: 5, TEA: 2})
    warehouse.fulfil(order, "goods_issue")
    (issue,) = flows.ask(
        "sap",
        "list",
        service="API_MATERIAL_DOCUMENT_SRV",
        entity="A_MaterialDocumentItem",
        where={"SalesOrder": order, "Material": MUG},
    )
    ran = flows.run("stock_to_xcart", moved(issue))
    assert (ran.results["first"]["changed"], ran.results["first"]["unchanged"]) == (0, 2)
    assert (on_shelf(shop), len(shop.asked("PUT"))) == (before, written)


def test_what_the_shop_does_not_sell_is_skipped(
    shop: Control, warehouse: Warehouse, systems: None, tmp_path: Path
) -> None:
    project = stock_project(tmp_path)
    table = project / "lookups" / "sku_to_material.csv"
    table.write_text(table.read_text().replace(MUG, "SOMETHING-ELSE"))
    with flows_of(project) as changed:
        ran = changed.run("stock_to_xcart", moved(warehouse.move(MUG, 5, "501")))
    assert ran.status == "skipped"
    assert shop.get("/_sandbox/requests").json() == []


def test_a_sku_that_the_shop_does_not_have_any_more_stops_nothing(
    shop: Control, warehouse: Warehouse, systems: None, tmp_path: Path
) -> None:
    project = stock_project(tmp_path)
    table = project / "lookups" / "sku_to_material.csv"
    table.write_text(table.read_text().replace("MUG-01,", "MUG-GONE,"))
    with flows_of(project) as changed:
        ran = changed.run("stock_to_xcart", moved(warehouse.move(MUG, 5, "501")))
    assert ran.results["first"]["changed"] == 0
    assert on_shelf(shop)["MUG-01"] == 60


def test_a_variant_that_is_moved_is_written(flows: Flows, shop: Control, warehouse: Warehouse) -> None:
    flows.run("stock_to_xcart", moved(warehouse.move("FG-TSHIRT-BLK-M", 7, "501")))
    assert on_shelf(shop)["TS-BLK-M"] == 18 + 7 - 2


def test_the_poll_finds_the_documents_of_the_day(flows: Flows, warehouse: Warehouse) -> None:
    made = warehouse.move(MUG, 5, "501")
    since = f"{made['CreationDate']}T00:10:00Z"
    assert moved(made) in [moved(row) for row in flows.polled("stock_to_xcart", since)]
