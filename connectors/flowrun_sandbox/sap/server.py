"""mock-sap on a port, with S/4HANA's session rules, and what mock-sap has not: Event Mesh, journal entries by SOAP,
an API key, pages of the server's own, and more ways to fail.

- A modifying OData call needs the CSRF token *and* the session cookie it came with; a token without its cookie
  is refused like a wrong one, 403 with ``x-csrf-token: Required``. A known cookie fetches its token again.
- A change to an entity that has an ETag needs ``If-Match`` (428 without, 412 with a stale one).
- SOAP needs no CSRF token. Event Mesh has an authorization server of its own.
- ``/_sandbox`` and mock-sap's own ``/_mock`` need no login.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import threading
import time
from urllib.parse import urlencode, urlsplit

from mocksap.server import UNSAFE, Config, Handler, _Server
from mocksap.service import Response

from flowrun_sandbox.loopback import HOST, PortTaken
from flowrun_sandbox.sap import control, event_mesh_api, happenings, journal_entries, log_on, spoiling
from flowrun_sandbox.sap.event_mesh_wire import Call
from flowrun_sandbox.sap.faulty import AFTERWARDS, SapRule
from flowrun_sandbox.sap.log_on import Credentials
from flowrun_sandbox.sap.pages import Pages
from flowrun_sandbox.sap.registry import install
from flowrun_sandbox.sap.system import S4, Settings

_COOKIE = "SAP_SESSIONID_MCK_100"
_SOAP = "/sap/bc/srt/"
_USUAL_DELAY_MS = {"slow": 3_000, "timeout": 60_000}


class S4Handler(Handler):  # type: ignore[misc]  # mock-sap ships no types
    """mock-sap's handler between our sessions, doors, pages and faults."""

    server_version = "SAP NetWeaver Application Server (sandbox)"
    disable_nagle_algorithm = True  # head and body go out apart, and the second must not wait
    mock: S4

    def setup(self) -> None:
        """Remembers the connection, so that closing the server frees threads that wait for a next request."""
        super().setup()
        self.server.connections[self.connection] = threading.current_thread()
        self._rule: SapRule | None = None

    def finish(self) -> None:
        """Forgets the connection; a client that has left is no news."""
        self.server.connections.pop(self.connection, None)
        with contextlib.suppress(OSError):
            super().finish()

    def handle(self) -> None:
        """A client may leave in the middle of anything."""
        with contextlib.suppress(ConnectionError):
            super().handle()

    def _route(self, method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> Response:
        self._rule = None
        sent_path = urlsplit(self.path).path
        if event_mesh_api.is_mesh(sent_path):
            return self._event_mesh(method, sent_path, query, headers, body)
        try:
            if path.startswith("/_sandbox"):
                return control.answer(self, method, path.removeprefix("/_sandbox").strip("/"), body)
            return super()._route(method, path, query, headers, body)
        finally:
            with self.mock.lock:
                happenings.tell(self.mock.conn, self.mock.listeners)

    def _event_mesh(
        self, method: str, path: str, query: str, headers: dict[str, str], body: bytes
    ) -> Response:
        injected = self._inject_faults(method, path, headers, {})
        if injected is not None:
            return injected
        system = self.mock
        lost = self._rule is not None and self._rule.kind == "acknowledgement_lost"
        redelivery = system.settings.redelivery_ms / 1000
        call = Call(method, path, query, headers, body, redelivery, keep_acknowledged=lost)
        response = event_mesh_api.answer(system.mesh, system.mesh_tokens, call)
        if system.mesh.subscriptions:
            system.push.start()
        return response

    def _inject_faults(
        self, method: str, path: str, headers: dict[str, str], opts: dict[str, str]
    ) -> Response | None:
        rule = self.mock.spoilers.take(method, path)
        if rule is None:
            return super()._inject_faults(method, path, headers, opts)
        if rule.kind in AFTERWARDS or rule.kind == "acknowledgement_lost":
            self._rule = rule
            return None
        self.mock.closing.wait((rule.delay_ms or _USUAL_DELAY_MS.get(rule.kind, 0)) / 1000)
        if rule.kind in {"csrf_expired", "session_lost"}:
            self.mock.forget_sessions()
        if rule.kind == "token_expired":
            self.mock.end_tokens()
        if rule.kind in {"slow", "session_lost"}:
            return None
        if rule.kind in {"drop_before_commit", "timeout"}:
            self._rule = rule
        if rule.kind == "error_with_token":
            self._issue_token = self.mock.new_token()
        return spoiling.refusal(rule)

    def _check_auth(self, headers: dict[str, str]) -> Response | None:
        """Basic, a bearer token, or the key of the gateway in front."""
        key = headers.get("apikey")
        if key is None:
            return super()._check_auth(headers)
        if key != self.mock.credentials.api_key:
            return log_on.wrong_api_key()
        self._principal = self.mock.credentials.user
        return None

    def _check_csrf(self, method: str, path: str, headers: dict[str, str]) -> Response | None:
        if path.startswith(_SOAP):
            return None
        session = _session(headers)
        known: str | None = self.mock.sessions.get(session)
        asked = headers.get("x-csrf-token", "")
        if method in {"GET", "HEAD"} and asked.lower() == "fetch" and known in self.mock.tokens:
            self._issue_token = known
            return None
        if method in UNSAFE and path.startswith("/sap/") and (known is None or known != asked):
            return spoiling.csrf_required()
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
        if path.rstrip("/") == journal_entries.PATH:
            return self._journal_entries(method, headers, body, client)
        method = "GET" if method == "HEAD" else method  # mock-sap answers HEAD nowhere, S/4HANA everywhere
        pages = Pages(self.mock.settings.page_size, self.mock.settings.page_match)
        if not pages.meet(method, path):
            return super()._serve(method, path, query, headers, body, opts, client)

        def serve_all(window: dict[str, str]) -> Response:
            return super(S4Handler, self)._serve(
                method, path, urlencode(window), headers, body, window, client
            )

        return pages.serve(f"{self._base_url(headers)}{path}", opts, serve_all)

    def _journal_entries(self, method: str, headers: dict[str, str], body: bytes, client: str) -> Response:
        if method != "POST":
            return Response(405, headers={"Allow": "POST"}, body=b"", content_type=None)
        system = self.mock
        context = system.context(self._base_url(headers), client, self._principal)
        memory = system.soap_memory if system.settings.same_message_once else None
        kind = headers.get("content-type", "")
        return journal_entries.answer(context, kind, body, memory, system.settings.closing)

    def _send(self, response: Response, head_only: bool = False) -> None:
        if self._issue_token:
            self._open_session(response)
        rule, self._rule = self._rule, None
        if rule is None:
            super()._send(response, head_only)
            return
        if rule.kind in {"drop_before_commit", "timeout"}:
            self._hang_up()
            return
        self.mock.closing.wait(rule.delay_ms / 1000)
        if rule.kind == "commit_then_drop":
            self._hang_up()
        elif rule.kind == "cut":
            response.headers["Content-Length"] = str(len(response.body))
            response.body = response.body[: len(response.body) // 2]
            super()._send(response, head_only)
            self._hang_up()
        else:
            url = f"{self._base_url({'host': self.headers.get('host')})}{self.path}"
            super()._send(spoiling.spoiled(response, rule, url), head_only)

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


def _session(headers: dict[str, str]) -> str:
    for part in headers.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == _COOKIE:
            return value
    return ""


class _Listener(_Server):  # type: ignore[misc]  # mock-sap ships no types
    """mock-sap's server, which can also end the connections it has open."""

    def __init__(self, port: int, handler: type[S4Handler]) -> None:
        self.connections: dict[socket.socket, threading.Thread] = {}
        super().__init__((HOST, port), handler)

    def end_connections(self) -> None:
        open_now = list(self.connections.items())
        for connection, _ in open_now:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        patience = time.monotonic() + 2
        for _, thread in open_now:
            thread.join(timeout=max(0.0, patience - time.monotonic()))


class SapServer:
    """Starts at once; ``close`` returns when port, threads and database are free."""

    def __init__(
        self, port: int, seed: int, credentials: Credentials, settings: Settings | None = None
    ) -> None:
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
            basic_auth=f"{credentials.user}:{credentials.password}",
            user=credentials.user,
            seed_value=seed,
            quiet=True,
            require_if_match=True,
        )
        self._system = Bound.mock = self._listener.mock = S4(config, credentials, settings or Settings())
        self.url = f"http://{HOST}:{port}"
        self._thread = threading.Thread(
            target=self._listener.serve_forever,
            kwargs={"poll_interval": 0.02},
            name="sandbox-sap",
            daemon=True,
        )
        self._thread.start()

    def close(self) -> None:
        """Stops listening, ends what is open, and waits for the threads."""
        self._system.closing.set()
        self._listener.shutdown()
        self._system.stop_fulfilment()
        self._system.push.close()
        self._listener.end_connections()
        self._listener.server_close()
        self._thread.join(timeout=5)
        with self._system.lock:
            self._system.close()
