"""OData V2 as SAP Gateway speaks it: typed literals, `/Date(…)/`, decimals as texts, everything inside `d`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from flowrun_connectors.sap.odata.dialect import IncompleteError, Message, UnreadableError
from flowrun_connectors.sap.odata.literals import (
    DECIMALS,
    EPOCH,
    MILLISECOND,
    BadLiteralError,
    clock,
    decimal,
    digits,
    named,
    typed,
    utc_text,
    wire_moment,
    with_zone,
)
from flowrun_connectors.sap.odata.metadata import Property

_NUMBER_SUFFIX = {"Edm.Decimal": "M", "Edm.Int64": "L", "Edm.Double": "d", "Edm.Single": "f"}
_TEXTUAL = ("Edm.String", "Edm.Decimal", "Edm.Int64")


class _V2:
    version = 2
    reading: Mapping[str, str] = {"Accept": "application/json"}
    writing: Mapping[str, str] = {"Accept": "application/json", "Content-Type": "application/json"}

    def in_address(self, value: Any, of: Property | None = None) -> str:
        value = typed(value, of)
        match value:
            case None:
                return "null"
            case bool():
                return "true" if value else "false"
            case int() | Decimal():
                return digits(value) + _suffix(value, of)
            case datetime():
                without_zone = of.type == "Edm.DateTime" if of is not None else value.tzinfo is None
                moment = utc_text(with_zone(value))
                return f"datetime'{moment}'" if without_zone else f"datetimeoffset'{moment}Z'"
            case date():
                day = f"{value.isoformat()}T00:00:00"
                return f"datetimeoffset'{day}Z'" if _has_zone(of) else f"datetime'{day}'"
            case time():
                return f"time'{_duration(value)}'"
            case UUID():
                return f"guid'{value}'"
            case str():
                return "'" + value.replace("'", "''") + "'"
            case _:
                raise BadLiteralError(f"cannot be {named(value)} here")

    def to_json(self, value: Any, of: Property | None = None) -> Any:
        """Decimals as texts, days and moments as `/Date(…)/`."""
        value = typed(value, of)
        match value:
            case Decimal():
                return digits(value)
            case datetime():
                offset = _has_zone(of) if of is not None else value.tzinfo is not None
                return _wire(with_zone(value), offset=offset)
            case date():
                return _wire(datetime(value.year, value.month, value.day, tzinfo=UTC), offset=_has_zone(of))
            case time():
                return _duration(value)
            case UUID():
                return str(value)
            case None | bool() | str():
                return value
            case int():
                return str(value) if of is not None and of.type in _TEXTUAL else value
            case _:
                raise BadLiteralError(f"cannot be {named(value)}")

    def from_json(self, value: Any, of: Property | None = None) -> Any:
        """Without metadata a decimal cannot be told from a text and stays one, and a moment at midnight
        without a zone is taken for a day.
        """
        kind = of.type if of is not None else ""
        if not isinstance(value, str):
            whole = isinstance(value, int) and not isinstance(value, bool)
            return Decimal(value) if whole and kind in DECIMALS else value
        moment = wire_moment(value, of)
        if moment is not None:
            return moment
        if kind in DECIMALS:
            return decimal(value)
        if kind == "Edm.Int64":
            return int(value)
        return clock(value).isoformat() if kind == "Edm.Time" else value

    def contains(self, name: str, literal: str) -> str:
        return f"substringof({literal},{name})"

    def selection(self, select: Sequence[str], expand: Sequence[str]) -> dict[str, str]:
        """Links are named in `$select` too, or their entities stay away."""
        found = {"$expand": ",".join(expand)} if expand else {}
        return {**found, "$select": ",".join([*select, *expand])} if select else found

    def unwrapped(self, data: Any) -> Any:
        if not isinstance(data, Mapping) or "d" not in data:
            raise UnreadableError("the answer is JSON, but not OData")
        return data["d"]

    def rows(self, data: Any) -> tuple[list[Any], str] | None:
        if isinstance(data, list):
            return data, ""
        rows = data.get("results") if isinstance(data, Mapping) else None
        return (rows, str(data.get("__next") or "")) if isinstance(rows, list) else None

    def about(self, entity: Mapping[str, Any]) -> tuple[str, str]:
        said = entity.get("__metadata")
        if not isinstance(said, Mapping):
            return "", ""
        return str(said.get("etag") or ""), str(said.get("uri") or said.get("id") or "")

    def is_field(self, name: str, value: Any) -> bool:
        return name != "__metadata" and not (isinstance(value, Mapping) and "__deferred" in value)

    def nested(self, value: Any) -> Any:
        rows = self.rows(value) if isinstance(value, Mapping) else None
        if rows is None:
            return value
        if rows[1]:
            raise IncompleteError("SAP gives only a part of a nested list; read that list by itself")
        return rows[0]

    def messages(self, headers: Mapping[str, str], entity: Any) -> tuple[Message, ...]:
        """The header `sap-message`: one message with the others as its details."""
        try:
            first = json.loads(unquote(headers.get("sap-message", "")))
        except ValueError:
            return ()
        if not isinstance(first, dict):
            return ()
        details = first.get("details")
        rows = (first, *(details if isinstance(details, list) else ()))
        names = ("code", "message", "severity", "target")
        return tuple(
            {name: str(row.get(name) or "") for name in names} for row in rows if isinstance(row, dict)
        )


V2 = _V2()


def _suffix(value: int | Decimal, of: Property | None) -> str:
    if of is not None:
        return _NUMBER_SUFFIX.get(of.type, "")
    return "M" if isinstance(value, Decimal) else ""


def _has_zone(of: Property | None) -> bool:
    return of is not None and of.type == "Edm.DateTimeOffset"


def _wire(moment: datetime, *, offset: bool) -> str:
    return f"/Date({(moment - EPOCH) // MILLISECOND}{'+0000' if offset else ''})/"


def _duration(value: time) -> str:
    return f"PT{value.hour:02}H{value.minute:02}M{value.second:02}S"
