"""Events as the CloudEvents 1.0 standard writes them: as one JSON record, or with its fields in headers.

SAP's events are such records. The record that a flow sees is the same for both ways of writing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from flowrun.component.http import NotJson, decode

FIELDS = ("id", "type", "source", "subject", "time")
_NEEDED = ("id", "type", "source")
_STRUCTURED = "application/cloudevents+json"
_BATCH = "application/cloudevents-batch"


class NotAnEventError(ValueError):
    """It says that it is a CloudEvent, and is none. The text says what is wrong with it."""


def event_of(headers: Mapping[str, str], body: bytes) -> dict[str, Any] | None:
    """The event in a message, with `id`, `type`, `source`, `subject`, `time`, `data`, and `topic` where Event
    Mesh says in the header x-address under which it was published.

    None when the message does not say that it is a CloudEvent. S/4HANA writes them as `application/json`, so
    a record with `specversion` counts as well. Headers are found whatever their case. Raises `NotAnEventError`.
    """
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind.startswith(_BATCH):
        raise NotAnEventError("it is a batch of events, and they are taken one at a time")
    if headers.get("ce-specversion") is not None and kind != _STRUCTURED:
        return _event(_in_headers(headers), _content(kind, body), headers)
    try:
        record = decode(body)
    except NotJson as error:
        if kind == _STRUCTURED:
            raise NotAnEventError(f"it is not JSON: {error}") from error
        return None
    if isinstance(record, dict) and (kind == _STRUCTURED or "specversion" in record):
        return _event(record, _data(record), headers)
    if kind == _STRUCTURED:
        raise NotAnEventError("it is not one JSON record")
    return None


def _event(record: Mapping[str, Any], data: Any, headers: Mapping[str, str]) -> dict[str, Any]:
    version = record.get("specversion")
    if version != "1.0":
        raise NotAnEventError(f"its `specversion` is {version!r}, and 1.0 is known"[:200])
    for name in _NEEDED:
        if not isinstance(record.get(name), str) or not record[name]:
            raise NotAnEventError(f"it has no `{name}`")
    for name in FIELDS:
        if not isinstance(record.get(name), str | None):
            raise NotAnEventError(f"its `{name}` is not a text")
    address = headers.get("x-address", "")
    topic = address.removeprefix("topic:") if address.startswith("topic:") else None
    return {**{name: record.get(name) for name in FIELDS}, "topic": topic, "data": data}


def _in_headers(headers: Mapping[str, str]) -> dict[str, str]:
    names = ("specversion", *FIELDS)
    return {name: unquote(value) for name in names if (value := headers.get(f"ce-{name}")) is not None}


def _data(record: Mapping[str, Any]) -> Any:
    if "data_base64" in record:
        raise NotAnEventError("its data is binary")
    return record.get("data")


def _content(kind: str, body: bytes) -> Any:
    if not body:
        return None
    if kind and kind != "application/json" and not kind.endswith("+json"):
        raise NotAnEventError(f"its data is {kind}, not JSON"[:200])
    try:
        return decode(body)
    except NotJson as error:
        raise NotAnEventError(f"its data is not JSON: {error}") from error
