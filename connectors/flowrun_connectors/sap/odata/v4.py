"""OData V4 as S/4HANA speaks it: plain ISO dates, annotations beside the data instead of a wrapper around it.

Decimals and 64-bit integers travel as texts (`IEEE754Compatible=true`), so that no reader on the way makes
floats of them; a server that sends numbers all the same is understood too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from flowrun_connectors.sap.odata.dialect import SEVERITIES, IncompleteError, Message, UnreadableError
from flowrun_connectors.sap.odata.literals import (
    DECIMALS,
    BadLiteralError,
    clock,
    day_or_moment,
    decimal,
    digits,
    named,
    typed,
    utc_text,
    with_zone,
)
from flowrun_connectors.sap.odata.metadata import Property

_JSON = "application/json;IEEE754Compatible=true"
_VERSION = {"OData-Version": "4.0", "OData-MaxVersion": "4.0"}
_TEXTUAL = ("Edm.String", "Edm.Decimal", "Edm.Int64")
_FLOATS = ("Edm.Double", "Edm.Single")
MESSAGES = "SAP__Messages"


class _V4:
    version = 4
    reading: Mapping[str, str] = {"Accept": _JSON, "OData-MaxVersion": "4.0"}
    writing: Mapping[str, str] = {"Accept": _JSON, "Content-Type": _JSON, **_VERSION}

    def in_address(self, value: Any, of: Property | None = None) -> str:
        value = _of_its_type(value, of)
        match value:
            case None:
                return "null"
            case bool():
                return "true" if value else "false"
            case int() | Decimal():
                return digits(value)
            case date() | time() | UUID():
                return _plain(value)
            case str():
                return "'" + value.replace("'", "''") + "'"
            case _:
                raise BadLiteralError(f"cannot be {named(value)} here")

    def to_json(self, value: Any, of: Property | None = None) -> Any:
        """Decimals and long integers as texts, as the content type promises."""
        value = _of_its_type(value, of)
        match value:
            case Decimal():
                text = digits(value)
                return value if of is not None and of.type in _FLOATS else text
            case date() | time() | UUID():
                return _plain(value)
            case None | bool() | str():
                return value
            case int():
                return str(value) if of is not None and of.type in _TEXTUAL else value
            case _:
                raise BadLiteralError(f"cannot be {named(value)}")

    def from_json(self, value: Any, of: Property | None = None) -> Any:
        """Without metadata nothing tells a decimal, a day or a moment from a text, so they stay texts."""
        kind = of.type if of is not None else ""
        if not isinstance(value, str):
            whole = isinstance(value, int) and not isinstance(value, bool)
            return Decimal(value) if whole and kind in DECIMALS else value
        if kind in DECIMALS:
            return decimal(value)
        if kind == "Edm.Int64":
            return int(value)
        if kind in ("Edm.Date", "Edm.DateTimeOffset"):
            return day_or_moment(value)
        return clock(value).isoformat() if kind in ("Edm.TimeOfDay", "Edm.Time") else value

    def contains(self, name: str, literal: str) -> str:
        return f"contains({name},{literal})"

    def selection(self, select: Sequence[str], expand: Sequence[str]) -> dict[str, str]:
        """A path becomes options nested in those of the link: `_Item($expand=_PricingElement)`."""
        tree = _Branch()
        for path in expand:
            tree.at(path.split("/"))
        for path in select:
            *links, name = path.split("/")
            tree.at(links).select.append(name)
        return tree.options()

    def unwrapped(self, data: Any) -> Any:
        if not isinstance(data, Mapping) or "error" in data:
            raise UnreadableError("the answer is JSON, but not OData")
        return data

    def rows(self, data: Any) -> tuple[list[Any], str] | None:
        rows = data.get("value") if isinstance(data, Mapping) else None
        if not isinstance(rows, list):
            return None
        return rows, str(data.get("@odata.nextLink") or data.get("@nextLink") or "")

    def about(self, entity: Mapping[str, Any]) -> tuple[str, str]:
        """Its address comes only where it differs from the usual one, so it is mostly made of its key."""
        return str(entity.get("@odata.etag") or ""), str(entity.get("@odata.id") or "")

    def is_field(self, name: str, value: Any) -> bool:
        if name.endswith("@odata.nextLink") and value:
            raise IncompleteError("SAP gives only a part of a nested list; read that list by itself")
        return "@" not in name and not name.startswith("SAP__")

    def nested(self, value: Any) -> Any:
        return value

    def messages(self, headers: Mapping[str, str], entity: Any) -> tuple[Message, ...]:
        """The header `sap-messages`, and `SAP__Messages` of the entity itself."""
        try:
            told = json.loads(unquote(headers.get("sap-messages", "")))
        except ValueError:
            told = []
        bound = entity.get(MESSAGES) if isinstance(entity, Mapping) else []
        rows = [*(told if isinstance(told, list) else []), *(bound if isinstance(bound, list) else [])]
        return tuple(_message(row) for row in rows if isinstance(row, Mapping))


V4 = _V4()


class _Branch:
    """What is wanted of an entity, and of those that it leads to."""

    def __init__(self) -> None:
        self.select: list[str] = []
        self.expand: dict[str, _Branch] = {}

    def at(self, links: Sequence[str]) -> _Branch:
        """The branch at the end of these links."""
        found = self
        for link in links:
            found = found.expand.setdefault(link, _Branch())
        return found

    def options(self) -> dict[str, str]:
        found: dict[str, str] = {}
        if self.expand:
            found["$expand"] = ",".join(name + branch.nested() for name, branch in self.expand.items())
        if self.select:
            found["$select"] = ",".join(self.select)
        return found

    def nested(self) -> str:
        options = ";".join(f"{name}={value}" for name, value in self.options().items())
        return f"({options})" if options else ""


def _of_its_type(value: Any, of: Property | None) -> Any:
    """A day where a moment is wanted is its midnight."""
    value = typed(value, of)
    if of is not None and of.type == "Edm.DateTimeOffset" and type(value) is date:
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - taken for UTC below
    return value


def _plain(value: date | time | UUID) -> str:
    if isinstance(value, datetime):
        return f"{utc_text(with_zone(value))}Z"
    return str(value) if isinstance(value, UUID) else value.isoformat()


def _message(row: Mapping[str, Any]) -> Message:
    severity = str(row.get("severity") or row.get("numericSeverity") or "")
    found = {name: str(row.get(name) or "") for name in ("code", "message", "target")}
    return {**found, "severity": SEVERITIES.get(severity, severity)}
