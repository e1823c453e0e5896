"""Typed values as OData V2 writes them, in addresses and in JSON, and back.

The type of a property decides, as far as the service's metadata is known; otherwise the Python type of the
value does. No text is ever pasted into an address: what is not of a type written here is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from flowrun_connectors.sap.odata.metadata import Property

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_DATE = re.compile(r"/Date\((-?\d+)([+-]\d+)?\)/")
_TIME = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_NUMBER_SUFFIX = {"Edm.Decimal": "M", "Edm.Int64": "L", "Edm.Double": "d", "Edm.Single": "f"}
_DECIMALS = frozenset({"Edm.Decimal", "Edm.Double", "Edm.Single"})
_INTEGERS = frozenset({"Edm.Int16", "Edm.Int32", "Edm.Int64", "Edm.Byte", "Edm.SByte"})


class BadLiteralError(ValueError):
    """The value cannot be of the property's type. The message goes behind the property's name."""


def in_address(value: Any, of: Property | None = None) -> str:
    """The value as a literal of a key or a filter. Raises `BadLiteralError`."""
    value = typed(value, of)
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return _number(value, of)
        case datetime():
            moment = value if value.tzinfo else value.replace(tzinfo=UTC)
            without_zone = of.type == "Edm.DateTime" if of is not None else value.tzinfo is None
            if without_zone:
                return f"datetime'{_iso(moment)}'"
            return f"datetimeoffset'{_iso(moment)}Z'"
        case date():
            offset = of is not None and of.type == "Edm.DateTimeOffset"
            return (
                f"datetimeoffset'{value.isoformat()}T00:00:00Z'"
                if offset
                else f"datetime'{value.isoformat()}T00:00:00'"
            )
        case time():
            return f"time'{_duration(value)}'"
        case UUID():
            return f"guid'{value}'"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case _:
            raise BadLiteralError(f"cannot be {_named(value)} here")


def to_json(value: Any, of: Property | None = None) -> Any:
    """The value as it stands in a body: decimals as texts, days and moments as `/Date(…)/`. Raises
    `BadLiteralError`.
    """
    value = typed(value, of)
    match value:
        case Decimal():
            return format(value, "f")
        case datetime():
            if of is not None and of.date_only:
                return to_json(value.date())
            moment = value if value.tzinfo else value.replace(tzinfo=UTC)
            with_zone = of.type == "Edm.DateTimeOffset" if of is not None else value.tzinfo is not None
            return f"/Date({_milliseconds(moment)}{'+0000' if with_zone else ''})/"
        case date():
            midnight = datetime(value.year, value.month, value.day, tzinfo=UTC)
            with_zone = of is not None and of.type == "Edm.DateTimeOffset"
            return f"/Date({_milliseconds(midnight)}{'+0000' if with_zone else ''})/"
        case time():
            return _duration(value)
        case UUID():
            return str(value)
        case None | bool() | str():
            return value
        case int():
            return (
                str(value)
                if of is not None and of.type in ("Edm.String", "Edm.Decimal", "Edm.Int64")
                else value
            )
        case _:
            raise BadLiteralError(f"cannot be {_named(value)}")


def from_json(value: Any, of: Property | None = None) -> Any:
    """A value of a body as Python has it.

    Without metadata a decimal cannot be told from a text and stays one, and a moment at midnight without a
    zone is taken for a day. A time of day becomes a text such as 08:30:00.
    """
    if not isinstance(value, str):
        whole = isinstance(value, int) and not isinstance(value, bool)
        return Decimal(value) if whole and of is not None and of.type in _DECIMALS else value
    match = _DATE.fullmatch(value)
    if match is not None:
        return _moment(int(match[1]), match[2], of)
    kind = of.type if of is not None else ""
    if kind in _DECIMALS:
        return _decimal(value)
    if kind == "Edm.Int64":
        return int(value)
    return _time(value).isoformat() if kind == "Edm.Time" else value


def typed(value: Any, of: Property | None) -> Any:
    """The value brought to its property's type, where a text or a number stands for it.

    Raises `BadLiteralError`.
    """
    if of is None or value is None:
        return value
    if of.type == "Edm.String":
        return _text(value)
    if not isinstance(value, str):
        return value
    match = _DATE.fullmatch(value)
    if match is not None:
        return _moment(int(match[1]), match[2], None)
    read = _READERS.get(of.type)
    return read(value.strip()) if read is not None else value


def _text(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _moment(milliseconds: int, offset: str | None, of: Property | None) -> date | datetime:
    """The offset only tells where the clock hung; the milliseconds are UTC already."""
    moment = _EPOCH + milliseconds * _MILLISECOND
    midnight = moment.time() == time()
    is_day = of.date_only if of is not None else offset is None and midnight
    return moment.date() if is_day else moment


def _day_or_moment(text: str) -> date | datetime:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-03-14") else datetime.fromisoformat(text)
    except ValueError as error:
        raise BadLiteralError(
            f"must be a date, not '{text[:40]}'; `as: date` or `as: datetime` makes one"
        ) from error


def _decimal(text: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation as error:
        raise BadLiteralError(f"must be a number, not '{text[:40]}'; `as: decimal` makes one") from error
    if not found.is_finite():
        raise BadLiteralError(f"must be a number, not '{text[:40]}'")
    return found


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise BadLiteralError(f"must be a whole number, not '{text[:40]}'") from error


def _guid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise BadLiteralError(f"must be a GUID, not '{text[:40]}'") from error


def _time(text: str) -> time:
    clock = _CLOCK.fullmatch(text) or _TIME.fullmatch(text)
    hour, minute, second = (int(part or 0) for part in clock.groups()) if clock is not None else (24, 0, 0)
    try:
        return time(hour, minute, second)
    except ValueError as error:
        raise BadLiteralError(f"must be a time of day such as 08:30:00, not '{text[:40]}'") from error


def _number(value: int | Decimal, of: Property | None) -> str:
    if isinstance(value, Decimal) and not value.is_finite():
        raise BadLiteralError("must be a number")
    suffix = _NUMBER_SUFFIX.get(of.type, "") if of is not None else "M" if isinstance(value, Decimal) else ""
    return format(value, "f" if isinstance(value, Decimal) else "d") + suffix


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MILLISECOND


def _iso(moment: datetime) -> str:
    """Milliseconds only where there are some: the Gateway's parser takes both."""
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _duration(value: time) -> str:
    return f"PT{value.hour:02}H{value.minute:02}M{value.second:02}S"


def _boolean(text: str) -> bool | str:
    return {"true": True, "false": False}.get(text, text)


def _named(value: Any) -> str:
    return {dict: "a record", list: "a list", tuple: "a list", float: "a float"}.get(
        type(value), type(value).__name__
    )


_READERS: Mapping[str, Callable[[str], Any]] = {
    "Edm.DateTime": _day_or_moment,
    "Edm.DateTimeOffset": _day_or_moment,
    "Edm.Boolean": _boolean,
    "Edm.Guid": _guid,
    "Edm.Time": _time,
    **dict.fromkeys(_DECIMALS, _decimal),
    **dict.fromkeys(_INTEGERS, _integer),
}
