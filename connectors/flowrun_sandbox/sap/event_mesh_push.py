"""Event Mesh's push: the handshake with a webhook, then its messages, one after the other.

The handshake is that of CloudEvents' webhook specification 1.0: OPTIONS with ``WebHook-Request-Origin``, to be
answered 200 and ``WebHook-Allowed-Origin`` with that value or ``*``. An answer of 2xx acknowledges a message;
any other, or none, brings it again later, where Event Mesh waits about 15 minutes at first and longer each
time. The sandbox does so too, in seconds.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from flowrun_sandbox.sap.event_mesh import Mesh, Message, Queue, Subscription

ORIGIN = "sandbox.event-mesh"
LONGEST_WAIT = 60.0
PATIENCE = 10.0
"""Seconds a webhook has for an answer."""

_FAILURES = (OSError, http.client.HTTPException, ValueError)


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300


class Push:
    """One thread, which lives from the first subscription to ``close``. ``first_wait`` is asked at every failure."""

    def __init__(self, mesh: Mesh, first_wait: Callable[[], float]) -> None:
        self._mesh = mesh
        self._first_wait = first_wait
        self._thread: threading.Thread | None = None
        self._connection: http.client.HTTPConnection | None = None
        self._closing = False
        self._tokens: dict[str, str] = {}

    def start(self) -> None:
        """Begins, if it has not; a sandbox without push has no thread for it."""
        with self._mesh.changed:
            if self._thread is None and not self._closing:
                self._thread = threading.Thread(target=self._work, name="sandbox-push", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Ends the delivery that is under way, and waits for the thread."""
        with self._mesh.changed:
            self._closing = True
            self._mesh.changed.notify_all()
            thread = self._thread
        connection = self._connection
        if connection is not None and connection.sock is not None:
            with contextlib.suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)
        if thread is not None:
            thread.join(timeout=PATIENCE + 1)

    def _work(self) -> None:
        while True:
            with self._mesh.changed:
                if self._closing:
                    return
                waiting = [one for one in self._mesh.subscriptions.values() if one.handshake == "requested"]
                found = None if waiting else self._mesh.next_push()
                if not waiting and not isinstance(found, tuple):
                    self._mesh.changed.wait(found)
                    continue
            if waiting:
                waiting[0].handshake = "verified" if self._shakes_hands(waiting[0]) else "failed"
            elif isinstance(found, tuple):
                self._deliver(*found)

    def _shakes_hands(self, subscription: Subscription) -> bool:
        try:
            answer = self._ask(subscription, "OPTIONS", {"WebHook-Request-Origin": ORIGIN}, b"")
        except _FAILURES:
            return False
        return answer.is_good and answer.headers.get("webhook-allowed-origin") in {ORIGIN, "*"}

    def _deliver(self, subscription: Subscription, queue: Queue) -> None:
        message = self._mesh.take(queue, qos=subscription.qos, redelivery=PATIENCE * 2)
        if message is None:
            return
        accepted = False
        with contextlib.suppress(*_FAILURES):
            accepted = self._ask(subscription, "POST", _headers(subscription, message), message.body).is_good
        if subscription.qos == 0:
            return
        if accepted:
            self._mesh.settle(queue, message.id)
        else:
            wait = self._first_wait() * 2 ** (message.attempts - 1)
            self._mesh.postpone(message, min(wait, LONGEST_WAIT))

    def _ask(self, subscription: Subscription, method: str, headers: dict[str, str], body: bytes) -> _Answer:
        endpoint = str(subscription.push["endpoint"])
        answer = self._exchange(method, endpoint, headers | self._authorization(subscription), body)
        if answer.status == 401 and self._tokens.pop(subscription.name, None) is not None:
            answer = self._exchange(method, endpoint, headers | self._authorization(subscription), body)
        return answer

    def _authorization(self, subscription: Subscription) -> dict[str, str]:
        """The receiver's own door, by the security schema of the subscription; a token is fetched once."""
        schema = subscription.push.get("securitySchema") or {}
        if schema.get("type") != "oauth2":
            return {}
        if subscription.name not in self._tokens:
            pair = f"{schema.get('clientId', '')}:{schema.get('clientSecret', '')}".encode()
            headers = {
                "Authorization": f"Basic {base64.b64encode(pair).decode()}",
                "Content-Type": "application/x-www-form-urlencoded",
            }
            answer = self._exchange(
                "POST", str(schema.get("tokenUrl", "")), headers, b"grant_type=client_credentials"
            )
            self._tokens[subscription.name] = str(json.loads(answer.body)["access_token"])
        return {"Authorization": f"Bearer {self._tokens[subscription.name]}"}

    def _exchange(self, method: str, url: str, headers: dict[str, str], body: bytes) -> _Answer:
        if self._closing:
            raise OSError("closing")
        target = urlsplit(url)
        kind = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
        connection = self._connection = kind(target.hostname or "", target.port, timeout=PATIENCE)
        try:
            path = (target.path or "/") + (f"?{target.query}" if target.query else "")
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            lowered = {name.lower(): value for name, value in answer.getheaders()}
            return _Answer(answer.status, lowered, answer.read())
        finally:
            connection.close()
            self._connection = None


def _headers(subscription: Subscription, message: Message) -> dict[str, str]:
    usual = subscription.push.get("defaultContentType") or "application/json"
    return {
        "Content-Type": message.content_type or str(usual),
        "x-address": message.address,
        "x-message-id": message.id,
        "x-qos": str(subscription.qos),
    }
