"""What a caller of the classic API wants, whichever of four ways it was said.

The method: ``_method``, then ``X-HTTP-Method-Override``, then the verb; a method nobody knows reads. The data:
``model[...]``, or all that is neither address nor key, from the query, a form or (since 5.3) JSON.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from starlette.requests import Request

from flowrun_sandbox.xcart.classic.forms import parse

METHODS = ("GET", "POST", "PUT", "DELETE")
_SERVICE_KEYS = {"target", "action", "_key", "_path", "_method", "callback", "_schema", "_cnd"}
_FORM = "application/x-www-form-urlencoded"


class UnknownContentType(ValueError):  # noqa: N818 - the word for what it is
    """A body that is neither form nor JSON."""


@dataclass(frozen=True)
class Call:
    """One request. ``id`` is None when all rows are meant; an empty one is not."""

    method: str
    entity: str
    id: str | None
    schema: str
    key: str
    conditions: dict[str, Any] = field(default_factory=dict)
    data: Any = None
    """A table, a list of tables, or nothing that can be read."""
    problem: str = ""
    """Why the body could not be read. Told only after the key was found good."""


async def read_call(request: Request, *, json_bodies: bool) -> Call:
    """From query and body together; the body wins."""
    said = parse(request.url.query)
    body: Any = {}
    problem = ""
    raw = await request.body()
    if raw and request.method != "GET":
        try:
            body = _body(request, raw, json_bodies=json_bodies)
        except UnknownContentType as error:
            problem = str(error)
    if isinstance(body, dict):
        said |= body
    method = (said.get("_method") or request.headers.get("x-http-method-override") or request.method).upper()
    path = str(said.get("_path", "")).split("/")
    conditions = said.get("_cnd")
    return Call(
        method=method if method in METHODS else "GET",
        entity=path[0].lower(),
        id=path[1].strip() if len(path) > 1 else None,
        schema=str(said.get("_schema", "")).strip().lower() or "default",
        key=str(said.get("_key", "")),
        conditions=conditions if isinstance(conditions, dict) else {},
        data=body if isinstance(body, list) else _data(said),
        problem=problem,
    )


def _body(request: Request, raw: bytes, *, json_bodies: bool) -> Any:
    kind = request.headers.get("content-type", _FORM).partition(";")[0].strip().lower()
    if kind == "application/json" and json_bodies:
        try:
            return json.loads(raw, parse_float=Decimal)
        except ValueError:
            return {}
    if kind == _FORM or not json_bodies:
        return parse(raw.decode("utf-8", "replace"))
    raise UnknownContentType("Unknown Content-Type provided")


def _data(said: dict[str, Any]) -> Any:
    model = said.get("model")
    if isinstance(model, str) and model:
        try:
            return json.loads(model, parse_float=Decimal)
        except ValueError:
            return None
    return model or {key: value for key, value in said.items() if key not in _SERVICE_KEYS}
