"""`Config`: the typed settings of a component. Read from YAML, shown in the reference, turned into JSON
Schema."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, dataclass_transform, get_type_hints
from weakref import WeakKeyDictionary


@dataclasses.dataclass(frozen=True, slots=True)
class FieldInfo:
    """What is said of one field beside its type. `constant` fields cannot be computed from data; `least`
    is the smallest number (of a duration, of seconds) that makes sense."""

    description: str
    examples: tuple[Any, ...] = ()
    constant: bool = False
    least: int | None = None


def field(
    default: Any = dataclasses.MISSING,
    *,
    default_factory: Callable[[], Any] | Any = dataclasses.MISSING,
    description: str,
    examples: tuple[Any, ...] | list[Any] = (),
    constant: bool = False,
    least: int | None = None,
) -> Any:
    """A described field of a `Config`. Without a default it is required.

    `constant` marks an operation's parameter that must stand in the flow as it is (an entity's name), so
    that validation knows it; every other parameter may be `{from: …}` or any other value form.
    """
    metadata = {"flowrun": FieldInfo(description, tuple(examples), constant, least)}
    if default_factory is not dataclasses.MISSING:
        return dataclasses.field(default_factory=default_factory, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
class Config:
    """Base of every component's settings. Subclasses are frozen dataclasses whose fields are made with
    `field()`."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        dataclasses.dataclass(frozen=True, kw_only=True, repr=True)(cls)


@dataclasses.dataclass(frozen=True, slots=True)
class Option:
    """One field of a `Config` as the reader, the schema and the reference page see it."""

    name: str
    annotation: Any
    required: bool
    default: Any
    info: FieldInfo


def options_of(config: type[Any]) -> Mapping[str, Option]:
    """The described fields of a config class, in the order in which they are declared."""
    known = _OPTIONS.get(config)
    if known is None:
        known = _OPTIONS[config] = _options(config)
    return known


_OPTIONS: WeakKeyDictionary[type[Any], Mapping[str, Option]] = WeakKeyDictionary()
"""They are asked for with every call of a connector, and type hints are slow to resolve."""


def _options(config: type[Any]) -> Mapping[str, Option]:
    hints = get_type_hints(config)
    found: dict[str, Option] = {}
    for item in dataclasses.fields(config):
        info = item.metadata.get("flowrun")
        if info is None:
            continue
        if item.default is not dataclasses.MISSING:
            default, required = item.default, False
        elif item.default_factory is not dataclasses.MISSING:
            default, required = item.default_factory(), False
        else:
            default, required = None, True
        name = item.name.removesuffix("_")  # `as_`, `from_`: a YAML key that Python reserves
        found[name] = Option(name, hints[item.name], required, default, info)
    return found


def fields_of(values: Mapping[str, Any], config: type[Any]) -> dict[str, Any]:
    """YAML keys turned into the names of the Python fields."""
    names = {item.name.removesuffix("_"): item.name for item in dataclasses.fields(config)}
    return {names[key]: value for key, value in values.items()}
