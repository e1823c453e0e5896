"""The ``default`` schema of orders: the columns, and what hangs on them, one level deep."""

from __future__ import annotations

from typing import Any

from flowrun_sandbox.xcart import shapes
from flowrun_sandbox.xcart.classic import rows
from flowrun_sandbox.xcart.model import HistoryEvent, Order, OrderItem, Profile, Tracking, Transaction
from flowrun_sandbox.xcart.shop import Shop

Json = dict[str, Any]
CURRENCY_NUMBERS = {"USD": 840, "EUR": 978, "GBP": 826, "CHF": 756}
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "CHF": "CHF "}


def order(_shop: Shop, row: Order) -> Json:
    """The columns of an order; a cart has no number."""
    return {
        "order_id": row.id,
        "shipping_id": row.shipping_id or 0,
        "shipping_method_name": row.shipping_method_name or "",
        "payment_method_name": row.transactions[0].method if row.transactions else "",
        "tracking": "",
        "date": rows.unix(row.create_date),
        "lastRenewDate": rows.unix(row.update_date),
        "notes": row.notes,
        "adminNotes": row.admin_notes,
        "orderNumber": row.order_number,
        "recent": row.shipping_status.code == "N",
        "xcPendingExport": False,
        "total": row.total,
        "subtotal": row.sub_total,
    }


def order_associations(shop: Shop, row: Order) -> Json:
    """What hangs on an order, one level deep: its lines name no product."""
    live = shop.profiles.get(row.customer_id or 0)
    frozen = live or Profile(0, row.email, row.create_date)
    return {
        "profile": rows.profile(shop, frozen) | {"profile_id": row.order_profile_id, "login": row.email},
        "orig_profile": rows.profile(shop, live) if live else None,
        "paymentStatus": rows.status(shop, row.payment_status),
        "shippingStatus": rows.status(shop, row.shipping_status),
        "details": [{"detail_id": part["id"], **part} for part in row.details],
        "trackingNumbers": [tracking(shop, (row, part)) for part in row.tracking],
        "events": [event(part) for part in row.history],
        "items": [item(shop, (row, part)) for part in row.items],
        "surcharges": [shapes.surcharge(part) for part in row.surcharges],
        "payment_transactions": [transaction(shop, (row, part)) for part in row.transactions],
        "currency": {
            "currency_id": CURRENCY_NUMBERS[row.currency],
            "code": row.currency,
            "symbol": _SYMBOLS[row.currency],
            "prefix": _SYMBOLS[row.currency],
            "suffix": "",
            "e": 2,
            "decimalDelimiter": ".",
            "thousandDelimiter": ",",
        },
        "usedCoupons": [{key: part[key] for key in ("id", "code", "value")} for part in row.coupons],
    }


def item(shop: Shop, row: tuple[Order, OrderItem]) -> Json:
    """An order line."""
    line = row[1]
    return {
        "item_id": line.id,
        "name": line.name or shop.product_name(line.product_id) or "",
        "sku": line.sku,
        "price": line.price,
        "itemNetPrice": line.price,
        "discountedSubtotal": line.discounted_subtotal,
        "amount": line.amount,
        "total": line.discounted_subtotal,
        "subtotal": line.price * line.amount,
    }


def item_associations(shop: Shop, row: tuple[Order, OrderItem]) -> Json:
    """The line's order, product and variant."""
    product_row = shop.products.get(row[1].product_id or 0)
    found = product_row.variants.get(row[1].variant or 0) if product_row else None
    return {
        "order": order(shop, row[0]),
        "object": rows.product(shop, product_row) if product_row else None,
        "variant": rows.variant(shop, (product_row, found)) if product_row and found else None,
        "surcharges": [],
    }


def tracking(_shop: Shop, row: tuple[Order, Tracking]) -> Json:
    """A tracking number; when it came is not told."""
    return {"tracking_id": row[1].id, "value": row[1].value}


def event(row: HistoryEvent) -> Json:
    """A line of the history."""
    return {
        "event_id": row.id,
        "date": rows.unix(row.date),
        "code": row.code,
        "description": row.description,
        "data": row.data or [],
        "comment": "",
    }


def transaction(_shop: Shop, row: tuple[Order, Transaction]) -> Json:
    """A payment attempt. Here the status is a letter and true."""
    part = row[1]
    return {
        "transaction_id": part.id,
        "date": rows.unix(part.date),
        "publicTxnId": part.public_txn_id,
        "method_name": part.method,
        "method_local_name": part.method,
        "status": part.backend[0].status if part.backend else "I",
        "value": part.value,
        "note": "",
        "type": part.type,
        "public_id": part.public_id,
    }


def transaction_associations(shop: Shop, row: tuple[Order, Transaction]) -> Json:
    """What the gateway answered, refunds included."""
    return {
        "order": order(shop, row[0]),
        "backend_transactions": [
            {
                "id": part.id,
                "date": rows.unix(part.date),
                "status": part.status,
                "value": part.value,
                "type": part.type,
            }
            for part in row[1].backend
        ],
    }
