"""Whether what a flow wants is what SAP has already: an update sends what differs and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from flowrun_connectors.sap.odata.dialect import Dialect
from flowrun_connectors.sap.odata.entities import Model
from flowrun_connectors.sap.odata.literals import BadLiteralError, with_zone


def differences(wanted: Mapping[str, Any], stored: Mapping[str, Any], model: Model) -> dict[str, Any]:
    """The fields whose stored value is another one. Nested records and lists are not compared.

    Fields that SAP does not let anybody update, and keys, are left out as far as metadata tells.
    """
    found: dict[str, Any] = {}
    for name, value in wanted.items():
        if isinstance(value, Mapping | list | tuple):
            continue
        of = model.of(name)
        if of is not None and (of.key or not of.updatable):
            continue
        if not same(_canonical(value, of, model.dialect), stored.get(name)):
            found[name] = value
    return found


def same(one: Any, other: Any) -> bool:
    """Whether two values mean the same to SAP: 1 and 1.000, null and an empty text, a day and its
    midnight.
    """
    one, other = _plain(one), _plain(other)
    if one is None or other is None:
        return one is other
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | Decimal) or isinstance(other, int | Decimal):
        numbers = _number_of(one), _number_of(other)
        return None not in numbers and numbers[0] == numbers[1]
    if isinstance(one, date) and isinstance(other, date):
        return _moment(one) == _moment(other)
    if isinstance(one, date) or isinstance(other, date):
        return _moment_text(one) == _moment_text(other)
    return bool(one == other)


def _canonical(value: Any, of: Any, dialect: Dialect) -> Any:
    """The value as SAP would send it back."""
    try:
        return dialect.from_json(dialect.to_json(value, of), of) if of is not None else value
    except BadLiteralError:
        return value  # sending it will say what is wrong with it


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip() or None
    return value


def _number_of(value: Any) -> Decimal | None:
    try:
        return Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        return None


def _moment(value: date) -> tuple[date, Any]:
    if isinstance(value, datetime):
        moment = with_zone(value).astimezone(UTC)
        return moment.date(), moment.time().replace(microsecond=moment.microsecond // 1000 * 1000)
    return value, datetime.min.time()


def _moment_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
