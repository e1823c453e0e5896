"""A line a property: the notation in which the entity types of S/4HANA are written down here.

``TotalNetAmount Dec 16,3 ro`` is an ``Edm.Decimal`` of that precision and scale that callers neither create
nor update. Types: ``S n`` text (``S`` alone has no length), ``Dec p,s``, ``Date`` (a day: ``Edm.DateTime``
with ``sap:display-format="Date"``), ``Moment`` (``Edm.DateTimeOffset``), ``Time``, ``Bool``, ``Guid``. Marks:
``key``, ``ro``, ``etag``.
"""

from __future__ import annotations

from mocksap.schema import Nav, Prop

_EDM = {
    "S": "Edm.String",
    "Dec": "Edm.Decimal",
    "Date": "Edm.DateTime",
    "Moment": "Edm.DateTimeOffset",
    "Time": "Edm.Time",
    "Bool": "Edm.Boolean",
    "Guid": "Edm.Guid",
}
_MARKS = {"key", "ro", "etag"}


class DateProp(Prop):  # type: ignore[misc]  # mock-sap ships no types
    """A day without a time of day, which $metadata marks for display."""


def properties(text: str) -> list[Prop]:
    """The properties of one entity type."""
    return [_property(line.split()) for line in text.strip().splitlines()]


def _property(words: list[str]) -> Prop:
    name, kind, *rest = words
    marks = _MARKS & set(rest)
    sizes = [int(part) for word in rest if word not in _MARKS for part in word.split(",")]
    is_key = "key" in marks
    made = (DateProp if kind == "Date" else Prop)(
        name,
        _EDM[kind],
        key=is_key,
        nullable=not is_key,
        creatable="ro" not in marks,
        updatable=not (is_key or "ro" in marks),
        concurrency="etag" in marks,
    )
    if kind == "S" and sizes:
        made.max_length = sizes[0]
    if kind == "Dec":
        made.precision, made.scale = sizes
    return made


def navigation(text: str) -> list[Nav]:
    """``to_Item * A_SalesOrderItem SalesOrder`` is a navigation to many, joined by that property."""
    found = []
    for line in text.strip().splitlines():
        name, multiplicity, target, joins = line.split()
        found.append(Nav(name, target, multiplicity, [(join, join) for join in joins.split(",")]))
    return found
