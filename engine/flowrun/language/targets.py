"""Checks the fields of a transform against the entity they fill: that each exists, may be written, and fits."""

from __future__ import annotations

from flowrun.errors import Position
from flowrun.expressions.shapes import Anything, Many, Record, Scalar, Shape, describe
from flowrun.expressions.suggest import did_you_mean
from flowrun.expressions.values import Choose, Constant, Fields, ForEach, Items, Lookup, Modified, Value
from flowrun.language.report import Report

_TEXT_OF = {
    "text": "a text",
    "decimal": "a decimal",
    "integer": "a whole number",
    "boolean": "true or false",
    "date": "a date",
    "datetime": "a moment",
}


def check_fields(fields: Fields, entity: Record, found: Record | None, report: Report) -> None:
    """Reports every field that the entity does not have or does not let be created, and every value that cannot fit.

    `found` is the shape of what the fields give, where it is known.
    """
    for name, value in fields.fields.items():
        at = fields.keys.get(name, value.at)
        target = entity.fields.get(name)
        if target is None:
            if not entity.open:
                report.add(
                    "unknown-field",
                    f"{entity.name} has no field `{name}`",
                    at,
                    did_you_mean(name, entity.fields),
                )
            continue
        given = found.fields.get(name) if found is not None else None
        _check_value(value, target, given, name, at, entity, report)


def _check_value(
    value: Value, target: Shape, given: Shape | None, name: str, at: Position, entity: Record, report: Report
) -> None:
    inner = value.of if isinstance(value, Modified) else value
    if isinstance(target, Anything):
        return
    if isinstance(target, Scalar):
        if isinstance(inner, Fields | Items | ForEach):
            report.add(
                "wrong-type", f"`{name}` of {entity.name} takes {describe(target)}, not a list or record", at
            )
            return
        if not target.creatable:
            report.add(
                "read-only-field",
                f"`{name}` of {entity.name} is set by the system itself and cannot be sent",
                at,
                "take the field away",
            )
        _check_scalar(value, target, given, name, report)
        return
    _check_nested(inner, target, given, name, at, entity, report)


def _check_nested(
    value: Value,
    target: Record | Many,
    given: Shape | None,
    name: str,
    at: Position,
    entity: Record,
    report: Report,
) -> None:
    inside = target.of if isinstance(target, Many) else target
    if not isinstance(inside, Record):
        return
    element = given.of if isinstance(given, Many) else given
    shape = element if isinstance(element, Record) else None
    match value:
        case ForEach(each=Fields() as fields) if isinstance(target, Many):
            check_fields(fields, inside, shape, report)
        case Items(items=items) if isinstance(target, Many):
            for item in items:
                if isinstance(item, Fields):
                    check_fields(item, inside, None, report)
        case Fields() as fields if isinstance(target, Record):
            check_fields(fields, inside, shape, report)
        case Fields() | ForEach() | Items():
            wanted = "a list of records" if isinstance(target, Many) else "one record"
            report.add(
                "wrong-type",
                f"`{name}` of {entity.name} takes {wanted}",
                at,
                "use `for_each`, or begin the record with `- `" if isinstance(target, Many) else "",
            )
        case Constant():
            report.add(
                "wrong-type", f"`{name}` of {entity.name} takes {describe(target)}, not a single value", at
            )
        case _:
            return


def _check_scalar(value: Value, target: Scalar, given: Shape | None, name: str, report: Report) -> None:
    for constant in _constants(value):
        _check_constant(constant, target, name, report)
    # Data is checked when it is there; here only what the flow says itself can be judged: a kind that can never fit.
    if isinstance(given, Scalar) and not _constants(value):
        clash = _clash(given.kind, target.kind)
        if clash:
            report.add(
                "wrong-type",
                f"`{name}` takes {_TEXT_OF.get(target.kind, target.kind)}, but this gives {_TEXT_OF.get(given.kind, given.kind)}",
                value.at,
                f"convert it: as: {clash}",
            )


def _clash(given: str, target: str) -> str:
    """The conversion that is missing; empty when the value may fit."""
    if target in ("date", "datetime") and given in ("text", "decimal", "integer", "boolean"):
        return target
    if target == "date" and given == "datetime":
        return "date"
    if target in ("decimal", "integer") and given in ("text", "date", "datetime", "boolean"):
        return target
    if target == "text" and given in ("date", "datetime", "boolean"):
        return "text"
    return ""


def _check_constant(constant: Constant, target: Scalar, name: str, report: Report) -> None:
    value = constant.value
    if (
        isinstance(value, str)
        and target.kind == "text"
        and target.max_length
        and len(value) > target.max_length
    ):
        report.add(
            "too-long",
            f"`{name}` takes {target.max_length} characters, but this has {len(value)}",
            constant.at,
        )
    elif isinstance(value, bool) != (target.kind == "boolean") and value is not None:
        report.add(
            "wrong-type",
            f"`{name}` takes {_TEXT_OF.get(target.kind, target.kind)}, not `{value}`",
            constant.at,
        )


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
