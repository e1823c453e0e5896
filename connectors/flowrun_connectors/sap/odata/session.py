"""One S/4HANA system over OData: reads, pages and writes, with SAP's headers, tokens and errors taken
care of.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from flowrun.component.http import Answer, Client, encode
from flowrun.errors import Cause, Fatal, Rejected, Retryable, RunError, merged
from flowrun_connectors.sap.odata import csrf
from flowrun_connectors.sap.odata.dialect import IncompleteError, Message, UnreadableError
from flowrun_connectors.sap.odata.entities import Entry, Model, Page, entry_of, page_of, said_with
from flowrun_connectors.sap.odata.errors import failure
from flowrun_connectors.sap.odata.filters import query_string

if TYPE_CHECKING:
    from flowrun_connectors.sap.settings import SapConfig

Options = Mapping[str, str]
NOT_FOUND = "not-found"
STALE = (412, 428)  # the entity was changed since it was read, or SAP wants to know what was read


@dataclass(frozen=True, slots=True)
class Written:
    """What came of a create: the entity, and the messages that SAP had to say all the same."""

    entry: Entry
    messages: tuple[Message, ...]


class Session:
    """Sends requests for one connection. Every answer that is no success raises."""

    def __init__(self, connection: str, config: SapConfig, client: Client) -> None:
        self.connection = connection
        self.config = config
        self._client = client
        self._codes = config.codes()
        self._tokens = csrf.Tokens(self._fetch_token)

    async def read(
        self,
        service: str,
        path: str,
        *,
        accept: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """A GET below a service root."""
        answer = await self._client.send(
            "GET", f"{self.config.path_of(service)}/{path}", headers={"Accept": accept, **(headers or {})}
        )
        if answer.is_success:
            return answer
        raise failure(self.connection, answer, self._codes, writing=False, place=_place(service, path))

    async def read_entry(
        self, service: str, path: str, model: Model, options: Options | None = None
    ) -> Entry:
        """One entity. Raises `Rejected` with the code `not-found` when there is none."""
        try:
            answer = await self.read(service, _with(path, options or {}), headers=model.dialect.reading)
        except Rejected as error:
            if error.cause.status == 404:
                raise Rejected(error.message, merged(error.cause, {"code": NOT_FOUND})) from error
            raise
        return self._entry(answer, model, writing=False)

    async def pages(
        self, service: str, path: str, model: Model, options: Options, *, limit: int | None = None
    ) -> AsyncIterator[tuple[Entry, ...]]:
        """A list as the server serves it, page after page; only one of them is held at a time.

        A page that repeats its own continuation ends it.
        """
        query: Sequence[tuple[str, str]] = tuple(options.items())
        seen: set[Sequence[tuple[str, str]]] = set()
        left = limit
        while query not in seen:
            seen.add(query)
            page = await self._page(service, _with(path, query), model)
            rows = page.entries[:left]
            yield rows
            left = left - len(rows) if left is not None else None
            if not page.more or left == 0:
                return
            query = page.more

    async def read_list(
        self, service: str, path: str, model: Model, options: Options, *, limit: int | None = None
    ) -> list[Entry]:
        """All entities of a list."""
        pages = self.pages(service, path, model, options, limit=limit)
        return [entry async for page in pages for entry in page]

    async def create(self, service: str, entity_set: str, body: Mapping[str, Any], model: Model) -> Written:
        """A POST. Raises `Retryable` with `doubt` when nobody knows whether SAP has made the document."""
        answer = await self.write("POST", service, entity_set, encode(body), headers=model.dialect.writing)
        if answer.content:
            entry = self._entry(answer, model, writing=True)
            return Written(entry, entry.messages)
        made = Entry({}, uri=unquote(urlsplit(answer.headers.get("location", "")).path)).segment(entity_set)
        if not made:
            raise self._unreadable(answer, UnreadableError("the answer is empty"), writing=True)
        try:
            entry = await self.read_entry(service, made, model)
        except Retryable as error:  # it is there: who creates it again makes another one
            raise Retryable(error.message, error.cause, after=error.after, doubt=True) from error
        return Written(entry, said_with(answer.headers, b"", model) or entry.messages)

    async def change(
        self, service: str, path: str, body: Mapping[str, Any], model: Model, *, etag: str
    ) -> tuple[bool, tuple[Message, ...]]:
        """A partial update. False when the entity was changed since it was read, so that it must be read
        again.
        """
        headers = {**model.dialect.writing, **({"If-Match": etag} if etag else {})}
        answer = await self.write(
            self.update_method(model), service, path, encode(body), headers=headers, allowed=STALE
        )
        return answer.is_success, self._said(answer, model)

    async def remove(
        self, service: str, path: str, model: Model, *, etag: str
    ) -> tuple[bool, tuple[Message, ...]]:
        """A DELETE of one entity, at an address made by `segment`: one without a key would be the whole set.
        False when the entity was changed since it was read.
        """
        if not path.endswith(")"):
            raise ValueError("a whole entity set is never deleted")
        headers = {**model.dialect.reading, **({"If-Match": etag} if etag else {})}
        answer = await self.write("DELETE", service, path, b"", headers=headers, allowed=STALE)
        return answer.is_success, self._said(answer, model)

    def update_method(self, model: Model) -> str:
        """The HTTP method of a partial update. V4 knows PATCH only."""
        return "PATCH" if model.dialect.version > 2 else self.config.update_method

    async def write(
        self,
        method: str,
        service: str,
        path: str,
        body: bytes,
        *,
        headers: Mapping[str, str] | None = None,
        allowed: tuple[int, ...] = (),
    ) -> Answer:
        """A request that changes something, below a service root: with the token that SAP wants, fetched again
        once when it has run out. An answer that is neither a success nor `allowed` raises, with `doubt` when
        nobody knows whether SAP has carried it out.
        """
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
    ) -> Answer:
        sent = {"Content-Type": "application/json", **headers} if body else dict(headers)
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

    async def _page(self, service: str, path: str, model: Model) -> Page:
        answer = await self.read(service, path, headers=model.dialect.reading)
        try:
            return page_of(answer.content, model)
        except UnreadableError as error:
            raise self._unreadable(answer, error, writing=False) from error

    def _entry(self, answer: Answer, model: Model, *, writing: bool) -> Entry:
        try:
            return entry_of(answer.content, model, answer.headers.get("etag", ""), answer.headers)
        except UnreadableError as error:
            raise self._unreadable(answer, error, writing=writing) from error

    def _said(self, answer: Answer, model: Model) -> tuple[Message, ...]:
        """What SAP had to say about a change. A success with something that is no OData is none: a page of a
        proxy comes with 200 too.
        """
        try:
            return said_with(answer.headers, answer.content, model)
        except UnreadableError as error:
            if answer.is_success:
                raise self._unreadable(answer, error, writing=True) from error
            return ()

    def _unreadable(self, answer: Answer, error: UnreadableError, *, writing: bool) -> RunError:
        if isinstance(error, IncompleteError) and not writing:
            return Rejected(f"{self.connection}: {error}", Cause("nested-page", connection=self.connection))
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
