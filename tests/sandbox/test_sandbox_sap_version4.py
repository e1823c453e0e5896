"""The services of OData V4: the same orders and products in the other dialect."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from defusedxml import ElementTree
from sandbox_client import Sap

ORDERS = "/sap/opu/odata4/sap/api_salesorder/srvd_a2x/sap/salesorder/0001"
PRODUCTS = "/sap/opu/odata4/sap/api_product/srvd_a2x/sap/product/0002"
_EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


def get(sap: Sap, path: str, **params: str) -> Any:
    answer = sap.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def create(sap: Sap, **more: Any) -> httpx.Response:
    item = {
        "Product": "FG-DESK-OAK",
        "RequestedQuantity": 2,
        "RequestedDeliveryDate": "2027-03-01",
        "_ItemPricingElement": [
            {"ConditionType": "PPR0", "ConditionRateAmount": "500.10", "ConditionCurrency": "EUR"}
        ],
    }
    body = {
        "SalesOrderType": "OR",
        "SalesOrganization": "1010",
        "DistributionChannel": "10",
        "OrganizationDivision": "00",
        "SoldToParty": sap.customer(),
        "PurchaseOrderByCustomer": "XC-4",
        "TransactionCurrency": "EUR",
        "_Item": [item],
        "_Text": [{"Language": "EN", "LongTextID": "TX01", "LongText": "Ring twice"}],
    }
    return sap.post(f"{ORDERS}/SalesOrder", json=body | more, headers=sap.token())


@pytest.mark.parametrize("root", [ORDERS, PRODUCTS])
def test_the_metadata_names_a_target_for_every_navigation_and_every_set_is_read(sap: Sap, root: str) -> None:
    document = ElementTree.fromstring(
        sap.get(f"{root}/$metadata", headers={"Accept": "application/xml"}).text
    )
    sets = {node.get("Name"): node for node in document.iter(f"{_EDM}EntitySet")}
    types = {node.get("Name"): node for node in document.iter(f"{_EDM}EntityType")}
    for name, node in sets.items():
        bound = {
            found.get("Path"): found.get("Target") for found in node.iter(f"{_EDM}NavigationPropertyBinding")
        }
        kind = types[str(node.get("EntityType")).rsplit(".", 1)[1]]
        navigations = {found.get("Name") for found in kind.iter(f"{_EDM}NavigationProperty")}
        assert navigations == set(bound)
        assert set(bound.values()) <= set(sets)
        rows = get(sap, f"{root}/{name}", **{"$top": "1"})["value"]
        served = {found.get("Name") for found in kind.iter(f"{_EDM}Property")} - {"SAP__Messages"}
        for row in rows:
            assert {key for key in row if not key.startswith("@")} == served
    assert {node.get("Type") for node in document.iter(f"{_EDM}Property")} <= {
        "Edm.String",
        "Edm.Decimal",
        "Edm.Date",
        "Edm.TimeOfDay",
        "Edm.DateTimeOffset",
        "Edm.Boolean",
        "Edm.Byte",
        f"Collection({document.find(f'.//{_EDM}Schema').get('Namespace')}.SAP__Message)",
    }


def test_an_order_created_deep_in_v4_is_the_same_order_in_v2(sap: Sap) -> None:
    made = create(sap)
    assert made.status_code == 201, made.text
    number = made.json()["SalesOrder"]
    old = sap.read(f"API_SALES_ORDER_SRV/A_SalesOrder('{number}')", **{"$expand": "to_Item,to_Text"})
    assert (old["TotalNetAmount"], old["to_Item"]["results"][0]["Material"]) == ("1000.200", "FG-DESK-OAK")
    assert old["to_Text"]["results"][0]["LongText"] == "Ring twice"
    expand = "_Item($select=Product,RequestedDeliveryDate,NetAmount;$expand=_ScheduleLine),_Partner"
    new = get(sap, f"{ORDERS}/SalesOrder('{number}')", **{"$expand": expand})
    (item,) = new["_Item"]
    assert (item["Product"], item["RequestedDeliveryDate"], item["NetAmount"]) == (
        "FG-DESK-OAK",
        "2027-03-01",
        1000.2,
    )
    assert item["_ScheduleLine"][0]["ScheduleLineOrderQuantity"] == 2
    assert {row["PartnerFunction"] for row in new["_Partner"]} == {"AG", "RE", "RG", "WE"}
    assert new["CreationDate"] == str(new["SalesOrderDate"])[:10]


def test_a_change_in_v4_needs_the_newest_etag_and_prices_anew(sap: Sap) -> None:
    made = create(sap)
    url = f"{ORDERS}/SalesOrder('{made.json()['SalesOrder']}')"
    etag = made.json()["@odata.etag"]
    change = {"PurchaseOrderByCustomer": "XC-5"}
    assert sap.patch(url, json=change, headers=sap.token()).status_code == 428
    assert sap.patch(url, json=change, headers=sap.token() | {"If-Match": etag}).status_code == 204
    assert sap.patch(url, json=change, headers=sap.token() | {"If-Match": etag}).status_code == 412
    item = f"{ORDERS}/SalesOrderItem(SalesOrder='{made.json()['SalesOrder']}',SalesOrderItem='000010')"
    assert sap.patch(item, json={"RequestedQuantity": 3}, headers=sap.token()).status_code == 204
    assert get(sap, url)["TotalNetAmount"] == 1500.3
    assert get(sap, f"{item}/_SalesOrder")["PurchaseOrderByCustomer"] == "XC-5"


@pytest.mark.parametrize(
    ("more", "target"),
    [
        ({"_Item": [{"Product": "NO-SUCH", "RequestedQuantity": 1}]}, "Material"),
        ({"_Item": [{"Material": "FG-DESK-OAK", "RequestedQuantity": 1}]}, "Material"),
        ({"TotalNetAmount": 1}, "TotalNetAmount"),
        ({"SoldToParty": "999"}, "SoldToParty"),
    ],
)
def test_a_wrong_order_in_v4_is_refused_in_the_form_of_v4(
    sap: Sap, more: dict[str, Any], target: str
) -> None:
    refused = create(sap, **more)
    error = refused.json()["error"]
    assert (refused.status_code, error["target"]) == (400, target)
    assert isinstance(error["message"], str)


def test_a_feed_of_v4_is_paged_by_the_server(sap: Sap) -> None:
    sap.post("/_sandbox/settings", json={"page_size": 10}).raise_for_status()
    feed = get(sap, f"{ORDERS}/SalesOrder", **{"$count": "true", "$orderby": "SalesOrder desc"})
    seen = [row["SalesOrder"] for row in feed["value"]]
    assert (len(seen), feed["@odata.count"]) == (10, 25)
    while "@odata.nextLink" in feed:
        feed = sap.get(feed["@odata.nextLink"]).json()
        seen += [row["SalesOrder"] for row in feed["value"]]
    assert len(seen) == 25
    assert seen == sorted(seen, reverse=True)
    item = get(sap, f"{ORDERS}/SalesOrderItem", **{"$top": "1"})["value"][0]
    key = f"SalesOrder='{item['SalesOrder']}',SalesOrderItem='{item['SalesOrderItem']}'"
    assert get(sap, f"{ORDERS}/SalesOrderItem({key})/_SalesOrder")["SalesOrder"] == item["SalesOrder"]


def test_decimals_come_as_strings_when_they_must_be_exact(sap: Sap) -> None:
    path = f"{ORDERS}/SalesOrderItem"
    exact = sap.get(path, params={"$top": "1"}, headers={"Accept": "application/json;IEEE754Compatible=true"})
    (row,) = exact.json()["value"]
    assert isinstance(row["NetAmount"], str)
    assert isinstance(get(sap, path, **{"$top": "1"})["value"][0]["NetAmount"], float)


def test_filters_of_v4_find_orders_by_moment_day_and_product(sap: Sap) -> None:
    number = create(sap).json()["SalesOrder"]
    since = "LastChangeDateTime ge 2026-01-20T00:00:00Z and CreationDate ge 2026-01-20"
    rows = get(sap, f"{ORDERS}/SalesOrder", **{"$filter": since})["value"]
    assert [row["SalesOrder"] for row in rows] == [number]
    found = get(sap, f"{ORDERS}/SalesOrderItem", **{"$filter": "Product eq 'FG-DESK-OAK'"})["value"]
    assert [row["SalesOrder"] for row in found] == [number]


def test_a_product_is_created_and_renamed_in_v4(sap: Sap) -> None:
    body = {
        "Product": "FG-V4",
        "ProductType": "HAWA",
        "BaseUnit": "PC",
        "_ProductDescription": [{"Language": "EN", "ProductDescription": "Made in V4"}],
        "_ProductPlant": [{"Plant": "1010"}],
    }
    made = sap.post(f"{PRODUCTS}/Product", json=body, headers=sap.token())
    assert made.status_code == 201, made.text
    text = f"{PRODUCTS}/ProductDescription(Product='FG-V4',Language='EN')"
    change = {"ProductDescription": "Renamed"}
    assert sap.patch(text, json=change, headers=sap.token()).status_code == 204
    assert (
        sap.read("API_PRODUCT_SRV/A_Product('FG-V4')/to_Description")["results"][0]["ProductDescription"]
        == "Renamed"
    )
    after = get(sap, f"{PRODUCTS}/Product('FG-V4')")
    assert after["@odata.etag"] != made.json()["@odata.etag"]
    assert (
        sap.delete(f"{PRODUCTS}/Product('FG-V4')", headers=sap.token() | {"If-Match": "*"}).status_code == 405
    )
