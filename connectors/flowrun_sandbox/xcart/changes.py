"""What happens to an order: its sums, its stock, its payments, its statuses.

The total is the subtotal plus every surcharge that is not already inside the prices. A coupon is spread over
the lines to four decimals, while taxes and shipping stand on the order alone.
"""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from flowrun_sandbox.xcart.model import BackendTransaction, Order, OrderItem, Transaction
from flowrun_sandbox.xcart.shop import Shop, stock_owner
from flowrun_sandbox.xcart.statuses import Status, find, holds_stock

PAYMENT_METHODS = {"Credit card (Stripe)": 20, "PayPal": 21, "Bank transfer": 22}


def cents(value: Decimal, places: str = "0.01") -> Decimal:
    """Rounded half up, as the shop rounds."""
    return value.quantize(Decimal(places), ROUND_HALF_UP)


def reckon(order: Order) -> None:
    """Subtotal, discount, taxes and total anew from the lines."""
    order.sub_total = sum((line.price * line.amount for line in order.items), Decimal(0))
    by_type = {part.type: part for part in order.surcharges}
    discount = by_type.get("discount")
    if discount is not None:
        if order.discount_percent:
            discount.value = -cents(order.sub_total * order.discount_percent / 100)
        discount.value = max(discount.value, -order.sub_total)
        order.coupons[0]["value"] = float(-discount.value)
    reduced = order.sub_total + (discount.value if discount else Decimal(0))
    tax = by_type.get("tax")
    if tax is not None and tax.include:
        gross = reduced + by_type["shipping"].value
        tax.value = cents(gross * order.tax_percent / (100 + order.tax_percent))
    elif tax is not None:
        tax.value = cents(reduced * order.tax_percent / 100)
    share = reduced / order.sub_total if order.sub_total else Decimal(1)
    for line in order.items:
        line.discounted_subtotal = cents(line.price * line.amount * share, "0.0001")
    order.total = order.sub_total + sum(
        (part.value for part in order.surcharges if not part.include), Decimal(0)
    )


def set_status(shop: Shop, order: Order, kind: str, status: Status, *, operator: bool = True) -> None:
    """A new status moves stock, writes history, bumps the order, sends mail; the same does nothing."""
    attribute = f"{kind}_status"
    old: Status = getattr(order, attribute)
    if old.id == status.id:
        return
    setattr(order, attribute, status)
    order.update_date = shop.now()
    move_stock(shop, order)
    shop.record(
        order,
        f"CHANGE {kind.upper()} STATUS ORDER",
        f"Order {kind} status changed from {{{{oldStatus}}}} to {{{{newStatus}}}}",
        {"oldStatus": old.name, "newStatus": status.name},
        operator=operator,
    )
    for to in (order.email, "admin@example.com"):
        shop.send_email(to, "order changed", order)
    shop.tell(f"{kind}_status_changed", order, code=status.code)
    shop.tell("order_changed", order)


def move_stock(shop: Shop, order: Order) -> None:
    """Take the goods, or give them back, when the pair of statuses says so. Stock never falls below zero."""
    holds = holds_stock(order.payment_status.code, order.shipping_status.code)
    if holds == (order.stock_status == "reduced") or (not holds and not order.stock_status):
        return
    for line in order.items:
        shift_stock(shop, line, -line.amount if holds else line.amount)
    order.stock_status = "reduced" if holds else "increased"


def shift_stock(shop: Shop, line: OrderItem, delta: int) -> None:
    """The owner of the stock gives or gets; a product that is not counted does neither."""
    product = shop.products.get(line.product_id or 0)
    if product is None or not product.inventory_traceable:
        return
    owner = stock_owner(product, product.variants.get(line.variant or 0))
    owner.amount = max(0, owner.amount + delta)


def pay(shop: Shop, order: Order) -> None:
    """The money arrives: a successful sale, and the status that follows from it."""
    charge(shop, order, "sale", "S", "Bank transfer")
    set_status(shop, order, "payment", find("payment", "P"), operator=False)


def charge(shop: Shop, order: Order, type_: str, status: str, method: str) -> None:
    """One payment attempt over the whole total. It lives in child rows: the order itself is not bumped."""
    id_ = shop.next_id("transaction")
    now = shop.now()
    order.transactions.append(
        Transaction(
            id=id_,
            public_id=f"{id_:06d}-{id_ * 7919 % 46656:04X}",
            public_txn_id=f"ch_{id_ * 104729:010x}",
            method_id=PAYMENT_METHODS.get(method, 20),
            method=method,
            type=type_,
            date=now,
            currency=order.currency,
            value=order.total,
            data={"card_last4": "4242"} if method.startswith("Credit") else {},
            backend=[BackendTransaction(shop.next_id("backend"), type_, now, status, order.total)],
        )
    )


def abandon_cart(shop: Shop, moment: datetime, like: Order | None = None) -> Order:
    """A row in the table of orders that never becomes one."""
    cart = Order(
        id=shop.next_id("order"),
        order_number=None,
        email=like.email if like else "",
        currency=like.currency if like else "EUR",
        create_date=moment,
        update_date=moment,
        payment_status=find("payment", "Q"),
        shipping_status=find("shipping", "N"),
    )
    shop.orders[cart.id] = cart
    return cart
