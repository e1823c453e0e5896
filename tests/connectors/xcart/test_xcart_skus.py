from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from xcart_catalogue import Catalogue

from flowrun.component import Duration, Url
from flowrun.errors import Rejected, Retryable
from flowrun_connectors.xcart import XCart

pytestmark = pytest.mark.anyio

OWN, SHARED = True, False


async def find(xcart: XCart, sku: str) -> Any:
    return await xcart.perform("find_product", {"sku": sku})


async def test_a_sku_leads_to_its_product_or_variant(stocked: XCart, catalogue: Catalogue) -> None:
    catalogue.add(1, "MUG")
    catalogue.add(2, "SHIRT", (21, "SHIRT-M", OWN), (22, "SHIRT-L", SHARED))
    assert await find(stocked, "MUG") == {"product_id": 1, "variant_id": None, "own_stock": True}
    assert await find(stocked, "SHIRT-M") == {"product_id": 2, "variant_id": 21, "own_stock": True}
    assert await find(stocked, "SHIRT-L") == {"product_id": 2, "variant_id": 22, "own_stock": False}
    assert await find(stocked, "SHIRT") == {"product_id": 2, "variant_id": None, "own_stock": True}
    assert catalogue.asked.count("GET ") == 1, "one reading of the list is enough for all"


async def test_the_sandbox_is_found_by_sku_too(xcart: XCart, shop: Any) -> None:
    for product in await xcart.perform("list_products", {}):
        variants = await xcart.perform("list_variants", {"product_id": product["id"]})
        assert (await find(xcart, product["sku"]))["product_id"] == product["id"]
        for variant in variants:
            if variant["sku"]:
                assert (await find(xcart, variant["sku"]))["variant_id"] == variant["id"]


async def test_a_sku_that_is_new_in_the_shop_is_found_and_only_what_is_new_is_read(
    stocked: XCart, catalogue: Catalogue
) -> None:
    catalogue.add(1, "A", (11, "A-1", OWN))
    await find(stocked, "A")
    catalogue.add(2, "B", (21, "B-1", OWN))
    catalogue.asked.clear()
    assert (await find(stocked, "B-1"))["variant_id"] == 21
    assert catalogue.asked == ["GET ", "GET 2/variants", "GET 2/variants/21"]


async def test_a_changed_or_deleted_product_takes_its_old_skus_with_it(
    stocked: XCart, catalogue: Catalogue
) -> None:
    catalogue.add(1, "A", (11, "A-1", OWN))
    catalogue.add(2, "B")
    await find(stocked, "A-1")
    catalogue.variants[1][0]["sku"] = "A-2"
    catalogue.products[1]["update_date"] = "2026-05-01T00:00:00+01:00"
    del catalogue.products[2]
    assert (await find(stocked, "A-2"))["variant_id"] == 11
    for gone in ("A-1", "B"):
        with pytest.raises(Rejected, match=f"SKU '{gone}'") as caught:
            await find(stocked, gone)
        assert caught.value.cause.code == "not-found"


async def test_a_sku_that_nobody_has_does_not_make_the_shop_be_read_over_and_over(
    make_xcart: Any, catalogue: Catalogue, httpserver: HTTPServer
) -> None:
    catalogue.add(1, "A")
    url = Url(httpserver.url_for("/").rstrip("/"))
    async with make_xcart(url=url, index_refresh=Duration(60.0)) as xcart:
        for _ in range(5):
            with pytest.raises(Rejected, match="asked for again after 60 s"):
                await find(xcart, "NOBODY")
    assert catalogue.asked.count("GET ") == 1


async def test_many_searches_at_once_read_the_shop_once(stocked: XCart, catalogue: Catalogue) -> None:
    for number in range(1, 41):
        catalogue.add(number, f"P-{number}", (number * 100, f"V-{number}", OWN))
    found = await asyncio.gather(*(find(stocked, f"V-{number}") for number in range(1, 41)))
    assert [place["product_id"] for place in found] == list(range(1, 41))
    assert catalogue.asked.count("GET ") <= 2, "the list once, and once whether it was whole"
    assert len([asked for asked in catalogue.asked if asked.endswith("/variants")]) == 40


async def test_a_shop_without_variants_is_not_asked_for_them(
    make_xcart: Any, catalogue: Catalogue, httpserver: HTTPServer
) -> None:
    for number in range(1, 6):
        catalogue.add(number, f"P-{number}")
    async with make_xcart(url=Url(httpserver.url_for("/").rstrip("/")), variants=False) as xcart:
        assert (await find(xcart, "P-3"))["product_id"] == 3
    assert catalogue.asked == ["GET ", "GET 3"]


async def test_a_sku_of_two_things_is_told_and_taken_for_neither(
    stocked: XCart, catalogue: Catalogue
) -> None:
    catalogue.add(1, "A", (11, "TWICE", OWN))
    catalogue.add(2, "TWICE")
    for operation in ({"sku": "TWICE"}, {"sku": "TWICE", "amount": 3}):
        with pytest.raises(Rejected, match="product 1 variant 11, product 2") as caught:
            await stocked.perform("set_stock" if "amount" in operation else "find_product", operation)
        assert caught.value.cause.code == "ambiguous-sku"
    del catalogue.products[1]
    with pytest.raises(Rejected):
        await find(stocked, "not there, so the list is read again")
    assert (await find(stocked, "TWICE"))["product_id"] == 2


async def test_a_product_whose_variants_cannot_be_read_is_left_out_and_told(
    stocked: XCart, catalogue: Catalogue
) -> None:
    for number in range(1, 4):
        catalogue.add(number, f"P-{number}")
    catalogue.broken = {"2/variants"}
    assert (await find(stocked, "P-3"))["product_id"] == 3
    with pytest.raises(Rejected):
        await find(stocked, "P-2")
    assert "product 2" in stocked.warnings[0]
    catalogue.broken = set()
    assert (await find(stocked, "P-2"))["product_id"] == 2


async def test_a_shop_that_is_down_is_no_shop_without_products(xcart: XCart, shop: Any) -> None:
    shop.fault("status", status=503)
    with pytest.raises(Retryable):
        await find(xcart, "MUG-01")
    assert await find(xcart, "MUG-01")


async def test_a_stock_is_set_by_sku(stocked: XCart, catalogue: Catalogue) -> None:
    catalogue.add(1, "MUG")
    catalogue.add(2, "SHIRT", (21, "SHIRT-M", OWN))
    assert (await stocked.perform("set_stock", {"sku": "MUG", "amount": 0}))["changed"]
    assert (await stocked.perform("set_stock", {"sku": "SHIRT-M", "amount": 9}))["amount"] == 9
    assert catalogue.written == [
        ("/api/products/1", {"amount": 0}),
        ("/api/products/2/variants/21", {"amount": 9}),
    ]


async def test_a_stock_that_is_so_already_is_not_sent(stocked: XCart, catalogue: Catalogue) -> None:
    catalogue.add(1, "MUG", amount=7)
    result = await stocked.perform("set_stock", {"sku": "MUG", "amount": 7})
    assert (result["amount"], result["changed"], catalogue.written) == (7, False, [])


async def test_a_variant_that_shared_the_stock_gets_its_own(stocked: XCart, catalogue: Catalogue) -> None:
    catalogue.add(2, "SHIRT", (21, "SHIRT-M", SHARED))
    await stocked.perform("set_stock", {"sku": "SHIRT-M", "amount": 1})
    assert catalogue.written == [("/api/products/2/variants/21", {"default_amount": False})]
    assert catalogue.variants[2][0] == {"id": 21, "sku": "SHIRT-M", "amount": 1, "default_amount": False}


@pytest.mark.parametrize("named", [{"sku": "SHIRT"}, {"id": 2}])
async def test_a_stock_that_would_reach_nobody_is_refused(
    stocked: XCart, catalogue: Catalogue, named: dict[str, Any]
) -> None:
    catalogue.add(2, "SHIRT", (21, "SHIRT-M", OWN), (22, "SHIRT-L", OWN))
    with pytest.raises(Rejected, match="reach nobody"):
        await stocked.perform("set_stock", {**named, "amount": 3})
    assert catalogue.written == []


async def test_a_sku_that_a_variant_with_its_own_stock_inherits_does_not_say_whose_stock(
    stocked: XCart, catalogue: Catalogue
) -> None:
    catalogue.add(2, "SHIRT", (21, None, OWN), (22, "SHIRT-L", SHARED))
    with pytest.raises(Rejected, match="variants 21 share it"):
        await stocked.perform("set_stock", {"sku": "SHIRT", "amount": 3})
    assert (await find(stocked, "SHIRT"))["product_id"] == 2


async def test_a_sku_that_has_moved_to_another_product_is_followed(
    stocked: XCart, catalogue: Catalogue
) -> None:
    catalogue.add(1, "MUG")
    catalogue.add(2, "CUP")
    await find(stocked, "MUG")
    for number, sku in ((1, "CUP"), (2, "MUG")):
        catalogue.products[number] |= {"sku": sku, "update_date": "2026-06-01T00:00:00+01:00"}
    await stocked.perform("set_stock", {"sku": "MUG", "amount": 3})
    assert catalogue.written == [("/api/products/2", {"amount": 3})]


async def test_what_is_found_is_what_is_there_now(stocked: XCart, catalogue: Catalogue) -> None:
    catalogue.add(1, "MUG")
    await find(stocked, "MUG")
    catalogue.products[1] |= {"sku": "CUP", "update_date": "2026-06-01T00:00:00+01:00"}
    with pytest.raises(Rejected, match="SKU 'MUG'"):
        await find(stocked, "MUG")


async def test_a_product_that_was_made_anew_is_found_again(stocked: XCart, catalogue: Catalogue) -> None:
    catalogue.add(1, "MUG")
    await find(stocked, "MUG")
    del catalogue.products[1]
    catalogue.add(9, "MUG")
    await stocked.perform("set_stock", {"sku": "MUG", "amount": 3})
    assert catalogue.written == [("/api/products/9", {"amount": 3})]


async def test_many_stocks_are_set_and_what_is_wrong_with_one_stops_no_other(
    stocked: XCart, catalogue: Catalogue
) -> None:
    for number in range(1, 21):
        catalogue.add(number, f"P-{number}", amount=number)
    stocks = [{"sku": f"P-{number}", "amount": 10} for number in range(1, 21)]
    stocks += [{"sku": "NOBODY", "amount": 1}, {"id": 3, "amount": -1}]
    result = await stocked.perform("set_stocks", {"stocks": stocks})
    assert (result["changed"], result["unchanged"]) == (19, 1)
    assert [(row["sku"], row["id"]) for row in result["refused"]] == [("NOBODY", None), (None, 3)]
    assert {product["amount"] for product in catalogue.products.values()} == {10}


@pytest.mark.parametrize("parameters", [
    {"amount": 1}, {"amount": 1, "sku": "MUG", "id": 1}, {"amount": 1, "sku": "MUG", "variant": 2},
])  # fmt: skip
async def test_a_stock_names_one_thing(
    stocked: XCart, catalogue: Catalogue, parameters: dict[str, Any]
) -> None:
    catalogue.add(1, "MUG")
    with pytest.raises(Rejected, match=r"`(sku|variant)`"):
        await stocked.perform("set_stock", parameters)
