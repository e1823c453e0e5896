"""``/_sandbox``: what shoppers, operators and bad luck do. No token; no part of X-Cart.

- ``POST /_sandbox/orders`` ``{"count": 20}`` for the varied mix, or one order in full
- ``POST /_sandbox/orders/{id}/edit`` and ``/pay``
- ``GET | POST | DELETE /_sandbox/faults``, ``GET | POST /_sandbox/settings``
- ``GET /_sandbox/requests``, ``/emails``, ``/health``; ``POST /_sandbox/reset``
"""

from __future__ import annotations

from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from flowrun_sandbox.faults import Faults
from flowrun_sandbox.orders import Line, OrderSpec, mix
from flowrun_sandbox.xcart.changes import abandon_cart, pay, reckon, shift_stock
from flowrun_sandbox.xcart.checkout import NotForSale, place
from flowrun_sandbox.xcart.faulty import XCartRule
from flowrun_sandbox.xcart.model import Order
from flowrun_sandbox.xcart.orders_api import shop_of
from flowrun_sandbox.xcart.seed import fresh_shop
from flowrun_sandbox.xcart.shop import Settings, Shop
from flowrun_sandbox.xcart.statuses import UnknownStatus
from flowrun_sandbox.xcart.wire import Refused

T = TypeVar("T")


class Edit(msgspec.Struct, forbid_unknown_fields=True):
    """An operator's change to an order. ``child_only`` leaves the order's own row, and so its date, alone."""

    lines: list[Line] = []
    """New amounts by SKU; 0 takes the line out. Without ``child_only`` the sums follow."""
    tracking_number: str | None = None
    admin_notes: str | None = None
    child_only: bool = False


class Many(msgspec.Struct, forbid_unknown_fields=True):
    """How many orders of the mix to place."""

    count: int


class Reset(msgspec.Struct, forbid_unknown_fields=True):
    """A new beginning, with another seed if one is given."""

    seed: int | None = None


def routes() -> list[Route]:
    """The control plane."""
    return [
        Route("/orders", place_orders, methods=["POST"]),
        Route("/orders/{id:int}/edit", edit_order, methods=["POST"]),
        Route("/orders/{id:int}/pay", pay_order, methods=["POST"]),
        Route("/faults", list_faults, methods=["GET"]),
        Route("/faults", add_fault, methods=["POST"]),
        Route("/faults", clear_faults, methods=["DELETE"]),
        Route("/settings", read_settings, methods=["GET"]),
        Route("/settings", change_settings, methods=["POST"]),
        Route("/requests", list_requests, methods=["GET"]),
        Route("/emails", list_emails, methods=["GET"]),
        Route("/reset", reset, methods=["POST"]),
        Route("/health", health, methods=["GET"]),
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
    return _json([{"id": row.id, "order_number": row.order_number} for row in placed], 201)


def place_mix(shop: Shop, count: int) -> list[Order]:
    """The next orders of the shop's mix."""
    specs = mix(shop.seed, count, start=shop.placed_from_mix)
    shop.placed_from_mix += len(specs)
    return [place(shop, spec) for spec in specs]


async def edit_order(request: Request) -> Response:
    """An operator edits; X-Cart works on a temporary copy, which costs an id."""
    shop, order = shop_of(request), _order(request)
    edit = _decode(await request.body(), Edit)
    known = {line.sku for line in order.items}
    unknown = [line.sku for line in edit.lines if line.sku not in known]
    if unknown:
        raise Refused(400, f"order {order.id} has no line with the SKU {unknown[0]!r}")
    changes = _change_amounts(shop, order, edit)
    if edit.tracking_number is not None:
        order.tracking.append((shop.next_id("tracking"), shop.now(), edit.tracking_number))
        shop.record(
            order, "ORDER TRACKING", "Tracking number added", {"value": edit.tracking_number}, operator=True
        )
    if edit.admin_notes is not None:
        order.admin_notes = edit.admin_notes
    own_row = bool(changes) or edit.admin_notes is not None
    if own_row and not edit.child_only:
        abandon_cart(shop, shop.now(), order)
        reckon(order)
        order.update_date = shop.now()
    if changes:
        shop.record(order, "ORDER EDITED", "Order edited", dict(changes), operator=True)
    return _json({"id": order.id, "order_number": order.order_number, "changes": changes})


def _change_amounts(shop: Shop, order: Order, edit: Edit) -> dict[str, str]:
    changes = {}
    for wish in edit.lines:
        line = next(line for line in order.items if line.sku == wish.sku)
        if order.stock_status == "reduced":
            shift_stock(shop, line, line.amount - wish.amount)
        changes[line.sku] = f"{line.amount} -> {wish.amount}"
        line.amount = wish.amount
        if not line.amount:
            order.items.remove(line)
    return changes


async def pay_order(request: Request) -> Response:
    """The money arrives."""
    shop, order = shop_of(request), _order(request)
    pay(shop, order)
    return _json(
        {"id": order.id, "order_number": order.order_number, "payment_status": order.payment_status.code}
    )


async def list_faults(request: Request) -> Response:
    """The rules in force."""
    return _json(_faults(request).listed())


async def add_fault(request: Request) -> Response:
    """One more rule."""
    try:
        return _json(_faults(request).add(await request.body()), 201)
    except msgspec.MsgspecError as error:
        raise Refused(400, str(error)) from error


async def clear_faults(request: Request) -> Response:
    """All rules go."""
    return _json({"cleared": _faults(request).clear()})


async def read_settings(request: Request) -> Response:
    """The settings."""
    return _json(shop_of(request).settings)


async def change_settings(request: Request) -> Response:
    """Changes what is sent."""
    shop = shop_of(request)
    sent = _decode(await request.body(), dict[str, object])
    try:
        shop.settings = msgspec.convert(msgspec.to_builtins(shop.settings) | sent, Settings)
    except msgspec.ValidationError as error:
        raise Refused(400, str(error)) from error
    return _json(shop.settings)


async def list_requests(request: Request) -> Response:
    """What the API was asked, oldest first."""
    return _json(request.app.state.requests)


async def list_emails(request: Request) -> Response:
    """What the shop wrote to whom."""
    return _json(shop_of(request).emails)


async def reset(request: Request) -> Response:
    """A fresh shop; rules and logs go too."""
    wish = _decode(await request.body() or b"{}", Reset)
    seed = shop_of(request).seed if wish.seed is None else wish.seed
    request.app.state.shop = fresh_shop(seed)
    request.app.state.requests.clear()
    _faults(request).clear()
    return _json({"reset": True, "seed": seed})


async def health(request: Request) -> Response:
    """Up, and how full."""
    shop = shop_of(request)
    return _json({"status": "up", "orders": len(shop.placed_orders()), "seed": shop.seed})


def _decode(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise Refused(400, str(error)) from error


def _order(request: Request) -> Order:
    row = shop_of(request).orders.get(request.path_params["id"])
    if row is None or row.order_number is None:
        raise Refused(404, f"no order with id {request.path_params['id']}")
    return row


def _faults(request: Request) -> Faults[XCartRule]:
    found: Faults[XCartRule] = request.app.state.faults
    return found


def _json(shape: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(shape), status, media_type="application/json")
