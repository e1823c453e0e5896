"""Connector: SAP Event Mesh, over its REST messaging."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from flowrun.component import Connector, Facts, operation
from flowrun.component.cloud_events import NotAnEventError, event_of
from flowrun.component.coerce import coerced
from flowrun.component.connector import Unusable
from flowrun.component.http import Answer, Client, client, encode, retry_after
from flowrun.errors import Cause, Fatal, Rejected, Retryable, RunError
from flowrun.expressions.shapes import TEXT, Many, Record, Shape, record
from flowrun_connectors.event_mesh.events import EVENTS, envelope_of
from flowrun_connectors.event_mesh.settings import Acknowledge, EventMeshConfig, Publish, Pull
from flowrun_connectors.remote_text import is_html, shown
from flowrun_connectors.sap.logon.door import Door, by_token, client_credentials

ROOT = "/messagingrest/v1"
AT_ONCE = 8
"""How many acknowledgements are under way together."""


class EventMesh(Connector[EventMeshConfig]):
    """Takes events of S/4HANA from queues, so that nothing needs to be reachable from outside.

    A message stays in its queue until it is acknowledged. A poll acknowledges it when its run is written
    down, never sooner. So one may come twice: `once: [id]` in the trigger makes one run of it. A queue that
    two flows poll is divided between them: give each flow a queue of its own.
    """

    name = "event_mesh"
    Config = EventMeshConfig
    events: ClassVar[Mapping[str, Record]] = EVENTS
    example = """
    connections:
      events:
        event_mesh:
          url: https://enterprise-messaging-pubsub.cfapps.eu10.hana.ondemand.com
          token_url: https://example.authentication.eu10.hana.ondemand.com/oauth/token
          client_id: ${env:EVENT_MESH_CLIENT}
          client_secret: ${env:EVENT_MESH_SECRET}
    """

    _client: Client | None = None
    _door = Door()

    async def open(self) -> None:
        """Makes the client. Sends nothing."""
        await self.close()  # opened again: the client from before is given back
        config = self.config
        self._door = by_token(self.connection, config, client_credentials, config.timeout)
        self._client = client(
            self.connection,
            base_url=config.url,
            guard=self.surroundings.guard,
            timeout=config.timeout,
            logon=self._door.logon,
        )

    async def close(self) -> None:
        """Closes the client. Twice is fine."""
        if self._client is not None:
            await self._client.close()
        await self._door.close()

    async def probe(self) -> None:
        """Asks for the webhook subscriptions: what comes back does not matter, unless it is a refusal of the
        credentials or a failure."""
        answer = await self._send("GET", "subscriptions")
        if answer.status_code == 401 or answer.status_code >= 500:
            raise self._failure(answer, "the subscriptions", writing=False)

    @operation(reads=True)
    async def pull(self, request: Pull) -> list[dict[str, Any]]:
        """Reads messages from a queue and leaves them there until they are acknowledged.

        Each is a CloudEvent: `id`, `type`, `source`, `subject`, `time`, `data`, and its `message` for
        `acknowledge`. What is no CloudEvent comes as a record with `unusable`, the reason, and its `body`.
        """
        records: list[dict[str, Any]] = []
        while len(records) < request.limit:
            try:
                answer = await self._sent(
                    f"{_queue(request.queue)}/consumption", f"the queue `{request.queue}`", writing=False
                )
            except RunError:
                if not records:
                    raise
                break  # what is there is not thrown away; the next call says what is wrong
            message = answer.headers.get("x-message-id", "")
            if answer.status_code == 204 or message in (one["message"] for one in records):
                break
            if not message:
                raise Rejected(
                    f"{self.connection}: a message of `{request.queue}` came without x-message-id, so it cannot be "
                    "acknowledged; is `url` that of the REST messaging?",
                    Cause("no-message-id", connection=self.connection),
                )
            records.append(_event(answer, message, request.types))
        return records

    @operation(repeatable=True, returns=record("acknowledged", message=TEXT))
    async def acknowledge(self, request: Acknowledge) -> dict[str, Any]:
        """Takes a message from its queue for good. One that is gone already is no mistake.

        Polls do this by themselves; it is needed for what a step has pulled.
        """
        path = f"{_queue(request.queue)}/{quote(request.message, safe='')}/acknowledgement"
        await self._sent(path, f"the queue `{request.queue}`", allowed=(404, 410))
        return {"message": request.message}

    @operation(returns=record("published", queue=TEXT, topic=TEXT))
    async def publish(self, request: Publish) -> dict[str, Any]:
        """Sends a message to a queue or under a topic."""
        if (request.queue is None) == (request.topic is None):
            raise Rejected(
                f"{self.connection}.publish: it needs `queue` or `topic`, and not both",
                Cause("bad-parameter", target="queue", connection=self.connection),
            )
        if request.queue is not None:
            path, place = _queue(request.queue), f"the queue `{request.queue}`"
        else:
            path, place = (
                f"topics/{quote(str(request.topic), safe='')}/messages",
                f"the topic `{request.topic}`",
            )
        try:
            body = encode(request.body)
        except TypeError as error:
            cause = Cause("bad-parameter", target="body", connection=self.connection)
            raise Rejected(f"{self.connection}.publish: `body` cannot be JSON: {error}", cause) from error
        await self._sent(path, place, body=body, content_type=request.content_type)
        return {"queue": request.queue, "topic": request.topic}

    async def taken(
        self, operation_name: str, parameters: Mapping[str, Any], records: Sequence[Mapping[str, Any]]
    ) -> bool:
        """Acknowledges what a poll has brought. True when there may be more in the queue."""
        if operation_name != "pull":
            return False
        request: Pull = coerced(Pull, parameters, f"{self.connection}.pull")
        turns = asyncio.Semaphore(AT_ONCE)

        async def acknowledged(message: str) -> None:
            async with turns:
                await self.acknowledge(Acknowledge(queue=request.queue, message=message))

        outcomes = await asyncio.gather(
            *(acknowledged(one["message"]) for one in records), return_exceptions=True
        )
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return len(records) >= request.limit

    def pretend(self, operation_name: str, parameters: Mapping[str, Any]) -> Any:
        """In a rehearsal every queue is empty."""
        match operation_name:
            case "pull":
                return []
            case "acknowledge":
                return {"message": parameters.get("message")}
            case _:
                return {"queue": parameters.get("queue"), "topic": parameters.get("topic")}

    @classmethod
    def result_shape(cls, operation_name: str, constants: Mapping[str, Any], facts: Facts) -> Shape:
        """Events of the types that are named."""
        if operation_name == "pull":
            return Many(envelope_of(constants.get("types") or []))
        return super().result_shape(operation_name, constants, facts)

    async def _sent(
        self,
        path: str,
        place: str,
        *,
        body: bytes = b"",
        content_type: str = "application/json",
        writing: bool = True,
        allowed: tuple[int, ...] = (),
    ) -> Answer:
        try:
            answer = await self._send("POST", path, body, {"x-qos": "1", "Content-Type": content_type})
        except Retryable as error:
            if writing or not error.doubt:
                raise
            raise Retryable(error.message, error.cause, after=error.after) from error
        if answer.is_success and "x-message-id" not in answer.headers and _is_page(answer):
            raise Retryable(
                f"{self.connection}: {place}: a page for people answers with {answer.status_code}; "
                "is there a proxy or a log-on page before Event Mesh?",
                Cause("not-json", status=answer.status_code, connection=self.connection),
                doubt=writing,
            )
        if answer.is_success or answer.status_code in allowed:
            return answer
        raise self._failure(answer, place, writing=writing)

    async def _send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        if self._client is None:
            raise RuntimeError("the connector is not open")
        return await self._client.send(method, f"{ROOT}/{path}", body=body, headers=headers)

    def _failure(self, answer: Answer, place: str, *, writing: bool) -> RunError:
        """The error for an answer that is no success. Event Mesh gives a sentence, in JSON or as it is."""
        status = answer.status_code
        cause = Cause(f"http/{status}", status=status, connection=self.connection)
        told = f"{self.connection}: {place}: Event Mesh answers {status}"
        if status in (408, 429) or status >= 500:
            doubt = writing and status != 429
            return Retryable(told, cause, after=retry_after(answer.headers), doubt=doubt)
        if status == 404:
            return Rejected(f"{told}; is its name right, with the namespace before it?", cause)
        if status == 401:
            return Fatal(
                f"{told} to a new token; check that `url` and `token_url` are of one service key", cause
            )
        if status == 403:
            return Fatal(f"{told}; the rules of the service instance must allow it", cause)
        if status < 400:
            return Fatal(f"{told} and leads elsewhere; check `url`", cause)
        said = shown(answer.text)
        return Rejected(f"{told}{f': {said}' if said else ''}", cause)


def _is_page(answer: Answer) -> bool:
    return is_html(answer.headers.get("content-type", ""), answer.content)


def _queue(name: str) -> str:
    return f"queues/{quote(name, safe='')}/messages"


def _event(answer: Answer, message: str, types: list[str]) -> dict[str, Any]:
    try:
        event = event_of(answer.headers, answer.content)
        reason = "it is no CloudEvent" if event is None else ""
    except NotAnEventError as error:
        event, reason = None, str(error)
    if event is None:
        body = answer.content.decode("utf-8", "replace")
        return Unusable(
            {"message": message, "body": body}, f"a message of Event Mesh cannot be used: {reason}"
        )
    if types and event["type"] not in types:
        told = f"an event of the type {shown(event['type'])} is none of those in `types` of the poll"
        return Unusable({**event, "message": message}, told)
    return {**event, "message": message}
