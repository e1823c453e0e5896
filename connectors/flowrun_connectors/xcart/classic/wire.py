"""How requests reach the classic API: one row or some rows of a table, read, created or changed.

Nothing here can delete. `DELETE` of a table without an id empties the table, so the word does not exist in this
module, and every write but `create` names the ids it means.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import urlencode

from flowrun.component.http import Client, FixedLogOn, client, encode
from flowrun.errors import Cause, Rejected, Retryable
from flowrun_connectors.xcart.classic.answers import data_of
from flowrun_connectors.xcart.settings import LARGEST_PAGE

if TYPE_CHECKING:
    from flowrun.component.http import SendGuard
    from flowrun_connectors.xcart.settings import XCartConfig

Row = dict[str, Any]
T = TypeVar("T")
Schema = Literal["default", "complex"]
Conditions = Sequence[tuple[str, str]]


class ClassicWire:
    """Sends requests for one connection. `what` names in an error what was asked for, without any data."""

    def __init__(self, connection: str, config: XCartConfig, guard: SendGuard | None) -> None:
        self.connection = connection
        self.config = config
        self._client: Client = client(
            connection,
            base_url=config.url,
            guard=guard,
            timeout=config.timeout,
            headers={"Accept": "application/json"},
            # X-Cart takes the key nowhere but in the address, and there it reaches logs and errors; so it is added to
            # what is sent, and to nothing that is shown.
            logon=FixedLogOn(query={"_key": config.token}),
        )

    async def row(self, entity: str, number: int, what: str, schema: Schema = "default") -> Row:
        """One row. Raises `Rejected` (not-found) when there is none."""
        query = [] if schema == "default" else [("_schema", schema)]
        return self._a_row(await self._ask(f"{entity}/{_id(number)}", query, what), what)

    async def pages(
        self, entity: str, what: str, *, order: tuple[str, str] | None = None, conditions: Conditions = ()
    ) -> AsyncGenerator[list[Row], None]:
        """Some rows at a time: without a limit X-Cart answers the whole table, until its memory ends.

        `order` is a column with the table's first letter before it (`o.order_id`) and a direction.
        """
        offset = 0
        while True:
            rows, at_end = await self.part(entity, what, offset, order=order, conditions=conditions)
            if rows:
                yield rows
            if at_end:
                return
            offset += len(rows)

    async def part(
        self,
        entity: str,
        what: str,
        offset: int,
        *,
        order: tuple[str, str] | None = None,
        conditions: Conditions = (),
    ) -> tuple[list[Row], bool]:
        """The rows from an offset on, as many as make a page, and whether they are the last."""
        size = max(1, min(self.config.page_size, LARGEST_PAGE))
        query = [
            *((f"_cnd{name}", value) for name, value in conditions),
            *((f"_cnd[orderBy][{place}]", word) for place, word in enumerate(order or ())),
            ("_cnd[limit][0]", str(offset)),
            ("_cnd[limit][1]", str(size)),
        ]
        rows = self._rows(await self._ask(entity, query, what), what)
        return rows, len(rows) < size

    async def or_none(
        self, read: Callable[[], Awaitable[T]], place: str, report: Callable[[str], None]
    ) -> T | None:
        """One record of a list; None, and told to `report`, when it was deleted meanwhile or X-Cart cannot show it.

        Where X-Cart breaks (500) it is asked for something else, so that a shop that is ill is not taken for one
        bad record.
        """
        try:
            return await read()
        except Rejected as error:
            report(f"{self.connection}: {place} is left out of the list: {error.message}")
        except Retryable as error:
            if error.cause.status != 500:
                raise
            await self.table("order-status-payment", "the payment statuses")
            report(f"{self.connection}: {place} cannot be read (500) and is left out of the list")
        return None

    async def create(self, entity: str, body: Mapping[str, Any], what: str) -> Row:
        """The new row, with its associations."""
        return self._a_row(await self._send("POST", f"{entity}/0", body, what), what)

    async def update(self, entity: str, number: int, body: Mapping[str, Any], what: str) -> Row:
        """The changed row, with its associations."""
        return self._a_row(await self._send("PUT", f"{entity}/{_id(number)}", body, what), what)

    async def update_many(self, entity: str, bodies: Sequence[Mapping[str, Any]], what: str) -> list[Row]:
        """The changed rows, by the ids in the bodies. Rows that do not exist are passed over without a word."""
        if not bodies:
            return []
        return self._rows(await self._send("PUT", entity, list(bodies), what), what)

    async def table(self, entity: str, what: str) -> list[Row]:
        """All rows of a small table."""
        found: list[Row] = []
        async with aclosing(self.pages(entity, what)) as parts:
            async for part in parts:
                found.extend(part)
        return found

    async def close(self) -> None:
        """Closes the client. Twice is fine."""
        await self._client.close()

    async def _ask(self, path: str, query: Sequence[tuple[str, str]], what: str) -> Any:
        asked = [("target", "RESTAPI"), ("_path", path), *query]
        answer = await self._client.send("GET", self.config.classic_path, query=asked)
        return data_of(self.connection, answer, what, path.partition("/")[0])

    async def _send(self, method: Literal["POST", "PUT"], path: str, body: Any, what: str) -> Any:
        asked = [("target", "RESTAPI"), ("_path", path)]
        kind, content = "application/json", encode(body)
        if self.config.classic_body == "form":
            kind, content = "application/x-www-form-urlencoded", urlencode({"model": content}).encode()
        answer = await self._client.send(
            method, self.config.classic_path, query=asked, body=content, headers={"Content-Type": kind}
        )
        return data_of(self.connection, answer, what, path.partition("/")[0])

    def _a_row(self, data: Any, what: str) -> Row:
        """An empty list is PHP's empty record: there was no such row."""
        if isinstance(data, dict):
            return data
        cause = Cause("not-found", connection=self.connection)
        raise Rejected(f"{self.connection}: X-Cart answers nothing for {what}: it does not exist", cause)

    def _rows(self, data: Any, what: str) -> list[Row]:
        if isinstance(data, list) and all(isinstance(row, dict) for row in data):
            return data
        raise Retryable(
            f"{self.connection}: X-Cart answers {what} with something that is no list",
            Cause("no-list", connection=self.connection),
        )


def _id(number: int) -> int:
    """Zero would create a row, and no id at all would mean the whole table."""
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise Rejected(
            f"an id is a whole number from 1 on, not {number!r}", Cause("bad-parameter", target="id")
        )
    return number
