"""pyodata reads, changes and creates what every V2 service of the sandbox serves, and calls its functions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pyodata.v2.service import FunctionRequest
from sandbox_client import Sap, person
from test_sandbox_sap_metadata import client

BUSINESS_PARTNER = "API_BUSINESS_PARTNER"
SALES_ORDER = "API_SALES_ORDER_SRV"
PRODUCT = "API_PRODUCT_SRV"
STOCK = "API_MATERIAL_STOCK_SRV"
MATERIAL_DOCUMENT = "API_MATERIAL_DOCUMENT_SRV"
DELIVERY = "API_OUTBOUND_DELIVERY_SRV;v=0002"
BILLING = "API_BILLING_DOCUMENT_SRV"
CONDITION = "API_SLSPRICINGCONDITIONRECORD_SRV"
JOURNAL = "API_JOURNALENTRYITEMBASIC_SRV"
SERVICES = (
    BUSINESS_PARTNER,
    SALES_ORDER,
    PRODUCT,
    STOCK,
    MATERIAL_DOCUMENT,
    DELIVERY,
    BILLING,
    CONDITION,
    JOURNAL,
)
FROM_ANY = {"If-Match": "*"}


def fulfil(sap: Sap, order: str, until: str) -> None:
    answer = sap.post("/_sandbox/fulfil", json={"order": order, "until": until}).raise_for_status().json()
    assert [done["trouble"] for done in answer["fulfilled"]] == [""]


@pytest.fixture
def documents(sap: Sap) -> Sap:
    """Rows in every set: an order that was paid, and one whose delivery waits."""
    partner = {"PartnerFunction": "WE", "to_Address": [{"CityName": "Bonn", "Country": "DE"}]}
    for until in ("payment", "delivery"):
        made = sap.order(
            sap.customer(),
            to_Partner=[partner],
            to_PricingElement=[{"ConditionType": "HD00", "ConditionRateValue": "4.9"}],
            to_Text=[{"Language": "EN", "LongTextID": "TX01", "LongText": "Ring twice"}],
        )
        fulfil(sap, made.json()["d"]["SalesOrder"], until)
    return sap


@pytest.mark.parametrize("service", SERVICES)
def test_every_set_is_read_as_a_feed_and_by_key_and_changed_where_metadata_says_so(
    documents: Sap, service: str
) -> None:
    api = client(documents, service)
    for entity_set in api.schema.entity_sets:
        found = getattr(api.entity_sets, entity_set.name)
        row = found.get_entities().execute()[-1]
        again = found.get_entity(row.entity_key).execute()
        names = [prop.name for prop in entity_set.entity_type.proprties()]
        assert [getattr(again, name) for name in names] == [getattr(row, name) for name in names]
        texts = [
            prop.name
            for prop in entity_set.entity_type.proprties()
            if prop.updatable
            and prop.typ.name == "Edm.String"
            and prop not in entity_set.entity_type.key_proprties
        ]
        if entity_set.updatable and texts:
            change = found.update_entity(row.entity_key).set(**{texts[-1]: getattr(row, texts[-1])})
            change.add_headers(FROM_ANY)
            change.execute()
        elif texts:
            refused = documents.patch(
                f"{documents.services}/{service}/{entity_set.name}{row.entity_key.to_key_string()}",
                json={texts[0]: "x"},
                headers=documents.token() | FROM_ANY,
            )
            assert refused.status_code == 405, entity_set.name


def _partner() -> dict[str, Any]:
    body = person("new@example.com")
    return body | {"to_BusinessPartnerAddress": body["to_BusinessPartnerAddress"]["results"]}


def _price() -> dict[str, Any]:
    return {
        "ConditionType": "PPR0",
        "ConditionTable": "304",
        "ConditionRateValue": "44.50",
        "ConditionCurrency": "EUR",
        "to_SlsPrcgCndnRecdValidity": [
            {"Material": "FG-DESK-OAK", "SalesOrganization": "1010", "DistributionChannel": "10"}
        ],
        "to_SlsPrcgCndnRecordScale": [{"ConditionScaleQuantity": "10", "ConditionRateValue": "40"}],
    }


def _product() -> dict[str, Any]:
    return {
        "Product": "FG-NEW",
        "ProductType": "HAWA",
        "BaseUnit": "PC",
        "to_Description": [{"Language": "EN", "ProductDescription": "New"}],
        "to_Plant": [{"Plant": "1010"}],
        "to_SalesDelivery": [{"ProductSalesOrg": "1010", "ProductDistributionChnl": "10"}],
        "to_Valuation": [{"ValuationArea": "1010", "StandardPrice": "9.99", "Currency": "EUR"}],
        "to_ProductUnitsOfMeasure": [
            {
                "AlternativeUnit": "PC",
                "to_InternationalArticleNumber": [{"ProductStandardID": "4012345999999"}],
            }
        ],
    }


def _receipt() -> dict[str, Any]:
    item = {"Material": "FG-DESK-OAK", "Plant": "1010", "StorageLocation": "101A", "GoodsMovementType": "501"}
    return {
        "GoodsMovementCode": "05",
        "to_MaterialDocumentItem": [item | {"QuantityInEntryUnit": "3", "EntryUnit": "PC"}],
    }


@pytest.mark.parametrize(
    ("service", "entity_set", "body"),
    [
        (BUSINESS_PARTNER, "A_BusinessPartner", _partner()),
        (PRODUCT, "A_Product", _product()),
        (MATERIAL_DOCUMENT, "A_MaterialDocumentHeader", _receipt()),
        (CONDITION, "A_SlsPrcgConditionRecord", _price()),
        (
            BUSINESS_PARTNER,
            "A_BuPaIdentification",
            {"BusinessPartner": "1000001", "BPIdentificationType": "WEB", "BPIdentificationNumber": "7"},
        ),
        (
            BUSINESS_PARTNER,
            "A_BusinessPartnerTaxNumber",
            {"BusinessPartner": "1000001", "BPTaxType": "AT0", "BPTaxNumber": "ATU12345678"},
        ),
        (
            PRODUCT,
            "A_ProductDescription",
            {"Product": "HW-TEA-EGREY", "Language": "FR", "ProductDescription": "Thé"},
        ),
    ],
)
def test_what_can_be_created_is_created_and_found_again(
    sap: Sap, service: str, entity_set: str, body: dict[str, Any]
) -> None:
    found = getattr(client(sap, service).entity_sets, entity_set)
    made = found.create_entity().set(**body).execute()
    again = found.get_entity(made.entity_key).execute()
    for name, value in body.items():
        if not name.startswith("to_"):
            assert str(getattr(again, name)).startswith(str(value)), name


def test_a_delivery_goes_from_creation_to_goods_issue_by_function_imports(sap: Sap) -> None:
    order = sap.order(sap.customer()).json()["d"]["SalesOrder"]
    api = client(sap, DELIVERY)
    reference = {"ReferenceSDDocument": order, "ReferenceSDDocumentItem": "000010"}
    made = (
        api.entity_sets.A_OutbDeliveryHeader.create_entity()
        .set(to_DeliveryDocumentItem=[reference])
        .execute()
    )
    versions = [made.DeliveryVersion]
    for name in ("PickAllItems", "ConfirmPickingAllItems", "PostGoodsIssue"):
        function = api.schema.function_import(name)
        assert function.http_method == "POST"
        request = FunctionRequest(
            api.functions._service.url, api.functions._service.connection, _results, function
        )
        report = request.parameter("DeliveryDocument", made.DeliveryDocument).execute()
        assert [(row["Material"], row["SystemMessageType"]) for row in report] == [("FG-TSHIRT-BLK-M", "S")]
        again = api.entity_sets.A_OutbDeliveryHeader.get_entity(made.DeliveryDocument).execute()
        versions.append(again.DeliveryVersion)
    assert versions == sorted(set(versions))
    assert (again.OverallPickingStatus, again.OverallGoodsMovementStatus) == ("C", "C")


def _results(response: Any) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["d"]["results"]
    return found


def test_a_material_document_is_cancelled_by_another(sap: Sap) -> None:
    api = client(sap, MATERIAL_DOCUMENT)
    made = api.entity_sets.A_MaterialDocumentHeader.create_entity().set(**_receipt()).execute()
    request = api.functions.Cancel.parameter("MaterialDocument", made.MaterialDocument)
    reversal = request.parameter("MaterialDocumentYear", made.MaterialDocumentYear).execute()
    items = api.entity_sets.A_MaterialDocumentItem.get_entities()
    found = items.filter(f"MaterialDocument eq '{reversal.MaterialDocument}'").execute()
    assert [(row.GoodsMovementType, row.ReversedMaterialDocument) for row in found] == [
        ("502", made.MaterialDocument)
    ]
    assert Decimal(found[0].QuantityInBaseUnit) == 3


def test_an_invoice_comes_as_a_pdf(documents: Sap) -> None:
    api = client(documents, BILLING)
    number = api.entity_sets.A_BillingDocument.get_entities().execute()[-1].BillingDocument
    shape = api.functions.GetPDF.parameter("BillingDocument", number).execute()
    assert shape["GetPDF"]["BillingDocumentBinary"].startswith("JVBER")  # %PDF
