"""The order list: what has changed since when, without losing an order that changes while the list is read.

Pages drift: an order that is changed moves to the end, and the one behind it slips onto a page that was read
already. So each page is asked for by the last moment seen, not by its number.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from flowrun.errors import Cause, Rejected
from flowrun_connectors.xcart.answers import data_of
from flowrun_connectors.xcart.paging import Reader, Row
from flowrun_connectors.xcart.requests import ListOrders
from flowrun_connectors.xcart.settings import LARGEST_PAGE
from flowrun_connectors.xcart.wire import Wire

_FAR = "2099-01-01T00:00:00Z"
_WHAT = "the list of orders"


@dataclass(frozen=True, slots=True)
class Clock:
    """One of the two moments of an order: how the list calls it, and how the order does."""

    filter: str
    field: str


CHANGED = Clock("lastRenewDate", "update_date")
CREATED = Clock("date", "create_date")


class Orders:
    """Reads the order list of one shop."""

    def __init__(self, wire: Wire, report: Callable[[str], None]) -> None:
        self._wire = wire
        self._report = report
        self._path = wire.path("list_orders")
        self._size = max(1, min(wire.config.page_size, LARGEST_PAGE))
        self._filters_by_change: bool | None = None
        self._lock = asyncio.Lock()

    async def matching(self, request: ListOrders) -> list[Row]:
        """The orders, each once and in its newest form, the longest unchanged first."""
        query = [("paymentStatus.code[]", code) for code in request.payment_status]
        query += [("shippingStatus.code[]", code) for code in request.shipping_status]
        created = self._moment(request.created_since, "created_since")
        changed = self._moment(request.changed_since, "changed_since")
        if changed is None:
            return await self._forward(CREATED, created, query, request.limit)
        if created is not None:
            query.append(("date[after]", _written(created)))
        if await self._can_filter_by_change():
            return await self._forward(CHANGED, changed, query, request.limit)
        return await self._backward(changed, query, request.limit)

    async def _forward(
        self, clock: Clock, since: datetime | None, query: list[tuple[str, str]], limit: int | None
    ) -> list[Row]:
        reader = Reader(self._wire, self._path, _WHAT, self._report)
        found: dict[Any, Row] = {}
        offset = 0
        while limit is None or len(found) < limit:
            bound = [(f"{clock.filter}[after]", _written(since))] if since is not None else []
            part = await reader.part([*query, *bound, (f"order[{clock.filter}]", "asc")], offset, self._size)
            for row in part.rows:
                found.pop(row.get("id"), None)
                found[row.get("id")] = row
            if part.at_end:
                break
            last = _moment_in(part.rows[-1], clock) if part.rows else None
            if last is not None and (since is None or last > since):
                since, offset = last, 0
            else:  # a whole page within one second
                offset += self._size
        return list(found.values())[:limit]

    async def _backward(self, since: datetime, query: list[tuple[str, str]], limit: int | None) -> list[Row]:
        """For shops that ignore a filter by change (5.5.0): the newest first, until the moment is reached."""
        reader = Reader(self._wire, self._path, _WHAT, self._report)
        found: dict[Any, Row] = {}
        offset, older = 0, False
        while not older:
            part = await reader.part([*query, ("order[lastRenewDate]", "desc")], offset, self._size)
            for row in part.rows:
                moment = _moment_in(row, CHANGED)
                older = moment is not None and moment < since
                if older:
                    break
                found.setdefault(row.get("id"), row)
            older = older or part.at_end
            offset += self._size
        return list(reversed(found.values()))[:limit]

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

    def _moment(self, value: Any, name: str) -> datetime | None:
        """X-Cart ignores a moment it cannot read and then sends everything, so it must be a sound one."""
        if value is None:
            return None
        moment = _parsed(value)
        if moment is not None:
            return moment
        raise Rejected(
            f"{self._wire.connection}: `{name}` must be a moment with its zone, such as 2026-03-14T09:26:53Z",
            Cause("bad-parameter", target=name, connection=self._wire.connection),
        )


def probe_query() -> list[tuple[str, str]]:
    """Asks for no order at all."""
    return [("date[after]", _FAR), ("itemsPerPage", "1")]


def _parsed(value: Any) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo is not None else None
    return datetime(value.year, value.month, value.day, tzinfo=UTC) if isinstance(value, date) else None


def _moment_in(row: Row, clock: Clock) -> datetime | None:
    return _parsed(row.get(clock.field))


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
