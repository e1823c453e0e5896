"""A lookup table in memory: a key column and one or more value columns, all text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` maps each key to its row; a row maps column to text. `columns` are the value columns, without
    the key."""

    name: str
    key_column: str
    columns: tuple[str, ...]
    rows: Mapping[str, Mapping[str, str]]

    def find(self, key: str, column: str) -> str | None:
        """The value, or None when the key has no row or its cell is empty."""
        row = self.rows.get(key)
        return (row[column] or None) if row is not None else None
