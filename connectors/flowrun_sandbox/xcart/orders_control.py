"""``/_sandbox/orders`` and ``/_sandbox/profiles``: what shoppers, operators and gateways do, one step at a time.

- ``POST /orders`` ``{"count": 20}`` for the varied mix, or one order in full
- ``POST /orders/{id}/edit | pay | capture | refund | cancel | ship | return | address``
- ``POST /profiles/{id}/address``: the customer moves; what was ordered before stays as it was
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from flowrun_sandbox.orders import Line, OrderSpec, mix
from flowrun_sandbox.xcart import actions, shapes
from flowrun_sandbox.xcart.addresses import AddressChange, change_address
from flowrun_sandbox.xcart.changes import pay, set_status
from flowrun_sandbox.xcart.checkout import NotForSale, place
from flowrun_sandbox.xcart.control_wire import decode, json_answer
from flowrun_sandbox.xcart.model import Address, Order
from flowrun_sandbox.xcart.orders_api import shop_of
from flowrun_sandbox.xcart.shop import Shop
from flowrun_sandbox.xcart.statuses import UnknownStatus, find
from flowrun_sandbox.xcart.wire import Refused


class Edit(msgspec.Struct, forbid_unknown_fields=True):
    """An operator's change to an order. ``child_only`` leaves the order's own row, and so its date, alone."""

    lines: list[Line] = []
    """New amounts by SKU; 0 takes the line out, another SKU puts one in. Without ``child_only`` the sums follow."""
    prices: dict[str, Decimal] = {}
    """New prices of one piece, by SKU."""
    shipping_cost: Decimal | None = None
    shipping_method: str | None = None
    tracking_number: str | None = None
    admin_notes: str | None = None
    child_only: bool = False


class Many(msgspec.Struct, forbid_unknown_fields=True):
    """How many orders of the mix to place."""

    count: int


class Amount(msgspec.Struct, forbid_unknown_fields=True):
    """A part of the money; nothing means all of it."""

    amount: Decimal | None = None


class Parcels(msgspec.Struct, forbid_unknown_fields=True):
    """The numbers of what leaves the house."""

    tracking_numbers: list[str] = []


class Addresses(msgspec.Struct, forbid_unknown_fields=True):
    """What the order's own addresses become."""

    billing: AddressChange | None = None
    shipping: AddressChange | None = None


Step = Callable[[Shop, Order, bytes], dict[str, Any]]


def routes() -> list[Route]:
    """The steps on command."""
    return [
        Route("/orders", place_orders, methods=["POST"]),
        *(Route(f"/orders/{{id:int}}/{name}", _step(step), methods=["POST"]) for name, step in STEPS.items()),
        Route("/profiles/{id:int}/address", move_customer, methods=["POST"]),
    ]


async def place_orders(request: Request) -> Response:
    """Orders out of the mix, or the one that is spelled out."""
    shop, body = shop_of(request), await request.body()
    try:
        if "count" in msgspec.json.decode(body or b"{}", type=dict[str, msgspec.Raw]):
            placed = place_mix(shop, msgspec.json.decode(body, type=Many).count)
        else:
            placed = [place(shop, msgspec.json.decode(body, type=OrderSpec))]
    except (msgspec.MsgspecError, NotForSale, UnknownStatus) as error:
        raise Refused(400, str(error)) from error
    return json_answer([{"id": row.id, "order_number": row.order_number} for row in placed], 201)


def place_mix(shop: Shop, count: int) -> list[Order]:
    """The next orders of the shop's mix."""
    specs = mix(shop.seed, count, start=shop.placed_from_mix)
    shop.placed_from_mix += len(specs)
    return [place(shop, spec) for spec in specs]


def _step(step: Step) -> Callable[[Request], Awaitable[Response]]:
    """One step on one order; what cannot be done is a 400 that says why."""

    async def endpoint(request: Request) -> Response:
        body = await request.body() or b"{}"
        shop = shop_of(request)
        order = shop.orders.get(request.path_params["id"])
        if order is None or order.order_number is None:
            raise Refused(404, f"no order with id {request.path_params['id']}")
        try:
            more = step(shop, order, body)
        except actions.NotPossible as error:
            raise Refused(400, str(error)) from error
        plain = {
            "id": order.id,
            "order_number": order.order_number,
            "payment_status": order.payment_status.code,
            "shipping_status": order.shipping_status.code,
        }
        return json_answer(plain | more)

    return endpoint


def _edit(shop: Shop, order: Order, body: bytes) -> dict[str, Any]:
    wish = decode(body, Edit)
    amounts = {line.sku: line.amount for line in wish.lines}
    repriced = actions.reprice(shop, order, wish.prices, wish.shipping_cost, wish.shipping_method)
    changes = actions.edit(shop, order, amounts, child_only=wish.child_only)
    if wish.tracking_number is not None:
        actions.track(shop, order, wish.tracking_number)
    if wish.admin_notes is not None:
        order.admin_notes = wish.admin_notes
    if (repriced or wish.admin_notes is not None) and not changes and not wish.child_only:
        actions.rewrite(shop, order)
    return {"changes": changes}


def _pay(shop: Shop, order: Order, body: bytes) -> dict[str, Any]:
    decode(body, Amount)
    pay(shop, order)
    return {}


def _capture(shop: Shop, order: Order, body: bytes) -> dict[str, Any]:
    return {"amount": float(actions.capture(shop, order, decode(body, Amount).amount))}


def _refund(shop: Shop, order: Order, body: bytes) -> dict[str, Any]:
    return {"amount": float(actions.refund(shop, order, decode(body, Amount).amount))}


def _cancel(shop: Shop, order: Order, _body: bytes) -> dict[str, Any]:
    actions.cancel(shop, order)
    return {}


def _ship(shop: Shop, order: Order, body: bytes) -> dict[str, Any]:
    actions.ship(shop, order, decode(body, Parcels).tracking_numbers)
    return {"tracking_numbers": [part.value for part in order.tracking]}


def _return(shop: Shop, order: Order, _body: bytes) -> dict[str, Any]:
    set_status(shop, order, "shipping", find("shipping", "R"))
    return {}


def _address(_shop: Shop, order: Order, body: bytes) -> dict[str, Any]:
    """Rows of their own: the order's date does not move."""
    wish = decode(body, Addresses)
    for row, change in ((order.billing_address, wish.billing), (order.shipping_address, wish.shipping)):
        if row is not None and change is not None:
            change_address(row, change)
    return {"billing_address": shapes.address(order.billing_address)}


STEPS: dict[str, Step] = {
    "edit": _edit,
    "pay": _pay,
    "capture": _capture,
    "refund": _refund,
    "cancel": _cancel,
    "ship": _ship,
    "return": _return,
    "address": _address,
}


async def move_customer(request: Request) -> Response:
    """The address book changes, and nothing tells: accounts have no date of change."""
    shop = shop_of(request)
    profile = shop.profiles.get(request.path_params["id"])
    if profile is None:
        raise Refused(404, f"no profile with id {request.path_params['id']}")
    change = decode(await request.body() or b"{}", AddressChange)
    row = next(iter(profile.addresses.values()), None)
    if row is None:
        row = Address(shop.next_id("address"), "", "", "", "", "", "")
        profile.addresses[row.id] = row
    change_address(row, change)
    shop.announce("profile_changed", {"id": profile.id})
    return json_answer(shapes.address(row))
