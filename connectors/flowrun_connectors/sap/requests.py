"""The parameters of SAP's operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowrun.component import Config, field


class _Place(Config):
    """Where in SAP."""

    service: str = field(description="The OData service.", examples=["API_SALES_ORDER_SRV"], constant=True)
    entity: str = field(
        description="The entity set of the service.", examples=["A_SalesOrder"], constant=True
    )


class _Selection(_Place):
    """What of it."""

    expand: list[str] = field(
        default_factory=list,
        description="Which linked entities to read along; `/` leads further.",
        examples=[["to_Item", "to_Item/to_PricingElement"]],
        constant=True,
    )
    select: list[str] = field(
        default_factory=list, description="Which fields to read. When empty: all.", constant=True
    )


class Get(_Selection):
    """One entity."""

    key: Any = field(description="The key: one value, or a record of all key fields.", examples=["4711"])
    must_exist: bool = field(
        True, description="Whether a missing entity is an error; if not, the result is null."
    )


class First(_Selection):
    """The first of a list."""

    where: Mapping[str, Any] = field(
        default_factory=dict,
        description=(
            "What must hold, field by field: the value it equals, or a record of eq, ne, gt, ge, lt, le, "
            "startswith, contains."
        ),
        examples=[{"PurchaseOrderByCustomer": "XC-1042", "CreationDate": {"ge": "2026-01-01"}}],
    )
    order_by: list[str] = field(
        default_factory=list, description="Fields to sort by, `desc` behind a name for the largest first."
    )


class List(First):
    """A list."""

    limit: int | None = field(None, description="How many at most. When left out: all there are.")


class Create(_Place):
    """A new entity."""

    data: Mapping[str, Any] = field(description="The entity, with lists of what belongs to it nested inside.")


class Update(_Place):
    """Changes to an entity."""

    key: Any = field(description="The key: one value, or a record of all key fields.")
    data: Mapping[str, Any] = field(description="The fields to change.")


class Upsert(_Place):
    """An entity that is to be as given."""

    by: list[str] = field(
        description="The fields that tell whether it exists already: the business key.",
        examples=[["PurchaseOrderByCustomer", "SoldToParty"]],
        constant=True,
    )
    data: Mapping[str, Any] = field(description="The entity, with lists of what belongs to it nested inside.")
