"""The admin API of X-Cart 5.5 and 5.6 (`/api`, API Platform): each operation in its words.

The connector's operations say what a flow wants; the areas here know how 5.5 is asked for it. Those of the
classic API stand beside them, with methods of the same names and results of the same shapes.
"""

from __future__ import annotations

from collections.abc import Callable

from flowrun_connectors.xcart.api import Api
from flowrun_connectors.xcart.api55.customers import Customers
from flowrun_connectors.xcart.api55.orders import Orders
from flowrun_connectors.xcart.api55.price_list import PriceList
from flowrun_connectors.xcart.api55.prices import Prices
from flowrun_connectors.xcart.api55.products import Products
from flowrun_connectors.xcart.api55.translations import Translations
from flowrun_connectors.xcart.on_sale import OnSale
from flowrun_connectors.xcart.records import Records
from flowrun_connectors.xcart.saving import Saver
from flowrun_connectors.xcart.settings import XCartConfig
from flowrun_connectors.xcart.wire import Wire

__all__ = ["api55"]


def api55(wire: Wire, config: XCartConfig, report: Callable[[str], None]) -> Api:
    """The operations of one shop."""
    records = Records(wire, report)
    orders = Orders(records, config.extensions)
    products, prices = Products(records, config), Prices(records)
    saver = Saver(wire.connection, products, Translations(records).write)
    on_sale = OnSale(products, config, report)
    price_list = PriceList(records, products, prices)
    areas = (orders, products, saver, on_sale, prices, price_list, Customers(records))
    return Api("X-Cart 5.5", areas, orders.probe, wire.close)
