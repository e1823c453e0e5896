"""``/api/orders`` and ``/api/carts``: read orders, change their two statuses, nothing else.

Filters the API does not know, and dates it cannot read, are ignored in silence: the answer is then simply
larger than the caller thinks. ``update_date`` is the order row's own; a tracking number or a payment, which
live in other rows, leave it as it was.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from flowrun_sandbox.xcart import shapes
from flowrun_sandbox.xcart.actions import track
from flowrun_sandbox.xcart.changes import set_status
from flowrun_sandbox.xcart.model import Order
from flowrun_sandbox.xcart.shop import Settings, Shop
from flowrun_sandbox.xcart.statuses import LONGEST_CODE, UnknownStatus, find
from flowrun_sandbox.xcart.wire import Refused, language, many, one, page_of, sent

Handler = Callable[[Request], Awaitable[Response]]
BOUNDS: dict[str, Callable[[datetime, datetime], bool]] = {
    "before": lambda moment, bound: moment <= bound,
    "strictly_before": lambda moment, bound: moment < bound,
    "after": lambda moment, bound: moment >= bound,
    "strictly_after": lambda moment, bound: moment > bound,
}


def routes() -> list[tuple[str, str, Handler]]:
    """Method, path and handler of every operation."""
    table: list[tuple[str, str, Handler]] = [
        ("GET", "/orders", list_orders),
        ("GET", "/orders/by_number/{number}", read_by_number),
        ("GET", "/orders/{id:int}", read_order),
        ("GET", "/orders/{id:int}/tracking", list_tracking),
        ("POST", "/orders/{id:int}/tracking", add_tracking),
        ("GET", "/carts", list_carts),
        ("GET", "/carts/{id:int}", read_cart),
    ]
    for kind in ("payment", "shipping"):
        path = f"/orders/{{id:int}}/{kind}_status"
        table += [("GET", path, _status_reader(kind)), ("PUT", path, _status_writer(kind))]
    for of in ("orders", "carts"):
        for part in ("payment_transactions", "details", "history"):
            table.append(("GET", f"/{of}/{{id:int}}/{part}", _part_reader(part, carts=of == "carts")))
    return table


def shop_of(request: Request) -> Shop:
    """The shop behind the application."""
    found = request.app.state.shop
    assert isinstance(found, Shop)  # noqa: S101 - narrows what Starlette holds untyped
    return found


async def list_orders(request: Request) -> Response:
    """The order list."""
    shop = shop_of(request)
    rows = _sorted(_filtered(shop, request.query_params), request.query_params)
    for row in page_of(request, rows):
        refuse_broken(shop.settings, row)
    return many(request, rows, lambda row: _shape(request, row), "Order")


async def read_order(request: Request) -> Response:
    """One order by id; a cart's id is not found here."""
    row = shop_of(request).orders.get(request.path_params["id"])
    return _one(request, row if row and row.order_number is not None else None)


async def read_by_number(request: Request) -> Response:
    """One order by the number people see."""
    wanted = request.path_params["number"]
    rows = shop_of(request).placed_orders() if re.fullmatch(r"\w+", wanted) else []
    return _one(request, next((row for row in rows if row.order_number == wanted), None))


async def list_tracking(request: Request) -> Response:
    """The extension's reading half."""
    row = _for_extension(request)
    return many(request, row.tracking, shapes.tracking, "OrderTrackingNumber")


async def add_tracking(request: Request) -> Response:
    """A parcel's number: what X-Cart 5.5 has no operation for. An extension, 404 unless switched on."""
    row = _for_extension(request)
    value = (await sent(request, {"value": "string"})).get("value")
    if not value:
        raise Refused(400, "Input validations failed: value is required")
    number = track(shop_of(request), row, value)
    return one(request, shapes.tracking(number), "OrderTrackingNumber", 201)


def _for_extension(request: Request) -> Order:
    if not shop_of(request).settings.tracking_endpoint:
        raise Refused(404, f'No route found for "{request.method} {request.url}"')
    return _order_or_400(request)


async def list_carts(request: Request) -> Response:
    """Abandoned carts and temporary copies."""
    return many(request, shop_of(request).carts(), lambda row: _shape(request, row), "Cart")


async def read_cart(request: Request) -> Response:
    """One cart."""
    row = shop_of(request).orders.get(request.path_params["id"])
    return _one(request, row if row and row.order_number is None else None, "Cart")


def refuse_broken(settings: Settings, row: Order) -> None:
    """5.5 types a status code as string, a product id as int: a null in either is a 500 for all."""
    codeless = row.payment_status.code is None or row.shipping_status.code is None
    if settings.custom_status_breaks and codeless:
        raise Refused(500, "null is not a string")
    if settings.deleted_product_breaks and any(line.product_id is None for line in row.items):
        raise Refused(500, "null is not an int")


def _one(request: Request, row: Order | None, kind: str = "Order") -> Response:
    if row is None:
        raise Refused(404, "Not Found")
    refuse_broken(shop_of(request).settings, row)
    return one(request, _shape(request, row), kind)


def _shape(request: Request, row: Order) -> dict[str, Any]:
    shop, spoken = shop_of(request), language(request)
    return shapes.order(row, lambda id_: shop.product_name(id_, spoken), spoken)


def _filtered(shop: Shop, params: QueryParams) -> list[Order]:
    rows = shop.placed_orders()
    for bound, keeps in BOUNDS.items():
        moment = read_moment(params.get(f"date[{bound}]"), shop.timezone)
        if moment is not None:
            rows = [row for row in rows if keeps(row.create_date, moment)]
        moment = read_moment(params.get(f"lastRenewDate[{bound}]"), shop.timezone)
        if moment is not None and shop.settings.last_renew_date_filter:
            rows = [row for row in rows if keeps(row.update_date, moment)]
    for kind in ("payment", "shipping"):
        codes = params.getlist(f"{kind}Status.code") + params.getlist(f"{kind}Status.code[]")
        if codes:
            rows = [row for row in rows if getattr(row, f"{kind}_status").code in codes]
    login = params.get("profile.login")
    if login:
        rows = [row for row in rows if login.lower() in row.email.lower()]
    return rows


def _sorted(rows: list[Order], params: QueryParams) -> list[Order]:
    """By id unless said; ties keep the order of the ids."""
    rows = sorted(rows, key=lambda row: row.id)
    wishes: tuple[tuple[str, Callable[[Order], datetime]], ...] = (
        ("date", lambda row: row.create_date),
        ("lastRenewDate", lambda row: row.update_date),
    )
    for name, key in wishes:
        direction = params.get(f"order[{name}]", "").lower()
        if direction in {"asc", "desc"}:
            rows = sorted(rows, key=key, reverse=direction == "desc")
    return rows


def read_moment(text: str | None, store: ZoneInfo) -> datetime | None:
    """A filter's date. Without an offset it is the shop's local time; an unreadable one is none at all.

    A ``+`` that was not percent-encoded arrives as a blank and makes the date unreadable.
    """
    if not text:
        return None
    try:
        if text.startswith("@"):
            return datetime.fromtimestamp(int(text[1:]), UTC)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=store)


def _status_reader(kind: str) -> Handler:
    async def read(request: Request) -> Response:
        row = _order_or_400(request)
        return one(request, shapes.status(getattr(row, f"{kind}_status"), language(request)), "Status")

    return read


def _status_writer(kind: str) -> Handler:
    async def write(request: Request) -> Response:
        row = _order_or_400(request)
        code = (await sent(request, {"code": "string"})).get("code")
        if not code or len(code) > LONGEST_CODE:
            raise Refused(400, "Input validations failed: code must have 1 to 4 characters")
        try:
            status = find(kind, code)
        except UnknownStatus as error:
            raise Refused(400, str(error)) from error
        set_status(shop_of(request), row, kind, status)
        return one(request, shapes.status(status, language(request)), "Status")

    return write


def _order_or_400(request: Request) -> Order:
    """A missing order is a 400 here, and a 404 everywhere else."""
    id_ = request.path_params["id"]
    row = shop_of(request).orders.get(id_)
    if row is None or row.order_number is None:
        raise Refused(400, f"Order with ID {id_} not found")
    return row


def _part_reader(part: str, *, carts: bool) -> Handler:
    async def read(request: Request) -> Response:
        row = shop_of(request).orders.get(request.path_params["id"])
        if row is None:
            return many(request, [], dict, part)
        if (row.order_number is None) is not carts:
            raise Refused(404, "Not Found")
        if part == "details":
            return many(request, row.details, dict, "OrderDetail")
        if part == "history":
            return many(request, row.history, shapes.history, "OrderHistoryEvent")
        newest_first = request.query_params.get("order[date]", "").lower() == "desc"
        attempts = sorted(row.transactions, key=lambda attempt: attempt.date, reverse=newest_first)
        return many(request, attempts, shapes.transaction, "PaymentTransaction")

    return read


def route_table(table: list[tuple[str, str, Handler]], guard: Callable[[Handler], Handler]) -> list[Route]:
    """One route a path, so that a method without an operation is a 405 that names the others."""
    by_path: dict[str, dict[str, Handler]] = {}
    for method, path, handler in table:
        by_path.setdefault(path, {})[method] = handler
    return [
        Route(path, guard(_by_method(methods)), methods=list(methods)) for path, methods in by_path.items()
    ]


def _by_method(handlers: dict[str, Handler]) -> Handler:
    async def endpoint(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await handlers[method](request)

    return endpoint
