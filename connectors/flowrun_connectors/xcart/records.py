"""Records of the 5.5 API: read one, read all, write what differs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flowrun.expressions.shapes import Many, Record
from flowrun_connectors.xcart.paging import Reader, everything
from flowrun_connectors.xcart.settings import LARGEST_PAGE
from flowrun_connectors.xcart.values import Input, differing, received
from flowrun_connectors.xcart.wire import Query, Wire


@dataclass(frozen=True, slots=True)
class Records:
    """How all areas of the 5.5 API read and write. `report` is told of rows that had to be left out."""

    wire: Wire
    report: Callable[[str], None]

    @property
    def page_size(self) -> int:
        """How many rows a page is asked to have."""
        return max(1, min(self.wire.config.page_size, LARGEST_PAGE))

    def input(self, shape: Record, place: str) -> Input:
        """What makes the body of a write."""
        return Input(self.wire.connection, shape, place)

    def reader(self, path: str, what: str) -> Reader:
        """A reader of one list."""
        return Reader(self.wire, path, what, self.report)

    async def one(self, operation: str, what: str, shape: Record, **parts: int | str) -> dict[str, Any]:
        """The record at the operation's address."""
        return await self.at(self.wire.path(operation, **parts), what, shape)

    async def at(self, path: str, what: str, shape: Record) -> dict[str, Any]:
        """The record at an address."""
        found: dict[str, Any] = received(await self.wire.get(path, what), shape)
        return found

    async def all(
        self, path: str, what: str, shape: Record, query: Query = (), limit: int | None = None
    ) -> list[dict[str, Any]]:
        """The whole list at an address."""
        rows = await everything(self.reader(path, what), query, self.page_size, limit)
        found: list[dict[str, Any]] = received(rows, Many(shape))
        return found

    async def create(self, path: str, what: str, shape: Record, body: Mapping[str, Any]) -> dict[str, Any]:
        """The new record as the shop answers it."""
        found: dict[str, Any] = received(await self.wire.send("POST", path, body, what), shape)
        return found

    async def update(
        self, path: str, what: str, shape: Record, now: Mapping[str, Any], wanted: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The record with what was wanted. Only the fields that differ are sent, so nothing that the shop holds
        is ever sent back to it; when none differs, nothing is.
        """
        body = differing(now, wanted)
        if not body:
            return {**now, "changed": False}
        return {**received(await self.wire.send("PUT", path, body, what), shape), "changed": True}
