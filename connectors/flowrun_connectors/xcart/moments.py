"""The moments of a shop, in all the styles it writes them in, and the one style it is sure to read.

X-Cart 5.5 writes orders as `2026-03-14T09:26:53+0000`, profiles as `...+00:00` and products with the shop's own
offset; the classic API writes whole seconds since 1970.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any


def parsed(value: Any) -> datetime | None:
    """The moment in UTC, or None where there is none: nothing given, no date, no zone. A day begins at midnight
    in UTC.
    """
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if isinstance(value, datetime):
        try:
            return value.astimezone(UTC) if value.tzinfo is not None else None
        except OverflowError:  # year 1 or 9999 with an offset that leads out of the calendar
            return None
    return datetime(value.year, value.month, value.day, tzinfo=UTC) if isinstance(value, date) else None


def of_seconds(value: Any) -> datetime | None:
    """The moment of a classic column. Zero and what is no number stand for never."""
    number = int(value) if isinstance(value, str) and value.isdigit() else value
    if isinstance(number, bool) or not isinstance(number, int | Decimal) or number <= 0:
        return None
    try:
        return datetime.fromtimestamp(int(number), UTC)
    except (OverflowError, ValueError, OSError):
        return None


def text_of(moment: datetime | None) -> str | None:
    """As 5.5 writes the dates of orders."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def filter_text(moment: datetime) -> str:
    """As a filter reads it for sure. X-Cart ignores a filter that it cannot read, and sends everything."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
