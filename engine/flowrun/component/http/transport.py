"""The way out, on aiohttp: a pool of connections to one system, kept open between calls."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from urllib.parse import quote, urlencode

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from flowrun.component.http.logon import Proof
from flowrun.component.http.messages import Answer, Request
from flowrun.component.http.trust import default_trust, proxy_for
from flowrun.component.tls import certificate_trouble
from flowrun.component.values import Duration
from flowrun.errors import Cause, Retryable, RunError

LONGEST_CONNECT = 10.0
"""Seconds for reaching a system at all. The rest of `timeout` is for its answer."""
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Transport:
    """Sends what a client made. How many requests are under way at once is the engine's business."""

    def __init__(
        self, connection: str, base_url: str, timeout: Duration, trust: ssl.SSLContext | None
    ) -> None:
        self._connection = connection
        self._base_url = base_url
        self._timeout = timeout
        self._trust = trust
        self._proxy = proxy_for(base_url)
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    def request(self, method: str, address: str, headers: Mapping[str, str], content: bytes) -> Request:
        """A request as it will leave. `address` is whole and encoded."""
        return Request(method, URL(address, encoded=True), CIMultiDict(headers), content)

    async def send(self, request: Request, proof: Proof | None = None) -> Answer:
        """The whole answer. Raises `Retryable` when there is none, `Fatal` when a certificate is not trusted."""
        address, headers = str(request.url), request.headers
        if proof is not None:
            address, headers = _with(address, proof.query), {**headers, **proof.headers}
        try:
            async with self._opened().request(
                request.method,
                URL(address, encoded=True),
                data=request.content or None,
                headers=headers,
                allow_redirects=False,
                proxy=self._proxy,
            ) as answer:
                return Answer(answer.status, answer.headers, await answer.read(), request)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._no_answer(request, error) from error

    async def close(self) -> None:
        """Closes all connections, and waits until they are. Twice is fine."""
        self._closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()
            await asyncio.sleep(0)  # aiohttp closes sockets in the next turn of the loop

    def _opened(self) -> aiohttp.ClientSession:
        """The pool. It is made by the first call: it belongs to the event loop that is running then."""
        if self._session is not None:
            return self._session
        if self._closed:
            raise RuntimeError(f"the connection `{self._connection}` is closed")
        encrypted = not self._base_url.startswith("http://")
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0, ssl=(self._trust or default_trust()) if encrypted else True, keepalive_timeout=30
            ),
            cookie_jar=aiohttp.CookieJar(unsafe=True, quote_cookie=False),  # also for hosts without a name
            timeout=aiohttp.ClientTimeout(
                total=self._timeout.seconds, connect=min(self._timeout.seconds, LONGEST_CONNECT)
            ),
            skip_auto_headers=["Content-Type"],
        )
        # aiohttp sends a PUT or DELETE again by itself when a connection breaks; that is for the engine to decide,
        # which looks first. There is no public switch for it; a test holds it.
        self._session._retry_connection = False
        return self._session

    def _no_answer(self, request: Request, error: Exception) -> RunError:
        trouble = certificate_trouble(self._connection, self._base_url, error)
        if trouble is not None:
            return trouble
        if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
            return Retryable(
                f"{self._connection}: cannot reach {self._base_url}; is it running, and is the address right?",
                Cause(code="unreachable", connection=self._connection),
            )
        told = "the connection broke before the whole answer was there"
        if isinstance(error, TimeoutError):
            told = f"no answer from {self._base_url} in {self._timeout}"
        cause = Cause(code="no-answer", connection=self._connection)
        return Retryable(f"{self._connection}: {told}", cause, doubt=request.method not in _READING)


def _with(address: str, query: Mapping[str, str]) -> str:
    """The address with what proves who we are in it, for systems that take it nowhere else."""
    if not query:
        return address
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query, quote_via=quote, safe='')}"
