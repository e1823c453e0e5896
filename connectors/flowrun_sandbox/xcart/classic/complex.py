"""The ``complex`` schema: orders, products and people as an integrator would like them. Reading only.

What surprises: ``subtotal`` is the total without shipping and not the merchandise; only the first tracking
number is told; lines have no id and no variant; a table without members comes as ``[]`` and not as ``{}``.
Before 5.3.2 there was less of it, the addresses were the live account's, and the password's hash was told.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from flowrun_sandbox.xcart.classic.order_rows import transaction
from flowrun_sandbox.xcart.classic.rows import password_hash, unix
from flowrun_sandbox.xcart.model import Address, Order, OrderItem, Product, Profile, Transaction
from flowrun_sandbox.xcart.shop import Shop

Json = dict[str, Any]
_STOREFRONT = "https://shop.example.com/"
_HUMAN = {
    "I": "Initialized",
    "P": "In progress",
    "S": "Success",
    "W": "Pending",
    "F": "Failed",
    "C": "Canceled",
}
_KNOWN_CODES = {"SHIPPING", "DCOUPON"}


def _date(shop: Shop, moment: datetime | None) -> str | None:
    return moment.astimezone(shop.timezone).isoformat(timespec="seconds") if moment else None


def order(shop: Shop, row: Order) -> Json:
    """An order."""
    sums = {kind: _sum(row, kind) for kind in ("shipping", "tax", "discount")}
    live = shop.profiles.get(row.customer_id or 0)
    shape: Json = {
        "orderId": row.id,
        "orderNumber": row.order_number,
        "subtotal": row.total - sums["shipping"],
        "total": row.total,
        "shippingCost": sums["shipping"],
        "paymentFee": 0,
        "taxAmount": sums["tax"],
        "discountValue": sums["discount"],
        "otherSurcharges": _others(row) or [],
        "currency": row.currency,
        "items": [_item(shop, line) for line in row.items],
        "orderDate": _date(shop, row.create_date),
        "updateDate": _date(shop, row.update_date),
        "trackingNumber": row.tracking[0].value if row.tracking else "",
        "customerNotes": row.notes,
        "adminNotes": row.admin_notes,
        "coupon": [part["code"] for part in row.coupons],
        "customerInfo": _customer(shop, row, live),
        "billingInfo": _address(shop, row.billing_address),
        "shippingInfo": _address(shop, row.shipping_address),
        "paymentMethod": row.transactions[0].method if row.transactions else "",
        "paymentStatus": row.payment_status.code,
        "shippingMethod": row.shipping_method_name or "",
        "shippingStatus": row.shipping_status.code,
        "transactions": [_transaction(shop, row, part) for part in row.transactions],
        "details": [
            {
                "code": part["id"],
                "label": str(part["name"]).replace("_", " ").capitalize(),
                "value": part["value"],
            }
            for part in row.details
        ],
    }
    return _as_of_52(shop, row, shape) if shop.settings.classic_release == "5.2" else shape


def _as_of_52(shop: Shop, row: Order, shape: Json) -> Json:
    for name in ("transactions", "details", "otherSurcharges"):
        del shape[name]
    for line in shape["items"]:
        del line["attributes"]
    shape["coupon"] = ""
    live = shop.profiles.get(row.customer_id or 0)
    book = list(live.addresses.values()) if live else []
    for name, mark in (("billingInfo", "is_billing"), ("shippingInfo", "is_shipping")):
        found = next((part for part in book if getattr(part, mark)), None)
        shape[name] = _address(shop, found)
        if shape[name]:
            del shape[name]["phone"]
    shape["customerInfo"]["password"] = password_hash(row.customer_id or 0)
    return shape


def _sum(row: Order, kind: str) -> Decimal:
    return sum((part.value for part in row.surcharges if part.type == kind), Decimal(0))


def _others(row: Order) -> Json:
    return {
        part.code: {"name": part.name, "value": part.value}
        for part in row.surcharges
        if part.code not in _KNOWN_CODES and part.type not in {"tax", "discount", "shipping"}
    }


def _item(shop: Shop, line: OrderItem) -> Json:
    found = shop.products.get(line.product_id or 0)
    row = found or Product(
        0, line.sku, line.name, line.price, 0, line.update_date, line.update_date, line.update_date
    )
    variant = row.variants.get(line.variant or 0)
    return {
        "sku": line.sku,
        "productId": line.product_id or 0,
        "name": row.name,
        "description": row.texts.get("description", ""),
        "shortDescription": row.texts.get("brief_description", ""),
        "attributes": dict(map(shop.attribute, variant.attribute_select_values)) if variant else [],
        "price": line.price,
        "weight": row.weight,
        "quantity": line.amount,
        "subtotal": line.price * line.amount,
        "total": line.discounted_subtotal,
        "releaseDate": _date(shop, row.arrival_date) if found else None,
        "URL": _STOREFRONT + row.clean_url,
        "enabled": row.enabled and found is not None,
        "freeShipping": row.free_shipping,
    }


def _customer(shop: Shop, row: Order, live: Profile | None) -> Json:
    address = row.billing_address
    return {
        "profileId": live.id if live else row.order_profile_id,
        "isAnonymous": live is None or live.anonymous,
        "login": live.login if live else row.email,
        "email": row.email,
        "status": live.status if live else "E",
        "isAdmin": bool(live and live.access_level),
        "addedDate": _date(shop, live.create_date if live else row.create_date),
        "membership": (shop.membership_name(live.membership_id) if live else None) or "",
        "firstname": address.firstname if address else "",
        "lastname": address.lastname if address else "",
    }


def _address(shop: Shop, row: Address | None) -> Json | None:
    if row is None:
        return None
    return {
        "firstname": row.firstname,
        "lastname": row.lastname,
        "address": row.street,
        "city": row.city,
        "country": row.country_code,
        "state": shop.state_code(row.state) or row.state_name,
        "zipcode": row.zipcode,
        "phone": row.phone,
        **row.custom_fields,
        "isDefaultShippingAddress": row.is_shipping,
        "isDefaultBillingAddress": row.is_billing,
    }


def _transaction(shop: Shop, order_row: Order, row: Transaction) -> Json:
    plain = transaction(shop, (order_row, row))
    return {
        "id": row.public_id,
        "type": row.type,
        "value": row.value,
        "status": plain["status"],
        "human_status": _HUMAN[plain["status"]],
        "method": row.method,
        "note": "",
    }


def product(shop: Shop, row: Product) -> Json:
    """A product. Its variants are not in it."""
    texts = {
        "name": row.name,
        "description": row.texts.get("description", ""),
        "shortDescription": row.texts.get("brief_description", ""),
    }
    return {
        "sku": row.sku,
        "productId": row.id,
        **texts,
        "price": row.price,
        "weight": row.weight,
        "quantity": row.amount,
        "releaseDate": _date(shop, row.arrival_date),
        "image": [image.url for image in row.images.values()],
        "URL": _STOREFRONT + row.clean_url,
        "enabled": row.enabled,
        "freeShipping": row.free_shipping,
        "categories": [],
        "memberships": row.memberships,
        "translations": {"en": texts},
    }


def profile(shop: Shop, row: Profile) -> Json:
    """A person, with the addresses that the other schema cannot tell."""
    addresses = [_address(shop, part) for part in row.addresses.values()]
    billing = next((part for part in row.addresses.values() if part.is_billing), None)
    shape: Json = {
        "profileId": row.id,
        "login": row.login,
        "email": row.login,
        "status": row.status,
        "referer": "",
        "firstLogin": unix(row.first_login_date),
        "lastLogin": unix(row.last_login_date),
        "addresses": addresses,
        "addedDate": _date(shop, row.create_date),
        "membership": shop.membership_name(row.membership_id) or "",
        "roles": [],
        "firstname": billing.firstname if billing else "",
        "lastname": billing.lastname if billing else "",
    }
    if shop.settings.classic_release == "5.2":
        shape["password"] = password_hash(row.id)
    return shape
