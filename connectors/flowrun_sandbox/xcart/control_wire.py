"""How the control plane reads and answers: JSON, and a 400 that says what is wrong with it."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from starlette.responses import Response

from flowrun_sandbox.xcart.wire import Refused

T = TypeVar("T")


def decode(body: bytes, kind: type[T]) -> T:
    """The body as that type."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise Refused(400, str(error)) from error


def json_answer(shape: object, status: int = 200) -> Response:
    """An answer."""
    return Response(msgspec.json.encode(shape), status, media_type="application/json")
