"""What is in the shop before anything happens: the catalogue, one account, two orders from March 2026.

Order 1187 (number 1042) is a registered customer's with coupon, shipping and sales tax; order 1190 (number
1045) is a guest's, edited by an operator, part paid and shipped. The ids between them belong to carts.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from flowrun_sandbox.catalogue import CATALOGUE, REDUCED_TAX_SKU, Article
from flowrun_sandbox.shoppers import ERIKA_US, AddressSpec
from flowrun_sandbox.xcart.changes import abandon_cart, reckon
from flowrun_sandbox.xcart.checkout import freeze_address
from flowrun_sandbox.xcart.model import (
    Address,
    BackendTransaction,
    Category,
    HistoryEvent,
    Image,
    Order,
    OrderItem,
    Product,
    Profile,
    Surcharge,
    Tracking,
    Transaction,
    Variant,
    WholesalePrice,
)
from flowrun_sandbox.xcart.shop import Shop
from flowrun_sandbox.xcart.statuses import find

_CARD = "Credit card (Stripe)"
_GUEST = AddressSpec(
    firstname="Guest",
    lastname="Buyer",
    street=ERIKA_US.street,
    zipcode=ERIKA_US.zipcode,
    city=ERIKA_US.city,
    country_code="US",
    state_name="California",
    phone=ERIKA_US.phone,
    title="Ms.",
)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


_PLACED = _utc("2026-03-14T09:26:53")


def fresh_shop(seed: int) -> Shop:
    """A shop as it stands after start-up and after every reset."""
    shop = Shop(seed)
    shop.product_classes = {"Apparel": 1, "General merchandise": 2}
    shop.tax_classes = {"Reduced": 1, "Standard": 2}
    shop.memberships = {"Wholesaler": 4}
    for article in CATALOGUE:
        shop.products[article.id] = _product(article)
    apparel = [row.id for row in CATALOGUE if row.product_class == "Apparel"]
    shop.categories[5] = Category(5, "Apparel", position=10, clean_url="apparel", products=apparel)
    _accounts(shop)
    shop.orders[1187] = _registered_order()
    shop.count_from(order=1187)
    abandon_cart(shop, _utc("2026-03-14T10:02:11"))
    abandon_cart(shop, _utc("2026-03-15T18:40:00"))
    shop.orders[1190] = _guest_order()
    shop.count_from(
        order=1190,
        order_number=1045,
        item=3320,
        address=940,
        surcharge=5020,
        transaction=710,
        backend=50,
        coupon=70,
        tracking=90,
        history=9010,
        profile=2220,
        product=100,
        variant=160,
        wholesale_price=10,
        memberships=4,
        tax_classes=2,
        product_classes=2,
        category=5,
        image=10,
    )
    return shop


def _product(article: Article) -> Product:
    created = _utc("2025-11-02T07:00:00")
    product = Product(
        id=article.id,
        sku=article.sku,
        name=article.name,
        price=article.price,
        amount=article.stock,
        create_date=created,
        update_date=_utc("2026-03-14T09:26:53"),
        arrival_date=_utc("2025-11-01T23:00:00"),
        weight=article.weight,
        product_class=article.product_class,
        tax_class="Reduced" if article.sku == REDUCED_TAX_SKU else "Standard",
        clean_url=article.sku.lower(),
    )
    if article.id == 42:
        product.texts = {"description": "<p>Cotton &amp; more</p>", "meta_description": "Cotton & more"}
        product.memberships = ["Wholesaler"]
        product.clean_url = "t-shirt-classic"
        product.images[10] = Image(10, "https://shop.example.com/images/product/ts.jpg")
        product.wholesale_prices[5] = WholesalePrice(5, Decimal("44.50"), 10, membership=4)
    for place, variant in enumerate(article.variants):
        product.variants[variant.id] = Variant(
            id=variant.id,
            sku=variant.sku,
            price=article.price,
            amount=variant.stock,
            weight=article.weight,
            default_price=False,
            default_variant=place == 0,
            attribute_select_values=_options(article, place),
        )
    return product


def _options(article: Article, place: int) -> list[int]:
    """Colour and size by the numbers of their values."""
    return [284, 290 + place] if article.sku == "TS-BLK" else [285, 291][: 2 - place]


def _accounts(shop: Shop) -> None:
    erika = Profile(
        305,
        "erika.mustermann@example.com",
        _utc("2024-06-01T10:00:00"),
        first_login_date=_utc("2024-06-01T10:00:00"),
        last_login_date=_utc("2026-03-14T09:20:00"),
        membership_id=4,
    )
    erika.addresses[410] = _address(410, ERIKA_US)
    guest = Profile(306, "guest@example.org", _utc("2026-03-15T23:58:40"), anonymous=True)
    admin = Profile(1, "admin@example.com", _utc("2024-01-02T08:00:00"), access_level=100)
    admin.first_login_date = admin.last_login_date = admin.create_date
    shop.profiles = {1: admin, 305: erika, 306: guest}


def _address(
    id_: int,
    spec: AddressSpec,
    *,
    billing: bool = True,
    shipping: bool = True,
    custom: dict[str, str] | None = None,
) -> Address:
    row = freeze_address(id_, spec, is_billing=billing, is_shipping=shipping)
    row.custom_fields = custom or {}
    return row


def _surcharge(id_: int, kind: str, value: str, weight: int) -> Surcharge:
    code, class_, name = {
        "discount": ("DCOUPON", "\\CDev\\Coupons\\Logic\\Order\\Modifier\\Discount", "Coupon discount"),
        "shipping": ("SHIPPING", "\\XLite\\Logic\\Order\\Modifier\\Shipping", "Shipping cost"),
        "tax": ("CDEV.STAX.1", "\\CDev\\SalesTax\\Logic\\Order\\Modifier\\Tax", "Sales tax"),
    }[kind]
    return Surcharge(id_, kind, code, class_, Decimal(value), name, weight)


def _shirt(id_: int, amount: int) -> OrderItem:
    return OrderItem(id_, 42, "TS-BLK-M", "", Decimal("49.99"), amount, _PLACED, variant=143)


def _registered_order() -> Order:
    paid = _utc("2026-03-14T09:31:08")
    charged = _utc("2026-03-14T09:27:02")
    company = {"company": "Muster & Söhne GmbH", "vat_number": "DE123456789"}
    total = Decimal("226.32")
    order = Order(
        id=1187,
        order_number="1042",
        email="erika.mustermann@example.com",
        currency="USD",
        create_date=_PLACED,
        update_date=paid,
        payment_status=find("payment", "P"),
        shipping_status=find("shipping", "N"),
        items=[_shirt(3301, 2), OrderItem(3302, 77, "MUG-01", "", Decimal("120.00"), 1, _PLACED)],
        surcharges=[
            _surcharge(5001, "discount", "-22.00", 0),
            _surcharge(5002, "shipping", "12.50", 1),
            _surcharge(5003, "tax", "15.84", 2),
        ],
        billing_address=_address(911, ERIKA_US, shipping=False, custom=company),
        shipping_address=_address(912, ERIKA_US, billing=False),
        customer_id=305,
        order_profile_id=2210,
        shipping_id=90,
        shipping_method_name="FedEx Ground",
        notes="Please ring twice\r\nThanks & regards",
        stock_status="reduced",
        discount_percent=Decimal(10),
        tax_percent=Decimal(8),
        coupons=[{"id": 61, "code": "SPRING10", "value": 22.0, "type": "%", "coupon_id": 9}],
        details=[{"id": 15, "name": "fraud_score", "value": "3"}],
    )
    reckon(order)
    for line, subtotal in zip(order.items, ("89.9809", "107.9991"), strict=True):
        line.discounted_subtotal = Decimal(subtotal)
    refunded = _utc("2026-03-20T11:00:00")
    order.transactions = [
        Transaction(
            701,
            "000701-7QXK",
            "ch_3OabcDEF",
            20,
            _CARD,
            "sale",
            charged,
            "USD",
            total,
            {"card_last4": "4242"},
            [
                BackendTransaction(31, "sale", charged, "S", total),
                BackendTransaction(40, "refundPart", refunded, "S", Decimal("49.99")),
            ],
        )
    ]
    statuses: dict[str, object] = {"oldStatus": "Awaiting payment", "newStatus": "Paid"}
    order.history = [
        HistoryEvent(9001, _PLACED, "PLACE ORDER", "Order placed", {"orderId": 1187}),
        HistoryEvent(
            9002,
            paid,
            "CHANGE PAYMENT STATUS ORDER",
            "Order payment status changed from {{oldStatus}} to {{newStatus}}",
            statuses,
            operator=True,
        ),
    ]
    return order


def _guest_order() -> Order:
    placed, edited = _utc("2026-03-15T23:58:40"), _utc("2026-03-17T07:12:11")
    address = _address(931, _GUEST)
    order = Order(
        id=1190,
        order_number="1045",
        email="guest@example.org",
        currency="USD",
        create_date=placed,
        update_date=edited,
        payment_status=find("payment", "PP"),
        shipping_status=find("shipping", "S"),
        items=[_shirt(3311, 1)],
        surcharges=[_surcharge(5011, "shipping", "0.00", 0), _surcharge(5012, "tax", "4.00", 2)],
        billing_address=address,
        shipping_address=address,
        customer_id=306,
        order_profile_id=2216,
        shipping_id=90,
        shipping_method_name="FedEx Ground",
        notes="Please ring twice\r\nThanks & regards",
        admin_notes="AOM: qty changed 2->1 by operator",
        stock_status="reduced",
        tax_percent=Decimal(8),
        tracking=[Tracking(88, edited, "794644790138"), Tracking(89, edited, "794644790139")],
    )
    reckon(order)
    order.history = [
        HistoryEvent(9003, placed, "PLACE ORDER", "Order placed", {"orderId": 1190}),
        HistoryEvent(9004, edited, "ORDER EDITED", "Order edited", {"MUG-01": "1 -> 0"}, operator=True),
    ]
    return order
