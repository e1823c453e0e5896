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
