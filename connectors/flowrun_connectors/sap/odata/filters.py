"""Addresses of OData V2: keys, filters and query options, made of typed values only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from flowrun.expressions.suggest import did_you_mean
from flowrun_connectors.sap.odata.entities import BadFieldError, Model
from flowrun_connectors.sap.odata.literals import BadLiteralError, in_address

_NAME = re.compile(r"[A-Za-z_]\w*(?:/[A-Za-z_]\w*)*")
_ORDER = re.compile(rf"({_NAME.pattern})(?: (asc|desc))?")
_COMPARISONS = ("eq", "ne", "gt", "ge", "lt", "le")
OPERATORS = (*_COMPARISONS, "startswith", "contains")


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
        return f"{entity_set}({_quoted(_literal('key', key, model, name))})"
    missing = [name for name in keys if name not in key]
    if missing:
        raise BadFieldError("key", f"lacks {', '.join(missing)}")
    named = [(name, key[name]) for name in (keys or key)]
    if len(named) == 1:
        return f"{entity_set}({_quoted(_literal(named[0][0], named[0][1], model))})"
    pairs = (f"{_checked(name, 'key')}={_quoted(_literal(name, value, model))}" for name, value in named)
    return f"{entity_set}({','.join(pairs)})"


def condition(where: Mapping[str, Any], model: Model) -> str:
    """A `$filter` that holds when every field is as given. Raises `BadFieldError`.

    A field's value is what it must equal, or a record of operators: eq, ne, gt, ge, lt, le, startswith,
    contains.
    """
    parts: list[str] = []
    for name, value in where.items():
        _checked(name, "where")
        _known(name, model)
        if not isinstance(value, Mapping):
            parts.append(f"{name} eq {_literal(name, value, model)}")
            continue
        if not value:
            raise BadFieldError("where", f"says nothing about `{name}`; {did_you_mean('', OPERATORS)}")
        for operator, operand in value.items():
            parts.append(_compared(name, operator, operand, model))
    return " and ".join(parts)


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


def _compared(name: str, operator: str, operand: Any, model: Model) -> str:
    literal = _literal(name, operand, model)
    match operator:
        case "startswith":
            return f"startswith({name},{literal})"
        case "contains":
            return f"substringof({literal},{name})"
        case _ if operator in _COMPARISONS:
            return f"{name} {operator} {literal}"
        case _:
            raise BadFieldError(
                "where", f"has no operator `{operator[:40]}`; {did_you_mean(operator, OPERATORS)}"
            )


def _literal(name: str, value: Any, model: Model, property_name: str | None = None) -> str:
    try:
        return in_address(value, model.of(name if property_name is None else property_name))
    except BadLiteralError as error:
        raise BadFieldError(name, str(error)) from error


def _known(name: str, model: Model) -> None:
    if model.entity is not None and "/" not in name and name not in model.entity.properties:
        raise BadFieldError(
            "where", f"names `{name}`, which is no field of it; {did_you_mean(name, model.entity.properties)}"
        )


def _checked(name: str, what: str) -> str:
    if not _NAME.fullmatch(name):
        raise BadFieldError(what, f"names '{name[:40]}', which is no name of a field")
    return name


def _quoted(literal: str) -> str:
    return quote(literal, safe="'")
