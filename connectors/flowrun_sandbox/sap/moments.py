"""Teaches mock-sap the type ``Edm.DateTimeOffset``.

mock-sap knows moments only as ``Edm.DateTime``; S/4HANA's change stamps, which are its ETags, are offsets:
``/Date(1130168212000+0000)/`` in JSON, ``datetimeoffset'…Z'`` in filters, and in the ETag
``W/"datetimeoffset'2019-01-09T08%3A41%3A03.6829150Z'"``. There is no registry for types, so the functions
that read and write values are wrapped, wherever mock-sap has imported them by name.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote

from mocksap import metadata, money, odata, odata4
from mocksap.schema import EntityType, Prop

from flowrun_sandbox.sap.version4 import exact

_DAYS_AND_MOMENTS = "Edm.DateTimeOffset"
_TOO_FINE = re.compile(r"(\.\d{6})\d+")
_DURATION = re.compile(r"PT(\d\d)H(\d\d)M(\d\d)S")
_CLOCK = re.compile(r"(\d\d):(\d\d):(\d\d)")


def replace(module: Any, name: str, make: Callable[[Any], Any]) -> None:
    """``make`` gets the old function and gives the new one, for every mock-sap module that holds the old."""
    old = getattr(module, name)
    new = make(old)
    for known in [found for key, found in sys.modules.items() if key.split(".")[0] == "mocksap"]:
        if getattr(known, name, None) is old:
            setattr(known, name, new)


def install() -> None:
    """Wraps the functions. To be called once in a process."""
    replace(odata, "_parse_datetime", _parse_fine)
    replace(odata, "to_json_value", _to_json)
    replace(odata4, "to_json_value", _to_json_v4)
    replace(odata, "to_db_value", _to_db)
    replace(odata, "etag_for", _etag)
    replace(odata, "key_predicate", _key_predicate)
    replace(odata4, "edm_type", _edm_type_v4)
    replace(metadata, "_property_attrs", _attributes)


def _parse_fine(plain: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """S/4HANA counts in units of 100 ns, one digit more than Python reads."""
    return lambda value: plain(_TOO_FINE.sub(r"\1", value) if isinstance(value, str) else value)


def _to_json(plain: Callable[[Prop, Any], Any]) -> Callable[[Prop, Any], Any]:
    def to_json(prop: Prop, value: Any) -> Any:
        if prop.type == "Edm.Time":
            return value or None
        if prop.type != _DAYS_AND_MOMENTS:
            return plain(prop, value)
        moment = odata._parse_datetime(value) if value else None
        if moment is None:
            return None
        return f"/Date({round((moment - odata.EPOCH).total_seconds() * 1000)}+0000)/"

    return to_json


def _to_json_v4(plain: Callable[[Prop, Any], Any]) -> Callable[[Prop, Any], Any]:
    """V4 has a type of its own for days and one for the time of day, and one for moments alone."""

    def to_json(prop: Prop, value: Any) -> Any:
        if value is None:
            return "" if prop.type == "Edm.String" else None
        if prop.type == "Edm.DateTime" and _is_ours(prop):
            return str(value)[:10] or None
        if prop.type == "Edm.Decimal" and exact.get():
            return money.text(value, money.scale_of(prop))
        if prop.type == "Edm.Time":
            return _DURATION.sub(r"\1:\2:\3", str(value)) or None
        if prop.type == _DAYS_AND_MOMENTS:
            return plain(Prop(prop.name, "Edm.DateTime"), value) if value else None
        return plain(prop, value)

    return to_json


def _edm_type_v4(plain: Callable[[Prop], str]) -> Callable[[Prop], str]:
    def edm_type(prop: Prop) -> str:
        if prop.type == "Edm.DateTime" and _is_ours(prop):
            return "Edm.Date"
        return "Edm.TimeOfDay" if prop.type == "Edm.Time" else plain(prop)

    return edm_type


def _is_ours(prop: Prop) -> bool:
    """In our notation a DateTime is always a day; mock-sap's own properties hold moments in it, too."""
    return hasattr(prop, "is_day")


def _to_db(plain: Callable[[Prop, Any], Any]) -> Callable[[Prop, Any], Any]:
    def to_db(prop: Prop, value: Any) -> Any:
        if prop.type == "Edm.Time" and isinstance(value, str):
            return _CLOCK.sub(r"PT\1H\2M\3S", value)
        if prop.type != _DAYS_AND_MOMENTS or value is None:
            return plain(prop, value)
        moment: datetime | None = odata._parse_datetime(value)
        if moment is None:
            raise odata.SapError(f"Invalid value '{value}' for property '{prop.name}'", 400, target=prop.name)
        return moment.isoformat()

    return to_db


def _key_predicate(plain: Callable[[EntityType, Any], str]) -> Callable[[EntityType, Any], str]:
    """mock-sap writes a day or a GUID in a key as nobody can read it back."""
    prefixes = {"Edm.DateTime": "datetime", "Edm.Guid": "guid"}

    def key_predicate(entity: EntityType, row: Any) -> str:
        if not any(prop.type in prefixes for prop in entity.keys):
            return plain(entity, row)
        parts = []
        for prop in entity.keys:
            quoted = str(odata.row_get(row, prop.name, "")).replace("'", "''")
            parts.append(f"{prop.name}={prefixes.get(prop.type, '')}'{quoted}'")
        return f"({','.join(parts)})"

    return key_predicate


def _etag(plain: Callable[[EntityType, Any], str | None]) -> Callable[[EntityType, Any], str | None]:
    def etag(entity: EntityType, row: Any) -> str | None:
        stamps = entity.concurrency_props
        if not stamps or stamps[0].type != _DAYS_AND_MOMENTS:
            return plain(entity, row)
        moment = odata._parse_datetime(row[stamps[0].name] or "")
        text = f"{moment:%Y-%m-%dT%H:%M:%S.%f}0Z" if moment else ""
        return f"W/\"datetimeoffset'{quote(text, safe='')}'\""

    return etag


def _attributes(plain: Callable[..., str]) -> Callable[..., str]:
    def attributes(prop: Prop, namespace: str = "") -> str:
        text = plain(prop, namespace)
        return text + ' sap:display-format="Date"' if getattr(prop, "is_day", False) else text

    return attributes
