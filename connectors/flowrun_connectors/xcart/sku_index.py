"""Which product or variant a SKU belongs to, since no X-Cart can be asked for that.

The index is filled by reading all products and the variants of each (a request a product, some at once), and
kept in memory. When a SKU is unknown, the product list is read again, but variants only of products that are new
or changed. So the first SKU after a start costs most, and a miss later on only the pages of the product list.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from flowrun.errors import Cause, Rejected
from flowrun_connectors.xcart.together import together


class Listed(NamedTuple):
    """A product as the list has it. `stamp` changes when the product does."""

    id: int
    sku: str
    stamp: str


class ListedVariant(NamedTuple):
    """A variant. Without a `sku` it has its product's; with `own_stock` false, its product's stock."""

    id: int
    sku: str | None
    own_stock: bool


class Place(NamedTuple):
    """What a SKU belongs to: a product, or one of its variants.

    `own_stock`: a stock written there is what customers can buy. `also` are variants without a SKU that have a
    stock of their own, so that the SKU alone does not say whose stock is meant.
    """

    product: int
    variant: int | None
    own_stock: bool
    also: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """How an API is read for the index."""

    products: Callable[[], AsyncGenerator[list[Listed], None]]
    variants: Callable[[int], Awaitable[list[ListedVariant] | None]]
    """None where they cannot be read: then the product's SKUs are not in the index."""


@dataclass(slots=True)
class _Known:
    """What was put into the index for one product, so that it can be taken out again."""

    stamp: str
    read_at: float
    skus: tuple[str, ...]
    round: int


@dataclass(frozen=True, slots=True)
class Pace:
    """How often and how fast a shop is read. In seconds, `at_once` in requests."""

    refresh: float
    age: float
    at_once: int


class SkuIndex:
    """The SKUs of one shop."""

    def __init__(self, connection: str, source: Source, pace: Pace) -> None:
        self._connection = connection
        self._source = source
        self._pace = pace
        self._places: dict[str, Place | tuple[Place, ...]] = {}
        self._products: dict[int, _Known] = {}
        self._refreshed = float("-inf")
        self._round = 0
        self._lock = asyncio.Lock()

    async def find(self, sku: str) -> Place:
        """Raises `Rejected` when nothing has this SKU, or more than one thing."""
        if sku not in self._places:
            await self._refresh(sku)
        found = self._places.get(sku)
        if found is None:
            raise Rejected(
                f"{self._connection}: no product or variant has the SKU '{sku}'; it was looked for "
                f"{time.monotonic() - self._refreshed:.0f} s ago and is asked for again after "
                f"{self._pace.refresh:.0f} s",
                Cause("not-found", target="sku", connection=self._connection, value=sku),
            )
        if not isinstance(found, Place):
            places = ", ".join(_named(place) for place in sorted(found, key=_named))
            raise Rejected(
                f"{self._connection}: the SKU '{sku}' belongs to {places}; give each its own, or use `id`",
                Cause("ambiguous-sku", target="sku", connection=self._connection, value=sku),
            )
        return found

    def forget(self, product: int) -> None:
        """What is known of a product is no longer true. The next search for its SKUs reads the shop at once."""
        known = self._products.pop(product, None)
        if known is not None:
            self._take_out(product, known.skus)
            self.expire()

    def expire(self) -> None:
        """The next search for an unknown SKU reads the shop at once."""
        self._refreshed = float("-inf")

    async def learn(self, product: Listed) -> None:
        """A product that is new, so that nobody has to search for it."""
        await self._read(product)

    def __len__(self) -> int:
        return len(self._places)

    async def _refresh(self, sku: str) -> None:
        """One reading at a time; who waited for it looks again before reading once more."""
        async with self._lock:
            if sku in self._places or time.monotonic() - self._refreshed < self._pace.refresh:
                return
            self._round += 1
            async with aclosing(self._source.products()) as parts:
                async for products in parts:
                    await self._page(products)
            gone = [product for product, known in self._products.items() if known.round != self._round]
            for product in gone:
                self._take_out(product, self._products.pop(product).skus)
            self._refreshed = time.monotonic()

    async def _page(self, products: list[Listed]) -> None:
        """A page of products. What was read stays when a later page fails, so the next attempt goes on there."""
        unread: list[Listed] = []
        for product in products:
            known = self._products.get(product.id)
            fresh = known is not None and time.monotonic() - known.read_at < self._pace.age
            if known is not None and known.stamp == product.stamp and fresh:
                known.round = self._round
            else:
                unread.append(product)
        await together([partial(self._read, product) for product in unread], self._pace.at_once)

    async def _read(self, product: Listed) -> None:
        variants = await self._source.variants(product.id)
        if variants is None:
            return
        places = _places(product, variants)
        known = self._products.get(product.id)
        if known is not None:
            self._take_out(product.id, known.skus)
        for sku, place in places.items():
            others = self._places.get(sku, ())
            others = (others,) if isinstance(others, Place) else others
            self._places[sku] = (*others, *place) if others or len(place) > 1 else place[0]
        self._products[product.id] = _Known(product.stamp, time.monotonic(), tuple(places), self._round)

    def _take_out(self, product: int, skus: tuple[str, ...]) -> None:
        for sku in skus:
            found = self._places.pop(sku, ())
            kept = tuple(p for p in ((found,) if isinstance(found, Place) else found) if p.product != product)
            if kept:
                self._places[sku] = kept[0] if len(kept) == 1 else kept


def _places(product: Listed, variants: list[ListedVariant]) -> dict[str, list[Place]]:
    """The SKUs of a product and its variants. Where every variant has its own stock, the product's means nothing."""
    counts = not variants or any(not variant.own_stock for variant in variants)
    also = tuple(variant.id for variant in variants if not variant.sku and variant.own_stock)
    found: dict[str, list[Place]] = {}
    if product.sku:
        found[product.sku] = [Place(product.id, None, counts, also)]
    for variant in variants:
        if variant.sku:
            place = Place(product.id, variant.id, variant.own_stock)
            found.setdefault(variant.sku, []).append(place)
    return found


def _named(place: Place) -> str:
    variant = f" variant {place.variant}" if place.variant is not None else ""
    return f"product {place.product}{variant}"
