"""Operations on products, variants, stock and prices."""

from __future__ import annotations

from typing import Any

from flowrun.component import operation
from flowrun.expressions.shapes import Many
from flowrun_connectors.xcart import requests, shapes
from flowrun_connectors.xcart.operations.shop import ShopConnector


class ProductOperations(ShopConnector):
    """Products, variants, stock and prices."""

    @operation(reads=True, returns=shapes.PRODUCT)
    async def get_product(self, request: requests.ById) -> Any:
        """Reads one product."""
        return await self._do("get_product", request)

    @operation(reads=True, returns=shapes.PLACE)
    async def find_product(self, request: requests.FindProduct) -> Any:
        """Finds the product or variant that has a SKU.

        No X-Cart can be asked for a SKU, so flowrun keeps them all in memory. The first search after a start
        reads every product and its variants; a SKU that is not known later on makes it read what is new.
        `variant_id` is null when the SKU is the product's own. `own_stock` is false for a variant that shares
        its product's stock, and for a product whose variants all have their own.
        """
        return await self._do("find_product", request)

    @operation(reads=True, returns=Many(shapes.PRODUCT), paged=True)
    async def list_products(self, request: requests.ListProducts) -> Any:
        """Reads all products.

        X-Cart finds none by change, so a flow that looks for changed ones reads them all.
        """
        return await self._do("list_products", request)

    @operation(reads=True, returns=Many(shapes.ON_SALE), paged=True)
    async def list_stocks(self, request: requests.ListStocks) -> Any:
        """Reads how many there are of what can be bought: of products, and of variants with a stock of their own.

        `variant` is null where the stock is the product's. What has no stock of its own is not in it, be it a
        variant or a product whose variants all have one; nor are SKUs that the shop does not have. A variant
        without a SKU has its product's, or null where more than one thing is bought by that. X-Cart wants a
        request for the variants of each product, unless `variants` is false in the settings.
        """
        return await self._do("list_stocks", request)

    @operation(returns=shapes.PRODUCT)
    async def create_product(self, request: requests.CreateProduct) -> Any:
        """Creates a product. The SKU must be new."""
        return await self._do("create_product", request)

    @operation(repeatable=True, returns=shapes.changed(shapes.PRODUCT))
    async def update_product(self, request: requests.UpdateProduct) -> Any:
        """Changes some fields of a product; the others stay as they are.

        What is so already is not sent; when nothing differs, `changed` is false.
        """
        return await self._do("update_product", request)

    @operation(repeatable=True, returns=shapes.SAVED)
    async def save_product(self, request: requests.SaveProduct) -> Any:
        """Makes the product that has a SKU, or brings it up to date.

        Only fields that differ are sent; fields in `only_when_new` are sent when the product is made and never
        afterwards. `action` is `created`, `updated`, `unchanged` or `absent`; `written` names what was sent. Safe
        to repeat: a product that was made without an answer is found by its SKU. When the SKU is a variant's, only
        price, weight and amount are its own; `left_out` names the rest, which belongs to its product. A
        translation into a language that the shop has not switched on is refused, and nothing of it stays.
        """
        return await self._do("save_product", request)

    @operation(repeatable=True, returns=shapes.PRICED)
    async def set_prices(self, request: requests.SetPrices) -> Any:
        """Sets the price of a SKU and its whole list of prices by quantity and membership.

        Only what differs is written; prices that are not in the list are deleted. A variant gets a price of its own.
        """
        return await self._do("set_prices", request)

    @operation(repeatable=True, returns=shapes.STOCK)
    async def set_stock(self, request: requests.SetStock) -> Any:
        """Sets the stock of a product or of a variant, by SKU or by id.

        The number takes the place of X-Cart's own, which counts orders that SAP may not know yet: subtract
        those first. A variant that shared the product's stock gets its own. Nothing is sent when the stock is
        so already, nor when it is not what it `was` any more (code `stock-moved`); a product whose variants all
        have their own stock is refused.
        """
        return await self._do("set_stock", request)

    @operation(repeatable=True, returns=shapes.STOCKS)
    async def set_stocks(self, request: requests.SetStocks) -> Any:
        """Sets many stocks, some at once.

        `refused` names those that could not be set, each with the reason, and `moved` those that are not what
        they `was` any more; the others are set all the same.
        """
        return await self._do("set_stocks", request)

    @operation(reads=True, returns=Many(shapes.VARIANT))
    async def list_variants(self, request: requests.OfProduct) -> Any:
        """Reads the variants of a product. `default_price: true` and the like mean: as the product has it."""
        return await self._do("list_variants", request)

    @operation(reads=True, returns=shapes.VARIANT)
    async def get_variant(self, request: requests.OneVariant) -> Any:
        """Reads one variant."""
        return await self._do("get_variant", request)

    @operation(returns=shapes.VARIANT)
    async def create_variant(self, request: requests.CreateVariant) -> Any:
        """Creates a variant of a product."""
        return await self._do("create_variant", request)

    @operation(repeatable=True, returns=shapes.changed(shapes.VARIANT))
    async def update_variant(self, request: requests.UpdateVariant) -> Any:
        """Changes some fields of a variant; the others stay as they are.

        What is so already is not sent; when nothing differs, `changed` is false.
        """
        return await self._do("update_variant", request)

    @operation(reads=True, returns=Many(shapes.WHOLESALE_PRICE))
    async def list_wholesale_prices(self, request: requests.OfPriced) -> Any:
        """Reads the prices of a product or variant by quantity and membership.

        `membership` is the id of one, or null for everybody; see `list_memberships`.
        """
        return await self._do("list_wholesale_prices", request)

    @operation(repeatable=True, returns=shapes.changed(shapes.WHOLESALE_PRICE))
    async def create_wholesale_price(self, request: requests.CreateWholesalePrice) -> Any:
        """Creates a price for some quantity and more, for everybody or for one membership.

        The same price twice is created once. Another price for the same quantity and membership is refused:
        see `update_wholesale_price`.
        """
        return await self._do("create_wholesale_price", request)

    @operation(repeatable=True, returns=shapes.changed(shapes.WHOLESALE_PRICE))
    async def update_wholesale_price(self, request: requests.UpdateWholesalePrice) -> Any:
        """Changes the price or the quantity of a wholesale price, if they differ."""
        return await self._do("update_wholesale_price", request)

    @operation(repeatable=True, returns=shapes.DELETED)
    async def delete_wholesale_price(self, request: requests.DeleteWholesalePrice) -> Any:
        """Deletes a wholesale price. One that is gone already is no error."""
        return await self._do("delete_wholesale_price", request)
