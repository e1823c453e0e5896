"""What operations answer and take, field by field: as X-Cart 5.5 has it (from the DTO classes of its source).

The classic API is brought to the same shapes. Money arrives as JSON numbers, 120 as often as 120.0; here all of
it is Decimal. Dates stay the texts they are: orders, profiles and products write them in three different
styles, all of which the conversions of a flow read.
"""

from __future__ import annotations

from flowrun.expressions.shapes import (
    ANYTHING,
    BOOLEAN,
    DATETIME,
    DECIMAL,
    INTEGER,
    TEXT,
    Many,
    Record,
    Scalar,
    Shape,
    record,
)

STATUS = record("status", id=INTEGER, code=TEXT, name=TEXT, customer_name=TEXT)
STATUSES = record("statuses", id=INTEGER, payment=TEXT, shipping=TEXT, status_pair=TEXT, changed=BOOLEAN)

_SURCHARGE: dict[str, Shape] = {
    "id": INTEGER,
    "type": TEXT,
    "code": TEXT,
    "class": TEXT,
    "include": BOOLEAN,
    "available": BOOLEAN,
    "value": DECIMAL,
    "name": TEXT,
    "weight": INTEGER,
}
SURCHARGE = Record(_SURCHARGE, name="surcharge")
CUSTOM_FIELD = record("custom field", name=TEXT, value=TEXT)
ADDRESS = record(
    "address",
    id=INTEGER,
    is_billing=BOOLEAN,
    is_shipping=BOOLEAN,
    is_work=BOOLEAN,
    type=TEXT,
    title=TEXT,
    firstname=TEXT,
    lastname=TEXT,
    phone=TEXT,
    street=TEXT,
    zipcode=TEXT,
    city=TEXT,
    country_code=TEXT,
    state=INTEGER,
    state_name=TEXT,
    custom_fields=Many(CUSTOM_FIELD),
)
ITEM = record(
    "order item",
    id=INTEGER,
    product_id=INTEGER,
    sku=TEXT,
    update_date=DATETIME,
    name=TEXT,
    price=DECIMAL,
    item_net_price=DECIMAL,
    discounted_subtotal=DECIMAL,
    amount=INTEGER,
    backordered_amount=INTEGER,
    surcharges=Many(SURCHARGE),
    variant=INTEGER,
)
TRACKING_NUMBER = record("tracking number", id=INTEGER, date=DATETIME, value=TEXT)
USED_COUPON = record("used coupon", id=INTEGER, code=TEXT, value=DECIMAL, type=TEXT, coupon_id=INTEGER)
ORDER = record(
    "order",
    id=INTEGER,
    order_number=TEXT,
    total=DECIMAL,
    sub_total=DECIMAL,
    email=TEXT,
    items=Many(ITEM),
    billing_address=ADDRESS,
    shipping_address=ADDRESS,
    create_date=DATETIME,
    update_date=DATETIME,
    payment_status=STATUS,
    shipping_status=STATUS,
    customer_id=INTEGER,
    order_profile_id=INTEGER,
    shipping_id=INTEGER,
    shipping_method_name=TEXT,
    notes=TEXT,
    admin_notes=TEXT,
    currency=TEXT,
    stock_status=TEXT,
    surcharges=Many(SURCHARGE),
    tracking_numbers=Many(TRACKING_NUMBER),
    # of add-ons
    used_coupons=Many(USED_COUPON),
    usps_shipments=ANYTHING,
    mobile_order=ANYTHING,
    gross_profit=DECIMAL,
    # added here
    status_pair=TEXT,
)

TRANSACTION_DATA = record(
    "transaction data", id=INTEGER, name=TEXT, label=TEXT, value=TEXT, access_level=TEXT
)
BACKEND_TRANSACTION = record(
    "backend transaction",
    id=INTEGER,
    type=TEXT,
    date=DATETIME,
    status=TEXT,
    value=DECIMAL,
    data=Many(TRANSACTION_DATA),
)
TRANSACTION = record(
    "payment transaction",
    id=INTEGER,
    public_id=TEXT,
    public_txn_id=TEXT,
    method_id=INTEGER,
    type=TEXT,
    date=DATETIME,
    status=TEXT,
    name=TEXT,
    local_name=TEXT,
    currency=TEXT,
    value=DECIMAL,
    note=TEXT,
    data=Many(TRANSACTION_DATA),
    backend_transactions=Many(BACKEND_TRANSACTION),
    # added here
    state=TEXT,
    paid=DECIMAL,
    refunded=DECIMAL,
    authorized=DECIMAL,
)
HISTORY_EVENT = record(
    "history event",
    id=INTEGER,
    date=DATETIME,
    code=TEXT,
    description=TEXT,
    data=ANYTHING,
    comment=TEXT,
    profile_id=INTEGER,
    profile_name=TEXT,
    ip=TEXT,
    details=ANYTHING,
)
PROFILE = record(
    "profile",
    id=INTEGER,
    login=TEXT,
    access_level=INTEGER,
    create_date=DATETIME,
    first_login_date=DATETIME,
    last_login_date=DATETIME,
    status=TEXT,
    status_comment=TEXT,
    referer=TEXT,
    language=TEXT,
    membership_id=INTEGER,
    pending_membership_id=INTEGER,
    force_change_password=BOOLEAN,
    role_ids=Many(INTEGER),
    # of add-ons
    ga_client_id=TEXT,
    reward_points=INTEGER,
    stripe_customer_id=TEXT,
)

NAMED = record("name", id=INTEGER, name=TEXT)
IMAGE = record("image", id=INTEGER, position=INTEGER, alt=TEXT, url=TEXT, width=INTEGER, height=INTEGER)
PRODUCT = record(
    "product",
    id=INTEGER,
    sku=Scalar("text", max_length=32),
    name=Scalar("text", max_length=255),
    description=TEXT,
    brief_description=TEXT,
    meta_tags=TEXT,
    meta_description=TEXT,
    meta_title=TEXT,
    price=DECIMAL,
    enabled=BOOLEAN,
    weight=DECIMAL,
    separate_box=BOOLEAN,
    width=DECIMAL,
    length=DECIMAL,
    height=DECIMAL,
    free_shipping=BOOLEAN,
    taxable=BOOLEAN,
    create_date=DATETIME,
    update_date=DATETIME,
    arrival_date=DATETIME,
    inventory_traceable=BOOLEAN,
    amount=INTEGER,
    product_class=NAMED,
    tax_class=NAMED,
    memberships=Many(NAMED),
    clean_url=TEXT,
    images=Many(IMAGE),
    # of add-ons
    market_price=DECIMAL,
    participate_sale=BOOLEAN,
    discount_type=TEXT,
    sale_price_value=DECIMAL,
    apply_sale_to_wholesale=BOOLEAN,
    og_meta_tags=TEXT,
    tags=ANYTHING,
    stickers=ANYTHING,
    reward_points=INTEGER,
    automatic_reward_points=BOOLEAN,
    cost_price=DECIMAL,
    pin_codes_enabled=BOOLEAN,
    available_for_backorder=BOOLEAN,
    backorder_limit=INTEGER,
    google_feed_enabled=BOOLEAN,
    facebook_marketing_enabled=BOOLEAN,
)
VARIANT = record(
    "variant",
    id=INTEGER,
    price=DECIMAL,
    default_price=BOOLEAN,
    amount=INTEGER,
    default_amount=BOOLEAN,
    weight=DECIMAL,
    default_weight=BOOLEAN,
    default_variant=BOOLEAN,
    sku=TEXT,
    image=IMAGE,
    attribute_checkbox_values=Many(INTEGER),
    attribute_select_values=Many(INTEGER),
)
STOCK = record("stock", open=True, id=INTEGER, amount=INTEGER, changed=BOOLEAN)
"""Of a product or a variant, with its other fields."""
_NOT_SET = Many(record("refused stock", sku=TEXT, id=INTEGER, variant=INTEGER, amount=INTEGER, reason=TEXT))
STOCKS = record("stocks", changed=INTEGER, unchanged=INTEGER, moved=_NOT_SET, refused=_NOT_SET)
ON_SALE = record("a stock on sale", sku=TEXT, id=INTEGER, variant=INTEGER, amount=INTEGER)
PLACE = record("place of a SKU", product_id=INTEGER, variant_id=INTEGER, own_stock=BOOLEAN)
WHOLESALE_PRICE = record(
    "wholesale price",
    id=INTEGER,
    type=TEXT,
    price=DECIMAL,
    quantity_range_begin=INTEGER,
    membership=INTEGER,
)
SAVED = record(
    "saved product",
    sku=TEXT,
    product_id=INTEGER,
    variant_id=INTEGER,
    action=TEXT,
    changed=BOOLEAN,
    written=Many(TEXT),
    left_out=Many(TEXT),
)
PRICED = record(
    "prices",
    sku=TEXT,
    product_id=INTEGER,
    variant_id=INTEGER,
    changed=BOOLEAN,
    price_changed=BOOLEAN,
    created=INTEGER,
    updated=INTEGER,
    deleted=INTEGER,
)
DELETED = record("deleted", id=INTEGER, changed=BOOLEAN)
MEMBERSHIP = record("membership", id=INTEGER, name=TEXT, enabled=BOOLEAN)

# what writes take: classes, tax classes and memberships by their names
PRODUCT_INPUT = Record(
    {
        **PRODUCT.fields,
        "product_class": TEXT,
        "tax_class": TEXT,
        "memberships": Many(TEXT),
        "meta_description_type": TEXT,
    },
    name="product",
)
VARIANT_INPUT = Record({**VARIANT.fields, "image": ANYTHING}, name="variant")
PROFILE_INPUT = Record({**PROFILE.fields, "password": TEXT}, name="profile")


def changed(shape: Record) -> Record:
    """A record after a write: `changed` is false when it was so already and nothing was sent."""
    return Record({**shape.fields, "changed": BOOLEAN}, shape.open, shape.name)
