"""``/_sandbox`` of the SAP system: bad luck, settings, the warehouse and a new beginning. No login; no part of SAP.

- ``GET | POST | DELETE /_sandbox/faults``, ``GET | POST /_sandbox/settings``
- ``POST /_sandbox/fulfil`` ``{"order": "1050", "until": "invoice"}``, SAP's number or the shop's; or all orders;
  with ``"share": "0.5"`` that part of what is open is delivered
- ``POST /_sandbox/redeliver``: every message out of sight, late or not acknowledged, comes now
- ``GET /_sandbox/state``, ``/requests``, ``/health``; ``POST /_sandbox/reset``
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
from mocksap.odata import SapError
from mocksap.service import Response

from flowrun_sandbox.sap import fulfilment, state

if TYPE_CHECKING:
    from flowrun_sandbox.sap.server import S4Handler
    from flowrun_sandbox.sap.system import S4


def answer(handler: S4Handler, method: str, rest: str, body: bytes) -> Response:
    """One request to the control plane."""
    system = handler.mock
    operations: dict[tuple[str, str], Callable[[], object]] = {
        ("GET", "faults"): system.spoilers.listed,
        ("POST", "faults"): lambda: system.spoilers.add(body),
        ("DELETE", "faults"): lambda: {"cleared": system.spoilers.clear() + system.faults.clear()},
        ("GET", "settings"): lambda: system.settings,
        ("POST", "settings"): lambda: system.change_settings(_object(body)),
        ("POST", "fulfil"): lambda: _fulfil(system, body),
        ("POST", "redeliver"): lambda: {"released": system.mesh.release()},
        ("GET", "state"): lambda: state.of(system),
        ("GET", "requests"): lambda: _requests(system),
        ("GET", "health"): lambda: {"status": "up", "seed": system.config.seed_value},
        ("POST", "reset"): lambda: _reset(handler, body),
    }
    operation = operations.get((method, rest))
    if operation is None:
        raise SapError(f"no {method} /_sandbox/{rest}", 404)
    try:
        shape = operation()
    except msgspec.MsgspecError as error:
        raise SapError(str(error), 400) from error
    status = 201 if (method, rest) == ("POST", "faults") else 200
    return Response(status, body=msgspec.json.encode(shape))


class Fulfilment(msgspec.Struct, forbid_unknown_fields=True):
    """Which order, or all that can go on, and how far; of one order perhaps only a share of what is open."""

    order: str | None = None
    until: fulfilment.Stage = "invoice"
    share: Decimal = Decimal(1)

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise ValueError("share is above 0 and at most 1")


def _fulfil(system: S4, body: bytes) -> dict[str, object]:
    """What each order has come to, and what stood in its way."""
    wish = msgspec.json.decode(body or b"{}", type=Fulfilment)
    if wish.order is None:
        troubles = fulfilment.advance_all(system, wish.until)
    else:
        troubles = {number: _advance(system, number, wish) for number in _numbers(system, wish.order)}
    with system.lock:
        done = [
            msgspec.to_builtins(fulfilment.progress(system.conn, number)) | {"trouble": trouble}
            for number, trouble in troubles.items()
        ]
    return {"fulfilled": done}


def _advance(system: S4, number: str, wish: Fulfilment) -> str:
    try:
        fulfilment.advance(system, number, wish.until, share=wish.share)
    except SapError as error:
        return f"{error.code}: {error.message}"
    return ""


def _numbers(system: S4, order: str) -> list[str]:
    """Sales orders by SAP's number, by the customer's reference, or by the shop's order number in it."""
    with system.lock:
        found = system.conn.execute(
            'SELECT "SalesOrder" FROM "A_SalesOrder" WHERE "SalesOrder" = ? OR "PurchaseOrderByCustomer" IN (?, ?) '
            'ORDER BY "SalesOrder"',
            [order, order, f"XC-{order}"],
        ).fetchall()
    if not found:
        raise SapError(f"no order {order} in SAP, by its number or by the customer's reference", 404)
    return [row["SalesOrder"] for row in found]


def _object(body: bytes) -> dict[str, Any]:
    return msgspec.json.decode(body, type=dict[str, Any])


def _requests(system: S4) -> list[dict[str, Any]]:
    with system.lock:
        rows = system.conn.execute(
            "SELECT method, path, query, status FROM request_log WHERE path NOT LIKE '/_sandbox%' ORDER BY id"
        ).fetchall()
    return [dict(row) for row in rows]


def _reset(handler: S4Handler, body: bytes) -> dict[str, object]:
    """mock-sap's own reset, which seeds anew, and ours."""
    system = handler.mock
    seed = msgspec.json.decode(body or b"{}", type=dict[str, int]).get("seed", system.config.seed_value)
    system.restore_settings()
    with system.lock:
        system.config.seed_value = seed
        handler._mock_api("POST", "/_mock/reset", {}, json.dumps({"seed": seed}).encode())
        system.forget_all()
    return {"reset": True, "seed": seed}
