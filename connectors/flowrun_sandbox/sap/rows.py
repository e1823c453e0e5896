"""Rows of the sandbox's own tables, past the checks that a caller from outside meets.

What the system itself writes (statuses, documents that follow from others) is written here; table and column
names come from the registry of entity types and never from a caller.
"""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from typing import Any

from mocksap import clock, money, store
from mocksap.schema import ENTITY_TYPES

Connection = sqlite3.Connection
Row = dict[str, Any]
FOR_EVER = "9999-12-31T00:00:00"


def today() -> str:
    """The day, as days are stored."""
    return f"{clock.now():%Y-%m-%d}T00:00:00"


def time_of_day() -> str:
    """The time of day as ``Edm.Time`` writes it."""
    return f"{clock.now():PT%HH%MM%SS}"


def many(conn: Connection, table: str, order: str = "", **equal: Any) -> list[Row]:
    """The rows with these values, by ``order`` or by key."""
    where = " AND ".join(f'"{name}" = ?' for name in equal) or "1 = 1"
    by = order or ", ".join(f'"{prop.name}"' for prop in ENTITY_TYPES[table].keys)
    found = conn.execute(f'SELECT * FROM "{table}" WHERE {where} ORDER BY {by}', list(equal.values()))  # noqa: S608 - from the registry
    return [dict(row) for row in found]


def one(conn: Connection, table: str, **equal: Any) -> Row | None:
    """The first of them."""
    return next(iter(many(conn, table, **equal)), None)


def add(conn: Connection, table: str, **values: Any) -> Row:
    """One row; what is not given gets its initial value, and days and times of creation the present."""
    entity = ENTITY_TYPES[table]
    present = {"CreationDate": today(), "LastChangeDate": today(), "CreationTime": time_of_day()}
    present["LastChangeDateTime"] = clock.now().isoformat(timespec="milliseconds")
    row = {prop.name: store.initial_value(prop) for prop in entity.props if not getattr(prop, "same_as", "")}
    row |= {name: value for name, value in present.items() if name in row}
    row |= {name: _stored(table, name, value) for name, value in values.items()}
    names = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join("?" for _ in row)
    conn.execute(f'INSERT INTO "{entity.table}" ({names}) VALUES ({marks})', list(row.values()))  # noqa: S608 - from the registry
    return row


def change(conn: Connection, table: str, keys: Row, **values: Any) -> None:
    """Sets columns of the rows with these keys."""
    sets = ", ".join(f'"{name}" = ?' for name in values)
    where = " AND ".join(f'"{name}" = ?' for name in keys)
    new = [_stored(table, name, value) for name, value in values.items()]
    conn.execute(f'UPDATE "{table}" SET {sets} WHERE {where}', [*new, *keys.values()])  # noqa: S608 - from the registry


def _stored(table: str, name: str, value: Any) -> Any:
    prop = ENTITY_TYPES[table].prop(name)
    if prop is not None and prop.type == "Edm.Decimal" and value is not None:
        return money.text(value, money.scale_of(prop))
    return str(value) if isinstance(value, Decimal) else value


def total(rows: list[Row], name: str) -> Decimal:
    """The sum of a column, exactly."""
    return sum((money.of(row[name]) for row in rows), Decimal(0))
