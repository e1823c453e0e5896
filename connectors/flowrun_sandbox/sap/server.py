"""mock-sap on a port, with S/4HANA's session rules, server-side paging and faults of its own.

- A modifying call needs the CSRF token *and* the session cookie it came with; a token without its cookie
  is refused like a wrong one, 403 with ``x-csrf-token: Required``. A known cookie fetches its token again.
- A change to an entity that has an ETag needs ``If-Match`` (428 without, 412 with a stale one).
- ``/_sandbox`` and mock-sap's own ``/_mock`` need no login.
"""

from __future__ import annotations

import contextlib
import errno
import json
import re
import socket
import threading
from urllib.parse import urlencode

from mocksap.odata import SapError
from mocksap.server import UNSAFE, Config, Handler, MockSap, _Server
from mocksap.service import Response

from flowrun_sandbox.faults import Faults
from flowrun_sandbox.loopback import HOST, PortTaken
from flowrun_sandbox.sap import control
from flowrun_sandbox.sap.faulty import SapRule
from flowrun_sandbox.sap.registry import install

HTML_PAGE = b"<html><head><title>Logon</title></head><body><h1>SAP NetWeaver</h1></body></html>"
_COOKIE = "SAP_SESSIONID_MCK_100"


class S4(MockSap):  # type: ignore[misc]  # mock-sap ships no types
    """The state of one system: mock-sap's, and ours."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.settings = control.Settings()
        self.spoilers = Faults(SapRule)
        self.sessions: dict[str, str] = {}
        self.closing = threading.Event()

    def forget_sessions(self) -> None:
        """Every token and cookie handed out is worthless now."""
        self.sessions.clear()
        self.tokens.clear()


class S4Handler(Handler):  # type: ignore[misc]  # mock-sap ships no types
    """mock-sap's handler between our sessions, pages and faults."""

    server_version = "SAP NetWeaver Application Server (sandbox)"
    disable_nagle_algorithm = True  # head and body go out apart, and the second must not wait
    mock: S4

    def setup(self) -> None:
        """Remembers the connection, so that closing the server frees threads that wait for a next request."""
        super().setup()
        self.server.connections.add(self.connection)
        self._rule: SapRule | None = None

    def finish(self) -> None:
        """Forgets the connection; a client that has left is no news."""
        self.server.connections.discard(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def handle(self) -> None:
        """A client may leave in the middle of anything."""
        with contextlib.suppress(ConnectionError):
            super().handle()

    def _route(self, method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> Response:
        self._rule = None
        if path.startswith("/_sandbox"):
            return control.answer(self, method, path.removeprefix("/_sandbox").strip("/"), body)
        return super()._route(method, path, query, headers, body)

    def _inject_faults(
        self, method: str, path: str, headers: dict[str, str], opts: dict[str, str]
    ) -> Response | None:
        rule = self.mock.spoilers.take(method, path)
        if rule is None:
            return super()._inject_faults(method, path, headers, opts)
        if rule.kind in {"commit_then_drop", "commit_then_timeout", "html", "cut"}:
            self._rule = rule
            return None
        self.mock.closing.wait(rule.delay_ms / 1000)
        return self._refusal(rule)

    def _refusal(self, rule: SapRule) -> Response:
        if rule.kind == "csrf_expired":
            self.mock.forget_sessions()
            return _csrf_required()
        if rule.kind == "lock":
            return Response.error(SapError(rule.message, 400, code=rule.code))
        status = 503 if rule.kind == "unavailable" else 429
        text = "No dialog work process available" if status == 503 else "Quota exceeded; too many requests"
        response = Response.error(SapError(text, status, code="/IWFND/CM_MGW_RT"))
        retry_after = rule.retry_after_header()
        if retry_after is not None:
            response.headers["Retry-After"] = retry_after
        return response

    def _check_csrf(self, method: str, path: str, headers: dict[str, str]) -> Response | None:
        session = _session(headers)
        known: str | None = self.mock.sessions.get(session)
        asked = headers.get("x-csrf-token", "")
        if method in {"GET", "HEAD"} and asked.lower() == "fetch" and known in self.mock.tokens:
            self._issue_token = known
            return None
        if method in UNSAFE and path.startswith("/sap/") and (known is None or known != asked):
            return _csrf_required()
        return super()._check_csrf(method, path, headers)

    def _serve(
        self,
        method: str,
        path: str,
        query: str,
        headers: dict[str, str],
        body: bytes,
        opts: dict[str, str],
        client: str,
    ) -> Response:
        method = "GET" if method == "HEAD" else method  # mock-sap answers HEAD nowhere, S/4HANA everywhere
        size = self.mock.settings.page_size
        if (
            method != "GET"
            or not size
            or not _is_feed(path)
            or not re.search(self.mock.settings.page_match, path)
        ):
            return super()._serve(method, path, query, headers, body, opts, client)
        start = _number(opts, "$skiptoken")
        skip, top = _number(opts, "$skip"), opts.get("$top")
        left = max(0, int(top) - start) if top and top.isdigit() else size + 1
        kept = {key: value for key, value in opts.items() if key not in {"$skiptoken", "$skip", "$top"}}
        window = kept | {"$skip": str(skip + start), "$top": str(min(size + 1, left))}
        response = super()._serve(method, path, urlencode(window), headers, body, window, client)
        if response.status != 200:
            return response
        shape = json.loads(response.body)
        if len(shape["d"]["results"]) > size:
            del shape["d"]["results"][size:]
            following = urlencode({**opts, "$skiptoken": str(start + size)}, safe="$,'()")
            shape["d"]["__next"] = f"{self._base_url(headers)}{path}?{following}"
        return Response(body=shape, headers=response.headers)

    def _send(self, response: Response, head_only: bool = False) -> None:
        if self._issue_token:
            self._open_session(response)
        rule, self._rule = self._rule, None
        if rule is not None:
            self.mock.closing.wait(rule.delay_ms / 1000)
        if rule is not None and rule.kind == "commit_then_drop":
            self._hang_up()
        elif rule is not None and rule.kind == "html":
            page = Response(response.status, body=HTML_PAGE, content_type="text/html;charset=utf-8")
            super()._send(page, head_only)
        elif rule is not None and rule.kind == "cut":
            response.headers["Content-Length"] = str(len(response.body))
            response.body = response.body[: len(response.body) // 2]
            super()._send(response, head_only)
            self._hang_up()
        else:
            super()._send(response, head_only)

    def _hang_up(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)

    def _open_session(self, response: Response) -> None:
        """Ties the token to the cookie that goes out with it, and sends the second cookie S/4HANA sends."""
        known = next((name for name, token in self.mock.sessions.items() if token == self._issue_token), None)
        session = known or response.headers["Set-Cookie"].split("=", 1)[1].split(";")[0]
        self.mock.sessions[session] = str(self._issue_token)
        response.headers["Set-Cookie"] = f"{_COOKIE}={session}; path=/; HttpOnly"
        response.headers["set-cookie"] = "sap-usercontext=sap-client=100; path=/"


def _csrf_required() -> Response:
    error = SapError("CSRF token validation failed", 403, code="/IWFND/CM_CSRF")
    response = Response.error(error)
    response.headers["x-csrf-token"] = "Required"
    return response


def _session(headers: dict[str, str]) -> str:
    for part in headers.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == _COOKIE:
            return value
    return ""


def _is_feed(path: str) -> bool:
    last = path.rstrip("/").rsplit("/", 1)[-1]
    return path.startswith("/sap/opu/odata/") and last.startswith(("A_", "to_")) and "(" not in last


def _number(opts: dict[str, str], name: str) -> int:
    text = opts.get(name, "0")
    if not text.isdigit():
        raise SapError(f"Invalid value for {name}: '{text}'", 400)
    return int(text)


class _Listener(_Server):  # type: ignore[misc]  # mock-sap ships no types
    """mock-sap's server, which can also end the connections it has open."""

    def __init__(self, port: int, handler: type[S4Handler]) -> None:
        self.connections: set[socket.socket] = set()
        super().__init__((HOST, port), handler)

    def end_connections(self) -> None:
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class SapServer:
    """Starts at once; ``close`` returns when port, thread and database are free."""

    def __init__(self, port: int, seed: int, user: str, password: str) -> None:
        install()

        class Bound(S4Handler):
            pass

        try:
            self._listener = _Listener(port, Bound)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTaken("SAP", port) from error
            raise
        port = self._listener.server_address[1]
        config = Config(
            host=HOST,
            port=port,
            basic_auth=f"{user}:{password}",
            user=user,
            seed_value=seed,
            quiet=True,
            require_if_match=True,
        )
        self._system = Bound.mock = self._listener.mock = S4(config)
        self.url = f"http://{HOST}:{port}"
        self._thread = threading.Thread(
            target=self._listener.serve_forever,
            kwargs={"poll_interval": 0.02},
            name="sandbox-sap",
            daemon=True,
        )
        self._thread.start()

    def close(self) -> None:
        """Stops listening, ends what is open, and waits for the thread."""
        self._system.closing.set()
        self._listener.shutdown()
        self._listener.end_connections()
        self._listener.server_close()
        self._thread.join(timeout=5)
        with self._system.lock:
            self._system.close()
