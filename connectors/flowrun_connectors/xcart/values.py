"""Values on their way: what a shop answers, brought to exact kinds, and what it is sent, in the JSON types it
insists on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flowrun.errors import Cause, Rejected
from flowrun.expressions.exact import as_whole
from flowrun.expressions.shapes import ANYTHING, Many, Record, Scalar, Shape
from flowrun_connectors.xcart.moments import parsed

_NEVER_BELOW_ZERO = frozenset({"amount", "price", "weight", "quantity_range_begin", "market_price"})


def received(value: Any, shape: Shape) -> Any:
    """The value with every number of a decimal field as Decimal. Fields that nothing is known of stay as
    they are.
    """
    match shape:
        case Scalar(kind="decimal") if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return _exact(Decimal(value))
        case Record(fields=fields) if isinstance(value, Mapping):
            return {name: received(item, fields.get(name, ANYTHING)) for name, item in value.items()}
        case Many(of=of) if isinstance(value, list):
            return [received(item, of) for item in value]
        case _:
            return value


def _exact(number: Decimal) -> Decimal:
    """X-Cart keeps four decimals; what stands behind them is the noise of PHP's floats."""
    return round(number, 4) if number != round(number, 4) else number


class Input:
    """The body of a write, made of what was given and nothing else.

    `place` is the parameter that held it, for messages. A null is refused: in a mapping it mostly stands for
    something that was not there, while X-Cart takes it as an order to empty the field, to delete the picture,
    to drop the tax class. Who means that names the field in `clear`.
    """

    def __init__(self, connection: str, shape: Record, place: str) -> None:
        self._connection = connection
        self._shape = shape
        self._place = place

    def changes(self, given: Mapping[str, Any], clear: list[str]) -> dict[str, Any]:
        """For an update: the given fields, and null for those to be emptied."""
        for name, value in given.items():
            if value is None:
                raise self.refused(name, f"is null; to empty it, write `clear: [{name}]`")
        for name in clear:
            if name in given:
                raise self.refused(name, "is in `clear` too; give it a value or clear it")
        return {**self._fields(given), **dict.fromkeys(clear)}

    def creation(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """For something new: nulls are left out, since a new record has nothing to be emptied."""
        return self._fields({name: value for name, value in given.items() if value is not None})

    def refused(self, name: str, why: str) -> Rejected:
        """The error for one field."""
        place = f"{self._place}.{name}"
        cause = Cause("bad-parameter", target=place, connection=self._connection)
        return Rejected(f"{self._connection}: `{place}` {why}", cause)

    def _fields(self, given: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: self._field(name, value, self._shape.fields.get(name, ANYTHING))
            for name, value in given.items()
        }

    def _field(self, name: str, value: Any, shape: Shape) -> Any:
        if value is None:
            return None
        match shape:
            case Scalar():
                plain = self._scalar(name, value, shape)
                if name in _NEVER_BELOW_ZERO and isinstance(plain, int | Decimal) and plain < 0:
                    raise self.refused(name, f"is {plain}; it cannot be less than zero")
                return plain
            case Many(of=of):
                if not isinstance(value, list | tuple):
                    raise self.refused(name, "must be a list")
                return [self._field(name, item, of) for item in value]
            case Record():
                if not isinstance(value, Mapping):
                    raise self.refused(name, "must be a record")
                return {
                    key: self._field(name, item, shape.fields.get(key, ANYTHING))
                    for key, item in value.items()
                }
            case _:
                return value

    def _scalar(self, name: str, value: Any, shape: Scalar) -> Any:
        if isinstance(value, Mapping | list | tuple):
            raise self.refused(name, "must be a name or a plain value, not the record that X-Cart answers")
        match shape.kind:
            case "integer":
                return self._whole(name, value)
            case "decimal":
                if isinstance(value, int | Decimal) and not isinstance(value, bool):
                    return value
                raise self.refused(name, "must be a number; `as: decimal` makes one of a text")
            case "boolean":
                if isinstance(value, bool):
                    return value
                raise self.refused(name, "must be true or false")
            case "text":
                return self._text(name, value, shape)
            case "datetime" if isinstance(value, datetime | date):
                return value.isoformat()
            case _:
                return value

    def _whole(self, name: str, value: Any) -> int:
        if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
            return int(value)
        whole = as_whole(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None
        if whole is None:
            raise self.refused(name, "must be a whole number")
        return whole

    def _text(self, name: str, value: Any, shape: Scalar) -> str:
        if isinstance(value, bool):
            raise self.refused(name, "must be a text, not true or false")
        text = format(value, "f") if isinstance(value, Decimal) else str(value)
        if shape.max_length is not None and len(text) > shape.max_length:
            raise self.refused(name, f"has {len(text)} characters; X-Cart keeps {shape.max_length}")
        return text


def differing(now: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The wanted fields that are not so yet. A field that X-Cart does not answer (a password) always differs."""
    return {name: value for name, value in wanted.items() if name not in now or not _same(now[name], value)}


def _same(now: Any, wanted: Any) -> bool:
    """Whether a field has the value already: a class by its name, memberships in any order, a date in any style."""
    if isinstance(now, Mapping) and isinstance(wanted, str):
        return bool(now.get("name") == wanted)
    if isinstance(now, list) and isinstance(wanted, list) and all(isinstance(name, str) for name in wanted):
        names = [item.get("name") if isinstance(item, Mapping) else item for item in now]
        return len(names) == len(wanted) and set(names) == set(wanted)
    if isinstance(now, bool) != isinstance(wanted, bool):
        return False
    if isinstance(now, str) and isinstance(wanted, str) and now != wanted:
        one, other = parsed(now), parsed(wanted)
        return one is not None and one == other
    return bool(now == wanted)
