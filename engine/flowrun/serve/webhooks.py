"""POST /webhooks/{connection}/{event}: an event from outside becomes runs. A CloudEvent may come to
/webhooks/{connection} as well: its type is the name of the event.

The sender gets its 202 only when the event is on the disk. Any other answer says what to do about it.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from flowrun.component.cloud_events import NotAnEventError, event_of
from flowrun.component.http import NotJson, decode
from flowrun.component.settings import WebhookSecurity
from flowrun.component.step import EventName
from flowrun.errors import FlowrunError
from flowrun.runtime.engine import Accepted, EmbeddedEngine, Refused
from flowrun.runtime.journal import store
from flowrun.runtime.journal.file import JournalError
from flowrun.serve.problems import Refusal, refusal
from flowrun.serve.signatures import can_verify, is_genuine, wanted_proofs

LARGEST = 1_000_000
PATIENCE = 10.0
"""How many seconds a sender may take for its body."""
_NO_NAME = "the address names no event and the body is no CloudEvent; post to /webhooks/CONNECTION/EVENT"
_TRY_AGAIN = {"Retry-After": "5"}
_HANG_UP = {"Connection": "close"}


class Webhooks:
    """Verifies, accepts and tells."""

    def __init__(self, engine: EmbeddedEngine) -> None:
        self._engine = engine

    async def handshake(self, request: Request) -> Response:
        """SAP Event Mesh, and whoever follows CloudEvents' web hooks, asks before it sends anything."""
        try:
            self._security(request)
            if "event" in request.path_params:
                self._check_event(request)
        except Refusal as refused:
            return refused.response
        headers = {"Allow": "OPTIONS, POST"}
        origin = request.headers.get("WebHook-Request-Origin")
        if origin:
            headers["WebHook-Allowed-Origin"] = origin
            headers["WebHook-Allowed-Rate"] = "*"
        return Response(status_code=200, headers=headers)

    async def receive(self, request: Request) -> Response:
        """One delivery. Nothing of the body is looked at before it has proved where it comes from."""
        try:
            security = self._security(request)
            body = await _body(request)
            _check_proofs(security, request, body)
            if "event" in request.path_params:
                self._check_event(request)
            name, event = _event(request, body)
        except Refusal as refused:
            return refused.response
        return await self._take(request.path_params["connection"], name, event)

    async def _take(self, connection: str, event: str, data: Mapping[str, Any]) -> Response:
        flows = self._flows(connection, event)
        outcomes = await asyncio.gather(
            *(self._engine.accept(flow, data) for flow in flows), return_exceptions=True
        )
        runs = [
            {"flow": flow, "run": outcome.run, "duplicate": not outcome.new}
            for flow, outcome in zip(flows, outcomes, strict=True)
            if isinstance(outcome, Accepted)
        ]
        failed = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        if not failed:
            try:
                await self._engine.signal(f"{connection}.{event}", data)
            except JournalError as error:
                failed = [error]
        return _failed(failed, runs) if failed else JSONResponse({"runs": runs}, 202)

    # --- what there is ---------------------------------------------------------------------------------------

    def _security(self, request: Request) -> WebhookSecurity:
        """How this connection's webhooks prove themselves."""
        connections = self._engine.environment.connections
        name = request.path_params["connection"]
        if name not in connections:
            there = ", ".join(f"`{one}`" for one in connections)
            text = f"there is no connection `{name}`; there are {there}"
            raise Refusal(refusal(404, "unknown-connection", text))
        security = connections[name].webhooks
        if security is None or not can_verify(security):
            text = (
                f"the connection `{name}` takes no webhooks; allow them beside its connector in flowrun.yaml, "
                'as in webhooks: {secret: "${env:WEBHOOK_SECRET}"}'
            )
            raise Refusal(refusal(403, "webhooks-closed", text))
        return security

    def _check_event(self, request: Request) -> None:
        """Its connector says that its system sends this event, or a flow waits for it."""
        connection, event = request.path_params["connection"], request.path_params["event"]
        settings = self._engine.environment.connections[connection]
        kind = self._engine.registry.connectors.get(settings.connector)
        known = {*(kind.events if kind is not None else ()), *self._triggers(connection)}
        if event not in known and not self._is_awaited(f"{connection}.{event}"):
            there = ", ".join(f"`{one}`" for one in sorted(known)) or "none"
            text = f"`{connection}` sends no event `{event}`; there are {there}"
            raise Refusal(refusal(404, "unknown-event", text))

    def _is_awaited(self, source: str) -> bool:
        """What a system sends may be known by the flows alone: a step waits for it, or a run that waits already, which
        may be of a version of its flow that is no longer there."""
        with self._engine.journal.reading() as db:
            waits = store.awaiting(db, source)
        return bool(waits) or source in names_in(self._engine.workspace.flows)

    def _triggers(self, connection: str) -> list[str]:
        triggers = [flow.trigger.webhook for flow in self._engine.workspace.flows.values() if flow.trigger]
        return [one.event for one in triggers if one is not None and one.connection == connection]

    def _flows(self, connection: str, event: str) -> list[str]:
        return [
            flow.name
            for flow in self._engine.workspace.flows.values()
            if flow.trigger is not None
            and flow.trigger.webhook is not None
            and (flow.trigger.webhook.connection, flow.trigger.webhook.event) == (connection, event)
        ]


def names_in(part: Any) -> set[str]:
    """The events that steps wait for, in any part of a flow."""
    match part:
        case EventName():
            return {str(part)}
        case str() | None:
            return set()
        case tuple() | list():
            return set().union(*map(names_in, part))
        case Mapping():
            return names_in(list(part.values()))
        case _ if dataclasses.is_dataclass(part):
            return names_in([getattr(part, field.name) for field in dataclasses.fields(part)])
        case _:
            return set()


def _check_proofs(security: WebhookSecurity, request: Request, body: bytes) -> None:
    if not is_genuine(security, request.headers, body, request.query_params):
        text = "the proof that this comes from there is missing or wrong; it needs "
        raise Refusal(refusal(401, "not-genuine", text + wanted_proofs(security)))


async def _body(request: Request) -> bytes:
    """The whole body, never more than an event may have: what is said of its length is not believed."""
    too_large = Refusal(refusal(413, "too-large", f"an event has at most {LARGEST} bytes", headers=_HANG_UP))
    stated = request.headers.get("content-length", "")
    if stated.isascii() and stated.isdigit() and int(stated) > LARGEST:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(PATIENCE):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST:
                    raise too_large
    except TimeoutError as error:
        text = f"the body was not there in {PATIENCE:g} seconds"
        raise Refusal(refusal(408, "too-slow", text, headers=_HANG_UP)) from error
    except ClientDisconnect as error:
        raise Refusal(refusal(400, "cut-off", "the body was not sent to its end")) from error
    return bytes(body)


def _event(request: Request, body: bytes) -> tuple[str, dict[str, Any]]:
    """The event and its name: a CloudEvent in either way of writing, or the body as it is.

    When the address names none, a CloudEvent's type does. A type that no flow takes is taken all the same: it would
    only be sent again and again.
    """
    name = request.path_params.get("event")
    try:
        event = event_of(request.headers, body)
    except NotAnEventError as error:
        raise Refusal(refusal(400, "not-an-event", f"this is no CloudEvent: {error}")) from error
    if event is not None:
        return name or event["type"], event
    if name is None:
        raise Refusal(refusal(400, "no-event-name", _NO_NAME))
    try:
        event = decode(body)
    except (NotJson, RecursionError) as error:
        raise Refusal(refusal(400, "not-json", f"the body is not JSON: {error}")) from error
    if not isinstance(event, dict):
        text = 'the body must be one JSON record, as in {"id": 1187}'
        raise Refusal(refusal(400, "not-a-record", text))
    return name, event


def _failed(errors: list[BaseException], runs: list[dict[str, Any]]) -> Response:
    """The answer when a flow could not take the event. What others took is told; a repeated delivery finds it
    again."""
    for error in errors:
        if not isinstance(error, FlowrunError):
            raise error
    if any(isinstance(error, JournalError) for error in errors):
        text = "the event could not be written down; send it again"
        return refusal(503, "not-written", text, headers=_TRY_AGAIN, runs=runs)
    text = "; ".join(str(error) for error in errors)
    if any(isinstance(error, Refused) for error in errors):
        return refusal(409, "lane-blocked", text, runs=runs)
    return refusal(422, "unusable-event", text, runs=runs)
