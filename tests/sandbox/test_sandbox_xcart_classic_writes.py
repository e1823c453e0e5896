"""Writes of the classic API: statuses by id, parcels, stock in bulk, forms and JSON, and what must never be sent."""

from __future__ import annotations

import httpx
import pytest
from sandbox_client import Classic


@pytest.fixture
def classic(shop: httpx.Client) -> Classic:
    return Classic(shop)


def test_a_status_set_by_its_id_moves_date_stock_history_and_mails_as_ever(classic: Classic) -> None:
    before = classic.get("order/1187")
    after = classic.write("PUT", "order/1187", {"shippingStatus": {"id": 3}})
    assert after["shippingStatus"]["code"] == "S"
    assert after["lastRenewDate"] > before["lastRenewDate"]
    assert after["events"][-1]["code"] == "CHANGE SHIPPING STATUS ORDER"
    assert len(classic.shop.get("/_sandbox/emails").json()) == 2
    classic.write("PUT", "order/1187", {"paymentStatus": {"id": "6"}})  # cancelled: the goods come back
    assert classic.get("xc-productvariants-productvariant/143")["amount"] == 20


def test_a_status_nobody_knows_is_an_exception(classic: Classic) -> None:
    refused = classic.ask("PUT", "order/1187", json={"shippingStatus": {"id": 99}})
    assert (refused.status_code, "99" in refused.headers["x-rest-error"]) == (400, True)


def test_a_status_sent_as_its_code_changes_nothing_and_looks_well(classic: Classic) -> None:
    assert classic.write("PUT", "order/1187", {"shippingStatus": "S"})["shippingStatus"]["code"] == "N"


def test_a_parcels_number_is_a_row_of_its_own_and_leaves_the_orders_date(classic: Classic) -> None:
    before = classic.get("order/1187")["lastRenewDate"]
    made = classic.write("POST", "ordertrackingnumber/0", {"value": "1Z999", "order": {"order_id": 1187}})
    assert (made["value"], made["order"]["orderNumber"]) == ("1Z999", "1042")
    classic.write("PUT", f"ordertrackingnumber/{made['tracking_id']}", {"value": "1Z998"})
    after = classic.get("order/1187")
    assert (after["lastRenewDate"], after["trackingNumbers"][-1]["value"]) == (before, "1Z998")
    assert classic.shop.get("/api/orders/1187").json()["tracking_numbers"][-1]["value"] == "1Z998"


def test_the_stock_of_many_variants_is_one_call_that_passes_over_what_is_not_there(classic: Classic) -> None:
    rows = [{"id": 142, "amount": 7}, {"id": 999, "amount": 1}, {"amount": 5}, {"id": 143, "amount": "12"}]
    written = classic.write("PUT", "xc-productvariants-productvariant", rows)
    assert [(row["id"], row["amount"]) for row in written] == [(142, 7), (143, 12)]
    assert classic.shop.get("/api/products/42/variants/143").json()["amount"] == 12


def test_a_form_says_the_same_as_json(classic: Classic) -> None:
    form = {"model[0][id]": "142", "model[0][amount]": "8", "model[1][id]": "144", "model[1][amount]": "0"}
    rows = classic.ask("PUT", "xc-productvariants-productvariant", data=form).json()
    assert [row["amount"] for row in rows] == [8, 0]
    classic.ask("PUT", "order/1187", data={"model[shippingStatus][id]": "2"}).raise_for_status()
    assert classic.get("order/1187")["shippingStatus"]["code"] == "P"
    classic.ask("PUT", "product/77", data={"price": "119.50", "enabled": "0"}).raise_for_status()
    product = classic.get("product/77")
    assert (product["price"], product["enabled"]) == (119.5, False)


def test_numbers_are_read_as_php_reads_them(classic: Classic) -> None:
    for sent, kept in (("12 pieces", 12), ("none", 0), (-5, 0), ("7.9", 7), (None, 0)):
        assert classic.write("PUT", "product/77", {"amount": sent})["amount"] == kept


def test_a_product_can_be_made_and_its_name_is_a_translation(classic: Classic) -> None:
    english = {"code": "en", "name": "New", "description": "<p>Of wool</p>"}
    body = {"sku": "NEW-1", "price": 5, "amount": 3, "translations": [english]}
    made = classic.write("POST", "product/0", body)
    assert classic.shop.get(f"/api/products/{made['product_id']}").json()["name"] == "New"
    assert classic.shop.get(f"/api/products/{made['product_id']}").json()["description"] == "<p>Of wool</p>"
    again = classic.ask("POST", "product/0", json=body)
    assert (again.status_code, "Duplicate" in again.headers["x-rest-error"]) == (400, True)
    assert classic.write("DELETE", f"product/{made['product_id']}", None) is True


def test_accounts_and_addresses_are_written_by_the_names_of_their_fields(classic: Classic) -> None:
    account = classic.write(
        "POST", "profile/0", {"login": "n@example.com", "membership": {"membership_id": 4}}
    )
    address = {
        "profile": {"profile_id": account["profile_id"]},
        "firstname": "Nora",
        "street": "Am Alten Markt 5",
        "city": "München",
        "country": {"code": "DE"},
        "state": {"state_id": 310},
        "is_billing": "1",
    }
    made = classic.write("POST", "address/0", address)
    seen = classic.get(f"profile/{account['profile_id']}", _schema="complex")
    assert (seen["firstname"], seen["membership"]) == ("Nora", "Wholesaler")
    assert (seen["addresses"][0]["address"], seen["addresses"][0]["state"]) == ("Am Alten Markt 5", "BY")
    classic.write("PUT", f"address/{made['address_id']}", {"city": "Augsburg"})
    left = classic.write("PUT", f"profile/{account['profile_id']}", {"membership": None})
    assert left["membership"] is None
    path = f"/api/profiles/{account['profile_id']}/addresses"
    assert classic.shop.get(path).json()[0]["city"] == "Augsburg"


def test_a_deletion_without_an_id_deletes_every_row(classic: Classic) -> None:
    """The real add-on does it; so a connector can prove that it never asks for it."""
    assert classic.write("DELETE", "ordertrackingnumber", None) == 2
    assert classic.shop.get("/api/orders/1190").json()["tracking_numbers"] == []
    assert classic.write("DELETE", "order", None) == 4
    assert classic.shop.get("/api/orders").json() == []
    assert classic.ask("DELETE", "order-status-payment").status_code == 400
