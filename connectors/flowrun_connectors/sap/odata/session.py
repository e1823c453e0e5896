"""One S/4HANA system over OData V2: reads, pages and writes, with SAP's headers, tokens and errors taken
care of.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from flowrun.component.http import Client, encode
from flowrun.errors import Cause, Fatal, Rejected, Retryable, merged
from flowrun_connectors.sap.odata import csrf
from flowrun_connectors.sap.odata.entities import Entry, Model, UnreadableError, entry_of, page_of
from flowrun_connectors.sap.odata.errors import failure
from flowrun_connectors.sap.odata.filters import query_string

if TYPE_CHECKING:
    import httpx

    from flowrun_connectors.sap.settings import SapConfig

Options = Mapping[str, str]
NOT_FOUND = "not-found"


@dataclass(frozen=True, slots=True)
class Written:
    """What came of a create: the entity, and the messages that SAP had to say all the same."""

    entry: Entry
    messages: tuple[dict[str, str], ...]


class Session:
    """Sends requests for one connection. Every answer that is no success raises."""

    def __init__(self, connection: str, config: SapConfig, client: Client) -> None:
        self.connection = connection
        self.config = config
        self._client = client
        self._codes = config.codes()
        self._tokens = csrf.Tokens(self._fetch_token)

    async def read(self, service: str, path: str, *, accept: str = "application/json") -> httpx.Response:
        """A GET below a service root."""
        answer = await self._client.send(
            "GET", f"{self.config.path_of(service)}/{path}", headers={"Accept": accept}
        )
        if answer.status_code != 200:
            raise failure(self.connection, answer, self._codes, writing=False, place=_place(service, path))
        return answer

    async def read_entry(
        self, service: str, path: str, model: Model, options: Options | None = None
    ) -> Entry:
        """One entity. Raises `Rejected` with the code `not-found` when there is none."""
        try:
            answer = await self.read(service, _with(path, options or {}))
        except Rejected as error:
            if error.cause.status == 404:
                raise Rejected(error.message, merged(error.cause, {"code": NOT_FOUND})) from error
            raise
        try:
            return entry_of(answer.content, model, answer.headers.get("etag", ""))
        except UnreadableError as error:
            raise self._unreadable(answer, error, writing=False) from error

    async def read_list(
        self, service: str, path: str, model: Model, options: Options, *, limit: int | None = None
    ) -> list[Entry]:
        """All entities of a list, page after page. A page that repeats its own continuation ends it."""
        found: list[Entry] = []
        query: Sequence[tuple[str, str]] = tuple(options.items())
        seen: set[Sequence[tuple[str, str]]] = set()
        while query not in seen:
            seen.add(query)
            answer = await self.read(service, _with(path, query))
            try:
                page = page_of(answer.content, model)
            except UnreadableError as error:
                raise self._unreadable(answer, error, writing=False) from error
            found.extend(page.entries)
            if not page.more or (limit is not None and len(found) >= limit):
                break
            query = page.more
        return found if limit is None else found[:limit]

    async def create(self, service: str, entity_set: str, body: Mapping[str, Any], model: Model) -> Written:
        """A POST. Raises `Retryable` with `doubt` when nobody knows whether SAP has made the document."""
        answer = await self._write("POST", service, entity_set, encode(body))
        messages = tuple(_messages(answer))
        if answer.content:
            try:
                return Written(entry_of(answer.content, model, answer.headers.get("etag", "")), messages)
            except UnreadableError as error:
                raise self._unreadable(answer, error, writing=True) from error
        made = Entry({}, uri=unquote(urlsplit(answer.headers.get("location", "")).path)).segment(entity_set)
        if not made:
            raise self._unreadable(answer, UnreadableError("the answer is empty"), writing=True)
        return Written(await self.read_entry(service, made, model), messages)

    async def change(
        self, service: str, path: str, body: Mapping[str, Any], *, etag: str
    ) -> tuple[bool, tuple[dict[str, str], ...]]:
        """A partial update. False when the entity was changed since it was read, so that it must be read
        again.
        """
        headers = {"If-Match": etag} if etag else {}
        answer = await self._write(
            self.config.update_method, service, path, encode(body), headers=headers, allowed=(412, 428)
        )
        return answer.is_success, tuple(_messages(answer))

    async def _write(
        self,
        method: str,
        service: str,
        path: str,
        body: bytes,
        *,
        headers: Mapping[str, str] | None = None,
        allowed: tuple[int, ...] = (),
    ) -> httpx.Response:
        root = self.config.path_of(service)
        token = await self._tokens.get(root)
        answer = await self._send_with(token, method, f"{root}/{path}", body, headers or {})
        if csrf.is_required(answer):
            token = await self._tokens.get(root, stale=token)
            answer = await self._send_with(token, method, f"{root}/{path}", body, headers or {})
            if csrf.is_required(answer):
                raise Fatal(
                    f"{self.connection}: SAP refuses its own new token; does a proxy drop cookies?",
                    Cause("csrf-token", status=403, connection=self.connection),
                )
        if answer.is_success or answer.status_code in allowed:
            return answer
        raise failure(self.connection, answer, self._codes, writing=True, place=_place(service, path))

    async def _send_with(
        self, token: str, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> httpx.Response:
        sent = {"Content-Type": "application/json", **headers}
        if token:
            sent[csrf.HEADER] = token
        return await self._client.send(method, path, body=body, headers=sent)

    async def _fetch_token(self, root: str) -> str:
        answer = await self._client.send("GET", f"{root}/", headers={csrf.HEADER: "Fetch"})
        token = csrf.token_in(answer)
        if token is not None:
            return token
        if answer.is_success:
            return ""
        raise failure(self.connection, answer, self._codes, writing=False, place=root.rpartition("/")[2])

    def _unreadable(self, answer: httpx.Response, error: UnreadableError, *, writing: bool) -> Retryable:
        move = (
            "it is not known whether SAP has written it"
            if writing
            else "is there a proxy or a log-on page before SAP?"
        )
        return Retryable(
            f"{self.connection}: SAP answers {answer.status_code}, but {error}; {move}",
            Cause("not-odata", status=answer.status_code, connection=self.connection),
            doubt=writing,
        )


def _with(path: str, options: Options | Sequence[tuple[str, str]]) -> str:
    return f"{path}?{query_string(options)}" if options else path


def _place(service: str, path: str) -> str:
    """Service and entity, without the key and the filter: those hold data."""
    return f"{service}/{path.partition('?')[0].partition('(')[0]}".rstrip("/")


def _messages(answer: httpx.Response) -> Iterator[dict[str, str]]:
    """What SAP had to say about a success: the header `sap-message`, one message with the others as its
    details.
    """
    try:
        first = json.loads(unquote(answer.headers.get("sap-message", "")))
    except ValueError:
        return
    if not isinstance(first, dict):
        return
    details = first.get("details")
    for item in (first, *(details if isinstance(details, list) else ())):
        if isinstance(item, dict):
            yield {name: str(item.get(name) or "") for name in ("code", "message", "severity", "target")}
