"""Operations on orders."""

from __future__ import annotations

from typing import Any

from flowrun.component import operation
from flowrun.expressions.shapes import Many
from flowrun_connectors.xcart import requests, shapes
from flowrun_connectors.xcart.operations.shop import ShopConnector


class OrderOperations(ShopConnector):
    """Orders, their statuses, payments, parcels and history."""

    @operation(reads=True, returns=shapes.ORDER)
    async def get_order(self, request: requests.ById) -> Any:
        """Reads one order with its items, addresses, surcharges and statuses.

        `status_pair` holds both statuses as one word (`P/N`: paid and new), for lookups. The payment method is not
        in it: see `list_payment_transactions`.
        """
        return await self._do("get_order", request)

    @operation(reads=True, returns=shapes.ORDER)
    async def get_order_by_number(self, request: requests.ByNumber) -> Any:
        """Reads one order by the number that people see."""
        return await self._do("get_order_by_number", request)

    @operation(reads=True, returns=Many(shapes.ORDER))
    async def list_orders(self, request: requests.ListOrders) -> Any:
        """Reads the orders that were changed or placed since a moment, or are in certain statuses.

        Each order comes once, in its newest form, the longest unchanged first. A change of only a tracking
        number, a transaction or an item need not move an order's `update_date`, so it may not be found by
        `changed_since`.
        """
        return await self._do("list_orders", request)

    @operation(reads=True, returns=Many(shapes.TRANSACTION))
    async def list_payment_transactions(self, request: requests.OfOrder) -> Any:
        """Reads the payments of an order, each with what really happened.

        `state` is paid, part_paid, authorized, refunded, part_refunded, voided, failed or pending; `paid`,
        `refunded` and `authorized` are the sums. X-Cart's own `status` holds the name of the payment method.
        """
        return await self._do("list_payment_transactions", request)

    @operation(reads=True, returns=shapes.STATUS)
    async def get_payment_status(self, request: requests.ById) -> Any:
        """Reads the payment status of an order."""
        return await self._do("get_payment_status", request)

    @operation(repeatable=True, returns=shapes.changed(shapes.STATUS))
    async def set_payment_status(self, request: requests.SetStatus) -> Any:
        """Sets the payment status of an order, unless the order has it already.

        Then `changed` is false and the customer gets no e-mail. It is a label only: no money is captured or
        refunded.
        """
        return await self._do("set_payment_status", request)

    @operation(reads=True, returns=shapes.STATUS)
    async def get_shipping_status(self, request: requests.ById) -> Any:
        """Reads the shipping status of an order."""
        return await self._do("get_shipping_status", request)

    @operation(repeatable=True, returns=shapes.changed(shapes.STATUS))
    async def set_shipping_status(self, request: requests.SetStatus) -> Any:
        """Sets the shipping status of an order, unless the order has it already.

        Then `changed` is false and the customer gets no e-mail. Otherwise X-Cart may move stock, and writes
        to the customer.
        """
        return await self._do("set_shipping_status", request)

    @operation(repeatable=True, returns=shapes.STATUSES)
    async def set_statuses(self, request: requests.SetStatuses) -> Any:
        """Sets the payment and the shipping status of an order, each only if it is another one now.

        They are written in the order that moves stock least: an order that is shipped and refunded at once is
        shipped first, so that its goods do not come back to the shelf.
        """
        return await self._do("set_statuses", request)

    @operation(repeatable=True, returns=shapes.changed(shapes.ORDER))
    async def add_tracking_number(self, request: requests.AddTrackingNumber) -> Any:
        """Adds a tracking number to an order, unless the order has it already.

        X-Cart 5.5 takes none by itself: a module of the shop's own has to, named under `extensions`. The
        classic API does.
        """
        return await self._do("add_tracking_number", request)

    @operation(reads=True, returns=Many(shapes.HISTORY_EVENT))
    async def get_order_history(self, request: requests.OfOrder) -> Any:
        """Reads what happened to an order. `ORDER EDITED` tells that somebody changed it by hand."""
        return await self._do("get_order_history", request)
