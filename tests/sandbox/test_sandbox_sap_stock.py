"""Stock, the material documents that move it, and the prices of what lies there."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sandbox_client import Sap
from test_sandbox_sap_fulfilment import call, refusal, stock

from flowrun_sandbox.catalogue import materials

DOCUMENTS = "API_MATERIAL_DOCUMENT_SRV"
PRICES = "API_SLSPRICINGCONDITIONRECORD_SRV"
RECORDS = f"{PRICES}/A_SlsPrcgConditionRecord"
DESK = "FG-DESK-OAK"


def post(sap: Sap, movement: str, quantity: str = "2", **more: str) -> Any:
    item = {"Material": DESK, "Plant": "1010", "StorageLocation": "101A", "GoodsMovementType": movement}
    body = {
        "GoodsMovementCode": "05",
        "to_MaterialDocumentItem": [item | {"QuantityInEntryUnit": quantity} | more],
    }
    return sap.create(f"{DOCUMENTS}/A_MaterialDocumentHeader", body)


def test_every_sku_has_stock_and_some_plants_have_none(sap: Sap) -> None:
    rows = sap.read("API_MATERIAL_STOCK_SRV/A_MatlStkInAcctMod")["results"]
    assert {item.material for item in materials()} == {row["Material"] for row in rows}
    assert {row["Plant"] for row in rows} == {"1010", "1020", "1710"}
    assert any(Decimal(row["MatlWrhsStkQtyInMatlBaseUnit"]) == 0 for row in rows)


@pytest.mark.parametrize(
    ("movement", "more", "here", "there"),
    [
        ("101", {}, 16, 0),  # goods receipt
        ("561", {}, 16, 0),  # initial entry
        ("551", {}, 12, 0),  # scrap
        ("653", {}, 16, 0),  # a customer's return
        ("321", {}, 16, 0),  # inspection passed
        ("301", {"IssuingOrReceivingPlant": "1710", "IssuingOrReceivingStorageLoc": "171A"}, 12, 42),
        ("311", {"IssuingOrReceivingStorageLoc": "101B"}, 14, 0),
        ("101", {"EntryUnit": "KAR"}, 38, 0),  # two cartons of twelve
    ],
)
def test_a_material_document_moves_stock(
    sap: Sap, movement: str, more: dict[str, str], here: int, there: int
) -> None:
    made = post(sap, movement, **more)
    assert made.status_code == 201, made.text
    header = made.json()["d"]
    assert header["CreationDate"].startswith("/Date(")
    assert header["CreationTime"].startswith("PT")
    assert stock(sap, DESK) == here
    assert stock(sap, DESK, "1710" if movement == "301" else "1020") == there
    number, year = header["MaterialDocument"], header["MaterialDocumentYear"]
    undone = call(sap, DOCUMENTS, "Cancel", MaterialDocument=number, MaterialDocumentYear=year)
    assert undone.json()["d"]["MaterialDocument"] != number
    assert stock(sap, DESK) == 14
    again = call(sap, DOCUMENTS, "Cancel", MaterialDocument=number, MaterialDocumentYear=year)
    assert refusal(again) == (400, "M7/003")


@pytest.mark.parametrize(
    ("movement", "more", "code"),
    [
        ("551", {"QuantityInEntryUnit": "99"}, "M7/021"),
        ("999", {}, "M7/004"),
        ("101", {"Material": "NO-SUCH"}, "M3/305"),
        ("101", {"Plant": "9999"}, "M3/351"),
        ("101", {"StorageLocation": ""}, "M7/018"),
        ("101", {"QuantityInEntryUnit": "0"}, "M7/018"),
        ("101", {"EntryUnit": "PAL"}, "M7/066"),
    ],
)
def test_a_movement_that_cannot_be_moves_nothing(
    sap: Sap, movement: str, more: dict[str, str], code: str
) -> None:
    before = sap.get(f"{sap.services}/{DOCUMENTS}/A_MaterialDocumentHeader/$count").text
    assert refusal(post(sap, movement, **more)) == (400, code)
    assert stock(sap, DESK) == 14
    assert sap.get(f"{sap.services}/{DOCUMENTS}/A_MaterialDocumentHeader/$count").text == before


def test_two_items_of_one_document_cannot_take_the_same_goods(sap: Sap) -> None:
    item = {"Material": DESK, "Plant": "1010", "StorageLocation": "101A", "GoodsMovementType": "551"}
    items = [item | {"QuantityInEntryUnit": "6"}] * 2
    body = {"GoodsMovementCode": "03", "to_MaterialDocumentItem": items}
    made = sap.create(f"{DOCUMENTS}/A_MaterialDocumentHeader", body)
    assert refusal(made) == (400, "M7/021")
    assert stock(sap, DESK) == 14


def test_a_posted_document_is_never_changed(sap: Sap) -> None:
    url = post(sap, "101").headers["location"]
    assert sap.patch(url, json={"ReferenceDocument": "x"}, headers=sap.token()).status_code == 405
    assert sap.delete(url, headers=sap.token()).status_code == 405


def price_of(
    sap: Sap, customer: str, quantity: str = "1", material: str = "HW-CHOC-70", currency: str = "EUR"
) -> str:
    items = [{"Material": material, "RequestedQuantity": quantity}]
    made = sap.order(customer, TransactionCurrency=currency, to_Item=items)
    assert made.status_code == 201, made.text
    return str(made.json()["d"]["TotalNetAmount"])


def test_an_item_without_a_price_takes_the_one_that_holds_for_it(sap: Sap) -> None:
    customer = sap.customer()
    assert price_of(sap, customer) == "3.490"
    assert price_of(sap, customer, currency="CHF") == "3.320"
    assert price_of(sap, customer, "12") == "39.840"  # 3.32 from a dozen on
    assert price_of(sap, "1000001") == "3.140"  # a reseller, price group 02


def test_a_price_is_created_deep_and_holds_at_once(sap: Sap) -> None:
    customer = sap.customer()
    validity = {"Material": DESK, "SalesOrganization": "1010", "DistributionChannel": "10"}
    body = {
        "ConditionType": "PPR0",
        "ConditionTable": "305",
        "ConditionRateAmount": "500.00",
        "ConditionCurrency": "EUR",
        "to_SlsPrcgCndnRecdValidity": [validity | {"Customer": customer}],
        "to_SlsPrcgCndnRecordScale": [{"ConditionScaleQuantity": "2", "ConditionRateValue": "450"}],
    }
    made = sap.create(RECORDS, body)
    assert made.status_code == 201, made.text
    assert made.json()["d"]["ConditionRateValue"] == "500.000"
    assert price_of(sap, customer, material=DESK) == "500.000"
    assert price_of(sap, customer, "2", DESK) == "900.000"
    assert price_of(sap, sap.customer("else@example.com"), material=DESK) == "649.000"


def test_a_changed_price_has_a_new_etag_and_is_polled_by_moment(sap: Sap) -> None:
    customer = sap.customer()
    condition = f"Material eq '{DESK}' and TransactionCurrency eq 'EUR' and SalesOrganization eq '1010'"
    rows = sap.read(f"{PRICES}/A_SlsPrcgCndnRecdValidity", **{"$filter": condition})["results"]
    number = next(row["ConditionRecord"] for row in rows if not row["CustomerPriceGroup"])
    url = f"{sap.services}/{RECORDS}('{number}')"
    etag = sap.get(url).headers["etag"]
    change = {"ConditionRateValue": "600"}
    assert sap.patch(url, json=change, headers=sap.token()).status_code == 428
    assert sap.patch(url, json=change, headers=sap.token() | {"If-Match": etag}).status_code == 204
    assert sap.patch(url, json=change, headers=sap.token() | {"If-Match": etag}).status_code == 412
    since = "LastChangeDateTime ge datetimeoffset'2026-01-20T00:00:00Z'"
    assert [row["ConditionRateAmount"] for row in sap.read(RECORDS, **{"$filter": since})["results"]] == [
        "600.000000000"
    ]
    assert price_of(sap, customer, material=DESK) == "600.000"


def test_a_price_that_is_over_holds_no_more(sap: Sap) -> None:
    validity = {
        "Material": DESK,
        "SalesOrganization": "1010",
        "ConditionValidityEndDate": "2026-02-01T00:00:00",
    }
    validity |= {"ConditionValidityStartDate": "2026-01-01T00:00:00"}
    body = {
        "ConditionType": "PPR0",
        "ConditionTable": "305",
        "ConditionRateValue": "1",
        "ConditionCurrency": "EUR",
    }
    assert sap.create(RECORDS, body | {"to_SlsPrcgCndnRecdValidity": [validity]}).status_code == 201
    assert price_of(sap, sap.customer(), material=DESK) == "649.000"
    assert refusal(sap.create(RECORDS, body)) == (400, "VK/089")
