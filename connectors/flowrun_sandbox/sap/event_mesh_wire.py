"""What every part of Event Mesh's API shares: a call, an answer and a refusal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mocksap.service import Response

from flowrun_sandbox.sap.event_mesh import Mesh, Queue

MESSAGES = "/messagingrest/v1"
MANAGEMENT = "/hub/rest/api/v1/management/messaging"
_CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT",
}


@dataclass(frozen=True)
class Call:
    """One request. ``path`` is as it was sent: a queue's name may hold an encoded slash."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    redelivery: float = 30.0
    keep_acknowledged: bool = False
    """Bad luck on command: an acknowledgement is answered and lost."""


class Refused(Exception):  # noqa: N818 - the word for what it is
    """It will not be done."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def refusal(status: int, message: str) -> Response:
    """What is not done."""
    response = Response(status, body={"error": {"code": _CODES[status], "message": message}})
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    return response


def done(status: int = 204, body: Any = b"") -> Response:
    """What is done, with something to show for it or without."""
    return Response(status, body=body, content_type="application/json" if body != b"" else None)


def queue_of(mesh: Mesh, name: str) -> Queue:
    """The queue of that name; ``Refused`` when there is none."""
    queue = mesh.queues.get(name)
    if queue is None:
        raise Refused(404, f"queue '{name}' does not exist")
    return queue


def object_of(call: Call) -> dict[str, Any]:
    """The JSON object in the body."""
    try:
        said = json.loads(call.body)
    except ValueError as error:
        raise Refused(400, "the body is not JSON") from error
    if not isinstance(said, dict):
        raise Refused(400, "the body is not a JSON object")
    return said
