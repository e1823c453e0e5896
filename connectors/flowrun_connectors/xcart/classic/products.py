"""Products, variants and stock through the classic API."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any

from flowrun.component import Page
from flowrun.errors import Cause, Rejected, Retryable
from flowrun.expressions.shapes import Record
from flowrun_connectors.xcart import requests, shapes
from flowrun_connectors.xcart.classic import columns, rows
from flowrun_connectors.xcart.classic.wire import ClassicWire
from flowrun_connectors.xcart.sku_index import Listed, ListedVariant, Pace, SkuIndex, Source
from flowrun_connectors.xcart.stock import MOVED, Moved, Stock, StockTaker, summary, with_own
from flowrun_connectors.xcart.together import together
from flowrun_connectors.xcart.values import Input, differing, received

_PRODUCT = "the product"
_VARIANT = "the variant"
_VARIANTS = "xc-productvariants-productvariant"
_AT_A_TIME = 100  # stocks in one request


class Products:
    """The products of one shop."""

    def __init__(self, wire: ClassicWire, report: Callable[[str], None]) -> None:
        self._wire = wire
        self._report = report
        config = wire.config
        pace = Pace(config.index_refresh.seconds, config.index_age.seconds, config.at_once)
        self.index = SkuIndex(wire.connection, Source(self._listed, self._listed_variants), pace)
        self._stock = StockTaker(
            wire.connection, self.index, self._read_stock, self._write_stock, config.at_once
        )

    async def get_product(self, request: requests.ById) -> Any:
        """One product."""
        return self._product(await self._wire.row("product", request.id, _PRODUCT))

    async def by_sku(self, sku: str) -> Stock:
        """The product or variant with a SKU, as it is now."""
        return await self._stock.by_sku(sku)

    async def find_product(self, request: requests.FindProduct) -> Any:
        """What a SKU belongs to."""
        return await self._stock.place(request.sku)

    async def list_products(self, request: requests.ListProducts) -> Any:
        """The list has no names, so each product is read, some at once."""
        found: list[Any] = []
        async with aclosing(self._listed()) as parts:
            async for part in parts:
                if request.limit is not None and len(found) >= request.limit:
                    break
                reads = [partial(self._product_or_none, row.id) for row in part]
                read = await together(reads, self._wire.config.at_once)
                found.extend(product for product in read if product is not None)
        return found[: request.limit]

    async def page_of_products(self, request: requests.Behind) -> Page:
        """The products behind those that were had, with or without some that cannot be read."""
        part, at_end = await self._wire.part(
            "product", "the list of products", request.had, order=("p.product_id", "asc")
        )
        left = request.left()
        reads = [partial(self._product_or_none, row["product_id"]) for row in part[:left]]
        found = [one for one in await together(reads, self._wire.config.at_once) if one is not None]
        behind = request.had + len(part)
        at_end = at_end or (request.limit is not None and behind >= request.limit)
        return Page(found, None if at_end else str(behind))

    async def _product_or_none(self, number: int) -> Any:
        read = partial(self.get_product, requests.ById(id=number))
        return await self._wire.or_none(read, f"product {number}", self._report)

    async def create_product(self, request: requests.CreateProduct) -> Any:
        """A new product."""
        given = Input(self._wire.connection, shapes.PRODUCT_INPUT, "product").creation(request.product)
        body = columns.written(self._wire.connection, "product", given, columns.PRODUCT)
        return self._product(await self._wire.create("product", body, "the new product"))

    async def update_product(self, request: requests.UpdateProduct) -> Any:
        """Some fields of a product."""
        wanted = self._changes(shapes.PRODUCT_INPUT, request.changes, request.clear)
        now = await self.get_product(requests.ById(id=request.id))
        return await self._update("product", request.id, now, wanted)

    async def list_variants(self, request: requests.OfProduct) -> Any:
        """The product tells which there are; each is read for its options."""
        product = await self._wire.row("product", request.product_id, _PRODUCT)
        listed = [row for row in product.get("variants") or () if isinstance(row, dict)]
        reads = [partial(self._wire.row, _VARIANTS, row["id"], _VARIANT) for row in listed]
        found = await together(reads, self._wire.config.at_once)
        return [received(rows.variant(row), shapes.VARIANT) for row in found]

    async def get_variant(self, request: requests.OneVariant) -> Any:
        """One variant, if it is one of the product."""
        row = await self._wire.row(_VARIANTS, request.id, _VARIANT)
        if (row.get("product") or {}).get("product_id") != request.product_id:
            cause = Cause("not-found", target="id", connection=self._wire.connection)
            raise Rejected(
                f"{self._wire.connection}: product {request.product_id} has no variant {request.id}", cause
            )
        return received(rows.variant(row), shapes.VARIANT)

    async def update_variant(self, request: requests.UpdateVariant) -> Any:
        """Some fields of a variant."""
        wanted = self._changes(shapes.VARIANT_INPUT, request.changes, request.clear)
        now = await self.get_variant(requests.OneVariant(product_id=request.product_id, id=request.id))
        return await self._update(_VARIANTS, request.id, now, with_own(wanted, now))

    async def set_stock(self, request: requests.SetStock) -> Any:
        """One stock."""
        return await self._stock.set(request)

    async def set_stocks(self, request: requests.SetStocks) -> Any:
        """Many stocks: each is compared, and those that differ are written in one request for a hundred."""
        looks = [partial(self._look_up, one) for one in request.stocks]
        looked = await together(looks, self._wire.config.at_once)
        result: list[bool | str] = [False if isinstance(stock, Stock) else stock for stock in looked]
        for entity, of_variants in (("product", False), (_VARIANTS, True)):
            todo = [
                (place, stock, request.stocks[place].amount)
                for place, stock in enumerate(looked)
                if isinstance(stock, Stock)
                and (stock.variant is not None) is of_variants
                and differing(stock.row, _wanted(stock, request.stocks[place].amount))
            ]
            for start in range(0, len(todo), _AT_A_TIME):
                some = todo[start : start + _AT_A_TIME]
                written = await self._write_many(entity, [(stock, amount) for _, stock, amount in some])
                for (place, _, _), done in zip(some, written, strict=True):
                    result[place] = done
        return summary(request.stocks, result)

    async def _look_up(self, request: requests.SetStock) -> Stock | str:
        try:
            return await self._stock.look_up(request)
        except Rejected as error:
            return Moved(error.message) if error.cause.code == MOVED else error.message

    async def _write_many(self, entity: str, stocks: Sequence[tuple[Stock, int]]) -> list[bool | str]:
        """X-Cart answers the rows that it changed, and no word of the others."""
        key = "id" if entity == _VARIANTS else "product_id"
        bodies = [
            {
                key: stock.row["id"],
                **columns.written(self._wire.connection, "stocks", _wanted(stock, amount), columns.VARIANT),
            }
            for stock, amount in stocks
        ]
        answered = await self._wire.update_many(entity, bodies, "the stocks")
        now = {row.get(key): row.get("amount") for row in answered}
        return [
            True if now.get(stock.row["id"]) == amount else "X-Cart passed it over without a reason"
            for stock, amount in stocks
        ]

    async def _read_stock(self, product: int, variant: int | None, by_sku: bool) -> Stock:
        if variant is not None:
            found = await self.get_variant(requests.OneVariant(product_id=product, id=variant))
            return Stock(product, variant, found, counts=True)
        row = await self._wire.row("product", product, _PRODUCT)
        variants = [item for item in row.get("variants") or () if isinstance(item, dict)]
        counts = not variants or any(item.get("defaultAmount") for item in variants)
        return Stock(product, None, self._product(row), counts)

    async def _write_stock(self, stock: Stock, amount: int) -> dict[str, Any]:
        entity = "product" if stock.variant is None else _VARIANTS
        return await self._update(entity, stock.row["id"], stock.row, _wanted(stock, amount))

    async def _update(
        self, entity: str, number: int, now: Mapping[str, Any], wanted: Mapping[str, Any]
    ) -> dict[str, Any]:
        of_product = entity == "product"
        todo = differing(now, wanted)
        table = columns.PRODUCT if of_product else columns.VARIANT
        body = columns.written(self._wire.connection, "changes", todo, table)
        if not body:
            return {**now, "changed": False}
        made = await self._wire.update(entity, number, body, _PRODUCT if of_product else _VARIANT)
        new = self._product(made) if of_product else received(rows.variant(made), shapes.VARIANT)
        columns.refuse_ignored(self._wire.connection, "changes", now, new, todo)
        return {**new, "changed": True}

    def _changes(self, shape: Record, changes: Mapping[str, Any], clear: list[str]) -> dict[str, Any]:
        return Input(self._wire.connection, shape, "changes").changes(changes, clear)

    def _product(self, row: Mapping[str, Any]) -> Any:
        return received(rows.product(row, self._wire.config.classic_language), shapes.PRODUCT)

    async def _listed(self) -> AsyncGenerator[list[Listed], None]:
        pages = self._wire.pages("product", "the list of products", order=("p.product_id", "asc"))
        async with aclosing(pages):
            async for part in pages:
                yield [
                    Listed(row["product_id"], str(row.get("sku") or ""), str(row.get("updateDate") or ""))
                    for row in part
                ]

    async def _listed_variants(self, product: int) -> list[ListedVariant] | None:
        if not self._wire.config.variants:
            return []
        try:
            row = await self._wire.row("product", product, _PRODUCT)
        except Rejected:  # deleted meanwhile
            return None
        except Retryable as error:
            if error.cause.status != 500:
                raise
            self._report(
                f"{self._wire.connection}: product {product} cannot be read (500); its SKUs are left out"
            )
            return None
        return [
            ListedVariant(item["id"], item.get("sku") or None, own_stock=not item.get("defaultAmount"))
            for item in row.get("variants") or ()
            if isinstance(item, dict)
        ]


def _wanted(stock: Stock, amount: int) -> dict[str, Any]:
    return {"amount": amount} if stock.variant is None else with_own({"amount": amount}, stock.row)
