"""pyodata, SAP's own client, as the judge of what the SAP system says about itself."""

from __future__ import annotations

from typing import Any

import httpx
import pyodata
import pytest
from sandbox_client import Sap


class Connection:
    """What pyodata asks of ``requests``, by httpx."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.headers = client.headers

    def get(self, url: str, **more: Any) -> httpx.Response:
        return self.request("GET", url, **more)

    def request(self, method: str, url: str, **more: Any) -> httpx.Response:
        params = more.get("params") or {}
        headers = more.get("headers") or {}
        return self.client.request(method, url, params=params, headers=headers, content=more.get("data"))


def client(sap: Sap, service: str) -> Any:
    connection = Connection(sap)
    sap.headers.update(sap.token())
    return pyodata.Client(f"{str(sap.base_url).rstrip('/')}{sap.services}/{service}/", connection)


@pytest.fixture
def sales(sap: Sap) -> Any:
    return client(sap, "API_SALES_ORDER_SRV")


@pytest.mark.parametrize(
    ("service", "types"),
    [
        (
            "API_BUSINESS_PARTNER",
            {"A_AddressEmailAddressType", "A_CustomerSalesAreaType", "A_BuPaIdentificationType"},
        ),
        ("API_BUSINESS_PARTNER_SRV", {"A_BusinessPartnerTaxNumberType"}),
        ("API_SALES_ORDER_SRV", {"A_SalesOrderItemPrElementType", "A_SalesOrderScheduleLineType"}),
        ("API_PRODUCT_SRV", {"A_ProductValuationType", "A_ProductSalesDeliveryType"}),
        ("API_MATERIAL_STOCK_SRV", {"A_MatlStkInAcctModType"}),
        ("API_OUTBOUND_DELIVERY_SRV;v=0002", {"A_OutbDeliveryItemType"}),
    ],
)
def test_pyodata_reads_the_metadata_of_every_service(sap: Sap, service: str, types: set[str]) -> None:
    assert types <= {found.name for found in client(sap, service).schema.entity_types}


def test_pyodata_sees_types_lengths_scales_and_read_only_marks(sales: Any) -> None:
    header = sales.schema.entity_type("A_SalesOrderType")
    assert header.proprty("PurchaseOrderByCustomer").max_length == 35
    assert header.proprty("YY1_ShopOrderID_SDH").max_length == 20
    total = header.proprty("TotalNetAmount")
    assert (total.precision, total.scale, total.creatable, total.updatable) == (16, 3, False, False)
    assert header.proprty("LastChangeDateTime").typ.name == "Edm.DateTimeOffset"
    assert header.proprty("SoldToParty").creatable
    item = sales.schema.entity_type("A_SalesOrderItemType")
    assert not item.proprty("NetAmount").creatable
    assert not item.proprty("SalesOrder").creatable


def test_the_metadata_marks_days_etags_and_fixed_sets(sap: Sap) -> None:
    text = sap.get(f"{sap.services}/API_SALES_ORDER_SRV/$metadata").text
    assert 'Name="LastChangeDateTime" Type="Edm.DateTimeOffset" ConcurrencyMode="Fixed"' in text
    day = text.split('Name="CreationDate"')[1].split("/>")[0]
    assert 'sap:display-format="Date"' in day
    text = sap.get(f"{sap.services}/API_BUSINESS_PARTNER/$metadata").text
    customer = text.split('<EntitySet Name="A_Customer"')[1].split("/>")[0]
    assert 'sap:creatable="false" sap:updatable="true" sap:deletable="false"' in customer


def test_pyodata_creates_an_order_and_reads_it_back(sap: Sap, sales: Any) -> None:
    request = sales.entity_sets.A_SalesOrder.create_entity()
    request.set(
        SalesOrderType="OR",
        SoldToParty=sap.customer(),
        PurchaseOrderByCustomer="XC-7",
        to_Item=[{"Material": "FG-DESK-OAK", "RequestedQuantity": "1"}],
    )
    made = request.execute()
    read = sales.entity_sets.A_SalesOrder.get_entity(made.SalesOrder).expand("to_Item").execute()
    assert read.PurchaseOrderByCustomer == "XC-7"
    assert str(read.TotalNetAmount) == "649.000"
    assert read.LastChangeDateTime.tzinfo is not None
    assert [item.Material for item in read.to_Item] == ["FG-DESK-OAK"]


def test_pyodata_reads_partners_and_stock(sap: Sap) -> None:
    number = sap.customer("py@example.com")
    partners = client(sap, "API_BUSINESS_PARTNER").entity_sets
    found = partners.A_AddressEmailAddress.get_entities().filter("EmailAddress eq 'py@example.com'").execute()
    assert [row.Person for row in found] == [""]
    assert partners.A_BusinessPartner.get_entity(number).execute().LastName == "Groß"
    stock = (
        client(sap, "API_MATERIAL_STOCK_SRV").entity_sets.A_MatlStkInAcctMod.get_entities().top(3).execute()
    )
    assert len(stock) == 3
