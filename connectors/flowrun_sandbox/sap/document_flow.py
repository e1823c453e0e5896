"""What follows from what, and how far an order has come.

Every following document (delivery ``J``, material document ``R``, billing document ``M``) leaves a line in the
process flow of its order, and the order's statuses are worked out anew: A not begun, B in part, C done. A
rejected item counts as done.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from decimal import Decimal

from mocksap import clock, money, store

from flowrun_sandbox.sap import rows
from flowrun_sandbox.sap.happenings import happened
from flowrun_sandbox.sap.rows import Connection, Row

DELIVERY, GOODS_MOVEMENT, INVOICE, CANCELLED_INVOICE = "J", "R", "M", "N"
_SPACE = uuid.UUID("6b1e5b1c-3a51-4d0e-9a5e-2f1d3c4b5a69")


def follow(
    conn: Connection, order: str, document: str, category: str, items: Iterable[tuple[str, str]]
) -> None:
    """A document with these (order item, its own item) follows from an order."""
    present = {
        "SubsequentDocument": document,
        "SubsequentDocumentCategory": category,
        "ProcessFlowLevel": "00",
    }
    link = str(uuid.uuid5(_SPACE, f"{order} {document}"))
    if rows.one(conn, "A_SalesOrderSubsqntProcFlow", SalesOrder=order, DocRelationshipUUID=link) is None:
        keys = {"SalesOrder": order, "DocRelationshipUUID": link}
        rows.add(conn, "A_SalesOrderSubsqntProcFlow", **keys, **present, OverallSDProcessStatus="C")
    for item, own in items:
        rows.add(
            conn,
            "A_SalesOrderItmSubsqntProcFlow",
            SalesOrder=order,
            SalesOrderItem=item,
            DocRelationshipUUID=str(uuid.uuid5(_SPACE, f"{order} {item} {document} {own}")),
            SubsequentDocumentItem=own,
            SDProcessStatus="C",
            **present,
        )


def unfollow(conn: Connection, order: str, document: str) -> None:
    """A following document is gone."""
    for table in ("A_SalesOrderSubsqntProcFlow", "A_SalesOrderItmSubsqntProcFlow"):
        conn.execute(
            f'DELETE FROM "{table}" WHERE "SalesOrder" = ? AND "SubsequentDocument" = ?',  # noqa: S608 - our own tables
            [order, document],
        )


def delivered(conn: Connection, order: str) -> dict[str, Decimal]:
    """How much of each item is in a delivery, over all deliveries of the order."""
    found: dict[str, Decimal] = {}
    for row in rows.many(conn, "A_OutbDeliveryItem", ReferenceSDDocument=order):
        item = row["ReferenceSDDocumentItem"]
        found[item] = found.get(item, Decimal(0)) + money.of(row["ActualDeliveryQuantity"])
    return found


def billed(conn: Connection, order: str) -> dict[str, Decimal]:
    """How much of each item is invoiced and not cancelled."""
    found: dict[str, Decimal] = {}
    for row in rows.many(conn, "A_BillingDocumentItem", SalesDocument=order):
        header = rows.one(conn, "A_BillingDocument", BillingDocument=row["BillingDocument"])
        if header and not header["BillingDocumentIsCancelled"] and not header["CancelledBillingDocument"]:
            item = row["SalesDocumentItem"]
            found[item] = found.get(item, Decimal(0)) + money.of(row["BillingQuantity"])
    return found


def _share(done: Decimal, wanted: Decimal) -> str:
    if done <= 0:
        return "A"
    return "C" if done >= wanted else "B"


def overall(statuses: list[str]) -> str:
    """The status of the whole from those of its parts."""
    if not statuses or set(statuses) == {"A"}:
        return "A"
    return "C" if set(statuses) == {"C"} else "B"


def refresh(conn: Connection, order: str, *, moved: bool = True) -> None:
    """The statuses of an order and its items. ``moved`` makes a new moment of change, and so a new ETag."""
    gone, paid_for = delivered(conn, order), billed(conn, order)
    found: list[tuple[str, str, str, bool]] = []
    for item in rows.many(conn, "A_SalesOrderItem", SalesOrder=order):
        number, wanted = item["SalesOrderItem"], money.of(item["RequestedQuantity"])
        rejected = bool(item["SalesDocumentRjcnReason"])
        delivery = "C" if rejected else _share(gone.get(number, Decimal(0)), wanted)
        billing = "C" if rejected else _share(paid_for.get(number, Decimal(0)), wanted)
        whole = overall([delivery, billing])
        found.append((delivery, billing, whole, rejected))
        keys = {"SalesOrder": order, "SalesOrderItem": number}
        statuses = {
            "DeliveryStatus": delivery,
            "OrderRelatedBillingStatus": billing,
            "SDProcessStatus": whole,
        }
        rows.change(conn, "A_SalesOrderItem", keys, **statuses)
        line = {
            "DeliveredQtyInOrderQtyUnit": gone.get(number, Decimal(0)),
            "OpenConfdDelivQtyInOrdQtyUnit": max(wanted - gone.get(number, Decimal(0)), Decimal(0)),
        }
        rows.change(conn, "A_SalesOrderScheduleLine", keys, **line)
    refused = [entry[3] for entry in found]
    delivery = overall([entry[0] for entry in found])
    rows.change(
        conn,
        "A_SalesOrder",
        {"SalesOrder": order},
        OverallDeliveryStatus=delivery,
        OverallTotalDeliveryStatus=delivery,
        OverallOrdReltdBillgStatus=overall([entry[1] for entry in found]),
        OverallSDProcessStatus=overall([entry[2] for entry in found]),
        OverallSDDocumentRejectionSts="A" if not any(refused) else "C" if all(refused) else "B",
    )
    if moved:
        touch(conn, order)


def touch(conn: Connection, order: str) -> None:
    """The order has changed now: its moment of change never stands still and never goes back."""
    row = rows.one(conn, "A_SalesOrder", SalesOrder=order)
    if row is None:
        return
    moment = store._advance(row["LastChangeDateTime"], clock.now().isoformat(timespec="milliseconds"))
    rows.change(
        conn, "A_SalesOrder", {"SalesOrder": order}, LastChangeDateTime=moment, LastChangeDate=rows.today()
    )
    tell_of_order(conn, order)


def tell_of_order(conn: Connection, order: str, *, created: bool = False) -> None:
    """What the event of an order says."""
    row = rows.one(conn, "A_SalesOrder", SalesOrder=order)
    if row is not None:
        names = (
            "SalesOrder SalesOrderType SalesOrganization DistributionChannel OrganizationDivision SoldToParty"
        )
        fields: Row = {name: row[name] for name in names.split()}
        happened(conn, "SalesOrder.Created" if created else "SalesOrder.Changed", **fields)


def is_open(conn: Connection, order: str) -> bool:
    """Whether nothing has followed from the order yet."""
    return not rows.many(conn, "A_SalesOrderSubsqntProcFlow", SalesOrder=order)
