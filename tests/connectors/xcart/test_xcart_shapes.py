"""Records as X-Cart answers them, in the shapes that operations declare. The people and goods are invented."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowrun.component import Facts
from flowrun.component.coerce import coerced
from flowrun.expressions.shapes import ANYTHING, Many, Record, Scalar, Shape
from flowrun_connectors.xcart import XCart, XCartConfig, shapes
from flowrun_connectors.xcart.classic import rows
from flowrun_connectors.xcart.moments import filter_text, of_seconds, parsed, text_of
from flowrun_connectors.xcart.values import differing, received

STATUS = {"id": 4, "code": "P", "name": "Paid", "customer_name": "Paid"}
ADDRESS = {
    "id": 11, "is_billing": True, "is_shipping": False, "is_work": False, "type": "C", "title": "", "phone": "",
    "firstname": "Jo", "lastname": "Example", "street": "Test Lane 1", "zipcode": "00000", "city": "Testville",
    "country_code": "US", "state": 180, "state_name": "California",
    "custom_fields": [{"name": "company", "value": "Test & Söhne"}],
}  # fmt: skip
SURCHARGE = {
    "id": 1, "type": "shipping", "code": "SHIPPING", "class": "\\XLite\\Shipping", "include": False,
    "available": True, "value": 12.5, "name": "Shipping cost", "weight": 1,
}  # fmt: skip
ITEM = {
    "id": 21, "product_id": None, "sku": "T-1", "update_date": "2026-03-14T09:26:53+0000", "name": 'T "1"',
    "price": 49.99, "item_net_price": 49.99, "discounted_subtotal": 89.9809, "amount": 2, "backordered_amount": 0,
    "surcharges": [], "variant": 143,
}  # fmt: skip
SAMPLES: dict[str, Any] = {
    "get_order": {
        "id": 7, "total": 102.48, "sub_total": 89.98, "email": "jo@test.example", "items": [ITEM],
        "billing_address": ADDRESS, "shipping_address": None, "create_date": "2026-03-14T09:26:53+0000",
        "update_date": "2026-03-14T09:31:08+0000", "payment_status": STATUS,
        "shipping_status": {**STATUS, "code": None},
        "customer_id": None, "order_profile_id": 9, "shipping_id": None, "shipping_method_name": None, "notes": "",
        "admin_notes": "", "currency": "USD", "stock_status": "reduced", "surcharges": [SURCHARGE],
        "tracking_numbers": [{"id": 3, "date": "2026-03-15T09:00:00+0000", "value": "1Z999"}], "order_number": "1042",
        "used_coupons": [{"id": 1, "code": "TEN", "value": 10, "type": "%", "coupon_id": None}], "usps_shipments": [],
    },
    "list_payment_transactions": [{
        "id": 1, "public_id": "000701-T", "public_txn_id": "ch_1", "method_id": None, "type": "sale",
        "date": "2026-03-14T09:27:02+0000", "status": "Credit card", "name": "Credit card", "local_name": "Card",
        "currency": "USD", "value": 102, "note": "", "data": [],
        "backend_transactions": [
            {"id": 2, "type": "sale", "date": "2026-03-14T09:27:02+0000", "status": "S", "value": 102, "data": []}
        ],
    }],
    "get_product": {
        "id": 5, "sku": "T-1", "name": "T", "description": "<p>a &amp; b</p>", "brief_description": "", "meta_tags": "",
        "meta_description": "", "meta_title": "", "price": 120, "enabled": True, "weight": 0.3, "separate_box": False,
        "width": 0, "length": 0, "height": 0, "free_shipping": False, "taxable": True,
        "create_date": "2025-11-02T07:00:00+01:00", "update_date": "2026-03-14T10:26:53+01:00",
        "arrival_date": "2025-11-02T00:00:00+01:00", "inventory_traceable": True, "amount": 118,
        "product_class": {"id": 1, "name": "Apparel"}, "tax_class": None, "memberships": [{"id": 4, "name": "B2B"}],
        "clean_url": "t-1", "market_price": 0, "tags": [],
        "images": [{"id": 1, "position": 10, "alt": "", "url": "https://x.example/i.jpg", "width": 1, "height": 1}],
    },
    "get_variant": {
        "id": 143, "price": 49.99, "default_price": True, "amount": 18, "default_amount": False, "weight": 0,
        "default_weight": True, "default_variant": False, "sku": None, "image": None,
        "attribute_checkbox_values": [], "attribute_select_values": [284],
    },
    "get_profile": {
        "id": 9, "login": "jo@test.example", "access_level": 0, "create_date": "2024-06-01T10:00:00+00:00",
        "first_login_date": None, "last_login_date": None, "status": "E", "status_comment": "", "referer": "",
        "language": "en", "membership_id": 4, "pending_membership_id": None, "force_change_password": False,
        "role_ids": [],
    },
    "list_addresses": [ADDRESS],
    "list_wholesale_prices": [
        {"id": 5, "type": "price", "price": 44.5, "quantity_range_begin": 10, "membership": None}
    ],
    "list_memberships": [{"id": 4, "name": "B2B", "enabled": True}],
    "get_order_history": [{
        "id": 1, "date": "2026-03-14T09:26:53+0000", "code": "ORDER EDITED", "description": "", "data": {"a": 1},
        "comment": "ORDER EDITED", "profile_id": 1, "profile_name": "admin", "ip": "203.0.113.9", "details": [],
    }],
}  # fmt: skip
CLASSIC_ORDER = {
    "order_id": 7, "shipping_id": 0, "shipping_method_name": "", "date": 1773480413, "lastRenewDate": 1773480668,
    "notes": "", "adminNotes": "", "orderNumber": "1042", "total": 226.32, "subtotal": 219.98,
    "profile": {"profile_id": 9, "login": "jo@test.example"}, "orig_profile": None,
    "paymentStatus": {"id": 4, "code": "P", "position": 40}, "shippingStatus": {"id": 12, "code": None},
    "trackingNumbers": [{"tracking_id": 1, "value": 123}], "surcharges": [SURCHARGE], "currency": {"code": "USD"},
    "items": [
        {"item_id": 1, "sku": "A", "name": "A", "price": 49.99, "itemNetPrice": 49.99, "discountedSubtotal": 89.98,
         "amount": 2},
        {"item_id": 2, "sku": "B", "name": "B", "price": 120, "itemNetPrice": 120, "discountedSubtotal": 108,
         "amount": 1},
    ],
    "usedCoupons": [],
}  # fmt: skip
COMPLEX_ORDER = {
    "subtotal": 213.82, "items": [{"sku": "A", "productId": 42}, {"sku": "B", "productId": 0}],
    "billingInfo": {"firstname": "Jo", "lastname": "Example", "address": "Test Lane 1", "city": "T", "state": "CA",
                    "country": "US", "zipcode": "00000", "phone": "", "company": "Test & Söhne",
                    "isDefaultBillingAddress": True, "isDefaultShippingAddress": False},
    "shippingInfo": None, "customerInfo": [],
}  # fmt: skip


def untyped(value: Any, shape: Shape, path: str = "") -> list[str]:
    """Where a value has a name or a kind that its shape has not."""
    match shape:
        case Record(fields=fields, open=open_) if isinstance(value, dict):
            unknown = [f"{path}.{name}" for name in value if name not in fields and not open_]
            return unknown + [
                text
                for name, item in value.items()
                if name in fields
                for text in untyped(item, fields[name], f"{path}.{name}")
            ]
        case Many(of=of) if isinstance(value, list):
            return [text for item in value for text in untyped(item, of, f"{path}[]")]
        case Scalar(kind=kind) if value is not None:
            wanted: Any = {"decimal": Decimal, "integer": int, "boolean": bool}.get(kind, str)
            return [] if type(value) is wanted else [f"{path}: {value!r} is no {kind}"]
        case Record() | Many() if value is not None:
            return [f"{path}: {value!r} is no {shape}"]
        case _:
            return []


def as_read(value: Any) -> Any:
    """The sample as it comes out of JSON: numbers with a point are Decimal."""
    if isinstance(value, dict):
        return {name: as_read(item) for name, item in value.items()}
    if isinstance(value, list):
        return [as_read(item) for item in value]
    return Decimal(str(value)) if isinstance(value, float) else value


@pytest.mark.parametrize("operation", SAMPLES)
def test_what_x_cart_answers_is_of_the_shape_that_is_declared(operation: str) -> None:
    shape = XCart.operations()[operation].returns
    assert untyped(received(as_read(SAMPLES[operation]), shape), shape, operation) == []


def test_a_classic_order_is_of_the_same_shape() -> None:
    order = received(rows.order(as_read(CLASSIC_ORDER), as_read(COMPLEX_ORDER)), shapes.ORDER)
    assert untyped(order, shapes.ORDER, "order") == []
    assert (order["sub_total"], order["email"], order["customer_id"]) == (
        Decimal("219.98"),
        "jo@test.example",
        None,
    )
    assert [item["product_id"] for item in order["items"]] == [42, None]
    assert order["billing_address"]["state_name"] == "CA"
    assert order["billing_address"]["custom_fields"] == [{"name": "company", "value": "Test & Söhne"}]
    assert (order["create_date"], order["shipping_address"]) == ("2026-03-14T09:26:53+0000", None)


def test_lines_that_cannot_be_paired_have_no_product_rather_than_a_wrong_one() -> None:
    told = {**COMPLEX_ORDER, "items": [{"sku": "B", "productId": 1}, {"sku": "A", "productId": 2}]}
    assert [item["product_id"] for item in rows.order(CLASSIC_ORDER, told)["items"]] == [None, None]


SECONDS = st.integers(631152000, 4102444800)  # 1990 to 2100
OFFSETS = st.integers(-14 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))


@given(SECONDS, OFFSETS)
def test_a_moment_is_the_same_in_every_style(seconds: int, zone: timezone) -> None:
    moment = datetime.fromtimestamp(seconds, zone)
    utc = moment.astimezone(UTC)
    styles = [
        utc.strftime("%Y-%m-%dT%H:%M:%S+0000"),  # orders
        utc.isoformat(timespec="seconds"),  # profiles
        moment.isoformat(timespec="seconds"),  # products, in the shop's zone
        filter_text(moment),  # as filters are sent
    ]
    assert {parsed(style) for style in styles} == {utc}
    assert parsed(text_of(of_seconds(seconds))) == utc
    assert all(differing({"date": one}, {"date": other}) == {} for one in styles for other in styles)


@pytest.mark.parametrize(
    "value", ["", "yesterday", "2026-03-14T09:26:53", None, 5, True, {}, "0001-01-01T00:00:00+14:00"]
)
def test_what_is_no_moment_is_none(value: Any) -> None:
    assert parsed(value) is None


@pytest.mark.parametrize("value", [0, -1, None, "", "x", True, 10**15])
def test_no_seconds_are_never(value: Any) -> None:
    assert of_seconds(value) is None


def test_fields_of_the_shop_s_own_add_ons_are_known_when_they_are_named() -> None:
    settings = {"url": "https://shop.example", "token": "t", "order_fields": ["survey"]}
    config = coerced(XCartConfig, settings, "shop")
    for name in ("get_order", "list_orders"):
        plain, more = (XCart.result_shape(name, {}, Facts(c, None)) for c in (None, config))
        one, other = (shape.of if isinstance(shape, Many) else shape for shape in (plain, more))
        assert isinstance(one, Record)
        assert isinstance(other, Record)
        assert other.fields == {**one.fields, "survey": ANYTHING}
