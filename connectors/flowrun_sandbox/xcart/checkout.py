"""Checkout: from what a shopper wants to an order with its lines, sums, account and mails."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal

from flowrun_sandbox.orders import Coupon, OrderSpec
from flowrun_sandbox.shoppers import STATES, AddressSpec
from flowrun_sandbox.xcart.changes import abandon_cart, cents, charge, move_stock, reckon
from flowrun_sandbox.xcart.model import Address, Order, OrderItem, Profile, Surcharge
from flowrun_sandbox.xcart.shop import Shop
from flowrun_sandbox.xcart.statuses import find

RATES = {"USD": Decimal(1), "EUR": Decimal("0.92"), "GBP": Decimal("0.79"), "CHF": Decimal("0.95")}
VAT = {"DE": Decimal(19), "AT": Decimal(20), "FR": Decimal(20), "GB": Decimal(20), "CH": Decimal("8.1")}
SALES_TAX = Decimal(8)
SHIPPING_METHODS = {
    "FedEx Ground": (90, Decimal("12.50")),
    "DHL Paket": (91, Decimal("5.49")),
    "Royal Mail Tracked": (92, Decimal("4.45")),
    "Swiss Post Priority": (93, Decimal("9.00")),
    "Pickup in store": (94, Decimal(0)),
    "Courier": (95, Decimal("24.90")),
}

_DISCOUNT_CLASS = "\\CDev\\Coupons\\Logic\\Order\\Modifier\\Discount"
_SHIPPING_CLASS = "\\XLite\\Logic\\Order\\Modifier\\Shipping"
_SALES_TAX_CLASS = "\\CDev\\SalesTax\\Logic\\Order\\Modifier\\Tax"
_VAT_CLASS = "\\CDev\\VAT\\Logic\\Order\\Modifier\\Tax"


class NotForSale(ValueError):  # noqa: N818 - the word for what it is
    """The order names something the shop does not have."""


def place(shop: Shop, spec: OrderSpec) -> Order:
    """Checkout: one order, the stock it takes, the account it belongs to, the mails it sends."""
    if not spec.lines or any(line.amount < 1 for line in spec.lines):
        raise NotForSale("an order needs lines, each with an amount of at least 1")
    if spec.shipping_method not in SHIPPING_METHODS:
        raise NotForSale(f"no shipping method {spec.shipping_method!r}; known: {', '.join(SHIPPING_METHODS)}")
    payment, shipping = find("payment", spec.payment_status), find("shipping", spec.shipping_status)
    _refuse_sold_out(shop, spec)
    items = [new_item(shop, line.sku, line.amount, spec.currency) for line in spec.lines]
    _leave_gap(shop)
    now = shop.now()
    order = Order(
        id=shop.next_id("order"),
        order_number=str(shop.next_id("order_number")),
        email=spec.email,
        currency=spec.currency,
        create_date=now,
        update_date=now,
        payment_status=payment,
        shipping_status=shipping,
        items=items,
        notes=spec.notes,
        shipping_method_name=spec.shipping_method,
        shipping_id=SHIPPING_METHODS[spec.shipping_method][0],
    )
    order.customer_id = _account(shop, spec).id
    order.order_profile_id = shop.next_id("profile")
    _addresses(shop, order, spec)
    _surcharges(shop, order, spec)
    reckon(order)
    _pay_at_checkout(shop, order, spec)
    shop.orders[order.id] = order
    shop.record(order, "PLACE ORDER", "Order placed", {"orderId": order.id})
    move_stock(shop, order)
    shop.send_email(spec.email, "order created", order)
    shop.tell("order_placed", order)
    return order


def _refuse_sold_out(shop: Shop, spec: OrderSpec) -> None:
    if not shop.settings.sells_only_stock:
        return
    wanted: Counter[str] = Counter()
    for line in spec.lines:
        wanted[line.sku] += line.amount
    for sku, amount in wanted.items():
        if amount > shop.on_the_shelf(sku):
            raise NotForSale(f"only {shop.on_the_shelf(sku)} of {sku!r} left")


def new_item(shop: Shop, sku: str, amount: int, currency: str) -> OrderItem:
    """A line at today's price. ``NotForSale`` when the shop has no such product."""
    found = shop.find_sku(sku)
    if found is None:
        raise NotForSale(f"no product with the SKU {sku!r}")
    product, variant = found
    price = product.price if variant is None or variant.default_price else variant.price
    return OrderItem(
        id=shop.next_id("item"),
        product_id=product.id,
        sku=sku,
        name=product.name,
        price=cents(price * RATES[currency]),
        amount=amount,
        update_date=shop.now(),
        variant=variant.id if variant else None,
    )


def _leave_gap(shop: Shop) -> None:
    """Others fill carts at the same time, so order ids jump."""
    for _ in range(shop.gaps.randint(0, 2)):
        abandon_cart(shop, shop.now() - timedelta(minutes=5))


def _account(shop: Shop, spec: OrderSpec) -> Profile:
    """The customer's profile. Guests get one too, merged by e-mail over their orders."""
    now = shop.now()
    known = shop.profile_by_login(spec.email)
    if known is None:
        known = Profile(shop.next_id("profile"), spec.email, now, anonymous=True)
        shop.profiles[known.id] = known
    if spec.registered:
        known.anonymous = False
        known.first_login_date = known.first_login_date or now
        known.last_login_date = now
        if not known.addresses:
            address = freeze_address(shop.next_id("address"), spec.billing_address())
            known.addresses[address.id] = address
    return known


def freeze_address(
    id_: int, spec: AddressSpec, *, is_billing: bool = True, is_shipping: bool = True
) -> Address:
    """A row of the table of addresses."""
    return Address(
        id=id_,
        firstname=spec.firstname,
        lastname=spec.lastname,
        street=spec.street,
        zipcode=spec.zipcode,
        city=spec.city,
        country_code=spec.country_code,
        phone=spec.phone,
        title=spec.title,
        state=STATES.get(spec.state_name),
        state_name=spec.state_name,
        is_billing=is_billing,
        is_shipping=is_shipping,
        custom_fields=dict(spec.custom_fields),
    )


def _addresses(shop: Shop, order: Order, spec: OrderSpec) -> None:
    """One row with both marks when the parcel goes to the payer, else two rows."""
    billing = spec.billing_address()
    same = spec.shipping is None or spec.shipping == billing
    order.billing_address = freeze_address(shop.next_id("address"), billing, is_shipping=same)
    order.shipping_address = order.billing_address
    if spec.shipping is not None and not same:
        order.shipping_address = freeze_address(shop.next_id("address"), spec.shipping, is_billing=False)


def _surcharges(shop: Shop, order: Order, spec: OrderSpec) -> None:
    if spec.coupon is not None:
        _coupon(shop, order, spec.coupon)
    cost = SHIPPING_METHODS[spec.shipping_method][1] if spec.shipping_cost is None else spec.shipping_cost
    order.surcharges.append(
        Surcharge(
            shop.next_id("surcharge"),
            "shipping",
            "SHIPPING",
            _SHIPPING_CLASS,
            cents(cost),
            "Shipping cost",
            1,
        )
    )
    country = spec.billing_address().country_code
    by_country = "sales tax" if country == "US" else "vat included"
    tax = by_country if spec.tax == "by country" else spec.tax
    if tax == "none":
        return
    vat = tax == "vat included"
    order.tax_percent = VAT.get(country, Decimal(19)) if vat else SALES_TAX
    code, class_, name = (
        ("CDEV.VAT.1", _VAT_CLASS, "VAT") if vat else ("CDEV.STAX.1", _SALES_TAX_CLASS, "Sales tax")
    )
    order.surcharges.append(
        Surcharge(shop.next_id("surcharge"), "tax", code, class_, Decimal(0), name, 2, include=vat)
    )


def _coupon(shop: Shop, order: Order, coupon: Coupon) -> None:
    order.discount_percent = coupon.percent
    order.surcharges.append(
        Surcharge(
            shop.next_id("surcharge"),
            "discount",
            "DCOUPON",
            _DISCOUNT_CLASS,
            -cents(coupon.value),
            "Coupon discount",
            0,
        )
    )
    order.coupons.append(
        {
            "id": shop.next_id("coupon"),
            "code": coupon.code,
            "value": float(coupon.value),
            "type": "%" if coupon.percent else "$",
            "coupon_id": 9,
        }
    )


def _pay_at_checkout(shop: Shop, order: Order, spec: OrderSpec) -> None:
    outcome = {"P": ("sale", "S"), "A": ("auth", "S"), "D": ("sale", "F"), "PP": ("sale", "S")}
    type_, status = outcome.get(spec.payment_status, ("sale", "W"))
    charge(shop, order, type_, status, spec.payment_method)
