"""The order list: what has changed since when, without losing an order that changes while the list is read.

Pages drift: an order that is changed moves to the end, and the one behind it slips onto a page that was read
already. So each page is asked for by the last moment seen, not by its number.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from flowrun_connectors.xcart.answers import data_of
from flowrun_connectors.xcart.moments import filter_text, parsed
from flowrun_connectors.xcart.order_rules import Since, fits, since_of
from flowrun_connectors.xcart.paging import Row
from flowrun_connectors.xcart.records import Records
from flowrun_connectors.xcart.requests import ListOrders

_FAR = "2099-01-01T00:00:00Z"
_WHAT = "the list of orders"


@dataclass(frozen=True, slots=True)
class Clock:
    """One of the two moments of an order: how the list calls it, and how the order does."""

    filter: str
    field: str


CHANGED = Clock("lastRenewDate", "update_date")
CREATED = Clock("date", "create_date")


class OrderList:
    """Reads the order list of one shop."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._wire = records.wire
        self._path = self._wire.path("list_orders")
        self._filters_by_change: bool | None = None
        self._lock = asyncio.Lock()

    async def matching(self, request: ListOrders) -> list[Row]:
        """The orders, each once and in its newest form, the longest unchanged first."""
        since = since_of(request, self._wire.connection)
        backward = since.changed is not None and not await self._can_filter_by_change()
        rows = self._backward(since, request) if backward else self._forward(since, request)
        found: dict[Any, Row] = {}
        async with aclosing(rows) as parts:
            async for part in parts:
                for row in part:
                    if fits(row, request, since):
                        found.pop(row.get("id"), None)
                        found[row.get("id")] = row
                if request.limit is not None and len(found) >= request.limit and not backward:
                    break
        ordered = list(reversed(found.values())) if backward else list(found.values())
        return ordered[: request.limit]

    async def _forward(self, since: Since, request: ListOrders) -> AsyncGenerator[list[Row], None]:
        """Page by page, the longest unchanged first. An order that changes meanwhile comes again."""
        clock, moment = (CHANGED, since.changed) if since.changed else (CREATED, since.created)
        query = _query(request, since if since.changed else Since(None, None))
        reader = self._records.reader(self._path, _WHAT)
        offset = 0
        while True:
            bound = [(f"{clock.filter}[after]", filter_text(moment))] if moment is not None else []
            part = await reader.part(
                [*query, *bound, (f"order[{clock.filter}]", "asc")], offset, self._records.page_size
            )
            yield part.rows
            if part.at_end:
                return
            last = parsed(part.rows[-1].get(clock.field)) if part.rows else None
            if last is not None and (moment is None or last > moment):
                moment, offset = last, 0
            else:  # a whole page within one second
                offset += self._records.page_size

    async def _backward(self, since: Since, request: ListOrders) -> AsyncGenerator[list[Row], None]:
        """For shops that ignore a filter by change (5.5.0): the newest first, until the moment is reached."""
        reader = self._records.reader(self._path, _WHAT)
        query = [*_query(request, since), ("order[lastRenewDate]", "desc")]
        seen: set[Any] = set()  # an order that changes meanwhile pushes the others onto the next page
        offset = 0
        while True:
            part = await reader.part(query, offset, self._records.page_size)
            yield [row for row in part.rows if row.get("id") not in seen]
            seen.update(row.get("id") for row in part.rows)
            moment = parsed(part.rows[-1].get(CHANGED.field)) if part.rows else None
            if part.at_end or (moment is not None and since.changed is not None and moment < since.changed):
                return
            offset += self._records.page_size

    async def _can_filter_by_change(self) -> bool:
        """An unknown filter is ignored without a word, so it is tried once with a day that no order has
        seen.
        """
        async with self._lock:
            if self._filters_by_change is None:
                query = [(f"{CHANGED.filter}[after]", _FAR), ("page", "1"), ("itemsPerPage", "1")]
                answer = await self._wire.ask(self._path, query)
                self._filters_by_change = (
                    answer.status_code != 500 and data_of(self._wire.connection, answer, _WHAT) == []
                )
            return self._filters_by_change


def probe_query() -> list[tuple[str, str]]:
    """Asks for no order at all."""
    return [("date[after]", _FAR), ("itemsPerPage", "1")]


def _query(request: ListOrders, since: Since) -> list[tuple[str, str]]:
    """The filters that X-Cart knows. A status without a code is in none of them."""
    query: list[tuple[str, str]] = []
    for name, codes in (
        ("paymentStatus", request.payment_status),
        ("shippingStatus", request.shipping_status),
    ):
        if not any(code.isdigit() for code in codes):
            query += [(f"{name}.code[]", code) for code in codes]
    if since.created is not None:
        query.append(("date[after]", filter_text(since.created)))
    return query
