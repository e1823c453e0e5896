"""The parameters of operations on products, variants and stock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flowrun.component import Config, field

_PRODUCT_ID = "The product's `id`."
_CLEAR = "Names of fields to be emptied, since a null in `changes` is refused."
_NAMES = "`product_class`, `tax_class` and `memberships` are names."


class OfProduct(Config):
    """What belongs to one product."""

    product_id: int = field(description=_PRODUCT_ID)


class OneVariant(Config):
    """One variant."""

    product_id: int = field(description=_PRODUCT_ID)
    id: int = field(description="The variant's `id`.")


class FindProduct(Config):
    """What a SKU belongs to."""

    sku: str = field(description="The SKU of a product or of a variant, letter by letter.")


class ListProducts(Config):
    """How many products."""

    limit: int | None = field(None, description="How many at most. When left out: all there are.")


class ListStocks(Config):
    """Whose stocks."""

    skus: list[str] | None = field(
        None,
        description="The SKUs of products or variants. When left out: all there are.",
        examples=[["MUG-01"]],
    )


@dataclass(frozen=True, slots=True)
class Behind:
    """A page of a list: how many rows were had before it, and how many there are to be at most."""

    had: int
    limit: int | None = None
    login: str | None = None

    def left(self) -> int | None:
        """How many may still come."""
        return None if self.limit is None else max(self.limit - self.had, 0)


class CreateProduct(Config):
    """A new product."""

    product: Mapping[str, Any] = field(
        description=f"Its fields. {_NAMES} X-Cart sets `amount` to 1000 and `enabled` to true when they are "
        "left out."
    )


class UpdateProduct(Config):
    """Changes to a product."""

    id: int = field(description=_PRODUCT_ID)
    changes: Mapping[str, Any] = field(
        default_factory=dict,
        description=f"The fields to change; the others stay. {_NAMES} `memberships` takes the place of all there were.",
    )
    clear: list[str] = field(default_factory=list, description=_CLEAR, examples=[["tax_class"]])


class SaveProduct(Config):
    """A product that is to be as given."""

    sku: str = field(description="The SKU of the product, or of a variant.", examples=["MUG-01"])
    product: Mapping[str, Any] = field(
        description=f"Its fields. {_NAMES} A null is as good as left out. Without an `amount` a new product has none."
    )
    translations: list[Mapping[str, Any]] = field(
        default_factory=list,
        description="Its texts in other languages than the shop's own: each with the shop's `language` and the fields.",
        examples=[[{"language": "de", "name": "Geschenkset"}]],
    )
    only_when_new: list[str] = field(
        default_factory=list,
        description="Fields that are written when the product is made and never again: they are the shop's own.",
        examples=[["description", "meta_title"]],
    )
    create: bool = field(
        True, description="Whether a SKU that the shop does not have is made; if not, `action` is `absent`."
    )


class SetStock(Config):
    """A new stock: of a `sku`, or of the product `id` and perhaps its `variant`."""

    amount: int = field(description="How many there are now, in all. Zero is a stock too.")
    sku: str | None = field(None, description="The SKU of the product or variant, in place of `id`.")
    id: int | None = field(None, description="The product's `id`, in place of `sku`.")
    variant: int | None = field(
        None, description="The variant's `id`, beside the product's; it gets a stock of its own."
    )
    was: int | None = field(
        None,
        description="How many there were when `amount` was worked out. When there are others by now, somebody has "
        "bought or changed it meanwhile, and nothing is written.",
    )


class SetStocks(Config):
    """Many new stocks."""

    stocks: list[SetStock] = field(
        description="Each with `sku` (or `id` and `variant`) and `amount`, and perhaps `was`.",
        examples=[[{"sku": "TS-BLK-M", "amount": 18}]],
    )


class CreateVariant(Config):
    """A new variant."""

    product_id: int = field(description=_PRODUCT_ID)
    variant: Mapping[str, Any] = field(
        description="Its fields. What is left out is as the product has it; a number of its own needs "
        "`default_price: false` or the like beside it, which is added."
    )


class UpdateVariant(Config):
    """Changes to a variant."""

    product_id: int = field(description=_PRODUCT_ID)
    id: int = field(description="The variant's `id`.")
    changes: Mapping[str, Any] = field(
        default_factory=dict,
        description="The fields to change; the others stay. `default_price: true` takes the product's price; a "
        "price, an amount or a weight given here becomes the variant's own.",
    )
    clear: list[str] = field(
        default_factory=list,
        description=f"{_CLEAR} A cleared `sku` is the product's; a cleared `image` is deleted.",
        examples=[["image"]],
    )
