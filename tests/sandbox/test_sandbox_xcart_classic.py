"""The classic API of the simulated X-Cart (5.0 to 5.4): its door, its two schemas, its searches."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sandbox_client import Classic

from flowrun_sandbox.xcart.app import Keys

_VARIANTS = "xc-productvariants-productvariant"


@pytest.fixture
def classic(shop: httpx.Client) -> Classic:
    return Classic(shop)


def numbers(classic: Classic, **conditions: str) -> list[str]:
    return [row["orderNumber"] for row in classic.get("order", **conditions)]


# --- the door -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "key", "status"),
    [
        ("GET", "order", "nonsense", 403),
        ("GET", "order", "sandbox-write-key", 403),  # the key of the 5.5 API opens nothing here
        ("PUT", "order/1187", Keys.classic_read, 403),
        ("DELETE", "order/1187", Keys.classic_read, 403),
        ("GET", "no-such-table", Keys.classic, 404),
        ("GET", "no-such-table", "nonsense", 404),
        ("POST", "xc-zapier-hooksubscriber/0", Keys.classic, 403),
    ],
)
def test_a_refusal_has_no_body_and_is_never_a_401(
    classic: Classic, method: str, path: str, key: str, status: int
) -> None:
    refused = classic.ask(method, path, key=key)
    assert (refused.status_code, refused.content) == (status, b"")


def test_the_read_key_reads(classic: Classic) -> None:
    assert classic.ask("GET", "order/1187", key=Keys.classic_read).json()["orderNumber"] == "1042"


def test_the_key_may_stand_in_the_body_where_no_log_sees_it(shop: httpx.Client) -> None:
    form = {"_key": Keys.classic, "_method": "get", "_path": "order/1187"}
    assert shop.post("/admin.php?target=RESTAPI", data=form).json()["order_id"] == 1187
    assert Keys.classic not in shop.get("/_sandbox/requests").json()[-1]["query"]


def test_what_is_not_there_is_a_200_with_null(classic: Classic) -> None:
    for method, body in (("GET", None), ("PUT", {"notes": "x"}), ("DELETE", None)):
        answer = classic.ask(method, "order/999999", json=body)
        assert (answer.status_code, answer.json()) == (200, None)


def test_an_exception_is_a_400_whose_words_are_in_a_header(classic: Classic) -> None:
    refused = classic.ask(
        "POST", "ordertrackingnumber/0", json={"value": "1Z", "order": {"order_id": 999999}}
    )
    assert (refused.status_code, refused.json()) == (400, None)
    assert "order_id" in refused.headers["x-rest-error"]
    unread = classic.ask("PUT", "product/42", content="x", headers={"Content-Type": "text/plain"})
    assert (unread.status_code, unread.headers["x-rest-error"]) == (400, "Unknown Content-Type provided")


def test_a_list_of_rows_is_expected_where_a_row_was_sent_and_php_dies_of_it(classic: Classic) -> None:
    dead = classic.ask("PUT", "product", json={"product_id": 42, "amount": 3})
    assert (dead.status_code, dead.headers["content-type"][:9]) == (500, "text/html")


def test_the_method_can_be_said_in_three_ways_and_an_unknown_one_reads(classic: Classic) -> None:
    said = classic.ask("GET", "product/77", query={"_method": "put", "amount": "41"})
    assert said.json()["amount"] == 41
    override = classic.ask(
        "POST", "product/77", headers={"X-HTTP-Method-Override": "PUT"}, json={"amount": 42}
    )
    assert override.json()["amount"] == 42
    assert classic.ask("PATCH", "product/77", json={"amount": 1}).json()["amount"] == 42


def test_the_same_answer_again_is_a_304_and_the_count_is_that_of_the_page(classic: Classic) -> None:
    page = classic.ask("GET", "product", query={"_cnd[limit][0]": "0", "_cnd[limit][1]": "5"})
    assert (page.headers["x-result-count"], len(page.json())) == ("5", 5)
    answer = classic.ask("GET", "membership/4")
    again = classic.ask("GET", "membership/4", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_complex_schema_reads_three_tables_and_writes_none(classic: Classic) -> None:
    complex_ = {"_schema": "complex"}
    assert classic.ask("PUT", "order/1187", query=complex_, json={"notes": "x"}).status_code == 403
    assert classic.ask("GET", "membership/4", query=complex_).status_code == 404
    assert classic.ask("GET", "order/1187", query={"_schema": "none such"}).status_code == 404
    assert classic.get("person/305", **complex_)["login"] == "erika.mustermann@example.com"


def test_a_shop_may_have_one_of_the_two_apis_only(classic: Classic) -> None:
    for serves, there, gone in (
        ("classic", "/admin.php", "/api/orders"),
        ("5.5", "/api/orders", "/admin.php"),
    ):
        classic.shop.post("/_sandbox/settings", json={"serves": serves}).raise_for_status()
        query = {"target": "RESTAPI", "_key": classic.key, "_path": "order"}
        assert classic.shop.get(there, params=query).status_code == 200
        page = classic.shop.get(gone, params=query)
        assert (page.status_code, page.headers["content-type"][:9]) == (404, "text/html")


def test_a_fault_can_be_meant_for_one_table(classic: Classic) -> None:
    fault = {"kind": "status", "status": 503, "match": "_path=order/"}
    classic.shop.post("/_sandbox/faults", json=fault).raise_for_status()
    assert classic.ask("GET", "product/42").status_code == 200
    assert classic.ask("GET", "order/1187").status_code == 503


# --- the two schemas ------------------------------------------------------------------------------------------


def test_the_complex_order_is_read_like_a_document(classic: Classic) -> None:
    order = classic.get("order/1187", _schema="complex")
    assert (order["total"], order["shippingCost"], order["subtotal"]) == (226.32, 12.5, 213.82)
    assert (order["taxAmount"], order["discountValue"], order["coupon"]) == (15.84, -22.0, ["SPRING10"])
    assert (order["paymentStatus"], order["shippingStatus"]) == ("P", "N")
    assert order["updateDate"] == "2026-03-14T10:31:08+01:00"
    assert [line["attributes"] for line in order["items"]] == [{"Color": "Black", "Size": "M"}, []]
    assert "item_id" not in order["items"][0]
    assert order["otherSurcharges"] == []  # PHP's empty table
    assert order["billingInfo"]["state"] == "CA"  # the ISO code that 5.5 does not tell
    assert order["billingInfo"]["company"] == "Muster & Söhne GmbH"
    assert order["transactions"][0]["status"] == "S"  # and the status that 5.5 gets wrong
    assert "password" not in str(order)


def test_the_complex_order_tells_the_first_tracking_number_only(classic: Classic) -> None:
    assert classic.get("order/1190", _schema="complex")["trackingNumber"] == "794644790138"
    assert [row["value"] for row in classic.get("order/1190")["trackingNumbers"]] == [
        "794644790138",
        "794644790139",
    ]


def test_the_default_order_is_its_columns_and_gives_password_hashes_away(classic: Classic) -> None:
    order = classic.get("order/1187")
    assert (order["date"], order["lastRenewDate"]) == (1773480413, 1773480668)
    assert order["paymentStatus"] == {"id": 4, "code": "P", "position": 40}
    assert [(line["item_id"], line["subtotal"]) for line in order["items"]] == [(3301, 99.98), (3302, 120.0)]
    assert (order["profile"]["profile_id"], order["orig_profile"]["profile_id"]) == (2210, 305)
    assert order["orig_profile"]["password"].startswith("SHA512:")
    assert "addresses" not in order["profile"]  # associations go one level deep


def test_a_list_holds_columns_only(classic: Classic) -> None:
    product = classic.get("product")[0]
    assert {"sku", "amount"} <= set(product)
    assert not {"translations", "variants"} & set(product)
    assert classic.get("product/42")["translations"][0]["name"] == 'T-Shirt "Classic" & Co.'


def test_an_address_is_told_without_the_names_of_its_fields(classic: Classic) -> None:
    address = classic.get("address/410")
    assert "500 Howard St, Apt 12" in [field["value"] for field in address["addressFields"]]
    assert not {"street", "city"} & set(address)
    assert classic.get("profile/305", _schema="complex")["addresses"][0]["address"] == "500 Howard St, Apt 12"


def test_the_oldest_releases_told_less_and_the_password_too(classic: Classic) -> None:
    classic.shop.post("/_sandbox/settings", json={"classic_release": "5.2"}).raise_for_status()
    order = classic.get("order/1187", _schema="complex")
    assert not {"transactions", "details", "otherSurcharges"} & set(order)
    assert order["customerInfo"]["password"].startswith("SHA512:")
    assert "phone" not in order["billingInfo"]
    classic.write("PUT", "product/42", {"amount": 3})  # JSON is no form: nothing is read, and all is well
    assert classic.get("product/42")["amount"] == 118


def test_both_apis_show_the_same_shop(classic: Classic) -> None:
    placed = classic.shop.post("/_sandbox/orders", json={"count": 20}).json()
    for row in placed:
        new = classic.shop.get(f"/api/orders/{row['id']}").json()
        old = classic.get(f"order/{row['id']}", _schema="complex")
        assert (old["orderNumber"], old["total"]) == (new["order_number"], new["total"])
        assert [line["total"] for line in old["items"]] == [
            line["discounted_subtotal"] for line in new["items"]
        ]


# --- searches -------------------------------------------------------------------------------------------------


def test_without_conditions_everything_comes_and_of_orders_the_carts_too(classic: Classic) -> None:
    assert numbers(classic) == ["1042", None, None, "1045"]
    assert numbers(classic, **{"_cnd[orderBy][0]": "o.order_id"}) == ["1042", "1045"]


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        ({"_cnd[orderNumber]": "1045"}, ["1045"]),
        ({"_cnd[email]": "mustermann"}, ["1042"]),
        ({"_cnd[accessLevel]": "anonymous"}, ["1045"]),
        ({"_cnd[paymentStatus]": "P"}, ["1042"]),
        ({"_cnd[paymentStatus][0]": "3", "_cnd[paymentStatus][1]": "4"}, ["1042", "1045"]),
        ({"_cnd[shippingStatus]": "N"}, ["1042"]),
        ({"_cnd[date][0]": "1773480414", "_cnd[date][1]": "1800000000"}, ["1045"]),
        ({"_cnd[date][0]": "1773480413"}, ["1042", "1045"]),
        ({"_cnd[dateRange]": "2026-03-14 ~ 2026-03-15"}, ["1042"]),  # 1045 came past midnight in Berlin
        ({"_cnd[sku]": "MUG-01"}, ["1042"]),
        ({"_cnd[transactionID]": "ch_3OabcDEF"}, ["1042"]),
        ({"_cnd[customerName]": "guest"}, ["1045"]),
        ({"_cnd[lastRenewDate][0]": "4000000000"}, ["1042", "1045"]),  # there is no such condition
        ({"_cnd[orderBy][0]": "o.lastRenewDate", "_cnd[orderBy][1]": "desc"}, ["1045", "1042"]),
        ({"_cnd[limit][0]": "1", "_cnd[limit][1]": "1"}, ["1045"]),
        ({"_cnd[limit][0]": "2", "_cnd[limit][1]": "50"}, []),
    ],
)
def test_orders_are_searched_by_what_the_add_on_knows(
    classic: Classic, conditions: dict[str, str], found: list[str]
) -> None:
    assert numbers(classic, **conditions) == found


@pytest.mark.parametrize(
    ("table", "conditions", "found"),
    [
        ("product", {"_cnd[sKU]": "MUG-01"}, [77]),
        ("product", {"_cnd[price][0]": "600"}, [82]),
        ("product", {"_cnd[inventory]": "low"}, [88]),
        ("profile", {"_cnd[login]": "muster"}, [305]),
        ("profile", {"_cnd[anonymous]": "1"}, [306]),
        ("profile", {"_cnd[userType]": "A"}, [1]),
        (_VARIANTS, {"_cnd[orderBy][0]": "sku"}, [152, 151, 144, 143, 142]),  # no SKU comes first
        ("orderitem", {"_cnd[order]": "1187"}, [3301, 3302]),
    ],
)
def test_other_tables_are_searched_too(
    classic: Classic, table: str, conditions: dict[str, str], found: list[int]
) -> None:
    assert [next(iter(row.values())) for row in classic.get(table, **conditions)] == found


def test_sorting_by_what_is_no_column_is_an_exception(classic: Classic) -> None:
    refused = classic.ask("GET", "order", query={"_cnd[orderBy][0]": "o.changedAt"})
    assert (refused.status_code, "changedAt" in refused.headers["x-rest-error"]) == (400, True)


def test_statuses_are_rows_with_ids_that_writes_need(classic: Classic) -> None:
    rows: list[dict[str, Any]] = classic.get("order-status-shipping")
    assert {row["code"]: row["id"] for row in rows}["S"] == 3
    assert {row["id"]: row["code"] for row in rows}[12] is None
    assert classic.get("order-status-payment/4")["translations"][0]["name"] == "Paid"
