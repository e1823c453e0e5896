"""Connector: X-Cart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from flowrun.component import Facts, Page
from flowrun.component.coerce import coerced
from flowrun.errors import ConfigurationError
from flowrun.expressions.shapes import ANYTHING, Many, Record, Shape
from flowrun.expressions.suggest import did_you_mean
from flowrun_connectors.xcart import shapes
from flowrun_connectors.xcart.api55 import api55
from flowrun_connectors.xcart.classic import classic_api
from flowrun_connectors.xcart.events import EVENTS
from flowrun_connectors.xcart.operations.customers import CustomerOperations
from flowrun_connectors.xcart.operations.orders import OrderOperations
from flowrun_connectors.xcart.operations.products import ProductOperations
from flowrun_connectors.xcart.pretend import pretended
from flowrun_connectors.xcart.requests import Behind, ListProducts, ListProfiles, ListStocks
from flowrun_connectors.xcart.settings import PATHS, XCartConfig
from flowrun_connectors.xcart.wire import Wire


class XCart(CustomerOperations, ProductOperations, OrderOperations):
    """Reads and writes an X-Cart shop.

    5.5 and 5.6 are asked through their own admin API; 5.0 to 5.4 through the REST API add-on (`api: classic`).

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

    async def open(self) -> None:
        """Makes the client. Sends nothing."""
        unknown = [name for name in self.config.paths if name not in PATHS]
        if unknown:
            raise ConfigurationError(
                f"{self.connection}: `paths` knows no `{unknown[0]}`; {did_you_mean(unknown[0], PATHS)}"
            )
        await self.close()  # opened again: the client from before is given back
        if self.config.api == "classic":
            self._api = classic_api(self.connection, self.config, self.surroundings.guard, self._report)
        else:
            wire = Wire(self.connection, self.config, self.surroundings.guard)
            self._api = api55(wire, self.config, self._report)

    async def page(self, operation_name: str, parameters: Mapping[str, Any], cursor: str) -> Page:
        """One page of products, of their stocks, or of customers. The cursor is how many were had."""
        place, had = f"{self.connection}.{operation_name}", int(cursor or 0)
        if operation_name == "list_profiles":
            login = coerced(ListProfiles, parameters, place).login
            customers: Page = await self._do("page_of_profiles", Behind(had, login=login))
            return customers
        if operation_name == "list_stocks":
            wanted = coerced(ListStocks, parameters, place)
            if wanted.skus is not None:
                return Page(await self.list_stocks(wanted), None)
            stocks: Page = await self._do("page_of_stocks", Behind(had))
            return stocks
        limit = coerced(ListProducts, parameters, place).limit
        products: Page = await self._do("page_of_products", Behind(had, limit))
        return products

    def pretend(self, operation_name: str, parameters: Mapping[str, Any]) -> Any:
        """What was sent, with a placeholder for an id that X-Cart assigns."""
        return pretended(operation_name, parameters)

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
        return _with_fields(declared, facts.config.order_fields)


def _with_fields(declared: Shape, names: list[str]) -> Shape:
    match declared:
        case Many(of=of):
            return Many(_with_fields(of, names))
        case Record(name=shapes.ORDER.name, fields=fields):
            return Record({**dict.fromkeys(names, ANYTHING), **fields}, name=shapes.ORDER.name)
        case _:
            return declared
