"""Calls of functions: V2's function imports, V4's actions and functions.

V2 takes parameters as typed literals in the query, whatever the method; a V4 action takes them as a JSON
body, a V4 function between brackets in its address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flowrun.component.http import NotJson, decode, encode
from flowrun.expressions.suggest import did_you_mean
from flowrun_connectors.sap.odata.dialect import UnreadableError
from flowrun_connectors.sap.odata.entities import BadFieldError, Model, body_of, record_of, value_of
from flowrun_connectors.sap.odata.filters import literal, names, query_string
from flowrun_connectors.sap.odata.metadata import Entity, Function, Property


@dataclass(frozen=True, slots=True)
class Called:
    """The request that a call is."""

    method: str
    path: str
    body: bytes = b""


def unknown(name: str, method: str) -> Function:
    """What is taken for a function of which metadata is not at hand."""
    return Function(name, method, {}, path=name)


def check(function: Function, parameters: Mapping[str, Any]) -> None:
    """That a known function is given what it needs, and nothing else. Raises `BadFieldError`."""
    for name in parameters:
        if name not in function.parameters:
            help_ = did_you_mean(name, function.parameters)
            raise BadFieldError("parameters", f"has `{name}`, which {function.name} does not take; {help_}")
    missing = [
        name for name, of in function.parameters.items() if not of.nullable and parameters.get(name) is None
    ]
    if missing:
        raise BadFieldError("parameters", f"lacks {', '.join(missing)}")


def called(function: Function, parameters: Mapping[str, Any], model: Model, segment: str = "") -> Called:
    """The request that calls a function; `segment` is the address of the entity it is bound to. Raises
    `BadFieldError`.
    """
    typed = Model(model.service, _as_entity(function), model.dialect)
    if model.dialect.version == 2:
        query = query_string({name: literal(name, value, typed) for name, value in parameters.items()})
        return Called(function.method, f"{names([function.name], 'function')}{'?' if query else ''}{query}")
    bound = f"{segment}/{function.path or function.name}" if segment else function.name
    path = _checked_path(bound, function)
    if function.method == "GET":
        inner = ",".join(
            f"{names([name], 'parameters')}={literal(name, value, typed, encoded=True)}"
            for name, value in parameters.items()
        )
        return Called("GET", f"{path}({inner})")
    return Called(function.method, path, encode(body_of(parameters, typed)))


def result_of(body: bytes, function: Function, model: Model) -> Any:
    """The entity, the list or the value in an answer; null when it is empty. Raises `UnreadableError`."""
    if not body.strip():
        return None
    try:
        data = model.dialect.unwrapped(decode(body))
    except NotJson as error:
        raise UnreadableError("the answer is not JSON") from error
    if isinstance(data, Mapping) and set(data) == {function.name}:  # V2 names what is no entity
        data = data[function.name]
    inner = model.returned(function.returns)
    listed = model.dialect.rows(data)
    if listed is not None:
        return [_one(row, function, inner) for row in listed[0]]
    if model.dialect.version > 2 and isinstance(data, Mapping) and "value" in data and _is_plain(data):
        data = data["value"]
    return _one(data, function, inner)


def _one(value: Any, function: Function, model: Model) -> Any:
    if isinstance(value, Mapping):
        return record_of(value, model)
    returned = Property("value", function.returns)
    return value_of("value", value, Model(None, Entity("", {"value": returned}, {}), model.dialect))


def _is_plain(data: Mapping[str, Any]) -> bool:
    """V4 puts a single value under `value`, with nothing but annotations beside it."""
    return all(name == "value" or "@" in name for name in data)


def _as_entity(function: Function) -> Entity | None:
    return Entity(function.name, function.parameters, {}) if function.parameters else None


def _checked_path(path: str, function: Function) -> str:
    names((function.path or function.name).split("."), "function")
    return path
