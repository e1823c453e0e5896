"""The admin API of X-Cart 5.5 and 5.6 (`/api`, API Platform): each operation in its words.

The connector's operations say what a flow wants; this module knows how 5.5 is asked for it. The older RESTAPI
of 5.0 to 5.4 can stand beside it with the same methods.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

from flowrun.errors import Cause, Rejected
from flowrun.expressions.shapes import Many, Record, Shape
from flowrun_connectors.xcart import requests, shapes
from flowrun_connectors.xcart.answers import data_of
from flowrun_connectors.xcart.orders import Orders, probe_query
from flowrun_connectors.xcart.paging import Reader, everything
from flowrun_connectors.xcart.payments import with_state
from flowrun_connectors.xcart.settings import LARGEST_PAGE
from flowrun_connectors.xcart.wire import Query, Wire

_NAMES = ("product_class", "tax_class")
_LISTS_OF_NAMES = ("memberships",)


class Api55:
    """X-Cart 5.5. `report` is told of records that had to be left out of a list."""

    def __init__(self, wire: Wire, report: Callable[[str], None]) -> None:
        self._wire = wire
        self._report = report
        self._orders = Orders(wire, report)

    async def probe(self) -> None:
        """The order list with a filter that no order fits."""
        answer = await self._wire.ask(self._wire.path("list_orders"), probe_query())
        data_of(self._wire.connection, answer, "the list of orders")

    async def get_order(self, request: requests.ById) -> Any:
        """One order."""
        return await self._one("get_order", "the order", shapes.ORDER, id=request.id)

    async def get_order_by_number(self, request: requests.ByNumber) -> Any:
        """One order by its number."""
        if not re.fullmatch(r"\w+", request.order_number, re.ASCII):
            raise self._refused("order_number", "must be letters, digits and `_` only")
        return await self._one(
            "get_order_by_number", "the order", shapes.ORDER, order_number=request.order_number
        )

    async def list_orders(self, request: requests.ListOrders) -> Any:
        """Orders."""
        return shapes.received(await self._orders.matching(request), Many(shapes.ORDER))

    async def list_payment_transactions(self, request: requests.OfOrder) -> list[dict[str, Any]]:
        """The transactions of an order, each with its true state."""
        path = self._wire.path("list_payment_transactions", order_id=request.order_id)
        query = [("order[date]", "asc")]
        found = await self._all(path, "the payment transactions", shapes.TRANSACTION, query)
        return [with_state(item) for item in found]

    async def get_status(self, kind: Literal["payment", "shipping"], request: requests.ById) -> Any:
        """One of an order's two statuses."""
        return await self._one(f"get_{kind}_status", f"the {kind} status", shapes.STATUS, id=request.id)

    async def set_status(self, kind: Literal["payment", "shipping"], request: requests.SetStatus) -> Any:
        """Compares first: each PUT sends e-mails."""
        now = await self.get_status(kind, requests.ById(id=request.id))
        if request.code in (now.get("code"), str(now.get("id"))):
            return {**now, "changed": False}
        path = self._wire.path(f"set_{kind}_status", id=request.id)
        new = await self._wire.send("PUT", path, {"code": request.code}, f"the {kind} status")
        return {**shapes.received(new, shapes.STATUS), "changed": True}

    async def get_order_history(self, request: requests.OfOrder) -> Any:
        """What happened to an order."""
        path = self._wire.path("get_order_history", order_id=request.order_id)
        return await self._all(path, "the order's history", shapes.HISTORY_EVENT)

    async def get_profile(self, request: requests.ById) -> Any:
        """One customer."""
        return await self._one("get_profile", "the profile", shapes.PROFILE, id=request.id)

    async def list_profiles(self, request: requests.ListProfiles) -> Any:
        """Customers."""
        query = [("login", request.login)] if request.login else []
        return await self._all(
            self._wire.path("list_profiles"), "the list of profiles", shapes.PROFILE, query
        )

    async def list_addresses(self, request: requests.OfProfile) -> Any:
        """The addresses of a customer."""
        path = self._wire.path("list_addresses", profile_id=request.profile_id)
        return await self._all(path, "the addresses", shapes.ADDRESS)

    async def get_product(self, request: requests.ById) -> Any:
        """One product."""
        return await self._one("get_product", "the product", shapes.PRODUCT, id=request.id)

    async def list_products(self, request: requests.ListProducts) -> Any:
        """Products."""
        path, query = self._wire.path("list_products"), [("order[name]", "asc")]
        return await self._all(path, "the list of products", shapes.PRODUCT, query, request.limit)

    async def create_product(self, request: requests.CreateProduct) -> Any:
        """A new product."""
        body = self._product_input(request.product, "product")
        made = await self._wire.send("POST", self._wire.path("create_product"), body, "the new product")
        return shapes.received(made, shapes.PRODUCT)

    async def update_product(self, request: requests.UpdateProduct) -> Any:
        """Some fields of a product."""
        body = self._product_input(request.changes, "changes")
        path = self._wire.path("update_product", id=request.id)
        return shapes.received(await self._wire.send("PUT", path, body, "the product"), shapes.PRODUCT)

    async def set_stock(self, request: requests.SetStock) -> Any:
        """The stock of a product or of a variant."""
        if request.variant is None:
            path = self._wire.path("set_stock", id=request.id)
            made = await self._wire.send("PUT", path, {"amount": request.amount}, "the product")
            return shapes.received(made, shapes.PRODUCT)
        changes = {"amount": request.amount, "default_amount": False}
        return await self.update_variant(
            requests.UpdateVariant(product_id=request.id, id=request.variant, changes=changes)
        )

    async def list_variants(self, request: requests.OfProduct) -> Any:
        """The variants of a product."""
        path = self._wire.path("list_variants", product_id=request.product_id)
        return await self._all(path, "the variants", shapes.VARIANT)

    async def update_variant(self, request: requests.UpdateVariant) -> Any:
        """Some fields of a variant."""
        path = self._wire.path("update_variant", product_id=request.product_id, id=request.id)
        body = shapes.sendable(request.changes, shapes.VARIANT)
        return shapes.received(await self._wire.send("PUT", path, body, "the variant"), shapes.VARIANT)

    async def _one(self, operation: str, what: str, shape: Record, **parts: int | str) -> Any:
        return shapes.received(await self._wire.get(self._wire.path(operation, **parts), what), shape)

    async def _all(
        self, path: str, what: str, shape: Shape, query: Query = (), limit: int | None = None
    ) -> Any:
        size = max(1, min(self._wire.config.page_size, LARGEST_PAGE))
        rows = await everything(Reader(self._wire, path, what, self._report), query, size, limit)
        return shapes.received(rows, Many(shape))

    def _product_input(self, product: Mapping[str, Any], parameter: str) -> Any:
        """X-Cart reads these fields as names and answers them as records, so what was read must not be
        sent back.
        """
        for name in _NAMES:
            if isinstance(product.get(name), Mapping | list | tuple):
                raise self._refused(
                    f"{parameter}.{name}", "must be a name, not the record that X-Cart answers"
                )
        for name in _LISTS_OF_NAMES:
            given = product.get(name)
            if given is not None and not (
                isinstance(given, list | tuple) and all(isinstance(i, str) for i in given)
            ):
                raise self._refused(
                    f"{parameter}.{name}", "must be a list of names, not the records that X-Cart answers"
                )
        return shapes.sendable(product, shapes.PRODUCT)

    def _refused(self, target: str, reason: str) -> Rejected:
        cause = Cause("bad-parameter", target=target, connection=self._wire.connection)
        return Rejected(f"{self._wire.connection}: `{target}` {reason}", cause)
