"""Entities between JSON and flows: what SAP wraps around its data goes aside, typed values come out.

`{"d": …}`, `results`, `__metadata` and links that were not followed are SAP's business and never reach a
flow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flowrun.component.http import NotJson, decode
from flowrun_connectors.sap.odata.literals import BadLiteralError, from_json, to_json
from flowrun_connectors.sap.odata.metadata import Entity, Service


@dataclass(frozen=True, slots=True)
class Model:
    """What is known of one entity set; both are None as long as its metadata was not pulled."""

    service: Service | None = None
    entity: Entity | None = None

    def behind(self, navigation: str) -> Model:
        """The model of what a navigation leads to."""
        if self.service is None:
            return self
        return Model(self.service, self.service.target(self.entity, navigation))

    def of(self, name: str) -> Any:
        """The property of this name, or None."""
        return self.entity.properties.get(name) if self.entity is not None else None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entity as it was read: its record, and what is needed to change it."""

    record: dict[str, Any]
    etag: str = ""
    uri: str = ""

    def segment(self, entity_set: str) -> str:
        """Its own part of the address, such as `A_SalesOrder('1')`; empty when SAP did not tell."""
        at = self.uri.rfind(f"/{entity_set}(")
        return self.uri[at + 1 :] if at >= 0 else ""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list. `more` are the query options of the next part, empty at the end."""

    entries: tuple[Entry, ...]
    more: tuple[tuple[str, str], ...]


class UnreadableError(ValueError):
    """The body is not what OData answers: a page of a proxy, a reply cut in half."""


def entry_of(body: bytes, model: Model, etag: str = "") -> Entry:
    """The single entity in a body. Raises `UnreadableError`."""
    data = _unwrapped(body)
    if not isinstance(data, Mapping) or not data or "results" in data:
        raise UnreadableError("the answer holds no entity")
    found = _entry(data, model)
    return Entry(found.record, etag or found.etag, found.uri)


def page_of(body: bytes, model: Model) -> Page:
    """The entities in a body, and where the list goes on. Raises `UnreadableError`.

    Only the query of the next address is used: behind a gateway SAP gives the name it knows itself by, and
    credentials go to the address in the settings only.
    """
    data = _unwrapped(body)
    rows = data.get("results") if isinstance(data, Mapping) else data
    if not isinstance(rows, list):
        raise UnreadableError("the answer holds no list")
    following = data.get("__next", "") if isinstance(data, Mapping) else ""
    more = tuple(parse_qsl(urlsplit(str(following)).query, keep_blank_values=True)) if following else ()
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
            return [body_of(item, inner) if isinstance(item, Mapping) else to_json(item) for item in value]
        return to_json(value, model.of(name))
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


def _unwrapped(body: bytes) -> Any:
    try:
        data = decode(body)
    except NotJson as error:
        raise UnreadableError("the answer is not JSON") from error
    if not isinstance(data, Mapping) or "d" not in data:
        raise UnreadableError("the answer is JSON, but not OData")
    return data["d"]


def _entry(data: Mapping[str, Any], model: Model) -> Entry:
    about = data.get("__metadata")
    about = about if isinstance(about, Mapping) else {}
    return Entry(
        _record(data, model), str(about.get("etag") or ""), str(about.get("uri") or about.get("id") or "")
    )


def _record(data: Mapping[str, Any], model: Model) -> dict[str, Any]:
    return {
        name: _value(name, value, model)
        for name, value in data.items()
        if name != "__metadata" and not (isinstance(value, Mapping) and "__deferred" in value)
    }


def _value(name: str, value: Any, model: Model) -> Any:
    if isinstance(value, Mapping):
        rows = value.get("results")
        return _value(name, rows, model) if isinstance(rows, list) else _record(value, model.behind(name))
    if isinstance(value, list):
        inner = model.behind(name)
        return [_record(item, inner) if isinstance(item, Mapping) else item for item in value]
    try:
        return from_json(value, model.of(name))
    except ValueError:  # SAP says one type and sends another: as it came is better than not at all
        return value
