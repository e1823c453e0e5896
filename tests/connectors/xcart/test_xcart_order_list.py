from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from flowrun.component import Url
from flowrun.errors import Rejected, Retryable
from flowrun_connectors.xcart import XCart

pytestmark = pytest.mark.anyio

START = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S+0000")


class OrderList:
    """A list of orders as X-Cart pages, filters and sorts it. `bad` ids make a page answer 500."""

    def __init__(self, count: int, *, seconds: int = 60) -> None:
        self.changed = {number: START + timedelta(seconds=number * seconds) for number in range(1, count + 1)}
        self.created = dict(self.changed)
        self.bad: set[int] = set()
        self.knows_filter = True
        self.asked: list[dict[str, str]] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def __call__(self, request: Request) -> Response:
        query = request.args
        self.asked.append(query.to_dict())
        moments = self.changed if "order[lastRenewDate]" in query else self.created
        numbers = sorted(moments, key=lambda number: (moments[number], number))
        if query.get("order[lastRenewDate]") == "desc":
            numbers.reverse()
        for name, of in (("lastRenewDate[after]", self.changed), ("date[after]", self.created)):
            if name in query and (self.knows_filter or name != "lastRenewDate[after]"):
                bound = datetime.fromisoformat(query[name])
                numbers = [number for number in numbers if of[number] >= bound]
        page, size = int(query["page"]), int(query["itemsPerPage"])
        part = numbers[(page - 1) * size : page * size]
        if self.bad & set(part):
            return Response('{"title": "An error occurred", "detail": "Internal Server Error"}', 500)
        answer = json.dumps([self.order(number) for number in part])
        self.meanwhile()
        return Response(answer, content_type="application/json")

    def order(self, number: int) -> dict[str, Any]:
        return {
            "id": number,
            "order_number": f"N{number}",
            "create_date": stamp(self.created[number]),
            "update_date": stamp(self.changed[number]),
            "total": 5,
        }


@pytest.fixture
async def small_pages(make_xcart: Any, httpserver: HTTPServer) -> AsyncIterator[XCart]:
    async with make_xcart(url=Url(httpserver.url_for("/").rstrip("/")), page_size=10) as connector:
        yield connector


def serve(server: HTTPServer, orders: OrderList) -> OrderList:
    server.expect_request("/api/orders").respond_with_handler(orders)
    return orders


async def ids(xcart: XCart, **parameters: Any) -> list[int]:
    return [row["id"] for row in await xcart.perform("list_orders", parameters)]


async def test_all_of_250_orders_come_once(xcart: XCart, shop: Any) -> None:
    have = len(await ids(xcart))
    placed = shop.post("/_sandbox/orders", json={"count": 250}).json()
    found = await ids(xcart)
    assert len(found) == len(set(found)) == have + 250
    assert {order["id"] for order in placed} <= set(found)


@pytest.mark.parametrize("knows_filter", [True, False])
@pytest.mark.parametrize("seconds", [0, 1, 60])
async def test_a_shop_that_ignores_the_filter_gives_the_same_orders(
    small_pages: XCart, httpserver: HTTPServer, *, knows_filter: bool, seconds: int
) -> None:
    orders = serve(httpserver, OrderList(47, seconds=seconds))
    orders.knows_filter = knows_filter
    since = orders.changed[12]
    expected = [number for number in range(1, 48) if orders.changed[number] >= since]
    assert sorted(await ids(small_pages, changed_since=since)) == expected
    assert (
        await ids(small_pages, changed_since=stamp(since), limit=3)
        == (await ids(small_pages, changed_since=since))[:3]
    )
    assert sum(query.get("lastRenewDate[after]", "").startswith("2099") for query in orders.asked) == 1


@pytest.mark.parametrize("knows_filter", [True, False])
async def test_the_sandbox_agrees_with_and_without_the_filter(
    xcart: XCart, shop: Any, *, knows_filter: bool
) -> None:
    shop.setting(last_renew_date_filter=knows_filter)
    everything = await xcart.perform("list_orders", {})
    since = sorted(order["update_date"] for order in everything)[len(everything) // 2]
    found = await ids(xcart, changed_since=since)
    assert set(found) == {order["id"] for order in everything if order["update_date"] >= since}


async def test_no_order_is_lost_when_others_change_while_the_list_is_read(
    small_pages: XCart, httpserver: HTTPServer
) -> None:
    orders = serve(httpserver, OrderList(40))

    def touch_the_oldest() -> None:
        oldest = min(orders.changed, key=lambda number: orders.changed[number])
        orders.changed[oldest] = max(orders.changed.values()) + timedelta(seconds=60)
        if len(orders.asked) > 6:
            orders.meanwhile = lambda: None

    orders.meanwhile = touch_the_oldest
    found = await ids(small_pages, changed_since=START)
    assert sorted(found) == list(range(1, 41))


async def test_an_order_that_x_cart_cannot_show_is_left_out_and_reported(
    small_pages: XCart, httpserver: HTTPServer
) -> None:
    orders = serve(httpserver, OrderList(47))
    orders.bad = {1, 25, 30}
    expected = [number for number in range(1, 48) if number not in orders.bad]
    assert await ids(small_pages, changed_since=START) == expected
    assert len(small_pages.warnings) == 3
    assert "after order N24" in small_pages.warnings[1]
    assert len(orders.asked) < 60


async def test_a_status_of_the_shop_s_own_breaks_one_order_and_not_the_list(xcart: XCart, shop: Any) -> None:
    shop.post("/_sandbox/orders", json={"count": 20}).raise_for_status()
    whole = await ids(xcart)
    own = {"id": whole[7], "code": "12"}
    assert (await xcart.perform("set_shipping_status", own))["code"] is None
    assert (await xcart.perform("set_shipping_status", own))["changed"] is False
    shop.setting(custom_status_breaks=True)
    assert await ids(xcart) == [number for number in whole if number != whole[7]]


async def test_a_shop_that_is_ill_is_not_taken_for_bad_orders(
    small_pages: XCart, httpserver: HTTPServer
) -> None:
    orders = serve(httpserver, OrderList(47))
    orders.bad = set(range(1, 48))
    with pytest.raises(Retryable):
        await ids(small_pages)
    assert len(orders.asked) < 20


@pytest.mark.parametrize("moment", ["yesterday", "2026-03-14T09:00:00", ""])
async def test_a_moment_that_x_cart_would_ignore_is_refused(xcart: XCart, moment: str) -> None:
    with pytest.raises(Rejected, match="zone"):
        await ids(xcart, changed_since=moment)


@pytest.mark.parametrize("moment", [
    START, "2026-03-14T09:00:00Z", "2026-03-14T10:00:00+01:00", "2026-03-14T09:00:00+0000",
])  # fmt: skip
async def test_a_moment_is_sent_in_utc(small_pages: XCart, httpserver: HTTPServer, moment: Any) -> None:
    orders = serve(httpserver, OrderList(1))
    await ids(small_pages, created_since=moment)
    assert orders.asked[0]["date[after]"] == "2026-03-14T09:00:00Z"


async def test_a_day_begins_at_midnight_in_utc(small_pages: XCart, httpserver: HTTPServer) -> None:
    orders = serve(httpserver, OrderList(1))
    await ids(small_pages, created_since=date(2026, 3, 14))
    assert orders.asked[0]["date[after]"] == "2026-03-14T00:00:00Z"


async def test_statuses_select(xcart: XCart, shop: Any) -> None:
    shop.post("/_sandbox/orders", json={"count": 20}).raise_for_status()
    found = await xcart.perform("list_orders", {"payment_status": ["P", "A"], "shipping_status": ["N"]})
    assert {row["payment_status"]["code"] for row in found} == {"P", "A"}
    assert {row["shipping_status"]["code"] for row in found} == {"N"}
