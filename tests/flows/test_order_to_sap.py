"""`order_to_sap` against both systems: what arrives in SAP, and what happens when something goes wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from pytest_httpserver import HTTPServer

from read_back import orders
from running import Control, Ran, Run

pytestmark = pytest.mark.usefixtures("systems", "project")

Handed = Callable[..., Ran]
GERMAN = {"country": "DE", "currency": "EUR"}


def test_sap_has_what_the_shop_sold(handed_over: Handed, sap: Control) -> None:
    ran = handed_over({"id": 1187, "order_number": "1042"})
    assert (ran.code, ran.json["status"], ran.json["error"]) == (0, "done", None)
    (order,) = orders(sap, "1042", "to_Item,to_PricingElement,to_Text")
    assert order.SalesOrder == ran.json["results"]["created"]["SalesOrder"]
    assert (order.TransactionCurrency, order.SalesOrganization, order.ShippingCondition) == (
        "USD",
        "1710",
        "01",
    )
    assert order.CustomerPurchaseOrderDate.date().isoformat() == "2026-03-14"
    items = [(item.Material, Decimal(item.RequestedQuantity)) for item in order.to_Item]
    assert items == [("FG-TSHIRT-BLK-M", 2), ("FG-GIFTSET-MUG", 1)]
    surcharges = {part.ConditionType: Decimal(part.ConditionRateValue) for part in order.to_PricingElement}
    assert surcharges == {"HA00": Decimal("-22.00"), "HM00": Decimal("12.50")}
    (text,) = order.to_Text
    assert text.LongText == "Please ring twice\nThanks & regards"
    assert Decimal(order.TotalNetAmount) == Decimal(
        "210.48"
    )  # 219.98 - 22.00 + 12.50; the tax on top is SAP's own


def test_the_same_event_again_changes_nothing(handed_over: Handed, shop: Control, sap: Control) -> None:
    placed = shop.order(**GERMAN)
    first, second = handed_over(placed), handed_over(placed)
    assert [ran.json["results"]["created"]["action"] for ran in (first, second)] == ["created", "unchanged"]
    assert len(orders(sap, placed["order_number"])) == 1
    assert len(sap.asked("POST", path="A_SalesOrder")) == 1


@pytest.mark.parametrize(
    ("status", "name"), [("A", "Authorized"), ("D", "Declined"), ("Q", "Awaiting payment")]
)
def test_an_order_that_is_not_paid_is_left_alone(
    handed_over: Handed, shop: Control, sap: Control, status: str, name: str
) -> None:
    ran = handed_over(shop.order(payment_status=status))
    assert (ran.code, ran.json["status"]) == (0, "skipped")
    assert ran.json["results"]["order"]["payment_status"]["name"] == name
    assert not sap.asked("POST", "PATCH", "PUT", "DELETE")


def test_an_order_that_changed_in_the_shop_gets_no_second_document(
    handed_over: Handed, shop: Control, sap: Control
) -> None:
    placed = shop.order(lines=[{"sku": "MUG-01", "amount": 1}], **GERMAN)
    assert handed_over(placed).code == 0
    edit = {"lines": [{"sku": "MUG-01", "amount": 3}]}
    shop.post(f"/_sandbox/orders/{placed['id']}/edit", json=edit).raise_for_status()
    ran = handed_over(placed)
    assert (ran.code, ran.json["status"]) == (0, "done"), ran.err
    assert len(orders(sap, placed["order_number"])) == 1


# --- what a person has to mend ---


def test_a_product_without_a_material_waits_in_the_inbox_until_its_row_is_there(
    handed_over: Handed, shop: Control, sap: Control, run: Run, project: Path
) -> None:
    placed = shop.order(lines=[{"sku": "LAMP-09"}, {"sku": "MUG-01"}], **GERMAN)
    ran = handed_over(placed)
    assert (ran.code, ran.json["status"], ran.json["error"]["code"]) == (1, "rejected", "lookup-miss")
    (waiting,) = run("lookups", "inbox", "--output", "json").json["waiting"]
    assert (waiting["lookup"], waiting["key"], waiting["column"]) == (
        "sku_to_material",
        "LAMP-09",
        "material",
    )
    assert "LAMP-09" in run("lookups", "inbox").out
    assert not orders(sap, placed["order_number"])

    table = project / "lookups" / "sku_to_material.csv"
    table.write_text(table.read_text() + "LAMP-09,FG-HOODIE-GRY,YB110,PC\n")
    assert run("lookups", "inbox", "--output", "json").json == {"waiting": []}
    assert handed_over(placed).json["status"] == "done"
    assert len(orders(sap, placed["order_number"])) == 1


def test_a_material_that_sap_does_not_have_is_rejected_with_sap_s_code(
    handed_over: Handed, shop: Control, sap: Control
) -> None:
    placed = shop.order(lines=[{"sku": "XMAS-24", "amount": 2}], **GERMAN)
    ran = handed_over(placed)
    assert (ran.code, ran.json["status"], ran.json["error"]["code"]) == (1, "rejected", "V1/382")
    assert "HW-XMAS-24" in ran.json["error"]["message"]
    assert not orders(sap, placed["order_number"])


class Doctored:
    """The shop, with one order of its answers changed on the way."""

    def __init__(self, server: HTTPServer, shop: Control, token: str, change: Callable[[Any], Any]) -> None:
        headers = {"X-AUTH-TOKEN": token, "Accept": "application/json"}
        order = httpx.get(f"{shop.base_url}/api/orders/1187", headers=headers).raise_for_status()
        body = json.loads(order.content, parse_float=Decimal)
        change(body)
        text = json.dumps(body, default=float)
        server.expect_request("/api/orders/1187").respond_with_data(text, content_type="application/json")


@pytest.fixture
def doctored(
    httpserver: HTTPServer, shop: Control, sandbox: Any, monkeypatch: pytest.MonkeyPatch, handed_over: Handed
) -> Callable[[Callable[[Any], Any]], Ran]:
    """Runs the flow with an order changed in a way the simulated shop itself would not allow."""

    def ran(change: Callable[[Any], Any]) -> Ran:
        Doctored(httpserver, shop, sandbox.xcart_token, change)
        monkeypatch.setenv("FLOWRUN_SANDBOX_XCART", httpserver.url_for("").rstrip("/"))
        return handed_over({"id": 1187, "order_number": "1042"})

    return ran


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda order: order.update(items=[]), "order 1042 has no items"),
        (lambda order: order.update(total=Decimal("999.99")), "order 1042 does not add up"),
        (lambda order: order.update(billing_address=None), "order 1042 has no billing address"),
    ],
    ids=["no items", "wrong total", "no address"],
)
def test_an_order_that_cannot_be_right_is_rejected_before_anything_is_written(
    doctored: Callable[[Any], Ran], sap: Control, change: Any, told: str
) -> None:
    ran = doctored(change)
    assert (ran.code, ran.json["status"]) == (1, "rejected"), ran.out
    assert told in ran.json["error"]["message"]
    assert not sap.asked("POST", "PATCH", "PUT", "DELETE")


# --- money ---


def test_money_is_exact_from_the_bytes_that_come_in_to_the_bytes_that_go_out(
    handed_over: Handed, shop: Control, sandbox: Any, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers that no binary float holds; SAP is played by a server that keeps the bytes it gets."""
    prices = ["0.1", "1234567890123.4567", "19.990"]
    headers = {"X-AUTH-TOKEN": sandbox.xcart_token}
    order = httpx.get(f"{shop.base_url}/api/orders/1187", headers=headers).raise_for_status().json()
    line = order["items"][0]
    order |= {
        "items": [line | {"price": f"<{price}>", "amount": 1} for price in prices],
        "sub_total": "<1234567890143.5467>",
        "total": "<1234567890143.5467>",
        "surcharges": [],
    }
    text = json.dumps(order).replace('"<', "").replace('>"', "")
    httpserver.expect_request("/api/orders/1187").respond_with_data(text, content_type="application/json")
    root = "/sap/opu/odata/sap"
    empty = {"d": {"results": []}}
    partner = {"d": {"results": [{"AddressID": "1", "BusinessPartner": "77", "Customer": "77"}]}}
    httpserver.expect_request(re.compile(f"{root}/API_BUSINESS_PARTNER/.*")).respond_with_json(partner)
    service = f"{root}/API_SALES_ORDER_SRV"
    httpserver.expect_request(f"{service}/").respond_with_json({"d": {}}, headers={"x-csrf-token": "t"})
    httpserver.expect_request(f"{service}/A_SalesOrder", method="GET").respond_with_json(empty)
    made = {"d": {"SalesOrder": "1"}}
    httpserver.expect_request(f"{service}/A_SalesOrder", method="POST").respond_with_json(made, status=201)
    for name in ("XCART", "SAP"):
        monkeypatch.setenv(f"FLOWRUN_SANDBOX_{name}", httpserver.url_for("").rstrip("/"))

    ran = handed_over({"id": 1187, "order_number": "1042"})

    assert ran.code == 0, ran.out
    sent = next(request.get_data(as_text=True) for request, _ in httpserver.log if request.method == "POST")
    body = json.loads(sent)
    rates = [item["to_PricingElement"][0]["ConditionRateValue"] for item in body["to_Item"]]
    assert rates == prices
    assert '"total":1234567890143.5467' in ran.out


# --- systems that fail ---


@pytest.mark.parametrize("kind", ["commit_then_drop", "html", "cut"])
def test_a_create_without_a_readable_answer_is_found_again(
    handed_over: Handed, shop: Control, sap: Control, kind: str
) -> None:
    placed = shop.order(**GERMAN)
    sap.fault(kind, match="A_SalesOrder$", method="POST")
    ran = handed_over(placed)
    assert (ran.code, ran.json["status"]) == (0, "done"), ran.out
    (order,) = orders(sap, placed["order_number"])
    assert ran.json["results"]["created"]["SalesOrder"] == order.SalesOrder
    assert len(sap.asked("POST", path="A_SalesOrder")) == 1


def test_a_buyer_whose_creation_was_not_answered_is_found_again(
    handed_over: Handed, shop: Control, sap: Control
) -> None:
    sap.fault("commit_then_drop", match="A_BusinessPartner$")
    placed = shop.order(**GERMAN)
    ran = handed_over(placed)
    assert ran.code == 0, ran.out
    (order,) = orders(sap, placed["order_number"])
    assert order.SoldToParty == ran.json["results"]["buyer"]["business_partner"]
    assert len(sap.asked("POST", path="A_BusinessPartner")) == 1


@pytest.mark.parametrize("kind", ["unavailable", "rate_limit", "lock", "csrf_expired"])
def test_a_system_that_is_busy_for_a_moment_is_asked_again(
    handed_over: Handed, shop: Control, sap: Control, kind: str, project: Path
) -> None:
    flow = project / "flows" / "order_to_sap.yaml"
    flow.write_text(flow.read_text().replace("first: 2s", "first: 10ms"))
    placed = shop.order(**GERMAN)
    sap.fault(kind, match="A_SalesOrder$", method="POST", count=2 if kind != "csrf_expired" else 1)
    ran = handed_over(placed)
    assert (ran.code, ran.json["status"]) == (0, "done"), ran.out
    assert len(orders(sap, placed["order_number"])) == 1


def test_without_sap_nothing_is_half_done_and_the_exit_code_is_3(
    handed_over: Handed, shop: Control, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOWRUN_SANDBOX_SAP", "http://127.0.0.1:9")
    ran = handed_over(shop.order(**GERMAN), "--patience", "0s")
    assert (ran.code, ran.json["status"]) == (3, "failed")
    assert (ran.json["error"]["connection"], ran.json["error"]["code"]) == ("sap", "unreachable")
    assert not shop.asked("POST", "PUT", "PATCH", "DELETE")


def test_without_the_shop_the_exit_code_is_3(
    handed_over: Handed, sap: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOWRUN_SANDBOX_XCART", "http://127.0.0.1:9")
    ran = handed_over({"id": 1187}, "--patience", "0s")
    assert (ran.code, ran.json["error"]["connection"]) == (3, "xcart")
    assert not sap.asked("GET", "POST")


@pytest.mark.parametrize(("key", "connection"), [("password", "sap"), ("token", "xcart")])
def test_wrong_credentials_name_their_connection_and_are_never_shown(
    run: Run, event: Callable[[Any], Path], project: Path, key: str, connection: str
) -> None:
    settings = project / "flowrun.yaml"
    wrong = re.sub(rf" {key}: .*", f" {key}: hunter2-wrong", settings.read_text(), count=1)
    settings.write_text(wrong)
    file = event({"id": 1187, "order_number": "1042"})
    for output in ("text", "json"):
        ran = run("run", "order_to_sap", "-e", file, "-o", output)
        assert ran.code == 3
        assert f"{connection}:" in ran.out
        assert "hunter2" not in ran.out + ran.err
        assert "Traceback" not in ran.err


def test_an_order_the_shop_does_not_have_is_rejected(handed_over: Handed) -> None:
    ran = handed_over({"id": 999999, "order_number": "1"})
    assert (ran.code, ran.json["status"], ran.json["error"]["connection"]) == (1, "rejected", "xcart")
