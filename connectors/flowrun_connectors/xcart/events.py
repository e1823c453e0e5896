"""What webhooks of a shop bring.

X-Cart has no public webhook format. These events are flowrun's own convention, for a small module in the shop
or for any relay that can send them: thin, ids only, so that a flow reads the record itself, and late or
doubled deliveries do no harm.
"""

from __future__ import annotations

from collections.abc import Mapping

from flowrun.expressions.shapes import DATETIME, INTEGER, TEXT, Record, Shape, record

_DELIVERY: dict[str, Shape] = {"event": TEXT, "occurred_at": DATETIME, "delivery_id": TEXT}
_ORDER: dict[str, Shape] = {
    "id": INTEGER,
    "order_number": TEXT,
    "update_date": DATETIME,
    "payment_status": record("payment status", code=TEXT),  # for `once`, where the sender tells it
    **_DELIVERY,
}
_PRODUCT: dict[str, Shape] = {"id": INTEGER, "sku": TEXT, "update_date": DATETIME, **_DELIVERY}
_PROFILE: dict[str, Shape] = {"id": INTEGER, **_DELIVERY}

EVENTS: Mapping[str, Record] = {
    "order_placed": Record(_ORDER, name="order placed"),
    "order_changed": Record(_ORDER, name="order changed"),
    "payment_status_changed": Record({**_ORDER, "code": TEXT}, name="payment status changed"),
    "shipping_status_changed": Record({**_ORDER, "code": TEXT}, name="shipping status changed"),
    "product_changed": Record(_PRODUCT, name="product changed"),
    "profile_changed": Record(_PROFILE, name="profile changed"),
}
