"""The shop's web application: routes, keys, and the form of refusals."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flowrun_sandbox.faults import Faults
from flowrun_sandbox.xcart import (
    categories_api,
    control,
    images_api,
    names_api,
    orders_api,
    products_api,
    profiles_api,
    variants_api,
)
from flowrun_sandbox.xcart.activity import Bustle
from flowrun_sandbox.xcart.classic.front import Classic
from flowrun_sandbox.xcart.faulty import Connections, Faulty, XCartRule
from flowrun_sandbox.xcart.hooks import Courier
from flowrun_sandbox.xcart.orders_api import Handler, route_table
from flowrun_sandbox.xcart.shop import Shop
from flowrun_sandbox.xcart.wire import Refused, no_such_page, problem


@dataclass(frozen=True)
class Keys:
    """The keys of Settings > API, and those of the classic add-on. Of each two only the first may write."""

    write: str = "sandbox-write-key"
    read: str = "sandbox-read-key"
    classic: str = "sandbox-classic-key"
    classic_read: str = "sandbox-classic-read-key"


def build_app(shop: Shop, keys: Keys, connections: Connections) -> ASGIApp:
    """The application over one shop. Routing comes before the keys: a wrong path is a 404 for all."""
    parts = (orders_api, products_api, variants_api, images_api, categories_api, profiles_api, names_api)
    table = [operation for part in parts for operation in part.routes()]
    app = Starlette(
        routes=[
            Mount(
                "/api",
                routes=route_table(table, lambda handler: _with_key(handler, keys)),
            ),
            Route("/admin.php", Classic(keys.classic, keys.classic_read)),
            Mount("/_sandbox", routes=control.routes()),
        ],
        exception_handlers={Refused: _refused, HTTPException: _unrouted},
    )
    app.state.shop = shop
    app.state.faults = Faults(XCartRule)
    app.state.requests = []
    app.state.bustle = Bustle()
    app.state.courier = Courier(shop.seed)
    return Faulty(Telling(app), app.state.faults, app.state.requests, connections)


def _with_key(handler: Handler, keys: Keys) -> Handler:
    """No key and a wrong key are told apart by their bodies; the read key cannot write."""

    async def checked(request: Request) -> Response:
        if request.app.state.shop.settings.serves == "classic":
            return no_such_page()
        key = request.headers.get("x-auth-token")
        if not key:
            body = {"code": 401, "message": "JWT Token not found"}
            return JSONResponse(body, 401, {"WWW-Authenticate": "Bearer"})
        if key not in {keys.write, keys.read}:
            return JSONResponse({"message": "Invalid credentials."}, 401)
        if request.method not in {"GET", "HEAD"} and key != keys.write:
            return problem(request, 403, "Access Denied.")
        return await handler(request)

    return checked


class Telling:
    """Sends the events of a request before its answer, as a shop does that knows no queue."""

    def __init__(self, app: Starlette) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                state = self.app.state
                await state.courier.carry(state.shop)
            await send(message)

        await self.app(scope, receive, told)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101 - Starlette calls by type
    return problem(request, error.status, error.detail)


async def _unrouted(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette calls by type
    allow = ", ".join(sorted({*(error.headers or {}).get("Allow", "").split(", ")} - {"HEAD"}))
    detail = {
        404: f'No route found for "{request.method} {request.url}"',
        405: f'No route found for "{request.method} {request.url}": Method Not Allowed (Allow: {allow})',
    }.get(error.status_code, error.detail)
    response = problem(request, error.status_code, detail)
    if allow:
        response.headers["Allow"] = allow
    return response
