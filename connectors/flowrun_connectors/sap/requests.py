"""The parameters of SAP's operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

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
            "What must hold, field by field: the value it equals, or a record of eq, ne, gt, ge, lt, le, in, "
            "startswith, contains. Under `any` a list of such records, one of which must hold."
        ),
        examples=[
            {"PurchaseOrderByCustomer": "XC-1042", "CreationDate": {"ge": "2026-01-01"}},
            {"Material": {"in": ["A-1", "A-2"]}},
            {"any": [{"LastChangeDate": {"ge": "2026-01-01"}}, {"CreationDate": {"ge": "2026-01-01"}}]},
        ],
    )
    order_by: list[str] = field(
        default_factory=list, description="Fields to sort by, `desc` behind a name for the largest first."
    )


class List(First):
    """A list."""

    limit: int | None = field(None, description="How many at most. When left out: all there are.")
    page_size: int | None = field(
        None,
        description=(
            "How many to ask for at a time, for a service that would otherwise send a long list in one answer. "
            "When left out, SAP decides."
        ),
    )


class Create(_Place):
    """A new entity."""

    data: Mapping[str, Any] = field(description="The entity, with lists of what belongs to it nested inside.")


class Part(Config):
    """How a list that belongs to an entity is brought in line."""

    by: list[str] = field(
        description="The fields that tell which is which. One where they are empty in SAP is left alone."
    )
    compare: list[str] = field(
        default_factory=list,
        description="The fields that are changed where they differ; the others are for new ones only. "
        "When left out: all.",
    )
    gone: Mapping[str, Any] = field(
        default_factory=dict,
        description="What is written into those that are wanted no longer. When left out: nothing.",
    )
    among: Mapping[str, Any] = field(
        default_factory=dict,
        description="Which of them are looked at: by field, a list of values. When left out: all.",
    )
    parts: Mapping[str, Mapping[str, Any]] = field(
        default_factory=dict, description="The lists that belong to each of them."
    )


class Update(_Place):
    """Changes to an entity."""

    key: Any = field(description="The key: one value, or a record of all key fields.")
    data: Mapping[str, Any] = field(description="The fields to change.")
    parts: Mapping[str, Mapping[str, Any]] = field(
        default_factory=dict,
        description=(
            "Lists in `data` that are brought in line too, by navigation: `by` are the fields that tell which is "
            "which, `compare` those that are changed, `gone` what is written into one that is wanted no longer, "
            "`among` which ones are looked at, `parts` the lists below. All of it is one unit: all or nothing."
        ),
        examples=[
            {
                "to_Item": {
                    "by": ["UnderlyingPurchaseOrderItem"],
                    "compare": ["RequestedQuantity"],
                    "gone": {"SalesDocumentRjcnReason": "00"},
                    "parts": {"to_PricingElement": {"by": ["ConditionType"]}},
                }
            }
        ],
    )


class Upsert(_Place):
    """An entity that is to be as given."""

    by: list[str] = field(
        description="The fields that tell whether it exists already: the business key.",
        examples=[["PurchaseOrderByCustomer", "SoldToParty"]],
        constant=True,
    )
    data: Mapping[str, Any] = field(description="The entity, with lists of what belongs to it nested inside.")
    only_when_new: list[str] = field(
        default_factory=list,
        description="Fields of `data` that are written when the entity is made and never afterwards.",
        examples=[["SearchTerm2"]],
    )


class Delete(_Place):
    """An entity that is to be gone."""

    key: Any = field(description="The key: one value, or a record of all key fields.")
    must_exist: bool = field(
        False, description="Whether a missing entity is an error; if not, `action` is `absent`."
    )


class Call(Config):
    """Something that a service does."""

    service: str = field(
        description="The OData service.", examples=["API_OUTBOUND_DELIVERY_SRV"], constant=True
    )
    function: str = field(
        description="The function import, action or function, as metadata names it.",
        examples=["PostGoodsIssue"],
        constant=True,
    )
    parameters: Mapping[str, Any] = field(
        default_factory=dict,
        description="What the function is given.",
        examples=[{"DeliveryDocument": "80000001"}],
    )
    entity: str = field(
        "", description="The entity set of the document it works on, where it works on one.", constant=True
    )
    key: Any = field(None, description="The key of that document.")
    method: Literal["GET", "POST"] = field(
        "POST", description="The HTTP method, where metadata does not tell it.", constant=True
    )
