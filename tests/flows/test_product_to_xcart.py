"""Materials of SAP as products of the shop."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from product_systems import PRODUCTS, Event, Merchant, only_these_flows, table, value

from flowrun_sandbox import Sandbox
from running import Control, Run


@pytest.fixture
def merchant(
    systems: None, project: Path, sandbox: Sandbox, sap: Control, run: Run, event: Event
) -> Iterator[Merchant]:
    only_these_flows(project)
    headers = {"X-AUTH-TOKEN": sandbox.xcart_token}
    with httpx.Client(base_url=f"{sandbox.xcart_url}/api", headers=headers, timeout=10) as admin:
        yield Merchant(sap, admin, run, event)


def test_a_changed_material_changes_its_product_and_nothing_else(merchant: Merchant, shop: Control) -> None:
    merchant.brought("FG-DESK-OAK")
    before = merchant.product(82)
    merchant.change_material("FG-DESK-OAK", GrossWeight="41.5")
    saved = merchant.brought("FG-DESK-OAK")["saved"]
    assert saved["written"] == ["weight"]
    kept = {**before, "weight": 41.5, "update_date": merchant.product(82)["update_date"]}
    assert merchant.product(82) == kept


def test_the_same_event_twice_writes_nothing_the_second_time(merchant: Merchant, shop: Control) -> None:
    merchant.brought("HW-BOOK-0081")
    writes = len(shop.asked("PUT", "POST", "DELETE", path="/api/products"))
    again = merchant.brought("HW-BOOK-0081")
    assert (again["saved"]["action"], again["priced"]["changed"]) == ("unchanged", False)
    assert len(shop.asked("PUT", "POST", "DELETE", path="/api/products")) == writes


def test_names_come_in_each_language_of_the_shop(merchant: Merchant) -> None:
    merchant.brought("FG-GIFTSET-MUG")
    assert merchant.product(77)["name"] == "Gift set"
    assert merchant.product(77, "de")["name"] == "Geschenkset"
    path = f"{PRODUCTS}/A_ProductDescription(Product='FG-GIFTSET-MUG',Language='DE')"
    merchant.sap_sends("PATCH", path, ProductDescription='Geschenk "Groß" & klein <3')
    assert merchant.brought("FG-GIFTSET-MUG")["saved"]["written"] == ["de.name"]
    assert merchant.product(77, "de")["name"] == 'Geschenk "Groß" & klein <3'
    assert merchant.product(77)["name"] == "Gift set"


def test_what_the_shop_owns_is_never_written_over(merchant: Merchant) -> None:
    own = {
        "description": "<p>Best &amp; finest</p>",
        "brief_description": "Best",
        "meta_title": "Desk | Shop",
        "meta_description": "All about desks",
        "clean_url": "the-desk",
        "memberships": ["Wholesaler"],
    }
    merchant.write("/products/82", **own)
    merchant.change_material("FG-DESK-OAK", GrossWeight="41.5")
    merchant.brought("FG-DESK-OAK")
    after = merchant.product(82)
    assert {name: after[name] for name in own if name != "memberships"} == {
        name: text for name, text in own.items() if name != "memberships"
    }
    assert [one["name"] for one in after["memberships"]] == ["Wholesaler"]
    assert after["amount"] == 14  # stock has a flow of its own


@pytest.mark.parametrize(
    ("weight", "unit", "kilograms"),
    [("850", "G", 0.85), ("2", "LB", 0.9072), ("0.012", "TO", 12.0), ("0", "KG", 38.0), ("7", "KG", 7.0)],
)
def test_weights_are_in_the_unit_of_the_shop(
    merchant: Merchant, weight: str, unit: str, kilograms: float
) -> None:
    merchant.change_material("FG-DESK-OAK", GrossWeight=weight, WeightUnit=unit)
    merchant.brought("FG-DESK-OAK")
    assert merchant.product(82)["weight"] == kilograms  # without a weight in SAP the shop's stays


def test_the_tax_class_is_that_of_the_classification_in_the_shops_country(merchant: Merchant) -> None:
    merchant.write("/products/81", tax_class="Standard")
    merchant.brought("HW-BOOK-0081")
    assert merchant.product(81)["tax_class"]["name"] == "Reduced"


@pytest.mark.parametrize(
    ("fields", "sold"),
    [
        ({"IsMarkedForDeletion": True}, False),
        ({"CrossPlantStatus": "01"}, False),
        ({"CrossPlantStatus": "BP"}, True),  # must not be bought in, but may be sold
    ],
)
def test_a_material_that_must_not_be_sold_is_switched_off_and_on_again(
    merchant: Merchant, fields: dict[str, Any], sold: bool
) -> None:
    merchant.change_material("FG-DESK-OAK", **fields)
    merchant.brought("FG-DESK-OAK")
    assert merchant.product(82)["enabled"] is sold
    merchant.change_material("FG-DESK-OAK", IsMarkedForDeletion=False, CrossPlantStatus="")
    merchant.brought("FG-DESK-OAK")
    assert merchant.product(82)["enabled"] is True


def test_the_sales_status_of_the_shops_sales_organization_counts(merchant: Merchant) -> None:
    area = "Product='FG-DESK-OAK',ProductSalesOrg='{}',ProductDistributionChnl='10'"
    path = f"{PRODUCTS}/A_ProductSalesDelivery({area})"
    merchant.sap_sends("PATCH", path.format("1710"), ProductSalesStatus="01")
    merchant.brought("FG-DESK-OAK")
    assert merchant.product(82)["enabled"] is True
    merchant.sap_sends("PATCH", path.format("1010"), ProductSalesStatus="01")
    merchant.brought("FG-DESK-OAK")
    assert merchant.product(82)["enabled"] is False


def test_a_status_that_nobody_has_explained_goes_to_people(merchant: Merchant) -> None:
    merchant.change_material("FG-DESK-OAK", CrossPlantStatus="Z9")
    ran = merchant.told_of("FG-DESK-OAK")
    assert ran.code == 1
    assert "cross_plant/Z9" in ran.out + ran.err


def test_a_variant_that_is_no_longer_sold_goes_to_people(merchant: Merchant) -> None:
    merchant.change_material("FG-TSHIRT-BLK-S", IsMarkedForDeletion=True)
    ran = merchant.told_of("FG-TSHIRT-BLK-S")
    assert ran.code == 1
    assert "cannot switch off a variant" in ran.out
    assert merchant.product(42)["enabled"] is True


def test_a_material_without_a_sku_is_not_for_the_shop(merchant: Merchant, shop: Control) -> None:
    assert merchant.brought("FG-LAMP-BRASS") is None
    assert shop.asked("PUT", "POST", path="/api/products") == []


def lamp_is_for_sale(project: Path) -> None:
    table(project, "sku_to_material", "LAMP-NEW,FG-LAMP-BRASS,YB120,PC")


def test_a_new_material_becomes_a_product_with_a_price_and_without_stock(
    merchant: Merchant, project: Path
) -> None:
    lamp_is_for_sale(project)
    assert merchant.brought("FG-LAMP-BRASS")["saved"]["action"] == "created"
    made = merchant.by_sku("LAMP-NEW")
    assert made is not None
    assert (made["name"], made["price"], made["amount"]) == ("Desk lamp, brass", 89.0, 0)
    assert (made["enabled"], made["weight"], made["meta_title"]) == (True, 2.1, "Desk lamp, brass")
    assert merchant.product(made["id"], "de")["name"] == "Schreibtischlampe, Messing"
    assert merchant.wholesale(f"/products/{made['id']}") == [(1, 4, 80.1)]
    merchant.write(f"/products/{made['id']}", meta_title="Lamps of the world")
    assert merchant.brought("FG-LAMP-BRASS")["saved"]["action"] == "unchanged"


def test_new_products_are_made_only_when_the_settings_say_so(
    merchant: Merchant, project: Path, shop: Control
) -> None:
    lamp_is_for_sale(project)
    value(project, "new_products: true", "new_products: false")
    assert merchant.brought("FG-LAMP-BRASS") is None
    assert merchant.by_sku("LAMP-NEW") is None


def test_a_new_material_without_a_price_waits_for_one(merchant: Merchant, project: Path) -> None:
    lamp_is_for_sale(project)
    for record in merchant.conditions("FG-LAMP-BRASS"):
        merchant.change_price(record, ConditionIsDeleted=True)
    ran = merchant.told_of("FG-LAMP-BRASS")
    assert ran.code == 1
    assert "LAMP-NEW (FG-LAMP-BRASS) has no price in EUR today" in ran.out
    assert merchant.by_sku("LAMP-NEW") is None
    merchant.price("FG-LAMP-BRASS", "75.00")
    merchant.brought("FG-LAMP-BRASS")
    made = merchant.by_sku("LAMP-NEW")
    assert made is not None
    assert made["price"] == 75.0


def test_a_dry_run_writes_nothing(merchant: Merchant, shop: Control, event: Event) -> None:
    merchant.change_material("FG-DESK-OAK", GrossWeight="41.5")
    given = event({"id": "1", "data": {"Product": "FG-DESK-OAK"}})
    ran = merchant.run("dry-run", "changed_product", "--event", given)
    assert ran.code == 0, ran.err
    assert shop.asked("PUT", "POST", "DELETE", path="/api/products") == []
