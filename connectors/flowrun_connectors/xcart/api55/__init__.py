"""The admin API of X-Cart 5.5 and 5.6 (`/api`, API Platform): each operation in its words.

The connector's operations say what a flow wants; the areas here know how 5.5 is asked for it. Those of the
classic API stand beside them, with methods of the same names and results of the same shapes.
"""

from __future__ import annotations

from collections.abc import Callable

from flowrun_connectors.xcart.api import Api
from flowrun_connectors.xcart.api55.customers import Customers
from flowrun_connectors.xcart.api55.orders import Orders
from flowrun_connectors.xcart.api55.prices import Prices
from flowrun_connectors.xcart.api55.products import Products
from flowrun_connectors.xcart.records import Records
from flowrun_connectors.xcart.settings import XCartConfig
from flowrun_connectors.xcart.wire import Wire

__all__ = ["api55"]


def api55(wire: Wire, config: XCartConfig, report: Callable[[str], None]) -> Api:
    """The operations of one shop."""
    records = Records(wire, report)
    orders = Orders(records, config.extensions)
    areas = (orders, Products(records, config), Prices(records), Customers(records))
    return Api("X-Cart 5.5", areas, orders.probe, wire.close)
