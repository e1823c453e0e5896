"""The classic API of the sandbox against its 5.5 API: one shop, the same records."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from flowrun.component import Secret
from flowrun.errors import Fatal, Rejected
from flowrun_connectors.xcart import XCart

pytestmark = pytest.mark.anyio

UNSUPPORTED = {
    "create_variant": {"product_id": 1, "variant": {}},
    "list_wholesale_prices": {"product_id": 1},
    "create_wholesale_price": {"product_id": 1, "price": 1},
    "update_wholesale_price": {"product_id": 1, "id": 1},
    "delete_wholesale_price": {"product_id": 1, "id": 1},
    "set_prices": {"sku": "MUG-01", "price": 1},
}


async def some_order(xcart: XCart) -> dict[str, Any]:
    return dict((await xcart.perform("list_orders", {"payment_status": ["P"], "shipping_status": ["N"]}))[0])


def without(record: Any, *names: str) -> Any:
    """The record without what the classic API does not tell, or tells in another way."""
    if isinstance(record, dict):
        return {name: without(value, *names) for name, value in record.items() if name not in names}
    return [without(item, *names) for item in record] if isinstance(record, list) else record


async def test_an_order_is_the_same_through_both(xcart: XCart, classic: XCart) -> None:
    untold = (
        "customer_name", "name", "title", "id", "type", "state", "state_name", "variant", "stock_status", "update_date",
        "usps_shipments", "mobile_order", "gross_profit", "used_coupons", "custom_fields", "is_work", "date",
    )  # fmt: skip
    for order in await xcart.perform("list_orders", {"limit": 10}):
        same = await classic.perform("get_order", {"id": order["id"]})
        assert same["id"] == order["id"]
        assert without(same, *untold) == without(order, *untold)
        assert [item["id"] for item in same["items"]] == [item["id"] for item in order["items"]]
        assert same["update_date"] == order["update_date"]


async def test_the_money_of_an_order_adds_up_and_is_the_goods_in_its_sub_total(classic: XCart) -> None:
    order = await some_order(classic)
    extra = sum((row["value"] for row in order["surcharges"] if not row["include"]), Decimal(0))
    assert order["total"] == order["sub_total"] + extra
    assert all(isinstance(item["price"], Decimal) for item in order["items"])


async def test_the_same_orders_were_changed_since_a_moment(xcart: XCart, classic: XCart, shop: Any) -> None:
    everything = await xcart.perform("list_orders", {})
    since = sorted(order["update_date"] for order in everything)[len(everything) // 2]
    for request in ({"changed_since": since}, {"created_since": since}, {"changed_since": since, "limit": 2}):
        theirs = [row["update_date"] for row in await xcart.perform("list_orders", request)]
        ours = [row["update_date"] for row in await classic.perform("list_orders", request)]
        assert sorted(ours) == sorted(theirs)


async def test_an_order_is_found_by_its_number_and_a_missing_one_is_rejected(classic: XCart) -> None:
    order = await some_order(classic)
    assert (await classic.perform("get_order_by_number", {"order_number": order["order_number"]})) == order
    for operation, parameters in (
        ("get_order", {"id": 999999}), ("get_order_by_number", {"order_number": "999999"}),
        ("get_product", {"id": 999999}), ("get_profile", {"id": 999999}),
        ("set_shipping_status", {"id": 999999, "code": "S"}), ("add_tracking_number", {"id": 999999, "number": "1"}),
    ):  # fmt: skip
        with pytest.raises(Rejected) as caught:
            await classic.perform(operation, parameters)
        assert caught.value.cause.code == "not-found"


@pytest.mark.parametrize("kind", ["payment", "shipping"])
async def test_a_status_is_set_by_its_code_once(classic: XCart, shop: Any, kind: str) -> None:
    order = await some_order(classic)
    code = {"payment": "R", "shipping": "S"}[kind]
    first = await classic.perform(f"set_{kind}_status", {"id": order["id"], "code": code})
    heard = len(shop.read("emails"))
    again = await classic.perform(f"set_{kind}_status", {"id": order["id"], "code": code})
    assert (first["code"], first["changed"], again["changed"]) == (code, True, False)
    assert len(shop.read("emails")) == heard
    assert len(shop.asked("PUT")) == 1
    assert (await classic.perform(f"get_{kind}_status", {"id": order["id"]}))["code"] == code


async def test_an_unknown_status_is_told_with_those_there_are(classic: XCart) -> None:
    order = await some_order(classic)
    with pytest.raises(Rejected, match="'XX'; the shop has N, P, S"):
        await classic.perform("set_shipping_status", {"id": order["id"], "code": "XX"})


async def test_a_pair_of_statuses_is_set_at_once(classic: XCart, shop: Any) -> None:
    order = await some_order(classic)
    request = {"id": order["id"], "payment": "R", "shipping": "S"}
    made = [await classic.perform("set_statuses", request) for _ in range(2)]
    assert [(row["status_pair"], row["changed"]) for row in made] == [("R/S", True), ("R/S", False)]
    assert (await classic.perform("get_order", {"id": order["id"]}))["status_pair"] == "R/S"


async def test_a_tracking_number_is_added_once(classic: XCart, xcart: XCart, shop: Any) -> None:
    order = await some_order(classic)
    request = {"id": order["id"], "number": "00340434292135100186"}
    changed = [(await classic.perform("add_tracking_number", request))["changed"] for _ in range(2)]
    (number,) = (await xcart.perform("get_order", {"id": order["id"]}))["tracking_numbers"]
    assert (changed, number["value"]) == ([True, False], "00340434292135100186")


async def test_a_payment_has_the_same_state_through_both(xcart: XCart, classic: XCart) -> None:
    for order in await xcart.perform("list_orders", {}):
        request = {"order_id": order["id"]}
        names = ("state", "paid", "refunded", "authorized", "value", "public_id", "currency", "date")
        one, other = [
            [
                [row[name] for name in names]
                for row in await shop.perform("list_payment_transactions", request)
            ]
            for shop in (xcart, classic)
        ]
        assert one == other


async def test_a_product_and_its_variants_are_the_same_through_both(xcart: XCart, classic: XCart) -> None:
    untold = {"tax_class", "product_class", "memberships", "images", "clean_url"}
    theirs, ours = await xcart.perform("list_products", {}), await classic.perform("list_products", {})
    by_id = {row["id"]: row for row in ours}
    for product in theirs:
        same = by_id[product["id"]]
        differing = {name for name in same if same[name] != product[name] and not name.endswith("_date")}
        assert differing <= untold
        variants = [
            await shop.perform("list_variants", {"product_id": product["id"]}) for shop in (xcart, classic)
        ]
        assert without(variants[0], "image") == without(variants[1], "image")


async def test_a_product_is_changed_by_what_differs(classic: XCart, xcart: XCart, shop: Any) -> None:
    product = await classic.perform("find_product", {"sku": "MUG-01"})
    request = {"id": product["product_id"], "changes": {"price": Decimal("9.95"), "enabled": False}}
    changed = [(await classic.perform("update_product", request))["changed"] for _ in range(2)]
    found = await xcart.perform("get_product", {"id": product["product_id"]})
    assert (changed, found["price"], found["enabled"]) == ([True, False], Decimal("9.95"), False)


@pytest.mark.parametrize("name", ["tax_class", "product_class", "meta_description_type"])
async def test_what_the_classic_api_cannot_write_is_refused_by_name(
    classic: XCart, shop: Any, name: str
) -> None:
    product = await classic.perform("find_product", {"sku": "MUG-01"})
    with pytest.raises(Rejected, match=f"changes.{name}"):
        await classic.perform("update_product", {"id": product["product_id"], "changes": {name: "A"}})
    assert shop.asked("PUT") == []


async def test_stocks_are_set_in_one_request_for_each_kind(classic: XCart, xcart: XCart, shop: Any) -> None:
    stocks = [
        {"sku": "TS-BLK-M", "amount": 3},
        {"sku": "MUG-01", "amount": 0},
        {"sku": "NOBODY", "amount": 1},
    ]
    result = await classic.perform("set_stocks", {"stocks": stocks})
    again = await classic.perform("set_stocks", {"stocks": stocks})
    assert (result["changed"], again["changed"], again["unchanged"]) == (2, 0, 2)
    assert [row["sku"] for row in result["refused"]] == ["NOBODY"]
    assert len(shop.asked("PUT")) == 2
    place = await xcart.perform("find_product", {"sku": "TS-BLK-M"})
    variant = await xcart.perform(
        "get_variant", {"product_id": place["product_id"], "id": place["variant_id"]}
    )
    assert (variant["amount"], variant["default_amount"]) == (3, False)


async def test_a_shop_of_5_2_is_written_to_by_forms(make_xcart: Any, shop: Any, xcart: XCart) -> None:
    shop.setting(classic_release="5.2")
    settings = {"api": "classic", "token": Secret("sandbox-classic-key"), "classic_body": "form"}
    async with make_xcart(**settings) as classic:
        order = await some_order(classic)
        await classic.perform("set_shipping_status", {"id": order["id"], "code": "S"})
        await classic.perform("add_tracking_number", {"id": order["id"], "number": "1Z & 2"})
        stocks = [{"sku": "TS-BLK-M", "amount": 3}, {"sku": "MUG-01", "amount": 0}]
        assert (await classic.perform("set_stocks", {"stocks": stocks}))["changed"] == 2
    found = await xcart.perform("get_order", {"id": order["id"]})
    assert (found["status_pair"], found["tracking_numbers"][0]["value"]) == ("P/S", "1Z & 2")


async def test_customers_and_addresses_come_and_change(classic: XCart, xcart: XCart, shop: Any) -> None:
    made = await classic.perform("create_profile", {"profile": {"login": "classic@example.com"}})
    address = {
        "firstname": "Kim", "lastname": "Lee", "street": "Main St 1", "city": "Ghent", "zipcode": "9000",
        "country_code": "BE", "phone": "+32 9 000 00 00", "is_billing": True, "is_shipping": True,
    }  # fmt: skip
    owner = {"profile_id": made["id"]}
    first = await classic.perform("create_address", {**owner, "address": address})
    again = await classic.perform("create_address", {**owner, "address": address})
    new = {**owner, "id": first["id"], "changes": {"city": "Aalst"}}
    changed = [(await classic.perform("update_address", new))["changed"] for _ in range(2)]
    (found,) = await xcart.perform("list_addresses", owner)
    assert (first["changed"], again["changed"], changed) == (True, False, [True, False])
    assert {name: found[name] for name in address} == {**address, "city": "Aalst"}


async def test_no_password_is_sent_since_it_would_be_stored_unhashed(classic: XCart, shop: Any) -> None:
    with pytest.raises(Rejected, match="password"):
        await classic.perform(
            "create_profile", {"profile": {"login": "x@example.com", "password": "long enough"}}
        )
    assert shop.asked("POST") == []


@pytest.mark.parametrize("release", ["5.2", "5.4"])
async def test_no_hash_of_a_password_comes_through(classic: XCart, shop: Any, release: str) -> None:
    shop.setting(classic_release=release)
    order = (await classic.perform("list_orders", {"limit": 1}))[0]
    seen = [
        order,
        await classic.perform("get_profile", {"id": order["customer_id"] or order["order_profile_id"]}),
        await classic.perform("list_profiles", {}),
        await classic.perform("get_order_history", {"order_id": order["id"]}),
    ]
    assert "SHA512" not in str(seen)
    assert "password" not in str(seen).replace("force_change_password", "")


@pytest.mark.parametrize("operation", UNSUPPORTED)
async def test_what_it_has_no_way_to_do_is_refused_by_name(classic: XCart, operation: str) -> None:
    with pytest.raises(Rejected, match=f"classic API of X-Cart has no way to do `{operation}`") as caught:
        await classic.perform(operation, UNSUPPORTED[operation])
    assert caught.value.cause.code == "unsupported"


async def test_everything_else_it_does(classic: XCart) -> None:
    api = classic._opened
    assert {name for name in XCart.operations() if api.method(name) is None} == set(UNSUPPORTED)


@pytest.mark.parametrize("key", ["", "nonsense", "sandbox-write-key"])
async def test_a_refused_key_pauses_the_connection(make_xcart: Any, shop: Any, key: str) -> None:
    async with make_xcart(api="classic", token=Secret(key)) as classic:
        with pytest.raises(Fatal, match="`token`"):
            await classic.probe()


async def test_a_key_that_only_reads_is_told_at_the_first_write(make_xcart: Any, shop: Any) -> None:
    async with make_xcart(api="classic", token=Secret("sandbox-classic-read-key")) as classic:
        order = await some_order(classic)
        with pytest.raises(Fatal, match="read/write key"):
            await classic.perform("set_shipping_status", {"id": order["id"], "code": "S"})
