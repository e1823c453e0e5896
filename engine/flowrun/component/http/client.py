"""The client of one connection."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from flowrun.component.http.logon import LogOn
from flowrun.component.http.messages import Answer, SendGuard
from flowrun.component.values import Duration

if TYPE_CHECKING:
    from flowrun.component.http.transport import Transport

Query = Mapping[str, str] | Sequence[tuple[str, str]]
_LEFT_AS_THEY_ARE = "%/:?[]@!$&'()*+,;=~"


def client(
    connection: str,
    *,
    base_url: str,
    guard: SendGuard | None,
    timeout: Duration,
    headers: Mapping[str, str] | None = None,
    logon: LogOn | None = None,
    trust: ssl.SSLContext | None = None,
) -> Client:
    """A client for one connection. Sends nothing yet.

    Redirects are not followed: credentials go to the address in the settings only. Cookies are kept and sent
    back as they came. `trust` holds the authorities to believe, and a certificate of our own where one is
    wanted; without it, the authorities of this machine are believed.
    """
    from flowrun.component.http.transport import Transport  # noqa: PLC0415 - heavy, for open connections

    transport = Transport(connection, base_url, timeout, trust)
    return Client(connection, base_url, transport, guard, headers or {}, logon)


class Client:
    """Sends requests for one connection and says in plain words when no answer came."""

    def __init__(
        self,
        connection: str,
        base_url: str,
        transport: Transport,
        guard: SendGuard | None,
        headers: Mapping[str, str],
        logon: LogOn | None,
    ) -> None:
        self.connection = connection
        self.base_url = base_url
        self._transport = transport
        self._guard = guard
        self._headers = {"User-Agent": "flowrun", **headers}
        self._logon = logon

    async def send(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request and its whole answer, whatever its status.

        Raises `Retryable` when there is no answer, with `doubt` when the request may have been carried
        out; `Fatal` when a certificate is not trusted.
        """
        address = _address(self.base_url, path, query)
        request = self._transport.request(method, address, {**self._headers, **(headers or {})}, body or b"")
        if self._guard is not None:
            self._guard(request)
        if self._logon is None:
            return await self._transport.send(request)
        proof = await self._logon.proof()
        answer = await self._transport.send(request, proof)
        if answer.status_code == 401 and await self._logon.refused(proof):
            answer = await self._transport.send(request, await self._logon.proof())
        return answer

    async def close(self) -> None:
        """Closes all connections. Twice is fine."""
        await self._transport.close()


def _address(base_url: str, path: str, query: Query | None) -> str:
    """What is encoded already stays as it is; anything else that an address cannot hold is encoded."""
    whole = path if path.lower().startswith(("http://", "https://")) else f"{base_url}/{path.lstrip('/')}"
    found = quote(whole, safe=_LEFT_AS_THEY_ARE)
    if not query:
        return found
    pairs = tuple(query.items()) if isinstance(query, Mapping) else tuple(query)
    return f"{found}{'&' if '?' in found else '?'}{urlencode(pairs, quote_via=quote, safe='')}"
