from __future__ import annotations

import weakref
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from xcart_catalogue import Catalogue

from flowrun.component import Url
from flowrun.errors import Fatal
from flowrun_connectors.xcart import XCart
from flowrun_connectors.xcart.paging import Part, Reader, pages

pytestmark = pytest.mark.anyio


async def ids(xcart: XCart, **parameters: Any) -> list[int]:
    return [row["id"] for row in await xcart.perform("list_products", parameters)]


@pytest.mark.parametrize("hydra", [True, False])
@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250])
async def test_a_list_comes_whole_as_an_array_and_as_a_hydra_collection(
    stocked: XCart, catalogue: Catalogue, *, hydra: bool, count: int
) -> None:
    for number in range(1, count + 1):
        catalogue.add(number, f"P-{number}")
    catalogue.hydra = hydra
    assert await ids(stocked) == list(range(1, count + 1))
    assert await ids(stocked, limit=7) == list(range(1, count + 1))[:7]


async def test_a_shop_that_cuts_its_pages_shorter_is_not_taken_for_a_smaller_shop(
    stocked: XCart, catalogue: Catalogue
) -> None:
    for number in range(1, 61):
        catalogue.add(number, f"P-{number}")
    catalogue.largest_page = 25
    with pytest.raises(Fatal, match="page_size: 25"):
        await ids(stocked)


async def test_a_list_that_knows_no_pages_is_whole(scripted_xcart: XCart, httpserver: HTTPServer) -> None:
    events = [{"id": number, "code": "ORDER EDITED"} for number in range(1, 26)]
    httpserver.expect_request("/api/orders/7/history").respond_with_json(events)
    assert await scripted_xcart.perform("get_order_history", {"order_id": 7}) == events


async def test_pages_that_were_long_once_are_not_doubted_again(stocked: XCart, catalogue: Catalogue) -> None:
    for number in range(1, 121):
        catalogue.add(number, f"P-{number}")
    await ids(stocked)
    for number in range(61, 121):
        del catalogue.products[number]
    catalogue.asked.clear()
    assert len(await ids(stocked)) == 60
    assert catalogue.asked == ["GET "]


async def test_a_product_that_x_cart_cannot_show_is_left_out_and_reported(
    make_xcart: Any, httpserver: HTTPServer, catalogue: Catalogue
) -> None:
    for number in range(1, 41):
        catalogue.add(number, f"P-{number}")
    catalogue.bad = {17}
    async with make_xcart(url=Url(httpserver.url_for("/").rstrip("/")), page_size=20) as xcart:
        assert await ids(xcart) == [number for number in range(1, 41) if number != 17]
        assert "after id 16" in xcart.warnings[0]


class Row(dict[str, Any]):
    """A row that can be watched as it goes."""

    __hash__ = object.__hash__  # type: ignore[assignment]


class Endless(Reader):
    """A list of so many pages, made as they are asked for."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.alive: weakref.WeakSet[Row] = weakref.WeakSet()

    async def part(self, query: Any, offset: int, size: int) -> Part:
        rows: list[Any] = [Row(id=offset + number) for number in range(size)]
        self.alive.update(rows)
        return Part(rows, at_end=offset // size + 1 == self.count)


async def test_of_a_long_list_only_a_page_or_two_are_kept() -> None:
    endless, total, most = Endless(200), 0, 0
    async for rows in pages(endless, (), 100):
        total += len(rows)
        most = max(most, len(endless.alive))
    assert total == 20_000
    assert most <= 200


async def test_a_log_in_that_the_shop_does_not_filter_by_lets_nobody_else_through(
    scripted_xcart: XCart, httpserver: HTTPServer
) -> None:
    people = [{"id": 1, "login": "Kim@test.example"}, {"id": 2, "login": "jo@test.example"}]
    httpserver.expect_request("/api/profiles").respond_with_json(people)
    assert await scripted_xcart.perform("list_profiles", {"login": "kim@"}) == people[:1]
