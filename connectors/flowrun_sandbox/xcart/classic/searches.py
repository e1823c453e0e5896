"""The conditions that the tables of the classic API can search by.

There is none for the moment of the last change, on any table: that is why its users sort and stop.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flowrun_sandbox.xcart.classic.forms import decimal, rows, truth, whole
from flowrun_sandbox.xcart.classic.rows import unix
from flowrun_sandbox.xcart.classic.table import Condition
from flowrun_sandbox.xcart.model import Order, OrderItem, Product, Profile
from flowrun_sandbox.xcart.shop import Shop
from flowrun_sandbox.xcart.statuses import Status

_LOW_STOCK = 10


def _texts(value: Any) -> set[str]:
    return {str(part) for part in rows(value)}


def _status(row: Status, value: Any) -> bool:
    """By id or by code, one or several."""
    return bool({str(row.id), row.code} & _texts(value))


def _within(moment: datetime, value: Any) -> bool:
    """Unix seconds from and to, both included; an open end is 0 or left out."""
    start, end = ([whole(part) for part in rows(value)] + [0, 0])[:2]
    return unix(moment) >= start and (not end or unix(moment) <= end)


def _date_range(shop: Shop, row: Order, value: Any) -> bool:
    """Days in the shop's own time zone, ``2026-03-14 ~ 2026-03-15``."""
    start, _, end = str(value).partition("~")
    day = row.create_date.astimezone(shop.timezone).date().isoformat()
    return start.strip() <= day <= (end.strip() or start.strip())


def _anonymous(shop: Shop, row: Order) -> bool:
    profile = shop.profiles.get(row.customer_id or 0)
    return profile is None or profile.anonymous


def _name(row: Order) -> str:
    address = row.billing_address
    return f"{address.firstname} {address.lastname}".lower() if address else ""


def _contains(text: str | None, value: Any) -> bool:
    return str(value).lower() in (text or "").lower()


def _between(number: object, value: Any) -> bool:
    low, high = [*rows(value), None, None][:2]
    wanted = decimal(number)
    return wanted >= decimal(low) and (high in (None, "") or wanted <= decimal(high))


def _inventory(amount: int, value: Any) -> bool:
    return {"out": amount <= 0, "low": amount <= _LOW_STOCK, "in": amount > 0}.get(str(value), True)


def _order(_shop: Shop, row: Order, value: Any) -> bool:
    return _contains(row.order_number, value) or _contains(row.email, value) or _contains(_name(row), value)


def _product_text(row: Product, value: Any) -> bool:
    return _contains(row.name, value) or _contains(row.sku, value)


ORDER: Mapping[str, Condition] = {
    "orderNumber": lambda _shop, row, value: row.order_number in _texts(value),
    "accessLevel": lambda shop, row, value: _anonymous(shop, row) is (value == "anonymous"),
    "date": lambda _shop, row, value: _within(row.create_date, value),
    "dateRange": _date_range,
    "substring": _order,
    "sku": lambda _shop, row, value: any(line.sku == value for line in row.items),
    "recent": lambda _shop, row, value: (row.shipping_status.code == "N") is truth(value),
    "profileId": lambda _shop, row, value: row.customer_id == whole(value),
    "email": lambda _shop, row, value: _contains(row.email, value),
    "paymentStatus": lambda _shop, row, value: _status(row.payment_status, value),
    "shippingStatus": lambda _shop, row, value: _status(row.shipping_status, value),
    "currency": lambda _shop, row, value: row.currency == value,
    "transactionID": lambda _shop, row, value: any(
        value in (part.public_id, part.public_txn_id) for part in row.transactions
    ),
    "zipcode": lambda _shop, row, value: bool(row.billing_address) and row.billing_address.zipcode == value,
    "customerName": lambda _shop, row, value: _contains(_name(row), value),
    "shippingMethodName": lambda _shop, row, value: row.shipping_method_name == value,
    "paymentMethodName": lambda _shop, row, value: any(part.method == value for part in row.transactions),
}


def _item_of(_shop: Shop, row: tuple[Order, OrderItem], value: Any) -> bool:
    return row[0].id == whole(value)


ITEM: Mapping[str, Condition] = {"order": _item_of}
PRODUCT: Mapping[str, Condition] = {
    "sKU": lambda _shop, row, value: row.sku in _texts(value),
    "sku": lambda _shop, row, value: row.sku in _texts(value),
    "enabled": lambda _shop, row, value: row.enabled is truth(value),
    "price": lambda _shop, row, value: _between(row.price, value),
    "inventory": lambda _shop, row, value: _inventory(row.amount, value),
    "excludingProductId": lambda _shop, row, value: str(row.id) not in _texts(value),
    "substring": lambda _shop, row, value: _product_text(row, value),
    "arrivalDate": lambda _shop, row, value: _within(row.arrival_date, value),
}


def _named(row: Profile, value: Any) -> bool:
    return _contains(row.login, value) or any(
        _contains(f"{part.firstname} {part.lastname}", value) for part in row.addresses.values()
    )


PROFILE: Mapping[str, Condition] = {
    "login": lambda _shop, row, value: _contains(row.login, value),
    "andLogin": lambda _shop, row, value: row.login == value,
    "pattern": lambda _shop, row, value: _named(row, value),
    "phone": lambda _shop, row, value: any(_contains(part.phone, value) for part in row.addresses.values()),
    "membership": lambda _shop, row, value: row.membership_id == whole(value),
    "anonymous": lambda _shop, row, value: row.anonymous is truth(value),
    "userType": lambda _shop, row, value: (row.access_level == 100) is ("A" in _texts(value)),
    "added": lambda _shop, row, value: _within(row.create_date, value),
}
