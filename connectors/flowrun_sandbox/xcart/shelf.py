"""The products of a shop: those somebody wrote, and as many more as a benchmark wants.

The many are made when they are looked at and forgotten again, so that a hundred thousand of them cost neither
start-up nor memory. One that is taken to be changed is kept from then on.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, MutableMapping
from datetime import UTC, datetime
from decimal import Decimal
from heapq import merge
from typing import Any, TypeVar

from flowrun_sandbox.xcart.model import Product, Variant

T = TypeVar("T")

_PREFIX = "BULK-"
_MADE = datetime(2025, 11, 2, 7, 0, tzinfo=UTC)


def bulk_sku(place: int) -> str:
    """The SKU of the n-th product made on demand, from 1."""
    return f"{_PREFIX}{place:06d}"


class Shelf(MutableMapping[int, Product]):
    """Products by id. ``shelf[id]`` is for changing and keeps the row; ``look`` is for reading and does not."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._kept: dict[int, Product] = {}
        self._bulk = range(0)
        self._gone: set[int] = set()
        self._ids: list[int] | None = None
        self._skus: dict[str, int] = {}
        self._sorted: dict[str, list[tuple[Any, int]]] = {}

    def fill(self, count: int, first_id: int) -> None:
        """``count`` products more, in place of those that were filled in before."""
        for id_ in set(self._kept) & set(self._bulk):
            del self._kept[id_]
        self._bulk = range(first_id, first_id + count)
        self._gone.clear()
        self._sorted.clear()
        self._ids = None

    def ids(self) -> list[int]:
        """All ids, sorted."""
        if self._ids is None:
            made = (id_ for id_ in self._bulk if id_ not in self._gone and id_ not in self._kept)
            self._ids = sorted([*self._kept, *made])
        return self._ids

    def ordered(self, name: str, key: Callable[[Product], Any]) -> list[int]:
        """All ids in the order of a field. The many that nobody has touched are sorted once."""
        if name not in self._sorted:
            self._sorted[name] = sorted((key(self._make(id_)), id_) for id_ in self._bulk)
        untouched = (
            pair for pair in self._sorted[name] if pair[1] not in self._kept and pair[1] not in self._gone
        )
        kept = sorted((key(row), id_) for id_, row in self._kept.items())
        return [id_ for _, id_ in merge(kept, untouched)]

    def look(self, id_: int) -> Product | None:
        """The product, for reading only."""
        kept = self._kept.get(id_)
        return kept if kept is not None or not self._is_made(id_) else self._make(id_)

    def values(self) -> Iterator[Product]:  # type: ignore[override]  # a view would keep what it shows
        """Every product by id, for reading only."""
        return (row for row in map(self.look, list(self.ids())) if row is not None)

    def kept(self) -> Iterator[Product]:
        """Those that are really there."""
        return iter(self._kept.values())

    def by_sku(self, sku: str) -> Product | None:
        """The product with that SKU of its own, for changing."""
        return self._by(sku, lambda row: row if row.sku == sku else None)

    def sold_as(self, sku: str) -> tuple[Product, Variant | None] | None:
        """What a shopper puts into the basket; a product with variants is sold by the variant."""

        def sold(row: Product) -> tuple[Product, Variant | None] | None:
            for variant in row.variants.values():
                if (variant.sku or row.sku) == sku:
                    return row, variant
            return (row, None) if row.sku == sku and not row.variants else None

        return self._by(sku, sold)

    def _by(self, sku: str, fits: Callable[[Product], T | None]) -> T | None:
        """Rows change under the index, so a hit is looked at, and a miss is looked for once more."""
        for stale in (True, False):
            if not stale:
                self._skus = self._index()
            row = self.get(self._skus.get(sku) or self._bulk_id(sku))
            found = fits(row) if row is not None else None
            if found is not None:
                return found
        return None

    def _index(self) -> dict[str, int]:
        """The first product by id has a SKU that two of them claim."""
        found: dict[str, int] = {}
        for id_, row in sorted(self._kept.items()):
            for sku in (row.sku, *(variant.sku for variant in row.variants.values())):
                found.setdefault(sku or row.sku, id_)
        return found

    def _bulk_id(self, sku: str) -> int:
        place = sku.removeprefix(_PREFIX)
        return self._bulk.start + int(place) - 1 if place != sku and place.isdecimal() else 0

    def _is_made(self, id_: int) -> bool:
        return id_ in self._bulk and id_ not in self._gone

    def _make(self, id_: int) -> Product:
        place = id_ - self._bulk.start + 1
        variety = random.Random(f"{self._seed}:{id_}")  # noqa: S311 - variety, not secrecy
        return Product(
            id=id_,
            sku=bulk_sku(place),
            name=f"Bulk article {place} & Co.",
            price=Decimal(variety.randint(99, 49999)) / 100,
            amount=variety.randint(0, 500),
            create_date=_MADE,
            update_date=_MADE,
            arrival_date=_MADE,
            weight=Decimal(variety.randint(1, 200)) / 10,
            clean_url=bulk_sku(place).lower(),
        )

    def __getitem__(self, id_: int) -> Product:
        if id_ not in self._kept and self._is_made(id_):
            self._kept[id_] = self._make(id_)
        return self._kept[id_]

    def __setitem__(self, id_: int, row: Product) -> None:
        self._kept[id_] = row
        self._ids = None

    def __delitem__(self, id_: int) -> None:
        if self._is_made(id_):
            self._gone.add(id_)
            self._kept.pop(id_, None)
        else:
            del self._kept[id_]
        self._ids = None

    def __contains__(self, id_: object) -> bool:
        return id_ in self._kept or (isinstance(id_, int) and self._is_made(id_))

    def __iter__(self) -> Iterator[int]:
        return iter(self.ids())

    def __len__(self) -> int:
        return len(self.ids())
