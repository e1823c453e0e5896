"""Lists of a shop, page after page.

A list of X-Cart 5.5 is a bare array, without a total or a next link: a page that is not full is the last one.
Behind a gateway it may be a Hydra collection, which is read too. One order that X-Cart cannot show (an item's
product was deleted, a status of the shop's own has no code) makes the whole page answer 500; then the page is
split until that order stands alone, and it is left out and reported.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from flowrun.errors import Cause, Fatal, Retryable
from flowrun_connectors.xcart.answers import data_of, failure
from flowrun_connectors.xcart.wire import Query, Wire

GIVE_UP_AFTER = 8  # records in a row that cannot be read: then it is the shop that is ill, not a record
_SURELY_WHOLE = 10  # no shop cuts its pages as short as this

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
        self._left_out: list[str] = []

    async def part(self, query: Query, offset: int, size: int) -> Part:
        """Rows from `offset`, which is a multiple of `size`."""
        answer = await self._wire.ask(self._path, [*query, *_page(offset // size + 1, size)])
        if answer.status_code == 500:
            if size > 1:
                return await self._split(query, offset, size)
            self._leave_out(failure(self._wire.connection, answer, self._what, writing=False))
            return Part([], at_end=False)
        rows, at_end = self._rows(data_of(self._wire.connection, answer, self._what), size)
        for warning in self._left_out:  # now that the shop is known to be well
            self._report(warning)
        self._left_out.clear()
        if rows:
            self._before = _named(rows[-1])
        if offset == 0 and at_end:
            await self._refuse_cut_pages(query, rows, size)
        self._wire.longest_page = max(self._wire.longest_page, len(rows))
        return Part(rows, at_end)

    def _rows(self, data: Any, size: int) -> tuple[list[Row], bool]:
        """The rows of a page, and whether it is the last: a Hydra collection says so, an array by its length."""
        if isinstance(data, list):
            return data, len(data) < size
        for start in ("hydra:", ""):  # API Platform 3 leaves the prefix out
            rows, view = data.get(f"{start}member"), data.get(f"{start}view")
            if isinstance(rows, list):
                return rows, f"{start}next" not in view if isinstance(view, dict) else len(rows) < size
        raise Retryable(
            f"{self._wire.connection}: X-Cart answers {self._what} with something that is no list",
            Cause("no-list", connection=self._wire.connection),
        )

    async def _refuse_cut_pages(self, query: Query, rows: list[Row], size: int) -> None:
        """A shop may allow shorter pages than it is asked for and says nothing of it. Such a page would look
        like the last, so where none as long was seen yet, it is asked for what is behind it. A list that knows
        no pages answers the same again.
        """
        if not max(_SURELY_WHOLE, self._wire.longest_page) <= len(rows) < size:
            return
        answer = await self._wire.ask(self._path, [*query, *_page(2, size)])
        if not answer.is_success:
            return
        behind, _ = self._rows(data_of(self._wire.connection, answer, self._what), size)
        if all(row in rows for row in behind):
            return
        raise Fatal(
            f"{self._wire.connection}: the shop cuts {self._what} into pages of {len(rows)} though {size} are "
            f"asked for, so records would be missed; set `page_size: {len(rows)}` for this connection",
            Cause("page-size", target="page_size", connection=self._wire.connection),
        )

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
        place = f"the one after {self._before}" if self._before else "the first one"
        self._left_out.append(
            f"{self._wire.connection}: {self._what}: {place} cannot be read (500) and is left out"
        )
        if len(self._left_out) >= GIVE_UP_AFTER:
            raise error


async def pages(reader: Reader, query: Query, page_size: int) -> AsyncGenerator[list[Row], None]:
    """A list page by page, with no more of it in memory. Stops when a page brings nothing new: not every list
    knows pages.

    A row that moves while the list is read may come twice, in two pages.
    """
    before: set[Any] = set()
    offset = 0
    while True:
        part = await reader.part(query, offset, page_size)
        ids = {row.get("id", (offset, index)) for index, row in enumerate(part.rows)}
        new = [row for row in part.rows if row.get("id") is None or row.get("id") not in before]
        if new:
            yield new
        if part.at_end or (part.rows and not new):
            return
        before = ids or before
        offset += page_size


async def everything(reader: Reader, query: Query, page_size: int, limit: int | None = None) -> list[Row]:
    """The whole list, each row once."""
    found: dict[Any, Row] = {}
    async with aclosing(pages(reader, query, page_size)) as parts:
        async for rows in parts:
            found.update((row.get("id", (len(found), index)), row) for index, row in enumerate(rows))
            if limit is not None and len(found) >= limit:
                break
    return list(found.values())[:limit]


def _page(number: int, size: int) -> list[tuple[str, str]]:
    return [("page", str(number)), ("itemsPerPage", str(size))]


def _named(row: Row) -> str:
    if row.get("order_number"):
        return f"order {row['order_number']}"
    return f"id {row.get('id', '?')}"
