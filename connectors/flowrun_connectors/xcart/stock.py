"""Stock writes: whose stock a SKU means, compared before it is written.

A stock is an absolute number on every X-Cart, written with nothing to guard it. A product's own number reaches
nobody where each of its variants has a stock of its own, so such a write is refused instead of lost.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from flowrun.errors import Cause, Rejected
from flowrun_connectors.xcart.requests import SetStock
from flowrun_connectors.xcart.sku_index import Place, SkuIndex
from flowrun_connectors.xcart.together import together

_INHERITED = ("price", "amount", "weight")
MOVED = "stock-moved"


class Moved(str):
    """Why a stock was not set that had changed meanwhile."""

    __slots__ = ()


def with_own(wanted: Mapping[str, Any], now: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A number given for a variant is its own: while `default_amount` is true X-Cart keeps the number and does not
    look at it. `now` is the variant as it is, if there is one.
    """
    inherited = [
        name for name in _INHERITED if name in wanted and (now is None or now.get(f"default_{name}"))
    ]
    return {**{f"default_{name}": False for name in inherited}, **wanted}


@dataclass(frozen=True, slots=True)
class Stock:
    """A product or variant as it is now. `counts`: its own number is what customers can buy."""

    product: int
    variant: int | None
    row: Mapping[str, Any]
    counts: bool


ReadStock = Callable[[int, int | None, bool], Awaitable[Stock]]
"""How an API reads a product, or its variant. True when it was found by its SKU: then the index has told already
whether its number counts."""

WriteStock = Callable[[Stock, int], Awaitable[dict[str, Any]]]
"""How an API writes a stock when it differs. Answers the record and `changed`."""


class StockTaker:
    """Sets stocks in one shop."""

    def __init__(
        self, connection: str, index: SkuIndex, read: ReadStock, write: WriteStock, at_once: int
    ) -> None:
        self._connection = connection
        self._index = index
        self._read = read
        self._write = write
        self._at_once = at_once

    async def place(self, sku: str) -> dict[str, Any]:
        """What a SKU belongs to, as `find_product` answers it."""
        found, stock = await self._verified(sku)
        own = found.own_stock if found.variant is None else not stock.row.get("default_amount")
        return {"product_id": found.product, "variant_id": found.variant, "own_stock": own}

    async def by_sku(self, sku: str) -> Stock:
        """The product or variant with a SKU, as it is now."""
        return (await self._verified(sku))[1]

    async def set(self, request: SetStock) -> dict[str, Any]:
        """One stock. Nothing is sent when it is so already."""
        stock = await self.look_up(request)
        return await self._write(stock, request.amount)

    async def set_many(self, wanted: list[SetStock]) -> dict[str, Any]:
        """Many stocks. What is wrong with one does not stop the others; it is told in `refused`."""
        made = await together([partial(self._set_or_refuse, request) for request in wanted], self._at_once)
        return summary(wanted, made)

    async def _set_or_refuse(self, request: SetStock) -> bool | str:
        try:
            return bool((await self.set(request))["changed"])
        except Rejected as error:
            return Moved(error.message) if error.cause.code == MOVED else error.message

    async def look_up(self, request: SetStock) -> Stock:
        """The record whose stock is meant, as it is now. Raises `Rejected` when there is none, or it is not sure
        whose.
        """
        if request.amount < 0:
            raise self._refused("amount", f"is {request.amount}; a stock cannot be less than zero")
        if (request.sku is None) == (request.id is None):
            raise self._refused("sku", "or `id` is needed, and not both")
        if request.id is not None:
            stock = await self._read(request.id, request.variant, False)
        elif request.variant is not None:
            raise self._refused("variant", "belongs to `id`; a `sku` says by itself which variant is meant")
        else:
            stock = await self._by_sku(str(request.sku))
        if stock.counts:
            self._check_it_stood_still(request, stock)
            return stock
        raise self._refused(
            "sku" if request.id is None else "id",
            f"means product {stock.product}, but each of its variants has a stock of its own, so the number would "
            "reach nobody; set the stock of the variants",
        )

    def _check_it_stood_still(self, request: SetStock, stock: Stock) -> None:
        """As close to a condition on the write as X-Cart comes: what is left is the time between two requests."""
        now = stock.row.get("amount")
        if request.was is None or now in (request.was, request.amount):
            return
        cause = Cause(MOVED, target="was", connection=self._connection)
        what = f"the stock of {request.sku or f'product {stock.product}'}"
        raise Rejected(
            f"{self._connection}: {what} was {request.was} and is {now} by now; work it out anew", cause
        )

    async def _by_sku(self, sku: str) -> Stock:
        place, stock = await self._verified(sku)
        if place.also:
            raise self._refused(
                "sku",
                f"'{sku}' is product {place.product}'s, and its variants {', '.join(map(str, place.also))} share it "
                "with stocks of their own; give each its own SKU, or use `id` and `variant`",
            )
        return Stock(stock.product, stock.variant, stock.row, place.own_stock or place.variant is not None)

    async def _verified(self, sku: str) -> tuple[Place, Stock]:
        """The index may be older than the shop: when the record is gone, or has another SKU by now, it is looked
        for once more.
        """
        for _ in range(2):
            place = await self._index.find(sku)
            stock = await self._read_or_none(place)
            if stock is not None and stock.row.get("sku") == sku:
                return place, stock
            self._index.forget(place.product)
        raise self._refused("sku", f"'{sku}' is changing in the shop at this moment; try again later")

    async def _read_or_none(self, place: Place) -> Stock | None:
        try:
            return await self._read(place.product, place.variant, True)
        except Rejected as error:
            if error.cause.code != "not-found":
                raise
            return None

    def _refused(self, name: str, why: str) -> Rejected:
        cause = Cause("bad-parameter", target=name, connection=self._connection)
        return Rejected(f"{self._connection}: `{name}` {why}", cause)


def summary(wanted: list[SetStock], made: list[bool | str]) -> dict[str, Any]:
    """What `set_stocks` answers: how many were written or were so already, and what was not set and why."""
    not_set = [
        (
            result,
            {
                "sku": request.sku,
                "id": request.id,
                "variant": request.variant,
                "amount": request.amount,
                "reason": str(result),
            },
        )
        for request, result in zip(wanted, made, strict=True)
        if isinstance(result, str)
    ]
    return {
        "changed": sum(result is True for result in made),
        "unchanged": sum(result is False for result in made),
        "moved": [row for result, row in not_set if isinstance(result, Moved)],
        "refused": [row for result, row in not_set if not isinstance(result, Moved)],
    }
