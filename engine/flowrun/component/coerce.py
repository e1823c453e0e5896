"""Values from a flow brought into the types that an operation declares."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal, Union, get_args, get_origin

from flowrun.component.config import Config, fields_of, options_of
from flowrun.component.values import Duration, Secret, Url
from flowrun.errors import Cause, Rejected
from flowrun.expressions.exact import as_whole, digits
from flowrun.expressions.suggest import did_you_mean
from flowrun.expressions.values import LEFT_OUT


def coerced(config: type[Config], values: Mapping[str, Any], place: str) -> Any:
    """An instance of `config`. Raises `Rejected` naming the parameter that does not fit and why."""
    options = options_of(config)
    given: dict[str, Any] = {}
    for name, value in values.items():
        if name not in options:
            raise Rejected(
                f"{place}: there is no parameter `{name}`; {did_you_mean(name, options)}",
                Cause(code="bad-parameter", target=name),
            )
        if value is LEFT_OUT or (value is None and not options[name].required):
            continue
        try:
            given[name] = fitted(value, options[name].annotation)
        except ValueError as error:
            raise Rejected(f"{place}: `{name}` {error}", Cause(code="bad-parameter", target=name)) from error
    missing = [name for name, option in options.items() if option.required and name not in given]
    if missing:
        raise Rejected(
            f"{place}: `{missing[0]}` is needed and was not given",
            Cause(code="bad-parameter", target=missing[0]),
        )
    return config(**fields_of(given, config))


def fitted(value: Any, annotation: Any) -> Any:  # noqa: C901, PLR0912 - one line for each type there is
    """The value as the annotated type. Raises ValueError with the reason, to be put behind the parameter's
    name."""
    origin = get_origin(annotation)
    if annotation is Any:
        return value
    if origin in (Union, types.UnionType):
        return _fitted_union(value, get_args(annotation))
    if origin is Literal:
        if value in get_args(annotation):
            return value
        raise ValueError(f"is '{value}'; allowed: {', '.join(map(str, get_args(annotation)))}")
    if origin in (list, tuple):
        if not isinstance(value, list | tuple):
            raise ValueError(f"must be a list, not {_named(value)}")
        element = (get_args(annotation) or (Any,))[0]
        return origin(fitted(item, element) for item in value)
    if origin in (dict, Mapping) or annotation in (dict, Mapping):
        if not isinstance(value, Mapping):
            raise ValueError(f"must be a record, not {_named(value)}")
        return value
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, Mapping):
            raise ValueError(f"must be a record, not {_named(value)}")
        return value
    if annotation is bool:
        if isinstance(value, bool):
            return value
        raise ValueError(f"must be true or false, not {_named(value)}")
    if annotation is int:
        return _integer(value)
    if annotation is Decimal:
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return Decimal(value)
        raise ValueError(f"must be a number, not {_named(value)}; `as: decimal` makes one of a text")
    if annotation is float and isinstance(value, int | Decimal) and not isinstance(value, bool):
        return float(value)
    if annotation is Duration and isinstance(value, str):
        return Duration.parse(value)
    if annotation is Url and isinstance(value, str):
        return Url.parse(value)
    if annotation is Secret:
        return value if isinstance(value, Secret) else Secret(_text(value, str))
    if isinstance(annotation, type) and issubclass(annotation, str):
        return _text(value, annotation)
    if dataclasses.is_dataclass(annotation) and isinstance(value, Mapping):
        return coerced(annotation, value, "parameter")  # type: ignore[arg-type] # every dataclass here is a Config
    if isinstance(annotation, type) and isinstance(value, annotation):
        return value
    raise ValueError(f"cannot be {_named(value)}")


def _fitted_union(value: Any, members: tuple[Any, ...]) -> Any:
    if value is None and type(None) in members:
        return None
    reasons: list[str] = []
    for member in members:
        if member is type(None):
            continue
        try:
            return fitted(value, member)
        except ValueError as error:
            reasons.append(str(error))
    raise ValueError(reasons[0])


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
            return int(value)
        raise ValueError(f"must be a whole number, not {_named(value)}")
    whole = as_whole(value)
    if whole is None:
        raise ValueError(f"must be a whole number, not {_named(value)}")
    return whole


def _text(value: Any, annotation: type[str]) -> str:
    match value:
        case bool() | None:
            raise ValueError(f"must be a text, not {_named(value)}")
        case str():
            return value if isinstance(value, annotation) else annotation(value)
        case int():
            return annotation(str(value))
        case Decimal():
            return annotation(digits(value))
        case _:
            raise ValueError(f"must be a text, not {_named(value)}")


def _named(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case Mapping():
            return "a record"
        case list() | tuple():
            return "a list"
        case str():
            return f"'{value[:40]}'"
        case _:
            return str(value)[:40]
