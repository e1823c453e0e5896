"""What is known of a value before it exists: which fields it has, of which kind and length.

Connectors declare the shapes of what they return, SAP's `$metadata` gives those of its entities, and steps
derive theirs. Validation walks expressions over shapes, so a name that cannot exist is found before
anything runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

Kind = Literal["text", "decimal", "integer", "boolean", "date", "datetime", "time", "any"]


@dataclass(frozen=True, slots=True)
class Anything:
    """Nothing is known, so nothing can be wrong."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value. Lengths are characters; `precision` and `scale` are decimal digits in all and after the
    point.

    `creatable`, `updatable` and `key` say what the owning system allows to be written (SAP's
    `sap:creatable`).
    """

    kind: Kind = "any"
    max_length: int | None = None
    precision: int | None = None
    scale: int | None = None
    creatable: bool = True
    updatable: bool = True
    key: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """Named fields. `open` records may hold more than is listed, so an unknown name is no mistake there."""

    fields: Mapping[str, Shape] = field(default_factory=dict)
    open: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Many:
    """A list of things of one shape."""

    of: Shape


Shape = Anything | Scalar | Record | Many

ANYTHING = Anything()
TEXT = Scalar("text")
DECIMAL = Scalar("decimal")
INTEGER = Scalar("integer")
BOOLEAN = Scalar("boolean")
DATE = Scalar("date")
DATETIME = Scalar("datetime")


def record(name: str = "", /, *, open: bool = False, **fields: Shape) -> Record:  # noqa: A002 - the field's own name
    """A record shape, written as the fields it has."""
    return Record(fields, open, name)


_IN_WORDS: Mapping[str, str] = {
    "any": "a single value",
    "text": "a text",
    "decimal": "a number",
    "integer": "a number",
    "boolean": "true or false",
    "date": "a date",
    "datetime": "a moment",
    "time": "a time",
}


def describe(shape: Shape) -> str:
    """The shape in one or two words, for a message."""
    match shape:
        case Scalar(kind=kind):
            return _IN_WORDS[kind]
        case Record(name=name):
            return f"a record ({name})" if name else "a record"
        case Many():
            return "a list"
        case Anything():
            return "anything"


def union(one: Shape, other: Shape) -> Shape:
    """What is known of a value that has one of two shapes. Fields that only one has stay known: it may be
    that one."""
    if one == other:
        return one
    if isinstance(one, Record) and isinstance(other, Record):
        names = [*one.fields, *(name for name in other.fields if name not in one.fields)]
        fields = {
            name: union(
                one.fields.get(name, other.fields.get(name, ANYTHING)),
                other.fields.get(name, one.fields.get(name, ANYTHING)),
            )
            for name in names
        }
        return Record(fields, one.open or other.open, one.name)
    if isinstance(one, Many) and isinstance(other, Many):
        return Many(union(one.of, other.of))
    if isinstance(one, Scalar) and isinstance(other, Scalar) and one.kind == other.kind:
        return Scalar(one.kind)
    return ANYTHING


def never_equal(one: Shape, other: Shape) -> bool:
    """Whether values of these shapes are never equal, whatever the data: a number and a text, say."""
    families = _family(one), _family(other)
    return None not in families and families[0] != families[1]


def _family(shape: Shape) -> str | None:
    """What a value is compared as; None where nothing is known for sure."""
    match shape:
        case Scalar(kind="decimal" | "integer"):
            return "number"
        case Scalar(kind="text" | "boolean" as kind):
            return kind
        case _:
            return None


def shape_of_constant(value: object) -> Shape:
    """The shape of a value that stands in a flow. Of null nothing is known."""
    match value:
        case bool():
            return BOOLEAN
        case int():
            return INTEGER
        case Decimal():
            return DECIMAL
        case str():
            return Scalar("text", max_length=len(value))
        case list():
            return Many(shape_of_constant(value[0]) if value else ANYTHING)
        case dict():
            return Record({key: shape_of_constant(item) for key, item in value.items()})
        case _:
            return ANYTHING
