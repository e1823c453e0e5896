"""Connector: X-Cart."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Mapping
from typing import Any, ClassVar

from flowrun.component import Connector, Facts, Surroundings, operation
from flowrun.expressions.shapes import ANYTHING, Many, Record, Shape
from flowrun_connectors.xcart import requests, shapes
from flowrun_connectors.xcart.api55 import Api55
from flowrun_connectors.xcart.events import EVENTS
from flowrun_connectors.xcart.settings import XCartConfig
from flowrun_connectors.xcart.wire import Wire

PLACEHOLDER = "(assigned by X-Cart)"
_LOG = logging.getLogger("flowrun.xcart")


class XCart(Connector[XCartConfig]):
    """Reads and writes an X-Cart 5.5 or 5.6 shop through its own admin API.

    The shop tells order numbers and ids apart: people see `order_number`, every operation takes `id`. Lists
    leave out a record that X-Cart itself cannot show, log it and keep it in `warnings`. The events of
    webhooks are flowrun's own convention, since X-Cart has no public format for them.
    """

    name = "xcart"
    Config = XCartConfig
    example = """
    connections:
      shop:
        xcart:
          url: https://shop.example.com
          token: ${env:XCART_TOKEN}
    """
    events: ClassVar[Mapping[str, Record]] = EVENTS

    _wire: Wire | None = None
    _api: Api55 | None = None

    def __init__(self, config: XCartConfig, surroundings: Surroundings) -> None:
        """`warnings` holds what had to be left out of lists: the last hundred, for the runner to show."""
        super().__init__(config, surroundings)
        self.warnings: deque[str] = deque(maxlen=100)

    async def open(self) -> None:
        """Makes the client. Sends nothing."""
        self._wire = Wire(self.connection, self.config, self.surroundings.guard)
        self._api = Api55(self._wire, self._report)

    async def close(self) -> None:
        """Closes the client. Twice is fine."""
        if self._wire is not None:
            await self._wire.close()

    async def probe(self) -> None:
        """Asks for orders that do not exist."""
        await self._opened.probe()

    @operation(reads=True, returns=shapes.ORDER)
    async def get_order(self, request: requests.ById) -> Any:
        """Reads one order with its items, addresses, surcharges and statuses.

        The payment method is not in it: see `list_payment_transactions`.
        """
        return await self._opened.get_order(request)

    @operation(reads=True, returns=shapes.ORDER)
    async def get_order_by_number(self, request: requests.ByNumber) -> Any:
        """Reads one order by the number that people see."""
        return await self._opened.get_order_by_number(request)

    @operation(reads=True, returns=Many(shapes.ORDER))
    async def list_orders(self, request: requests.ListOrders) -> Any:
        """Reads the orders that were changed or placed since a moment, or are in certain statuses.

        Each order comes once, in its newest form, the longest unchanged first. A change of only a tracking
        number, a transaction or an item need not move an order's `update_date`, so it may not be found by
        `changed_since`.
        """
        return await self._opened.list_orders(request)

    @operation(reads=True, returns=Many(shapes.TRANSACTION))
    async def list_payment_transactions(self, request: requests.OfOrder) -> Any:
        """Reads the payments of an order, each with what really happened.

        `state` is paid, part_paid, authorized, refunded, part_refunded, voided, failed or pending; `paid`,
        `refunded` and `authorized` are the sums. X-Cart's own `status` holds the name of the payment method.
        """
        return await self._opened.list_payment_transactions(request)

    @operation(reads=True, returns=shapes.STATUS)
    async def get_payment_status(self, request: requests.ById) -> Any:
        """Reads the payment status of an order."""
        return await self._opened.get_status("payment", request)

    @operation(repeatable=True, returns=shapes.CHANGED_STATUS)
    async def set_payment_status(self, request: requests.SetStatus) -> Any:
        """Sets the payment status of an order, unless the order has it already.

        Then `changed` is false and the customer gets no e-mail. It is a label only: no money is captured or
        refunded.
        """
        return await self._opened.set_status("payment", request)

    @operation(reads=True, returns=shapes.STATUS)
    async def get_shipping_status(self, request: requests.ById) -> Any:
        """Reads the shipping status of an order."""
        return await self._opened.get_status("shipping", request)

    @operation(repeatable=True, returns=shapes.CHANGED_STATUS)
    async def set_shipping_status(self, request: requests.SetStatus) -> Any:
        """Sets the shipping status of an order, unless the order has it already.

        Then `changed` is false and the customer gets no e-mail. Otherwise X-Cart may move stock, and writes
        to the customer.
        """
        return await self._opened.set_status("shipping", request)

    @operation(reads=True, returns=Many(shapes.HISTORY_EVENT))
    async def get_order_history(self, request: requests.OfOrder) -> Any:
        """Reads what happened to an order. `ORDER EDITED` tells that somebody changed it by hand."""
        return await self._opened.get_order_history(request)

    @operation(reads=True, returns=shapes.PROFILE)
    async def get_profile(self, request: requests.ById) -> Any:
        """Reads one customer. Names and phone numbers are in the addresses, not here."""
        return await self._opened.get_profile(request)

    @operation(reads=True, returns=Many(shapes.PROFILE))
    async def list_profiles(self, request: requests.ListProfiles) -> Any:
        """Reads customers. `login` finds every address that contains it, so compare before you choose."""
        return await self._opened.list_profiles(request)

    @operation(reads=True, returns=Many(shapes.ADDRESS))
    async def list_addresses(self, request: requests.OfProfile) -> Any:
        """Reads the addresses of a customer."""
        return await self._opened.list_addresses(request)

    @operation(reads=True, returns=shapes.PRODUCT)
    async def get_product(self, request: requests.ById) -> Any:
        """Reads one product."""
        return await self._opened.get_product(request)

    @operation(reads=True, returns=Many(shapes.PRODUCT))
    async def list_products(self, request: requests.ListProducts) -> Any:
        """Reads all products.

        X-Cart finds none by SKU or by change, so a flow that looks for one reads them all.
        """
        return await self._opened.list_products(request)

    @operation(returns=shapes.PRODUCT)
    async def create_product(self, request: requests.CreateProduct) -> Any:
        """Creates a product. The SKU must be new."""
        return await self._opened.create_product(request)

    @operation(repeatable=True, returns=shapes.PRODUCT)
    async def update_product(self, request: requests.UpdateProduct) -> Any:
        """Changes some fields of a product; the others stay as they are."""
        return await self._opened.update_product(request)

    @operation(repeatable=True, returns=shapes.STOCK)
    async def set_stock(self, request: requests.SetStock) -> Any:
        """Sets the stock of a product, or of a variant with a stock of its own.

        The number takes the place of X-Cart's own, which counts orders that SAP may not know yet: subtract
        those first.
        """
        return await self._opened.set_stock(request)

    @operation(reads=True, returns=Many(shapes.VARIANT))
    async def list_variants(self, request: requests.OfProduct) -> Any:
        """Reads the variants of a product. `default_price: true` and the like mean: as the product has it."""
        return await self._opened.list_variants(request)

    @operation(repeatable=True, returns=shapes.VARIANT)
    async def update_variant(self, request: requests.UpdateVariant) -> Any:
        """Changes some fields of a variant; the others stay as they are."""
        return await self._opened.update_variant(request)

    def pretend(self, operation_name: str, parameters: Mapping[str, Any]) -> Any:
        """What was sent, with a placeholder for an id that X-Cart assigns."""
        match operation_name:
            case "create_product":
                return {**_mapping(parameters.get("product")), "id": PLACEHOLDER}
            case "update_product" | "update_variant":
                return {**_mapping(parameters.get("changes")), "id": parameters.get("id")}
            case "set_payment_status" | "set_shipping_status":
                return {
                    "id": None,
                    "code": parameters.get("code"),
                    "name": "",
                    "customer_name": "",
                    "changed": True,
                }
            case "set_stock":
                return {
                    "id": parameters.get("variant") or parameters.get("id"),
                    "amount": parameters.get("amount"),
                }
            case _:
                return dict(parameters)

    @classmethod
    def result_shape(
        cls,
        operation_name: str,
        constants: Mapping[str, Any],  # noqa: ARG003 - no operation here has any
        facts: Facts,
    ) -> Shape:
        """What the operation declares, and in orders the fields of the shop's own add-ons."""
        declared = cls.operations()[operation_name].returns
        if not isinstance(facts.config, XCartConfig) or not facts.config.order_fields:
            return declared
        more = dict.fromkeys(facts.config.order_fields, ANYTHING)
        order = Record({**more, **shapes.ORDER.fields}, name=shapes.ORDER.name)
        if declared == shapes.ORDER:
            return order
        return Many(order) if declared == Many(shapes.ORDER) else declared

    @property
    def _opened(self) -> Api55:
        if self._api is None:
            raise RuntimeError("the connector is not open")
        return self._api

    def _report(self, warning: str) -> None:
        if warning not in self.warnings:
            self.warnings.append(warning)
            _LOG.warning("%s", warning)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
