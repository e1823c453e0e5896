"""Products, variants and stock, as X-Cart 5.5 has them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from flowrun.component import Page
from flowrun.errors import Rejected, Retryable
from flowrun.expressions.shapes import Many
from flowrun_connectors.xcart import requests, shapes
from flowrun_connectors.xcart.paging import everything, pages
from flowrun_connectors.xcart.records import Records
from flowrun_connectors.xcart.settings import XCartConfig
from flowrun_connectors.xcart.sku_index import Listed, ListedVariant, Pace, SkuIndex, Source
from flowrun_connectors.xcart.stock import Stock, StockTaker, with_own
from flowrun_connectors.xcart.values import received

_BY_NAME = [
    ("order[name]", "asc")
]  # without an order of its own a list may come in another one with each page


class Products:
    """The products of one shop."""

    def __init__(self, records: Records, config: XCartConfig) -> None:
        self._records = records
        self._wire = records.wire
        self._has_variants = config.variants
        pace = Pace(config.index_refresh.seconds, config.index_age.seconds, config.at_once)
        index = SkuIndex(self._wire.connection, Source(self._listed, self._listed_variants), pace)
        self.index = index
        self._stock = StockTaker(
            self._wire.connection, index, self._read_stock, self._write_stock, config.at_once
        )

    async def get_product(self, request: requests.ById) -> Any:
        """One product."""
        return await self._records.one("get_product", "the product", shapes.PRODUCT, id=request.id)

    async def by_sku(self, sku: str) -> Stock:
        """The product or variant with a SKU, as it is now."""
        return await self._stock.by_sku(sku)

    async def find_product(self, request: requests.FindProduct) -> Any:
        """What a SKU belongs to."""
        return await self._stock.place(request.sku)

    async def list_products(self, request: requests.ListProducts) -> Any:
        """Products."""
        reader = self._records.reader(self._wire.path("list_products"), "the list of products")
        rows = await everything(reader, _BY_NAME, self._records.page_size, request.limit)
        return received(rows, Many(shapes.PRODUCT))

    async def page_of_products(self, request: requests.Behind) -> Page:
        """The products behind those that were had, with or without some that cannot be read."""
        reader = self._records.reader(self._wire.path("list_products"), "the list of products")
        part = await reader.part(_BY_NAME, request.had, self._records.page_size)
        left = request.left()
        behind = request.had + self._records.page_size
        at_end = part.at_end or (request.limit is not None and behind >= request.limit)
        rows = received(part.rows[:left], Many(shapes.PRODUCT))
        return Page(rows, None if at_end else str(behind))

    async def create_product(self, request: requests.CreateProduct) -> Any:
        """A new product."""
        body = self._records.input(shapes.PRODUCT_INPUT, "product").creation(request.product)
        path = self._wire.path("create_product")
        return await self._records.create(path, "the new product", shapes.PRODUCT, body)

    async def update_product(self, request: requests.UpdateProduct) -> Any:
        """Some fields of a product."""
        wanted = self._records.input(shapes.PRODUCT_INPUT, "changes").changes(request.changes, request.clear)
        now = await self.get_product(requests.ById(id=request.id))
        path = self._wire.path("update_product", id=request.id)
        return await self._records.update(path, "the product", shapes.PRODUCT, now, wanted)

    async def list_variants(self, request: requests.OfProduct) -> Any:
        """The variants of a product."""
        path = self._wire.path("list_variants", product_id=request.product_id)
        return await self._records.all(path, "the variants", shapes.VARIANT)

    async def get_variant(self, request: requests.OneVariant) -> Any:
        """One variant."""
        parts = {"product_id": request.product_id, "id": request.id}
        return await self._records.one("get_variant", "the variant", shapes.VARIANT, **parts)

    async def create_variant(self, request: requests.CreateVariant) -> Any:
        """A new variant."""
        body = with_own(self._records.input(shapes.VARIANT_INPUT, "variant").creation(request.variant))
        path = self._wire.path("create_variant", product_id=request.product_id)
        return await self._records.create(path, "the new variant", shapes.VARIANT, body)

    async def update_variant(self, request: requests.UpdateVariant) -> Any:
        """Some fields of a variant."""
        given = self._records.input(shapes.VARIANT_INPUT, "changes").changes(request.changes, request.clear)
        now = await self.get_variant(requests.OneVariant(product_id=request.product_id, id=request.id))
        path = self._wire.path("update_variant", product_id=request.product_id, id=request.id)
        return await self._records.update(path, "the variant", shapes.VARIANT, now, with_own(given, now))

    async def set_stock(self, request: requests.SetStock) -> Any:
        """One stock."""
        return await self._stock.set(request)

    async def set_stocks(self, request: requests.SetStocks) -> Any:
        """Many stocks, some at once: X-Cart 5.5 takes one a request."""
        return await self._stock.set_many(request.stocks)

    async def _read_stock(self, product: int, variant: int | None, by_sku: bool) -> Stock:
        if variant is not None:
            row = await self.get_variant(requests.OneVariant(product_id=product, id=variant))
            return Stock(product, variant, row, counts=True)
        row = await self.get_product(requests.ById(id=product))
        if by_sku:  # the index knows
            return Stock(product, None, row, counts=True)
        variants = await self._listed_variants(product) or []
        return Stock(product, None, row, counts=not variants or any(not item.own_stock for item in variants))

    async def _write_stock(self, stock: Stock, amount: int) -> dict[str, Any]:
        if stock.variant is None:
            path = self._wire.path("set_stock", id=stock.product)
            return await self._records.update(
                path, "the product", shapes.PRODUCT, stock.row, {"amount": amount}
            )
        path = self._wire.path("update_variant", product_id=stock.product, id=stock.variant)
        wanted = with_own({"amount": amount}, stock.row)
        return await self._records.update(path, "the variant", shapes.VARIANT, stock.row, wanted)

    async def _listed(self) -> AsyncGenerator[list[Listed], None]:
        reader = self._records.reader(self._wire.path("list_products"), "the list of products")
        async with aclosing(pages(reader, _BY_NAME, self._records.page_size)) as parts:
            async for rows in parts:
                yield [
                    Listed(row["id"], str(row.get("sku") or ""), str(row.get("update_date") or ""))
                    for row in rows
                    if isinstance(row.get("id"), int)
                ]

    async def _listed_variants(self, product: int) -> list[ListedVariant] | None:
        """A shop without the variants add-on has no such address, and no variants."""
        if not self._has_variants:
            return []
        try:
            rows = await self.list_variants(requests.OfProduct(product_id=product))
        except Rejected as error:
            if error.cause.code == "not-found":
                return []
            raise
        except Retryable as error:
            if error.cause.status != 500:
                raise
            place = f"{self._wire.connection}: the variants of product {product}"
            self._records.report(f"{place} cannot be read (500), so its SKUs are left out")
            return None
        return [
            ListedVariant(row["id"], row.get("sku"), own_stock=not row.get("default_amount", False))
            for row in rows
        ]
