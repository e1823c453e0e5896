"""The ``default`` schema of all but orders: the columns as the database has them.

Dates are unix seconds; names and descriptions are no columns but hang in translations.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from flowrun_sandbox.xcart.model import (
    Address,
    Product,
    Profile,
    Variant,
)
from flowrun_sandbox.xcart.shop import Shop
from flowrun_sandbox.xcart.statuses import Status

Json = dict[str, Any]


def unix(moment: datetime | None) -> int:
    """Seconds; 0 for a moment that never was."""
    return int(moment.timestamp()) if moment else 0


def password_hash(profile_id: int) -> str:
    """What a careless API gives away. It is the hash of nothing anybody types."""
    return "SHA512:" + hashlib.sha512(f"sandbox profile {profile_id}".encode()).hexdigest()


def status(_shop: Shop, row: Status) -> Json:
    """A status without its name, which is a translation."""
    return {"id": row.id, "code": row.code, "position": row.id * 10}


def status_associations(_shop: Shop, row: Status) -> Json:
    """The names."""
    return {
        "translations": [
            {"label_id": row.id * 2 - 1, "code": "en", "name": row.name, "customerName": row.customer_name},
            {"label_id": row.id * 2, "code": "de", "name": row.german, "customerName": row.german},
        ]
    }


def product(_shop: Shop, row: Product) -> Json:
    """The columns of a product. Its name is not among them."""
    return {
        "product_id": row.id,
        "version": 1,
        "price": row.price,
        "sku": row.sku,
        "enabled": row.enabled,
        "weight": row.weight,
        "useSeparateBox": row.separate_box,
        "boxWidth": row.width,
        "boxLength": row.length,
        "boxHeight": row.height,
        "itemsPerBox": 1,
        "free_shipping": row.free_shipping,
        "taxable": row.taxable,
        "javascript": "",
        "arrivalDate": unix(row.arrival_date),
        "date": unix(row.create_date),
        "updateDate": unix(row.update_date),
        "needProcess": False,
        "inventoryEnabled": row.inventory_traceable,
        "amount": row.amount,
        "lowLimitEnabledCustomer": True,
        "lowLimitEnabled": True,
        "lowLimitAmount": 10,
        "attrSepTab": True,
        "metaDescType": "A",
        "sales": 0,
        "xcPendingExport": False,
    }


def product_associations(shop: Shop, row: Product) -> Json:
    """Texts, tax class, memberships and the columns of the variants."""
    tax = row.tax_class
    return {
        "translations": [
            {
                "label_id": row.id,
                "code": "en",
                "name": row.name,
                "description": row.texts.get("description", ""),
                "briefDescription": row.texts.get("brief_description", ""),
                "metaTags": row.texts.get("meta_tags", ""),
                "metaDesc": row.texts.get("meta_description", ""),
                "metaTitle": row.texts.get("meta_title", ""),
            }
        ],
        "categoryProducts": [],
        "memberships": [membership(shop, name) for name in row.memberships],
        "taxClass": {"id": shop.tax_classes[tax], "position": 0} if tax else None,
        "variants": [variant(shop, (row, part)) for part in row.variants.values()],
    }


def variant(_shop: Shop, row: tuple[Product, Variant]) -> Json:
    """The columns of a variant."""
    part = row[1]
    return {
        "id": part.id,
        "price": part.price,
        "defaultPrice": part.default_price,
        "amount": part.amount,
        "defaultAmount": part.default_amount,
        "weight": part.weight,
        "defaultWeight": part.default_weight,
        "sku": part.sku,
        "variant_id": f"{part.id * 2654435761 % 2**32:08x}",
        "defaultValue": part.default_variant,
    }


def variant_associations(shop: Shop, row: tuple[Product, Variant]) -> Json:
    """The product, and the chosen options by number."""
    return {
        "product": product(shop, row[0]),
        "image": None,
        "attributeValueC": [],
        "attributeValueS": [{"id": id_} for id_ in row[1].attribute_select_values],
        "orderItems": [],
    }


def profile(_shop: Shop, row: Profile) -> Json:
    """The columns of an account, the hash of its password among them."""
    return {
        "profile_id": row.id,
        "login": row.login,
        "password": password_hash(row.id),
        "password_hint": "",
        "password_hint_answer": "",
        "passwordResetKey": "",
        "passwordResetKeyDate": 0,
        "access_level": row.access_level,
        "cms_profile_id": 0,
        "cms_name": "",
        "added": unix(row.create_date),
        "first_login": unix(row.first_login_date),
        "last_login": unix(row.last_login_date),
        "status": row.status,
        "statusComment": row.status_comment,
        "referer": "",
        "language": row.language,
        "last_shipping_id": 0,
        "last_payment_id": 0,
        "anonymous": row.anonymous,
        "forceChangePassword": row.force_change_password,
        "dateOfLoginAttempt": 0,
        "countOfLoginAttempts": 0,
        "searchFakeField": "",
        "xcPendingExport": False,
        "lastCheckoutEmail": "",
    }


def profile_associations(shop: Shop, row: Profile) -> Json:
    """Addresses come without their texts: those are one level deeper than the answer goes."""
    name = shop.membership_name(row.membership_id)
    return {
        "addresses": [address(shop, (row, part)) for part in row.addresses.values()],
        "membership": membership(shop, name) if name else None,
        "roles": [],
    }


def address(_shop: Shop, row: tuple[Profile, Address]) -> Json:
    """The columns of an address: street, city and name are rows of another table."""
    part = row[1]
    return {
        "address_id": part.id,
        "address_type": part.type,
        "is_billing": part.is_billing,
        "is_shipping": part.is_shipping,
        "isWork": part.is_work,
    }


ADDRESS_TEXTS = ("title", "firstname", "lastname", "street", "city", "zipcode", "phone", "custom_state")


def address_associations(shop: Shop, row: tuple[Profile, Address]) -> Json:
    """The texts without the names of their fields, the state with its code."""
    part = row[1]
    values = [*(getattr(part, name, "") for name in ADDRESS_TEXTS), *part.custom_fields.values()]
    return {
        "addressFields": [
            {"id": part.id * 100 + place, "value": value} for place, value in enumerate(values)
        ],
        "country": {"code": part.country_code, "enabled": True},
        "state": {"state_id": part.state, "code": shop.state_code(part.state), "state": part.state_name},
        "profile": profile(shop, row[0]),
    }


def membership(shop: Shop, name: str) -> Json:
    """A membership without its name, which is a translation."""
    id_ = shop.memberships[name]
    return {"membership_id": id_, "position": id_ * 10, "enabled": name not in shop.disabled_memberships}


def membership_associations(shop: Shop, name: str) -> Json:
    """The name."""
    return {"translations": [{"label_id": shop.memberships[name], "code": "en", "name": name}]}
