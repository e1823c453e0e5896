"""The parameters of X-Cart's operations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flowrun.component import Config, field

_ORDER_ID = "The order's `id` (not its `order_number`)."


class ById(Config):
    """One record."""

    id: int = field(description="Its `id`.")


class OfOrder(Config):
    """What belongs to one order."""

    order_id: int = field(description=_ORDER_ID)


class OfProfile(Config):
    """What belongs to one profile."""

    profile_id: int = field(description="The customer's profile `id`.")


class OfProduct(Config):
    """What belongs to one product."""

    product_id: int = field(description="The product's `id`.")


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
        default_factory=list, description="Codes of payment statuses; any of them.", examples=[["P", "A"]]
    )
    shipping_status: list[str] = field(
        default_factory=list, description="Codes of shipping statuses; any of them.", examples=[["N"]]
    )
    limit: int | None = field(None, description="How many at most. When left out: all there are.")


class SetStatus(Config):
    """A new status."""

    id: int = field(description=_ORDER_ID)
    code: str = field(
        description="The code of the status; for a status that the shop has made itself, its id as a number."
    )


class ListProfiles(Config):
    """Which customers."""

    login: str | None = field(
        None, description="A part of the log-in e-mail address. When left out: all profiles."
    )


class ListProducts(Config):
    """How many products."""

    limit: int | None = field(None, description="How many at most. When left out: all there are.")


class CreateProduct(Config):
    """A new product."""

    product: Mapping[str, Any] = field(
        description="Its fields. `product_class`, `tax_class` and `memberships` are names. X-Cart sets "
        "`amount` to 1000 and `enabled` to true when they are left out."
    )


class UpdateProduct(Config):
    """Changes to a product."""

    id: int = field(description="The product's `id`.")
    changes: Mapping[str, Any] = field(
        description="The fields to change. `product_class`, `tax_class` and `memberships` are names."
    )


class SetStock(Config):
    """A new stock."""

    id: int = field(description="The product's `id`.")
    amount: int = field(description="How many there are now, in all. Zero is a stock too.")
    variant: int | None = field(
        None, description="The variant's `id`, when the variant has a stock of its own."
    )


class UpdateVariant(Config):
    """Changes to a variant."""

    product_id: int = field(description="The product's `id`.")
    id: int = field(description="The variant's `id`.")
    changes: Mapping[str, Any] = field(
        description="The fields to change; the others stay. `default_price: true` takes the product's price. "
        "`image: null` deletes the picture."
    )
