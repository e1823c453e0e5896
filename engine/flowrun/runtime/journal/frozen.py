"""Values as bytes and back, with their types kept: a run that is resumed must see exactly what it saw before."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder()


def freeze(value: Any) -> bytes:
    """JSON in which what JSON lacks is tagged: `{"$decimal": "1.50"}`, and so with `$date`, `$datetime` and `$time`.

    Raises TypeError for what no connector may return.
    """
    return _ENCODER.encode(_tagged(value))


def thaw(data: bytes) -> Any:
    """The value that was frozen."""
    return _untagged(_DECODER.decode(data))


def digest(value: Any) -> str:
    """A short name for exactly this value, whatever the order of its fields: for comparing requests without keeping
    their content."""
    return hashlib.sha256(msgspec.json.encode(_tagged(value), order="deterministic")).hexdigest()[:16]


def _tagged(value: Any) -> Any:
    match value:
        case None | bool() | int():
            return value
        case str():
            return str.__str__(value)
        case Decimal():
            return {"$decimal": str(value)}
        case datetime():
            return {"$datetime": value.isoformat()}
        case date():
            return {"$date": value.isoformat()}
        case time():
            return {"$time": value.isoformat()}
        case Mapping():
            record = {str(key): _tagged(item) for key, item in value.items()}
            return {"$record": record} if any(key.startswith("$") for key in record) else record
        case list() | tuple():
            return [_tagged(item) for item in value]
        case _:
            raise TypeError(f"a {type(value).__name__} cannot be kept in the journal")


def _untagged(value: Any) -> Any:
    if isinstance(value, list):
        return [_untagged(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((tag, content),) = value.items()
        match tag:
            case "$decimal":
                return Decimal(content)
            case "$datetime":
                return datetime.fromisoformat(content)
            case "$date":
                return date.fromisoformat(content)
            case "$time":
                return time.fromisoformat(content)
            case "$record":
                return {key: _untagged(item) for key, item in content.items()}
    return {key: _untagged(item) for key, item in value.items()}
