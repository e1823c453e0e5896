"""`order_change_to_sap` where SAP, or a person in SAP, has done something with the order already."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cash_stage import keep_only
from order_stage import BOTH, NET, Clerk, Orders, agrees, waits_for_a_person

from flowrun.cli.composition import registry
from flowrun.errors import Cause, Rejected
from flowrun.language.workspace import read_workspace
from flowrun.serve.recipients import team_for
from running import Control, Run

pytestmark = pytest.mark.usefixtures("systems")


@pytest.fixture
def orders(shop: Control, sap: Control, run: Run, project: Path, tmp_path: Path) -> Orders:
    keep_only(project, "order_to_sap", "order_change_to_sap")
    return Orders(shop, sap, run, tmp_path)


# --- what SAP has delivered ---


@pytest.mark.parametrize(("step", "words"), [("cancel", "stop the parcel"), ("refund", "credit memo")])
def test_an_order_that_is_off_after_its_delivery_is_for_a_person(
    orders: Orders, step: str, words: str
) -> None:
    order = orders.sold()
    order.delivered()
    order.does(step)
    ran = orders.changed(order)
    waits_for_a_person(ran, words, "delivered already", order.document.SalesOrder)
    assert order.pieces == BOTH


def test_more_than_was_delivered_may_be_ordered_and_less_may_not(orders: Orders) -> None:
    order = orders.sold()
    order.delivered()
    order.edited(MUG_01=5)
    agrees(order, orders.changed(order), {"FG-GIFTSET-MUG": 5, "HW-TEA-EGREY": 2}, "580.47")
    order.edited(MUG_01=4)
    agrees(order, orders.changed(order), {"FG-GIFTSET-MUG": 4, "HW-TEA-EGREY": 2}, "470.07")
    order.edited(MUG_01=2, TEA_250=0)
    waits_for_a_person(orders.changed(order), "FG-GIFTSET-MUG, HW-TEA-EGREY", "fetch it back")
    assert order.pieces == {"FG-GIFTSET-MUG": 4, "HW-TEA-EGREY": 2}


def test_who_is_told_is_who_can_do_something(project: Path) -> None:
    keep_only(project, "order_change_to_sap")
    flows = read_workspace(project, registry()).flows
    wanted = {
        "stopped_before_delivery": "logistics",
        "not_less_than_delivered": "logistics",
        "refunded_before_delivery": "finance",
        "delivered_at_the_same_price": "finance",
        "surcharges_before_the_last_delivery": "finance",
        "agrees": "finance",
    }
    told = {
        step: team_for(
            flows["order_change_to_sap"], flows, step, Rejected("", Cause("check-failed", target=step))
        )
        for step in wanted
    }
    assert told == wanted


@pytest.mark.parametrize(
    ("edit", "words"),
    [({"prices": {"MUG-01": 99}}, "other prices"), ({"shipping_cost": 0}, "other surcharges")],
)
def test_money_that_changes_after_the_delivery_is_for_finance(
    orders: Orders, edit: dict[str, Any], words: str
) -> None:
    order = orders.sold()
    order.delivered("invoice")
    order.does("edit", **edit)
    waits_for_a_person(orders.changed(order), words, "memo is needed")
    assert order.net == Decimal(NET)


def test_an_order_that_was_delivered_and_shipped_is_left_alone(orders: Orders) -> None:
    order = orders.sold()
    order.delivered("payment")
    order.does("ship", tracking_numbers=["1Z"])
    agrees(order, orders.changed(order), BOTH, NET, "unchanged")


# --- what people do in SAP ---


def test_an_item_that_a_person_added_in_sap_stays(orders: Orders, sap: Control) -> None:
    order = orders.sold()
    number = order.document.SalesOrder
    free = {"ConditionType": "PPR0", "ConditionRateValue": "0", "ConditionCurrency": "EUR"}
    Clerk(sap).writes(
        "POST",
        f"A_SalesOrder('{number}')/to_Item",
        Material="HW-CHOC-70",
        RequestedQuantity="1",
        to_PricingElement=[free],
    )
    order.edited(TEA_250=1)
    agrees(order, orders.changed(order), {"FG-GIFTSET-MUG": 3, "HW-TEA-EGREY": 1, "HW-CHOC-70": 1}, "348.18")


def test_an_item_that_a_person_rejected_in_sap_stays_rejected_and_finance_hears_of_the_sum(
    orders: Orders, sap: Control
) -> None:
    order = orders.sold()
    key = f"SalesOrder='{order.document.SalesOrder}',SalesOrderItem='000020'"
    Clerk(sap).writes("PATCH", f"A_SalesOrderItem({key})", SalesDocumentRjcnReason="02")
    order.edited(MUG_01=1)
    waits_for_a_person(orders.changed(order), "is 138.87 before tax in the shop, but SAP makes 115.890")
    assert order.pieces == {"FG-GIFTSET-MUG": 1}


def test_an_order_of_old_without_numbers_at_its_items_is_left_alone_until_it_changes(
    orders: Orders, sap: Control
) -> None:
    order = orders.sold()
    for item in order.document.to_Item:
        key = f"SalesOrder='{item.SalesOrder}',SalesOrderItem='{item.SalesOrderItem}'"
        Clerk(sap).writes("PATCH", f"A_SalesOrderItem({key})", UnderlyingPurchaseOrderItem="")
    assert orders.changed(order).json["status"] == "skipped"
    order.edited(MUG_01=1)
    waits_for_a_person(orders.changed(order), "change it by hand")
    assert order.pieces == BOTH
