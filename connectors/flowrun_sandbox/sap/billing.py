"""Invoices, what they post to accounting, and the payment that clears it.

A billing document bills a delivery's quantities at the order's prices. Its journal entry debits the
receivable and credits revenue and tax; the payment (type ``DZ``) credits the receivable, and both items then
name the payment as their clearing document.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from mocksap import clock, db, documents, money
from mocksap.odata import SapError
from mocksap.schema import ENTITY_TYPES

from flowrun_sandbox.sap import deliveries, document_flow, journal, rows, taxes
from flowrun_sandbox.sap.happenings import Kind, happened
from flowrun_sandbox.sap.rows import Connection, Row

HEADER, ITEM = "A_BillingDocument", "A_BillingDocumentItem"
INVOICE_TYPE, CANCELLATION_TYPE = "F2", "S1"


def instead_of_mock_saps(_plain: Callable[..., Row]) -> Callable[..., Row]:
    """Its IDoc makes invoices as we do, of all that is ordered."""

    def create_billing_document(context: Any, order: Any, items: Any = None) -> Row:
        chosen = items if items is not None else documents.order_items(context, order)
        lines = [(dict(item), money.of(item["RequestedQuantity"]), "", "") for item in chosen]
        made = create(context.conn, dict(order), lines)
        names = {"net": "TotalNetAmount", "tax": "TaxAmount", "gross": "TotalGrossAmount"}
        names |= {"billing_document": "BillingDocument", "accounting_document": "AccountingDocument"}
        names |= {"company_code": "CompanyCode", "fiscal_year": "FiscalYear"}
        return {ours: made[theirs] for ours, theirs in names.items()}

    return create_billing_document


def of_delivery(conn: Connection, delivery: str) -> Row:
    """The invoice of a delivery whose goods have left."""
    header = deliveries.existing(conn, delivery)
    number = header["DeliveryDocument"]
    if header["OverallGoodsMovementStatus"] != "C":
        raise SapError(f"Goods issue of delivery {number} is not posted", 400, code="VF/044")
    if header["OverallDelivReltdBillgStatus"] == "C":
        raise SapError(f"Delivery {number} is invoiced already", 400, code="VF/045")
    lines, order = [], None
    for item in rows.many(conn, deliveries.ITEM, DeliveryDocument=number):
        keys = {"SalesOrder": item["ReferenceSDDocument"]}
        order = rows.one(conn, "A_SalesOrder", **keys)
        of = rows.one(conn, "A_SalesOrderItem", **keys, SalesOrderItem=item["ReferenceSDDocumentItem"])
        if of is not None:
            lines.append((of, money.of(item["ActualDeliveryQuantity"]), number, item["DeliveryDocumentItem"]))
    if order is None:
        raise SapError(f"Delivery {number} refers to no order", 400, code="VF/046")
    if order["HeaderBillingBlockReason"]:
        text = f"Order {order['SalesOrder']} is blocked for billing ({order['HeaderBillingBlockReason']})"
        raise SapError(text, 400, code="VF/047", target="HeaderBillingBlockReason")
    made = create(conn, order, lines)
    deliveries.mark_billed(conn, number, "C", made["BillingDocument"])
    return made


def create(conn: Connection, order: Row, lines: list[tuple[Row, Decimal, str, str]]) -> Row:
    """Bills these quantities of order items; the third and fourth say which delivery and item they left with."""
    number: str = db.next_number(conn, "BILLINGDOCUMENT", 10)
    order_taxes = taxes.of_order(conn, order)
    net = tax = Decimal(0)
    for item, quantity, delivery, delivery_item in lines:
        ordered = money.of(item["RequestedQuantity"]) or Decimal(1)
        amount, share = order_taxes.split(money.at(money.of(item["NetAmount"]) * quantity / ordered))
        net, tax = net + amount, tax + share
        _add_item(conn, number, item, quantity, amount, share, (delivery, delivery_item))
    for kind, extra in _header_share(conn, order):
        amount, share = order_taxes.split(extra, freight=kind.startswith(taxes.FREIGHT))
        net, tax = net + amount, tax + share
    net, tax = order_taxes.rounded(net, tax)
    header = _add_header(conn, number, order, net, tax)
    _add_pricing(conn, header, order_taxes.rate)
    for function in ("AG", "RE", "RG"):
        keys = {"BillingDocument": number, "PartnerFunction": function}
        rows.add(conn, "A_BillingDocumentPartner", **keys, Customer=order["SoldToParty"])
    journal.post_invoice(conn, header)
    pairs = [(item["SalesOrderItem"], item["SalesOrderItem"]) for item, *_ in lines]
    document_flow.follow(conn, order["SalesOrder"], number, document_flow.INVOICE, pairs)
    document_flow.refresh(conn, order["SalesOrder"])
    _tell(conn, header, "BillingDocument.Created")
    return rows.one(conn, HEADER, BillingDocument=number) or header


def _header_share(conn: Connection, order: Row) -> list[tuple[str, Decimal]]:
    """Freight and the like of the whole order, by condition type: they go with its first invoice."""
    if document_flow.billed(conn, order["SalesOrder"]):
        return []
    found = rows.many(conn, "A_SalesOrderHeaderPrElement", SalesOrder=order["SalesOrder"])
    return [
        (row["ConditionType"], money.of(row["ConditionAmount"]))
        for row in found
        if not row["ConditionType"].startswith(taxes.TAX_CONDITIONS)
    ]


def _add_item(
    conn: Connection,
    number: str,
    item: Row,
    quantity: Decimal,
    amount: Decimal,
    tax: Decimal,
    left_with: tuple[str, str],
) -> None:
    delivery, delivery_item = left_with
    rows.add(
        conn,
        ITEM,
        BillingDocument=number,
        BillingDocumentItem=item["SalesOrderItem"],
        Material=item["Material"],
        Plant=item["ProductionPlant"] or item["Plant"] or deliveries.PLANT,
        BillingDocumentItemText=item["SalesOrderItemText"],
        BillingQuantity=quantity,
        BillingQuantityUnit=item["RequestedQuantityUnit"],
        NetAmount=amount,
        TaxAmount=tax,
        GrossAmount=amount + tax,
        TransactionCurrency=item["TransactionCurrency"],
        ReferenceSDDocument=delivery or item["SalesOrder"],
        ReferenceSDDocumentItem=delivery_item or item["SalesOrderItem"],
        SalesDocument=item["SalesOrder"],
        SalesDocumentItem=item["SalesOrderItem"],
    )


def _add_header(conn: Connection, number: str, order: Row, net: Decimal, tax: Decimal, **more: Any) -> Row:
    return rows.add(
        conn,
        HEADER,
        **{
            "BillingDocument": number,
            "SDDocumentCategory": document_flow.INVOICE,
            "BillingDocumentCategory": "L",
            "BillingDocumentType": INVOICE_TYPE,
            "SalesOrganization": order["SalesOrganization"],
            "BillingDocumentDate": rows.today(),
            "TotalNetAmount": net,
            "TaxAmount": tax,
            "TotalGrossAmount": net + tax,
            "TransactionCurrency": order["TransactionCurrency"],
            "PayerParty": order["SoldToParty"],
            "SoldToParty": order["SoldToParty"],
            "CustomerPaymentTerms": order["CustomerPaymentTerms"],
            "CompanyCode": order["SalesOrganization"] or deliveries.PLANT,
            "FiscalYear": rows.today()[:4],
            "DocumentReferenceID": number,
            "AssignmentReference": order["AssignmentReference"] or order["PurchaseOrderByCustomer"][:18],
            "PurchaseOrderByCustomer": order["PurchaseOrderByCustomer"],
            "OverallSDProcessStatus": "C",
            "OverallBillingStatus": "A",
            "AccountingPostingStatus": "C",
            "AccountingTransferStatus": "C",
        }
        | more,
    )


def _add_pricing(conn: Connection, header: Row, rate: Decimal) -> None:
    for step, kind, value, amount in (
        ("010", "PPR0", header["TotalNetAmount"], header["TotalNetAmount"]),
        ("915", "MWST", rate * 100, header["TaxAmount"]),
    ):
        rows.add(
            conn,
            "A_BillingDocumentPrcgElmnt",
            BillingDocument=header["BillingDocument"],
            PricingProcedureStep=step,
            PricingProcedureCounter="1",
            ConditionType=kind,
            ConditionRateValue=value,
            ConditionCurrency=header["TransactionCurrency"] if kind == "PPR0" else "%",
            ConditionAmount=amount,
            TransactionCurrency=header["TransactionCurrency"],
        )


def existing(conn: Connection, number: str) -> Row:
    """The billing document of that number, with or without leading zeros."""
    found = rows.one(conn, HEADER, BillingDocument=number) or rows.one(
        conn, HEADER, BillingDocument=number.zfill(10)
    )
    if found is None:
        text = f"Billing document {number} does not exist"
        raise SapError(text, 404, code="VF/041", target="BillingDocument")
    return found


def cancel(conn: Connection, number: str) -> Row:
    """Another billing document takes it back, in accounting too; a paid one is not cancelled."""
    header = existing(conn, number)
    number = header["BillingDocument"]
    if header["BillingDocumentIsCancelled"] or header["CancelledBillingDocument"]:
        raise SapError(f"Billing document {number} is cancelled already", 400, code="VF/042")
    if journal.is_cleared(conn, header):
        text = f"Billing document {number} is paid; reset the clearing first"
        raise SapError(text, 400, code="VF/043")
    items = rows.many(conn, ITEM, BillingDocument=number)
    cancellation: str = db.next_number(conn, "BILLINGDOCUMENT", 10)
    made = _copy(conn, header, items, cancellation)
    rows.change(
        conn,
        HEADER,
        {"BillingDocument": number},
        BillingDocumentIsCancelled=1,
        LastChangeDate=rows.today(),
        LastChangeDateTime=clock.now().isoformat(timespec="milliseconds"),
    )
    journal.post_invoice(conn, made, sign=-1)
    journal.clear_each_other(conn, header, made)
    for delivery in sorted({item["ReferenceSDDocument"] for item in items if _is_delivery(conn, item)}):
        deliveries.mark_billed(conn, delivery, "A")
    for order in sorted({item["SalesDocument"] for item in items}):
        pairs = [(item["SalesDocumentItem"], item["BillingDocumentItem"]) for item in items]
        document_flow.follow(conn, order, cancellation, document_flow.CANCELLED_INVOICE, pairs)
        document_flow.refresh(conn, order)
    _tell(conn, existing(conn, number), "BillingDocument.Canceled")
    return made


def _is_delivery(conn: Connection, item: Row) -> bool:
    return rows.one(conn, deliveries.HEADER, DeliveryDocument=item["ReferenceSDDocument"]) is not None


def _copy(conn: Connection, header: Row, items: list[Row], number: str) -> Row:
    fresh = {"BillingDocument": number, "CreationDate": rows.today(), "CreationTime": rows.time_of_day()}
    served = [prop.name for prop in ENTITY_TYPES[HEADER].props]
    made = {name: header[name] for name in served} | fresh | {"AccountingDocument": ""}
    made |= {"BillingDocumentType": CANCELLATION_TYPE, "SDDocumentCategory": document_flow.CANCELLED_INVOICE}
    made |= {"CancelledBillingDocument": header["BillingDocument"], "BillingDocumentDate": rows.today()}
    made["LastChangeDateTime"] = clock.now().isoformat(timespec="milliseconds")
    made = rows.add(conn, HEADER, **made)
    for item in items:
        copied = {prop.name: item[prop.name] for prop in ENTITY_TYPES[ITEM].props}
        rows.add(conn, ITEM, **copied | fresh)
    _tell(conn, made, "BillingDocument.Created")
    return made


def _tell(conn: Connection, header: Row, kind: Kind) -> None:
    happened(
        conn,
        kind,
        BillingDocument=header["BillingDocument"],
        BillingDocumentType=header["BillingDocumentType"],
        BillingIssueType="",
        OverallBillingStatus=header["OverallBillingStatus"],
        SDDocumentCategory=header["SDDocumentCategory"],
    )
