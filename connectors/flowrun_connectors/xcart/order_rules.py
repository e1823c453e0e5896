"""What holds for the orders of every X-Cart: which of them are meant, and what a pair of statuses does.

Pure: nothing here asks a shop.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from flowrun.errors import Cause, Rejected
from flowrun_connectors.xcart.moments import parsed
from flowrun_connectors.xcart.requests import ListOrders

Row = dict[str, Any]
Kind = Literal["payment", "shipping"]

_GIVES_STOCK_BACK = frozenset({"D", "C"})  # declined, cancelled
_REFUNDED = "R"
_SENT = frozenset({"S", "D"})  # shipped, delivered: a refund brings nothing back


@dataclass(frozen=True, slots=True)
class Since:
    """From which moments on."""

    changed: datetime | None
    created: datetime | None


def since_of(request: ListOrders, connection: str) -> Since:
    """X-Cart ignores a moment it cannot read and then sends everything, so it must be a sound one."""

    def moment(value: Any, name: str) -> datetime | None:
        found = parsed(value)
        if value is not None and found is None:
            raise Rejected(
                f"{connection}: `{name}` must be a moment with its zone, such as 2026-03-14T09:26:53Z",
                Cause("bad-parameter", target=name, connection=connection),
            )
        return None if found is None else found.replace(microsecond=0)  # the shop's are whole seconds

    return Since(
        moment(request.changed_since, "changed_since"), moment(request.created_since, "created_since")
    )


def fits(row: Row, request: ListOrders, since: Since) -> bool:
    """Whether an order is one that was asked for. A filter that X-Cart does not know is ignored without a word,
    so every order is looked at again.
    """
    for name, codes in (
        ("payment_status", request.payment_status),
        ("shipping_status", request.shipping_status),
    ):
        status = row.get(name)
        if codes and name in row and not (isinstance(status, dict) and status_code(status) in codes):
            return False
    for field, least in (("update_date", since.changed), ("create_date", since.created)):
        moment = parsed(row.get(field))
        if least is not None and moment is not None and moment < least:
            return False
    return True


def status_code(status: Any) -> str:
    """The code of a status; the id, as a text, of one that the shop has made itself."""
    if not isinstance(status, dict):
        return ""
    return str(status.get("code") or status.get("id") or "")


def with_pair(order: Row) -> Row:
    """The order with both its statuses as one word, for lookups: `P/N` is paid and new."""
    codes = [status_code(order.get(f"{kind}_status")) for kind in ("payment", "shipping")]
    return {**order, "status_pair": "/".join(codes)}


def writes(now: tuple[str, str], wanted: tuple[str, str]) -> list[tuple[Kind, str]]:
    """The statuses to be written, as (kind, code), in the order that moves stock least.

    Each write moves stock by the pair that holds then. Refunding a new order before it is marked as shipped would
    put goods back on the shelf that are gone, and take them off again. Where it makes no difference, the payment
    comes first.
    """
    found: list[tuple[Kind, str]] = []
    if now[0] != wanted[0]:
        found.append(("payment", wanted[0]))
    if now[1] != wanted[1]:
        found.append(("shipping", wanted[1]))
    detour = _holds_stock(wanted[0], now[1])
    if len(found) == 2 and detour != _holds_stock(*now) and detour != _holds_stock(*wanted):
        found.reverse()
    return found


def pair_result(order_id: int, now: tuple[str, str], made: dict[Kind, Row]) -> Row:
    """What `set_statuses` answers, from what was there and the answers to the writes."""
    payment = status_code(made["payment"]) if "payment" in made else now[0]
    shipping = status_code(made["shipping"]) if "shipping" in made else now[1]
    return {
        "id": order_id,
        "payment": payment,
        "shipping": shipping,
        "status_pair": f"{payment}/{shipping}",
        "changed": any(status["changed"] for status in made.values()),
    }


def _holds_stock(payment: str, shipping: str) -> bool:
    """Whether the goods of an order in this pair are off the shelf."""
    if payment in _GIVES_STOCK_BACK:
        return False
    return payment != _REFUNDED or shipping in _SENT
