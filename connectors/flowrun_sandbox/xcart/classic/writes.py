"""What a write of the classic API does to the rows. Values are read as loosely as PHP reads them.

Columns that are not named stay; columns nobody knows are passed over. A status is set by its id, inside an
object; the shop then moves stock and writes e-mails as for any other change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from flowrun_sandbox.shoppers import STATES
from flowrun_sandbox.xcart.changes import set_status
from flowrun_sandbox.xcart.classic.forms import decimal, rows, truth, whole
from flowrun_sandbox.xcart.classic.table import Json, RestError
from flowrun_sandbox.xcart.model import Address, Order, OrderItem, Product, Profile, Tracking, Variant
from flowrun_sandbox.xcart.shop import Shop
from flowrun_sandbox.xcart.statuses import UnknownStatus, find
from flowrun_sandbox.xcart.wire import LARGEST_MONEY, money

Casts = Mapping[str, tuple[str, Callable[[Any], Any]]]


def _stock(value: object) -> int:
    return max(0, whole(value))


def _price(value: object) -> Decimal:
    number = decimal(value)
    if abs(number) >= LARGEST_MONEY:
        raise RestError("SQLSTATE[22003]: Numeric value out of range")
    return money(number)


def _text_or_none(value: object) -> str | None:
    return None if value is None else str(value)


ORDER: Casts = {
    "notes": ("notes", str),
    "adminNotes": ("admin_notes", str),
    "shipping_method_name": ("shipping_method_name", str),
}
ITEM: Casts = {
    "amount": ("amount", _stock),
    "price": ("price", _price),
    "sku": ("sku", str),
    "name": ("name", str),
}
TRACKING: Casts = {"value": ("value", str)}
PRODUCT: Casts = {
    "sku": ("sku", str),
    "name": ("name", str),
    "price": ("price", _price),
    "amount": ("amount", _stock),
    "weight": ("weight", _price),
    "enabled": ("enabled", truth),
    "taxable": ("taxable", truth),
    "free_shipping": ("free_shipping", truth),
    "inventoryEnabled": ("inventory_traceable", truth),
}
TEXTS = {
    "description": "description",
    "briefDescription": "brief_description",
    "metaTags": "meta_tags",
    "metaDesc": "meta_description",
    "metaTitle": "meta_title",
}
VARIANT: Casts = {
    "sku": ("sku", _text_or_none),
    "price": ("price", _price),
    "defaultPrice": ("default_price", truth),
    "amount": ("amount", _stock),
    "defaultAmount": ("default_amount", truth),
    "weight": ("weight", _price),
    "defaultWeight": ("default_weight", truth),
    "defaultValue": ("default_variant", truth),
}
PROFILE: Casts = {
    "login": ("login", str),
    "status": ("status", str),
    "statusComment": ("status_comment", str),
    "language": ("language", str),
    "anonymous": ("anonymous", truth),
}
ADDRESS: Casts = {
    **{
        name: (name, str) for name in ("title", "firstname", "lastname", "street", "city", "zipcode", "phone")
    },
    "address_type": ("type", str),
    "is_billing": ("is_billing", truth),
    "is_shipping": ("is_shipping", truth),
    "isWork": ("is_work", truth),
}


def assign(row: object, data: Json, casts: Casts) -> bool:
    """Whether anything is another value now."""
    changed = False
    for column, (name, cast) in casts.items():
        if column in data:
            value = cast(data[column])
            changed = changed or value != getattr(row, name)
            setattr(row, name, value)
    return changed


def related(data: Json, name: str, key: str) -> int:
    """The id inside an association, ``{"order": {"order_id": 5}}``; 0 when there is none."""
    inner = data.get(name)
    return whole(inner.get(key)) if isinstance(inner, dict) else 0


def alter_order(shop: Shop, row: Order, data: Json) -> None:
    """Notes and the two statuses; the row's own change moves its date."""
    for kind in ("payment", "shipping"):
        id_ = related(data, f"{kind}Status", "id")
        if id_:
            try:
                set_status(shop, row, kind, find(kind, str(id_)))
            except UnknownStatus as error:
                raise RestError(str(error)) from error
    if assign(row, data, ORDER):
        row.update_date = shop.now()


def alter_item(_shop: Shop, row: tuple[Order, OrderItem], data: Json) -> None:
    """The line alone: neither the order's sums nor its date follow."""
    assign(row[1], data, ITEM)


def create_tracking(shop: Shop, data: Json) -> tuple[Order, Tracking]:
    """A number more for an order, whose date stays as it was."""
    order = shop.orders.get(related(data, "order", "order_id"))
    if order is None:
        raise RestError("An exception occurred while executing 'INSERT': column 'order_id' cannot be null")
    row = Tracking(shop.next_id("tracking"), shop.now(), str(data.get("value", "")))
    order.tracking.append(row)
    return order, row


def alter_tracking(_shop: Shop, row: tuple[Order, Tracking], data: Json) -> None:
    """Another number in its place."""
    assign(row[1], data, TRACKING)


def create_product(shop: Shop, data: Json) -> Product:
    """A product as a bare row: no stock unless said, no check of the name."""
    now = shop.now()
    row = Product(0, "", "", Decimal(0), 0, now, now, now)
    _refuse_taken_sku(shop, row, data)
    row.id = shop.next_id("product")
    row.sku = f"SKU{row.id}"
    shop.products[row.id] = row
    alter_product(shop, row, data)
    return row


def alter_product(shop: Shop, row: Product, data: Json) -> None:
    """Columns and English texts; a text may also be said as if it were a column."""
    _refuse_taken_sku(shop, row, data)
    assign(row, data, PRODUCT)
    _say(row, data)
    for text in rows(data.get("translations", [])):
        if isinstance(text, dict) and text.get("code") == "en":
            assign(row, text, {"name": ("name", str)})
            _say(row, text)
    row.update_date = shop.now()
    shop.tell_of_product(row)


def _say(row: Product, data: Json) -> None:
    row.texts |= {key: str(data[column]) for column, key in TEXTS.items() if column in data}


def _refuse_taken_sku(shop: Shop, row: Product, data: Json) -> None:
    holder = shop.product_by_sku(str(data["sku"])) if data.get("sku") else None
    if holder is not None and holder is not row:
        raise RestError(f"SQLSTATE[23000]: Duplicate entry '{data['sku']}' for key 'sku'")


def create_variant(shop: Shop, data: Json) -> tuple[Product, Variant]:
    """A variant of a product."""
    product = shop.products.get(related(data, "product", "product_id"))
    if product is None:
        raise RestError("An exception occurred while executing 'INSERT': column 'product_id' cannot be null")
    row = Variant(shop.next_id("variant"), None, product.price, 0, product.weight, default_amount=True)
    product.variants[row.id] = row
    assign(row, data, VARIANT)
    return product, row


def alter_variant(_shop: Shop, row: tuple[Product, Variant], data: Json) -> None:
    """Columns only."""
    assign(row[1], data, VARIANT)


def create_profile(shop: Shop, data: Json) -> Profile:
    """An account; the login has to be free."""
    login = str(data.get("login", ""))
    if not login or shop.profile_by_login(login) is not None:
        raise RestError(f"SQLSTATE[23000]: Duplicate entry '{login}' for key 'login'")
    row = Profile(shop.next_id("profile"), login, shop.now())
    shop.profiles[row.id] = row
    alter_profile(shop, row, data)
    return row


def alter_profile(shop: Shop, row: Profile, data: Json) -> None:
    """Columns and the membership."""
    if assign(row, data, PROFILE):
        shop.login_changed()
    if "membership" in data:
        membership = related(data, "membership", "membership_id")
        row.membership_id = membership if shop.membership_name(membership) else None


def create_address(shop: Shop, data: Json) -> tuple[Profile, Address]:
    """An address of an account; no field is required here."""
    profile = shop.profiles.get(related(data, "profile", "profile_id"))
    if profile is None:
        raise RestError("An exception occurred while executing 'INSERT': column 'profile_id' cannot be null")
    row = Address(shop.next_id("address"), "", "", "", "", "", "", is_billing=False, is_shipping=False)
    profile.addresses[row.id] = row
    alter_address(shop, (profile, row), data)
    return profile, row


def alter_address(_shop: Shop, row: tuple[Profile, Address], data: Json) -> None:
    """Texts by the names of their fields; country by its code, state by its number."""
    address = row[1]
    assign(address, data, ADDRESS)
    if isinstance(data.get("country"), dict):
        address.country_code = str(data["country"].get("code", ""))
    state = related(data, "state", "state_id")
    for name, id_ in STATES.items():
        if id_ == state:
            address.state, address.state_name = id_, name
