"""Orders through the classic API."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial
from typing import Any

from flowrun.errors import Cause, Rejected
from flowrun_connectors.xcart import requests, shapes
from flowrun_connectors.xcart.classic import rows
from flowrun_connectors.xcart.classic.wire import ClassicWire
from flowrun_connectors.xcart.moments import of_seconds
from flowrun_connectors.xcart.order_rules import (
    Kind,
    Since,
    fits,
    pair_result,
    since_of,
    status_code,
    with_pair,
    writes,
)
from flowrun_connectors.xcart.payments import with_state
from flowrun_connectors.xcart.together import together
from flowrun_connectors.xcart.values import received

_WHAT = "the order"
_END = 4102444800  # 2100-01-01: the list is asked for a range of days, and its end must be given


class Orders:
    """The orders of one shop."""

    def __init__(self, wire: ClassicWire, report: Callable[[str], None]) -> None:
        self._wire = wire
        self._report = report
        self._statuses: dict[Kind, list[dict[str, Any]]] = {}

    async def probe(self) -> None:
        """The shortest list there is: the payment statuses."""
        self._statuses.pop("payment", None)
        await self._table("payment")

    async def get_order(self, request: requests.ById) -> Any:
        """Two reads: neither schema has everything."""
        default, told = await together(
            [
                partial(self._wire.row, "order", request.id, _WHAT),
                partial(self._wire.row, "order", request.id, _WHAT, "complex"),
            ],
            2,
        )
        if default.get("orderNumber") is None:
            cause = Cause("not-found", target="id", connection=self._wire.connection)
            raise Rejected(f"{self._wire.connection}: {request.id} is a cart, and no order", cause)
        return with_pair(received(rows.order(default, told), shapes.ORDER))

    async def get_order_by_number(self, request: requests.ByNumber) -> Any:
        """Searched, since only the id is an address."""
        number = request.order_number
        if not re.fullmatch(r"\w+", number, re.ASCII):
            raise Rejected(
                f"{self._wire.connection}: `order_number` must be letters, digits and `_` only",
                Cause("bad-parameter", target="order_number", connection=self._wire.connection),
            )
        parts = self._wire.pages(
            "order", "the list of orders", order=("o.order_id", "asc"), conditions=[("[orderNumber]", number)]
        )
        async with aclosing(parts):
            async for part in parts:
                for row in part:
                    if str(row.get("orderNumber")) == number:
                        return await self.get_order(requests.ById(id=row["order_id"]))
        cause = Cause("not-found", target="order_number", connection=self._wire.connection)
        raise Rejected(f"{self._wire.connection}: there is no order with this number", cause)

    async def list_orders(self, request: requests.ListOrders) -> Any:
        """The list tells only which orders there are; each is read by itself, some at once."""
        since = since_of(request, self._wire.connection)
        ids = await self._ids(since)
        found: list[Any] = []
        step = max(1, self._wire.config.at_once)
        for start in range(0, len(ids), step):
            some = [partial(self._order_or_none, number) for number in ids[start : start + step]]
            orders = await together(some, step)
            found.extend(order for order in orders if order is not None and fits(order, request, since))
            if request.limit is not None and len(found) >= request.limit:
                break
        return found[: request.limit]

    async def list_payment_transactions(self, request: requests.OfOrder) -> Any:
        """The transactions of an order, each with what its gateway answered."""
        order = await self._wire.row("order", request.order_id, _WHAT)
        currency = (order.get("currency") or {}).get("code")
        listed = [row for row in order.get("payment_transactions") or () if isinstance(row, dict)]
        what = "the payment transaction"
        whole = await together(
            [partial(self._wire.row, "payment-transaction", row["transaction_id"], what) for row in listed],
            self._wire.config.at_once,
        )
        found = [
            rows.transaction(row, list(more.get("backend_transactions") or ()), currency)
            for row, more in zip(listed, whole, strict=True)
        ]
        return [with_state(received(row, shapes.TRANSACTION)) for row in found]

    async def get_order_history(self, request: requests.OfOrder) -> Any:
        """What happened to an order."""
        order = await self._wire.row("order", request.order_id, _WHAT)
        return [rows.event(row) for row in order.get("events") or () if isinstance(row, dict)]

    async def get_payment_status(self, request: requests.ById) -> Any:
        """The payment status."""
        return (await self._now(request.id))["payment"]

    async def get_shipping_status(self, request: requests.ById) -> Any:
        """The shipping status."""
        return (await self._now(request.id))["shipping"]

    async def set_payment_status(self, request: requests.SetStatus) -> Any:
        """Compares first: each change sends e-mails."""
        return await self._set(request.id, "payment", request.code, await self._now(request.id))

    async def set_shipping_status(self, request: requests.SetStatus) -> Any:
        """Compares first: each change sends e-mails."""
        return await self._set(request.id, "shipping", request.code, await self._now(request.id))

    async def set_statuses(self, request: requests.SetStatuses) -> Any:
        """Both, one after the other, as on 5.5: a repetition finds what was done."""
        before = await self._now(request.id)
        now = (status_code(before["payment"]), status_code(before["shipping"]))
        wanted = (request.payment or now[0], request.shipping or now[1])
        made = {kind: await self._set(request.id, kind, code, before) for kind, code in writes(now, wanted)}
        return pair_result(request.id, now, made)

    async def add_tracking_number(self, request: requests.AddTrackingNumber) -> Any:
        """Compares first: X-Cart would keep the same number twice."""
        order = await self.get_order(requests.ById(id=request.id))
        if any(row.get("value") == request.number for row in order["tracking_numbers"]):
            return {**order, "changed": False}
        body = {"value": request.number, "order": {"order_id": request.id}}
        made = await self._wire.create("ordertrackingnumber", body, "the tracking number")
        parcel = {"id": made.get("tracking_id"), "date": None, "value": request.number}
        return {**order, "tracking_numbers": [*order["tracking_numbers"], parcel], "changed": True}

    async def _ids(self, since: Since) -> list[int]:
        """The orders that may be meant, the longest unchanged first. There is no filter by change, so the newest
        are read first, until the moment is reached.
        """
        backward = since.changed is not None
        order = ("o.lastRenewDate", "desc") if backward else ("o.date", "asc")
        start = int(since.created.timestamp()) if since.created is not None else 0
        conditions = [("[date][0]", str(start)), ("[date][1]", str(_END))]
        found: dict[int, None] = {}
        parts = self._wire.pages("order", "the list of orders", order=order, conditions=conditions)
        async with aclosing(parts):
            async for part in parts:
                found.update(
                    (row["order_id"], None)
                    for row in part
                    if row.get("orderNumber") and _is_since(row, since)
                )
                if since.changed is not None and _changed(part[-1]) < since.changed:
                    break
        return list(reversed(found)) if backward else list(found)

    async def _order_or_none(self, number: int) -> Any:
        read = partial(self.get_order, requests.ById(id=number))
        return await self._wire.or_none(read, f"order {number}", self._report)

    async def _now(self, order_id: int) -> dict[Kind, dict[str, Any]]:
        order = await self._wire.row("order", order_id, _WHAT)
        return {
            "payment": rows.status(order.get("paymentStatus")) or {},
            "shipping": rows.status(order.get("shippingStatus")) or {},
        }

    async def _set(
        self, order_id: int, kind: Kind, code: str, before: dict[Kind, dict[str, Any]]
    ) -> dict[str, Any]:
        now = before[kind]
        if code in (now.get("code"), str(now.get("id"))):
            return {**now, "changed": False}
        number = await self._id_of(kind, code)
        order = await self._wire.update(
            "order", order_id, {f"{kind}Status": {"id": number}}, f"the {kind} status"
        )
        new = rows.status(order.get(f"{kind}Status")) or {}
        if new.get("id") != number:
            raise Rejected(
                f"{self._wire.connection}: X-Cart took the {kind} status but left it as it was",
                Cause("ignored", target="code", connection=self._wire.connection),
            )
        return {**new, "changed": True}

    async def _id_of(self, kind: Kind, code: str) -> int:
        """Ids differ from shop to shop, so codes are looked up in the shop's own table."""
        for row in await self._table(kind):
            if code in (row.get("code"), str(row.get("id"))):
                return int(row["id"])
        known = ", ".join(str(row.get("code") or row.get("id")) for row in await self._table(kind))
        raise Rejected(
            f"{self._wire.connection}: there is no {kind} status '{code}'; the shop has {known}",
            Cause("bad-parameter", target="code", connection=self._wire.connection),
        )

    async def _table(self, kind: Kind) -> list[dict[str, Any]]:
        if kind not in self._statuses:
            self._statuses[kind] = await self._wire.table(f"order-status-{kind}", f"the {kind} statuses")
        return self._statuses[kind]


def _changed(row: dict[str, Any]) -> datetime:
    return of_seconds(row.get("lastRenewDate")) or datetime.fromtimestamp(0, UTC)


def _is_since(row: dict[str, Any], since: Since) -> bool:
    return since.changed is None or _changed(row) >= since.changed
