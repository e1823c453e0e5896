"""Wholesale prices: per product or variant, by quantity and membership, as X-Cart 5.5 has them."""

from __future__ import annotations

from typing import Any

from flowrun.errors import Cause, Rejected
from flowrun_connectors.xcart import requests, shapes
from flowrun_connectors.xcart.records import Records

_WHAT = "the wholesale price"


class Prices:
    """The wholesale prices of one shop."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._wire = records.wire

    async def list_wholesale_prices(self, request: requests.OfPriced) -> Any:
        """All steps of a product or variant."""
        return await self._records.all(self.path(request), "the wholesale prices", shapes.WHOLESALE_PRICE)

    async def create_wholesale_price(self, request: requests.CreateWholesalePrice) -> Any:
        """A step. Quantity and membership are its key, so a repetition finds it."""
        body = self._records.input(shapes.WHOLESALE_PRICE, "it").creation(
            {
                "type": request.type,
                "price": request.price,
                "quantity_range_begin": request.quantity_range_begin,
                "membership": request.membership,
            }
        )
        for row in await self.list_wholesale_prices(request):
            if self._key(row) != self._key(body):
                continue
            if row.get("price") == request.price and row.get("type", "price") == request.type:
                return {**row, "changed": False}
            raise Rejected(
                f"{self._wire.connection}: there is a wholesale price for this quantity and membership already, with "
                f"the id {row.get('id')}; change it by `update_wholesale_price`",
                Cause("exists", target="quantity_range_begin", connection=self._wire.connection),
            )
        made = await self._records.create(self.path(request), _WHAT, shapes.WHOLESALE_PRICE, body)
        return {**made, "changed": True}

    async def update_wholesale_price(self, request: requests.UpdateWholesalePrice) -> Any:
        """Another price or quantity."""
        wanted = self._records.input(shapes.WHOLESALE_PRICE, "it").creation(
            {"price": request.price, "quantity_range_begin": request.quantity_range_begin}
        )
        path = f"{self.path(request)}/{request.id}"
        now = await self._records.at(path, _WHAT, shapes.WHOLESALE_PRICE)
        return await self._records.update(path, _WHAT, shapes.WHOLESALE_PRICE, now, wanted)

    async def delete_wholesale_price(self, request: requests.DeleteWholesalePrice) -> Any:
        """A step that is gone already is no error."""
        try:
            await self._wire.delete(f"{self.path(request)}/{request.id}", _WHAT)
        except Rejected as error:
            if error.cause.code != "not-found":
                raise
            return {"id": request.id, "changed": False}
        return {"id": request.id, "changed": True}

    def path(self, request: requests.OfPriced) -> str:
        """Where they are."""
        if request.variant is None:
            return self._wire.path("product_wholesale_prices", product_id=request.product_id)
        parts = {"product_id": request.product_id, "variant": request.variant}
        return self._wire.path("variant_wholesale_prices", **parts)

    @staticmethod
    def _key(row: dict[str, Any]) -> tuple[Any, Any]:
        return row.get("quantity_range_begin"), row.get("membership")
