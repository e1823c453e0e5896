"""What operators, customers and gateways do to an order after checkout, each as one step.

A payment or a parcel lives in child rows, and only the status that follows from it moves the order's own date.
Every step leaves what X-Cart leaves: history, stock, e-mails, and an event for who subscribed.
"""

from __future__ import annotations

from decimal import Decimal

from flowrun_sandbox.xcart.changes import abandon_cart, reckon, set_status, shift_stock
from flowrun_sandbox.xcart.checkout import SHIPPING_METHODS, NotForSale, new_item
from flowrun_sandbox.xcart.model import BackendTransaction, Order, OrderItem, Tracking, Transaction
from flowrun_sandbox.xcart.shop import Shop
from flowrun_sandbox.xcart.statuses import find

_TAKEN = {"sale", "capture", "capturePart", "captureMulti"}
_GIVEN_BACK = {"refund", "refundPart", "refundMulti"}
_VOIDED = {"void", "voidPart", "voidMulti"}


class NotPossible(ValueError):  # noqa: N818 - the word for what it is
    """The order does not stand where this can be done to it."""


def edit(shop: Shop, order: Order, amounts: dict[str, int], *, child_only: bool = False) -> dict[str, str]:
    """New amounts by SKU; 0 takes a line out, another SKU of the shop puts one in. What was changed, as ``2 -> 1``.

    X-Cart works on a temporary copy of the order, which costs an id. ``child_only`` leaves the order's own
    row, and so its sums and its date, alone.
    """
    if min(amounts.values(), default=0) < 0:
        raise NotPossible("an amount is 0 or more")
    lines = {line.sku: line for line in reversed(order.items)}
    lines |= {sku: _new_line(shop, order, sku) for sku in amounts if sku not in lines}
    changes = {}
    for sku, amount in amounts.items():
        line = lines[sku]
        if order.stock_status == "reduced":
            shift_stock(shop, line, line.amount - amount)
        changes[sku] = f"{line.amount} -> {amount}"
        line.amount = amount
        if not amount and line in order.items:
            order.items.remove(line)
        elif amount and line not in order.items:
            order.items.append(line)
    if changes and not child_only:
        rewrite(shop, order)
    if changes:
        shop.record(order, "ORDER EDITED", "Order edited", dict(changes), operator=True)
    return changes


def _new_line(shop: Shop, order: Order, sku: str) -> OrderItem:
    try:
        return new_item(shop, sku, 0, order.currency)
    except NotForSale as error:
        raise NotPossible(f"order {order.id} has no line with the SKU {sku!r}, and {error}") from error


def reprice(
    shop: Shop,
    order: Order,
    prices: dict[str, Decimal],
    shipping_cost: Decimal | None,
    shipping_method: str | None,
) -> bool:
    """Other prices by SKU, other costs or another way of shipping. Whether anything was said."""
    lines = {line.sku: line for line in order.items}
    for sku, price in prices.items():
        if sku not in lines:
            raise NotPossible(f"order {order.id} has no line with the SKU {sku!r}")
        lines[sku].price = price
    if shipping_cost is not None:
        for part in order.surcharges:
            part.value = shipping_cost if part.type == "shipping" else part.value
    if shipping_method is not None:
        if shipping_method not in SHIPPING_METHODS:
            raise NotPossible(f"no shipping method {shipping_method!r}; known: {', '.join(SHIPPING_METHODS)}")
        order.shipping_method_name = shipping_method
        order.shipping_id = SHIPPING_METHODS[shipping_method][0]
    said = {**prices, "shipping cost": shipping_cost, "shipping method": shipping_method}
    changes: dict[str, object] = {name: str(value) for name, value in said.items() if value is not None}
    if changes:
        shop.record(order, "ORDER EDITED", "Order edited", changes, operator=True)
    return bool(changes)


def rewrite(shop: Shop, order: Order) -> None:
    """An operator saves the order: sums anew, another date, a copy left behind."""
    abandon_cart(shop, shop.now(), order)
    reckon(order)
    touch(shop, order)


def touch(shop: Shop, order: Order) -> None:
    """The order's own row was written."""
    order.update_date = shop.now()
    shop.tell("order_changed", order)


def track(shop: Shop, order: Order, number: str) -> Tracking:
    """A parcel's number. The order's date stays as it was."""
    row = Tracking(shop.next_id("tracking"), shop.now(), number)
    order.tracking.append(row)
    shop.record(order, "ORDER TRACKING", "Tracking number added", {"value": number}, operator=True)
    return row


def ship(shop: Shop, order: Order, numbers: list[str]) -> None:
    """Out of the door, with a number for every parcel."""
    for number in numbers:
        track(shop, order, number)
    set_status(shop, order, "shipping", find("shipping", "S"))


def cancel(shop: Shop, order: Order) -> None:
    """The order is off. What was only authorised is let go; what was paid has to be refunded beside it."""
    attempt = _last(order)
    if attempt and held(attempt) and not taken(attempt):
        _book(shop, order, attempt, "void", held(attempt))
    set_status(shop, order, "payment", find("payment", "C"))


def capture(shop: Shop, order: Order, amount: Decimal | None = None) -> Decimal:
    """Money that was authorised is taken: all that is left of it, or a part."""
    attempt = _last(order)
    left = held(attempt) if attempt else Decimal(0)
    if attempt is None or left <= 0:
        raise NotPossible(f"order {order.id} has no authorised payment left to capture")
    value = _within(amount, left)
    whole = value == left and not taken(attempt)
    _book(shop, order, attempt, "capture" if whole else "capturePart", value)
    _follow_payment(shop, order, attempt)
    return value


def refund(shop: Shop, order: Order, amount: Decimal | None = None) -> Decimal:
    """Money that was taken goes back: all that is left of it, or a part."""
    attempt = next((part for part in reversed(order.transactions) if kept(part) > 0), None)
    if attempt is None:
        raise NotPossible(f"order {order.id} has no payment left to refund")
    value = _within(amount, kept(attempt))
    whole = value == taken(attempt)
    _book(shop, order, attempt, "refund" if whole else "refundPart", value)
    _follow_payment(shop, order, attempt)
    return value


def taken(attempt: Transaction) -> Decimal:
    """What the gateway really took."""
    return _sum(attempt, _TAKEN)


def kept(attempt: Transaction) -> Decimal:
    """What it took and did not give back."""
    return taken(attempt) - _sum(attempt, _GIVEN_BACK)


def held(attempt: Transaction) -> Decimal:
    """What it promised and has neither taken nor let go."""
    promised = _sum(attempt, {"auth"})
    return promised - taken(attempt) - _sum(attempt, _VOIDED) if promised else Decimal(0)


def _sum(attempt: Transaction, types: set[str]) -> Decimal:
    parts = (part.value for part in attempt.backend if part.status == "S" and part.type in types)
    return sum(parts, Decimal(0))


def _last(order: Order) -> Transaction | None:
    return order.transactions[-1] if order.transactions else None


def _within(amount: Decimal | None, left: Decimal) -> Decimal:
    if amount is None:
        return left
    if not 0 < amount <= left:
        raise NotPossible(f"amount must be above 0 and at most {left}, not {amount}")
    return amount


def _book(shop: Shop, order: Order, attempt: Transaction, type_: str, value: Decimal) -> None:
    attempt.backend.append(BackendTransaction(shop.next_id("backend"), type_, shop.now(), "S", value))
    shop.record(order, "TRANSACTION", f"{attempt.method}: {type_}", {"value": float(value)})


def _follow_payment(shop: Shop, order: Order, attempt: Transaction) -> None:
    """X-Cart labels an order by its money: a part refunded and a part captured are both ``PP``."""
    everything = taken(attempt) >= attempt.value
    if kept(attempt) == 0:
        code = "R"
    elif everything and kept(attempt) == taken(attempt):
        code = "P"
    else:
        code = "PP"
    set_status(shop, order, "payment", find("payment", code), operator=False)
