"""Lists of a shop, page after page.

A list of X-Cart 5.5 is a bare array, without a total or a next link: a page that is not full is the last one.
One order that X-Cart cannot show (an item's product was deleted, a status of the shop's own has no code)
makes the whole page answer 500; then the page is split until that order stands alone, and it is left out and
reported.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flowrun.errors import Retryable
from flowrun_connectors.xcart.answers import data_of, failure
from flowrun_connectors.xcart.wire import Query, Wire

GIVE_UP_AFTER = 8  # records in a row that cannot be read: then it is the shop that is ill, not a record

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a list. `at_end`: there are none behind them."""

    rows: list[Row]
    at_end: bool


class Reader:
    """Reads stretches of one list. Each row that had to be left out is told to `report`."""

    def __init__(self, wire: Wire, path: str, what: str, report: Callable[[str], None]) -> None:
        self._wire = wire
        self._path = path
        self._what = what
        self._report = report
        self._before = ""
        self._failures = 0

    async def part(self, query: Query, offset: int, size: int) -> Part:
        """Rows from `offset`, which is a multiple of `size`."""
        page = [("page", str(offset // size + 1)), ("itemsPerPage", str(size))]
        answer = await self._wire.ask(self._path, [*query, *page])
        if answer.status_code == 500:
            if size > 1:
                return await self._split(query, offset, size)
            self._leave_out(failure(self._wire.connection, answer, self._what, writing=False))
            return Part([], at_end=False)
        rows = data_of(self._wire.connection, answer, self._what)
        if not isinstance(rows, list):
            raise Retryable(
                f"{self._wire.connection}: X-Cart answers {self._what} with something that is no list"
            )
        self._failures = 0
        if rows:
            self._before = _named(rows[-1])
        return Part(rows, at_end=len(rows) < size)

    async def _split(self, query: Query, offset: int, size: int) -> Part:
        """Pages can only start at multiples of their size, so a page is split into equal ones."""
        smaller = size // next(number for number in range(2, size + 1) if size % number == 0)
        rows: list[Row] = []
        for start in range(offset, offset + size, smaller):
            part = await self.part(query, start, smaller)
            rows.extend(part.rows)
            if part.at_end:
                return Part(rows, at_end=True)
        return Part(rows, at_end=False)

    def _leave_out(self, error: Exception) -> None:
        self._failures += 1
        if self._failures >= GIVE_UP_AFTER:
            raise error
        place = f"the one after {self._before}" if self._before else "the first one"
        self._report(f"{self._wire.connection}: {self._what}: {place} cannot be read (500) and is left out")


async def everything(reader: Reader, query: Query, page_size: int, limit: int | None = None) -> list[Row]:
    """The whole list, each row once. Stops when a page brings nothing new: not every list knows pages."""
    found: dict[Any, Row] = {}
    offset = 0
    while limit is None or len(found) < limit:
        part = await reader.part(query, offset, page_size)
        new = {row.get("id", (offset, index)): row for index, row in enumerate(part.rows)}
        at_end = part.at_end or (bool(new) and new.keys() <= found.keys())
        found.update(new)
        if at_end:
            break
        offset += page_size
    return list(found.values())[:limit]


def _named(row: Row) -> str:
    if row.get("order_number"):
        return f"order {row['order_number']}"
    return f"id {row.get('id', '?')}"
