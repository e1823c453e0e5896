"""Products saved by their SKU, and their prices as one list, against the sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from pytest_httpserver import HTTPServer

from flowrun.errors import Rejected, Retryable
from flowrun_connectors.xcart import XCart
from flowrun_sandbox import Sandbox

pytestmark = pytest.mark.anyio

MUG = {"sku": "MUG-01"}


@pytest.fixture
def admin(sandbox: Sandbox, shop: Any) -> Iterator[httpx.Client]:
    """The shop's own API, as its operator uses it."""
    with httpx.Client(
        base_url=f"{sandbox.xcart_url}/api", headers={"X-AUTH-TOKEN": sandbox.xcart_token}
    ) as client:
        yield client


def product(admin: httpx.Client, number: int, language: str = "en") -> dict[str, Any]:
    return dict(
        admin.get(f"/products/{number}", headers={"Accept-Language": language}).raise_for_status().json()
    )


async def save(xcart: XCart, **parameters: Any) -> dict[str, Any]:
    return dict(await xcart.perform("save_product", parameters))


async def test_a_product_is_brought_up_to_date_and_then_left_alone(xcart: XCart, shop: Any) -> None:
    wish = {**MUG, "product": {"name": "Gift box", "weight": Decimal("1.5")}}
    first, second = [await save(xcart, **wish) for _ in range(2)]
    assert (first["action"], first["written"], first["product_id"]) == ("updated", ["name", "weight"], 77)
    assert (second["action"], second["changed"]) == ("unchanged", False)
    assert len(shop.asked("PUT")) == 1


async def test_a_new_product_has_no_stock_and_is_found_the_next_time(
    xcart: XCart, admin: Any, shop: Any
) -> None:
    wish = {"sku": "NEW-01", "product": {"name": "New", "price": 5}}
    first, second = [await save(xcart, **wish) for _ in range(2)]
    assert (first["action"], second["action"]) == ("created", "unchanged")
    assert product(admin, first["product_id"])["amount"] == 0  # X-Cart itself would say 1000
    assert len(shop.asked("POST", "/api/products")) == 1


async def test_what_is_only_for_new_products_is_never_written_over(xcart: XCart, admin: Any) -> None:
    wish = {"product": {"name": "New", "description": "from SAP"}, "only_when_new": ["description"]}
    made = await save(xcart, sku="NEW-02", **wish)
    assert product(admin, made["product_id"])["description"] == "from SAP"
    admin.put(f"/products/{made['product_id']}", json={"description": "<b>Best ever</b>"}).raise_for_status()
    again = await save(xcart, sku="NEW-02", **wish)
    assert again["action"] == "unchanged"
    assert product(admin, made["product_id"])["description"] == "<b>Best ever</b>"


async def test_a_product_that_is_not_to_be_made_is_absent(xcart: XCart, shop: Any) -> None:
    saved = await save(xcart, sku="NEW-03", product={"name": "New"}, create=False)
    assert (saved["action"], saved["product_id"]) == ("absent", None)
    assert shop.asked("POST", "/api/products") == []


async def test_two_at_the_same_moment_make_one_product(xcart: XCart, shop: Any) -> None:
    wish = {"sku": "NEW-04", "product": {"name": "New"}}
    saved = await asyncio.gather(*[save(xcart, **wish) for _ in range(5)])
    assert sorted(one["action"] for one in saved) == ["created", *["unchanged"] * 4]
    assert len(shop.asked("POST", "/api/products")) == 1


async def test_a_product_that_was_made_without_an_answer_is_found_by_its_sku(xcart: XCart, shop: Any) -> None:
    await save(xcart, **MUG, product={})  # reads the shop, so that only the write is hit
    shop.fault("drop", method="POST")
    saved = await save(xcart, sku="NEW-05", product={"name": "New"})
    assert saved["action"] == "created"
    assert len(shop.asked("POST", "/api/products")) == 1


async def test_a_product_that_somebody_made_meanwhile_is_taken_as_it_is(xcart: XCart, admin: Any) -> None:
    await save(xcart, **MUG, product={})
    admin.post("/products", json={"sku": "NEW-06", "name": "Theirs", "amount": 7}).raise_for_status()
    saved = await save(xcart, sku="NEW-06", product={"name": "Ours"})
    assert saved["action"] == "updated"
    assert (product(admin, saved["product_id"])["amount"], product(admin, saved["product_id"])["name"]) == (
        7,
        "Ours",
    )


async def test_a_refused_product_says_why(xcart: XCart) -> None:
    with pytest.raises(Rejected, match="tax_class 'Luxury' does not exist"):
        await save(xcart, sku="NEW-07", product={"name": "New", "tax_class": "Luxury"})
    with pytest.raises(Rejected, match="33 characters"):
        await save(xcart, sku="X" * 33, product={"name": "New"})


async def test_texts_in_several_languages_stay_apart(xcart: XCart, admin: Any, shop: Any) -> None:
    wish = {
        **MUG,
        "product": {"name": "Gift box"},
        "translations": [{"language": "de", "name": "Geschenkbox"}],
    }
    first, second = [await save(xcart, **wish) for _ in range(2)]
    assert (first["written"], second["action"]) == (["name", "de.name"], "unchanged")
    assert (product(admin, 77)["name"], product(admin, 77, "de")["name"]) == ("Gift box", "Geschenkbox")
    assert len(shop.asked("PUT")) == 2


async def test_a_language_that_the_shop_lacks_does_not_spoil_its_own_texts(xcart: XCart, admin: Any) -> None:
    wish = {**MUG, "product": {}, "translations": [{"language": "fr", "name": "Coffret"}]}
    with pytest.raises(Rejected, match="switch that language on") as refused:
        await save(xcart, **wish)
    assert refused.value.cause.code == "language-not-enabled"
    assert product(admin, 77)["name"] == "Gift set"


async def test_of_a_variant_only_its_own_is_written(xcart: XCart, admin: Any) -> None:
    saved = await save(xcart, sku="TS-BLK-M", product={"name": "T-shirt M", "weight": Decimal("0.4")})
    assert (saved["variant_id"], saved["left_out"]) == (143, ["name"])
    variant = admin.get("/products/42/variants/143").json()
    assert (variant["weight"], variant["default_weight"]) == (0.4, False)
    assert product(admin, 42)["name"] == 'T-Shirt "Classic" & Co.'


async def test_the_classic_api_saves_products_but_knows_one_language(classic: XCart) -> None:
    first, second = [await save(classic, **MUG, product={"weight": Decimal("1.5")}) for _ in range(2)]
    assert (first["action"], second["action"]) == ("updated", "unchanged")
    with pytest.raises(Rejected, match="one language only"):
        await save(classic, **MUG, product={}, translations=[{"language": "de", "name": "Geschenk"}])
    with pytest.raises(Rejected, match="set_prices"):
        await classic.perform("set_prices", {**MUG, "price": 1})


LIST = {
    **MUG,
    "price": Decimal("110.00"),
    "wholesale": [
        {"quantity_range_begin": 10, "price": Decimal("100.00")},
        {"membership": "Wholesaler", "price": Decimal("95.50")},
    ],
}


def wholesale(admin: httpx.Client, path: str = "/products/77") -> list[tuple[int, int | None, float]]:
    rows = admin.get(f"{path}/wholesale_prices").raise_for_status().json()
    return sorted((row["quantity_range_begin"], row["membership"], row["price"]) for row in rows)


async def test_a_price_list_is_written_whole_and_once(xcart: XCart, admin: Any, shop: Any) -> None:
    first, second = [await xcart.perform("set_prices", LIST) for _ in range(2)]
    assert (first["price_changed"], first["created"], second["changed"]) == (True, 2, False)
    assert wholesale(admin) == [(1, 4, 95.5), (10, None, 100.0)]
    assert product(admin, 77)["price"] == 110.0
    assert len(shop.asked("POST") + shop.asked("PUT")) == 3


async def test_prices_that_are_not_in_the_list_go(xcart: XCart, admin: Any) -> None:
    await xcart.perform("set_prices", LIST)
    wish = {**LIST, "wholesale": [{"quantity_range_begin": 10, "price": Decimal("99.99")}]}
    done = await xcart.perform("set_prices", wish)
    assert (done["created"], done["updated"], done["deleted"]) == (0, 1, 1)
    assert wholesale(admin) == [(10, None, 99.99)]


async def test_prices_of_other_memberships_stay(xcart: XCart, admin: Any) -> None:
    await xcart.perform("set_prices", LIST)
    done = await xcart.perform("set_prices", {**LIST, "wholesale": [], "memberships": []})
    assert done["deleted"] == 1
    assert wholesale(admin) == [(1, 4, 95.5)]


async def test_a_variant_gets_a_price_of_its_own(xcart: XCart, admin: Any) -> None:
    admin.put("/products/42/variants/143", json={"default_price": True}).raise_for_status()
    await xcart.perform("set_prices", {**LIST, "sku": "TS-BLK-M", "price": Decimal("39.99")})
    variant = admin.get("/products/42/variants/143").json()
    assert (variant["price"], variant["default_price"]) == (39.99, False)
    assert len(wholesale(admin, "/products/42/variants/143")) == 2
    assert wholesale(admin, "/products/42") == [(10, 4, 44.5)]


@pytest.mark.parametrize(
    ("wholesale", "why"),
    [
        ([{"membership": "Gold", "price": 1}], "'Gold' does not exist"),
        ([{"price": 1}], "that one is `price`"),
        ([{"quantity_range_begin": 5, "price": 1}, {"quantity_range_begin": 5, "price": 2}], "two prices"),
    ],
)
async def test_a_list_that_cannot_be_meant_writes_nothing(
    xcart: XCart, shop: Any, wholesale: list[dict[str, Any]], why: str
) -> None:
    with pytest.raises(Rejected, match=why):
        await xcart.perform("set_prices", {**LIST, "wholesale": wholesale})
    assert shop.asked("PUT") == shop.asked("POST", "/api/products") == []


async def test_a_shop_without_wholesale_prices_has_a_price(
    scripted_xcart: XCart, httpserver: HTTPServer
) -> None:
    row = {"id": 5, "sku": "MUG-01", "price": 9}
    httpserver.expect_request("/api/products/5/variants").respond_with_json([])
    httpserver.expect_request("/api/products/5", method="PUT").respond_with_json({**row, "price": 8})
    httpserver.expect_request("/api/products/5").respond_with_json(row)
    httpserver.expect_request("/api/products").respond_with_json([row])
    httpserver.expect_request("/api/products/5/wholesale_prices").respond_with_json(
        {"detail": "Not Found"}, status=404
    )
    assert (await scripted_xcart.perform("set_prices", {**MUG, "price": 8}))["price_changed"]
    with pytest.raises(Rejected):
        await scripted_xcart.perform("set_prices", {**LIST, "wholesale": LIST["wholesale"][:1]})


async def test_a_write_of_which_nothing_is_known_is_tried_again(
    scripted_xcart: XCart, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/api/products", method="POST").respond_with_data("", status=504)
    httpserver.expect_request("/api/products").respond_with_json([])
    with pytest.raises(Retryable) as error:
        await save(scripted_xcart, sku="NEW-08", product={"name": "New"})
    assert error.value.doubt
