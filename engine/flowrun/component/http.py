"""The HTTP client that connectors share: exact JSON, every request seen by the guard, failures sorted by
what is next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import msgspec

from flowrun.component.connector import SendGuard
from flowrun.component.values import Duration
from flowrun.errors import Cause, Retryable
from flowrun.expressions.exact import exact_number

if TYPE_CHECKING:
    import httpx

_DECODER = msgspec.json.Decoder(float_hook=exact_number)
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class NotJson(ValueError):  # noqa: N818 - it says what the body is
    """The body is something else: an HTML page of a proxy, a reply cut in half."""


def decode(body: bytes) -> Any:
    """JSON with every number that has a point as Decimal. Raises `NotJson`."""
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise NotJson(str(error)) from error


def encode(data: Any) -> bytes:
    """JSON with Decimals as exact numbers. Raises TypeError for what JSON does not have."""
    return _ENCODER.encode(data)


def client(
    connection: str,
    *,
    base_url: str,
    guard: SendGuard | None,
    timeout: Duration,
    headers: Mapping[str, str] | None = None,
    auth: httpx.Auth | tuple[str, str] | None = None,
    verify: Any = True,
    cert: Any = None,
) -> Client:
    """A client for one connection. Redirects are not followed: credentials go to the address in the
    settings only."""
    import httpx  # noqa: PLC0415 - a heavy import, made when a connection opens

    async def before(request: httpx.Request) -> None:
        if guard is not None:
            guard(request)

    inner = httpx.AsyncClient(
        base_url=base_url,
        timeout=httpx.Timeout(timeout.seconds),
        headers=dict(headers or {}),
        auth=auth,
        verify=verify,
        cert=cert,
        event_hooks={"request": [before]},
        limits=httpx.Limits(max_connections=64, max_keepalive_connections=64),
    )
    return Client(connection, base_url, timeout, inner)


class Client:
    """Sends requests for one connection and says in plain words when no answer came."""

    def __init__(self, connection: str, base_url: str, timeout: Duration, inner: httpx.AsyncClient) -> None:
        self.connection = connection
        self.base_url = base_url
        self.timeout = timeout
        self.inner = inner

    async def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | list[tuple[str, str]] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """One request and its whole answer, whatever its status.

        Raises `Retryable` when there is no answer; with `doubt` when the request may have been carried
        out.
        """
        import httpx  # noqa: PLC0415 - loaded with the client

        reads = method in ("GET", "HEAD", "OPTIONS")
        cause = Cause(code="no-answer", connection=self.connection)
        params = tuple(query) if isinstance(query, list) else query
        try:
            return await self.inner.request(
                method, path, params=params, content=body, headers=dict(headers or {})
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Retryable(
                f"{self.connection}: cannot reach {self.base_url}; is it running, and is the address right?",
                Cause(code="unreachable", connection=self.connection),
            ) from error
        except httpx.TimeoutException as error:
            raise Retryable(
                f"{self.connection}: no answer from {self.base_url} in {self.timeout}", cause, doubt=not reads
            ) from error
        except httpx.TransportError as error:
            raise Retryable(
                f"{self.connection}: the connection broke before the whole answer was there",
                cause,
                doubt=not reads,
            ) from error

    async def close(self) -> None:
        """Closes all connections. Twice is fine."""
        await self.inner.aclose()


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """The wait in seconds that `Retry-After` asks for, in either of its two forms; None when there is
    none."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((moment - (now or datetime.now(UTC))).total_seconds(), 0.0)
