"""Deliveries of SAP and the shipping status of the shop: forwards, once, and never over what people have set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cash_stage import DELIVERIES, Stage, keep_only
from pytest_httpserver import HTTPServer

from running import Control, Ran, Run

pytestmark = pytest.mark.usefixtures("systems")


@pytest.fixture
def stage(project: Path, shop: Control, sap: Control, run: Run, event: Callable[[Any], Path]) -> Stage:
    keep_only(project, "order_to_sap", "delivery_event", "delivery_changed")
    return Stage(shop, sap, run, event)


def told(stage: Stage, delivery: str, event_id: str = "e-1") -> Ran:
    """SAP's event of a delivery has come."""
    return stage.handle("delivery_event", {"id": event_id, "data": {"OutboundDelivery": delivery}})


def writes(stage: Stage) -> int:
    return len(stage.shop.asked("PUT", "POST", path="/api/orders"))


def test_an_order_is_processed_when_it_is_delivered_and_shipped_when_its_goods_have_left(
    stage: Stage,
) -> None:
    placed = stage.sold()
    (delivery,) = stage.fulfil(placed, "delivery")["deliveries"]
    assert told(stage, delivery).json["status"] == "done"
    assert stage.statuses(placed) == "P/P"
    stage.fulfil(placed, "goods_issue")
    assert told(stage, delivery, "e-2").json["status"] == "done"
    assert stage.statuses(placed) == "P/S"


def test_the_same_event_again_writes_nothing_and_mails_nobody(stage: Stage) -> None:
    placed = stage.sold()
    (delivery,) = stage.fulfil(placed, "goods_issue")["deliveries"]
    assert told(stage, delivery).code == 0
    before = (writes(stage), stage.mails())
    for event_id in ("e-1", "e-2"):
        assert told(stage, delivery, event_id).json["status"] == "done"
    polled = {"DeliveryDocument": delivery, "DeliveryVersion": "0009", "OverallGoodsMovementStatus": "C"}
    assert stage.handle("delivery_changed", polled).json["status"] == "done"
    assert (writes(stage), stage.mails()) == before
    assert stage.statuses(placed) == "P/S"


def test_an_event_that_comes_late_does_not_take_the_order_back(stage: Stage) -> None:
    placed = stage.sold(lines=[{"sku": "MUG-01", "amount": 4}])
    number = stage.sales_order(placed)
    first = stage.deliver(number, 1)
    stage.fulfil(placed, "goods_issue")
    (second,) = set(stage.fulfil(placed, "goods_issue")["deliveries"]) - {first}
    assert told(stage, second).code == 0
    assert stage.statuses(placed) == "P/S"
    assert told(stage, first, "late").code == 0
    assert stage.statuses(placed) == "P/S"


def test_an_order_in_two_deliveries_is_shipped_with_the_second(stage: Stage) -> None:
    placed = stage.sold(lines=[{"sku": "MUG-01", "amount": 3}])
    number = stage.sales_order(placed)
    first = stage.deliver(number, 1)
    for function in ("PickAllItems", "ConfirmPickingAllItems", "PostGoodsIssue"):
        stage.call(DELIVERIES, function, DeliveryDocument=first)
    assert told(stage, first).code == 0
    assert stage.statuses(placed) == "P/P"
    second = stage.deliver(number, 2)
    assert told(stage, second, "e-2").code == 0
    assert stage.statuses(placed) == "P/P"
    stage.fulfil(placed, "goods_issue")
    assert told(stage, second, "e-3").code == 0
    assert stage.statuses(placed) == "P/S"


def test_a_status_that_people_have_set_stays(stage: Stage) -> None:
    """Will not deliver, returned, delivered, one of the shop's own; and at last the order is cancelled."""
    placed = stage.sold()
    (delivery,) = stage.fulfil(placed, "goods_issue")["deliveries"]
    for codes in (
        {"shipping": "WND"},
        {"shipping": "R"},
        {"shipping": "D"},
        {"shipping": "12"},
        {"payment": "C"},
    ):
        stage.label(placed, **codes)
        before, written = stage.statuses(placed), writes(stage)
        ran = told(stage, delivery)
        assert ran.code == 0, ran.out
        assert (stage.statuses(placed), writes(stage)) == (before, written), codes


def test_a_goods_issue_that_is_reversed_is_for_people_and_the_order_stays_shipped(stage: Stage) -> None:
    placed = stage.sold()
    (delivery,) = stage.fulfil(placed, "goods_issue")["deliveries"]
    assert told(stage, delivery).code == 0
    stage.call(DELIVERIES, "ReverseGoodsIssue", DeliveryDocument=delivery)
    ran = told(stage, delivery, "e-2")
    assert (ran.code, ran.json["status"]) == (1, "rejected")
    assert f"order {placed['order_number']} is shipped, but nothing" in ran.json["error"]["message"]
    assert stage.statuses(placed) == "P/S"
    stage.fulfil(placed, "goods_issue")
    assert told(stage, delivery, "e-3").json["status"] == "done"


def test_deliveries_of_other_business_are_skipped(stage: Stage) -> None:
    answer = stage.sap.get(f"{DELIVERIES}/A_OutbDeliveryHeader", params={"$top": "1"})
    (seeded,) = answer.json()["d"]["results"]
    ran = told(stage, seeded["DeliveryDocument"])
    assert (ran.code, ran.json["status"]) == (0, "done"), ran.out
    assert not stage.shop.asked("GET", "PUT", "POST")


def test_a_delivery_that_was_deleted_is_skipped(stage: Stage) -> None:
    placed = stage.sold()
    (delivery,) = stage.fulfil(placed, "delivery")["deliveries"]
    address = f"{DELIVERIES}/A_OutbDeliveryHeader('{delivery}')"
    stage.sap.delete(address, headers=stage.token() | {"If-Match": "*"}).raise_for_status()
    assert told(stage, delivery).code == 0
    assert stage.statuses(placed) == "P/N"


# --- tracking numbers ---


def ship_with_number(stage: Stage, placed: dict[str, Any]) -> str:
    (delivery,) = stage.fulfil(placed, "delivery")["deliveries"]
    address, body = f"{DELIVERIES}/A_OutbDeliveryHeader('{delivery}')", {"BillOfLading": " 00340434161094 "}
    headers = stage.token() | {"If-Match": "*"}
    assert stage.sap.patch(address, json=body, headers=headers).status_code == 204
    stage.fulfil(placed, "goods_issue")
    return str(delivery)


def test_a_shop_that_takes_tracking_numbers_gets_them_once_and_before_the_customer_is_written_to(
    stage: Stage, project: Path
) -> None:
    settings = project / "flowrun.yaml"
    text = settings.read_text().replace("tracking_numbers: false", "tracking_numbers: true", 1)
    extension = 'extensions: {tracking: {path: "/api/orders/{id}/tracking"}}'
    text = text.replace(
        "          token: sandbox-write-key\n", f"          token: sandbox-write-key\n          {extension}\n"
    )
    settings.write_text(text)
    stage.shop.post("/_sandbox/settings", json={"tracking_endpoint": True}).raise_for_status()
    placed = stage.sold()
    delivery = ship_with_number(stage, placed)
    for event_id in ("e-1", "e-2"):
        ran = told(stage, delivery, event_id)
        assert ran.code == 0, ran.out
    order = stage.order(placed)
    assert [row["value"] for row in order["tracking_numbers"]] == ["00340434161094"]
    assert order["shipping_status"]["code"] == "S"
    written = stage.shop.asked("POST", "PUT", path=f"/api/orders/{placed['id']}/")
    assert [path.rpartition("/")[2] for path in written] == ["tracking", "shipping_status"]


def test_a_shop_that_takes_none_gets_the_status_alone(stage: Stage) -> None:
    placed = stage.sold()
    delivery = ship_with_number(stage, placed)
    assert told(stage, delivery).code == 0
    assert stage.statuses(placed) == "P/S"
    assert not stage.shop.asked("POST", path="tracking")


# --- several orders in one delivery: the sandbox makes none, S/4HANA does ---


def answers(httpserver: HTTPServer, path: str, *rows: dict[str, Any]) -> None:
    shape = {"d": {"results": list(rows)}} if "(" not in path else {"d": rows[0]}
    httpserver.expect_request(f"/sap/opu/odata/sap/{path}").respond_with_json(shape)


def test_a_delivery_with_goods_of_several_orders_moves_each_of_them(
    stage: Stage, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = [stage.shop.order(country="DE") for _ in range(2)]
    items = [
        {"DeliveryDocument": "80000001", "ReferenceSDDocument": number, "GoodsMovementStatus": "C"}
        for number in ("1", "2")
    ]
    root = "API_OUTBOUND_DELIVERY_SRV;v=0002"
    header = {"DeliveryDocument": "80000001", "OverallGoodsMovementStatus": "C", "BillOfLading": ""}
    answers(
        httpserver,
        f"{root}/A_OutbDeliveryHeader('80000001')",
        header | {"to_DeliveryDocumentItem": {"results": items}},
    )
    answers(httpserver, f"{root}/A_OutbDeliveryItem", *items[:1])
    orders = [
        {"SalesOrder": number, "PurchaseOrderByCustomer": f"XC-{order['order_number']}"}
        | {"OverallDeliveryStatus": status}
        for number, order, status in zip(("1", "2"), placed, ("C", "B"), strict=True)
    ]
    answers(httpserver, "API_SALES_ORDER_SRV/A_SalesOrder", *orders)
    monkeypatch.setenv("FLOWRUN_SANDBOX_SAP", httpserver.url_for("").rstrip("/"))
    ran = told(stage, "80000001")
    assert ran.code == 0, ran.out
    assert [stage.statuses(order) for order in placed] == ["P/S", "P/P"]
