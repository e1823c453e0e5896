"""Checks the fields of a transform against the entity they fill: that each exists, may be written, and
fits."""

from __future__ import annotations

import re
from decimal import Decimal

from flowrun.errors import Position
from flowrun.expressions.conversions.text import sap_length
from flowrun.expressions.exact import is_number
from flowrun.expressions.shapes import Anything, Many, Record, Scalar, Shape, describe
from flowrun.expressions.suggest import did_you_mean
from flowrun.expressions.values import Choose, Constant, Fields, ForEach, Items, Lookup, Modified, Value
from flowrun.language.report import Report

_ISO = {
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "datetime": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?"),
    "time": re.compile(r"\d\d:\d\d(:\d\d)?"),
}
_WRITTEN = {"date": '"2026-03-14"', "datetime": '"2026-03-14T09:30:00Z"', "time": '"09:30:00"'}


def check_fields(fields: Fields, entity: Record, found: Record | None, report: Report) -> None:
    """Reports every field that the entity does not have or does not let be created, and every value that
    cannot fit.

    `found` is the shape of what the fields give, where it is known.
    """
    for name, value in fields.fields.items():
        at = fields.keys.get(name, value.at)
        target = entity.fields.get(name)
        if target is not None:
            given = found.fields.get(name) if found is not None else None
            _Field(name, at, entity, report).check(value, target, given)
        elif not entity.open:
            told = f"{entity.name or 'the record'} has no field `{name}`"
            report.add("unknown-field", told, at, did_you_mean(name, entity.fields))


class _Field:
    """One field of an entity that a flow fills."""

    def __init__(self, name: str, at: Position, entity: Record, report: Report) -> None:
        self.name = name
        self.at = at
        self.entity = entity
        self.report = report

    def check(self, value: Value, target: Shape, given: Shape | None) -> None:
        inner = value.of if isinstance(value, Modified) else value
        match target:
            case Anything():
                return
            case Scalar(creatable=False):
                told = f"`{self.name}` of {self.entity.name} is set by the system itself and cannot be sent"
                self.report.add("read-only-field", told, self.at, "take the field away")
            case Scalar():
                self._scalar(value, inner, target, given)
            case Record() | Many():
                self._nested(inner, target, given)

    def _wrong_type(self, told: str, at: Position, hint: str) -> None:
        self.report.add("wrong-type", f"`{self.name}` of {self.entity.name} takes {told}", at, hint)

    # --- records and lists in a record -----------------------------------------------------------

    def _nested(self, value: Value, target: Record | Many, given: Shape | None) -> None:
        inside = target.of if isinstance(target, Many) else target
        many = isinstance(target, Many)
        if not isinstance(inside, Record):
            return
        element = given.of if isinstance(given, Many) else given
        shape = element if isinstance(element, Record) else None
        match value:
            case ForEach(each=Fields() as fields) if many:
                check_fields(fields, inside, shape, self.report)
            case Items(items=items) if many:
                for item in items:
                    if isinstance(item, Fields):
                        check_fields(item, inside, shape, self.report)
            case Fields() if not many:
                check_fields(value, inside, shape, self.report)
            case Fields() | ForEach() | Items():
                hint = "use `for_each`, or begin the record with `- `" if many else "take the list away"
                self._wrong_type("a list of records" if many else "one record", self.at, hint)
            case _ if isinstance(given, Scalar) or (given is not None and isinstance(given, Many) != many):
                if not isinstance(given, Anything):
                    told = f"{'a list of records' if many else 'one record'}, not {describe(given)}"
                    self._wrong_type(told, value.at, "use `for_each`" if many else "pick one of them")

    # --- single values ---------------------------------------------------------------------------

    def _scalar(self, value: Value, inner: Value, target: Scalar, given: Shape | None) -> None:
        if isinstance(inner, Fields | Items | ForEach) or isinstance(given, Record | Many):
            self._wrong_type(f"{describe(target)}, not a list or record", value.at, "pick a single value")
            return
        constants = _constants(value)
        for constant in constants:
            self._constant(constant, target)
        # Data is checked when it is there; here only what the flow says itself can be judged: a kind that
        # never fits.
        if isinstance(given, Scalar) and not constants:
            conversion = _missing_conversion(given.kind, target.kind)
            if conversion:
                self._wrong_type(
                    f"{describe(target)}, but this gives {describe(given)}", value.at, f"as: {conversion}"
                )

    def _constant(self, constant: Constant, target: Scalar) -> None:
        value = constant.value
        if value is None or target.kind == "any":
            return
        hint = _why_not(value, target)
        if hint:
            self._wrong_type(f"{describe(target)}, not {_shown(value)}", constant.at, hint)
        elif isinstance(value, str) and target.max_length and sap_length(value) > target.max_length:
            told = f"`{self.name}` takes {target.max_length} characters, but this has {sap_length(value)}"
            self.report.add("too-long", told, constant.at, "shorten it")
        elif is_number(value):
            self._digits(Decimal(value), target, constant.at)

    def _digits(self, number: Decimal, target: Scalar, at: Position) -> None:
        _, digits, exponent = number.as_tuple()
        after = max(-exponent, 0) if isinstance(exponent, int) else 0
        before = max(len(digits) - after, 0)
        if target.scale is not None and after > target.scale:
            told = f"`{self.name}` takes {target.scale} digits after the point, but this has {after}"
            self.report.add("too-many-digits", told, at, "round it")
        elif target.precision is not None and before > target.precision - (target.scale or 0):
            most = target.precision - (target.scale or 0)
            told = f"`{self.name}` takes {most} digits before the point, but this has {before}"
            self.report.add("too-many-digits", told, at, "the number is too large for the field")


def _shown(value: object) -> str:
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _why_not(value: object, target: Scalar) -> str:
    """What to write instead of a constant that cannot be of the target's kind; empty when it can."""
    match target.kind:
        case "text":
            return "" if isinstance(value, str) else f'put it in quotes: "{str(value).lower()}"'
        case "boolean":
            return "" if isinstance(value, bool) else "write true or false"
        case "decimal" | "integer":
            whole = target.kind == "decimal" or isinstance(value, int)
            return "" if is_number(value) and whole else "write a plain number, without quotes"
        case "date" | "datetime" | "time" as kind:
            fits = isinstance(value, str) and _ISO[kind].fullmatch(value)
            return "" if fits else f"write it as in {_WRITTEN[kind]}"
        case _:
            return ""


def _missing_conversion(given: str, target: str) -> str:
    """The conversion that is missing; empty when the value may fit."""
    if target in ("date", "datetime") and given in ("text", "decimal", "integer", "boolean"):
        return target
    if target == "date" and given == "datetime":
        return "date"
    if target in ("decimal", "integer") and given in ("text", "date", "datetime", "boolean"):
        return target
    if target == "text" and given in ("date", "datetime", "boolean"):
        return "text"
    if target == "boolean" and given in ("text", "decimal", "integer", "date", "datetime"):
        return "boolean"
    return ""


def _constants(value: Value) -> list[Constant]:
    """The constants that a field may end up with, defaults included."""
    match value:
        case Constant():
            return [value]
        case Modified(of=of, default=default):
            return [
                *(_constants(of) if not value.conversions else []),
                *(_constants(default) if default else []),
            ]
        case Lookup(default=default) if default is not None:
            return _constants(default)
        case Choose(choices=choices):
            return [constant for choice in choices for constant in _constants(choice.value)]
        case _:
            return []
