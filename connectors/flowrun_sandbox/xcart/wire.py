"""How the 5.5 admin API speaks HTTP: formats, pages, types, refusals.

A list is a bare JSON array without total or next link; only ``Accept: application/ld+json`` gives the Hydra
envelope. Refusals are problem+json with a plain sentence and no code. Validation errors are 400, never 422.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

T = TypeVar("T")

JSON = "application/json"
LD_JSON = "application/ld+json"
PAGE_SIZE = 30
LARGEST_PAGE = 100


class Refused(Exception):  # noqa: N818 - the word for what it is
    """An answer that is not the one hoped for."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


def wanted_format(request: Request) -> str:
    """The first known format of Accept. JSON is the default, also for ``*/*``."""
    for part in request.headers.get("accept", "*/*").split(","):
        kind = part.partition(";")[0].strip().lower()
        if kind in {JSON, LD_JSON, "text/html"}:
            return kind
        if kind in {"*/*", "application/*"}:
            return JSON
    return JSON


def language(request: Request) -> str:
    """The first tag of Accept-Language, if it is one of the shop's languages; otherwise English."""
    first = request.headers.get("accept-language", "en").split(",")[0].split(";")[0].strip().lower()[:2]
    return first if first in {"en", "de"} else "en"


def dump(shape: object) -> bytes:
    """JSON as PHP writes it: unescaped, decimals as floats."""
    return json.dumps(shape, ensure_ascii=False, default=_plain).encode()


def _plain(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


def one(request: Request, shape: dict[str, Any], kind: str, status: int = 200) -> Response:
    """A single resource."""
    wanted = wanted_format(request)
    if wanted == LD_JSON:
        shape = {
            "@context": f"/api/contexts/{kind}",
            "@id": request.url.path,
            "@type": f"{kind}Output",
            **shape,
        }
    if wanted == "text/html":
        return HTMLResponse("<!DOCTYPE html><title>X-Cart API</title><div id=swagger-ui></div>")
    return Response(dump(shape), status, media_type=wanted)


def many(request: Request, found: Sequence[T], shape: Callable[[T], dict[str, Any]], kind: str) -> Response:
    """One page of a list, and only that page is put into shape: the array itself, or Hydra when asked."""
    page, size = _page(request)
    rows = [shape(row) for row in page_of(request, found)]
    wanted = wanted_format(request)
    if wanted == "text/html":
        return HTMLResponse("<!DOCTYPE html><title>X-Cart API</title><div id=swagger-ui></div>")
    if wanted != LD_JSON:
        return Response(dump(rows), media_type=JSON)
    path = request.url.path
    members = [{"@type": f"{kind}Output", "@id": f"{path}/{row.get('id', '')}", **row} for row in rows]
    last = max(1, -(-len(found) // size)) if size else 1
    hydra: dict[str, Any] = {
        "@context": f"/api/contexts/{kind}",
        "@id": path,
        "@type": "hydra:Collection",
        "hydra:member": members,
        "hydra:totalItems": len(found),
        "hydra:view": {
            "@id": _link(request, page),
            "@type": "hydra:PartialCollectionView",
            "hydra:first": _link(request, 1),
            "hydra:last": _link(request, last),
        },
    }
    if page > 1:
        hydra["hydra:view"]["hydra:previous"] = _link(request, page - 1)
    if page < last:
        hydra["hydra:view"]["hydra:next"] = _link(request, page + 1)
    return Response(dump(hydra), media_type=LD_JSON)


def page_of(request: Request, rows: Sequence[T]) -> Sequence[T]:
    """The rows of the asked page, for checks that must not look at the others."""
    page, size = _page(request)
    return rows[(page - 1) * size : page * size] if size else []


def _link(request: Request, page: int) -> str:
    kept = [(key, value) for key, value in request.query_params.multi_items() if key != "page"]
    return f"{request.url.path}?{urlencode([*kept, ('page', str(page))])}"


def _page(request: Request) -> tuple[int, int]:
    """Page and size: 30 by default, 100 at most, larger wishes cut without a word."""
    page = _whole(request.query_params.get("page"), 1)
    size = _whole(request.query_params.get("itemsPerPage"), PAGE_SIZE)
    if page < 1:
        raise Refused(400, "Page should not be less than 1")
    if size < 0:
        raise Refused(400, "Limit should not be less than 0")
    return page, min(size, LARGEST_PAGE)


def _whole(text: str | None, default: int) -> int:
    try:
        return default if text is None else int(text)
    except ValueError:
        return default


def no_such_page() -> Response:
    """What a shop without this API shows: a page for people."""
    return HTMLResponse("<!DOCTYPE html><title>Page not found</title><h1>404</h1>", 404)


def problem(request: Request | None, status: int, detail: str) -> Response:
    """An error body: problem+json, or a Hydra error when JSON-LD was asked for. A 500 tells nothing."""
    if status >= 500:
        detail = "Internal Server Error"
    if request is not None and wanted_format(request) == LD_JSON:
        shape = {
            "@context": "/api/contexts/Error",
            "@type": "hydra:Error",
            "hydra:title": "An error occurred",
            "hydra:description": detail,
        }
        return Response(dump(shape), status, media_type=LD_JSON)
    shape = {
        "type": "https://tools.ietf.org/html/rfc2616#section-10",
        "title": "An error occurred",
        "detail": detail,
    }
    return Response(dump(shape), status, media_type="application/problem+json")


Fields = dict[str, str]
"""A field's JSON type by name: ``int``, ``float``, ``string``, ``bool`` or ``array``; ``?`` allows null."""


async def sent(request: Request, fields: Fields) -> dict[str, Any]:
    """The known keys of the body, each of its very type; unknown keys are ignored.

    PHP's types are strict here: ``"5"`` is no int. Only an int may stand for a float.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in {JSON, LD_JSON}:
        supported = f'"{JSON}", "{LD_JSON}", "text/html"'
        raise Refused(
            415, f'The content-type "{kind}" is not supported. Supported MIME types are {supported}.'
        )
    try:
        body = json.loads(await request.body(), parse_float=Decimal, parse_constant=_no_number)
    except ValueError as error:
        raise Refused(400, "Syntax error") from error
    if not isinstance(body, dict):
        raise Refused(400, "Input validations failed: the body is not an object")
    for name, wanted in fields.items():
        if name in body:
            _check_type(name, wanted, body[name])
    return {name: body[name] for name in fields if name in body}


def _check_type(name: str, wanted: str, value: object) -> None:
    given = _type_name(value)
    plain = wanted.lstrip("?")
    if given == plain or (given == "int" and plain == "float") or (given == "null" and wanted != plain):
        return
    raise Refused(400, f'The type of the "{name}" attribute must be "{plain}", "{given}" given.')


def _type_name(value: object) -> str:
    if value is None:
        return "null"
    names = {bool: "bool", int: "int", Decimal: "float", str: "string", list: "array", dict: "array"}
    return names[type(value)]


LARGEST_MONEY = Decimal(10) ** 10
"""The column is decimal(14,4)."""


def _no_number(text: str) -> object:
    raise ValueError(f"{text} is no JSON")


def money(value: int | Decimal) -> Decimal:
    """A sent number, at the four decimals of the database, which breaks on one that is too large for it."""
    if abs(Decimal(value)) >= LARGEST_MONEY:
        raise Refused(500, "out of range")
    return Decimal(value).quantize(Decimal("0.0001")).normalize() + Decimal("0.00")
