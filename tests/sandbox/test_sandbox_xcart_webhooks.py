"""Events the shop sends: an extension, and as unreliable as the tests want it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pytest_httpserver import HTTPServer
from sandbox_client import until_idle
from werkzeug import Request, Response


class Receiver:
    """Takes deliveries, and reads the order each of them names while its sender still waits."""

    def __init__(self, server: HTTPServer, shop: httpx.Client) -> None:
        self.url = server.url_for("/hooks/{event}")
        self.taken: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.seen: list[str] = []
        self.answers = 202
        self._shop = shop
        for event in ("order_placed", "order_changed", "payment_status_changed", "product_changed"):
            server.expect_request(f"/hooks/{event}", method="POST").respond_with_handler(self._take)

    def _take(self, request: Request) -> Response:
        body = request.get_data()
        event = json.loads(body)
        self.taken.append(event)
        self.headers.append(
            {**dict(request.headers), "signed": hmac.new(b"key", body, hashlib.sha256).hexdigest()}
        )
        if "order_number" in event:
            order = self._shop.get(f"/api/orders/{event['id']}").json()
            self.seen.append(order["order_number"])
        return Response(status=self.answers)

    def orders(self) -> list[int]:
        return [event["id"] for event in self.taken]


@pytest.fixture
def receiver(shop: httpx.Client, httpserver: HTTPServer) -> Iterator[Receiver]:
    found = Receiver(httpserver, shop)
    shop.post("/_sandbox/settings", json={"webhooks": True}).raise_for_status()
    yield found
    shop.post("/_sandbox/reset").raise_for_status()


def subscribe(shop: httpx.Client, receiver: Receiver, **more: str) -> None:
    shop.post("/_sandbox/hooks", json={"url": receiver.url} | more).raise_for_status()


def place(shop: httpx.Client) -> int:
    body = {"email": "guest@example.org", "lines": [{"sku": "MUG-01"}]}
    return int(shop.post("/_sandbox/orders", json=body).raise_for_status().json()[0]["id"])


def test_nothing_is_sent_unless_it_is_switched_on(shop: httpx.Client, receiver: Receiver) -> None:
    subscribe(shop, receiver)
    shop.post("/_sandbox/settings", json={"webhooks": False}).raise_for_status()
    place(shop)
    assert receiver.taken == []


def test_an_event_is_thin_proven_and_sent_before_the_request_is_answered(
    shop: httpx.Client, receiver: Receiver
) -> None:
    subscribe(shop, receiver, secret="s3", signing_key="key")
    order = place(shop)
    assert set(receiver.taken[0]) == {
        "event",
        "id",
        "order_number",
        "update_date",
        "occurred_at",
        "delivery_id",
    }
    assert (receiver.taken[0]["event"], receiver.taken[0]["id"]) == ("order_placed", order)
    assert receiver.headers[0]["X-Flowrun-Secret"] == "s3"
    assert receiver.headers[0]["X-Signature"] == f"sha256={receiver.headers[0]['signed']}"
    assert receiver.seen == [receiver.taken[0]["order_number"]]


def test_a_status_written_through_either_api_is_told(shop: httpx.Client, receiver: Receiver) -> None:
    subscribe(shop, receiver, event="payment_status_changed")
    shop.put("/api/orders/1187/payment_status", json={"code": "A"}).raise_for_status()
    query = {"target": "RESTAPI", "_key": "sandbox-classic-key", "_path": "order/1187"}
    shop.put("/admin.php", params=query, json={"paymentStatus": {"id": 4}}).raise_for_status()
    assert [(event["id"], event["code"]) for event in receiver.taken] == [(1187, "A"), (1187, "P")]
    hook = shop.get("/admin.php", params=query | {"_path": "xc-zapier-hooksubscriber"}).json()[0]
    assert (hook["event"], "secret" in hook) == ("payment_status_changed", False)


def test_a_change_that_touches_child_rows_only_tells_nobody(shop: httpx.Client, receiver: Receiver) -> None:
    subscribe(shop, receiver)
    shop.post("/_sandbox/orders/1187/edit", json={"tracking_number": "1Z"}).raise_for_status()
    assert receiver.taken == []
    shop.post("/_sandbox/orders/1187/edit", json={"lines": [{"sku": "MUG-01", "amount": 2}]})
    shop.put("/api/products/77", json={"amount": 3}).raise_for_status()
    assert [event["event"] for event in receiver.taken] == ["order_changed", "product_changed"]


def test_there_is_no_second_try(shop: httpx.Client, receiver: Receiver) -> None:
    subscribe(shop, receiver)
    shop.post("/_sandbox/hooks", json={"url": "http://127.0.0.1:9/"}).raise_for_status()
    receiver.answers = 503
    place(shop)
    outcomes = [row["outcome"] for row in shop.get("/_sandbox/deliveries").json()]
    assert (len(receiver.taken), outcomes) == (1, [503, "ConnectError"])


def test_deliveries_get_lost_and_come_twice(shop: httpx.Client, receiver: Receiver) -> None:
    subscribe(shop, receiver)
    shop.post("/_sandbox/settings", json={"webhook_lost": 100}).raise_for_status()
    place(shop)
    assert receiver.taken == []
    shop.post("/_sandbox/settings", json={"webhook_lost": 0, "webhook_doubled": 100}).raise_for_status()
    order = place(shop)
    assert receiver.orders() == [order, order]
    assert receiver.taken[0]["delivery_id"] == receiver.taken[1]["delivery_id"]


def test_deliveries_come_in_another_order(shop: httpx.Client, receiver: Receiver) -> None:
    subscribe(shop, receiver)
    shop.post("/_sandbox/settings", json={"webhook_reordered": 100}).raise_for_status()
    first = place(shop)
    assert receiver.taken == []
    shop.post("/_sandbox/settings", json={"webhook_reordered": 0}).raise_for_status()
    second = place(shop)
    assert receiver.orders() == [second, first]


def test_deliveries_come_late_and_nobody_waits_for_them(shop: httpx.Client, receiver: Receiver) -> None:
    subscribe(shop, receiver)
    shop.post("/_sandbox/settings", json={"webhook_delay_ms": 1000}).raise_for_status()
    place(shop)
    assert receiver.taken == []
    while not shop.get("/_sandbox/deliveries").json():  # each look takes its time, and the shop goes on
        assert len(receiver.taken) <= 1
    assert len(receiver.taken) == 1


def test_what_the_storefront_does_is_told_too(shop: httpx.Client, receiver: Receiver) -> None:
    subscribe(shop, receiver, event="order_placed")
    shop.post("/_sandbox/activity", json={"orders_per_minute": 60_000, "limit": 5}).raise_for_status()
    until_idle(shop)
    assert len(receiver.taken) == 5
