"""Between the socket and the shop: the request log, and the faults a test ordered."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal
from urllib.parse import parse_qs

from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from flowrun_sandbox.faults import Faults, Rule
from flowrun_sandbox.xcart.wire import problem

CONTROL = "/_sandbox"
ERROR_PAGE = (
    b"<!DOCTYPE html><html><body><h1>Oops! Something went wrong</h1><p>X-Cart is upgrading.</p></body></html>"
)


class XCartRule(Rule, kw_only=True):
    """One fault.

    ``status`` answers with the given status; ``html`` with an error page under a 200 (or the given status);
    ``latency`` waits ``delay_ms``; ``cut`` sends half of the true answer; ``drop`` closes the connection
    without one. ``when`` says whether the shop has done the request by then: ``drop`` does it first,
    ``status`` and ``html`` do not, unless told otherwise.
    """

    does: ClassVar[Mapping[str, str]] = {
        "status": "refuses with --status; with --when after, the work is done all the same",
        "html": "answers with an error page under 200, or --status",
        "latency": "answers after --delay",
        "cut": "does the work, and sends half of the answer",
        "drop": "does the work, and closes the connection without an answer; with --when before, nothing is done",
    }

    kind: Literal["status", "html", "latency", "cut", "drop"]
    status: int = 0
    when: Literal["before", "after"] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.kind == "status" and not 400 <= self.status <= 599:
            raise ValueError("kind status needs a status from 400 to 599")

    @property
    def shop_acts(self) -> bool:
        """Whether the request is carried out although its sender will not learn of it."""
        return self.when == "after" if self.when else self.kind in {"latency", "cut", "drop"}


class Connections:
    """The open connections by the client's address: only a transport can close one without an answer."""

    def __init__(self) -> None:
        self.open: dict[Any, asyncio.Transport] = {}

    def protocol(self) -> type[H11Protocol]:
        """uvicorn's HTTP protocol, keeping this list."""
        connections = self.open

        class Listed(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it too
                super().connection_made(transport)
                connections[transport.get_extra_info("peername")] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                connections.pop(self.transport.get_extra_info("peername"), None)
                super().connection_lost(exc)

        return Listed

    async def close(self, client: object) -> None:
        """Close now, and return when the protocol has seen it."""
        transport = self.open.get(client)
        if transport is not None:
            transport.close()
        while client in self.open:  # noqa: ASYNC110 - one turn of the loop, not a wait
            await asyncio.sleep(0)


class Faulty:
    """Logs every request but the control plane's, and spoils those a rule meets."""

    def __init__(
        self, app: ASGIApp, faults: Faults[XCartRule], log: list[dict[str, object]], connections: Connections
    ) -> None:
        self.app = app
        self.faults = faults
        self.log = log
        self.connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"].startswith(CONTROL):
            await self.app(scope, receive, send)
            return
        entry: dict[str, object] = {
            "method": scope["method"],
            "path": scope["path"],
            "query": re.sub(r"(_key=)[^&]*", r"\1***", scope["query_string"].decode("latin-1")),
            "status": None,
        }
        self.log.append(entry)

        async def logged(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry["status"] = message["status"]
            await send(message)

        rule = self.faults.take(scope["method"], _place(scope))
        if rule is None:
            await self.app(scope, receive, logged)
        else:
            await self._spoil(rule, scope, receive, logged)

    async def _spoil(self, rule: XCartRule, scope: Scope, receive: Receive, send: Send) -> None:
        answer: list[Message] = []
        if rule.shop_acts:
            await self.app(scope, receive, _collector(answer))
        if rule.delay_ms:
            await asyncio.sleep(rule.delay_ms / 1000)
        if rule.kind == "drop":
            await self.connections.close(tuple(scope["client"]))
        elif rule.kind == "cut":
            await send(answer[0])
            await send({"type": "http.response.body", "body": _half(answer), "more_body": True})
            await self.connections.close(tuple(scope["client"]))
        elif rule.kind == "latency" and answer:
            for message in answer:
                await send(message)
        elif rule.kind == "latency":
            await self.app(scope, receive, send)
        else:
            await _bad_answer(rule)(scope, receive, send)


def _place(scope: Scope) -> str:
    """What a rule's ``match`` sees: the path, and behind the classic API's one path the table it names."""
    path: str = scope["path"]
    if not path.endswith("/admin.php"):
        return path
    table = parse_qs(scope["query_string"].decode("latin-1")).get("_path", [""])[0]
    return f"{path}?_path={table}"


def _collector(answer: list[Message]) -> Send:
    async def collect(message: Message) -> None:
        answer.append(message)

    return collect


def _half(answer: list[Message]) -> bytes:
    body = b"".join(message.get("body", b"") for message in answer[1:])
    return body[: len(body) // 2]


def _bad_answer(rule: XCartRule) -> ASGIApp:
    if rule.kind == "html":
        return HTMLResponse(ERROR_PAGE, rule.status or 200)
    response = problem(None, rule.status, {429: "Too Many Requests"}.get(rule.status, "Service Unavailable"))
    retry_after = rule.retry_after_header()
    if retry_after is not None:
        response.headers["Retry-After"] = retry_after
    return response
