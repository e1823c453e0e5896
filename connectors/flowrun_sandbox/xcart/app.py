"""The shop's web application: routes, keys, and the form of refusals."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount
from starlette.types import ASGIApp

from flowrun_sandbox.faults import Faults
from flowrun_sandbox.xcart import control, names_api, orders_api, products_api, profiles_api
from flowrun_sandbox.xcart.faulty import Connections, Faulty, XCartRule
from flowrun_sandbox.xcart.orders_api import Handler, route_table
from flowrun_sandbox.xcart.shop import Shop
from flowrun_sandbox.xcart.wire import Refused, problem


@dataclass(frozen=True)
class Keys:
    """The two keys of Settings > API. They differ, and only the first may write."""

    write: str = "sandbox-write-key"
    read: str = "sandbox-read-key"


def build_app(shop: Shop, keys: Keys, connections: Connections) -> ASGIApp:
    """The application over one shop. Routing comes before the keys: a wrong path is a 404 for all."""
    parts = (orders_api, products_api, profiles_api, names_api)
    table = [operation for part in parts for operation in part.routes()]
    app = Starlette(
        routes=[
            Mount(
                "/api",
                routes=route_table(table, lambda handler: _with_key(handler, keys)),
            ),
            Mount("/_sandbox", routes=control.routes()),
        ],
        exception_handlers={Refused: _refused, HTTPException: _unrouted},
    )
    app.state.shop = shop
    app.state.faults = Faults(XCartRule)
    app.state.requests = []
    return Faulty(app, app.state.faults, app.state.requests, connections)


def _with_key(handler: Handler, keys: Keys) -> Handler:
    """No key and a wrong key are told apart by their bodies; the read key cannot write."""

    async def checked(request: Request) -> Response:
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
