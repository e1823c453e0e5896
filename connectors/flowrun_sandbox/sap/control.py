"""``/_sandbox`` of the SAP system: faults, settings and a new beginning. No login; no part of SAP.

``GET | POST | DELETE /_sandbox/faults``, ``GET | POST /_sandbox/settings``, ``GET /_sandbox/requests``,
``GET /_sandbox/health``, ``POST /_sandbox/reset``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
from mocksap.odata import SapError
from mocksap.service import Response

if TYPE_CHECKING:
    from flowrun_sandbox.sap.server import S4, S4Handler


class Settings(msgspec.Struct, forbid_unknown_fields=True):
    """``page_size`` above 0 makes the server page every feed whose path matches ``page_match``."""

    page_size: int = 0
    page_match: str = ""


def answer(handler: S4Handler, method: str, rest: str, body: bytes) -> Response:
    """One request to the control plane."""
    system = handler.mock
    operations: dict[tuple[str, str], Callable[[], object]] = {
        ("GET", "faults"): system.spoilers.listed,
        ("POST", "faults"): lambda: system.spoilers.add(body),
        ("DELETE", "faults"): lambda: {"cleared": system.spoilers.clear() + system.faults.clear()},
        ("GET", "settings"): lambda: system.settings,
        ("POST", "settings"): lambda: _change_settings(system, body),
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


def _change_settings(system: S4, body: bytes) -> Settings:
    sent = msgspec.json.decode(body, type=dict[str, Any])
    system.settings = msgspec.convert(msgspec.to_builtins(system.settings) | sent, Settings)
    return system.settings


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
    with system.lock:
        system.config.seed_value = seed
        handler._mock_api("POST", "/_mock/reset", {}, json.dumps({"seed": seed}).encode())
        system.forget_sessions()
        system.spoilers.clear()
        system.settings = Settings()
    return {"reset": True, "seed": seed}
