"""Event Mesh over HTTP: its token endpoint, messages, push subscriptions and the management of queues.

Paths and headers are those SAP's own clients use (CAP's ``enterprise-messaging``, and the ABAP class of SAP's
samples). Where no source tells a status or a body, the sandbox's convention is the plainest one: 204 for
what is done, ``{"error": {"code", "message"}}`` for what is not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qsl, unquote

from mocksap import oauth
from mocksap.service import Response

from flowrun_sandbox.sap import event_mesh_managing, log_on
from flowrun_sandbox.sap.event_mesh import Mesh
from flowrun_sandbox.sap.event_mesh_wire import MANAGEMENT, MESSAGES, Call, Refused, done, queue_of, refusal

TOKEN = "/oauth/token"  # noqa: S105 - a path


def is_mesh(path: str) -> bool:
    """Whether a path is Event Mesh's; everything else is S/4HANA's."""
    return path == TOKEN or path.startswith((MESSAGES + "/", MANAGEMENT + "/"))


def answer(mesh: Mesh, tokens: oauth.TokenStore, call: Call) -> Response:
    """One request to Event Mesh."""
    if call.path == TOKEN:
        return _token(tokens, call)
    try:
        _check_bearer(tokens, call)
        for methods, pattern, operation in _OPERATIONS:
            found = re.fullmatch(pattern, call.path)
            if found and call.method in methods:
                return operation(mesh, call, *[unquote(part) for part in found.groups()])
    except Refused as error:
        return refusal(error.status, str(error))
    return refusal(404, f"no {call.method} {call.path}")


def _token(tokens: oauth.TokenStore, call: Call) -> Response:
    """The grant type may stand in the query or in the body, as with the authorization server of SAP BTP."""
    if call.method != "POST":
        return refusal(405, "the token endpoint takes POST")
    form = dict(parse_qsl(call.query)) | dict(parse_qsl(call.body.decode("utf-8", "replace")))
    return log_on.token_answer(tokens, form, call.headers.get("authorization", ""))


def _check_bearer(tokens: oauth.TokenStore, call: Call) -> None:
    token = oauth.bearer_token(call.headers.get("authorization", ""))
    if token is None:
        raise Refused(401, "no bearer token was presented")
    try:
        tokens.validate(token)
    except oauth.OAuthError as error:
        raise Refused(401, error.description) from error


def _qos(call: Call) -> int:
    sent = call.headers.get("x-qos", "")
    if sent not in {"0", "1"}:
        raise Refused(400, "x-qos is invalid")
    return int(sent)


def _content_type(call: Call) -> str:
    return call.headers.get("content-type", "application/octet-stream")


def _send(mesh: Mesh, call: Call, name: str) -> Response:
    _qos(call)
    mesh.send(queue_of(mesh, name), call.body, _content_type(call))
    return done()


def _publish(mesh: Mesh, call: Call, topic: str) -> Response:
    _qos(call)
    mesh.publish(topic, call.body, _content_type(call))
    return done()


def _consume(mesh: Mesh, call: Call, name: str) -> Response:
    message = mesh.take(queue_of(mesh, name), qos=_qos(call), redelivery=call.redelivery)
    if message is None:
        return done()
    headers = {"x-message-id": message.id, "x-address": message.address, "x-qos": call.headers["x-qos"]}
    return Response(200, headers=headers, body=message.body, content_type=message.content_type)


def _acknowledge(mesh: Mesh, call: Call, name: str, message_id: str) -> Response:
    queue = queue_of(mesh, name)
    if call.keep_acknowledged:
        return done()
    if not mesh.settle(queue, message_id):
        raise Refused(404, f"queue '{name}' has no message '{message_id}'")
    return done()


_ONE = "([^/]+)"
_OPERATIONS: tuple[tuple[set[str], str, Callable[..., Response]], ...] = (
    ({"POST"}, f"{MESSAGES}/queues/{_ONE}/messages/consumption", _consume),
    ({"POST"}, f"{MESSAGES}/queues/{_ONE}/messages/{_ONE}/acknowledgement", _acknowledge),
    ({"POST"}, f"{MESSAGES}/queues/{_ONE}/messages", _send),
    ({"POST"}, f"{MESSAGES}/topics/{_ONE}/messages", _publish),
    *event_mesh_managing.OPERATIONS,
)
