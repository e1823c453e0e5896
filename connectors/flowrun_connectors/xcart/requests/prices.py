"""The parameters of operations on wholesale prices."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from flowrun.component import Config, field

_PRICE = "The price of one piece; of `type` percent, the discount in percent."


class OfPriced(Config):
    """The wholesale prices of one product, or of one of its variants."""

    product_id: int = field(description="The product's `id`.")
    variant: int | None = field(None, description="The variant's `id`, for prices that only it has.")


class CreateWholesalePrice(OfPriced):
    """A price for some quantity and more, for everybody or for one membership."""

    price: Decimal = field(description=_PRICE)
    quantity_range_begin: int = field(1, description="From how many pieces on.")
    membership: int | None = field(
        None, description="The `id` of the membership it is for. When left out: everybody."
    )
    type: Literal["price", "percent"] = field("price", description="What `price` says.")


class UpdateWholesalePrice(OfPriced):
    """Another price or quantity."""

    id: int = field(description="The `id` of the wholesale price.")
    price: Decimal | None = field(None, description=f"{_PRICE} When left out, it stays.")
    quantity_range_begin: int | None = field(
        None, description="From how many pieces on. When left out, it stays."
    )


class DeleteWholesalePrice(OfPriced):
    """A wholesale price that ends."""

    id: int = field(description="The `id` of the wholesale price.")


class WholesaleStep(Config):
    """One price of a list."""

    price: Decimal = field(description="The price of one piece.")
    quantity_range_begin: int = field(1, description="From how many pieces on.")
    membership: str | None = field(
        None, description="The name of the membership it is for. When left out: everybody."
    )


class SetPrices(Config):
    """All prices of a product or variant."""

    sku: str = field(description="The SKU of the product or variant.", examples=["MUG-01"])
    price: Decimal = field(description="The price of one piece for everybody.")
    wholesale: list[WholesaleStep] = field(
        default_factory=list,
        description="The other prices, by quantity and membership. What the shop has beyond these is deleted.",
        examples=[
            [{"quantity_range_begin": 12, "price": 11.87}, {"membership": "Wholesaler", "price": 11.24}]
        ],
    )
    memberships: list[str] | None = field(
        None,
        description="The memberships whose prices this list decides, beside everybody's; prices of others stay. "
        "When left out: all.",
    )
