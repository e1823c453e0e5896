"""X-Cart's two status tables and what a pair of statuses means for the stock.

The two tables share letters with different meanings (P, D, R), and the numeric ids are only the order of
insertion in a fresh shop. A status made by the custom-statuses add-on has no code at all: it can only be set
by its id, written as text.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Status:
    """One row of a status table."""

    id: int
    code: str | None
    name: str
    customer_name: str
    german: str


def _status(id_: int, code: str | None, name: str, german: str, customer_name: str = "") -> Status:
    return Status(id_, code, name, customer_name or name, german)


PAYMENT: tuple[Status, ...] = (
    _status(1, "Q", "Awaiting payment", "Warten auf Zahlung"),
    _status(2, "A", "Authorized", "Autorisiert", "Authorization hold"),
    _status(3, "PP", "Partially Paid", "Teilweise bezahlt"),
    _status(4, "P", "Paid", "Bezahlt"),
    _status(5, "D", "Declined", "Abgelehnt"),
    _status(6, "C", "Cancelled", "Storniert"),
    _status(7, "R", "Refunded", "Erstattet"),
)

SHIPPING: tuple[Status, ...] = (
    _status(1, "N", "New", "Neu"),
    _status(2, "P", "Processing", "In Bearbeitung"),
    _status(3, "S", "Shipped", "Versandt"),
    _status(4, "D", "Delivered", "Zugestellt"),
    _status(5, "WND", "Will Not Deliver", "Wird nicht geliefert"),
    _status(6, "R", "Returned", "Zurückgesandt"),
    _status(7, "WFA", "Waiting for approve", "Wartet auf Freigabe"),
    _status(8, "NBA", "New, backordered", "Neu, nachbestellt"),
    _status(12, None, "On hold at customs", "Beim Zoll"),
)

TABLES = {"payment": PAYMENT, "shipping": SHIPPING}

LONGEST_CODE = 4


class UnknownStatus(ValueError):  # noqa: N818 - the word for what it is
    """No row has that code, nor that id."""


def find(kind: str, code: str) -> Status:
    """By code; a number written as text means the row's id, which is how a status without code is set."""
    for status in TABLES[kind]:
        if (str(status.id) if code.isdigit() else status.code) == code:
            return status
    raise UnknownStatus(f"Status code '{code}' is invalid")


def holds_stock(payment: str | None, shipping: str | None) -> bool:
    """Whether the goods of an order in this pair are gone from the shelf.

    Declined and cancelled orders give them back; a refunded one only if it was never shipped.
    """
    if payment in {"D", "C"}:
        return False
    if payment == "R":
        return shipping in {"S", "D"}
    return True
