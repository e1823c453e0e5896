"""What can be bought and how many there are: products, and variants with a stock of their own, on either API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from flowrun.component import Page
from flowrun.errors import Rejected, Retryable
from flowrun_connectors.xcart import requests
from flowrun_connectors.xcart.settings import XCartConfig
from flowrun_connectors.xcart.stock import Stock
from flowrun_connectors.xcart.together import together

Row = Mapping[str, Any]
_NOT_IN_THE_SHOP = frozenset({"not-found", "ambiguous-sku"})


class Shelf(Protocol):
    """The products of one shop, through either API."""

    async def find_product(self, request: requests.FindProduct) -> Any:
        """What a SKU belongs to."""

    async def by_sku(self, sku: str) -> Stock:
        """The product or variant with this SKU as it is now."""

    async def page_of_products(self, request: requests.Behind) -> Page:
        """The products behind those that were had."""

    async def list_variants(self, request: requests.OfProduct) -> Any:
        """The variants of a product."""


@dataclass(frozen=True, slots=True)
class OnSale:
    """The stocks of one shop. `report` is told what X-Cart cannot show."""

    shelf: Shelf
    config: XCartConfig
    report: Callable[[str], None]

    async def list_stocks(self, request: requests.ListStocks) -> list[dict[str, Any]]:
        """Of some SKUs, or of all."""
        if request.skus is not None:
            return await self._of([partial(self._by_sku, sku) for sku in dict.fromkeys(request.skus)])
        found: list[dict[str, Any]] = []
        behind: str | None = "0"
        while behind is not None:
            page = await self.page_of_stocks(requests.Behind(int(behind)))
            found += page.rows
            behind = page.next
        return found

    async def page_of_stocks(self, request: requests.Behind) -> Page:
        """Of the products behind those that were had."""
        page = await self.shelf.page_of_products(request)
        return Page(await self._of([partial(self._of_product, row) for row in page.rows]), page.next)

    async def _of(self, jobs: list[Callable[[], Awaitable[list[dict[str, Any]]]]]) -> list[dict[str, Any]]:
        return [row for rows in await together(jobs, self.config.at_once) for row in rows]

    async def _by_sku(self, sku: str) -> list[dict[str, Any]]:
        """Nothing for a SKU that is not in the shop, or has no stock of its own."""
        try:
            place = await self.shelf.find_product(requests.FindProduct(sku=sku))
            stock = await self.shelf.by_sku(sku)
        except Rejected as error:
            if error.cause.code in _NOT_IN_THE_SHOP:
                return []
            raise
        if stock.variant is None:
            return [row for row in await self._of_product(stock.row) if row["sku"] == sku]
        return [_shown(stock.row, stock.product, stock.variant)] if place["own_stock"] else []

    async def _of_product(self, product: Row) -> list[dict[str, Any]]:
        variants = await self._variants(product["id"]) if self.config.variants else []
        return [] if variants is None else rows_of(product, variants)

    async def _variants(self, product: int) -> Sequence[Row] | None:
        """None where X-Cart cannot show them: whose number counts is not known then."""
        try:
            found: Sequence[Row] = await self.shelf.list_variants(requests.OfProduct(product_id=product))
        except Rejected as error:
            if error.cause.code != "not-found":  # a shop without the variants add-on has no such address
                raise
            return []
        except Retryable as error:
            if error.cause.status != 500:
                raise
            self.report(f"the variants of product {product} cannot be read (500), so its stocks are left out")
            return None
        return found


def rows_of(product: Row, variants: Sequence[Row]) -> list[dict[str, Any]]:
    """The product's own stock, unless every variant has one; and those of the variants that have. A variant without a
    SKU has its product's, where nothing else is bought by that.
    """
    owners = [one for one in variants if not one.get("default_amount")]
    shared = [] if variants and len(owners) == len(variants) else [_shown(product, product["id"], None)]
    of_variants = [_shown(one, product["id"], one["id"]) for one in owners]
    nameless = [row for row in of_variants if row["sku"] is None]
    if len(nameless) == 1 and not shared:
        nameless[0]["sku"] = product.get("sku") or None
    return shared + of_variants


def _shown(row: Row, product: int, variant: int | None) -> dict[str, Any]:
    return {"sku": row.get("sku") or None, "id": product, "variant": variant, "amount": row.get("amount")}
