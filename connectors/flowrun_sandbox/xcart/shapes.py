"""The JSON of the 5.5 admin API.

Three date styles live side by side: orders write ``+0000`` (no colon, UTC), profiles ``+00:00`` (UTC),
products the shop's own offset. ``payment_transactions[].status`` holds the *name of the payment method*, a
bug of 5.5 that a client has to live with: the truth is in ``backend_transactions``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from flowrun_sandbox.xcart.model import (
    Address,
    HistoryEvent,
    Order,
    OrderItem,
    Profile,
    Surcharge,
    Tracking,
    Transaction,
)
from flowrun_sandbox.xcart.statuses import Status

Json = dict[str, Any]


def order_date(moment: datetime) -> str:
    """As orders, items, history and transactions write it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def profile_date(moment: datetime | None) -> str | None:
    """As profiles write it."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def number(value: Decimal) -> float:
    """PHP writes money as a float with up to four decimals, and 120 as 120.0."""
    return float(value)


def status(row: Status, language: str = "en") -> Json:
    """A status; its name follows the asked language, its code never does."""
    german = language == "de"
    return {
        "id": row.id,
        "code": row.code,
        "name": row.german if german else row.name,
        "customer_name": row.german if german else row.customer_name,
    }


def address(row: Address | None) -> Json | None:
    """An address. Company and VAT number exist only as custom fields."""
    if row is None:
        return None
    return {
        "id": row.id,
        "is_billing": row.is_billing,
        "is_shipping": row.is_shipping,
        "is_work": row.is_work,
        "type": row.type,
        "title": row.title,
        "firstname": row.firstname,
        "lastname": row.lastname,
        "phone": row.phone,
        "street": row.street,
        "zipcode": row.zipcode,
        "city": row.city,
        "country_code": row.country_code,
        "state": row.state,
        "state_name": row.state_name,
        "custom_fields": [{"name": name, "value": value} for name, value in row.custom_fields.items()],
    }


def surcharge(row: Surcharge) -> Json:
    """A surcharge of an order."""
    return {
        "id": row.id,
        "type": row.type,
        "code": row.code,
        "class": row.class_,
        "include": row.include,
        "available": True,
        "value": number(row.value),
        "name": row.name,
        "weight": row.weight,
    }


def item(row: OrderItem, current_name: str) -> Json:
    """An order line."""
    return {
        "id": row.id,
        "product_id": row.product_id,
        "sku": row.sku,
        "update_date": order_date(row.update_date),
        "name": current_name,
        "price": number(row.price),
        "item_net_price": number(row.price),
        "discounted_subtotal": number(row.discounted_subtotal),
        "amount": row.amount,
        "backordered_amount": 0,
        "surcharges": [],
        "variant": row.variant,
    }


def order(row: Order, name_of: Callable[[int | None], str | None], language: str = "en") -> Json:
    """An order; ``name_of`` tells what a product is called today."""
    shape: Json = {
        "id": row.id,
        "total": number(row.total),
        "sub_total": number(row.sub_total),
        "email": row.email,
        "items": [item(line, name_of(line.product_id) or line.name) for line in row.items],
        "billing_address": address(row.billing_address),
        "shipping_address": address(row.shipping_address),
        "create_date": order_date(row.create_date),
        "update_date": order_date(row.update_date),
        "payment_status": status(row.payment_status, language),
        "shipping_status": status(row.shipping_status, language),
        "customer_id": row.customer_id,
        "order_profile_id": row.order_profile_id,
        "shipping_id": row.shipping_id,
        "shipping_method_name": row.shipping_method_name,
        "notes": row.notes,
        "admin_notes": row.admin_notes,
        "currency": row.currency,
        "stock_status": row.stock_status,
        "surcharges": [surcharge(part) for part in row.surcharges],
        "tracking_numbers": [tracking(part) for part in row.tracking],
    }
    if row.order_number is not None:
        shape["order_number"] = row.order_number
    shape["used_coupons"] = row.coupons
    return shape


def tracking(row: Tracking) -> Json:
    """A parcel's number."""
    return {"id": row.id, "date": order_date(row.date), "value": row.value}


def transaction(row: Transaction) -> Json:
    """A payment transaction, with 5.5's wrong ``status``."""
    return {
        "id": row.id,
        "public_id": row.public_id,
        "public_txn_id": row.public_txn_id,
        "method_id": row.method_id,
        "type": row.type,
        "date": order_date(row.date),
        "status": row.method,
        "name": row.method,
        "local_name": row.method,
        "currency": row.currency,
        "value": number(row.value),
        "note": "",
        "data": [
            {
                "id": place,
                "name": name,
                "label": name.replace("_", " ").capitalize(),
                "value": value,
                "access_level": "C",
            }
            for place, (name, value) in enumerate(row.data.items(), start=1)
        ],
        "backend_transactions": [
            {
                "id": part.id,
                "type": part.type,
                "date": order_date(part.date),
                "status": part.status,
                "value": number(part.value),
                "data": [],
            }
            for part in row.backend
        ],
    }


def history(row: HistoryEvent) -> Json:
    """A history event. ``comment`` repeats the code, as 5.5 does."""
    return {
        "id": row.id,
        "date": order_date(row.date),
        "code": row.code,
        "description": row.description,
        "data": row.data,
        "comment": row.code,
        "profile_id": 1 if row.operator else None,
        "profile_name": "admin@example.com" if row.operator else "",
        "ip": "198.51.100.4" if row.operator else "203.0.113.9",
        "details": [],
    }


def profile(row: Profile) -> Json:
    """A profile: no name, no phone, no mark for guests."""
    return {
        "id": row.id,
        "login": row.login,
        "access_level": row.access_level,
        "create_date": profile_date(row.create_date),
        "first_login_date": profile_date(row.first_login_date),
        "last_login_date": profile_date(row.last_login_date),
        "status": row.status,
        "status_comment": row.status_comment,
        "referer": "",
        "language": row.language,
        "membership_id": row.membership_id,
        "pending_membership_id": row.pending_membership_id,
        "force_change_password": row.force_change_password,
        "role_ids": [],
    }
