"""Lists that are too long for the memory, a page at a time."""

from __future__ import annotations

from typing import Any

import pytest

from flowrun.component import Connector, Secret

pytestmark = pytest.mark.anyio

MATERIALS = {
    "service": "API_PRODUCT_SRV",
    "entity": "A_Product",
    "select": ["Product", "BaseUnit"],
    "order_by": ["Product"],
}


async def turned(connector: Connector[Any], operation: str, parameters: dict[str, Any]) -> list[list[Any]]:
    """All pages, each asked for as if by another process."""
    found: list[list[Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await connector.page(operation, parameters, cursor)
        found.append(page.rows)
        cursor = page.next
    return found


async def test_the_pages_of_sap_are_the_list(sap: Any) -> None:
    whole = await sap.perform("list", MATERIALS)
    pages = await turned(sap, "list", {**MATERIALS, "page_size": 7})
    assert {len(page) for page in pages[:-2]} == {7}
    rows = [row["Product"] for page in pages for row in page]
    assert sorted(rows) == sorted(row["Product"] for row in whole)
    assert len(set(rows)) == len(rows)


async def test_pages_go_through_a_list_that_takes_several_requests(sap: Any) -> None:
    names = [row["Product"] for row in await sap.perform("list", MATERIALS)]
    wanted = {"Product": {"in": names[:5] + [f"NO-SUCH-{number:060}" for number in range(200)]}}
    pages = await turned(sap, "list", {**MATERIALS, "where": wanted, "page_size": 2})
    assert sorted(row["Product"] for page in pages for row in page) == sorted(names[:5])


async def test_a_limit_ends_the_pages(sap: Any, xcart: Any) -> None:
    pages = await turned(sap, "list", {**MATERIALS, "page_size": 4, "limit": 6})
    assert [len(page) for page in pages if page] == [4, 2]
    assert sum(map(len, await turned(xcart, "list_products", {"limit": 3}))) == 3


@pytest.mark.parametrize("operation", ["list_products", "list_profiles"])
@pytest.mark.parametrize("api", ["5.5", "classic"])
async def test_the_pages_of_a_shop_are_its_list(
    make_xcart: Any, shop: Any, sandbox: Any, api: str, operation: str
) -> None:
    shop.post("/_sandbox/orders", json={"count": 20}).raise_for_status()  # their buyers have profiles
    token = Secret(sandbox.xcart_classic_token if api == "classic" else sandbox.xcart_token)
    async with make_xcart(api=api, token=token, page_size=5) as connector:
        whole = await connector.perform(operation, {})
        pages = await turned(connector, operation, {})
    assert sorted(row["id"] for page in pages for row in page) == sorted(row["id"] for row in whole)
    assert len(pages) > 2
