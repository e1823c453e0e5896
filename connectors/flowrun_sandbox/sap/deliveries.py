"""Outbound deliveries: made for an order, changed while they are here, deleted with their trace.

Every change raises ``DeliveryVersion``, the ETag of the delivery and of its items. How the goods leave is
``goods_issue``.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from mocksap import db, money
from mocksap.odata import SapError

from flowrun_sandbox.sap import document_flow, rows, stock
from flowrun_sandbox.sap.happenings import Kind, happened
from flowrun_sandbox.sap.rows import Connection, Row

HEADER, ITEM = "A_OutbDeliveryHeader", "A_OutbDeliveryItem"
PLANT = "1010"


def instead_of_mock_saps(_plain: Callable[..., str]) -> Callable[..., str]:
    """Its BAPI and IDoc make deliveries as we do."""
    return lambda context, order, lines: create(
        context.conn, dict(order), [(dict(row), of) for row, of in lines]
    )


def delivered_instead_of_mock_saps(_plain: Callable[..., Any]) -> Callable[..., dict[str, Decimal]]:
    """Its checks count what ours count."""
    return lambda context, order: document_flow.delivered(context.conn, order["SalesOrder"])


def create_from(conn: Connection, payload: Row) -> Row:
    """``POST A_OutbDeliveryHeader`` with items that refer to an order's; a quantity left out is all that is open."""
    sent = payload.get("to_DeliveryDocumentItem") or []
    items = sent.get("results", [sent]) if isinstance(sent, dict) else sent
    if not items:
        raise SapError("A delivery needs an item with a reference to a sales order", 400, code="VL/561")
    orders = {str(item.get("ReferenceSDDocument") or "") for item in items}
    order = rows.one(conn, "A_SalesOrder", SalesOrder=next(iter(orders))) if len(orders) == 1 else None
    if order is None:
        text = f"Sales document {', '.join(sorted(orders))} is not one order that can be delivered"
        raise SapError(text, 400, code="VL/559", target="ReferenceSDDocument")
    gone = document_flow.delivered(conn, order["SalesOrder"])
    lines = []
    for item in items:
        number = str(item.get("ReferenceSDDocumentItem") or "").zfill(6)
        found = rows.one(conn, "A_SalesOrderItem", SalesOrder=order["SalesOrder"], SalesOrderItem=number)
        if found is None:
            text = f"Item {number} of order {order['SalesOrder']} does not exist"
            raise SapError(text, 400, code="VL/560", target="ReferenceSDDocumentItem")
        wanted = item.get("ActualDeliveryQuantity")
        open_still = money.of(found["RequestedQuantity"]) - gone.get(number, Decimal(0))
        lines.append((found, money.of(wanted) if wanted not in (None, "") else open_still))
    made = create(conn, order, lines)
    conn.commit()
    return {"DeliveryDocument": made}


def create(conn: Connection, order: Row, lines: list[tuple[Row, Any]]) -> str:
    """A delivery of these order items in these quantities, or a refusal that leaves nothing behind."""
    _refuse_undeliverable(conn, order, lines)
    number: str = db.next_number(conn, "DELIVERY", 10)
    _add_header(conn, number, order, lines)
    for item, quantity in lines:
        _add_item(conn, number, item, money.of(quantity))
    for function, customer in (("AG", order["SoldToParty"]), ("WE", _ship_to(conn, order))):
        rows.add(
            conn, "A_OutbDeliveryPartner", SDDocument=number, PartnerFunction=function, Customer=customer
        )
    pairs = [(item["SalesOrderItem"], item["SalesOrderItem"]) for item, _ in lines]
    document_flow.follow(conn, order["SalesOrder"], number, document_flow.DELIVERY, pairs)
    document_flow.refresh(conn, order["SalesOrder"])
    tell(conn, number, "OutboundDelivery.Created")
    return number


def _add_header(conn: Connection, number: str, order: Row, lines: list[tuple[Row, Any]]) -> None:
    plant = next((item["ProductionPlant"] or item["Plant"] for item, _ in lines), "") or PLANT
    rows.add(
        conn,
        HEADER,
        DeliveryDocument=number,
        DeliveryDocumentType="LF",
        DeliveryVersion="0001",
        ShippingPoint=plant,
        SalesOrganization=order["SalesOrganization"],
        SoldToParty=order["SoldToParty"],
        ShipToParty=_ship_to(conn, order),
        DeliveryDate=order["RequestedDeliveryDate"] or rows.today(),
        PickingDate=rows.today(),
        PlannedGoodsIssueDate=rows.today(),
        HeaderGrossWeight=_weight(conn, lines),
        HeaderWeightUnit="KG",
        **{
            f"Overall{name}Status": "A"
            for name in ("Picking", "PickingConf", "GoodsMovement", "DelivReltdBillg", "SDProcess")
        },
    )


def _refuse_undeliverable(conn: Connection, order: Row, lines: list[tuple[Row, Any]]) -> None:
    if order["DeliveryBlockReason"]:
        text = f"Order {order['SalesOrder']} is blocked for delivery ({order['DeliveryBlockReason']})"
        raise SapError(text, 400, code="VL/226", target="DeliveryBlockReason")
    gone = document_flow.delivered(conn, order["SalesOrder"])
    for item, quantity in lines:
        number = item["SalesOrderItem"]
        left = money.of(item["RequestedQuantity"]) - gone.get(number, Decimal(0))
        if item["SalesDocumentRjcnReason"]:
            raise SapError(f"Item {number} is rejected and cannot be delivered", 400, code="VL/363")
        if not 0 < money.of(quantity) <= left:
            text = f"Only {left} {item['RequestedQuantityUnit']} are open for item {number}"
            raise SapError(text, 400, code="VL/367", target="ActualDeliveryQuantity")


def _add_item(conn: Connection, number: str, item: Row, quantity: Decimal) -> None:
    plant = item["ProductionPlant"] or item["Plant"] or PLANT
    made = rows.add(
        conn,
        ITEM,
        DeliveryDocument=number,
        DeliveryDocumentItem=item["SalesOrderItem"],
        DeliveryVersion="0001",
        ActualDeliveryQuantity=quantity,
        OriginalDeliveryQuantity=quantity,
        DeliveryDocumentItemText=item["SalesOrderItemText"],
        DeliveryQuantityUnit=item["RequestedQuantityUnit"],
        Batch=item["Batch"],
        Material=item["Material"],
        Plant=plant,
        StorageLocation=item["StorageLocation"] or _best_location(conn, item["Material"], plant),
        ReferenceSDDocument=item["SalesOrder"],
        ReferenceSDDocumentCategory="C",
        ReferenceSDDocumentItem=item["SalesOrderItem"],
        ProductAvailabilityDate=rows.today(),
        **dict.fromkeys(
            ("PickingStatus", "GoodsMovementStatus", "DeliveryRelatedBillingStatus", "SDProcessStatus"), "A"
        ),
    )
    keys = {name: made[name] for name in ("DeliveryDocument", "DeliveryDocumentItem")}
    unit = {"OrderQuantityUnit": item["RequestedQuantityUnit"]}
    rows.change(conn, ITEM, keys, ActualDeliveredQtyInOrderQtyUnit=str(quantity), **unit)


def _best_location(conn: Connection, material: str, plant: str) -> str:
    found = rows.many(
        conn, "A_MatlStkInAcctMod", Material=material, Plant=plant, InventoryStockType=stock.UNRESTRICTED
    )
    fullest = max(found, key=lambda row: money.of(row["MatlWrhsStkQtyInMatlBaseUnit"]), default=None)
    return fullest["StorageLocation"] if fullest else f"{plant[:3]}A"


def _ship_to(conn: Connection, order: Row) -> str:
    """The partner in that function: WE is stored, SH its English name."""
    for function in ("WE", "SH"):
        found = rows.one(
            conn, "A_SalesOrderHeaderPartner", SalesOrder=order["SalesOrder"], PartnerFunction=function
        )
        if found and found["Customer"]:
            return str(found["Customer"])
    return str(order["SoldToParty"])


def _weight(conn: Connection, lines: list[tuple[Row, Any]]) -> Decimal:
    weight = Decimal(0)
    for item, quantity in lines:
        product = rows.one(conn, "A_Product", Product=item["Material"])
        weight += money.of(product["GrossWeight"] if product else 0) * money.of(quantity)
    return weight


def existing(conn: Connection, number: str) -> Row:
    """The delivery of that number, with or without leading zeros."""
    found = rows.one(conn, HEADER, DeliveryDocument=number) or rows.one(
        conn, HEADER, DeliveryDocument=number.zfill(10)
    )
    if found is None:
        raise SapError(f"Delivery {number} does not exist", 404, code="VL/559", target="DeliveryDocument")
    return found


def mark_billed(conn: Connection, number: str, status: str, billing: str = "") -> None:
    """Invoiced (C), or no longer (A)."""
    keys = {"DeliveryDocument": number}
    whole = "C" if status == "C" else "B"
    rows.change(conn, HEADER, keys, OverallDelivReltdBillgStatus=status, OverallSDProcessStatus=whole)
    rows.change(conn, ITEM, keys, DeliveryRelatedBillingStatus=status, SDProcessStatus=whole)
    category = document_flow.INVOICE
    conn.execute(
        'DELETE FROM "A_OutbDeliveryDocFlow" WHERE "PrecedingDocument" = ? AND "SubsequentDocumentCategory" = ?',
        [number, category],
    )
    for item in rows.many(conn, ITEM, DeliveryDocument=number) if billing else ():
        add_flow(conn, item, category, billing)
    raise_version(conn, number)


def add_flow(conn: Connection, item: Row, category: str, document: str) -> None:
    """A document follows from a delivery item."""
    rows.add(
        conn,
        "A_OutbDeliveryDocFlow",
        PrecedingDocument=item["DeliveryDocument"],
        PrecedingDocumentItem=item["DeliveryDocumentItem"],
        PrecedingDocumentCategory=document_flow.DELIVERY,
        Subsequentdocument=document,
        SubsequentDocumentItem=item["DeliveryDocumentItem"],
        SubsequentDocumentCategory=category,
    )


def raise_version(conn: Connection, number: str) -> None:
    """A new ETag for the delivery and its items."""
    header = existing(conn, number)
    version = f"{int(header['DeliveryVersion'] or 0) + 1:04}"
    keys = {"DeliveryDocument": header["DeliveryDocument"]}
    for table in (HEADER, ITEM):
        rows.change(conn, table, keys, DeliveryVersion=version, LastChangeDate=rows.today())
    tell(conn, header["DeliveryDocument"], "OutboundDelivery.Changed")


def tell(conn: Connection, number: str, kind: Kind, **more: str) -> None:
    """What the events of a delivery say."""
    header = existing(conn, number)
    happened(
        conn,
        kind,
        OutboundDelivery=number,
        DeliveryDocumentType=header["DeliveryDocumentType"],
        SalesOrganization=header["SalesOrganization"],
        SDDocumentCategory=document_flow.DELIVERY,
        **more,
    )


def check_item_change(conn: Connection, keys: Row, payload: Row) -> None:
    """The quantity of a delivery that has not left may change, up to what the order has open."""
    header = existing(conn, keys["DeliveryDocument"])
    item = rows.one(conn, ITEM, **keys)
    if header["OverallGoodsMovementStatus"] == "C":
        text = f"Goods issue of delivery {keys['DeliveryDocument']} is posted already"
        raise SapError(text, 400, code="VL/609")
    wanted = payload.get("ActualDeliveryQuantity")
    if item is None or wanted is None:
        return
    order = {"SalesOrder": item["ReferenceSDDocument"], "SalesOrderItem": item["ReferenceSDDocumentItem"]}
    ordered = rows.one(conn, "A_SalesOrderItem", **order)
    others = document_flow.delivered(conn, order["SalesOrder"]).get(order["SalesOrderItem"], Decimal(0))
    others -= money.of(item["ActualDeliveryQuantity"])
    if ordered and not 0 < money.of(wanted) <= money.of(ordered["RequestedQuantity"]) - others:
        left = money.of(ordered["RequestedQuantity"]) - others
        text = f"Only {left} {item['DeliveryQuantityUnit']} are open for item {order['SalesOrderItem']}"
        raise SapError(text, 400, code="VL/367", target="ActualDeliveryQuantity")


def changed(conn: Connection, number: str) -> None:
    """A new version, and the statuses of the orders in it."""
    raise_version(conn, number)
    for order in sorted(
        {row["ReferenceSDDocument"] for row in rows.many(conn, ITEM, DeliveryDocument=number)}
    ):
        document_flow.refresh(conn, order)


def before_delete(conn: Connection, keys: Row) -> str:
    """A delivery that has left stays; the order whose goods are open again."""
    header = existing(conn, keys["DeliveryDocument"])
    number = header["DeliveryDocument"]
    if header["OverallGoodsMovementStatus"] == "C":
        text = f"Goods issue of delivery {number} is posted; reverse it first"
        raise SapError(text, 400, code="VL/610")
    items = rows.many(conn, ITEM, DeliveryDocument=number)
    orders = {item["ReferenceSDDocument"] for item in items}
    if "DeliveryDocumentItem" not in keys:
        for order in orders:
            document_flow.unfollow(conn, order, number)
    return next(iter(orders), "")
