"""Orders, their statuses, payments and history, as X-Cart 5.5 has them."""

from __future__ import annotations

import re
from typing import Any

from flowrun.errors import Cause, Rejected
from flowrun.expressions.shapes import Many
from flowrun_connectors.xcart import requests, shapes
from flowrun_connectors.xcart.answers import data_of
from flowrun_connectors.xcart.order_list import OrderList, probe_query
from flowrun_connectors.xcart.order_rules import Kind, pair_result, status_code, with_pair, writes
from flowrun_connectors.xcart.payments import with_state
from flowrun_connectors.xcart.records import Records
from flowrun_connectors.xcart.settings import Extensions
from flowrun_connectors.xcart.values import received


class Orders:
    """The orders of one shop."""

    def __init__(self, records: Records, extensions: Extensions) -> None:
        self._records = records
        self._wire = records.wire
        self._tracking = extensions.tracking
        self._list = OrderList(records)

    async def probe(self) -> None:
        """The order list with a filter that no order fits."""
        answer = await self._wire.ask(self._wire.path("list_orders"), probe_query())
        data_of(self._wire.connection, answer, "the list of orders")

    async def get_order(self, request: requests.ById) -> Any:
        """One order."""
        return with_pair(await self._records.one("get_order", "the order", shapes.ORDER, id=request.id))

    async def get_order_by_number(self, request: requests.ByNumber) -> Any:
        """One order by its number."""
        number = request.order_number
        if not re.fullmatch(r"\w+", number, re.ASCII):
            raise Rejected(
                f"{self._wire.connection}: `order_number` must be letters, digits and `_` only",
                Cause("bad-parameter", target="order_number", connection=self._wire.connection),
            )
        found = await self._records.one("get_order_by_number", "the order", shapes.ORDER, order_number=number)
        return with_pair(found)

    async def list_orders(self, request: requests.ListOrders) -> Any:
        """Orders."""
        rows = received(await self._list.matching(request), Many(shapes.ORDER))
        return [with_pair(row) for row in rows]

    async def list_payment_transactions(self, request: requests.OfOrder) -> Any:
        """The transactions of an order, each with its true state."""
        path = self._wire.path("list_payment_transactions", order_id=request.order_id)
        query = [("order[date]", "asc")]
        found = await self._records.all(path, "the payment transactions", shapes.TRANSACTION, query)
        return [with_state(item) for item in found]

    async def get_order_history(self, request: requests.OfOrder) -> Any:
        """What happened to an order."""
        path = self._wire.path("get_order_history", order_id=request.order_id)
        return await self._records.all(path, "the order's history", shapes.HISTORY_EVENT)

    async def get_payment_status(self, request: requests.ById) -> Any:
        """The payment status."""
        return await self._status("payment", request.id)

    async def get_shipping_status(self, request: requests.ById) -> Any:
        """The shipping status."""
        return await self._status("shipping", request.id)

    async def set_payment_status(self, request: requests.SetStatus) -> Any:
        """Compares first: each PUT sends e-mails."""
        return await self._set_status("payment", request)

    async def set_shipping_status(self, request: requests.SetStatus) -> Any:
        """Compares first: each PUT sends e-mails."""
        return await self._set_status("shipping", request)

    async def set_statuses(self, request: requests.SetStatuses) -> Any:
        """Both at once. When the second write fails, a repetition finds the first one done."""
        now = (
            status_code(await self._status("payment", request.id)),
            status_code(await self._status("shipping", request.id)),
        )
        wanted = (request.payment or now[0], request.shipping or now[1])
        made = {
            kind: await self._set_status(kind, requests.SetStatus(id=request.id, code=code))
            for kind, code in writes(now, wanted)
        }
        return pair_result(request.id, now, made)

    async def add_tracking_number(self, request: requests.AddTrackingNumber) -> Any:
        """Through the endpoint of the shop's own module: X-Cart 5.5 itself takes none."""
        if self._tracking is None:
            raise Rejected(
                f"{self._wire.connection}: X-Cart 5.5 takes no tracking numbers by itself; name the endpoint of a "
                "module that does under `extensions: {tracking: {path: …}}`, or tell the customer by "
                "`set_shipping_status` alone",
                Cause("no-tracking", target="extensions.tracking", connection=self._wire.connection),
            )
        order = await self.get_order(requests.ById(id=request.id))
        if any(row.get("value") == request.number for row in order.get("tracking_numbers") or ()):
            return {**order, "changed": False}
        parts: dict[str, int | str] = {"id": request.id, "order_number": str(order.get("order_number"))}
        path = self._wire.filled(self._tracking.path, "extensions.tracking.path", **parts)
        body = {self._tracking.number_field: request.number}
        await self._wire.send(self._tracking.method, path, body, "the tracking number")
        return {**await self.get_order(requests.ById(id=request.id)), "changed": True}

    async def _status(self, kind: Kind, order_id: int) -> dict[str, Any]:
        return await self._records.one(f"get_{kind}_status", f"the {kind} status", shapes.STATUS, id=order_id)

    async def _set_status(self, kind: Kind, request: requests.SetStatus) -> dict[str, Any]:
        now = await self._status(kind, request.id)
        if request.code in (now.get("code"), str(now.get("id"))):
            return {**now, "changed": False}
        path = self._wire.path(f"set_{kind}_status", id=request.id)
        new = await self._wire.send("PUT", path, {"code": request.code}, f"the {kind} status")
        return {**received(new, shapes.STATUS), "changed": True}
