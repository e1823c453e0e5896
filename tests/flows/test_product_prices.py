"""SAP's price conditions as prices of the shop."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from product_systems import FOR_EVER, PRICES, Event, Merchant, only_these_flows, value

from flowrun_sandbox import Sandbox
from running import Control, Run

WHOLESALER = 4


@pytest.fixture
def merchant(
    systems: None, project: Path, sandbox: Sandbox, sap: Control, run: Run, event: Event
) -> Iterator[Merchant]:
    only_these_flows(project)
    headers = {"X-AUTH-TOKEN": sandbox.xcart_token}
    with httpx.Client(base_url=f"{sandbox.xcart_url}/api", headers=headers, timeout=10) as admin:
        yield Merchant(sap, admin, run, event)


def day(days: int) -> str:
    """So many days from today, as SAP writes a date."""
    wanted: date = datetime.now(ZoneInfo("Europe/Berlin")).date() + timedelta(days=days)
    return f"/Date({int(datetime.combine(wanted, time(), UTC).timestamp()) * 1000})/"


def without_prices(merchant: Merchant, material: str) -> None:
    for group in ("", "02"):
        for record in merchant.conditions(material, group):
            merchant.change_price(record, ConditionIsDeleted=True)


def test_a_changed_price_is_written_once(merchant: Merchant, shop: Control) -> None:
    merchant.brought("FG-DESK-OAK")
    (record,) = merchant.conditions("FG-DESK-OAK")
    merchant.change_price(record, ConditionRateValue="599.00")
    first, second = [merchant.brought("FG-DESK-OAK")["priced"] for _ in range(2)]
    assert (first["price_changed"], second["changed"]) == (True, False)
    assert merchant.product(82)["price"] == 599.0


def test_the_poll_of_changed_conditions_finds_the_material(merchant: Merchant) -> None:
    (record,) = merchant.conditions("FG-DESK-OAK")
    merchant.change_price(record, ConditionRateValue="589.00")
    query = {"$expand": "to_SlsPrcgCndnRecdValidity"}
    row = merchant.sap.get(f"{PRICES}/A_SlsPrcgConditionRecord('{record}')", params=query).json()["d"]
    validities = row["to_SlsPrcgCndnRecdValidity"]["results"]
    given = {"ConditionRecord": record, "to_SlsPrcgCndnRecdValidity": validities}
    ran = merchant.run("run", "changed_prices", "--event", merchant.event(given))
    assert ran.code == 0, ran.out
    assert merchant.product(82)["price"] == 589.0


def test_a_price_counts_from_its_first_day_to_its_last(merchant: Merchant) -> None:
    begun = {"ConditionValidityStartDate": day(0), "ConditionValidityEndDate": day(0)}
    tomorrow = {"ConditionValidityStartDate": day(1), "ConditionValidityEndDate": FOR_EVER}
    over = {"ConditionValidityStartDate": day(-9), "ConditionValidityEndDate": day(-1)}
    merchant.price("FG-DESK-OAK", "111.00", validity=tomorrow)
    merchant.price("FG-DESK-OAK", "222.00", validity=over)
    merchant.brought("FG-DESK-OAK")
    assert merchant.product(82)["price"] == 649.0
    merchant.price("FG-DESK-OAK", "333.00", validity=begun)
    merchant.brought("FG-DESK-OAK")
    assert merchant.product(82)["price"] == 333.0


def test_of_several_prices_the_narrowest_wins_and_then_the_youngest(merchant: Merchant) -> None:
    without_prices(merchant, "FG-DESK-OAK")
    yesterday, before = (
        {"ConditionValidityStartDate": day(-days), "ConditionValidityEndDate": FOR_EVER} for days in (1, 2)
    )
    merchant.price("FG-DESK-OAK", "100.00", validity={**yesterday, "SalesOrganization": ""})
    merchant.brought("FG-DESK-OAK")
    assert merchant.product(82)["price"] == 100.0
    merchant.price("FG-DESK-OAK", "200.00", validity={**before, "DistributionChannel": ""})
    merchant.brought("FG-DESK-OAK")
    assert merchant.product(82)["price"] == 200.0
    merchant.price("FG-DESK-OAK", "300.00", validity=yesterday)
    merchant.price("FG-DESK-OAK", "400.00", validity=before)
    merchant.brought("FG-DESK-OAK")
    assert merchant.product(82)["price"] == 300.0
    merchant.price("FG-DESK-OAK", "500.00", validity=yesterday)
    merchant.brought("FG-DESK-OAK")
    assert merchant.product(82)["price"] == 500.0


def test_prices_that_are_not_for_the_shop_are_not_in_it(merchant: Merchant) -> None:
    merchant.brought("FG-DESK-OAK")
    merchant.price("FG-DESK-OAK", "1.00", ConditionRateValueUnit="CHF")
    merchant.price("FG-DESK-OAK", "2.00", validity={"Customer": "1000"})
    merchant.price("FG-DESK-OAK", "3.00", validity={"SalesOrganization": "1710"})
    merchant.price("FG-DESK-OAK", "4.00", validity={"CustomerPriceGroup": "77"})
    merchant.price("FG-DESK-OAK", "5.00", ConditionType="K007")
    assert merchant.brought("FG-DESK-OAK")["priced"]["changed"] is False
    assert merchant.product(82)["price"] == 649.0


def test_a_price_group_is_a_membership_and_a_deleted_price_goes(merchant: Merchant) -> None:
    merchant.brought("FG-DESK-OAK")
    assert merchant.wholesale("/products/82") == [(1, WHOLESALER, 584.1)]
    (record,) = merchant.conditions("FG-DESK-OAK", "02")
    merchant.change_price(record, ConditionRateValue="500.00")
    merchant.brought("FG-DESK-OAK")
    assert merchant.wholesale("/products/82") == [(1, WHOLESALER, 500.0)]
    merchant.change_price(record, ConditionIsDeleted=True)
    assert merchant.brought("FG-DESK-OAK")["priced"]["deleted"] == 1
    assert merchant.wholesale("/products/82") == []


def test_prices_of_a_membership_that_sap_does_not_know_are_the_shops(merchant: Merchant) -> None:
    friends = merchant.admin.post("/memberships", json={"name": "Friends", "enabled": True})
    number = friends.raise_for_status().json()["id"]
    price = {"type": "price", "price": 1.5, "quantity_range_begin": 1, "membership": number}
    merchant.admin.post("/products/82/wholesale_prices", json=price).raise_for_status()
    merchant.brought("FG-DESK-OAK")
    assert merchant.wholesale("/products/82") == [(1, WHOLESALER, 584.1), (1, number, 1.5)]


def test_a_scale_is_prices_by_quantity(merchant: Merchant) -> None:
    merchant.brought("HW-CHOC-70")
    steps = merchant.wholesale("/products/80")
    assert steps == [(1, WHOLESALER, 3.14), (12, 0, 3.32), (144, 0, 3.14)]
    scale = [
        {"ConditionScaleLine": "1", "ConditionScaleQuantity": "1", "ConditionRateValue": "3.00"},
        {"ConditionScaleLine": "2", "ConditionScaleQuantity": "50", "ConditionRateValue": "2.50"},
    ]
    merchant.price(
        "HW-CHOC-70", "9.00", to_SlsPrcgCndnRecordScale=scale, validity={"ConditionValidityStartDate": day(0)}
    )
    merchant.brought("HW-CHOC-70")
    assert merchant.product(80)["price"] == 3.0  # what the scale says of one piece counts
    assert merchant.wholesale("/products/80") == [(1, WHOLESALER, 3.14), (50, 0, 2.5)]


@pytest.mark.parametrize(
    ("rate", "per", "unit", "price"),
    [
        ("250.00", "100", "PC", 2.5),
        ("30.00", "1", "KAR", 2.5),
        ("10.00", "3", "PC", 3.33),
        ("0.125", "1", "PC", 0.13),
    ],
)
def test_a_price_for_many_is_a_price_of_one(
    merchant: Merchant, rate: str, per: str, unit: str, price: float
) -> None:
    begun = {"ConditionValidityStartDate": day(0)}
    quantity = {"ConditionQuantity": per, "ConditionQuantityUnit": unit}
    merchant.price("HW-CHOC-70", rate, validity=begun, **quantity)
    merchant.brought("HW-CHOC-70")
    assert merchant.product(80)["price"] == price


def test_a_price_for_a_unit_that_nobody_knows_goes_to_people(merchant: Merchant) -> None:
    merchant.price(
        "HW-CHOC-70", "9.00", ConditionQuantityUnit="PAL", validity={"ConditionValidityStartDate": day(0)}
    )
    ran = merchant.told_of("HW-CHOC-70")
    assert ran.code == 1
    assert "a price of HW-CHOC-70 is for a unit" in ran.out
    assert merchant.product(80)["price"] == 3.49


def test_a_shop_with_gross_prices_gets_the_tax_in_them(merchant: Merchant, project: Path) -> None:
    value(project, "shop_prices: net", "shop_prices: gross")
    merchant.brought("FG-DESK-OAK")
    merchant.brought("HW-BOOK-0081")
    assert merchant.product(82)["price"] == 772.31  # 649.00 and 19 %
    assert merchant.wholesale("/products/82") == [(1, WHOLESALER, 695.08)]
    assert merchant.product(81)["price"] == 26.64  # 24.90 and 7 %


@pytest.mark.parametrize("price", [None, "0.00"])
def test_a_missing_price_is_never_a_price_of_nothing(merchant: Merchant, price: str | None) -> None:
    without_prices(merchant, "FG-DESK-OAK")
    if price is not None:
        merchant.price("FG-DESK-OAK", price)
    ran = merchant.told_of("FG-DESK-OAK")
    assert ran.code == 1
    assert "DESK-01 (FG-DESK-OAK) has no price in EUR today" in ran.out
    assert merchant.product(82)["price"] == 649.0


def test_a_variant_has_prices_of_its_own(merchant: Merchant) -> None:
    merchant.write("/products/42/variants/143", default_price=True)
    (record,) = merchant.conditions("FG-TSHIRT-BLK-M")
    merchant.change_price(record, ConditionRateValue="39.00")
    merchant.brought("FG-TSHIRT-BLK-M")
    variant = merchant.admin.get("/products/42/variants/143").json()
    assert (variant["price"], variant["default_price"]) == (39.0, False)
    assert merchant.wholesale("/products/42/variants/143") == [(1, WHOLESALER, 44.99)]
    assert merchant.wholesale("/products/42") == [(10, WHOLESALER, 44.5)]


# --- the whole of it ---


def state(merchant: Merchant, *skus: str) -> list[Any]:
    """Products with their prices, without the moments of change."""
    found: list[Any] = []
    for row in merchant.admin.get("/products", params={"itemsPerPage": 100}).json():
        if row["sku"] not in skus:
            continue
        path = f"/products/{row['id']}"
        variants = merchant.admin.get(f"{path}/variants").json()
        prices = [merchant.wholesale(f"{path}/variants/{variant['id']}") for variant in variants]
        del row["update_date"]
        german = merchant.product(row["id"], "de")["name"]
        found.append([row, german, variants, prices, merchant.wholesale(path)])
    return found


def test_the_night_and_the_events_of_the_day_end_alike(merchant: Merchant, shop: Control) -> None:
    skus = ("DESK-01", "CHOC-70", "OLD-01", "HD-GRY")
    merchant.change_material("FG-DESK-OAK", GrossWeight="41.5")
    (record,) = merchant.conditions("HW-CHOC-70")
    merchant.change_price(record, ConditionRateValue="2.99")
    assert merchant.every_night().code == 0
    by_night = state(merchant, *skus)
    assert [row[0]["weight"] for row in by_night if row[0]["sku"] == "DESK-01"] == [41.5]
    assert [row[0]["enabled"] for row in by_night if row[0]["sku"] == "OLD-01"] == [
        False
    ]  # marked for deletion
    shop.post("/_sandbox/reset").raise_for_status()
    for material in ("FG-DESK-OAK", "HW-CHOC-70", "FG-THERMOS-OLD", "FG-HOODIE-GRY", "FG-HOODIE-GRY-M"):
        merchant.brought(material)
    assert state(merchant, *skus) == by_night


def test_a_second_night_writes_nothing(merchant: Merchant, shop: Control) -> None:
    assert merchant.every_night().code == 0
    writes = len(shop.asked("PUT", "POST", "DELETE", path="/api/products"))
    assert writes > 0
    assert merchant.every_night().code == 0
    assert len(shop.asked("PUT", "POST", "DELETE", path="/api/products")) == writes


def test_one_bad_material_holds_up_no_other_at_night(merchant: Merchant) -> None:
    without_prices(merchant, "FG-CHAIR-CMF")
    merchant.change_material("FG-DESK-OAK", GrossWeight="41.5")
    assert merchant.every_night().code == 0
    assert merchant.product(82)["weight"] == 41.5
    assert merchant.product(83)["price"] == 289.5
