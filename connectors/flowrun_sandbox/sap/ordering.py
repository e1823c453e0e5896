"""What S/4HANA checks and fills in for sales orders.

An order needs a customer and materials that exist; what has been delivered can neither be rejected nor ordered less
of, and an order that something followed from is not deleted. Two orders with the same customer reference are *not*
refused, as in S/4HANA: to prevent them is the caller's business.
"""

from __future__ import annotations

from decimal import Decimal

from mocksap import money, store
from mocksap.odata import SapError, to_db_value
from mocksap.schema import ENTITY_TYPES

from flowrun_sandbox.sap import document_flow, pricing, rows
from flowrun_sandbox.sap.deliveries import PLANT
from flowrun_sandbox.sap.rows import Connection, Row

OF_AN_ORDER = {
    "A_SalesOrder",
    "A_SalesOrderItem",
    "A_SalesOrderHeaderPrElement",
    "A_SalesOrderItemPrElement",
    "A_SalesOrderHeaderPartner",
    "A_SalesOrderPartnerAddress",
    "A_SalesOrderScheduleLine",
    "A_SalesOrderText",
}
_UNITS = ("Unit", "SAPUnit", "ISOUnit")


def prepare_order(conn: Connection, payload: Row, _given: Row) -> None:
    """Customer, currency, terms of the sales area."""
    _customer(conn, payload)
    area = rows.one(
        conn,
        "A_CustomerSalesArea",
        Customer=payload["SoldToParty"],
        SalesOrganization=payload.get("SalesOrganization") or "",
        DistributionChannel=payload.get("DistributionChannel") or "",
    )
    payload.setdefault("TransactionCurrency", (area or {}).get("Currency") or "EUR")
    for name in ("CustomerPaymentTerms", "IncotermsClassification", "ShippingCondition"):
        if area and area[name]:
            payload.setdefault(name, area[name])
    if not payload.get("to_Item"):
        payload.pop("to_Item", None)
    for name in ("OverallTotalDeliveryStatus", "OverallOrdReltdBillgStatus", "OverallSDDocumentRejectionSts"):
        payload.setdefault(name, "A")


def _customer(conn: Connection, payload: Row) -> None:
    number = str(payload.get("SoldToParty") or "").lstrip("0")
    if not number:
        raise SapError("Enter a sold-to party", 400, code="VP/201", target="SoldToParty")
    found = rows.one(conn, "A_Customer", Customer=number)
    if found is None:
        raise SapError(f"Sold-to party {number} is not a customer", 400, code="VP/202", target="SoldToParty")
    if found["OrderIsBlockedForCustomer"]:
        raise SapError(f"Customer {number} is blocked for orders", 400, code="VP/203", target="SoldToParty")
    payload["SoldToParty"] = number


def material(conn: Connection, number: str) -> Row:
    """The product of an item."""
    found = rows.one(conn, "A_Product", Product=number)
    if found is None:
        text = f"Material {number} does not exist or is not defined for sales"
        raise SapError(text, 400, code="V1/382", target="Material")
    return found


def prepare_item(conn: Connection, payload: Row, given: Row) -> None:
    """Currency, unit, text and plant, where they were not sent."""
    product = material(conn, str(payload.get("Material") or ""))
    order = rows.one(conn, "A_SalesOrder", SalesOrder=given.get("SalesOrder"))
    payload["TransactionCurrency"] = order["TransactionCurrency"] if order else ""
    sent = [payload.get(f"RequestedQuantity{kind}") for kind in _UNITS]
    unit = next((name for name in sent if name), product["BaseUnit"])
    for kind in _UNITS:
        payload[f"RequestedQuantity{kind}"] = unit
    if not payload.get("SalesOrderItemText"):
        text = rows.one(conn, "A_ProductDescription", Product=product["Product"], Language="EN")
        payload["SalesOrderItemText"] = text["ProductDescription"] if text else ""
    payload.setdefault("ProductionPlant", PLANT)
    payload.setdefault("ItemBillingBlockReason", "")
    for name in ("DeliveryStatus", "SDProcessStatus", "OrderRelatedBillingStatus"):
        payload.setdefault(name, "A")


def check_item_change(conn: Connection, keys: Row, payload: Row) -> None:
    """What is delivered stays ordered."""
    if payload.get("Material"):
        material(conn, payload["Material"])
    item = rows.one(conn, "A_SalesOrderItem", **keys)
    done = document_flow.delivered(conn, keys["SalesOrder"]).get(keys["SalesOrderItem"], Decimal(0))
    if item is None or not done:
        return
    number = keys["SalesOrderItem"].lstrip("0")
    if payload.get("SalesDocumentRjcnReason"):
        text = f"Item {number} is delivered already and cannot be rejected"
        raise SapError(text, 400, code="V1/303", target="SalesDocumentRjcnReason")
    if payload.get("Material") not in (None, item["Material"]):
        text = f"The material of item {number} cannot be changed: it is delivered already"
        raise SapError(text, 400, code="V1/151", target="Material")
    prop = ENTITY_TYPES["A_SalesOrderItem"].prop("RequestedQuantity")
    wanted = payload.get("RequestedQuantity")
    if wanted is not None and money.of(to_db_value(prop, wanted)) < done:
        text = f"Order quantity of item {number} is smaller than the quantity delivered, {done}"
        raise SapError(text, 400, code="V1/331", target="RequestedQuantity")


def check_order_change(conn: Connection, keys: Row, payload: Row) -> None:
    """Another customer, while nothing has followed."""
    order = rows.one(conn, "A_SalesOrder", **keys)
    if order is None or payload.get("SoldToParty") in (None, order["SoldToParty"]):
        return
    if not document_flow.is_open(conn, keys["SalesOrder"]):
        text = f"Order {keys['SalesOrder']} has following documents; the sold-to party cannot be changed"
        raise SapError(text, 400, code="VP/204", target="SoldToParty")
    _customer(conn, payload)


def check_delete(conn: Connection, table: str, keys: Row) -> None:
    """An order, or an item, that something followed from stays."""
    order = str(keys.get("SalesOrder", ""))
    item = keys.get("SalesOrderItem")
    followed = (
        item in document_flow.delivered(conn, order) if item else not document_flow.is_open(conn, order)
    )
    if table in {"A_SalesOrder", "A_SalesOrderItem"} and followed:
        raise SapError(f"Order {order} has following documents and cannot be deleted", 400, code="V1/541")


def complete(conn: Connection, order: str) -> None:
    """When all parts of an order are there: a schedule line for every item without one, plants, and the prices."""
    header = rows.one(conn, "A_SalesOrder", SalesOrder=order) or {}
    for item in rows.many(conn, "A_SalesOrderItem", SalesOrder=order):
        place = {"SalesOrder": order, "SalesOrderItem": item["SalesOrderItem"]}
        lines = rows.many(conn, "A_SalesOrderScheduleLine", **place)
        day = lines[0]["RequestedDeliveryDate"] if lines else header.get("RequestedDeliveryDate")
        plant = item["ProductionPlant"] or item["Plant"]
        rows.change(conn, "A_SalesOrderItem", place, Plant=plant, RequestedDeliveryDate=day)
        if not lines:
            line = {
                "RequestedDeliveryDate": day,
                "ConfirmedDeliveryDate": day,
                "ScheduleLineOrderQuantity": item["RequestedQuantity"],
                "ConfdOrderQtyByMatlAvailCheck": item["RequestedQuantity"],
                "OpenConfdDelivQtyInOrdQtyUnit": item["RequestedQuantity"],
            } | {f"OrderQuantity{kind}": item["RequestedQuantityUnit"] for kind in _UNITS}
            store.insert(
                conn, ENTITY_TYPES["A_SalesOrderScheduleLine"], line, parent_keys=place, _nested=True
            )
    _sold_to_partner(conn, order)
    pricing.price_order(conn, order)


def _sold_to_partner(conn: Connection, number: str) -> None:
    """The sold-to party of the header is always a partner of the order, and ship-to unless another was sent."""
    order = rows.one(conn, "A_SalesOrder", SalesOrder=number)
    known = {
        row["PartnerFunction"] for row in rows.many(conn, "A_SalesOrderHeaderPartner", SalesOrder=number)
    }
    for function, english in (("AG", "SP"), ("WE", "SH"), ("RE", "BP"), ("RG", "PY")):
        if order and not known & {function, english}:
            keys = {"SalesOrder": number, "PartnerFunction": function}
            rows.add(conn, "A_SalesOrderHeaderPartner", **keys, Customer=order["SoldToParty"])
