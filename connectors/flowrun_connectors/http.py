"""Connector: any JSON API over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from flowrun.component import Config, Connector, Duration, Secret, Url, field, operation
from flowrun.component.http import Answer, Client, NotJson, basic, client, decode, encode, retry_after
from flowrun.errors import Cause, ConfigurationError, Fatal, Rejected, Retryable, RunError
from flowrun.expressions.shapes import ANYTHING, INTEGER, record
from flowrun_connectors.remote_text import message_in

_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
_NOT_DONE = frozenset({425, 429})  # refused before anything was carried out

ANSWER = record("answer", status=INTEGER, headers=ANYTHING, body=ANYTHING)


class HttpConfig(Config):
    """How to reach one JSON API."""

    base_url: Url | None = field(
        None,
        description=(
            "Start of every address. Without it, `path` is a whole address and there are no credentials."
        ),
        examples=["https://api.example.com"],
    )
    headers: Mapping[str, str] = field(
        default_factory=dict, description="Headers of every request; their values are never shown."
    )
    timeout: Duration = field(Duration(30.0), description="How long to wait for one answer.")
    user: str | None = field(None, description="User name, for APIs with Basic authentication.")
    password: Secret | None = field(None, description="Password of the user.")
    token: Secret | None = field(None, description="Bearer token, for APIs that take one.")

    def __post_init__(self) -> None:
        object.__setattr__(self, "headers", {name: Secret(value) for name, value in self.headers.items()})


class Asking(Config):
    """A request without a body."""

    path: str = field(description="The path behind `base_url`.", examples=["/v1/rates"])
    query: Mapping[str, Any] = field(
        default_factory=dict, description="What stands behind the `?`. A list is repeated, null is left out."
    )
    headers: Mapping[str, str] = field(default_factory=dict, description="More headers for this request.")
    expect: list[int] = field(
        default_factory=list,
        description="The statuses that are no error. When empty: 200 to 299.",
        examples=[[200, 404]],
    )


class Sending(Asking):
    """A request with a body."""

    body: Any = field(None, description="What is sent, as JSON. Null sends no body.")
    idempotency_key: str | None = field(
        None,
        description="Sent as `Idempotency-Key`, so that an API which knows it does a repeated request once.",
    )


class AnyRequest(Sending):
    """A request with any method."""

    method: Literal["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] = field(
        description="The HTTP method.", constant=True
    )


class Http(Connector[HttpConfig]):
    """Reads and writes JSON over HTTP.

    429 and 5xx are tried again later, 401 and 403 pause the connection, other refusals reject the record.
    Redirects are not followed.
    """

    name = "http"
    Config = HttpConfig
    example = """
    connections:
      crm:
        http:
          base_url: https://api.example.com
          token: ${env:CRM_TOKEN}
    """

    _client: Client | None = None

    async def open(self) -> None:
        """Makes the client. Sends nothing."""
        await self.close()  # opened again: the client from before is given back
        config = self.config
        if config.base_url is None and (config.user or config.password or config.token):
            raise ConfigurationError(
                f"{self.connection}: credentials need a `base_url`, so that they go nowhere else"
            )
        headers = {"Accept": "application/json"} | {
            name: _plain(value) for name, value in config.headers.items()
        }
        if config.token is not None:
            headers["Authorization"] = f"Bearer {config.token.reveal()}"
        logon = basic(config.user, config.password) if config.user and config.password else None
        self._client = client(
            self.connection,
            base_url=config.base_url or "",
            guard=self.surroundings.guard,
            timeout=config.timeout,
            headers=headers,
            logon=logon,
        )

    async def close(self) -> None:
        """Closes the client. Twice is fine."""
        if self._client is not None:
            await self._client.close()

    async def probe(self) -> None:
        """Asks for `base_url` itself. Any answer but a refusal of the credentials will do."""
        if self.config.base_url is None:
            return
        answer = await self._opened.send("GET", "/")
        if answer.status_code in (401, 403) or answer.status_code in _LATER:
            raise self._failure(answer, writing=False)

    @operation(reads=True, returns=ANSWER)
    async def get(self, request: Asking) -> dict[str, Any]:
        """Reads one address.

        Gives `status`, `headers` (names in lower case) and `body`: JSON as data, anything else as text.
        """
        return await self._send("GET", request)

    @operation(returns=ANSWER)
    async def post(self, request: Sending) -> dict[str, Any]:
        """Sends something new. Not repeated after a doubtful failure, since that might do it twice."""
        return await self._send("POST", request)

    @operation(repeatable=True, returns=ANSWER)
    async def put(self, request: Sending) -> dict[str, Any]:
        """Puts something in place of what is there. Safe to repeat."""
        return await self._send("PUT", request)

    @operation(returns=ANSWER)
    async def patch(self, request: Sending) -> dict[str, Any]:
        """Changes a part of something. Not repeated after a doubtful failure."""
        return await self._send("PATCH", request)

    @operation(repeatable=True, returns=ANSWER)
    async def delete(self, request: Asking) -> dict[str, Any]:
        """Deletes something. Safe to repeat when `expect` holds 404 too."""
        return await self._send("DELETE", request)

    @operation(returns=ANSWER)
    async def request(self, request: AnyRequest) -> dict[str, Any]:
        """Sends a request with any method.

        It counts as a write that is not to be repeated, whatever the method is.
        """
        return await self._send(request.method, request)

    def pretend(self, operation_name: str, parameters: Mapping[str, Any]) -> Any:
        """An answer that holds what was sent, as most APIs give it."""
        expected = parameters.get("expect") or [200]
        return {"status": expected[0], "headers": {}, "body": parameters.get("body")}

    @property
    def _opened(self) -> Client:
        if self._client is None:
            raise RuntimeError("the connector is not open")
        return self._client

    async def _send(self, method: str, request: Asking) -> dict[str, Any]:
        reads = method in ("GET", "HEAD", "OPTIONS")
        headers = dict(request.headers)
        content: bytes | None = None
        if isinstance(request, Sending):
            content = self._content(request.body)
            if content is not None:
                headers.setdefault("Content-Type", "application/json")
            if request.idempotency_key:
                headers["Idempotency-Key"] = request.idempotency_key
        answer = await self._opened.send(
            method,
            self._address(request.path),
            query=_query(request.query) or None,
            body=content,
            headers=headers,
        )
        expected = answer.status_code in request.expect if request.expect else answer.is_success
        if not expected:
            raise self._failure(answer, writing=not reads)
        kept = {name.lower(): value for name, value in answer.headers.items()}
        kept.pop("set-cookie", None)
        return {"status": answer.status_code, "headers": kept, "body": self._body(answer, writing=not reads)}

    def _content(self, body: Any) -> bytes | None:
        try:
            return None if body is None else encode(body)
        except TypeError as error:
            cause = Cause(code="bad-parameter", target="body", connection=self.connection)
            raise Rejected(f"{self.connection}: `body` cannot be written as JSON: {error}", cause) from error

    def _address(self, path: str) -> str:
        """Credentials belong to `base_url`, so a path out of data must not lead elsewhere."""
        whole = path.lower().startswith(("http://", "https://"))
        if self.config.base_url is not None and whole:
            raise Rejected(
                f"{self.connection}: `path` is a whole address; write only what follows `base_url`",
                Cause(code="bad-parameter", target="path", connection=self.connection),
            )
        if self.config.base_url is None and not whole:
            raise Rejected(
                f"{self.connection}: `path` must be a whole address, since the connection has no `base_url`",
                Cause(code="bad-parameter", target="path", connection=self.connection),
            )
        return path

    def _body(self, answer: Answer, *, writing: bool) -> Any:
        if not answer.content:
            return None
        if "json" not in answer.headers.get("content-type", ""):
            return answer.text
        try:
            return decode(answer.content)
        except NotJson as error:
            raise Retryable(
                f"{self.connection}: the answer says it is JSON and is not; it may have been cut off",
                Cause(code="not-json", status=answer.status_code, connection=self.connection),
                doubt=writing,
            ) from error

    def _failure(self, answer: Answer, *, writing: bool) -> RunError:
        status = answer.status_code
        cause = Cause(code=f"http-{status}", status=status, connection=self.connection)
        said = _message(answer)
        text = f"{self.connection}: {status} for {answer.request.method} {answer.request.url.path}" + (
            f": {said}" if said else ""
        )
        if status == 401:
            return Fatal(f"{text}; check `user` and `password`, or `token`, of the connection", cause)
        if status == 403:
            return Fatal(f"{text}; the credentials lack a permission", cause)
        if status in _LATER:
            return Retryable(
                text, cause, after=retry_after(answer.headers), doubt=writing and status not in _NOT_DONE
            )
        if answer.is_redirect:
            return Rejected(f"{text}; redirects are not followed: write the new address", cause)
        return Rejected(text, cause)


def _message(answer: Answer) -> str:
    try:
        return message_in(decode(answer.content))
    except NotJson:
        return ""


def _plain(value: str) -> str:
    return value.reveal() if isinstance(value, Secret) else value


def _query(query: Mapping[str, Any]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in query.items():
        values = value if isinstance(value, list | tuple) else [value]
        pairs.extend((name, _written(item)) for item in values if item is not None)
    return pairs


def _written(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case _:
            return str(value)
