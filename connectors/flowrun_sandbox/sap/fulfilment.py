"""An order on its way: delivery, goods issue, invoice, payment.

``advance`` goes as far as it is told; ``Automatic`` takes the oldest unfinished order one stage further at every beat.
With the same seed and the same orders it does the same things in the same order, some of them in two deliveries.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from typing import Literal, Protocol, get_args

from mocksap import money
from mocksap.odata import SapError

from flowrun_sandbox.sap import billing, deliveries, document_flow, goods_issue, happenings, journal, rows
from flowrun_sandbox.sap.rows import Connection, Row

Stage = Literal["delivery", "goods_issue", "invoice", "payment"]
STAGES: tuple[Stage, ...] = get_args(Stage)
_SEEDED_BY = "CB9980000001"  # mock-sap's own orders of its own materials, of which nothing lies in stock
_ONE_IN = 4  # that many orders go out in one delivery for each that goes out in two


class System(Protocol):
    """What is asked of the running system."""

    conn: Connection
    lock: threading.RLock
    listeners: list[happenings.Listener]


@dataclass(frozen=True)
class Progress:
    """What an order has come to: document numbers, and its statuses."""

    sales_order: str
    deliveries: tuple[str, ...]
    invoices: tuple[str, ...]
    payments: tuple[str, ...]
    delivery_status: str
    process_status: str


def advance(
    system: System, sales_order: str, until: Stage = "payment", *, share: Decimal = Decimal(1)
) -> Progress:
    """Everything that is missing up to that stage. A ``share`` below 1 delivers only that part of what is open.

    ``SapError`` says what stands in the way (a deficit in stock, a block); what was done before stays done.
    """
    if until not in STAGES:
        raise SapError(f"There is no stage '{until}'; allowed: {', '.join(STAGES)}", 400)
    with system.lock:
        conn = system.conn
        order = _order(conn, sales_order)
        try:
            for stage in STAGES[: STAGES.index(until) + 1]:
                _take(conn, order, stage, share)
        finally:
            conn.commit()
            happenings.tell(conn, system.listeners)
        return progress(conn, order["SalesOrder"])


def _order(conn: Connection, number: str) -> Row:
    found = rows.one(conn, "A_SalesOrder", SalesOrder=number) or rows.one(
        conn, "A_SalesOrder", SalesOrder=number.zfill(10)
    )
    if found is None:
        raise SapError(f"Sales order {number} does not exist", 404, code="V1/555")
    return found


def _take(conn: Connection, order: Row, stage: Stage, share: Decimal) -> None:
    """One stage of everything that waits for it."""
    number = order["SalesOrder"]
    if stage == "delivery":
        lines = _open_lines(conn, number, share)
        if lines:
            deliveries.create(conn, order, lines)
    elif stage == "goods_issue":
        for delivery in _not_issued(conn, number):
            goods_issue.pick(conn, delivery)
            goods_issue.confirm(conn, delivery)
            goods_issue.post_goods_issue(conn, delivery)
    elif stage == "invoice":
        for delivery in _not_billed(conn, number):
            billing.of_delivery(conn, delivery)
    else:
        for invoice in _not_paid(conn, number):
            journal.pay(conn, invoice)


def _not_issued(conn: Connection, order: str) -> list[str]:
    found = _deliveries(conn, order)
    return [row["DeliveryDocument"] for row in found if row["OverallGoodsMovementStatus"] != "C"]


def _not_billed(conn: Connection, order: str) -> list[str]:
    found = [row for row in _deliveries(conn, order) if row["OverallGoodsMovementStatus"] == "C"]
    return [row["DeliveryDocument"] for row in found if row["OverallDelivReltdBillgStatus"] != "C"]


def _not_paid(conn: Connection, order: str) -> list[Row]:
    return [row for row in _invoices(conn, order) if not journal.is_cleared(conn, row)]


def _open_lines(conn: Connection, order: str, share: Decimal) -> list[tuple[Row, Decimal]]:
    gone = document_flow.delivered(conn, order)
    lines = []
    for item in rows.many(conn, "A_SalesOrderItem", SalesOrder=order):
        left = money.of(item["RequestedQuantity"]) - gone.get(item["SalesOrderItem"], Decimal(0))
        if left > 0 and not item["SalesDocumentRjcnReason"]:
            lines.append(
                (item, min(left, (left * share).quantize(Decimal(1), ROUND_UP)) if share < 1 else left)
            )
    return lines


def _deliveries(conn: Connection, order: str) -> list[Row]:
    found = rows.many(conn, deliveries.ITEM, ReferenceSDDocument=order)
    numbers = sorted({row["DeliveryDocument"] for row in found})
    return [deliveries.existing(conn, number) for number in numbers]


def _invoices(conn: Connection, order: str) -> list[Row]:
    """Those that are neither cancelled nor a cancellation."""
    found = rows.many(conn, billing.ITEM, SalesDocument=order)
    headers = [billing.existing(conn, number) for number in sorted({row["BillingDocument"] for row in found})]
    return [
        row
        for row in headers
        if not row["BillingDocumentIsCancelled"] and not row["CancelledBillingDocument"]
    ]


def progress(conn: Connection, number: str) -> Progress:
    """Where the order stands."""
    order = _order(conn, number)
    invoices = _invoices(conn, number)
    lines = [
        line
        for invoice in invoices
        for line in rows.many(conn, journal.BASIC, **{name: invoice[name] for name in journal.KEYS})
    ]
    payments = [line["ClearingAccountingDocument"] for line in lines if line["Customer"]]
    return Progress(
        sales_order=number,
        deliveries=tuple(row["DeliveryDocument"] for row in _deliveries(conn, number)),
        invoices=tuple(row["BillingDocument"] for row in invoices),
        payments=tuple(number for number in payments if number),
        delivery_status=order["OverallDeliveryStatus"],
        process_status=order["OverallSDProcessStatus"],
    )


_CANDIDATES = """
SELECT "SalesOrder" FROM "A_SalesOrder" WHERE COALESCE("CreatedByUser", '') <> ? AND (
    "OverallSDProcessStatus" <> 'C' OR "SalesOrder" IN (
        SELECT bill_item."SalesDocument" FROM "A_JournalEntryItem" AS item
        JOIN "A_BillingDocument" AS bill ON bill."AccountingDocument" = item."AccountingDocument"
        JOIN "A_BillingDocumentItem" AS bill_item ON bill_item."BillingDocument" = bill."BillingDocument"
        WHERE item."Customer" <> '' AND item."ClearingAccountingDocument" = ''
    )
) ORDER BY CAST("SalesOrder" AS INTEGER)
"""


def unfinished(conn: Connection, until: Stage = "payment") -> Iterator[str]:
    """The orders that can go further, oldest first. Those that are done are not looked at one by one."""
    found = conn.execute(_CANDIDATES, [_SEEDED_BY]).fetchall()
    return (number for (number,) in found if _next_stage(conn, number, until) is not None)


def _next_stage(conn: Connection, number: str, until: Stage) -> Stage | None:
    """The stage that is missing and nearest to the end, so that what has begun is finished first."""
    missing: dict[Stage, bool] = {
        "payment": bool(_not_paid(conn, number)),
        "invoice": bool(_not_billed(conn, number)),
        "goods_issue": bool(_not_issued(conn, number)),
        "delivery": bool(_open_lines(conn, number, Decimal(1))),
    }
    allowed = STAGES[: STAGES.index(until) + 1]
    return next((stage for stage, is_missing in missing.items() if is_missing and stage in allowed), None)


def advance_all(system: System, until: Stage = "payment") -> dict[str, str]:
    """Every unfinished order; what stood in the way, by order number, and an empty text where nothing did."""
    with system.lock:
        waiting = list(unfinished(system.conn, until))
    found = {}
    for number in waiting:
        try:
            advance(system, number, until)
            found[number] = ""
        except SapError as error:
            found[number] = f"{error.code}: {error.message}"
    return found


class Automatic:
    """Takes orders forward by itself, one stage a beat, until it is closed; closing does not wait for the beat."""

    def __init__(self, system: System, *, every: float, until: Stage = "payment", seed: int = 1) -> None:
        self._system, self._every, self._until = system, every, until
        self._chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._split: dict[str, bool] = {}
        self._stuck: set[str] = set()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox-sap-fulfilment", daemon=True)

    def start(self) -> Automatic:
        """Begins to beat."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Ends at once; a second call does nothing."""
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._closed.wait(self._every):
            self.beat()

    def beat(self) -> str:
        """One stage of one order; its number, or an empty text when nothing can go further."""
        with self._system.lock:
            if self._closed.is_set():
                return ""
            conn = self._system.conn
            waiting = (number for number in unfinished(conn, self._until) if number not in self._stuck)
            number = next(waiting, "")
            if not number:
                self._stuck.clear()  # stock may have come in
                return ""
            try:
                self._step(conn, number)
            except SapError:
                self._stuck.add(number)
            conn.commit()
            happenings.tell(conn, self._system.listeners)
            return number

    def _step(self, conn: Connection, number: str) -> None:
        stage = _next_stage(conn, number, self._until)
        if stage is None:
            return
        if number not in self._split:
            self._split[number] = self._chance.randrange(_ONE_IN + 1) == 0
        halves = stage == "delivery" and self._split[number] and not _deliveries(conn, number)
        _take(conn, _order(conn, number), stage, Decimal("0.5") if halves else Decimal(1))
