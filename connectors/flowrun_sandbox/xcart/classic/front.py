"""``/admin.php?target=RESTAPI``: keys, dispatch and the form of the answers.

Success is 200, and so is a row that is not there: its body is ``null``. A refusal has no body at all: 403 when
the table is known, 404 when it is not. An exception is a 400 whose only words are in ``X-REST-Error``.
``DELETE`` of a table without an id deletes every row of it, as the add-on does.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from flowrun_sandbox.xcart.classic.call import Call, read_call
from flowrun_sandbox.xcart.classic.conditions import select
from flowrun_sandbox.xcart.classic.forms import rows, whole
from flowrun_sandbox.xcart.classic.table import RestError, Table
from flowrun_sandbox.xcart.classic.tables import TABLES
from flowrun_sandbox.xcart.shop import Shop
from flowrun_sandbox.xcart.wire import no_such_page


class PhpFatal(Exception):  # noqa: N818 - the word for what it is
    """PHP stops in the middle: the caller gets a page, not JSON."""


@dataclass(frozen=True)
class Classic:
    """The door. ``key`` may do everything, ``key_read`` only read; an empty setting opens nothing."""

    key: str
    key_read: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        request = Request(scope, receive)
        shop: Shop = request.app.state.shop
        response = await self._answer(request, shop)
        await response(scope, receive, send)

    async def _answer(self, request: Request, shop: Shop) -> Response:
        if shop.settings.serves == "5.5":
            return no_such_page()
        call = await read_call(request, json_bodies=shop.settings.classic_release != "5.2")
        if request.query_params.get("target", "RESTAPI") != "RESTAPI":
            return HTMLResponse("<!DOCTYPE html><title>X-Cart: sign in</title>")
        table = TABLES.get("profile" if call.entity == "person" else call.entity)
        refusal = self._refusal(call, table)
        if refusal or table is None:
            return Response(status_code=refusal or 404)
        if call.problem:
            return _said(request, None, call, error=call.problem)
        try:
            found = _process(shop, table, call)
        except RestError as error:
            return _said(request, None, call, error=str(error))
        except PhpFatal:
            return HTMLResponse("<!DOCTYPE html><h1>Fatal error</h1>", 500)
        return _said(request, found, call)

    def _refusal(self, call: Call, table: Table | None) -> int:
        """0 when the caller may come in."""
        if call.schema not in {"default", "complex"}:
            return 404
        complex_ = call.schema == "complex"
        unfit = table is None or (complex_ and table.complex is None)
        if complex_ and call.method != "GET":
            return 403
        if unfit:
            return 404
        writes = call.method != "GET"
        may = bool(call.key) and (call.key == self.key or (not writes and call.key == self.key_read))
        return 0 if may and not (writes and table is not None and table.read_only) else 403


def _process(shop: Shop, table: Table, call: Call) -> Any:
    if call.id is None:
        return _ALL[call.method](shop, table, call)
    return _ONE[call.method](shop, table, call)


def _get_all(shop: Shop, table: Table, call: Call) -> Any:
    """Without conditions the whole table comes, of orders the carts too; with any, only what is searched."""
    found = select(shop, table, call.conditions) if call.conditions else list(table.every(shop))
    if call.schema == "complex" and table.complex:
        return [table.complex(shop, row) for row in found]
    return [table.scalars(shop, row) for row in found]


def _get_one(shop: Shop, table: Table, call: Call) -> Any:
    row = _find(shop, table, call.id)
    if row is None:
        return None
    if call.schema == "complex" and table.complex:
        return table.complex(shop, row)
    return table.whole(shop, row)


def _post_all(shop: Shop, table: Table, call: Call) -> Any:
    return [table.scalars(shop, _created(shop, table, data)) for data in _tables(call)]


def _post_one(shop: Shop, table: Table, call: Call) -> Any:
    return table.whole(shop, _created(shop, table, _table(call.data)))


def _put_all(shop: Shop, table: Table, call: Call) -> Any:
    """A row without its key, or with one that is not there, is passed over without a word."""
    changed = []
    for data in _tables(call):
        row = _find(shop, table, data.get(table.key))
        if row is not None:
            _altered(shop, table, row, data)
            changed.append(row)
    return [table.scalars(shop, row) for row in changed]


def _put_one(shop: Shop, table: Table, call: Call) -> Any:
    row = _find(shop, table, call.id)
    if row is None:
        return None
    _altered(shop, table, row, _table(call.data))
    return table.whole(shop, row)


def _delete_all(shop: Shop, table: Table, _call: Call) -> Any:
    """Every row goes; the answer is how many there were."""
    everything = list(table.every(shop))
    for row in everything:
        _removed(shop, table, row)
    return len(everything)


def _delete_one(shop: Shop, table: Table, call: Call) -> Any:
    row = _find(shop, table, call.id)
    if row is None:
        return None
    _removed(shop, table, row)
    return True


_ALL = {"GET": _get_all, "POST": _post_all, "PUT": _put_all, "DELETE": _delete_all}
_ONE = {"GET": _get_one, "POST": _post_one, "PUT": _put_one, "DELETE": _delete_one}


def _find(shop: Shop, table: Table, id_: object) -> Any:
    number = whole(id_)
    return table.one(shop, number) if number else None


def _table(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise PhpFatal
    return data


def _tables(call: Call) -> list[dict[str, Any]]:
    """Several rows. A single flat table in their place breaks PHP's type of the argument."""
    return [_table(data) for data in rows(call.data)] if call.data else []


def _created(shop: Shop, table: Table, data: dict[str, Any]) -> Any:
    if table.create is None:
        raise RestError(f"{table.key} cannot be created here")
    return table.create(shop, data)


def _altered(shop: Shop, table: Table, row: Any, data: dict[str, Any]) -> None:
    if table.alter is not None:
        table.alter(shop, row, data)


def _removed(shop: Shop, table: Table, row: Any) -> None:
    if table.remove is None:
        raise RestError("An exception occurred while executing 'DELETE': a foreign key constraint fails")
    table.remove(shop, row)


def _said(request: Request, found: Any, call: Call, *, error: str = "") -> Response:
    body = json.dumps(found, default=_plain).encode()
    digest = hashlib.md5(body, usedforsecurity=False)
    headers = {
        "Allow": "GET,POST,PUT,DELETE",
        "X-Result-Count": str(len(found) if call.id is None and isinstance(found, list) else 1),
        "Last-Modified": format_datetime(datetime.now(UTC), usegmt=True),
        "ETag": digest.hexdigest(),
    }
    if error:
        headers["X-REST-Error"] = error.encode("ascii", "replace").decode().replace("\n", " ")
        return Response(body, 400, headers, "application/json; charset=UTF-8")
    if request.headers.get("if-none-match", "").lower() == headers["ETag"]:
        return Response(None, 304, headers)
    headers["Content-MD5"] = base64.b64encode(digest.digest()).decode()
    return Response(body, 200, headers, "application/json; charset=UTF-8")


def _plain(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} is no JSON")
