"""Stocks on sale, and writing one only when it is still what it was."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from flowrun.component import Secret
from flowrun.errors import Rejected
from flowrun_connectors.xcart import XCart

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["5.5", "classic"])
async def either(request: pytest.FixtureRequest, make_xcart: Any, shop: Any) -> AsyncIterator[XCart]:
    """The same shop through either API."""
    more = {"api": "classic", "token": Secret("sandbox-classic-key")} if request.param == "classic" else {}
    async with make_xcart(**more) as connector:
        yield connector


async def on_sale(xcart: XCart, *skus: str) -> dict[str, dict[str, Any]]:
    rows = await xcart.perform("list_stocks", {"skus": list(skus)} if skus else {})
    return {row["sku"]: row for row in rows}


async def test_a_stock_is_listed_where_customers_buy_from_it(xcart: XCart, shop: Any) -> None:
    found = await on_sale(xcart)
    counted = shop.get("/_sandbox/state").json()["stock"]
    assert {sku: row["amount"] for sku, row in found.items()} == counted
    assert found["MUG-01"]["variant"] is None
    assert found["TS-BLK-M"]["variant"] is not None
    assert "TS-BLK" not in found  # each of its variants has a stock of its own


async def test_some_are_found_by_their_sku_and_what_is_not_there_is_left_out(either: XCart) -> None:
    found = await on_sale(either, "MUG-01", "TS-BLK-M", "TS-BLK", "NO-SUCH-SKU", "MUG-01")
    assert {sku: row["amount"] for sku, row in found.items()} == {"MUG-01": 60, "TS-BLK-M": 18}


async def test_pages_hold_the_same_as_the_whole_list(either: XCart) -> None:
    rows, cursor = [], ""
    while cursor is not None:
        page = await either.page("list_stocks", {}, cursor)
        rows, cursor = rows + page.rows, page.next
    assert rows == await either.perform("list_stocks", {})


async def test_what_was_bought_from_meanwhile_is_not_written(either: XCart, shop: Any) -> None:
    before = await on_sale(either, "MUG-01", "TEA-250")
    order = {"email": "kim@example.com", "lines": [{"sku": "MUG-01", "amount": 2}]}
    shop.post("/_sandbox/orders", json=order).raise_for_status()
    wanted = [
        {"id": row["id"], "variant": row["variant"], "amount": 77, "was": row["amount"]}
        for row in before.values()
    ]
    result = await either.perform("set_stocks", {"stocks": wanted})
    assert (result["changed"], [row["id"] for row in result["moved"]]) == (1, [before["MUG-01"]["id"]])
    assert {sku: row["amount"] for sku, row in (await on_sale(either, *before)).items()} == {
        "MUG-01": 58,
        "TEA-250": 77,
    }


async def test_doing_it_twice_is_doing_it_once(either: XCart) -> None:
    stock = (await on_sale(either, "TEA-250"))["TEA-250"]
    wanted = {"stocks": [{"id": stock["id"], "amount": 77, "was": stock["amount"]}]}
    results = [await either.perform("set_stocks", wanted) for _ in range(2)]
    assert [(one["changed"], one["unchanged"], one["moved"]) for one in results] == [(1, 0, []), (0, 1, [])]


async def test_a_single_stock_that_has_moved_is_rejected(xcart: XCart) -> None:
    with pytest.raises(Rejected, match="MUG-01 was 59 and is 60 by now") as caught:
        await xcart.perform("set_stock", {"sku": "MUG-01", "amount": 5, "was": 59})
    assert caught.value.cause.code == "stock-moved"
