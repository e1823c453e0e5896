"""Business partners and products: what comes with them, and how their changes are found."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_client import Sap, person

PARTNERS = "API_BUSINESS_PARTNER"
PRODUCTS = "API_PRODUCT_SRV"


def change(sap: Sap, path: str, body: dict[str, Any]) -> int:
    url = f"{sap.services}/{path}"
    return sap.patch(url, json=body, headers=sap.token() | {"If-Match": "*"}).status_code


def test_telephones_and_mobiles_are_told_apart_by_the_way_to_them(sap: Sap) -> None:
    body = person("a@example.com")
    address = body["to_BusinessPartnerAddress"]["results"][0]
    address["to_MobilePhoneNumber"] = [{"PhoneNumber": "01701234567"}]
    made = sap.create(f"{PARTNERS}/A_BusinessPartner", body)
    assert made.status_code == 201, made.text
    partner = f"{PARTNERS}/A_BusinessPartner('{made.json()['d']['BusinessPartner']}')"
    expand = "to_PhoneNumber,to_MobilePhoneNumber,to_EmailAddress,to_AddressUsage"
    (row,) = sap.read(f"{partner}/to_BusinessPartnerAddress", **{"$expand": expand})["results"]
    assert [found["PhoneNumber"] for found in row["to_PhoneNumber"]["results"]] == ["03023125042"]
    (mobile,) = row["to_MobilePhoneNumber"]["results"]
    assert (mobile["PhoneNumber"], mobile["PhoneNumberType"]) == ("01701234567", "3")
    assert [found["AddressUsage"] for found in row["to_AddressUsage"]["results"]] == ["XXDEFAULT"]


def test_identifications_and_tax_numbers_come_with_a_partner_and_are_found(sap: Sap) -> None:
    body = person("b@example.com") | {
        "to_BuPaIdentification": [{"BPIdentificationType": "WEB", "BPIdentificationNumber": "4711"}],
        "to_BusinessPartnerTax": [{"BPTaxType": "DE0", "BPTaxNumber": "DE123456789"}],
    }
    number = sap.create(f"{PARTNERS}/A_BusinessPartner", body).json()["d"]["BusinessPartner"]
    condition = "BPIdentificationType eq 'WEB' and BPIdentificationNumber eq '4711'"
    found = sap.read(f"{PARTNERS}/A_BuPaIdentification", **{"$filter": condition})["results"]
    assert [row["BusinessPartner"] for row in found] == [number]
    taxes = sap.read(f"{PARTNERS}/A_BusinessPartner('{number}')/to_BusinessPartnerTax")["results"]
    assert [row["BPTaxNumber"] for row in taxes] == ["DE123456789"]


def test_a_sales_area_gets_its_partner_functions(sap: Sap) -> None:
    number = sap.customer()
    condition = {"$filter": f"Customer eq '{number}'"}
    found = sap.read(f"{PARTNERS}/A_CustSalesPartnerFunc", **condition)["results"]
    assert {(row["PartnerFunction"], row["BPCustomerNumber"]) for row in found} == {
        (function, number) for function in ("AG", "RE", "RG", "WE")
    }


@pytest.mark.parametrize(
    ("part", "body"),
    [
        ("A_BusinessPartner('{partner}')", {"LastName": "Klein"}),
        ("A_BusinessPartnerAddress(BusinessPartner='{partner}',AddressID='{address}')", {"CityName": "Bonn"}),
        (
            "A_AddressEmailAddress(AddressID='{address}',Person='',OrdinalNumber='1')",
            {"EmailAddress": "c@example.com"},
        ),
        (
            "A_CustomerSalesArea(Customer='{partner}',SalesOrganization='1010',DistributionChannel='10',Division='00')",
            {"CustomerPriceGroup": "02"},
        ),
    ],
)
def test_a_change_of_a_part_is_a_change_of_the_partner(sap: Sap, part: str, body: dict[str, str]) -> None:
    number = sap.customer()
    url = f"{PARTNERS}/A_BusinessPartner('{number}')"
    before = sap.read(url)
    assert before["LastChangeDate"] is None
    address = sap.read(f"{url}/to_BusinessPartnerAddress")["results"][0]["AddressID"]
    assert change(sap, f"{PARTNERS}/{part.format(partner=number, address=address)}", body) == 204
    after = sap.read(url)
    assert after["LastChangeDate"] == before["CreationDate"]
    assert after["LastChangeTime"].startswith("PT")
    assert after["BusinessPartnerFullName"] == f"Jo {body.get('LastName', 'Groß')}"


def test_a_product_has_units_an_article_number_taxes_and_two_languages(sap: Sap) -> None:
    expand = "to_Description,to_ProductUnitsOfMeasure/to_InternationalArticleNumber,to_ProductSalesTax,to_Valuation"
    row = sap.read(f"{PRODUCTS}/A_Product('FG-SOCKS-TRIO')", **{"$expand": expand})
    texts = {found["Language"]: found["ProductDescription"] for found in row["to_Description"]["results"]}
    assert texts == {"EN": "Socks 'Trio', 3 pairs", "DE": "Socken „Trio“, 3 Paar"}
    units = {found["AlternativeUnit"]: found for found in row["to_ProductUnitsOfMeasure"]["results"]}
    assert units["KAR"]["QuantityNumerator"] == "12"
    (number,) = units["PC"]["to_InternationalArticleNumber"]["results"]
    digits = [int(digit) for digit in number["ProductStandardID"]]
    assert (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0
    assert [found["TaxCategory"] for found in row["to_ProductSalesTax"]["results"]] == ["TTX1"]
    assert {found["ValuationArea"] for found in row["to_Valuation"]["results"]} == {"1010", "1710"}


def test_a_change_of_a_part_of_a_product_is_polled_by_the_product(sap: Sap) -> None:
    text = "A_ProductDescription(Product='FG-DESK-OAK',Language='EN')"
    assert change(sap, f"{PRODUCTS}/{text}", {"ProductDescription": "Desk"}) == 204
    since = "LastChangeDateTime ge datetimeoffset'2026-01-20T00:00:00Z'"
    found = sap.read(f"{PRODUCTS}/A_Product", **{"$filter": since})["results"]
    assert [row["Product"] for row in found] == ["FG-DESK-OAK"]


def test_the_tenants_second_field_takes_forty_characters(sap: Sap) -> None:
    made = sap.order(sap.customer(), YY1_WebShop_SDH="x" * 40)
    assert made.json()["d"]["YY1_WebShop_SDH"] == "x" * 40
    assert sap.order(sap.customer(), YY1_WebShop_SDH="x" * 41).status_code == 400
