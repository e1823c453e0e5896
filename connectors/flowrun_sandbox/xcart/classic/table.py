"""What the classic API knows of one table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flowrun_sandbox.xcart.shop import Shop

Json = dict[str, Any]
Condition = Callable[[Shop, Any, Any], bool]


class RestError(ValueError):
    """An exception inside the shop: its text goes into ``X-REST-Error``."""


def _nothing(_shop: Shop, _row: Any) -> Json:
    return {}


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table by the name of its primary key, its rows and what may be done with them.

    ``every`` is what a list without conditions holds, ``searched`` what conditions choose from.
    """

    key: str
    every: Callable[[Shop], Iterable[Any]]
    scalars: Callable[[Shop, Any], Json]
    one: Callable[[Shop, int], Any]
    associations: Callable[[Shop, Any], Json] = _nothing
    search: Callable[[Shop], Iterable[Any]] | None = None
    complex: Callable[[Shop, Any], Json] | None = None
    conditions: Mapping[str, Condition] = field(default_factory=dict)
    create: Callable[[Shop, Json], Any] | None = None
    alter: Callable[[Shop, Any, Json], None] | None = None
    remove: Callable[[Shop, Any], None] | None = None
    read_only: bool = False

    def searched(self, shop: Shop) -> Iterable[Any]:
        """What conditions choose from: real orders, where the plain list holds carts too."""
        return (self.search or self.every)(shop)

    def whole(self, shop: Shop, row: Any) -> Json:
        """One row with its associations, which are one level deep and hold columns only."""
        return self.scalars(shop, row) | self.associations(shop, row)
