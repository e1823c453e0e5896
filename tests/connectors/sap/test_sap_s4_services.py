"""S/4HANA's own services by their own names: orders and products over V4, and what documents can be told to do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from flowrun.errors import Rejected
from flowrun_connectors.sap import Sap

pytestmark = pytest.mark.anyio

SERVICES = (
    "API_SALES_ORDER_SRV",
    "CE_SALESORDER_0001",
    "CE_PRODUCT_0002",
    "API_OUTBOUND_DELIVERY_SRV",
    "API_BILLING_DOCUMENT_SRV",
)
V2 = {"service": "API_SALES_ORDER_SRV", "entity": "A_SalesOrder"}
V4 = {"service": "CE_SALESORDER_0001", "entity": "SalesOrder"}
DELIVERY = {"service": "API_OUTBOUND_DELIVERY_SRV", "entity": "A_OutbDeliveryHeader"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pulled")


@pytest.fixture
async def sap(make_sap: Any, sap_control: Any, folder: Path) -> AsyncIterator[Sap]:
    async with make_sap(folder=folder) as connector:
        for service in SERVICES:
            if not (folder / f"{service}.xml").exists():
                (folder / f"{service}.xml").write_bytes(await connector.pull_metadata(service))
        yield connector


@pytest.fixture
def order_v4(order: dict[str, Any]) -> dict[str, Any]:
    own = {name: value for name, value in order.items() if name != "to_Item"}
    item = {"Product": "FG-TSHIRT-BLK-M", "RequestedQuantity": Decimal("2.5")}
    return {
        **own,
        "YY1_WebShop_SDH": "shop.example.com",
        "SalesOrderDate": date(2026, 3, 14),
        "_Item": [item],
    }


async def test_an_order_over_v4_is_the_order_that_v2_shows(sap: Sap, order_v4: dict[str, Any]) -> None:
    by = ["PurchaseOrderByCustomer", "SoldToParty"]
    made = await sap.perform("upsert", {**V4, "by": by, "data": order_v4})
    again = await sap.perform("upsert", {**V4, "by": by, "data": order_v4})
    assert (made["action"], again["action"]) == ("created", "unchanged")
    read = await sap.perform("get", {**V4, "key": made["SalesOrder"], "expand": ["_Item"]})
    assert (read["SalesOrderDate"], read["YY1_WebShop_SDH"]) == (date(2026, 3, 14), "shop.example.com")
    assert [(item["Product"], item["RequestedQuantity"]) for item in read["_Item"]] == [
        ("FG-TSHIRT-BLK-M", Decimal("2.500"))
    ]
    assert isinstance(read["_Item"][0]["NetAmount"], Decimal)
    old = await sap.perform("get", {**V2, "key": made["SalesOrder"], "expand": ["to_Item"]})
    assert old["PurchaseOrderByCustomer"] == order_v4["PurchaseOrderByCustomer"]
    assert old["to_Item"][0]["NetAmount"] == read["_Item"][0]["NetAmount"]


async def test_a_field_of_the_customer_s_own_is_written_and_found_like_any_other(
    sap: Sap, order_v4: dict[str, Any]
) -> None:
    reference = order_v4["PurchaseOrderByCustomer"]
    made = await sap.perform("create", {**V4, "data": {**order_v4, "YY1_ShopOrderID_SDH": reference}})
    where = {"YY1_ShopOrderID_SDH": {"in": [reference, "none"]}}
    (found,) = await sap.perform("list", {**V4, "where": where, "select": ["SalesOrder"]})
    assert found["SalesOrder"] == made["SalesOrder"]
    change = {**V4, "key": made["SalesOrder"], "data": {"YY1_ShopOrderID_SDH": f"{reference}-b"}}
    assert (await sap.perform("update", change))["action"] == "updated"


async def test_a_product_over_v4_has_its_descriptions_and_plants(sap: Sap) -> None:
    wanted = {"service": "CE_PRODUCT_0002", "entity": "Product", "key": "FG-TSHIRT-BLK-M"}
    product = await sap.perform(
        "get",
        {
            **wanted,
            "select": ["Product", "GrossWeight", "_ProductDescription/ProductDescription"],
            "expand": ["_ProductDescription", "_ProductPlant"],
        },
    )
    assert isinstance(product["GrossWeight"], Decimal)
    assert product["_ProductDescription"][0]["ProductDescription"]
    assert product["_ProductPlant"][0]["Plant"]


async def test_goods_are_issued_for_the_delivery_as_it_is(sap: Sap, order: dict[str, Any]) -> None:
    made = await sap.perform("create", {**V2, "data": order})
    items = [{"ReferenceSDDocument": made["SalesOrder"], "ReferenceSDDocumentItem": "000010"}]
    delivery = await sap.perform("create", {**DELIVERY, "data": {"to_DeliveryDocumentItem": items}})
    number = delivery["DeliveryDocument"]
    posted = {
        "service": "API_OUTBOUND_DELIVERY_SRV",
        "entity": "A_OutbDeliveryHeader",
        "key": number,
        "parameters": {"DeliveryDocument": number},
    }
    picked = await sap.perform("call", {**posted, "function": "PickAllItems"})
    assert isinstance(picked, list)
    await sap.perform("call", {**posted, "function": "PostGoodsIssue"})
    after = await sap.perform("get", {**DELIVERY, "key": number})
    assert after["OverallGoodsMovementStatus"] == "C"
    with pytest.raises(Rejected):
        await sap.perform("call", {**posted, "function": "PostGoodsIssue"})


async def test_a_billing_document_is_cancelled_and_its_pdf_is_a_value(sap: Sap) -> None:
    bills = {"service": "API_BILLING_DOCUMENT_SRV", "entity": "A_BillingDocument"}
    open_ = {**bills, "where": {"BillingDocumentIsCancelled": False, "CancelledBillingDocument": ""}}
    bill = await sap.perform("first", open_)
    which = {
        "service": "API_BILLING_DOCUMENT_SRV",
        "parameters": {"BillingDocument": bill["BillingDocument"]},
    }
    assert (await sap.perform("call", {**which, "function": "GetPDF"}))["BillingDocumentBinary"]
    await sap.perform("call", {**which, "function": "Cancel"})
    after = await sap.perform("get", {**bills, "key": bill["BillingDocument"]})
    assert after["BillingDocumentIsCancelled"] is True
