"""`order_change_to_sap` against both systems: an order that changes in the shop after its hand-over."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cash_stage import keep_only
from order_stage import BOTH, NET, Orders, agrees

from read_back import orders as in_sap
from running import Control, Run

pytestmark = pytest.mark.usefixtures("systems")


@pytest.fixture
def orders(shop: Control, sap: Control, run: Run, project: Path, tmp_path: Path) -> Orders:
    keep_only(project, "order_to_sap", "order_change_to_sap")
    return Orders(shop, sap, run, tmp_path)


TEA, SHIPPING = Decimal("11.49"), Decimal("5.49")


# --- what an edit changes ---


def test_other_amounts_arrive(orders: Orders) -> None:
    order = orders.sold()
    order.edited(MUG_01=5, TEA_250=1)
    agrees(order, orders.changed(order), {"FG-GIFTSET-MUG": 5, "HW-TEA-EGREY": 1}, "568.98")


def test_nothing_is_written_when_nothing_has_changed(orders: Orders, sap: Control) -> None:
    order = orders.sold()
    before = sap.asked("POST", "PATCH")
    agrees(order, orders.changed(order), BOTH, NET, "unchanged")
    assert sap.asked("POST", "PATCH") == before


def test_the_same_change_again_changes_nothing(orders: Orders) -> None:
    order = orders.sold()
    order.edited(MUG_01=1)
    agrees(order, orders.changed(order), {"FG-GIFTSET-MUG": 1, "HW-TEA-EGREY": 2}, "138.87")
    agrees(order, orders.changed(order), {"FG-GIFTSET-MUG": 1, "HW-TEA-EGREY": 2}, "138.87", "unchanged")


def test_a_line_that_was_taken_out_is_rejected_and_the_rest_stays(orders: Orders) -> None:
    order = orders.sold()
    order.edited(TEA_250=0)
    agrees(order, orders.changed(order), {"FG-GIFTSET-MUG": 3}, "336.69")
    assert [item.SalesDocumentRjcnReason for item in order.document.to_Item] == ["", "00"]


def test_a_discount_that_follows_the_sum_changes_with_it(orders: Orders) -> None:
    order = orders.sold(coupon={"code": "SPRING10", "percent": 10})
    order.edited(MUG_01=1)
    agrees(order, orders.changed(order), {"FG-GIFTSET-MUG": 1, "HW-TEA-EGREY": 2}, "125.53")
    rates = {
        part.ConditionType: Decimal(part.ConditionRateValue) for part in order.document.to_PricingElement
    }
    assert rates == {"HM00": SHIPPING, "HA00": Decimal("-13.34")}


def test_a_line_that_was_put_in_arrives_once(orders: Orders) -> None:
    order = orders.sold()
    order.edited(MUG_01=3, TEA_250=0, COF_1KG=2)
    for action in ("updated", "unchanged"):
        ran = orders.changed(order)
        agrees(
            order,
            ran,
            {"FG-GIFTSET-MUG": 3, "HW-COFFEE-1000": 2},
            str(ran.json["results"]["wanted"]["net"]),
            action,
        )
    assert len(order.document.to_Item) == 3


def test_other_prices_and_shipping_costs_arrive(orders: Orders) -> None:
    order = orders.sold()
    order.does("edit", prices={"MUG-01": 99.5}, shipping_cost=24.9, shipping_method="Courier")
    agrees(order, orders.changed(order), {"FG-GIFTSET-MUG": 3, "HW-TEA-EGREY": 2}, "346.38")
    assert order.document.ShippingCondition == "02"
    assert [Decimal(item.to_PricingElement[0].ConditionRateValue) for item in order.document.to_Item] == [
        Decimal("99.5"),
        TEA,
    ]


ELSEWHERE = {
    "firstname": "Ada",
    "lastname": "Example",
    "street": "Marktplatz 1",
    "zipcode": "20095",
    "city": "Hamburg",
    "country_code": "DE",
    "phone": "",
}


def test_another_place_to_ship_to_arrives(orders: Orders) -> None:
    order = orders.sold(shipping=ELSEWHERE)
    assert order.place == ("Ada Example", "Marktplatz", "1", "20095", "Hamburg", "DE")
    order.does("address", shipping={"street": "Am Sandtorkai 30", "zipcode": "20457"})
    agrees(order, orders.changed(order), BOTH, NET)
    assert order.place == ("Ada Example", "Am Sandtorkai", "30", "20457", "Hamburg", "DE")
    agrees(order, orders.changed(order), BOTH, NET, "unchanged")


def test_free_shipping_takes_the_surcharge_back(orders: Orders) -> None:
    order = orders.sold()
    order.does("edit", shipping_cost=0)
    agrees(order, orders.changed(order), {"FG-GIFTSET-MUG": 3, "HW-TEA-EGREY": 2}, "354.18")
    order.does("edit", shipping_cost=2)
    agrees(order, orders.changed(order), {"FG-GIFTSET-MUG": 3, "HW-TEA-EGREY": 2}, "356.18")
    assert len(order.document.to_PricingElement) == 1


def test_a_new_line_without_a_material_waits_in_the_inbox(orders: Orders, run: Run, project: Path) -> None:
    order = orders.sold()
    order.edited(MUG_01=1, LAMP_09=1)
    ran = orders.changed(order)
    assert (ran.json["status"], ran.json["error"]["code"]) == ("rejected", "lookup-miss")
    assert order.pieces == BOTH
    table = project / "lookups" / "sku_to_material.csv"
    table.write_text(table.read_text() + "LAMP-09,FG-HOODIE-GRY,YB110,PC\n")
    assert orders.changed(order).json["status"] == "done"
    assert order.pieces == {"FG-GIFTSET-MUG": 1, "HW-TEA-EGREY": 2, "FG-HOODIE-GRY": 1}


# --- an order that is off ---


@pytest.mark.parametrize(
    ("step", "why"), [("cancel", "10"), ("refund", "10"), ("declined", "10"), ("will not deliver", "10")]
)
def test_an_order_that_is_off_is_rejected_as_a_whole(
    orders: Orders, shop: Control, step: str, why: str, sandbox: Any
) -> None:
    order = orders.sold(coupon={"code": "SPRING10", "percent": 10})
    if step in ("cancel", "refund"):
        order.does(step)
    else:
        status, code = ("payment", "D") if step == "declined" else ("shipping", "WND")
        headers = {"X-AUTH-TOKEN": sandbox.xcart_token}
        path = f"/api/orders/{order.event['id']}/{status}_status"
        shop.put(path, json={"code": code}, headers=headers).raise_for_status()
    agrees(order, orders.changed(order), {}, "0")
    assert [item.SalesDocumentRjcnReason for item in order.document.to_Item] == [why, why]
    assert order.document.OverallSDDocumentRejectionSts == "C"
    agrees(order, orders.changed(order), {}, "0", "unchanged")


def test_an_order_that_is_off_no_longer_is_back_as_it_was(orders: Orders) -> None:
    order = orders.sold()
    order.does("cancel")
    agrees(order, orders.changed(order), {}, "0")
    order.does("pay")
    agrees(order, orders.changed(order), BOTH, NET)


def test_money_that_was_refunded_in_part_rejects_nothing(orders: Orders) -> None:
    order = orders.sold()
    order.does("refund", amount=10)
    agrees(order, orders.changed(order), BOTH, NET, "unchanged")


# --- events at the wrong time ---


def test_a_change_before_the_hand_over_is_skipped_and_handed_over_with_the_order(
    orders: Orders, sap: Control
) -> None:
    order = orders.placed()
    order.edited(MUG_01=1)
    ran = orders.changed(order)
    assert (ran.code, ran.json["status"]) == (0, "skipped"), ran.json["error"]
    assert orders.handed_over(order).code == 0
    assert order.pieces == {"FG-GIFTSET-MUG": 1, "HW-TEA-EGREY": 2}
    agrees(order, orders.changed(order), {"FG-GIFTSET-MUG": 1, "HW-TEA-EGREY": 2}, "138.87", "unchanged")


def test_an_order_that_was_cancelled_before_its_hand_over_never_reaches_sap(
    orders: Orders, sap: Control
) -> None:
    order = orders.placed()
    order.does("cancel")
    assert orders.changed(order).json["status"] == "skipped"
    assert orders.handed_over(order).json["status"] == "skipped"
    assert not in_sap(sap, order.event["order_number"])
