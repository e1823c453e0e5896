"""The parameters of operations on orders."""

from __future__ import annotations

from datetime import date, datetime

from flowrun.component import Config, field

_ORDER_ID = "The order's `id` (not its `order_number`)."


class ById(Config):
    """One record."""

    id: int = field(description="Its `id`.")


class OfOrder(Config):
    """What belongs to one order."""

    order_id: int = field(description=_ORDER_ID)


class ByNumber(Config):
    """One order by the number that people see."""

    order_number: str = field(description="The order number; letters, digits and `_` only.")


class ListOrders(Config):
    """Which orders."""

    changed_since: datetime | date | str | None = field(
        None,
        description="Orders changed at this moment or later; with its zone.",
        examples=["2026-03-14T09:26:53Z"],
    )
    created_since: datetime | date | str | None = field(
        None,
        description="Orders placed at this moment or later; with its zone.",
        examples=["2026-03-14T09:26:53Z"],
    )
    payment_status: list[str] = field(
        default_factory=list,
        description="Codes of payment statuses; any of them. A status without a code is meant by its id.",
        examples=[["P", "A"]],
    )
    shipping_status: list[str] = field(
        default_factory=list,
        description="Codes of shipping statuses; any of them. A status without a code is meant by its id.",
        examples=[["N"]],
    )
    limit: int | None = field(None, description="How many at most. When left out: all there are.")


class SetStatus(Config):
    """A new status."""

    id: int = field(description=_ORDER_ID)
    code: str = field(
        description="The code of the status; for a status that the shop has made itself, its id as a number."
    )


class SetStatuses(Config):
    """A new pair of statuses."""

    id: int = field(description=_ORDER_ID)
    payment: str | None = field(None, description="The code of the payment status. When left out, it stays.")
    shipping: str | None = field(
        None, description="The code of the shipping status. When left out, it stays."
    )


class AddTrackingNumber(Config):
    """A parcel."""

    id: int = field(description=_ORDER_ID)
    number: str = field(description="The tracking number, as the carrier gives it.")
