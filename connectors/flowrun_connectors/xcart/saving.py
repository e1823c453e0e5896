"""Saving a product by its SKU: made when the shop has none, brought up to date where it differs, on either API.

A SKU is unique in a shop, and so is what makes a second attempt safe: a product that was made without our hearing of
it is found by its SKU before anything is sent again, and X-Cart refuses a second one with the same SKU.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from flowrun.errors import Cause, Rejected, Retryable
from flowrun_connectors.xcart import requests, shapes
from flowrun_connectors.xcart.requests import SaveProduct
from flowrun_connectors.xcart.sku_index import Listed, SkuIndex
from flowrun_connectors.xcart.stock import Stock, with_own
from flowrun_connectors.xcart.values import Input, differing

_OF_VARIANTS = ("price", "default_price", "weight", "default_weight", "amount", "default_amount")
_LANGUAGE = "language"


class Shelf(Protocol):
    """The products of one shop, through either API."""

    index: SkuIndex

    async def by_sku(self, sku: str) -> Stock:
        """The product or variant with this SKU as it is now. Raises `Rejected` (not-found)."""

    async def create_product(self, request: requests.CreateProduct) -> Any:
        """A new product."""

    async def update_product(self, request: requests.UpdateProduct) -> Any:
        """Some fields of a product."""

    async def update_variant(self, request: requests.UpdateVariant) -> Any:
        """Some fields of a variant."""


Translate = Callable[[int, str, Mapping[str, Any]], Awaitable[list[str]]]
"""Writes texts of a product in a language where they differ. Answers the names of those it wrote."""


class Saver:
    """Saves products of one shop. Without `translate` the API has no texts in several languages."""

    def __init__(self, connection: str, shelf: Shelf, translate: Translate | None = None) -> None:
        self.connection = connection
        self.shelf = shelf
        self.translate = translate
        self._making = asyncio.Lock()

    async def save_product(self, request: SaveProduct) -> dict[str, Any]:
        """Looks, then makes, changes or leaves alone."""
        fields = self._input("product", request.product)
        texts = self._texts(request)
        found: Stock | int | None = await self._found(request.sku)
        if found is None:
            if not request.create:
                return _saved(request.sku, None, None, "absent")
            async with self._making:  # two at the same moment would both find nothing
                found = await self._found(request.sku) or await self._created(request.sku, fields)
        if isinstance(found, int):
            written = await self._translated(found, texts)
            return _saved(request.sku, found, None, "created", [*fields, *written])
        kept = _without(fields, request.only_when_new)
        if found.variant is not None:
            return await self._save_variant(request.sku, found, kept)
        written = await self._update(found.product, found.row, kept)
        spoken = [_without(text, request.only_when_new) for text in texts]
        written += await self._translated(found.product, spoken)
        return _saved(request.sku, found.product, None, "updated" if written else "unchanged", written)

    def _texts(self, request: SaveProduct) -> list[dict[str, Any]]:
        texts = [self._input("translations", text) for text in request.translations]
        if texts and self.translate is None:
            raise self._refused("translations", "cannot be written: this API has texts in one language only")
        if any(not text.get(_LANGUAGE) for text in texts):
            raise self._refused("translations", "needs a `language` in each of its records")
        return texts

    async def _created(self, sku: str, fields: Mapping[str, Any]) -> Stock | int:
        """The id of the new product; or the product that is there already although nobody knew of it."""
        body = {"amount": 0, **fields, "sku": sku}  # without a word X-Cart would put a thousand on the shelf
        try:
            made = await self.shelf.create_product(requests.CreateProduct(product=body))
        except Retryable as error:
            if not error.doubt:
                raise
            found = await self._looked_again(sku)
            if found is None:
                raise
            return found.product
        except Rejected:
            found = await self._looked_again(sku)
            if found is None:
                raise
            return found
        number = int(made["id"])
        await self.shelf.index.learn(Listed(number, sku, str(made.get("update_date") or "")))
        return number

    async def _looked_again(self, sku: str) -> Stock | None:
        self.shelf.index.expire()
        try:
            return await self._found(sku)
        except Retryable:
            return None  # the error of the write tells more

    async def _found(self, sku: str) -> Stock | None:
        try:
            return await self.shelf.by_sku(sku)
        except Rejected as error:
            if error.cause.code != "not-found":
                raise
            return None

    async def _update(self, product: int, now: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
        changes = differing(now, wanted)
        if not changes:
            return []
        await self.shelf.update_product(requests.UpdateProduct(id=product, changes=changes))
        return list(changes)

    async def _save_variant(self, sku: str, found: Stock, fields: Mapping[str, Any]) -> dict[str, Any]:
        own = {name: value for name, value in fields.items() if name in _OF_VARIANTS}
        changes = differing(found.row, with_own(own, found.row))
        if changes:
            request = requests.UpdateVariant(
                product_id=found.product, id=int(found.row["id"]), changes=changes
            )
            await self.shelf.update_variant(request)
        action = "updated" if changes else "unchanged"
        left_out = [name for name in fields if name not in own]
        return _saved(sku, found.product, found.variant, action, list(changes), left_out)

    async def _translated(self, product: int, texts: Sequence[Mapping[str, Any]]) -> list[str]:
        written: list[str] = []
        for text in texts:
            fields = _without(text, [_LANGUAGE])
            if fields and self.translate is not None:
                names = await self.translate(product, str(text[_LANGUAGE]), fields)
                written += [f"{text[_LANGUAGE]}.{name}" for name in names]
        return written

    def _input(self, place: str, given: Mapping[str, Any]) -> dict[str, Any]:
        return Input(self.connection, shapes.PRODUCT_INPUT, place).creation(given)

    def _refused(self, name: str, why: str) -> Rejected:
        cause = Cause("bad-parameter", target=name, connection=self.connection)
        return Rejected(f"{self.connection}: `{name}` {why}", cause)


def _without(fields: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def _saved(
    sku: str,
    product: int | None,
    variant: int | None,
    action: str,
    written: Sequence[str] = (),
    left_out: Sequence[str] = (),
) -> dict[str, Any]:
    return {
        "sku": sku,
        "product_id": product,
        "variant_id": variant,
        "action": action,
        "changed": action in ("created", "updated"),
        "written": list(written),
        "left_out": list(left_out),
    }
