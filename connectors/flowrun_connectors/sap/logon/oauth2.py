"""OAuth2: access tokens fetched, kept until shortly before they expire, and sent along with every request.

Imported when a connection opens, since it needs the HTTP library.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any
from urllib.parse import urlencode

from flowrun.component import Duration, Secret
from flowrun.component.http import Answer, Client, NotJson, Proof, client, decode, retry_after
from flowrun.errors import Cause, Fatal, Retryable, RunError
from flowrun_connectors.remote_text import shown
from flowrun_connectors.sap.logon.door import Grant
from flowrun_connectors.sap.logon.settings import TokenClient

UNSTATED = 300.0
"""Seconds for which a token is taken to be good when the answer does not say it."""
MARGIN = 60.0
"""Seconds before its end at which a token is no longer begun with; less for one that lives shorter."""
_CHECK: Mapping[str, str] = {
    "invalid_client": "check `client_id` and `client_secret`, and whether the client is still active",
    "unauthorized_client": "check `client_id`, and whether the client may log on in this way",
    "invalid_scope": "check `scope`: the client must have been given what it asks for",
    "invalid_grant": "check `issuer`, `subject` and `audience`, whether SAP trusts the certificate, and the clock here",
    "unsupported_grant_type": "check whether the system allows this kind of log-on",
}


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, and when it is no longer begun with."""

    value: Secret
    until: float


class Tokens:
    """The access token of one connection.

    All calls that wait for it wait for one request, and all of them are told when it fails. Requests for
    tokens do not pass the guard of a dry-run: they change nothing, and without them nothing could be read.
    """

    def __init__(
        self,
        connection: str,
        settings: TokenClient,
        grant: Grant,
        *,
        timeout: Duration,
        trust: SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.connection = connection
        self._settings = settings
        self._grant = grant
        self._clock = clock
        self._client: Client = client(
            connection, base_url=settings.token_url, guard=None, timeout=timeout, trust=trust
        )
        self._token: Token | None = None
        self._fetching: asyncio.Task[Token] | None = None

    async def get(self, *, refused: Token | None = None) -> Token:
        """The token. With `refused`, another one than that.

        Raises `Retryable` when the token endpoint does not answer, `Fatal` when it refuses.
        """
        token = self._token
        if token is not None and token != refused and self._clock() < token.until:
            return token
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetch())
            self._fetching.add_done_callback(self._fetched)
        return await asyncio.shield(self._fetching)  # one that gives up must not take it from the others

    async def renew(self, refused: Secret) -> None:
        """Sees to it that the next token is another one than this."""
        if self._token is not None and self._token.value == refused:
            await self.get(refused=self._token)

    async def close(self) -> None:
        """Closes the client. Twice is fine."""
        if self._fetching is not None:
            self._fetching.cancel()
        await self._client.close()

    def _fetched(self, task: asyncio.Task[Token]) -> None:
        self._fetching = None
        if not task.cancelled() and task.exception() is None:
            self._token = task.result()

    async def _fetch(self) -> Token:
        settings = self._settings
        fields = {**self._grant(), **({"scope": settings.scope} if settings.scope else {})}
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        if settings.credentials == "header":
            headers["Authorization"] = f"Basic {_basic(settings)}"
        else:
            fields |= {"client_id": settings.client_id, "client_secret": settings.client_secret.reveal()}
        asked = self._clock()
        try:
            answer = await self._client.send(
                "POST", settings.token_url, body=urlencode(fields).encode(), headers=headers
            )
        except Retryable as error:  # whatever waited for the token has not been sent
            raise Retryable(error.message, error.cause, after=error.after) from error
        return token_in(self.connection, settings, answer, asked)


class Bearer:
    """Sends the token with every request. One that is refused with a 401 is fetched anew, once: a request
    that was refused was not carried out, so it can be repeated."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    async def proof(self) -> Proof:
        """The token of now."""
        token = await self._tokens.get()
        return Proof({"Authorization": f"Bearer {token.value.reveal()}"})

    async def refused(self, proof: Proof) -> bool:
        """Fetches another token than the one that was refused."""
        refused = Secret(proof.headers["Authorization"].removeprefix("Bearer "))
        await self._tokens.renew(refused)
        return True


def token_in(connection: str, settings: TokenClient, answer: Answer, asked: float) -> Token:
    """The token that an answer holds, good from when it was asked for. Raises `Retryable` or `Fatal` when
    there is none."""
    try:
        data = decode(answer.content)
    except NotJson:
        data = None
    fields = data if isinstance(data, dict) else {}
    value = fields.get("access_token")
    if answer.status_code != 200:
        raise refusal(connection, settings, answer, fields)
    if not isinstance(value, str) or not value:
        raise Retryable(
            f"{connection}: {settings.token_url} answers 200, but gives no token; "
            "is there a log-on page or a proxy before it, or is `token_url` wrong?",
            Cause("no-token", status=200, connection=connection),
        )
    lifetime = _seconds(fields.get("expires_in"))
    return Token(Secret(value), asked + lifetime - min(MARGIN, lifetime / 10))


def refusal(connection: str, settings: TokenClient, answer: Answer, fields: Mapping[str, Any]) -> RunError:
    """The error for a token endpoint that gives no token."""
    status = answer.status_code
    code = fields.get("error")
    code = shown(code) if isinstance(code, str) else ""
    cause = Cause(f"oauth2/{code or status}", status=status, connection=connection)
    told = f"{connection}: {settings.token_url} answers {status}{f' {code}' if code else ''}"
    description = fields.get("error_description")
    if isinstance(description, str) and description and settings.client_secret.reveal() not in description:
        told += f" ({shown(description)})"
    if status in (408, 429) or status >= 500:
        return Retryable(f"{told}, so there is no access token", cause, after=retry_after(answer.headers))
    if code not in _CHECK and status in (400, 401, 403):
        code = "invalid_client"
    return Fatal(f"{told}; {_CHECK.get(code, 'check `token_url`')}", cause)


def _basic(settings: TokenClient) -> str:
    """Id and secret as they are. RFC 6749 wants them encoded first, but neither S/4HANA nor BTP decodes them."""
    return base64.b64encode(f"{settings.client_id}:{settings.client_secret.reveal()}".encode()).decode()


def _seconds(stated: Any) -> float:
    """`expires_in`, which some write as a text."""
    try:
        lifetime = float(str(stated))
    except ValueError:
        return UNSTATED
    return lifetime if 0 < lifetime < float("inf") else UNSTATED
