"""What happens to an order after checkout, step by step on command: money, parcels, edits, addresses."""

from __future__ import annotations

from typing import Any

import httpx
import pytest


def place(shop: httpx.Client, **spec: Any) -> int:
    body = {"email": "guest@example.org", "lines": [{"sku": "TS-BLK-M", "amount": 2}]} | spec
    return int(shop.post("/_sandbox/orders", json=body).raise_for_status().json()[0]["id"])


def do(shop: httpx.Client, order: int, step: str, **body: Any) -> dict[str, Any]:
    answer = shop.post(f"/_sandbox/orders/{order}/{step}", json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def booked(shop: httpx.Client, order: int) -> list[tuple[str, float]]:
    attempts = shop.get(f"/api/orders/{order}/payment_transactions").json()
    return [(part["type"], part["value"]) for row in attempts for part in row["backend_transactions"]]


def test_what_was_authorised_is_captured_in_parts_and_given_back_in_parts(shop: httpx.Client) -> None:
    order = place(shop, payment_status="A")
    total = shop.get(f"/api/orders/{order}").json()["total"]
    assert do(shop, order, "capture", amount=10)["payment_status"] == "PP"
    assert do(shop, order, "capture")["payment_status"] == "P"
    assert do(shop, order, "refund", amount="5.50")["payment_status"] == "PP"
    assert do(shop, order, "refund")["payment_status"] == "R"
    assert booked(shop, order) == [
        ("auth", total),
        ("capturePart", 10.0),
        ("capturePart", round(total - 10, 2)),
        ("refundPart", 5.5),
        ("refundPart", round(total - 5.5, 2)),
    ]
    codes = [event["code"] for event in shop.get(f"/api/orders/{order}/history").json()]
    assert codes.count("TRANSACTION") == 4


def test_all_at_once_has_names_of_its_own(shop: httpx.Client) -> None:
    order = place(shop, payment_status="A")
    assert do(shop, order, "capture")["payment_status"] == "P"
    assert do(shop, order, "refund")["payment_status"] == "R"
    assert [type_ for type_, _ in booked(shop, order)] == ["auth", "capture", "refund"]


@pytest.mark.parametrize(
    ("step", "body", "status"),
    [
        ("capture", {}, "P"),  # nothing was authorised
        ("refund", {"amount": 10_000}, "P"),
        ("refund", {"amount": 0}, "P"),
        ("refund", {"sum": 1}, "P"),
        ("edit", {"lines": [{"sku": "TS-BLK-M", "amount": -1}]}, "P"),
    ],
)
def test_what_cannot_be_done_changes_nothing(
    shop: httpx.Client, step: str, body: dict[str, Any], status: str
) -> None:
    order = place(shop)
    before = shop.get(f"/api/orders/{order}").json()
    refused = shop.post(f"/_sandbox/orders/{order}/{step}", json=body)
    assert (refused.status_code, bool(refused.json()["detail"])) == (400, True)
    assert shop.get(f"/api/orders/{order}").json() == before
    assert before["payment_status"]["code"] == status


def test_a_cancelled_order_lets_go_of_what_was_only_authorised(shop: httpx.Client) -> None:
    order = place(shop, payment_status="A")
    assert do(shop, order, "cancel")["payment_status"] == "C"
    assert [type_ for type_, _ in booked(shop, order)] == ["auth", "void"]
    assert shop.get(f"/api/orders/{order}").json()["stock_status"] == "increased"
    paid = place(shop)
    do(shop, paid, "cancel")
    assert [type_ for type_, _ in booked(shop, paid)] == ["sale"]  # the money is still there
    assert do(shop, paid, "refund")["payment_status"] == "R"


def test_a_shipped_order_has_a_number_for_every_parcel_and_can_come_back(shop: httpx.Client) -> None:
    order = place(shop)
    told = do(shop, order, "ship", tracking_numbers=["1Z1", "1Z2"])
    assert (told["shipping_status"], told["tracking_numbers"]) == ("S", ["1Z1", "1Z2"])
    codes = [event["code"] for event in shop.get(f"/api/orders/{order}/history").json()]
    assert codes[1:] == ["ORDER TRACKING", "ORDER TRACKING", "CHANGE SHIPPING STATUS ORDER"]
    assert do(shop, order, "return")["shipping_status"] == "R"


def test_an_order_keeps_its_address_when_the_customer_moves(shop: httpx.Client) -> None:
    before = shop.get("/api/orders/1187").json()
    moved = shop.post("/_sandbox/profiles/305/address", json={"street": "1 New St", "state_name": "Texas"})
    assert (moved.json()["street"], moved.json()["state"]) == ("1 New St", 223)
    assert shop.get("/api/profiles/305/addresses").json()[0]["street"] == "1 New St"
    assert shop.get("/api/orders/1187").json() == before


def test_an_orders_own_address_can_change_and_its_date_does_not_tell(shop: httpx.Client) -> None:
    before = shop.get("/api/orders/1187").json()
    do(shop, 1187, "address", shipping={"street": "2 Other St"})
    after = shop.get("/api/orders/1187").json()
    assert after["shipping_address"]["street"] == "2 Other St"
    assert after["billing_address"] == before["billing_address"]
    assert after["update_date"] == before["update_date"]


def test_the_state_counts_what_there_is(shop: httpx.Client) -> None:
    order = place(shop)
    do(shop, order, "ship")
    state = shop.get("/_sandbox/state").json()
    assert state["orders"] == {"P/N": 1, "PP/S": 1, "P/S": 1}
    assert (state["stock"]["TS-BLK-M"], state["stock"]["HD-GRY"], state["stock"]["MUG-01"]) == (16, 9, 60)
    assert state["emails"] == 3
    assert state["activity"]["running"] is False


def test_tracking_numbers_are_written_through_the_extension_only(shop: httpx.Client) -> None:
    path = "/api/orders/1187/tracking"
    assert shop.post(path, json={"value": "1Z"}).status_code == 404
    assert shop.get(path).status_code == 404
    shop.post("/_sandbox/settings", json={"tracking_endpoint": True}).raise_for_status()
    made = shop.post(path, json={"value": "1Z"})
    assert (made.status_code, made.json()["value"]) == (201, "1Z")
    assert [row["value"] for row in shop.get(path).json()] == ["1Z"]
    assert shop.post(path, json={"value": ""}).status_code == 400
    assert shop.post("/api/orders/999/tracking", json={"value": "1Z"}).status_code == 400
    headers = {"X-AUTH-TOKEN": "sandbox-read-key"}
    assert shop.post(path, json={"value": "1Z"}, headers=headers).status_code == 403


def test_an_operator_puts_a_line_in_and_changes_prices_and_shipping(shop: httpx.Client) -> None:
    order = place(shop, tax="none")
    do(shop, order, "edit", lines=[{"sku": "MUG-01", "amount": 3}], prices={"TS-BLK-M": "20.00"})
    do(shop, order, "edit", shipping_cost="1.50", shipping_method="Courier")
    edited = shop.get(f"/api/orders/{order}").json()
    assert [(line["sku"], line["amount"]) for line in edited["items"]] == [("TS-BLK-M", 2), ("MUG-01", 3)]
    assert edited["items"][0]["price"] == 20.0
    assert (edited["shipping_method_name"], edited["shipping_id"]) == ("Courier", 95)
    assert edited["total"] == pytest.approx(2 * 20 + 3 * edited["items"][1]["price"] + 1.5)
    codes = [event["code"] for event in shop.get(f"/api/orders/{order}/history").json()]
    assert codes.count("ORDER EDITED") == 3


@pytest.mark.parametrize(
    "edit",
    [
        {"lines": [{"sku": "NO-SUCH", "amount": 1}]},
        {"prices": {"MUG-01": 1}},
        {"shipping_method": "Pigeon"},
    ],
)
def test_what_an_order_does_not_have_cannot_be_edited(shop: httpx.Client, edit: dict[str, Any]) -> None:
    order = place(shop)
    assert shop.post(f"/_sandbox/orders/{order}/edit", json=edit).status_code == 400
