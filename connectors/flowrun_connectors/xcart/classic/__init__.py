"""The REST API add-on of X-Cart 5.0 to 5.4 (`/admin.php?target=RESTAPI`), brought to the shapes of 5.5.

It gives tables rather than records, answers 200 to nearly everything and has its key in the address. What it
cannot do (wholesale prices, new variants, texts by language) has no method here, and is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from flowrun_connectors.xcart.api import Api
from flowrun_connectors.xcart.classic.customers import Customers
from flowrun_connectors.xcart.classic.orders import Orders
from flowrun_connectors.xcart.classic.products import Products
from flowrun_connectors.xcart.classic.wire import ClassicWire
from flowrun_connectors.xcart.on_sale import OnSale
from flowrun_connectors.xcart.saving import Saver
from flowrun_connectors.xcart.settings import XCartConfig

if TYPE_CHECKING:
    from flowrun.component.http import SendGuard

__all__ = ["classic_api"]


def classic_api(
    connection: str, config: XCartConfig, guard: SendGuard | None, report: Callable[[str], None]
) -> Api:
    """The operations of one shop. `report` is told of records that had to be left out of a list."""
    wire = ClassicWire(connection, config, guard)
    orders = Orders(wire, report)
    products = Products(wire, report)
    saver, on_sale = Saver(connection, products), OnSale(products, config, report)
    areas = (orders, products, saver, on_sale, Customers(wire, report))
    return Api("the classic API of X-Cart", areas, orders.probe, wire.close)
