"""mock-sap's seeded orders, deliveries and invoices, with what S/4HANA's entities say beyond mock-sap's."""

from __future__ import annotations

from mocksap import store
from mocksap.schema import ENTITY_TYPES

from flowrun_sandbox.sap import document_flow, journal, rows
from flowrun_sandbox.sap.entities import BY_NAME
from flowrun_sandbox.sap.rows import FOR_EVER, Connection

_INDEXES = {
    "A_OutbDeliveryItem": "ReferenceSDDocument",
    "A_BillingDocumentItem": "SalesDocument",
    "A_BillingDocument": "AccountingDocument",
    "A_MaterialDocumentItem": "Delivery",
    "A_SlsPrcgCndnRecdValidity": "Material",
}

_COPIES = """
UPDATE "A_SalesOrder" SET "LastChangeDateTime" = "LastChangeDate";
UPDATE "A_Product" SET "LastChangeDateTime" = "LastChangeDate" WHERE COALESCE("LastChangeDateTime", '') = '';
UPDATE "A_SalesOrderItem" SET "ProductionPlant" = "Plant", "ConfdDelivQtyInOrderQtyUnit" = "RequestedQuantity",
    "RequestedQuantitySAPUnit" = "RequestedQuantityUnit", "RequestedQuantityISOUnit" = "RequestedQuantityUnit";
UPDATE "A_OutbDeliveryHeader" SET "DeliveryVersion" = '0001', "OverallPickingStatus" = 'C',
    "OverallPickingConfStatus" = 'C', "OverallDelivReltdBillgStatus" = 'A', "HeaderGrossWeight" = "TotalWeight",
    "HeaderWeightUnit" = "WeightUnit", "PickingDate" = "DeliveryDate", "PlannedGoodsIssueDate" = "DeliveryDate";
UPDATE "A_OutbDeliveryItem" SET "DeliveryVersion" = '0001', "PickingStatus" = 'C', "GoodsMovementStatus" = 'C',
    "SDProcessStatus" = 'B', "DeliveryRelatedBillingStatus" = 'A', "ReferenceSDDocumentCategory" = 'C',
    "ActualDeliveryQuantity" = "ActualDeliveredQtyInOrderQtyUnit",
    "OriginalDeliveryQuantity" = "ActualDeliveredQtyInOrderQtyUnit", "DeliveryQuantityUnit" = "OrderQuantityUnit";
UPDATE "A_BillingDocument" SET "TaxAmount" = "TotalTaxAmount", "LastChangeDateTime" = "LastChangeDate",
    "CompanyCode" = '1710', "FiscalYear" = substr("BillingDocumentDate", 1, 4),
    "DocumentReferenceID" = "BillingDocument", "BillingDocumentCategory" = 'L', "OverallSDProcessStatus" = 'C',
    "AccountingTransferStatus" = 'C';
UPDATE "A_BusinessPartnerRole" SET "ValidTo" = '{for_ever}' WHERE "ValidTo" IS NULL OR "ValidTo" = '';
"""


def complete(conn: Connection) -> None:
    """Initial values where mock-sap's seed knows no column, then what its own columns say, then the flow."""
    for table, column in _INDEXES.items():
        conn.execute(f'CREATE INDEX IF NOT EXISTS "{table}_{column}" ON "{table}" ("{column}")')
    for entity in BY_NAME.values():
        if not entity.of:
            _initial_values(conn, entity.name)
    for statement in _COPIES.format(for_ever=FOR_EVER).split(";"):
        conn.execute(statement)
    _flow(conn)
    journal.seed(conn)


def _initial_values(conn: Connection, table: str) -> None:
    found = {prop.name: store.initial_value(prop) for prop in ENTITY_TYPES[table].props if not prop.key}
    values = {name: value for name, value in found.items() if value is not None}
    if values:
        sets = ", ".join(f'"{name}" = COALESCE("{name}", ?)' for name in values)
        conn.execute(f'UPDATE "{table}" SET {sets}', list(values.values()))  # noqa: S608 - from the registry


def _flow(conn: Connection) -> None:
    for delivery in rows.many(conn, "A_OutbDeliveryHeader"):
        number = delivery["DeliveryDocument"]
        items = rows.many(conn, "A_OutbDeliveryItem", DeliveryDocument=number)
        for function in ("AG", "WE"):
            keys = {"SDDocument": number, "PartnerFunction": function}
            rows.add(conn, "A_OutbDeliveryPartner", **keys, Customer=delivery["SoldToParty"])
        pairs = [(item["ReferenceSDDocumentItem"], item["DeliveryDocumentItem"]) for item in items]
        order = items[0]["ReferenceSDDocument"]
        document_flow.follow(conn, order, number, document_flow.DELIVERY, pairs)
    for billing in rows.many(conn, "A_BillingDocument"):
        number = billing["BillingDocument"]
        items = rows.many(conn, "A_BillingDocumentItem", BillingDocument=number)
        rows.add(
            conn,
            "A_BillingDocumentPartner",
            BillingDocument=number,
            PartnerFunction="RG",
            Customer=billing["PayerParty"],
        )
        pairs = [(item["SalesDocumentItem"], item["BillingDocumentItem"]) for item in items]
        order = items[0]["SalesDocument"]
        document_flow.follow(conn, order, number, document_flow.INVOICE, pairs)
        for item in rows.many(conn, "A_OutbDeliveryItem", ReferenceSDDocument=order):
            keys = {"DeliveryDocument": item["DeliveryDocument"]}
            rows.change(conn, "A_OutbDeliveryHeader", keys, OverallDelivReltdBillgStatus="C")
            rows.change(
                conn, "A_OutbDeliveryItem", keys, DeliveryRelatedBillingStatus="C", SDProcessStatus="C"
            )
    for order_row in rows.many(conn, "A_SalesOrder"):
        document_flow.refresh(conn, order_row["SalesOrder"], moved=False)
