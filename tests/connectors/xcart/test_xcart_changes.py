"""Writes that compare first: only what differs is sent, and nothing that was not given."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from flowrun.errors import Rejected
from flowrun_connectors.xcart import XCart
from flowrun_connectors.xcart.pretend import pretended

pytestmark = pytest.mark.anyio

PRODUCT = {
    "id": 5,
    "sku": "MUG",
    "name": "Mug",
    "price": 9.5,
    "amount": 3,
    "enabled": True,
    "arrival_date": "2026-03-14T10:26:53+01:00",
    "product_class": None,
    "tax_class": {"id": 2, "name": "Standard"},
    "memberships": [{"id": 4, "name": "Wholesaler"}, {"id": 5, "name": "Staff"}],
}
ADDRESS = {
    "id": 8,
    "city": "Köln",
    "street": "Ring 1",
    "custom_fields": [{"name": "company", "value": "Muster & Söhne"}, {"name": "vat", "value": "DE1"}],
}


def serve(server: HTTPServer, path: str, record: dict[str, Any]) -> list[dict[str, Any]]:
    """The record at an address; what is written to it is kept in the list."""
    written: list[dict[str, Any]] = []
    server.expect_request(path, method="GET").respond_with_json(record)

    def put(request: Any) -> Any:
        from werkzeug import Response  # noqa: PLC0415

        written.append(json.loads(request.get_data()))
        return Response(json.dumps({**record, **written[-1]}), content_type="application/json")

    server.expect_request(path, method="PUT").respond_with_handler(put)
    return written


@pytest.mark.parametrize("changes", [
    {"price": Decimal("9.50")}, {"price": Decimal("9.5000"), "amount": Decimal(3)}, {"tax_class": "Standard"},
    {"memberships": ["Staff", "Wholesaler"]}, {"arrival_date": datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)},
    {"arrival_date": "2026-03-14T09:26:53+0000"}, {},
])  # fmt: skip
async def test_what_is_so_already_is_not_sent(
    scripted_xcart: XCart, httpserver: HTTPServer, changes: dict[str, Any]
) -> None:
    written = serve(httpserver, "/api/products/5", PRODUCT)
    result = await scripted_xcart.perform("update_product", {"id": 5, "changes": changes})
    assert (written, result["changed"], result["sku"]) == ([], False, "MUG")


@pytest.mark.parametrize(("changes", "sent"), [
    ({"price": Decimal("9.51"), "amount": 3}, {"price": 9.51}),
    ({"amount": Decimal("4.000")}, {"amount": 4}),
    ({"amount": "4"}, {"amount": 4}),
    ({"amount": 0}, {"amount": 0}),
    ({"enabled": False}, {"enabled": False}),
    ({"sku": 4711}, {"sku": "4711"}),
    ({"tax_class": "Reduced"}, {"tax_class": "Reduced"}),
    ({"memberships": ["Staff"]}, {"memberships": ["Staff"]}),
    ({"memberships": []}, {"memberships": []}),
    ({"some_add_on": {"a": 1}}, {"some_add_on": {"a": 1}}),
])  # fmt: skip
async def test_only_what_differs_is_sent_in_the_types_x_cart_insists_on(
    scripted_xcart: XCart, httpserver: HTTPServer, changes: dict[str, Any], sent: dict[str, Any]
) -> None:
    written = serve(httpserver, "/api/products/5", PRODUCT)
    result = await scripted_xcart.perform("update_product", {"id": 5, "changes": changes})
    assert (written, result["changed"]) == ([sent], True)


@pytest.mark.parametrize(("name", "value", "told"), [
    ("amount", -1, "less than zero"), ("price", Decimal("-0.01"), "less than zero"), ("amount", "x", "whole number"),
    ("amount", Decimal("1.5"), "whole number"), ("price", "9.50", "as: decimal"), ("enabled", "yes", "true or false"),
    ("sku", "x" * 33, "keeps 32"), ("tax_class", None, "clear"), ("memberships", None, "clear"),
    ("memberships", "Staff", "list"), ("name", True, "text"),
])  # fmt: skip
async def test_what_would_do_harm_is_refused_before_anything_is_sent(
    scripted_xcart: XCart, httpserver: HTTPServer, name: str, value: Any, told: str
) -> None:
    with pytest.raises(Rejected, match=told) as caught:
        await scripted_xcart.perform("update_product", {"id": 5, "changes": {name: value}})
    assert caught.value.cause.target == f"changes.{name}"
    assert httpserver.log == []


async def test_a_field_is_emptied_when_that_is_said(scripted_xcart: XCart, httpserver: HTTPServer) -> None:
    written = serve(httpserver, "/api/products/5", PRODUCT)
    await scripted_xcart.perform("update_product", {"id": 5, "clear": ["tax_class", "product_class"]})
    assert written == [{"tax_class": None}]


async def test_a_picture_is_kept_unless_its_deletion_is_said(
    scripted_xcart: XCart, httpserver: HTTPServer
) -> None:
    variant = {"id": 6, "sku": "M", "price": 5, "default_price": True, "image": {"url": "https://x/y.png"}}
    written = serve(httpserver, "/api/products/5/variants/6", variant)
    request: dict[str, Any] = {"product_id": 5, "id": 6}
    with pytest.raises(Rejected, match="image"):
        await scripted_xcart.perform("update_variant", {**request, "changes": {"image": None}})
    await scripted_xcart.perform("update_variant", {**request, "clear": ["image"]})
    await scripted_xcart.perform("update_variant", {**request, "changes": {"price": 7}})
    assert written == [{"image": None}, {"default_price": False, "price": 7}]


async def test_custom_fields_that_are_not_named_stay(scripted_xcart: XCart, httpserver: HTTPServer) -> None:
    written = serve(httpserver, "/api/profiles/4/addresses/8", ADDRESS)
    request: dict[str, Any] = {"profile_id": 4, "id": 8}
    same = {"custom_fields": [{"name": "vat", "value": "DE1"}], "city": "Köln"}
    assert not (await scripted_xcart.perform("update_address", {**request, "changes": same}))["changed"]
    fields = [
        {"name": "vat", "value": "DE2"},
        {"name": "company", "value": None},
        {"name": "new", "value": "x"},
    ]
    await scripted_xcart.perform("update_address", {**request, "changes": {"custom_fields": fields}})
    assert written == [{"custom_fields": [{"name": "vat", "value": "DE2"}, {"name": "new", "value": "x"}]}]


async def test_an_address_is_created_once(xcart: XCart, shop: Any) -> None:
    profile = (await xcart.perform("create_profile", {"profile": {"login": "new.one@example.com"}}))["id"]
    address = {
        "firstname": "Kim", "lastname": "Lee", "street": "Main St 1", "city": "Ghent", "zipcode": "9000",
        "country_code": "BE", "phone": "+32 9 000 00 00", "custom_fields": [{"name": "company", "value": "Lee"}],
    }  # fmt: skip
    first = await xcart.perform("create_address", {"profile_id": profile, "address": address})
    again = await xcart.perform("create_address", {"profile_id": profile, "address": address})
    other = await xcart.perform(
        "create_address", {"profile_id": profile, "address": {**address, "city": "Aalst"}}
    )
    assert (first["changed"], again["changed"], other["changed"]) == (True, False, True)
    assert again["id"] == first["id"] != other["id"]
    assert len(await xcart.perform("list_addresses", {"profile_id": profile})) == 2


async def test_a_field_that_the_shop_needs_is_told(xcart: XCart, shop: Any) -> None:
    address = {"firstname": "Kim", "lastname": "Lee", "street": "x", "city": "y", "zipcode": "1"}
    with pytest.raises(Rejected, match="is required"):
        await xcart.perform("create_address", {"profile_id": 305, "address": address})


async def test_a_customer_is_created_and_changed_once(xcart: XCart, shop: Any) -> None:
    memberships = await xcart.perform("list_memberships", {})
    number = next(row["id"] for row in memberships)
    made = await xcart.perform(
        "create_profile", {"profile": {"login": "b2b@example.com", "membership_id": number}}
    )
    assert (made["login"], made["membership_id"]) == ("b2b@example.com", number)
    with pytest.raises(Rejected, match="unique"):
        await xcart.perform("create_profile", {"profile": {"login": "b2b@example.com"}})
    request = {"id": made["id"], "changes": {"status_comment": "blocked by SAP"}}
    changed = [(await xcart.perform("update_profile", request))["changed"] for _ in range(2)]
    cleared = await xcart.perform("update_profile", {"id": made["id"], "clear": ["membership_id"]})
    assert (changed, cleared["membership_id"]) == ([True, False], None)


async def test_wholesale_prices_come_change_and_go(xcart: XCart, shop: Any) -> None:
    product = (await xcart.perform("find_product", {"sku": "MUG-01"}))["product_id"]
    member = (await xcart.perform("list_memberships", {}))[0]["id"]
    price = {"product_id": product, "price": Decimal("7.5"), "quantity_range_begin": 10, "membership": member}
    made = await xcart.perform("create_wholesale_price", price)
    again = await xcart.perform("create_wholesale_price", price)
    assert (made["changed"], again["changed"], again["id"]) == (True, False, made["id"])
    with pytest.raises(Rejected, match="update_wholesale_price"):
        await xcart.perform("create_wholesale_price", {**price, "price": 7})
    await xcart.perform("create_wholesale_price", {**price, "membership": None})
    one = {"product_id": product, "id": made["id"]}
    new = [(await xcart.perform("update_wholesale_price", {**one, "price": 7}))["changed"] for _ in range(2)]
    gone = [(await xcart.perform("delete_wholesale_price", one))["changed"] for _ in range(2)]
    (left,) = await xcart.perform("list_wholesale_prices", {"product_id": product})
    assert (new, gone, left["membership"], left["price"]) == (
        [True, False],
        [True, False],
        None,
        Decimal("7.5"),
    )


async def test_a_variant_has_wholesale_prices_of_its_own(xcart: XCart, shop: Any) -> None:
    place = await xcart.perform("find_product", {"sku": "TS-BLK-M"})
    owner = {"product_id": place["product_id"], "variant": place["variant_id"]}
    of_product = {"product_id": place["product_id"]}
    before = await xcart.perform("list_wholesale_prices", of_product)
    await xcart.perform("create_wholesale_price", {**owner, "price": 30, "quantity_range_begin": 5})
    assert len(await xcart.perform("list_wholesale_prices", owner)) == 1
    assert await xcart.perform("list_wholesale_prices", of_product) == before


async def test_a_new_variant_has_the_stock_it_was_given(xcart: XCart, shop: Any) -> None:
    product = (await xcart.perform("find_product", {"sku": "MUG-01"}))["product_id"]
    variant = {"sku": "MUG-01-BLUE", "amount": Decimal("4.0")}
    made = await xcart.perform("create_variant", {"product_id": product, "variant": variant})
    assert (made["sku"], made["amount"], made["default_amount"]) == ("MUG-01-BLUE", 4, False)
    found = await xcart.perform("get_variant", {"product_id": product, "id": made["id"]})
    assert found == made


def test_a_dry_run_shows_no_password() -> None:
    profile = {"login": "kim@example.com", "password": "hunter2hunter2"}
    assert "hunter2" not in str(pretended("create_profile", {"profile": profile}))
    assert "hunter2" not in str(pretended("update_profile", {"id": 1, "changes": profile}))
