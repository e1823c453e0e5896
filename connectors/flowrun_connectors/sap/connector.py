"""Connector: SAP S/4HANA."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from flowrun.component import Connector, Facts, Page, operation
from flowrun.component.coerce import coerced
from flowrun.component.http import Client, client
from flowrun.component.metadata import MetadataChange
from flowrun.errors import Cause, Rejected
from flowrun.expressions.shapes import ANYTHING, Record, Shape
from flowrun_connectors.sap import batch as batches
from flowrun_connectors.sap import batch_results, metadata_changes, reading, shapes
from flowrun_connectors.sap.calling import call
from flowrun_connectors.sap.calling import pretended as answer_of_call
from flowrun_connectors.sap.delete import delete
from flowrun_connectors.sap.journal_entries import posting
from flowrun_connectors.sap.journal_entries.message import message_of
from flowrun_connectors.sap.journal_entries.requests import PostJournalEntry
from flowrun_connectors.sap.logon.door import Door, door_of
from flowrun_connectors.sap.odata import metadata
from flowrun_connectors.sap.odata.entities import BadFieldError, Model, body_of
from flowrun_connectors.sap.odata.filters import names, segment
from flowrun_connectors.sap.odata.session import NOT_FOUND, Session
from flowrun_connectors.sap.parts import parts_of
from flowrun_connectors.sap.place import Place, named_fields
from flowrun_connectors.sap.requests import Call, Create, Delete, First, Get, List, Update, Upsert
from flowrun_connectors.sap.settings import SapConfig
from flowrun_connectors.sap.update_parts import update_with_parts
from flowrun_connectors.sap.upsert import Outcome, Turns, Wish, update, upsert


class Sap(Connector[SapConfig]):
    """Reads and writes the OData services of S/4HANA, V2 and V4 alike, and calls their functions.

    Which version a service speaks is seen from its metadata or its path, and no flow need know it. Tokens,
    cookies, ETags and server paging are taken care of. Locks and overload are tried again later, business
    errors reject the record, refused credentials and missing services pause the connection.
    """

    name = "sap"
    Config = SapConfig
    example = """
    connections:
      sap:
        sap:
          url: https://my300000-api.s4hana.cloud.sap
          user: FLOWRUN
          password: ${env:SAP_PASSWORD}
          client: "100"
    """

    _client: Client | None = None
    _door = Door()
    _session: Session | None = None

    async def open(self) -> None:
        """Makes the client. Sends nothing."""
        await self.close()  # opened again: the client from before is given back
        config = self.config
        self._turns = Turns()
        self._door = door_of(self.connection, config)
        self._client = client(
            self.connection,
            base_url=config.url,
            guard=self.surroundings.guard,
            timeout=config.timeout,
            headers={
                "Accept": "application/json",
                "Accept-Language": config.language.lower(),
                "sap-language": config.language,
                "sap-client": config.client,
            },
            logon=self._door.logon,
            trust=self._door.trust,
        )
        self._session = Session(self.connection, config, self._client)

    async def close(self) -> None:
        """Closes the client. Twice is fine."""
        if self._client is not None:
            await self._client.close()
        await self._door.close()

    async def probe(self) -> None:
        """Reads the service document of `probe_service`."""
        await self._opened.read(self.config.probe_service, "")

    @operation(reads=True)
    async def get(self, request: Get) -> dict[str, Any] | None:
        """Reads one entity by its key.

        Linked entities are in the result only when `expand` names them.
        """
        place = self._place(request.service, request.entity)
        with named_fields(self.connection):
            path = segment(request.entity, request.key, place.model)
            options = reading.selection(place.model, request.select, request.expand)
        try:
            entry = await self._opened.read_entry(request.service, path, place.model, options)
        except Rejected as error:
            if request.must_exist or error.cause.code != NOT_FOUND:
                raise
            return None
        return entry.record

    @operation(reads=True, paged=True)
    async def list_(self, request: List) -> list[dict[str, Any]]:
        """Reads all entities for which `where` holds, page after page.

        A list under `in` may be of any length: what is too long for one request is asked for in several.
        """
        return [record async for page in self.pages(request) for record in page]

    @operation(reads=True)
    async def first(self, request: First) -> dict[str, Any] | None:
        """Reads the first entity for which `where` holds. Null when there is none."""
        found = [record async for page in self._pages(request, limit=1, page_size=None) for record in page]
        return found[0] if found else None

    async def page(self, operation_name: str, parameters: Mapping[str, Any], cursor: str) -> Page:
        """One window of a list, in the order of its keys."""
        request = coerced(List, parameters, f"{self.connection}.{operation_name}")
        place = self._place(request.service, request.entity)
        size = request.page_size or reading.WINDOW
        asked = self._wanted(request, place, limit=request.limit, page_size=size)
        rows, following = await reading.window(self._opened, place, asked, cursor)
        return Page([row.record for row in rows], following)

    def pages(self, request: List) -> AsyncIterator[list[dict[str, Any]]]:
        """The records of a list, a page at a time: for lists that are too long to be held at once."""
        return self._pages(request, limit=request.limit, page_size=request.page_size)

    @operation()
    async def create(self, request: Create) -> dict[str, Any]:
        """Creates an entity, with everything nested in it, in one go.

        Not safe to repeat: use `upsert` wherever a business key exists.
        """
        place = self._place(request.service, request.entity)
        with named_fields(self.connection):
            body = body_of(request.data, place.model)
        written = await self._opened.create(request.service, request.entity, body, place.model)
        return Outcome(written.entry, "created", messages=written.messages).as_record(nested=True)

    @operation(repeatable=True)
    async def update(self, request: Update) -> dict[str, Any]:
        """Changes fields of an entity, and only those that differ.

        Nothing is overwritten blindly: when somebody else changed the entity meanwhile, it is read and
        compared again. Nested lists are compared only when `parts` names them: then what differs in them is
        changed, added or marked along with the rest, all or nothing. The result is the entity as it is
        afterwards; `action` says `updated` or `unchanged`, and `adopted` is true when no answer came but SAP
        shows that it was done.
        """
        place = self._place(request.service, request.entity)
        parts = parts_of(request.parts, f"{self.connection}.update: parts")
        with named_fields(self.connection):
            path = segment(request.entity, request.key, place.model)
            if parts:
                outcome = await update_with_parts(
                    self._opened,
                    place,
                    path,
                    request.data,
                    parts,
                    lambda entity: self._place(request.service, entity).model,
                )
            else:
                outcome = await update(self._opened, place, path, request.data)
        return outcome.as_record(nested=False)

    @operation(repeatable=True)
    async def upsert(self, request: Upsert) -> dict[str, Any]:
        """Creates an entity, or brings it up to date when one with the same business key exists.

        Safe to repeat: SAP is asked for the fields in `by` before anything is created, and again when no
        answer came to a create, so that nothing is created twice. Then `adopted` is true. `action` says
        `created`, `updated` or `unchanged`, `messages` holds what SAP warned of. The result has the entity's
        own fields; read nested ones with `get` and `expand`. On an update only the entity's own fields are
        compared and sent, never nested lists, and nothing that is named in `only_when_new`.
        """
        place = self._place(request.service, request.entity)
        with named_fields(self.connection):
            wish = Wish(request.by, request.data, request.only_when_new)
            outcome = await upsert(self._opened, place, wish, self._turns)
        return outcome.as_record(nested=False)

    @operation(repeatable=True, returns=shapes.DELETED)
    async def delete(self, request: Delete) -> dict[str, Any]:
        """Deletes one entity by its key.

        Safe to repeat: `action` says `deleted`, or `absent` when there is none (any more). Nothing is deleted
        blindly: when somebody changes the entity between look and deletion, it is looked at again.
        """
        place = self._place(request.service, request.entity)
        with named_fields(self.connection):
            path = segment(request.entity, request.key, place.model)
            action, messages = await delete(self._opened, place, path, must_exist=request.must_exist)
        return {"action": action, "messages": list(messages)}

    @operation()
    async def call(self, request: Call) -> Any:
        """Calls a function of a service: posts a goods issue, cancels a document, releases an order.

        The result is what the function answers: a record, a list, a value, or null. Not safe to repeat, so
        look first whether it was done already. Name the document it works on in `entity` and `key` where SAP
        wants its ETag, and always for the bound actions of OData V4.
        """
        place = self._place(request.service, request.entity)
        with named_fields(self.connection):
            if request.entity and request.key is None:
                raise BadFieldError("key", f"is needed to say which {request.entity} is meant")
            return await call(
                self._opened,
                place,
                request.function,
                request.parameters,
                key=request.key,
                method=request.method,
            )

    @operation(returns=batch_results.RESULT)
    async def batch(self, request: batches.Batch) -> list[dict[str, Any]]:
        """Carries many changes out in one request, and tells what became of each.

        The result is a list in the order of `changes`: `ok` and `status`, the `record` that was created, or
        `kind` (retryable, rejected, fatal), `code`, `message` and `target` of what went wrong. When something
        went wrong the step fails with the first cause, once everything was sent; with `collect` it does not.
        Nothing is looked for first, so a create is not safe to repeat: use `upsert` wherever a business key
        exists.
        """
        return await batches.batch(
            self._opened, request, lambda entity: self._place(request.service, entity).model
        )

    @operation(repeatable=True, returns=posting.RESULT)
    async def post_journal_entry(self, request: PostJournalEntry) -> dict[str, Any]:
        """Posts a journal entry at once, by SAP's SOAP service for them.

        Safe to repeat: SAP is asked for the reference before anything is posted, and again when no answer came
        (`journal_entry_lookup` says where); a document that is found is taken as ours, and `adopted` is true.
        Unknown fields, and debits and credits that differ, are refused before anything is sent. What SAP refuses
        is told with SAP's own messages. It does not clear open items.
        """
        lookup, config = self.config.journal_entry_lookup, self.config
        place = self._place(lookup.service, lookup.entity)
        key = {lookup.reference: request.reference.strip(), lookup.company_code: request.company_code.strip()}
        with named_fields(self.connection):
            message = message_of(
                request,
                connection=self.connection,
                user=config.user or "FLOWRUN",
                own=config.journal_entry_fields,
            )
            found = posting.Posting(self._opened, self._wire, place, key, message)
            return (await found.carried_out(self._turns)).as_record()

    async def pull_metadata(self, service: str) -> bytes:
        """The service's `$metadata`, to be kept in the project. Raises `Rejected` when it cannot be read."""
        answer = await self._opened.read(service, "$metadata", accept="application/xml")
        try:
            metadata.parsed(answer.content)
        except metadata.MetadataError as error:
            raise Rejected(
                f"{self.connection}: {service}: {error}", Cause("bad-metadata", connection=self.connection)
            ) from error
        return answer.content

    @classmethod
    def compare_metadata(cls, before: bytes, after: bytes) -> list[MetadataChange]:
        """What is different between two `$metadata` documents of one service. Raises `MetadataError`."""
        return metadata_changes.changes(metadata.parsed(before), metadata.parsed(after))

    @classmethod
    def target_of(cls, constants: Mapping[str, Any]) -> str:
        """What an operation works on, as `SERVICE/ENTITY`; empty for one that names no service."""
        service = str(constants.get("service", ""))
        return f"{service}/{constants.get('entity', '')}" if service else ""

    def pretend(self, operation_name: str, parameters: Mapping[str, Any]) -> Any:
        """What was sent, with placeholders for the keys that SAP assigns."""
        if isinstance(parameters.get("changes"), list):
            return batch_results.pretended(parameters["changes"])
        if operation_name == "post_journal_entry":
            return posting.pretended(parameters, shapes.PLACEHOLDER)
        place = self._place(str(parameters.get("service", "")), str(parameters.get("entity") or ""))
        if operation_name == "call":
            given = parameters.get("parameters")
            given = given if isinstance(given, Mapping) else {}
            return answer_of_call(place.model, str(parameters.get("function", "")), place.entity, given)
        return shapes.pretended(operation_name, parameters, place)

    @classmethod
    def result_shape(cls, operation_name: str, constants: Mapping[str, Any], facts: Facts) -> Shape:
        """What metadata tells of the result; what the operation declares where it declares something."""
        declared = cls.operations()[operation_name].returns
        return shapes.of_result(operation_name, constants, facts) if declared == ANYTHING else declared

    @classmethod
    def target_shape(cls, target: str, facts: Facts) -> Record | str:
        """The entity `SERVICE/ENTITY`, or why it is not known."""
        return shapes.of_target(target, facts)

    @property
    def _opened(self) -> Session:
        if self._session is None:
            raise RuntimeError("the connector is not open")
        return self._session

    @property
    def _wire(self) -> Client:
        if self._client is None:
            raise RuntimeError("the connector is not open")
        return self._client

    def _place(self, service: str, entity: str) -> Place:
        found = metadata.known(self.surroundings.metadata, service)
        return Place(service, entity, Model.made(found, entity, self.config.path_of(service)))

    async def _pages(
        self, request: First, *, limit: int | None, page_size: int | None
    ) -> AsyncIterator[list[dict[str, Any]]]:
        place = self._place(request.service, request.entity)
        asked = self._wanted(request, place, limit=limit, page_size=page_size)
        async for rows in reading.pages(self._opened, place, asked):
            yield [row.record for row in rows]

    def _wanted(
        self, request: First, place: Place, *, limit: int | None, page_size: int | None
    ) -> reading.Wanted:
        with named_fields(self.connection):
            names([request.entity], "entity")
            return reading.wanted(
                place.model,
                where=request.where,
                select=request.select,
                expand=request.expand,
                order_by=request.order_by,
                limit=limit,
                page_size=page_size,
            )
