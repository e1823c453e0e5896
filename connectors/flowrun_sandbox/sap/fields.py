"""A line a property: the notation in which the entity types of S/4HANA are written down here.

``TotalNetAmount Dec 16,3 ro`` is an ``Edm.Decimal`` of that precision and scale that callers neither create
nor update. Types: ``S n`` text (``S`` alone has no length), ``Dec p,s``, ``Date`` (``Edm.DateTime``
with ``sap:display-format="Date"``), ``Day`` (the same without that mark), ``Moment`` (``Edm.DateTimeOffset``),
``Time``, ``Bool``, ``Guid``. Marks: ``key``, ``ro`` (neither created nor updated), ``noupd``, ``etag``, and
``of=Material`` for a second name of a column.
"""

from __future__ import annotations

from dataclasses import dataclass

from mocksap.schema import Nav, Prop

_EDM = {
    "S": "Edm.String",
    "Dec": "Edm.Decimal",
    "Date": "Edm.DateTime",
    "Day": "Edm.DateTime",
    "Moment": "Edm.DateTimeOffset",
    "Time": "Edm.Time",
    "Bool": "Edm.Boolean",
    "Guid": "Edm.Guid",
}
_MARKS = {"key", "ro", "etag", "noupd"}


@dataclass
class OurProp(Prop):  # type: ignore[misc]  # mock-sap ships no types
    """A property with what mock-sap's own do not say."""

    is_day: bool = False
    """A day without a time of day, which $metadata marks for display."""
    same_as: str = ""
    """The column whose value this is under another name: SQLite computes it, nobody writes it."""

    @property
    def sql_type(self) -> str:
        """The column, computed where it repeats another."""
        kind: str = super().sql_type
        return f'{kind} GENERATED ALWAYS AS ("{self.same_as}") VIRTUAL' if self.same_as else kind


def properties(text: str) -> list[Prop]:
    """The properties of one entity type."""
    return [_property(line.split()) for line in text.splitlines() if line.strip()]


def _property(words: list[str]) -> OurProp:
    name, kind, *rest = words
    marks = _MARKS & set(rest)
    same = next((word.removeprefix("of=") for word in rest if word.startswith("of=")), "")
    sizes = [int(part) for word in rest if word[0].isdigit() for part in word.split(",")]
    is_key = "key" in marks
    made = OurProp(
        name,
        _EDM[kind],
        key=is_key,
        nullable=not is_key,
        creatable="ro" not in marks,
        updatable=not (is_key or marks & {"ro", "noupd"}),
        concurrency="etag" in marks,
        is_day=kind == "Date",
        same_as=same,
    )
    if kind == "S" and sizes:
        made.max_length = sizes[0]
    if kind == "Dec":
        made.precision, made.scale = sizes
    return made


def navigation(text: str) -> list[Nav]:
    """``to_Item * A_SalesOrderItem SalesOrder`` is a navigation to many, joined by that property (or ``one=other``)."""
    found = []
    for line in text.strip().splitlines():
        name, multiplicity, target, joins = line.split()
        pairs = [join.partition("=") for join in joins.split(",")]
        found.append(Nav(name, target, multiplicity, [(here, there or here) for here, _, there in pairs]))
    return found
