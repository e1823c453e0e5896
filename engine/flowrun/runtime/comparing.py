"""Holds the rows of two systems against each other. Pure: what is read and written stands elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from flowrun.expressions.scope import Scope
from flowrun.expressions.values import LEFT_OUT
from flowrun.language.reconciliation import Reconciliation

DUPLICATE = "duplicate"
Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of one side: its key, the fields that are compared or reported, when it last changed.

    A row that is not `missed` is compared where the other side has it too, and no difference where not. `doubles` are
    the fields of more rows with the same key.
    """

    key: str
    fields: Fields
    changed: datetime | None = None
    missed: bool = True
    doubles: tuple[Fields, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that is not the same. `kind` is `different`, `duplicate` or `only_SIDE`; `fields` are those that differ.

    `doubles` are, for each side, the fields of more rows with the same key.
    """

    kind: str
    key: str
    rows: Mapping[str, Fields]
    fields: tuple[str, ...] = ()
    doubles: Mapping[str, tuple[Fields, ...]] = field(default_factory=dict)

    def values(self, side: str, name: str) -> list[Any]:
        """What a side says in a field: one value, several for a key that comes twice, none where it has no row."""
        rows = [self.rows[side], *self.doubles.get(side, ())] if side in self.rows else []
        return [row.get(name) for row in rows]


@dataclass(slots=True)
class Group:
    """The rows of one group: how many of each kind, and for each side the sums of the `sum` fields."""

    counts: Counter[str] = field(default_factory=Counter)
    sums: dict[str, dict[str, Decimal]] = field(default_factory=dict)

    def add(self, kind: str, pair: Mapping[str, Row], names: Sequence[str]) -> None:
        """One more pair of rows."""
        self.counts[kind] += 1
        for side, row in pair.items():
            sums = self.sums.setdefault(side, {})
            for name in names:
                for fields in (row.fields, *row.doubles):
                    sums[name] = sums.get(name, Decimal(0)) + (_decimal(fields.get(name)) or 0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the reconciliation `of` found.

    `counts` has `same`, `different` (duplicates too), `only_X` and `only_Y`. `young` rows are too new to be missed on
    the other side; they count as neither same nor different. `groups` add up by `group_by`.
    """

    of: Reconciliation
    counts: Mapping[str, int]
    differences: tuple[Difference, ...]
    young: int = 0
    groups: Mapping[tuple[Any, ...], Group] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The reconciliation's."""
        return self.of.name

    @property
    def sides(self) -> tuple[str, str]:
        """The names of both."""
        first, second = self.of.sides
        return first, second

    @property
    def agree(self) -> bool:
        """Whether there is no difference."""
        return not self.differences

    @property
    def duplicates(self) -> int:
        """How many keys come more than once."""
        return sum(one.kind == DUPLICATE for one in self.differences)

    def as_data(self) -> dict[str, int]:
        """The counts, as `flowrun reconcile --output json` has them."""
        return dict(self.counts)


def compared(
    found: Reconciliation, first: Mapping[str, Row], second: Mapping[str, Row], scope: Scope, now: datetime
) -> Outcome:
    """The rows of both sides, held against each other."""
    names = tuple(found.sides)
    counts = {"same": 0, "different": 0, f"only_{names[0]}": 0, f"only_{names[1]}": 0}
    groups: dict[tuple[Any, ...], Group] = {}
    differences: list[Difference] = []
    young = 0
    oldest_young = now - timedelta(seconds=found.young.seconds)
    for pair in _pairs(names, first, second):
        if len(pair) == 1 and not _missed(pair):
            continue
        difference = _difference(found, pair, scope)
        if difference is not None and _is_young(pair, oldest_young):
            young += 1
            continue
        kind = _counted(difference)
        counts[kind] += 1
        if found.group_by:
            groups.setdefault(_group(found, pair), Group()).add(kind, pair, found.sum)
        if difference is not None:
            differences.append(difference)
    return Outcome(found, counts, tuple(differences), young, groups)


def _counted(difference: Difference | None) -> str:
    """What a pair counts as: the four words are all there are, so a duplicate is one that is different."""
    if difference is None:
        return "same"
    return "different" if difference.kind == DUPLICATE else difference.kind


def _missed(pair: Mapping[str, Row]) -> bool:
    return any(row.missed or row.doubles for row in pair.values())


def _pairs(
    names: Sequence[str], first: Mapping[str, Row], second: Mapping[str, Row]
) -> Iterator[dict[str, Row]]:
    """Every key once, with the rows that have it, in the order of the keys."""
    for key in sorted(first.keys() | second.keys()):
        rows = zip(names, (first.get(key), second.get(key)), strict=True)
        yield {name: row for name, row in rows if row is not None}


def _difference(found: Reconciliation, pair: Mapping[str, Row], scope: Scope) -> Difference | None:
    key = next(iter(pair.values())).key
    rows = {name: row.fields for name, row in pair.items()}
    doubles = {name: row.doubles for name, row in pair.items() if row.doubles}
    if doubles:
        return Difference(DUPLICATE, key, rows, _told_apart(rows, doubles), doubles)
    if len(pair) == 1:
        return Difference(f"only_{next(iter(pair))}", key, rows)
    one, other = (row.fields for row in pair.values())
    within = scope.plus(key=key, **rows)
    differing = tuple(
        name
        for name, how in found.compare.items()
        if not same(one.get(name), other.get(name), how.tolerance.evaluate(within) if how.tolerance else None)
    )
    return Difference("different", key, rows, differing) if differing else None


def _told_apart(rows: Mapping[str, Fields], doubles: Mapping[str, tuple[Fields, ...]]) -> tuple[str, ...]:
    """The fields in which the rows of one key are not alike: the number of a document, most often."""
    names = (
        name
        for side, more in doubles.items()
        for name, value in rows[side].items()
        if any(not same(value, one.get(name)) for one in more)
    )
    return tuple(dict.fromkeys(names))


def same(one: Any, other: Any, tolerance: Any = None) -> bool:
    """Whether two values mean the same: 5 and 5.000, nothing and an empty text, a moment in two zones; amounts
    may be `tolerance` apart."""
    one, other = _plain(one), _plain(other)
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return abs(one - other) <= (_decimal(tolerance) or 0)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def _plain(value: Any) -> Any:
    if value is None or value is LEFT_OUT or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, str):
        return value.strip()
    return _decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value


def _decimal(value: Any) -> Decimal | None:
    return Decimal(value) if value is not None and value is not LEFT_OUT else None


def _is_young(pair: Mapping[str, Row], oldest_young: datetime) -> bool:
    return any(row.changed is not None and row.changed > oldest_young for row in pair.values())


def _group(found: Reconciliation, pair: Mapping[str, Row]) -> tuple[Any, ...]:
    """The group of a pair: each field from the first side that has it."""
    return tuple(
        next((_shown(row.fields[name]) for row in pair.values() if row.fields.get(name) is not None), None)
        for name in found.group_by
    )


def _shown(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
