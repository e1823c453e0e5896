"""A lookup table in memory: a key column and one or more value columns, all text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` maps each key to its row; a row maps column to text. `columns` are the value columns, without
    the key."""

    name: str
    key_column: str
    columns: tuple[str, ...]
    rows: Mapping[str, Mapping[str, str]]
    _found_by: dict[str, dict[str, str]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def find(self, key: str, column: str, by: str | None = None) -> str | None:
        """The value, or None when the key has no row or its cell is empty.

        With `by`, the row is found by the value of that column, which validation knows to stand there once only.
        """
        if by is None or by == self.key_column:
            row = self.rows.get(key)
            return (row[column] or None) if row is not None else None
        found = self._backwards(by).get(key)
        if found is None or column == self.key_column:
            return found
        return self.rows[found][column] or None

    def twice(self, column: str) -> list[str]:
        """The values that stand more than once in a value column: nothing can be found by them."""
        counts = Counter(row[column] for row in self.rows.values() if row[column])
        return [value for value, number in counts.items() if number > 1]

    def _backwards(self, column: str) -> Mapping[str, str]:
        """The key of each value of a column."""
        if column not in self._found_by:
            self._found_by[column] = {row[column]: key for key, row in self.rows.items() if row[column]}
        return self._found_by[column]
