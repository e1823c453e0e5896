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


def test_a_login_that_was_given_up_is_free_again(shop: httpx.Client) -> None:
    new = {"login": "erika.mustermann@example.com", "password": "S3cure-pass"}
    shop.put("/api/profiles/305", json={"login": "erika@example.com"}).raise_for_status()
    assert shop.post("/api/profiles", json=new | {"login": "erika@example.com"}).status_code == 400
    assert shop.post("/api/profiles", json=new).status_code == 201
    order = {"email": "erika@example.com", "lines": [{"sku": "MUG-01"}]}
    placed = shop.post("/_sandbox/orders", json=order).json()[0]["id"]
    assert shop.get(f"/api/orders/{placed}").json()["customer_id"] == 305


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


def test_a_text_is_written_in_the_language_that_was_asked_for(shop: httpx.Client) -> None:
    german = {"Accept-Language": "de"}
    shop.put(
        "/api/products/77", json={"name": "Geschenkset", "price": 121}, headers=german
    ).raise_for_status()
    assert shop.get("/api/products/77").json()["name"] == "Gift set"
    assert shop.get("/api/products/77", headers=german).json()["name"] == "Geschenkset"
    assert shop.get("/api/products/77").json()["price"] == 121
    lines = shop.get("/api/orders/1187", headers=german).json()["items"]
    assert [line["name"] for line in lines] == ['T-Shirt "Classic" & Co.', "Geschenkset"]


def test_a_list_of_categories_holds_the_root_level_only(shop: httpx.Client) -> None:
    child = shop.post("/api/categories", json={"name": "Shirts", "parent": 5}).json()
    assert [row["id"] for row in shop.get("/api/categories").json()] == [5]
    assert [row["name"] for row in shop.get("/api/categories?parent=5").json()] == ["Shirts"]
    assert shop.get("/api/categories/5/stats").json()["subcategories_count"] == 1
    shop.put(f"/api/categories/{child['id']}/move", json={"parent": None}).raise_for_status()
    assert len(shop.get("/api/categories").json()) == 2
    assert shop.post("/api/categories", json={"name": "x", "parent": 99}).status_code == 400


def test_a_category_knows_its_products_and_the_product_does_not(shop: httpx.Client) -> None:
    path = "/api/categories/5/products"
    assert [row["product_id"] for row in shop.get(path).json()] == [42, 43]
    for _ in range(2):
        assert shop.post(path, json={"product_id": 77}).status_code == 201
    assert [row["product_id"] for row in shop.get(path).json()] == [42, 43, 77]
    assert not [key for key in shop.get("/api/products/77").json() if "categor" in key]
    shop.delete("/api/products/77").raise_for_status()
    assert [row["product_id"] for row in shop.get(path).json()] == [42, 43]
    assert shop.delete(f"{path}/42").status_code == 204
    assert shop.delete(f"{path}/42").status_code == 404


def test_pictures_are_made_placed_and_removed(shop: httpx.Client) -> None:
    path = "/api/products/42/images"
    made = shop.post(path, json={"externalUrl": "https://cdn.example.com/a.jpg", "alt": "front"})
    assert (made.status_code, made.json()["url"]) == (201, "https://cdn.example.com/a.jpg")
    one = f"{path}/{made.json()['id']}"
    assert shop.put(one, json={"position": 3}).json()["alt"] == "front"
    assert [row["position"] for row in shop.get("/api/products/42").json()["images"]] == [0, 3]
    assert shop.post(path, json={"alt": "nothing to see"}).status_code == 400
    assert shop.delete(one).status_code == 204


def test_a_variants_picture_is_taken_off_by_a_null_and_by_nothing_else(shop: httpx.Client) -> None:
    path = "/api/products/42/variants/143"
    picture = {"url": "https://cdn.example.com/m.jpg", "width": 10, "height": 10, "alt": ""}
    assert shop.put(path, json={"image": picture}).json()["image"] == picture
    assert shop.put(path, json={"amount": 4}).json()["image"] == picture
    assert shop.put(path, json={"image": None}).json()["image"] is None


@pytest.mark.parametrize(
    ("path", "body", "detail"),
    [
        ("products/42/wholesale_prices", {"price": 1, "membership": 99}, "Membership with ID 99 not found"),
        ("products/42/wholesale_prices", {"price": 1, "type": "gift"}, "type must be price or percent"),
        ("products/42/wholesale_prices", {"price": -1}, "price must not be negative"),
        ("products/42/variants", {"sku": "V" * 33}, "SKU must have 1 to 32 characters"),
        ("products", {"sku": "N", "name": "x", "memberships": [{"id": 4}]}, "does not exist"),
        ("products", {"sku": "N", "name": "x", "meta_description_type": "B"}, "must be A or C"),
        (
            "profiles",
            {"login": "n@example.com", "password": "S3cure-pass", "status": "X"},
            "status is E or D",
        ),
        ("profiles/305/addresses", {"type": "X"}, "type must be R or C"),
        ("profiles/305/addresses", {"custom_fields": ["x"]}, "custom_fields must be a list"),
        ("tax_classes", {}, "name must be unique and not empty"),
        ("product_classes", {"name": "Apparel"}, "name must be unique and not empty"),
    ],
)
def test_what_cannot_be_is_a_400_that_says_so(
    shop: httpx.Client, path: str, body: dict[str, Any], detail: str
) -> None:
    refused = shop.post(f"/api/{path}", json=body)
    assert refused.status_code == 400
    assert detail in refused.json()["detail"]


def test_a_partial_put_is_not_for_resources_of_one_field(shop: httpx.Client) -> None:
    assert shop.put("/api/tax_classes/2", json={}).status_code == 400
    assert shop.put("/api/memberships/4", json={"enabled": False}).json()["name"] == "Wholesaler"


def test_people_are_found_by_name_and_by_their_first_visit(shop: httpx.Client) -> None:
    assert [row["id"] for row in shop.get("/api/profiles?searchFakeField=erika").json()] == [305]
    params = {"first_login[after]": "2024-03-01"}
    assert [row["id"] for row in shop.get("/api/profiles", params=params).json()] == [305]


def test_addresses_come_and_go(shop: httpx.Client) -> None:
    path = "/api/profiles/305/addresses"
    address = {key: value for key, value in shop.get(f"{path}/410").json().items() if key != "id"}
    made = shop.post(path, json=address | {"city": "Oakland", "unknown": 1})
    assert (made.status_code, made.json()["city"]) == (201, "Oakland")
    assert shop.delete(f"{path}/{made.json()['id']}").status_code == 204
    assert shop.get(f"{path}/{made.json()['id']}").status_code == 404
    assert shop.patch(f"{path}/410", json={}).status_code == 405
