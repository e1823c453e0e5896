"""How the goods of a delivery leave: picked, confirmed, issued, and perhaps taken back.

Goods issue posts the material document (601) that lowers stock; it takes from the storage location of the item and
then from others of the plant, so that an order for all there is can be delivered.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from mocksap import money
from mocksap.odata import SapError

from flowrun_sandbox.sap import deliveries, document_flow, rows, stock
from flowrun_sandbox.sap.rows import Connection, Row


def pick(conn: Connection, number: str, *, item: str = "") -> list[Row]:
    """All items, or one, in the quantity of the delivery; the items picked."""
    header = deliveries.existing(conn, number)
    if header["OverallGoodsMovementStatus"] == "C":
        raise SapError(f"Goods issue of delivery {number} is posted already", 400, code="VL/609")
    keys = {"DeliveryDocument": header["DeliveryDocument"]}
    more = {"DeliveryDocumentItem": item.zfill(6)} if item else {}
    found = rows.many(conn, deliveries.ITEM, **keys, **more)
    if not found:
        raise SapError(f"Delivery {number} has no item {item}", 404, code="VL/560")
    rows.change(conn, deliveries.ITEM, keys | more, PickingStatus="C", SDProcessStatus="B")
    status = document_flow.overall([row["PickingStatus"] for row in rows.many(conn, deliveries.ITEM, **keys)])
    rows.change(conn, deliveries.HEADER, keys, OverallPickingStatus=status, OverallSDProcessStatus="B")
    deliveries.raise_version(conn, header["DeliveryDocument"])
    return found


def confirm(conn: Connection, number: str) -> list[Row]:
    """What was picked is confirmed."""
    header = deliveries.existing(conn, number)
    if header["OverallPickingStatus"] != "C":
        raise SapError(f"Delivery {number} is not picked completely", 400, code="VL/608")
    keys = {"DeliveryDocument": header["DeliveryDocument"]}
    rows.change(conn, deliveries.HEADER, keys, OverallPickingConfStatus="C")
    deliveries.raise_version(conn, header["DeliveryDocument"])
    return rows.many(conn, deliveries.ITEM, **keys)


def post_goods_issue(conn: Connection, number: str) -> list[Row]:
    """The goods leave: stock falls, and the delivery can be invoiced."""
    header = deliveries.existing(conn, number)
    number = header["DeliveryDocument"]
    if header["OverallGoodsMovementStatus"] == "C":
        raise SapError(f"Goods issue of delivery {number} is posted already", 400, code="VL/609")
    if header["OverallPickingStatus"] != "C":
        raise SapError(f"Delivery {number} is not picked completely", 400, code="VL/608")
    items = rows.many(conn, deliveries.ITEM, DeliveryDocument=number)
    moves = [move for item in items for move in _issues(conn, header, item)]
    made = stock.post(
        conn, moves, GoodsMovementCode="03", InventoryTransactionType="WL", ReferenceDocument=number
    )
    for item in items:
        deliveries.add_flow(conn, item, document_flow.GOODS_MOVEMENT, made["MaterialDocument"])
    order = items[0]["ReferenceSDDocument"]
    pairs = [(item["ReferenceSDDocumentItem"], item["DeliveryDocumentItem"]) for item in items]
    document_flow.follow(conn, order, made["MaterialDocument"], document_flow.GOODS_MOVEMENT, pairs)
    moment = {"ActualGoodsMovementDate": rows.today(), "ActualGoodsMovementTime": rows.time_of_day()}
    _set_goods_movement(conn, number, "C", **moment)
    document_flow.refresh(conn, order)
    return items


def _issues(conn: Connection, header: Row, item: Row) -> list[Row]:
    """From the item's own storage location first, then from the others of the plant."""
    left = money.of(item["ActualDeliveryQuantity"])
    found = rows.many(
        conn,
        "A_MatlStkInAcctMod",
        Material=item["Material"],
        Plant=item["Plant"],
        InventoryStockType=stock.UNRESTRICTED,
    )
    shares: list[tuple[str, Decimal]] = []
    for row in sorted(found, key=lambda row: row["StorageLocation"] != item["StorageLocation"]):
        share = min(left, money.of(row["MatlWrhsStkQtyInMatlBaseUnit"]))
        if share > 0:
            shares.append((row["StorageLocation"], share))
            left -= share
    if left > 0:  # too little of it: the refusal names the item's own place and what is missing
        shares.append((item["StorageLocation"], left))
    common = {
        "Material": item["Material"],
        "Plant": item["Plant"],
        "GoodsMovementType": stock.GOODS_ISSUE,
        "Delivery": item["DeliveryDocument"],
        "DeliveryItem": item["DeliveryDocumentItem"],
        "SalesOrder": item["ReferenceSDDocument"],
        "SalesOrderItem": item["ReferenceSDDocumentItem"],
        "Customer": header["SoldToParty"],
    }
    return [common | {"StorageLocation": place, "QuantityInEntryUnit": share} for place, share in shares]


def reverse_goods_issue(conn: Connection, number: str) -> list[Row]:
    """The goods are back. An invoiced delivery stays issued until the invoice is cancelled."""
    header = deliveries.existing(conn, number)
    number = header["DeliveryDocument"]
    if header["OverallGoodsMovementStatus"] != "C":
        raise SapError(f"Goods issue of delivery {number} is not posted", 400, code="VL/601")
    if header["OverallDelivReltdBillgStatus"] != "A":
        raise SapError(f"Delivery {number} is invoiced; cancel the invoice first", 400, code="VL/602")
    found = rows.many(conn, "A_MaterialDocumentItem", Delivery=number, GoodsMovementIsCancelled=0)
    issued = [row for row in found if row["GoodsMovementType"] == stock.GOODS_ISSUE]
    for year, document in sorted({(row["MaterialDocumentYear"], row["MaterialDocument"]) for row in issued}):
        stock.cancel(conn, year, document)
        document_flow.unfollow(conn, issued[0]["SalesOrder"], document)
    conn.execute('DELETE FROM "A_OutbDeliveryDocFlow" WHERE "PrecedingDocument" = ?', [number])
    _set_goods_movement(conn, number, "A", ActualGoodsMovementDate=None, ActualGoodsMovementTime="")
    items = rows.many(conn, deliveries.ITEM, DeliveryDocument=number)
    document_flow.refresh(conn, items[0]["ReferenceSDDocument"])
    return items


def _set_goods_movement(conn: Connection, number: str, status: str, **moment: Any) -> None:
    keys = {"DeliveryDocument": number}
    before = deliveries.existing(conn, number)["OverallGoodsMovementStatus"]
    rows.change(
        conn, deliveries.HEADER, keys, OverallGoodsMovementStatus=status, OverallSDProcessStatus="B", **moment
    )
    rows.change(conn, deliveries.ITEM, keys, GoodsMovementStatus=status, SDProcessStatus="B")
    deliveries.raise_version(conn, number)
    more = {"OverallGoodsMovementStatus": status, "PrevOverallGoodsMovementStatus": before}
    deliveries.tell(conn, number, "OutboundDelivery.GIStatusChanged", **more)
