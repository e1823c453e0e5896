"""Values brought to the type of the property they are for, whatever version of OData is spoken.

The type of a property decides, as far as the service's metadata is known; otherwise the Python type of the
value does. How a typed value is written is the business of `v2` and `v4`. No text is ever pasted into an
address: what is not of a type written there is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from flowrun_connectors.sap.odata.metadata import Property

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
DECIMALS = frozenset({"Edm.Decimal", "Edm.Double", "Edm.Single"})
_DATE = re.compile(r"/Date\((-?\d+)([+-]\d+)?\)/")
_TIME = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?")
_INTEGERS = frozenset({"Edm.Int16", "Edm.Int32", "Edm.Int64", "Edm.Byte", "Edm.SByte"})
_MICROSECONDS = 6


class BadLiteralError(ValueError):
    """The value cannot be of the property's type. The message goes behind the property's name."""


def typed(value: Any, of: Property | None) -> Any:
    """The value brought to its property's type, where a text or a number stands for it.

    Raises `BadLiteralError`.
    """
    if of is None or value is None:
        return value
    if of.type == "Edm.String":
        return _text(value)
    if isinstance(value, str):
        value = _read(value, of)
    return value.date() if of.date_only and isinstance(value, datetime) else value


def wire_moment(text: str, of: Property | None) -> date | datetime | None:
    """The day or moment in `/Date(…)/`, V2's form in bodies; None when the text is something else.

    The offset only tells where the clock hung; the milliseconds are UTC already. Without metadata a moment
    at midnight without an offset is taken for a day.
    """
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    try:
        moment = EPOCH + int(match[1]) * MILLISECOND
    except OverflowError as error:
        raise BadLiteralError("must be a date between the years 1 and 9999") from error
    is_day = of.date_only if of is not None else match[2] is None and moment.time() == time()
    return moment.date() if is_day else moment


def with_zone(moment: datetime) -> datetime:
    """A moment without a zone is meant as SAP means it: in UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def utc_text(moment: datetime) -> str:
    """The moment in UTC without a zone's name. A fraction only where there is one: the Gateway's parser takes
    both.
    """
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    return text.rstrip("0").rstrip(".") if "." in text else text


def digits(value: int | Decimal) -> str:
    """A number in plain digits, never with an exponent. Raises `BadLiteralError`."""
    if isinstance(value, Decimal) and not value.is_finite():
        raise BadLiteralError("must be a number")
    return format(value, "f" if isinstance(value, Decimal) else "d")


def decimal(text: str) -> Decimal:
    """The number in a text. Raises `BadLiteralError`."""
    try:
        found = Decimal(text)
    except InvalidOperation as error:
        raise BadLiteralError(f"must be a number, not '{text[:40]}'; `as: decimal` makes one") from error
    if not found.is_finite():
        raise BadLiteralError(f"must be a number, not '{text[:40]}'")
    return found


def clock(text: str) -> time:
    """The time of day in a text such as 08:30:00 or PT08H30M00S. Raises `BadLiteralError`."""
    match = _CLOCK.fullmatch(text) or _TIME.fullmatch(text)
    hour, minute, second, fraction = match.groups() if match is not None else (24, 0, 0, "")
    microsecond = (fraction or "").ljust(_MICROSECONDS, "0")[:_MICROSECONDS]
    try:
        return time(int(hour or 0), int(minute or 0), int(second or 0), int(microsecond))
    except ValueError as error:
        raise BadLiteralError(f"must be a time of day such as 08:30:00, not '{text[:40]}'") from error


def named(value: Any) -> str:
    """What a value is, for a message that must not show it."""
    return {dict: "a record", list: "a list", tuple: "a list", float: "a float"}.get(
        type(value), type(value).__name__
    )


def day_or_moment(text: str) -> date | datetime:
    """The day or the moment in an ISO text. Raises `BadLiteralError`."""
    try:
        return date.fromisoformat(text) if len(text) == len("2026-03-14") else datetime.fromisoformat(text)
    except ValueError as error:
        raise BadLiteralError(
            f"must be a date, not '{text[:40]}'; `as: date` or `as: datetime` makes one"
        ) from error


def _read(text: str, of: Property) -> Any:
    written = wire_moment(text, None)
    if written is not None:
        return written
    read = _READERS.get(of.type)
    return read(text.strip()) if read is not None else text


def _text(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


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


def _boolean(text: str) -> bool | str:
    return {"true": True, "false": False}.get(text, text)


_READERS: Mapping[str, Callable[[str], Any]] = {
    "Edm.Date": day_or_moment,
    "Edm.DateTime": day_or_moment,
    "Edm.DateTimeOffset": day_or_moment,
    "Edm.Boolean": _boolean,
    "Edm.Guid": _guid,
    "Edm.Time": clock,
    "Edm.TimeOfDay": clock,
    **dict.fromkeys(DECIMALS, decimal),
    **dict.fromkeys(_INTEGERS, _integer),
}
