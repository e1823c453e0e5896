"""Entities between JSON and flows: what SAP wraps around its data goes aside, typed values come out.

`{"d": …}`, `results`, `__metadata`, `@odata.…`, `SAP__Messages` and links that were not followed are SAP's
business and never reach a flow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flowrun.component.http import NotJson, decode
from flowrun_connectors.sap.odata.dialect import Dialect, Message, UnreadableError
from flowrun_connectors.sap.odata.literals import BadLiteralError
from flowrun_connectors.sap.odata.metadata import Entity, Service
from flowrun_connectors.sap.odata.v2 import V2
from flowrun_connectors.sap.odata.v4 import V4


@dataclass(frozen=True, slots=True)
class Model:
    """What is known of one entity set, and the version of OData that its service speaks. Service and entity
    are None as long as the metadata was not pulled.
    """

    service: Service | None = None
    entity: Entity | None = None
    dialect: Dialect = V2

    @classmethod
    def made(cls, service: Service | None, entity_set: str, path: str) -> Model:
        """The version is what metadata says; without it, `odata4` in the service's path tells it."""
        if service is None:
            return cls(dialect=V4 if "/odata4/" in path else V2)
        return cls(service, service.entity(entity_set), V4 if service.version == V4.version else V2)

    def behind(self, navigation: str) -> Model:
        """The model of what a navigation leads to."""
        if self.service is None:
            return self
        return Model(self.service, self.service.target(self.entity, navigation), self.dialect)

    def returned(self, type_name: str) -> Model:
        """The model of what a function returns."""
        types = self.service.types if self.service is not None else {}
        return Model(self.service, types.get(type_name), self.dialect)

    def of(self, name: str) -> Any:
        """The property of this name, or None."""
        return self.entity.properties.get(name) if self.entity is not None else None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entity as it was read: its record, and what is needed to change it."""

    record: dict[str, Any]
    etag: str = ""
    uri: str = ""
    messages: tuple[Message, ...] = ()

    def segment(self, entity_set: str) -> str:
        """Its own part of the address, such as `A_SalesOrder('1')`; empty when SAP did not tell."""
        at = self.uri.rfind(f"/{entity_set}(")
        return self.uri[at + 1 :] if at >= 0 else ""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list. `more` are the query options of the next part, empty at the end."""

    entries: tuple[Entry, ...]
    more: tuple[tuple[str, str], ...]


def entry_of(body: bytes, model: Model, etag: str = "", headers: Mapping[str, str] | None = None) -> Entry:
    """The single entity in a body, with what the headers say about it. Raises `UnreadableError`."""
    data = model.dialect.unwrapped(_decoded(body))
    if not isinstance(data, Mapping) or not data or model.dialect.rows(data) is not None:
        raise UnreadableError("the answer holds no entity")
    found = _entry(data, model)
    messages = model.dialect.messages(headers or {}, data)
    return Entry(found.record, etag or found.etag, found.uri, messages)


def said_with(headers: Mapping[str, str], body: bytes, model: Model) -> tuple[Message, ...]:
    """What SAP had to say about a success, in its headers or in the entity of the body, which may be empty.
    Raises `UnreadableError`.
    """
    data = model.dialect.unwrapped(_decoded(body)) if body.strip() else None
    return model.dialect.messages(headers, data)


def messages_in(headers: Mapping[str, str], body: bytes, model: Model) -> tuple[Message, ...]:
    """The same of a success that counts whatever its body is. Never raises."""
    try:
        return said_with(headers, body, model)
    except UnreadableError:
        return model.dialect.messages(headers, None)


def page_of(body: bytes, model: Model) -> Page:
    """The entities in a body, and where the list goes on. Raises `UnreadableError`.

    Only the query of the next address is used: behind a gateway SAP gives the name it knows itself by, and
    credentials go to the address in the settings only.
    """
    found = model.dialect.rows(model.dialect.unwrapped(_decoded(body)))
    if found is None:
        raise UnreadableError("the answer holds no list")
    rows, following = found
    more = tuple(parse_qsl(urlsplit(following).query, keep_blank_values=True)) if following else ()
    return Page(tuple(_entry(row, model) for row in rows if isinstance(row, Mapping)), more)


def body_of(data: Mapping[str, Any], model: Model) -> dict[str, Any]:
    """A record as SAP takes it, with nested lists as arrays. Raises `BadLiteralError` with the path of the
    field first.
    """
    return {name: _sent(name, value, model) for name, value in data.items()}


def _sent(name: str, value: Any, model: Model) -> Any:
    try:
        if isinstance(value, Mapping):
            return body_of(value, model.behind(name))
        if isinstance(value, list | tuple):
            inner = model.behind(name)
            return [
                body_of(item, inner) if isinstance(item, Mapping) else model.dialect.to_json(item)
                for item in value
            ]
        return model.dialect.to_json(value, model.of(name))
    except BadFieldError as error:
        raise BadFieldError(f"{name}.{error.field}", error.reason) from error
    except BadLiteralError as error:
        raise BadFieldError(name, str(error)) from error


class BadFieldError(BadLiteralError):
    """A field whose value cannot be sent."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"`{field}` {reason}")
        self.field = field
        self.reason = reason


def record_of(data: Mapping[str, Any], model: Model) -> dict[str, Any]:
    """An entity's own fields, typed, and those nested in it. Raises `UnreadableError` when a nested list is
    not all there.
    """
    return {
        name: value_of(name, value, model)
        for name, value in data.items()
        if model.dialect.is_field(name, value)
    }


def value_of(name: str, value: Any, model: Model) -> Any:
    """The value of a field, typed as metadata says."""
    value = model.dialect.nested(value)
    if isinstance(value, Mapping):
        return record_of(value, model.behind(name))
    if isinstance(value, list):
        inner = model.behind(name)
        return [record_of(item, inner) if isinstance(item, Mapping) else item for item in value]
    try:
        return model.dialect.from_json(value, model.of(name))
    except ValueError:  # SAP says one type and sends another: as it came is better than not at all
        return value


def _decoded(body: bytes) -> Any:
    try:
        return decode(body)
    except NotJson as error:
        raise UnreadableError("the answer is not JSON") from error


def _entry(data: Mapping[str, Any], model: Model) -> Entry:
    return Entry(record_of(data, model), *model.dialect.about(data))
