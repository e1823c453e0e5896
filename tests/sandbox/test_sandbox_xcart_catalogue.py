"""Products, variants, prices, profiles and addresses of the simulated X-Cart."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import httpx
import pytest

from flowrun_sandbox.catalogue import sellables

LOOKUP = Path(__file__).parents[2] / "lookups" / "sku_to_material.csv"


def test_the_lookup_maps_every_sku_but_the_unmapped_one() -> None:
    with LOOKUP.open(encoding="utf-8", newline="") as file:
        rows = {row["sku"]: row for row in csv.DictReader(file)}
    sold = sellables()
    assert set(rows) == set(sold) - {"LAMP-09"}
    assert {sku: row["material"] for sku, row in rows.items()} == {sku: sold[sku].material for sku in rows}
    assert {sku: row["unit"] for sku, row in rows.items()} == {sku: sold[sku].article.unit for sku in rows}


def test_put_changes_what_is_sent_and_keeps_the_rest(shop: httpx.Client) -> None:
    before = shop.get("/api/products/42").json()
    after = shop.put("/api/products/42", json={"amount": 97}).json()
    assert after["amount"] == 97
    assert {**after, "amount": 118, "update_date": ""} == {**before, "update_date": ""}


def test_classes_and_memberships_go_in_by_name_and_come_out_as_objects(shop: httpx.Client) -> None:
    product = shop.get("/api/products/42").json()
    assert product["tax_class"] == {"id": 2, "name": "Standard"}
    assert product["memberships"] == [{"id": 4, "name": "Wholesaler"}]
    assert shop.put("/api/products/42", json=product).status_code == 400
    sent = {"tax_class": "Reduced", "memberships": []}
    changed = shop.put("/api/products/42", json=sent).json()
    assert (changed["tax_class"]["name"], changed["memberships"]) == ("Reduced", [])
    assert shop.put("/api/products/42", json={"tax_class": None}).json()["tax_class"] is None


def test_a_new_product_has_a_thousand_pieces_unless_said_otherwise(shop: httpx.Client) -> None:
    made = shop.post("/api/products", json={"sku": "SAP-000123", "name": "New material", "price": 19.9})
    assert made.status_code == 201
    assert (made.json()["amount"], made.json()["enabled"]) == (1000, True)
    assert shop.delete(f"/api/products/{made.json()['id']}").status_code == 204


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"sku": "MUG-01", "name": "x"}, "Input validations failed: SKU MUG-01 is not unique"),
        ({"sku": "", "name": "x"}, "SKU must have 1 to 32 characters"),
        ({"sku": "N" * 33, "name": "x"}, "SKU must have 1 to 32 characters"),
        ({"sku": "N", "name": "x", "amount": -1}, "amount must not be negative"),
        ({"sku": "N", "name": "x", "tax_class": "Luxury"}, "tax_class 'Luxury' does not exist"),
        ({"sku": "N", "name": "x", "memberships": ["Nobody"]}, "membership 'Nobody' does not exist"),
        ({"name": "x"}, "sku is required"),
    ],
)
def test_a_product_that_cannot_be_is_a_400(shop: httpx.Client, body: dict[str, Any], detail: str) -> None:
    refused = shop.post("/api/products", json=body)
    assert refused.status_code == 400
    assert detail in refused.json()["detail"]


def test_products_cannot_be_searched_by_sku(shop: httpx.Client) -> None:
    everything = shop.get("/api/products", params={"order[price]": "desc"}).json()
    assert len(shop.get("/api/products", params={"sku": "MUG-01"}).json()) == len(everything)
    assert everything[0]["sku"] == "DESK-01"


def test_names_hold_what_shops_hold(shop: httpx.Client) -> None:
    text = " ".join(row["name"] for row in shop.get("/api/products").json())
    for ugly in ('"', "&amp;", "ä", "“", "🎄"):
        assert ugly in text


def test_a_variant_may_have_no_sku_and_is_sold_under_the_products(shop: httpx.Client) -> None:
    variants = shop.get("/api/products/43/variants").json()
    assert [row["sku"] for row in variants] == ["HD-GRY-M", None]
    order = {"email": "a@example.com", "lines": [{"sku": "HD-GRY"}]}
    placed = shop.post("/_sandbox/orders", json=order).json()[0]["id"]
    line = shop.get(f"/api/orders/{placed}").json()["items"][0]
    assert (line["sku"], line["variant"]) == ("HD-GRY", 152)
    assert shop.get("/api/products/43/variants/152").json()["amount"] == 8


def test_a_variant_that_inherits_its_stock_sells_the_products(shop: httpx.Client) -> None:
    shop.put("/api/products/42/variants/143", json={"amount": 17, "default_amount": True}).raise_for_status()
    shop.post(
        "/_sandbox/orders", json={"email": "a@example.com", "lines": [{"sku": "TS-BLK-M", "amount": 3}]}
    )
    assert shop.get("/api/products/42").json()["amount"] == 115
    assert shop.get("/api/products/42/variants/143").json()["amount"] == 17


def test_wholesale_prices_hang_on_products_and_on_variants(shop: httpx.Client) -> None:
    assert shop.get("/api/products/42/wholesale_prices").json() == [
        {"id": 5, "type": "price", "price": 44.5, "quantity_range_begin": 10, "membership": 4}
    ]
    path = "/api/products/42/variants/143/wholesale_prices"
    made = shop.post(path, json={"price": 40, "quantity_range_begin": 20})
    assert made.status_code == 201
    one = f"{path}/{made.json()['id']}"
    assert shop.put(one, json={"price": 39.5}).json()["quantity_range_begin"] == 20
    assert shop.delete(one).status_code == 204
    assert shop.get(one).status_code == 404


def test_variants_can_be_made_and_removed(shop: httpx.Client) -> None:
    made = shop.post(
        "/api/products/77/variants", json={"sku": "MUG-02", "amount": 3, "default_amount": False}
    )
    assert (made.status_code, made.json()["default_price"]) == (201, True)
    assert shop.delete(f"/api/products/77/variants/{made.json()['id']}").status_code == 204


def test_a_login_is_unique_and_a_password_is_long(shop: httpx.Client) -> None:
    body = {"login": "erika.mustermann@example.com", "password": "S3cure-pass"}
    refused = shop.post("/api/profiles", json=body)
    assert (refused.status_code, refused.json()["detail"]) == (400, 'Field "login" must be unique')
    assert (
        shop.post("/api/profiles", json=body | {"login": "n@example.com", "password": "short"}).status_code
        == 400
    )
    made = shop.post("/api/profiles", json=body | {"login": "n@example.com", "membership_id": 4})
    assert (made.status_code, made.json()["membership_id"]) == (201, 4)
    assert "password" not in made.json()


def test_profiles_are_found_by_part_of_the_login(shop: httpx.Client) -> None:
    assert [row["id"] for row in shop.get("/api/profiles", params={"login": "muster"}).json()] == [305]
    assert [row["id"] for row in shop.get("/api/profiles", params={"added[after]": "2026-01-01"}).json()] == [
        306
    ]


def test_an_address_needs_the_fields_the_shop_asks_for(shop: httpx.Client) -> None:
    path = "/api/profiles/305/addresses"
    address = shop.get(f"{path}/410").json()
    address.pop("id")
    refused = shop.post(path, json=address | {"phone": ""})
    assert (refused.status_code, refused.json()["detail"]) == (400, 'Field "phone" is required')
    shop.post("/_sandbox/settings", json={"required_address_fields": ["street"]})
    assert shop.post(path, json=address | {"phone": ""}).status_code == 201


def test_a_sent_list_of_custom_fields_replaces_the_old_one(shop: httpx.Client) -> None:
    path = "/api/profiles/305/addresses/410"
    both = [{"name": "company", "value": "A"}, {"name": "vat_number", "value": "B"}]
    shop.put(path, json={"custom_fields": both}).raise_for_status()
    assert shop.put(path, json={"city": "Oakland"}).json()["custom_fields"] == both
    assert shop.put(path, json={"custom_fields": both[:1]}).json()["custom_fields"] == both[:1]
    assert shop.put(path, json={"state_name": "Texas"}).json()["state"] == 223


def test_tax_classes_and_memberships_are_kept_and_renamed(shop: httpx.Client) -> None:
    made = shop.post("/api/memberships", json={"name": "Retailer", "enabled": False})
    assert made.json() == {"id": 5, "name": "Retailer", "enabled": False}
    assert shop.put("/api/tax_classes/2", json={"name": "Normal"}).json() == {"id": 2, "name": "Normal"}
    assert shop.get("/api/products/42").json()["tax_class"]["name"] == "Normal"
    assert shop.delete("/api/tax_classes/2").status_code == 204
    assert shop.get("/api/products/42").json()["tax_class"] is None
