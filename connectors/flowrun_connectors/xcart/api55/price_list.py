"""All prices of a product or variant at once: what is not in the list goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flowrun.errors import Cause, Rejected
from flowrun.expressions.suggest import did_you_mean
from flowrun_connectors.xcart import requests, shapes
from flowrun_connectors.xcart.api55.prices import Prices
from flowrun_connectors.xcart.api55.products import Products
from flowrun_connectors.xcart.records import Records
from flowrun_connectors.xcart.stock import Stock, with_own
from flowrun_connectors.xcart.values import differing

Key = tuple[int, int | None]
"""From how many pieces on, and for which membership."""


class PriceList:
    """The prices of one shop, by SKU."""

    def __init__(self, records: Records, products: Products, prices: Prices) -> None:
        self._records = records
        self._connection = records.wire.connection
        self._products = products
        self._prices = prices

    async def set_prices(self, request: requests.SetPrices) -> dict[str, Any]:
        """Writes what differs. What is dearer or new comes first and what goes comes last, so that no customer
        finds a gap between.
        """
        ids = await self._memberships(request)
        wanted = self._wanted(request.wholesale, ids)
        owned = None if request.memberships is None else {ids[name] for name in request.memberships}
        found = await self._products.by_sku(request.sku)
        changed = await self._set_price(found, request.price)
        place = requests.OfPriced(product_id=found.product, variant=found.variant)
        rows = await self._rows(place, wanted)
        created, updated, kept = 0, 0, set()
        for key, price in wanted.items():
            row = next((row for row in rows if _key(row) == key), None)
            if row is None:
                await self._create(place, key, price)
                created += 1
                continue
            kept.add(row["id"])
            updated += await self._update(place, row, price)
        deleted = await self._delete(
            place, [row for row in rows if row["id"] not in kept and _is_owned(row, owned)]
        )
        return {
            "sku": request.sku,
            "product_id": found.product,
            "variant_id": found.variant,
            "changed": changed or created + updated + deleted > 0,
            "price_changed": changed,
            "created": created,
            "updated": updated,
            "deleted": deleted,
        }

    async def _set_price(self, found: Stock, price: Decimal) -> bool:
        if found.variant is None:
            if not differing(found.row, {"price": price}):
                return False
            done = await self._products.update_product(
                requests.UpdateProduct(id=found.product, changes={"price": price})
            )
            return bool(done["changed"])
        changes = differing(found.row, with_own({"price": price}, found.row))
        if not changes:
            return False
        request = requests.UpdateVariant(product_id=found.product, id=found.variant, changes=changes)
        return bool((await self._products.update_variant(request))["changed"])

    async def _rows(self, place: requests.OfPriced, wanted: Mapping[Key, Decimal]) -> list[dict[str, Any]]:
        """A shop without the add-on for wholesale prices has no such list; that is fine while none are wanted."""
        try:
            found: list[dict[str, Any]] = await self._prices.list_wholesale_prices(place)
        except Rejected as error:
            if wanted or error.cause.code != "not-found":
                raise
            return []
        return found

    async def _create(self, place: requests.OfPriced, key: Key, price: Decimal) -> None:
        await self._prices.create_wholesale_price(
            requests.CreateWholesalePrice(
                product_id=place.product_id,
                variant=place.variant,
                price=price,
                quantity_range_begin=key[0],
                membership=key[1],
                type="price",
            )
        )

    async def _update(self, place: requests.OfPriced, row: Mapping[str, Any], price: Decimal) -> bool:
        wanted = {"price": price, "type": "price"}
        if not differing({"type": "price", **row}, wanted):
            return False
        path = f"{self._prices.path(place)}/{row['id']}"
        await self._records.update(path, "the wholesale price", shapes.WHOLESALE_PRICE, row, wanted)
        return True

    async def _delete(self, place: requests.OfPriced, rows: Sequence[Mapping[str, Any]]) -> int:
        for row in rows:
            await self._prices.delete_wholesale_price(
                requests.DeleteWholesalePrice(
                    product_id=place.product_id, variant=place.variant, id=row["id"]
                )
            )
        return len(rows)

    async def _memberships(self, request: requests.SetPrices) -> dict[str, int]:
        """The ids of the memberships that are named. Without any, the shop is not asked."""
        named = [
            *(request.memberships or ()),
            *(row.membership for row in request.wholesale if row.membership),
        ]
        if not named:
            return {}
        path = self._records.wire.path("list_memberships")
        rows = await self._records.all(path, "the memberships", shapes.MEMBERSHIP)
        ids = {str(row["name"]): int(row["id"]) for row in rows}
        for name in named:
            if name not in ids:
                raise self._refused(
                    "membership", f"'{name}' does not exist in the shop; {did_you_mean(name, ids)}"
                )
        return ids

    def _wanted(
        self, wholesale: Sequence[requests.WholesaleStep], ids: Mapping[str, int]
    ) -> dict[Key, Decimal]:
        wanted: dict[Key, Decimal] = {}
        for row in wholesale:
            key = (row.quantity_range_begin, ids[row.membership] if row.membership else None)
            if key in wanted:
                raise self._refused("wholesale", f"has two prices for {_named(row)}; leave one")
            if row.quantity_range_begin < 1 or key == (1, None):
                raise self._refused("wholesale", f"has a price for {_named(row)}; that one is `price`")
            wanted[key] = row.price
        return wanted

    def _refused(self, name: str, why: str) -> Rejected:
        cause = Cause("bad-parameter", target=name, connection=self._connection)
        return Rejected(f"{self._connection}: `{name}` {why}", cause)


def _key(row: Mapping[str, Any]) -> Key:
    return row["quantity_range_begin"], row.get("membership")


def _is_owned(row: Mapping[str, Any], owned: set[int] | None) -> bool:
    return owned is None or row.get("membership") is None or row["membership"] in owned


def _named(row: requests.WholesaleStep) -> str:
    return f"{row.quantity_range_begin} pieces and {row.membership or 'everybody'}"
