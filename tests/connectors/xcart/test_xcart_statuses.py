from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from flowrun.errors import Fatal, Rejected, Retryable
from flowrun_connectors.xcart import XCart
from flowrun_connectors.xcart.order_rules import _holds_stock, status_code, writes
from flowrun_connectors.xcart.settings import Extensions, Tracking

pytestmark = pytest.mark.anyio

PAYMENT = ("Q", "A", "PP", "P", "D", "C", "R")
SHIPPING = ("N", "P", "S", "D", "WND", "R", "WFA", "12")
NUMBER = "00340434292135100186"


async def some_order(xcart: XCart) -> dict[str, Any]:
    return dict((await xcart.perform("list_orders", {"payment_status": ["P"], "shipping_status": ["N"]}))[0])


@pytest.mark.parametrize(("now", "wanted", "order"), [
    (("P", "N"), ("P", "N"), []),
    (("P", "N"), ("P", "S"), [("shipping", "S")]),
    (("Q", "N"), ("P", "S"), [("payment", "P"), ("shipping", "S")]),
    (("P", "N"), ("R", "S"), [("shipping", "S"), ("payment", "R")]),
    (("R", "S"), ("P", "N"), [("payment", "P"), ("shipping", "N")]),
    (("R", "N"), ("C", "S"), [("payment", "C"), ("shipping", "S")]),
    (("C", "S"), ("R", "N"), [("shipping", "N"), ("payment", "R")]),
])  # fmt: skip
def test_two_statuses_are_written_in_the_order_that_moves_stock_least(
    now: tuple[str, str], wanted: tuple[str, str], order: list[tuple[str, str]]
) -> None:
    assert writes(now, wanted) == order


def test_no_pair_leads_to_another_by_a_detour_of_the_stock() -> None:
    pairs = list(itertools.product(PAYMENT, SHIPPING))
    for now, wanted in itertools.product(pairs, pairs):
        at, moves = dict(zip(("payment", "shipping"), now, strict=True)), 0
        for kind, code in writes(now, wanted):
            before = _holds_stock(at["payment"], at["shipping"])
            at[kind] = code
            moves += before != _holds_stock(at["payment"], at["shipping"])
        assert (at["payment"], at["shipping"]) == wanted
        assert moves == (_holds_stock(*now) != _holds_stock(*wanted))


async def test_an_order_tells_both_statuses_as_one_word(xcart: XCart) -> None:
    order = await some_order(xcart)
    assert order["status_pair"] == "P/N"
    assert (await xcart.perform("get_order", {"id": order["id"]}))["status_pair"] == "P/N"
    assert (await xcart.perform("get_order_by_number", {"order_number": order["order_number"]}))[
        "status_pair"
    ] == "P/N"


async def test_a_pair_is_set_and_only_what_differs_is_written(xcart: XCart, shop: Any) -> None:
    order = await some_order(xcart)
    request = {"id": order["id"], "payment": "P", "shipping": "S"}
    made = [await xcart.perform("set_statuses", request) for _ in range(2)]
    assert [(row["status_pair"], row["changed"]) for row in made] == [("P/S", True), ("P/S", False)]
    assert [row["path"].rpartition("/")[2] for row in shop.asked("PUT")] == ["shipping_status"]
    assert (await xcart.perform("set_statuses", {"id": order["id"]}))["changed"] is False


async def test_a_pair_that_was_half_written_is_finished_by_a_repetition(xcart: XCart, shop: Any) -> None:
    order = await some_order(xcart)
    request = {"id": order["id"], "payment": "R", "shipping": "S"}
    shop.fault("status", status=503, method="PUT", match="payment_status")
    with pytest.raises(Retryable):
        await xcart.perform("set_statuses", request)
    assert (await xcart.perform("get_order", {"id": order["id"]}))["status_pair"] == "P/S"
    assert (await xcart.perform("set_statuses", request))["status_pair"] == "R/S"


async def test_a_status_of_the_shop_s_own_is_meant_by_its_id(xcart: XCart, shop: Any) -> None:
    order = await some_order(xcart)
    made = await xcart.perform("set_statuses", {"id": order["id"], "shipping": "12"})
    again = await xcart.perform("set_statuses", {"id": order["id"], "shipping": "12"})
    found = await xcart.perform("list_orders", {"shipping_status": ["12"]})
    assert (made["status_pair"], made["changed"], again["changed"]) == ("P/12", True, False)
    assert [row["id"] for row in found] == [order["id"]]


@pytest.mark.parametrize(("status", "code"), [
    ({"id": 4, "code": "P"}, "P"), ({"id": 12, "code": None}, "12"), (None, ""), ({}, ""),
])  # fmt: skip
def test_a_status_has_a_word_even_without_a_code(status: Any, code: str) -> None:
    assert status_code(status) == code


async def test_a_filter_that_the_shop_ignores_lets_no_other_order_through(
    scripted_xcart: XCart, httpserver: HTTPServer
) -> None:
    rows = [
        {
            "id": number,
            "payment_status": {"id": number, "code": code},
            "create_date": "2026-03-14T09:26:53+0000",
        }
        for number, code in enumerate("PQPA", start=1)
    ]
    httpserver.expect_request("/api/orders").respond_with_json(rows)
    found = await scripted_xcart.perform("list_orders", {"payment_status": ["P"]})
    assert [row["id"] for row in found] == [1, 3]
    assert await scripted_xcart.perform("list_orders", {"created_since": "2026-04-01T00:00:00Z"}) == []


class Parcels:
    """An order, and a module of the shop's own that takes its tracking numbers."""

    def __init__(self) -> None:
        self.numbers: list[str] = []
        self.bodies: list[Any] = []

    def __call__(self, request: Request) -> Response:
        if request.method != "GET":
            body = json.loads(request.get_data())
            self.bodies.append((request.method, request.path, body))
            self.numbers.append(next(iter(body.values())))
            return Response("{}", 201, content_type="application/json")
        parcels = [{"id": place, "value": number} for place, number in enumerate(self.numbers)]
        order = {"id": 7, "order_number": "1042", "tracking_numbers": parcels}
        return Response(json.dumps(order), content_type="application/json")


@pytest.mark.parametrize(("tracking", "sent"), [
    (Tracking(path="/api/orders/{id}/tracking"), ("POST", "/api/orders/7/tracking", {"value": NUMBER})),
    (Tracking(path="/parcels/{order_number}", method="PUT", number_field="no"),
     ("PUT", "/parcels/1042", {"no": NUMBER})),
])  # fmt: skip
async def test_a_tracking_number_is_added_once_where_the_shop_has_a_module_for_it(
    make_xcart: Any, httpserver: HTTPServer, tracking: Tracking, sent: tuple[str, str, dict[str, str]]
) -> None:
    parcels = Parcels()
    for path in ("/api/orders/7", sent[1]):
        httpserver.expect_request(path).respond_with_handler(parcels)
    url = httpserver.url_for("/").rstrip("/")
    async with make_xcart(url=url, extensions=Extensions(tracking=tracking)) as xcart:
        made = [await xcart.perform("add_tracking_number", {"id": 7, "number": NUMBER}) for _ in range(2)]
    assert ([row["changed"] for row in made], parcels.bodies) == ([True, False], [sent])
    assert [row["value"] for row in made[0]["tracking_numbers"]] == [NUMBER]


async def test_the_sandbox_takes_a_tracking_number_once_it_is_told_to(make_xcart: Any, shop: Any) -> None:
    shop.setting(tracking_endpoint=True)
    extensions = Extensions(tracking=Tracking(path="/api/orders/{id}/tracking"))
    async with make_xcart(extensions=extensions) as xcart:
        request = {"id": (await some_order(xcart))["id"], "number": NUMBER}
        made = [await xcart.perform("add_tracking_number", request) for _ in range(2)]
    assert [row["changed"] for row in made] == [True, False]
    assert [row["value"] for row in made[1]["tracking_numbers"]] == [NUMBER]


async def test_without_a_module_it_is_told_what_is_possible(xcart: XCart, shop: Any) -> None:
    with pytest.raises(Rejected, match=r"extensions.*set_shipping_status"):
        await xcart.perform("add_tracking_number", {"id": (await some_order(xcart))["id"], "number": NUMBER})
    assert shop.asked("POST") == []


async def test_a_placeholder_that_is_not_known_is_told(make_xcart: Any, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/api/orders/7").respond_with_json({"id": 7})
    extensions = Extensions(tracking=Tracking(path="/orders/{number}/tracking"))
    url = httpserver.url_for("/").rstrip("/")
    async with make_xcart(url=url, extensions=extensions, paths={"get_profile": "/p/{nobody}"}) as xcart:
        with pytest.raises(Fatal, match=r"extensions.tracking.path.*\{id\}, \{order_number\}"):
            await xcart.perform("add_tracking_number", {"id": 7, "number": NUMBER})
        with pytest.raises(Fatal, match=r"paths.get_profile.*\{id\}"):
            await xcart.perform("get_profile", {"id": 7})
