"""Connector: SAP S/4HANA."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowrun.component import Connector, Facts, operation
from flowrun.component.http import Client, client
from flowrun.errors import Cause, ConfigurationError, Rejected
from flowrun.expressions.shapes import ANYTHING, BOOLEAN, TEXT, Many, Record, Shape, record
from flowrun.expressions.suggest import did_you_mean
from flowrun_connectors.sap.odata import metadata
from flowrun_connectors.sap.odata.entities import BadFieldError, Entry, Model, body_of
from flowrun_connectors.sap.odata.filters import condition, names, ordering, segment
from flowrun_connectors.sap.odata.session import NOT_FOUND, Session
from flowrun_connectors.sap.requests import Create, First, Get, List, Update, Upsert
from flowrun_connectors.sap.settings import SapConfig
from flowrun_connectors.sap.upsert import Outcome, Place, Turns, update, upsert

PLACEHOLDER = "(assigned by SAP)"
MESSAGE = record("message", code=TEXT, message=TEXT, severity=TEXT, target=TEXT)
OUTCOME: Mapping[str, Shape] = {"action": TEXT, "adopted": BOOLEAN, "messages": Many(MESSAGE)}


class Sap(Connector[SapConfig]):
    """Reads and writes the OData V2 services of S/4HANA.

    Tokens, cookies, ETags and server paging are taken care of. Locks and overload are tried again later,
    business errors reject the record, refused credentials and missing services pause the connection.
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
    _session: Session | None = None

    async def open(self) -> None:
        """Makes the client. Sends nothing."""
        config = self.config
        self._turns = Turns()
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
            auth=(config.user, config.password.reveal()),
            verify=_trust(self.connection, config.ca_file),
        )
        self._session = Session(self.connection, config, self._client)

    async def close(self) -> None:
        """Closes the client. Twice is fine."""
        if self._client is not None:
            await self._client.close()

    async def probe(self) -> None:
        """Reads the service document of `probe_service`."""
        await self._opened.read(self.config.probe_service, "")

    @operation(reads=True)
    async def get(self, request: Get) -> dict[str, Any] | None:
        """Reads one entity by its key.

        Linked entities are in the result only when `expand` names them.
        """
        place = self._place(request.service, request.entity)
        with _named_fields(self.connection):
            path = segment(request.entity, request.key, place.model)
            options = _selection(request)
        try:
            entry = await self._opened.read_entry(request.service, path, place.model, options)
        except Rejected as error:
            if request.must_exist or error.cause.code != NOT_FOUND:
                raise
            return None
        return entry.record

    @operation(reads=True)
    async def list_(self, request: List) -> list[dict[str, Any]]:
        """Reads all entities for which `where` holds, page after page."""
        return [entry.record for entry in await self._list(request, request.limit)]

    @operation(reads=True)
    async def first(self, request: First) -> dict[str, Any] | None:
        """Reads the first entity for which `where` holds. Null when there is none."""
        found = await self._list(request, 1)
        return found[0].record if found else None

    @operation()
    async def create(self, request: Create) -> dict[str, Any]:
        """Creates an entity, with everything nested in it, in one go.

        Not safe to repeat: use `upsert` wherever a business key exists.
        """
        place = self._place(request.service, request.entity)
        with _named_fields(self.connection):
            body = body_of(request.data, place.model)
        written = await self._opened.create(request.service, request.entity, body, place.model)
        return Outcome(written.entry, "created", messages=written.messages).as_record(nested=True)

    @operation(repeatable=True)
    async def update(self, request: Update) -> dict[str, Any]:
        """Changes fields of an entity, and only those that differ.

        Nothing is overwritten blindly: when somebody else changed the entity meanwhile, it is read and
        compared again. Nested records and lists are not compared and not sent. The result is the entity as it
        is afterwards; `action` says `updated` or `unchanged`.
        """
        place = self._place(request.service, request.entity)
        with _named_fields(self.connection):
            path = segment(request.entity, request.key, place.model)
            outcome = await update(self._opened, place, path, request.data)
        return outcome.as_record(nested=False)

    @operation(repeatable=True)
    async def upsert(self, request: Upsert) -> dict[str, Any]:
        """Creates an entity, or brings it up to date when one with the same business key exists.

        Safe to repeat: SAP is asked for the fields in `by` before anything is created, and again when no
        answer came to a create, so that nothing is created twice. Then `adopted` is true. `action` says
        `created`, `updated` or `unchanged`, `messages` holds what SAP warned of. The result has the entity's
        own fields; read nested ones with `get` and `expand`. On an update only the entity's own fields are
        compared and sent, never nested lists.
        """
        place = self._place(request.service, request.entity)
        with _named_fields(self.connection):
            outcome = await upsert(self._opened, place, request.by, request.data, self._turns)
        return outcome.as_record(nested=False)

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

    def pretend(self, operation_name: str, parameters: Mapping[str, Any]) -> Any:
        """What was sent, with placeholders for the keys that SAP assigns."""
        data = parameters.get("data")
        if not isinstance(data, Mapping):
            return dict(parameters)
        entity = str(parameters.get("entity", ""))
        model = self._place(str(parameters.get("service", "")), entity).model
        keys = model.entity.keys if model.entity is not None else (entity.removeprefix("A_"),)
        key = parameters.get("key")
        assigned = (
            dict(key)
            if isinstance(key, Mapping)
            else dict.fromkeys(keys, PLACEHOLDER if key is None else key)
        )
        own = (
            data
            if operation_name == "create"
            else {n: v for n, v in data.items() if not isinstance(v, list | Mapping)}
        )
        action = "updated" if operation_name == "update" else "created"
        filled = {name: value for name, value in own.items() if value not in (None, "")}
        return {**own, **assigned, **filled, "action": action, "adopted": False, "messages": []}

    @classmethod
    def result_shape(cls, operation_name: str, constants: Mapping[str, Any], facts: Facts) -> Shape:
        """The entity's fields as metadata tells them; those of linked entities when `expand` names them."""
        service = metadata.known(facts.metadata, str(constants.get("service", "")))
        entity = service.entity(str(constants.get("entity", ""))) if service is not None else None
        if service is None or entity is None:
            return ANYTHING
        whole = service.record(entity)
        if operation_name in ("get", "list", "first"):
            found = _chosen(whole, entity, constants.get("select") or [], constants.get("expand") or [])
            return Many(found) if operation_name == "list" else found
        kept = entity.properties if operation_name != "create" else whole.fields
        return Record({**{name: whole.fields[name] for name in kept}, **OUTCOME}, name=entity.name)

    @classmethod
    def target_shape(cls, target: str, facts: Facts) -> Record | str:
        """The entity `SERVICE/ENTITY`, or why it is not known."""
        service_name, _, entity_name = target.partition("/")
        if not entity_name:
            return (
                f"`{target}` names no entity; write SERVICE/ENTITY, such as API_SALES_ORDER_SRV/A_SalesOrder"
            )
        service = metadata.known(facts.metadata, service_name)
        if service is None:
            pulled = (
                sorted(path.stem for path in facts.metadata.glob("*.xml"))
                if facts.metadata is not None
                else []
            )
            help_ = did_you_mean(service_name, pulled)
            near = f"{help_} Or run" if help_.startswith("did") else "run"
            return (
                f"nothing is known of the service `{service_name}`; {near} `flowrun metadata pull CONNECTION`"
            )
        entity = service.entity(entity_name)
        if entity is None:
            return (
                f"`{service_name}` has no entity `{entity_name}`; {did_you_mean(entity_name, service.sets)}"
            )
        return service.record(entity)

    @property
    def _opened(self) -> Session:
        if self._session is None:
            raise RuntimeError("the connector is not open")
        return self._session

    def _place(self, service: str, entity: str) -> Place:
        found = metadata.known(self.surroundings.metadata, service)
        return Place(service, entity, Model(found, found.entity(entity)) if found is not None else Model())

    async def _list(self, request: First, limit: int | None) -> list[Entry]:
        place = self._place(request.service, request.entity)
        with _named_fields(self.connection):
            options = _selection(request)
            if request.where:
                options["$filter"] = condition(request.where, place.model)
            if request.order_by:
                options["$orderby"] = ordering(request.order_by)
        if limit is not None:
            options["$top"] = str(limit)
        path = names([request.entity], "entity")
        return await self._opened.read_list(request.service, path, place.model, options, limit=limit)


class _named_fields:  # noqa: N801 - reads as the statement it is used in
    """Turns a value that cannot be written into the rejection of the record, naming the field."""

    def __init__(self, connection: str) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, BadFieldError):
            cause = Cause("bad-value", target=error.field, connection=self._connection)
            raise Rejected(f"{self._connection}: {error}", cause) from error


def _selection(request: Get | First) -> dict[str, str]:
    options: dict[str, str] = {}
    if request.expand:
        options["$expand"] = names(request.expand, "expand")
    if request.select:
        options["$select"] = names([*request.select, *request.expand], "select")
    return options


def _chosen(whole: Record, entity: metadata.Entity, select: list[str], expand: list[str]) -> Record:
    """Own fields, or the selected ones, and below each expanded link the same."""
    own = [name for name in entity.properties if not select or name in select]
    fields: dict[str, Shape] = {name: whole.fields[name] for name in own}
    for name in dict.fromkeys(path.partition("/")[0] for path in expand):
        if name in entity.navigations:
            fields[name] = whole.fields[name]
    return Record(fields, name=whole.name)


def _trust(connection: str, ca_file: str | None) -> Any:
    if ca_file is None:
        return True
    import ssl  # noqa: PLC0415 - for connections with an authority of their own only

    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"{connection}: `ca_file` '{ca_file}' cannot be read as a certificate file"
        ) from error
