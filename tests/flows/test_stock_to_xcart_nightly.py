"""`stock_to_xcart_nightly` against both systems: what the shop has for sale is what can really be sold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from stock_stage import Flows, Warehouse, flows_in, flows_of, on_shelf, stock_project

from flowrun_sandbox import Sandbox
from running import Control

pytestmark = pytest.mark.usefixtures("systems")
MUG, TEA = "FG-GIFTSET-MUG", "HW-TEA-EGREY"


@pytest.fixture(scope="module")
def flows(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flows]:
    with flows_in(sandbox, tmp_path_factory) as found:
        yield found


@pytest.fixture
def warehouse(flows: Flows, sap: Control) -> Warehouse:
    return Warehouse(flows, sap)


def nightly(flows: Flows) -> None:
    assert flows.run("stock_to_xcart_nightly").status == "done"


def mugs(shop: Control) -> int:
    return on_shelf(shop)["MUG-01"]


def test_the_shop_has_what_sap_has_less_what_its_own_orders_hold(
    flows: Flows, shop: Control, warehouse: Warehouse
) -> None:
    shop.order(lines=[{"sku": "MUG-01", "amount": 4}], payment_status="Q")  # unpaid: SAP does not know of it
    shop.order(lines=[{"sku": "MUG-01", "amount": 2}])
    warehouse.move(MUG, 40, "501")
    warehouse.move(MUG, 10, "501", plant="1710", place="171A")  # that plant does not count
    nightly(flows)
    assert mugs(shop) == 60 + 40 - 4 - 2 - 1  # one is held by the order that the shop began with


def test_a_second_run_writes_nothing(flows: Flows, shop: Control) -> None:
    nightly(flows)
    written = len(shop.asked("PUT"))
    nightly(flows)
    assert written > 0
    assert len(shop.asked("PUT")) == written


def test_no_step_on_the_way_of_an_order_changes_what_is_for_sale(
    flows: Flows, shop: Control, warehouse: Warehouse
) -> None:
    nightly(flows)
    before = mugs(shop)
    placed = shop.order(lines=[{"sku": "MUG-01", "amount": 5}])
    assert mugs(shop) == before - 5
    seen = []
    order = ""
    for step in ("in the shop", "handed over", "delivery", "goods_issue", "shipped"):
        if step == "handed over":
            order = warehouse.order(f"XC-{placed['order_number']}", {MUG: 5})
        elif step in ("delivery", "goods_issue"):
            warehouse.fulfil(order, step)
        elif step == "shipped":
            shop.post(f"/_sandbox/orders/{placed['id']}/ship", json={}).raise_for_status()
        nightly(flows)
        seen.append((step, mugs(shop)))
    assert seen == [(step, before - 5) for step, _ in seen]
    assert warehouse.pieces(MUG) == 60 - 5


def test_an_order_of_another_channel_is_not_sold_again(
    flows: Flows, shop: Control, warehouse: Warehouse
) -> None:
    nightly(flows)
    before = mugs(shop)
    order = warehouse.order("PHONE-1", {MUG: 7})
    nightly(flows)
    assert mugs(shop) == before - 7
    warehouse.reject(order)
    nightly(flows)
    assert mugs(shop) == before


def test_an_order_of_a_plant_that_does_not_count_takes_nothing(
    flows: Flows, shop: Control, warehouse: Warehouse
) -> None:
    nightly(flows)
    before = mugs(shop)
    warehouse.order("PHONE-1", {MUG: 7}, ProductionPlant="1710")
    nightly(flows)
    assert mugs(shop) == before


def test_what_sap_rejected_is_held_until_the_shop_cancels(
    flows: Flows, shop: Control, warehouse: Warehouse
) -> None:
    nightly(flows)
    before = mugs(shop)
    placed = shop.order(lines=[{"sku": "MUG-01", "amount": 5}])
    order = warehouse.order(f"XC-{placed['order_number']}", {MUG: 5})
    warehouse.reject(order)
    nightly(flows)
    assert mugs(shop) == before - 5  # else the shop's own return to stock would add the five twice
    shop.post(f"/_sandbox/orders/{placed['id']}/cancel", json={}).raise_for_status()
    assert mugs(shop) == before
    nightly(flows)
    assert mugs(shop) == before


def test_what_the_shop_cancelled_is_held_until_sap_rejects(
    flows: Flows, shop: Control, warehouse: Warehouse
) -> None:
    nightly(flows)
    before = mugs(shop)
    placed = shop.order(lines=[{"sku": "MUG-01", "amount": 5}])
    order = warehouse.order(f"XC-{placed['order_number']}", {MUG: 5})
    shop.post(f"/_sandbox/orders/{placed['id']}/cancel", json={}).raise_for_status()
    nightly(flows)
    assert mugs(shop) == before - 5
    warehouse.reject(order)
    nightly(flows)
    assert mugs(shop) == before


def test_pieces_added_to_an_order_after_its_hand_over_are_held_too(
    flows: Flows, shop: Control, warehouse: Warehouse
) -> None:
    nightly(flows)
    before = mugs(shop)
    placed = shop.order(lines=[{"sku": "MUG-01", "amount": 1}])
    warehouse.order(f"XC-{placed['order_number']}", {MUG: 1})
    edit = {"lines": [{"sku": "MUG-01", "amount": 3}]}
    shop.post(f"/_sandbox/orders/{placed['id']}/edit", json=edit).raise_for_status()
    nightly(flows)
    assert mugs(shop) == before - 3


def test_out_of_stock_is_written_and_less_than_nothing_is_nothing(
    flows: Flows, shop: Control, warehouse: Warehouse
) -> None:
    for place, pieces in (("101A", 227), ("101B", 113)):  # all of it
        warehouse.move(TEA, pieces, "551", place=place)
    shop.order(lines=[{"sku": "MUG-01", "amount": 3}])
    warehouse.move(MUG, 40, "551")
    warehouse.order("PHONE-1", {MUG: 30})  # more than there is
    nightly(flows)
    stock = on_shelf(shop)
    assert (stock["TEA-250"], stock["MUG-01"]) == (0, 0)


def test_variants_have_stocks_of_their_own_with_or_without_a_sku(
    flows: Flows, shop: Control, warehouse: Warehouse
) -> None:
    warehouse.move("FG-TSHIRT-BLK-M", 7, "501")
    warehouse.move("FG-HOODIE-GRY", 4, "501")  # sold as the variant that has only its product's SKU
    before = on_shelf(shop)
    nightly(flows)
    after = on_shelf(shop)
    assert after["TS-BLK-M"] == 18 + 7 - 2  # two are held by the order that the shop began with
    assert {sku: after[sku] - before[sku] for sku in ("TS-BLK-S", "TS-BLK-L", "HD-GRY-M", "HD-GRY")} == {
        "TS-BLK-S": 0,
        "TS-BLK-L": 0,
        "HD-GRY-M": 0,
        "HD-GRY": 4,
    }


def test_a_safety_stock_is_kept_back(flows: Flows, shop: Control, tmp_path: Path) -> None:
    nightly(flows)
    before = mugs(shop)
    project = stock_project(tmp_path)
    table = project / "lookups" / "plant.csv"
    table.write_text(table.read_text().replace("1010,yes,0", "1010,yes,10"))
    with flows_of(project) as changed:
        nightly(changed)
    assert mugs(shop) == before - 10


# --- what is left alone ---


def test_what_cannot_be_counted_is_left_as_it_is_and_told(
    flows: Flows, shop: Control, tmp_path: Path
) -> None:
    project = stock_project(tmp_path)
    table = project / "lookups" / "sku_to_material.csv"
    text = table.read_text().replace("MUG-01,FG-GIFTSET-MUG", "MUG-01,FG-GIFTSET-MUX")
    table.write_text(text.replace("TEA-250,HW-TEA-EGREY,YB120,PC", "TEA-250,HW-TEA-EGREY,YB120,KAR"))
    with flows_of(project) as changed:
        waiting = changed.run("goods_held_by_shop", {"since": None}).results["goods"]
        shelf = changed.ask("xcart", "list_stocks", skus=["MUG-01", "TEA-250", "LAMP-09"])
        ran = changed.run(
            "stock_for_sale", {"shelf": shelf, "waiting": waiting["lines"], "since": waiting["newest"]}
        )
    left = {row["sku"]: row["reason"] for row in ran.results["differing"]["left_out"]}
    assert left == {
        "MUG-01": "SAP has no such material",
        "TEA-250": "counted in another unit than in lookups/sku_to_material.csv",
    }
    assert ran.results["goods"]["without_material"] == 1
    assert shop.asked("PUT") == []


# --- what happens meanwhile ---


def started(flows: Flows, *skus: str) -> dict[str, object]:
    """What the flow knows after its first two looks at the shop."""
    shelf = flows.ask("xcart", "list_stocks", skus=list(skus))
    held = flows.run("goods_held_by_shop", {"since": None}).results["goods"]
    return {"shelf": shelf, "waiting": held["lines"], "since": held["newest"]}


def test_a_stock_that_was_bought_from_meanwhile_is_not_written_over(
    flows: Flows, shop: Control, warehouse: Warehouse
) -> None:
    warehouse.move(MUG, 40, "501")
    event = started(flows, "MUG-01")
    before = mugs(shop)
    shop.order(lines=[{"sku": "MUG-01", "amount": 6}])
    written = flows.run("stock_for_sale", event).results["written"]
    assert (written["changed"], len(written["moved"])) == (0, 1)
    assert mugs(shop) == before - 6
    nightly(flows)
    assert mugs(shop) == 60 + 40 - 6 - 1


def test_an_order_that_is_handed_over_and_leaves_meanwhile_is_counted_once(
    flows: Flows, shop: Control, warehouse: Warehouse
) -> None:
    placed = shop.order(lines=[{"sku": "MUG-01", "amount": 6}])
    event = started(flows, "MUG-01")
    order = warehouse.order(f"XC-{placed['order_number']}", {MUG: 6})
    warehouse.fulfil(order, "goods_issue")
    flows.run("stock_for_sale", event)
    assert mugs(shop) == 60 - 6 - 1


def test_a_cancellation_meanwhile_is_seen(flows: Flows, shop: Control, warehouse: Warehouse) -> None:
    placed = shop.order(lines=[{"sku": "MUG-01", "amount": 6}])
    held = flows.run("goods_held_by_shop", {"since": None}).results["goods"]
    shop.post(f"/_sandbox/orders/{placed['id']}/cancel", json={}).raise_for_status()
    shelf = flows.ask("xcart", "list_stocks", skus=["MUG-01"])  # as a later page of a long night
    flows.run("stock_for_sale", {"shelf": shelf, "waiting": held["lines"], "since": held["newest"]})
    assert mugs(shop) == 60 - 1
