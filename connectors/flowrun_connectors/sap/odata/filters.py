"""Addresses of OData: keys, filters and query options, made of typed values only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from flowrun.expressions.suggest import did_you_mean
from flowrun_connectors.sap.odata.entities import BadFieldError, Model
from flowrun_connectors.sap.odata.literals import BadLiteralError

_NAME = re.compile(r"[A-Za-z_]\w*(?:/[A-Za-z_]\w*)*")
_ORDER = re.compile(rf"({_NAME.pattern})(?: (asc|desc))?")
_COMPARISONS = ("eq", "ne", "gt", "ge", "lt", "le")
OPERATORS = (*_COMPARISONS, "in", "startswith", "contains")
ANY = "any"
LONGEST = 7500  # characters of an address; proxies and the Gateway begin to refuse at 8,192


def query_string(options: Mapping[str, str] | Sequence[tuple[str, str]]) -> str:
    """Options behind a `?`, with blanks as %20: a plus would be a plus to some gateways."""
    pairs = options.items() if isinstance(options, Mapping) else options
    return "&".join(f"{quote(name, safe='$!')}={quote(value, safe='')}" for name, value in pairs)


def segment(entity_set: str, key: Any, model: Model) -> str:
    """The address of one entity, such as `A_SalesOrder('1')`. Raises `BadFieldError`.

    `key` is one value, or a record of all key fields.
    """
    _checked(entity_set, "entity")
    keys = model.entity.keys if model.entity is not None else ()
    if not isinstance(key, Mapping):
        if len(keys) > 1:
            raise BadFieldError("key", f"must be a record of {', '.join(keys)}")
        name = keys[0] if keys else ""
        return f"{entity_set}({_key_literal('key', key, model, name)})"
    if not key:
        raise BadFieldError("key", "is empty; give the entity's key fields")
    missing = [name for name in keys if name not in key]
    if missing:
        raise BadFieldError("key", f"lacks {', '.join(missing)}")
    named = [(name, key[name]) for name in (keys or key)]
    if len(named) == 1:
        return f"{entity_set}({_key_literal(named[0][0], named[0][1], model)})"
    pairs = (f"{_checked(name, 'key')}={_key_literal(name, value, model)}" for name, value in named)
    return f"{entity_set}({','.join(pairs)})"


def condition(where: Mapping[str, Any], model: Model) -> str | None:
    """A `$filter` that holds when every field is as given; None when it holds for nothing. Raises
    `BadFieldError`.

    A field's value is what it must equal, or a record of operators: eq, ne, gt, ge, lt, le, in, startswith,
    contains. Under `any` stands a list of further conditions, one of which must hold.
    """
    parts: list[str | None] = []
    for name, value in where.items():
        if name == ANY and isinstance(value, list | tuple):
            parts.append(_one_of([_branch(item, model) for item in value]))
            continue
        _checked(name, "where")
        _known(name, model)
        if not isinstance(value, Mapping):
            parts.append(f"{name} eq {literal(name, value, model)}")
            continue
        if not value:
            raise BadFieldError("where", f"says nothing about `{name}`; {did_you_mean('', OPERATORS)}")
        for operator, operand in value.items():
            parts.append(_compared(name, operator, operand, model))
    told = [part for part in parts if part is not None]
    return " and ".join(told) if len(told) == len(parts) else None


def conditions(where: Mapping[str, Any], model: Model, room: int = LONGEST) -> list[str]:
    """The `$filter`s whose answers together are what `where` selects; none when that is nothing.

    It is more than one only where a list under `in` makes it longer than `room`: such a list is halved.
    """
    whole = condition(where, model)
    if whole is None:
        return []
    if len(quote(whole, safe="")) <= room:
        return [whole]
    lists = [
        (name, tuple(dict.fromkeys(value["in"])))
        for name, value in where.items()
        if isinstance(value, Mapping) and "in" in value
    ]
    name, longest = max(lists, key=lambda found: len(found[1]), default=("", ()))
    if len(longest) < 2:  # nothing to halve
        return [whole]
    half = len(longest) // 2
    return [
        part
        for values in (longest[:half], longest[half:])
        for part in conditions({**where, name: {**where[name], "in": values}}, model, room)
    ]


def ordering(order_by: Sequence[str]) -> str:
    """An `$orderby`. Raises `BadFieldError`."""
    for item in order_by:
        if not _ORDER.fullmatch(item):
            raise BadFieldError(
                "order_by", f"is '{item[:40]}'; write a field's name, and `desc` behind it if need be"
            )
    return ",".join(order_by)


def names(given: Sequence[str], what: str) -> str:
    """A `$select` or `$expand`. Raises `BadFieldError`."""
    return ",".join(_checked(name, what) for name in given)


def literal(
    name: str, value: Any, model: Model, property_name: str | None = None, *, encoded: bool = False
) -> str:
    """The value of a field as an address has it, `encoded` for the path of one. Raises `BadFieldError`."""
    try:
        found = model.dialect.in_address(value, model.of(name if property_name is None else property_name))
    except BadLiteralError as error:
        raise BadFieldError(name, str(error)) from error
    return quote(found, safe="'") if encoded else found


def _branch(where: Any, model: Model) -> str | None:
    if not isinstance(where, Mapping) or not where:
        raise BadFieldError(ANY, "must be a list of records, each with the fields that must hold")
    return condition(where, model)


def _one_of(parts: Sequence[str | None]) -> str | None:
    """None when nothing can hold."""
    told = [part for part in parts if part is not None]
    if len(told) > 1:
        return "(" + " or ".join(f"({part})" if " and " in part else part for part in told) + ")"
    return told[0] if told else None


def _compared(name: str, operator: str, operand: Any, model: Model) -> str | None:
    if operator == "in":
        if not isinstance(operand, list | tuple):
            raise BadFieldError(name, "must be a list behind `in`")
        listed = dict.fromkeys(literal(name, item, model) for item in operand)
        return _one_of([f"{name} eq {one}" for one in listed])
    written = literal(name, operand, model)
    match operator:
        case "startswith":
            return f"startswith({name},{written})"
        case "contains":
            return model.dialect.contains(name, written)
        case _ if operator in _COMPARISONS:
            return f"{name} {operator} {written}"
        case _:
            raise BadFieldError(
                "where", f"has no operator `{operator[:40]}`; {did_you_mean(operator, OPERATORS)}"
            )


def _known(name: str, model: Model) -> None:
    if model.entity is not None and "/" not in name and name not in model.entity.properties:
        raise BadFieldError(
            "where", f"names `{name}`, which is no field of it; {did_you_mean(name, model.entity.properties)}"
        )


def _checked(name: str, what: str) -> str:
    if not _NAME.fullmatch(name):
        raise BadFieldError(what, f"names '{name[:40]}', which is no name of a field")
    return name


def _key_literal(name: str, value: Any, model: Model, property_name: str | None = None) -> str:
    if value is None:
        raise BadFieldError(name, "is empty, and a key never is")
    return literal(name, value, model, property_name, encoded=True)
