"""Business partners, sales orders, products and stock of the SAP system."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sandbox_client import Sap, person

from flowrun_sandbox.catalogue import sellables

PARTNER = "API_BUSINESS_PARTNER/A_BusinessPartner"
SALES = "API_SALES_ORDER_SRV/A_SalesOrder"


def error(answer: httpx.Response) -> tuple[int, str, str]:
    detail = answer.json()["error"]["innererror"]["errordetails"][0]
    assert isinstance(detail["message"], str)
    return answer.status_code, detail["code"], detail["target"]


def test_a_partner_made_in_one_call_is_found_again_by_mail(sap: Sap) -> None:
    number = sap.customer("jo.gross@example.com")
    found = sap.read(
        "API_BUSINESS_PARTNER/A_AddressEmailAddress", **{"$filter": "EmailAddress eq 'jo.gross@example.com'"}
    )["results"]
    assert [(row["Person"], row["OrdinalNumber"]) for row in found] == [("", "1")]
    addresses = sap.read(
        "API_BUSINESS_PARTNER/A_BusinessPartnerAddress",
        **{"$filter": f"AddressID eq '{found[0]['AddressID']}'", "$expand": "to_PhoneNumber"},
    )["results"]
    assert [row["BusinessPartner"] for row in addresses] == [number]
    assert addresses[0]["to_PhoneNumber"]["results"][0]["PhoneNumber"] == "03023125042"


def test_a_partner_in_a_customers_role_is_a_customer_under_its_own_number(sap: Sap) -> None:
    number = sap.customer()
    partner = sap.read(f"{PARTNER}('{number}')", **{"$expand": "to_Customer/to_CustomerSalesArea"})
    assert (partner["Customer"], partner["BusinessPartnerFullName"]) == (number, "Jo Groß")
    areas = partner["to_Customer"]["to_CustomerSalesArea"]["results"]
    assert [(area["SalesOrganization"], area["Currency"]) for area in areas] == [("1010", "EUR")]
    assert (partner["LastChangeDate"], len(partner["BusinessPartnerUUID"])) == (None, 36)


def test_a_role_given_later_makes_a_customer_too(sap: Sap) -> None:
    body = person("late@example.com")
    del body["to_BusinessPartnerRole"], body["to_Customer"]
    number = sap.create(PARTNER, body).json()["d"]["BusinessPartner"]
    assert sap.read(f"{PARTNER}('{number}')")["Customer"] == ""
    role = {"BusinessPartnerRole": "FLCU01"}
    assert sap.create(f"{PARTNER}('{number}')/to_BusinessPartnerRole", role).status_code == 201
    assert sap.read(f"{PARTNER}('{number}')")["Customer"] == number
    area = {"SalesOrganization": "1010", "DistributionChannel": "10", "Division": "00"}
    path = f"API_BUSINESS_PARTNER/A_Customer('{number}')/to_CustomerSalesArea"
    assert sap.create(path, area).status_code == 201
    assert sap.order(number).status_code == 201


def test_two_partners_never_share_an_address(sap: Sap) -> None:
    sap.customer("one@example.com")
    sap.customer("two@example.com")
    rows = sap.read("API_BUSINESS_PARTNER/A_BusinessPartnerAddress")["results"]
    numbers = [row["AddressID"] for row in rows]
    assert len(numbers) == len(set(numbers))


def test_a_refused_part_leaves_nothing_of_the_whole(sap: Sap) -> None:
    before = len(sap.read(PARTNER)["results"])
    body = person("x@example.com")
    body["to_BusinessPartnerAddress"]["results"][0]["to_EmailAddress"][0]["EmailAddress"] = "x" * 242
    assert sap.create(PARTNER, body).status_code == 400
    assert len(sap.read(PARTNER)["results"]) == before
    assert sap.customer("x@example.com")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", f"{PARTNER}('1000001')"),
        ("POST", "API_BUSINESS_PARTNER/A_Customer"),
        ("DELETE", "API_BUSINESS_PARTNER/A_Customer('1000001')"),
        ("DELETE", "API_PRODUCT_SRV/A_Product('FG-DESK-OAK')"),
        ("POST", "API_MATERIAL_STOCK_SRV/A_MaterialStock"),
    ],
)
def test_what_s4_does_not_offer_is_a_405(sap: Sap, method: str, path: str) -> None:
    refused = sap.request(method, f"{sap.services}/{path}", json={"Customer": "1"}, headers=sap.token())
    assert refused.status_code == 405


@pytest.mark.parametrize(
    ("more", "code", "target"),
    [
        ({"SoldToParty": "9999999"}, "VP/202", "SoldToParty"),
        ({"SoldToParty": ""}, "VP/201", "SoldToParty"),
        ({"to_Item": [{"Material": "NOPE", "RequestedQuantity": "1"}]}, "V1/382", "Material"),
        ({"TotalNetAmount": "1.00"}, "/IWBEP/CX_MGW_BUSI_EXCEPTION", "TotalNetAmount"),
        ({"PurchaseOrderByCustomer": "x" * 36}, "/IWBEP/CX_MGW_BUSI_EXCEPTION", "PurchaseOrderByCustomer"),
        ({"NoSuchField": "x"}, "/IWBEP/CX_MGW_BUSI_EXCEPTION", "NoSuchField"),
        (
            {"to_Item": [{"Material": "FG-DESK-OAK", "Plant": "1010"}]},
            "/IWBEP/CX_MGW_BUSI_EXCEPTION",
            "Plant",
        ),
    ],
)
def test_an_order_that_cannot_be_is_refused_whole(
    sap: Sap, more: dict[str, Any], code: str, target: str
) -> None:
    before = sap.get(f"{sap.services}/{SALES}/$count").text
    assert error(sap.order(sap.customer(), **more)) == (400, code, target)
    assert sap.get(f"{sap.services}/{SALES}/$count").text == before


def test_every_mapped_material_exists_but_the_one(sap: Sap) -> None:
    known = {row["Product"] for row in sap.read("API_PRODUCT_SRV/A_Product")["results"]}
    missing = {item.sku for item in sellables().values() if item.material not in known}
    assert missing == {"XMAS-24"}


def test_a_material_flagged_for_deletion_is_a_warning_on_success(sap: Sap) -> None:
    made = sap.order(sap.customer(), to_Item=[{"Material": "FG-THERMOS-OLD", "RequestedQuantity": "1"}])
    assert made.status_code == 201
    message = json.loads(made.headers["sap-message"])
    assert (message["severity"], message["target"]) == ("warning", "Material")


def test_the_same_reference_twice_makes_two_orders(sap: Sap) -> None:
    customer = sap.customer()
    for _ in range(2):
        assert sap.order(customer).status_code == 201
    condition = f"PurchaseOrderByCustomer eq 'XC-1042' and SoldToParty eq '{customer}'"
    assert len(sap.read(SALES, **{"$filter": condition})["results"]) == 2


def test_conditions_add_up_to_the_net_amount(sap: Sap) -> None:
    items = [
        {
            "Material": "FG-TSHIRT-BLK-M",
            "RequestedQuantity": "2",
            "to_PricingElement": [
                {"ConditionType": "PPR0", "ConditionRateValue": "49.99", "ConditionQuantity": "1"},
                {"ConditionType": "DRV1", "ConditionRateValue": "-10", "ConditionCurrency": "%"},
                {"ConditionType": "MWST", "ConditionRateValue": "5"},
            ],
        },
        {"Material": "FG-GIFTSET-MUG", "RequestedQuantity": "1"},  # no price sent: the list price
    ]
    made = sap.order(
        sap.customer(),
        to_Item=items,
        to_PricingElement=[{"ConditionType": "HD00", "ConditionRateValue": "12.5"}],
    ).json()["d"]
    assert made["TotalNetAmount"] == "222.480"  # 89.98 + 120.00 + 12.50
    read = sap.read(f"{SALES}('{made['SalesOrder']}')/to_Item", **{"$expand": "to_ScheduleLine"})["results"]
    assert [row["NetAmount"] for row in read] == ["89.980", "120.000"]
    assert [row["RequestedQuantityUnit"] for row in read] == ["PC", "PC"]
    assert read[0]["to_ScheduleLine"]["results"][0]["ScheduleLineOrderQuantity"] == "2.000"


def test_changes_are_polled_by_moment(sap: Sap) -> None:
    made = sap.order(sap.customer()).json()["d"]
    since = "LastChangeDateTime ge datetimeoffset'2026-01-20T00:00:00.0000000Z'"
    assert [row["SalesOrder"] for row in sap.read(SALES, **{"$filter": since})["results"]] == [
        made["SalesOrder"]
    ]
    assert sap.read(SALES, **{"$filter": "LastChangeDateTime ge datetimeoffset'2099-01-01T00:00:00Z'"}) == {
        "results": []
    }
    assert made["LastChangeDateTime"].endswith("+0000)/")
    assert int(made["CreationDate"][6:-2]) % 86_400_000 == 0


def test_the_same_order_is_read_in_the_dialect_of_v4(sap: Sap) -> None:
    made = sap.order(sap.customer())
    root = "/sap/opu/odata4/sap/api_salesorder/srvd_a2x/sap/api_salesorder/0001"
    read = sap.get(f"{root}/SalesOrder('{made.json()['d']['SalesOrder']}')").json()
    assert read["LastChangeDateTime"].endswith("Z")
    assert read["@odata.etag"] == made.headers["etag"]


def test_the_shops_number_fits_into_a_field_of_the_tenant(sap: Sap) -> None:
    made = sap.order(sap.customer(), YY1_ShopOrderID_SDH="1187")
    found = sap.read(SALES, **{"$filter": "YY1_ShopOrderID_SDH eq '1187'"})["results"]
    assert [row["SalesOrder"] for row in found] == [made.json()["d"]["SalesOrder"]]


def test_unrestricted_stock_of_the_plant_is_the_shops_stock(sap: Sap, shop: httpx.Client) -> None:
    condition = "Material eq 'FG-TSHIRT-BLK-M' and Plant eq '1010' and InventoryStockType eq '01'"
    rows = sap.read("API_MATERIAL_STOCK_SRV/A_MatlStkInAcctMod", **{"$filter": condition})["results"]
    assert len(rows) == 2
    total = sum(Decimal(row["MatlWrhsStkQtyInMatlBaseUnit"]) for row in rows)
    assert total == shop.get("/api/products/42/variants/143").json()["amount"]
    everything = sap.read("API_MATERIAL_STOCK_SRV/A_MaterialStock('FG-TSHIRT-BLK-M')/to_MatlStkInAcctMod")
    assert sum(Decimal(row["MatlWrhsStkQtyInMatlBaseUnit"]) for row in everything["results"]) > total


def test_an_order_can_be_delivered(sap: Sap) -> None:
    made = sap.order(sap.customer()).json()["d"]
    lines = {"SALES_ORDER_ITEMS": [{"REF_DOC": made["SalesOrder"], "REF_ITEM": "000010", "DLV_QTY": "2"}]}
    answer = sap.post("/sap/bc/rfc/BAPI_OUTB_DELIVERY_CREATE_SLS", json=lines, headers=sap.token()).json()
    assert sap.read(f"{SALES}('{made['SalesOrder']}')")["OverallDeliveryStatus"] == "C"
    header = f"API_OUTBOUND_DELIVERY_SRV;v=0002/A_OutbDeliveryHeader('{answer['DELIVERY']}')"
    item = sap.read(f"{header}/to_DeliveryDocumentItem")["results"][0]
    assert (item["ActualDeliveryQuantity"], item["ReferenceSDDocument"]) == ("2.000", made["SalesOrder"])


def test_feeds_are_paged_by_the_server_when_asked_for(sap: Sap) -> None:
    sap.post("/_sandbox/settings", json={"page_size": 10, "page_match": "A_SalesOrder$"}).raise_for_status()
    feed = sap.read(SALES, **{"$inlinecount": "allpages", "$orderby": "SalesOrder desc"})
    seen = [row["SalesOrder"] for row in feed["results"]]
    assert (len(seen), feed["__count"]) == (10, "25")
    while "__next" in feed:
        feed = sap.get(feed["__next"]).json()["d"]
        seen += [row["SalesOrder"] for row in feed["results"]]
    assert len(seen) == 25
    assert seen == sorted(seen, reverse=True)
    assert "__next" not in sap.read(SALES, **{"$top": "10"})
    assert len(sap.read(PARTNER)["results"]) > 10


def test_a_reset_forgets_orders_and_brings_the_seed_back(sap: Sap) -> None:
    customer = sap.customer()
    assert sap.order(customer).status_code == 201
    sap.post("/_sandbox/reset").raise_for_status()
    assert sap.get(f"{sap.services}/{PARTNER}('{customer}')").status_code == 404
    assert sap.order(sap.customer(), SoldToParty="1000001").status_code == 201
