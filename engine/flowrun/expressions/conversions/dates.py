"""Days and moments: every form that X-Cart, SAP and spreadsheets write, read without guessing."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from flowrun.expressions.conversions.conversion import ConversionError, Setting, named, shown, trimmed

_TIME = r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,12}))?)?"
_ZONE = r"[Zz]|UTC|[-+][0-9]{2}:?(?:[0-9]{2})?"
_ISO = rf"([0-9]{{4}})[-/]([0-9]{{1,2}})[-/]([0-9]{{1,2}})(?:[Tt ]{_TIME} ?({_ZONE})?)?"
_DOTTED = rf"([0-9]{{1,2}})\. ?([0-9]{{1,2}})\. ?([0-9]{{4}})(?:,? {_TIME})?"
_SLASHED = rf"([0-9]{{1,2}})([/-])([0-9]{{1,2}})\2([0-9]{{4}})(?:,? {_TIME}(?: ?[AaPp]\.?[Mm]\.?)?)?"
_SHORT_YEAR = r"[0-9]{1,2}([./-]) ?[0-9]{1,2}\1 ?[0-9]{2}(?![0-9]).*"
_SAP = r"/Date\((-?[0-9]{1,16})([-+][0-9]{1,4})?\)/"
_UNSET = r"0000-?00-?00(?:[T ]00:00(?::00)?)?"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_FIRST_SECOND = 100_000_000  # of 1973; a smaller number may as well be a day such as 20260314
_LAST_SECOND = 100_000_000_000  # of 5138; a larger number counts milliseconds

Order = Literal["month_first", "day_first", "unknown"]


def date(value: Any, setting: Setting) -> dt.date | None:
    """A day from an ISO, SAP or dotted date, a moment or unix seconds.

    A moment becomes a day in the project's time zone. SAP's `/Date(…)/` without an offset is a day already.
    `03/14/2026` is an error that names `date_month_first` and `date_day_first`: nothing is guessed from the
    numbers. 00000000 and 0000-00-00 are null.
    """
    return _day(_read(value, setting, "unknown"), value, setting)


def date_month_first(value: Any, setting: Setting) -> dt.date | None:
    """A day from a date that puts the month first, as Americans do: 03/14/2026. Other forms as in `date`."""
    return _day(_read(value, setting, "month_first"), value, setting)


def date_day_first(value: Any, setting: Setting) -> dt.date | None:
    """A day from a date that puts the day first, as the British do: 14/03/2026. Other forms as in `date`."""
    return _day(_read(value, setting, "day_first"), value, setting)


def datetime(value: Any, setting: Setting) -> dt.datetime | None:
    """A moment with its zone, from the same forms as `date`.

    A moment without a zone is taken in the project's time zone; a day becomes its midnight there.
    """
    read = _read(value, setting, "unknown")
    if read is None or isinstance(read, dt.datetime):
        return read
    return dt.datetime(read.year, read.month, read.day, tzinfo=setting.timezone)


def in_timezone(value: Any, zone: Any, setting: Setting) -> dt.datetime | None:
    """The same moment on the clocks of another time zone, such as 'Europe/Berlin'."""
    try:
        target = ZoneInfo(zone)
    except (KeyError, ValueError, OSError, TypeError) as error:
        raise ConversionError(
            f"{shown(zone)} is not a time zone; write a name such as 'Europe/Berlin'"
        ) from error
    moment = datetime(value, setting)
    return None if moment is None else _moved(moment, target, value)


def iso_date(value: Any, setting: Setting) -> str | None:
    """A day as text, 2026-03-14; reads what `date` reads."""
    day = date(value, setting)
    return None if day is None else day.isoformat()


def iso_datetime(value: Any, setting: Setting) -> str | None:
    """A moment as text in UTC, 2026-03-14T09:26:53Z; reads what `datetime` reads."""
    moment = datetime(value, setting)
    return None if moment is None else _moved(moment, dt.UTC, value).isoformat().replace("+00:00", "Z")


def compact_date(value: Any, setting: Setting) -> str | None:
    """A day as SAP's eight digits, 20260314; reads what `date` reads."""
    day = date(value, setting)
    return None if day is None else day.isoformat().replace("-", "")


def sap_date(value: Any, setting: Setting) -> str | None:
    """A day as OData version 2 writes it in JSON, /Date(1773446400000)/; reads what `date` reads."""
    day = date(value, setting)
    return None if day is None else f"/Date({(day - _EPOCH.date()).days * 86_400_000})/"


def sap_datetime(value: Any, setting: Setting) -> str | None:
    """A moment as OData version 2 writes it in JSON, /Date(1773480413000+0000)/; reads as `datetime`."""
    moment = datetime(value, setting)
    return None if moment is None else f"/Date({(moment - _EPOCH) // dt.timedelta(milliseconds=1)}+0000)/"


def unix_seconds(value: Any, setting: Setting) -> int | None:
    """A moment as whole seconds since 1970, as X-Cart's classic API counts; reads what `datetime` reads."""
    moment = datetime(value, setting)
    return None if moment is None else (moment - _EPOCH) // dt.timedelta(seconds=1)


def _read(value: Any, setting: Setting, order: Order) -> dt.date | dt.datetime | None:
    """A day, a moment with a zone, or None for the zeros that say "never"."""
    if isinstance(value, dt.datetime):
        return value if value.tzinfo else value.replace(tzinfo=setting.timezone)
    if isinstance(value, dt.date):
        return value
    try:
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return _from_seconds(value)
        text = trimmed(value) if isinstance(value, str) else ""
        if not 0 < len(text) <= 40:  # longer than any form below, and not worth a search
            raise ConversionError(_no_date(value))
        return _from_text(re.sub(r"\s+", " ", text), setting, order)
    except (ValueError, OverflowError) as error:
        if isinstance(error, ConversionError):
            raise
        raise ConversionError(f"{shown(value)} is not in the calendar; check day, month and time") from error


def _from_text(text: str, setting: Setting, order: Order) -> dt.date | dt.datetime | None:
    if re.fullmatch(_UNSET, text):
        return None
    if match := re.fullmatch(_ISO, text):
        year, month, day, *clock, zone = match.groups()
        return _assembled((year, month, day), clock, _zone(zone) or setting.timezone)
    if match := re.fullmatch(_DOTTED, text):
        day, month, year, *clock = match.groups()
        return _assembled((year, month, day), clock, setting.timezone)
    if match := re.fullmatch(_SLASHED, text):
        return _ordered(text, match[1], match[3], match[4], order)
    return _from_code(text, setting)


def _from_code(text: str, setting: Setting) -> dt.date | dt.datetime | None:
    """The forms for machines."""
    if match := re.fullmatch(_SAP, text):
        moment = _EPOCH + dt.timedelta(milliseconds=int(match[1]))
        # Without an offset it is what the calendar on the wall says, in no zone.
        return moment if match[2] else moment.replace(tzinfo=setting.timezone)
    if match := re.fullmatch("([0-9]{4})([0-9]{2})([0-9]{2})", text):
        return dt.date(int(match[1]), int(match[2]), int(match[3]))
    if re.fullmatch("[0-9]{10}", text):
        return _from_seconds(int(text))
    if re.fullmatch(_SHORT_YEAR, text):
        raise ConversionError(f"{shown(text)} has a year of two digits; let the source write all four")
    raise ConversionError(_no_date(text))


def _ordered(text: str, first: str, second: str, year: str, order: Order) -> dt.date:
    if order == "unknown":
        raise ConversionError(
            f"{shown(text)} does not say which number is the month; use date_month_first or date_day_first"
        )
    month, day = (first, second) if order == "month_first" else (second, first)
    if int(month) > 12:
        other = "date_day_first" if order == "month_first" else "date_month_first"
        raise ConversionError(f"{shown(text)} has no month {int(month)}; use {other} if the source writes so")
    return dt.date(int(year), int(month), int(day))


def _assembled(day: Any, clock: list[Any], zone: dt.tzinfo) -> dt.date | dt.datetime:
    year, month, number = (int(part) for part in day)
    if clock[0] is None:
        return dt.date(year, month, number)
    hour, minute, second = (int(part or 0) for part in clock[:3])
    fraction = int((clock[3] or "0")[:6].ljust(6, "0"))
    return dt.datetime(year, month, number, hour, minute, second, fraction, tzinfo=zone)


def _zone(text: str | None) -> dt.tzinfo | None:
    if text is None:
        return None
    if text in {"Z", "z", "UTC"}:
        return dt.UTC
    distance = dt.timedelta(hours=int(text[1:3]), minutes=int(text[3:].lstrip(":") or 0))
    return dt.timezone(-distance if text[0] == "-" else distance)


def _from_seconds(value: int | Decimal) -> dt.datetime | None:
    number = Decimal(value)
    if number.is_zero():
        return None  # what X-Cart stores for "never"
    if not number.is_finite() or not _FIRST_SECOND <= abs(number) < _LAST_SECOND:
        raise ConversionError(
            f"the number {shown(value)} is not a moment in unix seconds; a day is text such as '20260314'"
        )
    return _EPOCH + dt.timedelta(microseconds=int(number * 1_000_000))


def _day(read: dt.date | dt.datetime | None, value: Any, setting: Setting) -> dt.date | None:
    return _moved(read, setting.timezone, value).date() if isinstance(read, dt.datetime) else read


def _moved(moment: dt.datetime, zone: dt.tzinfo, value: Any) -> dt.datetime:
    try:
        return moment.astimezone(zone)
    except OverflowError as error:
        raise ConversionError(f"{shown(value)} is outside the years 1 to 9999; check the source") from error


def _no_date(value: Any) -> str:
    return f"{shown(value)} is not a date; write it like 2026-03-14 or 14.03.2026, or give a default"


_MOMENT = dt.datetime(2026, 3, 14, 9, 26, 53, tzinfo=dt.UTC)
_BERLIN = dt.datetime(2026, 3, 14, 10, 26, 53, tzinfo=dt.timezone(dt.timedelta(hours=1)))

DATES = (
    named(date, "date", ("2026-03-14T09:26:53+0000", dt.date(2026, 3, 14))),
    named(date_month_first, "date", ("03/14/2026", dt.date(2026, 3, 14))),
    named(date_day_first, "date", ("14/03/2026", dt.date(2026, 3, 14))),
    named(datetime, "datetime", ("2026-03-14T09:26:53+0000", _MOMENT)),
    named(in_timezone, "datetime", ("2026-03-14T09:26:53Z", _BERLIN), given=("Europe/Berlin",)),
    named(iso_date, "text", ("/Date(1773446400000)/", "2026-03-14"), when_blank=None),
    named(iso_datetime, "text", ("2026-03-14T10:26:53+01:00", "2026-03-14T09:26:53Z"), when_blank=None),
    named(compact_date, "text", ("2026-03-14", "20260314"), when_blank=None),
    named(sap_date, "text", ("2026-03-14", "/Date(1773446400000)/"), when_blank=None),
    named(sap_datetime, "text", ("2026-03-14T09:26:53Z", "/Date(1773480413000+0000)/"), when_blank=None),
    named(unix_seconds, "integer", ("2026-03-14T09:26:53Z", 1773480413)),
)
