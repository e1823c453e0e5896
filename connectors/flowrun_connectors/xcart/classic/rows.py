"""Rows of the classic tables as the records of 5.5.

Pure. Dates are seconds since 1970 there, a status has no name, names hang in translations, and the texts of an
address come only from the complex schema, without its id.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowrun_connectors.xcart.moments import of_seconds, text_of

Row = Mapping[str, Any]
Json = dict[str, Any]

_ADDRESS_COLUMNS = frozenset(
    {
        "title",
        "firstname",
        "lastname",
        "phone",
        "address",
        "zipcode",
        "city",
        "country",
        "state",
        "isDefaultShippingAddress",
        "isDefaultBillingAddress",
    }
)


def status(row: Any) -> Json | None:
    """A status. Its name is a translation in a table of its own, and left empty."""
    if not isinstance(row, Mapping):
        return None
    return {"id": row.get("id"), "code": row.get("code"), "name": "", "customer_name": ""}


def order(default: Row, complex_: Row) -> Json:
    """An order from both schemas: what is written in rows from `default`, addresses from `complex`.

    The `subtotal` of `complex` is the total without shipping; the goods alone are the `subtotal` of `default`.
    """
    customer = _record(complex_.get("customerInfo"))
    profile, live = _record(default.get("profile")), _record(default.get("orig_profile"))
    return {
        "id": default.get("order_id"),
        "order_number": _text(default.get("orderNumber")),
        "total": default.get("total"),
        "sub_total": default.get("subtotal"),
        "email": customer.get("email") or profile.get("login") or "",
        "items": _items(_rows(default.get("items")), _rows(complex_.get("items"))),
        "billing_address": address(complex_.get("billingInfo")),
        "shipping_address": address(complex_.get("shippingInfo")),
        "create_date": _date(default.get("date")),
        "update_date": _date(default.get("lastRenewDate")),
        "payment_status": status(default.get("paymentStatus")),
        "shipping_status": status(default.get("shippingStatus")),
        "customer_id": live.get("profile_id"),
        "order_profile_id": profile.get("profile_id"),
        "shipping_id": default.get("shipping_id") or None,
        "shipping_method_name": default.get("shipping_method_name"),
        "notes": default.get("notes") or "",
        "admin_notes": default.get("adminNotes") or "",
        "currency": _record(default.get("currency")).get("code") or complex_.get("currency"),
        "stock_status": "",
        "surcharges": [dict(row) for row in _rows(default.get("surcharges"))],
        "tracking_numbers": [
            {"id": row.get("tracking_id"), "date": None, "value": _text(row.get("value"))}
            for row in _rows(default.get("trackingNumbers"))
        ],
        "used_coupons": [dict(row) for row in _rows(default.get("usedCoupons"))],
    }


def _items(rows: list[Row], told: list[Row]) -> list[Json]:
    """The lines. Which product a line is of stands only in `complex`, which has no ids: the two lists are paired by
    their order, where each SKU agrees.
    """
    paired = [row.get("sku") for row in rows] == [row.get("sku") for row in told]
    return [
        {
            "id": row.get("item_id"),
            "product_id": (told[place].get("productId") or None) if paired else None,
            "sku": row.get("sku"),
            "update_date": None,
            "name": row.get("name"),
            "price": row.get("price"),
            "item_net_price": row.get("itemNetPrice"),
            "discounted_subtotal": row.get("discountedSubtotal"),
            "amount": row.get("amount"),
            "backordered_amount": 0,
            "surcharges": [],
            "variant": None,
        }
        for place, row in enumerate(rows)
    ]


def address(info: Any, book: Row | None = None, state: Row | None = None) -> Json | None:
    """An address of the complex schema. `state_name` holds the state's code (CA), or its name where it has none.

    `book` is its row in the address book, `state` the state's, where they were read.
    """
    if not isinstance(info, Mapping):
        return None
    book, state = book or {}, state or {}
    return {
        "id": book.get("address_id"),
        "is_billing": bool(info.get("isDefaultBillingAddress")),
        "is_shipping": bool(info.get("isDefaultShippingAddress")),
        "is_work": bool(book.get("isWork")),
        "type": book.get("address_type") or "",
        "title": info.get("title") or "",
        "firstname": info.get("firstname") or "",
        "lastname": info.get("lastname") or "",
        "phone": info.get("phone") or "",
        "street": info.get("address") or "",
        "zipcode": info.get("zipcode") or "",
        "city": info.get("city") or "",
        "country_code": info.get("country") or "",
        "state": state.get("state_id") or None,
        "state_name": info.get("state") or "",
        "custom_fields": [
            {"name": name, "value": _text(value)}
            for name, value in info.items()
            if name not in _ADDRESS_COLUMNS and value not in (None, "")
        ],
    }


def transaction(row: Row, backend: list[Row], currency: str | None) -> Json:
    """A payment. Without what the gateway answered, its own letter and sum stand for that."""
    answers = backend or [{"type": row.get("type"), "status": row.get("status"), "value": row.get("value")}]
    return {
        "id": row.get("transaction_id"),
        "public_id": row.get("public_id"),
        "public_txn_id": row.get("publicTxnId"),
        "method_id": None,
        "type": row.get("type"),
        "date": _date(row.get("date")),
        "status": row.get("status"),
        "name": row.get("method_name"),
        "local_name": row.get("method_local_name"),
        "currency": currency,
        "value": row.get("value"),
        "note": row.get("note") or "",
        "data": [],
        "backend_transactions": [
            {
                "id": item.get("id"),
                "type": item.get("type"),
                "date": _date(item.get("date")),
                "status": item.get("status"),
                "value": item.get("value"),
                "data": [],
            }
            for item in answers
        ],
    }


def event(row: Row) -> Json:
    """A line of an order's history."""
    return {
        "id": row.get("event_id"),
        "date": _date(row.get("date")),
        "code": row.get("code"),
        "description": row.get("description"),
        "data": row.get("data"),
        "comment": row.get("comment") or "",
        "profile_id": None,
        "profile_name": "",
        "ip": "",
        "details": [],
    }


def product(row: Row, language: str) -> Json:
    """A product. Its class, tax class and memberships come with their ids only."""
    texts = translation(row, language)
    return {
        "id": row.get("product_id"),
        "sku": row.get("sku"),
        "name": texts.get("name") or "",
        "description": texts.get("description") or "",
        "brief_description": texts.get("briefDescription") or "",
        "meta_tags": texts.get("metaTags") or "",
        "meta_description": texts.get("metaDesc") or "",
        "meta_title": texts.get("metaTitle") or "",
        "price": row.get("price"),
        "enabled": bool(row.get("enabled")),
        "weight": row.get("weight"),
        "separate_box": bool(row.get("useSeparateBox")),
        "width": row.get("boxWidth"),
        "length": row.get("boxLength"),
        "height": row.get("boxHeight"),
        "free_shipping": bool(row.get("free_shipping")),
        "taxable": bool(row.get("taxable")),
        "create_date": _date(row.get("date")),
        "update_date": _date(row.get("updateDate")),
        "arrival_date": _date(row.get("arrivalDate")),
        "inventory_traceable": bool(row.get("inventoryEnabled")),
        "amount": row.get("amount"),
        "product_class": _named(row.get("productClass"), "id"),
        "tax_class": _named(row.get("taxClass"), "id"),
        "memberships": [_named(item, "membership_id") for item in _rows(row.get("memberships"))],
        "clean_url": "",
        "images": [],
    }


def variant(row: Row) -> Json:
    """A variant."""
    return {
        "id": row.get("id"),
        "price": row.get("price"),
        "default_price": bool(row.get("defaultPrice")),
        "amount": row.get("amount"),
        "default_amount": bool(row.get("defaultAmount")),
        "weight": row.get("weight"),
        "default_weight": bool(row.get("defaultWeight")),
        "default_variant": bool(row.get("defaultValue")),
        "sku": row.get("sku"),
        "image": None,
        "attribute_checkbox_values": [item.get("id") for item in _rows(row.get("attributeValueC"))],
        "attribute_select_values": [item.get("id") for item in _rows(row.get("attributeValueS"))],
    }


def profile(row: Row) -> Json:
    """A customer."""
    return {
        "id": row.get("profile_id"),
        "login": row.get("login"),
        "access_level": row.get("access_level"),
        "create_date": _date(row.get("added")),
        "first_login_date": _date(row.get("first_login")),
        "last_login_date": _date(row.get("last_login")),
        "status": row.get("status"),
        "status_comment": row.get("statusComment") or "",
        "referer": row.get("referer") or "",
        "language": row.get("language"),
        "membership_id": _record(row.get("membership")).get("membership_id"),
        "pending_membership_id": _record(row.get("pending_membership")).get("membership_id"),
        "force_change_password": bool(row.get("forceChangePassword")),
        "role_ids": [item.get("id") for item in _rows(row.get("roles"))],
    }


def membership(row: Row, language: str) -> Json:
    """A membership."""
    name = translation(row, language).get("name") or ""
    return {"id": row.get("membership_id"), "name": name, "enabled": bool(row.get("enabled", True))}


def translation(row: Row, language: str) -> Row:
    """The texts in a language, or in the first there is."""
    texts = _rows(row.get("translations"))
    found = [text for text in texts if text.get("code") == language]
    return (found or texts or [{}])[0]


def _named(row: Any, key: str) -> Json | None:
    return {"id": row.get(key), "name": ""} if isinstance(row, Mapping) else None


def _record(value: Any) -> Row:
    """A record that may be null or, as PHP writes an empty one, a list."""
    return value if isinstance(value, Mapping) else {}


def _rows(value: Any) -> list[Row]:
    if isinstance(value, Mapping):  # PHP writes a list with gaps as a record
        value = list(value.values())
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _date(seconds: Any) -> str | None:
    return text_of(of_seconds(seconds))


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
