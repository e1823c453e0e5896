"""What a report says of a reconciliation, line by line, whatever it is written as."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flowrun.runtime.comparing import DUPLICATE, Difference, Group, Outcome

CURRENCY = "currency"
"""Amounts of two currencies are never added up, so a group of this name keeps its own totals."""


@dataclass(frozen=True, slots=True)
class Total:
    """One group of a report, or all groups of one currency: counts by kind, and each sum by side."""

    group: tuple[str, ...]
    counts: Mapping[str, int]
    sums: Mapping[str, tuple[Decimal, Decimal]]


def words(kind: str) -> str:
    """A kind of difference, for people."""
    if kind == DUPLICATE:
        return "more than once"
    return f"only in {kind.removeprefix('only_')}" if kind.startswith("only_") else kind


def shown(value: Any) -> str:
    """A value, for people."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return _plain(value)
        case _:
            return str(value)


def _plain(number: Decimal) -> str:
    """An amount without the zeros that SAP adds, two digits after the point excepted."""
    whole, _, rest = f"{number:f}".partition(".")
    kept = rest.rstrip("0")
    return f"{whole}.{kept.ljust(2, '0')}" if kept or len(rest) == len("00") else whole


def headline(outcome: Outcome) -> str:
    """The counts in one line."""
    kinds = [f"{number} {words(kind)}" for kind, number in outcome.counts.items()]
    if outcome.duplicates:
        kinds[1] += f" ({outcome.duplicates} of them {words(DUPLICATE)})"
    if outcome.young:
        kinds.append(f"{outcome.young} too young to tell")
    nothing = not any(outcome.counts.values()) and not outcome.young
    return "nothing on either side" if nothing else ", ".join(kinds)


def brief(outcome: Outcome, one: Difference) -> list[list[str]]:
    """One line for each field that differs; one line for a row that only one side has, with what it says there."""
    if one.kind not in ("different", DUPLICATE):
        return [[one.key, words(one.kind), "", *(_summary(outcome, one, side) for side in outcome.sides)]]
    lines = full(outcome, one)
    return [lines[0], *(["", "", *line[2:]] for line in lines[1:])]


def full(outcome: Outcome, one: Difference) -> list[list[str]]:
    """One line for each field that differs, or for each compared field of a row that only one side has."""
    names = one.fields or (("",) if one.kind == DUPLICATE else tuple(outcome.of.compare))
    return [
        [one.key, words(one.kind), name, *(_values(one, side, name) for side in outcome.sides)]
        for name in names
    ]


def _values(one: Difference, side: str, name: str) -> str:
    values = one.values(side, name)
    return ", ".join(map(shown, values)) if name else f"{len(values)} rows"


def _summary(outcome: Outcome, one: Difference, side: str) -> str:
    if side not in one.rows:
        return ""
    said = ((name, shown(one.rows[side].get(name))) for name in outcome.of.compare)
    return ", ".join(f"{name} {value}" for name, value in said if value) or "✓"


# --- totals -------------------------------------------------------------------------------------------------------


def totals(outcome: Outcome) -> list[Total]:
    """The groups, in their order."""
    return [
        _total(outcome, group, [numbers])
        for group, numbers in sorted(outcome.groups.items(), key=lambda pair: _sortable(pair[0]))
    ]


def grand_totals(outcome: Outcome) -> list[Total]:
    """All groups together; of amounts, each currency by itself. None where that is every group anyway."""
    names = outcome.of.group_by
    place = names.index(CURRENCY) if CURRENCY in names else None
    found: dict[str, list[Group]] = {}
    for group, numbers in sorted(outcome.groups.items(), key=lambda pair: _sortable(pair[0])):
        found.setdefault("" if place is None else shown(group[place]), []).append(numbers)
    if len(found) == len(outcome.groups):
        return []
    return [
        _total(outcome, tuple(currency if index == place else "" for index in range(len(names))), parts)
        for currency, parts in found.items()
    ]


def _total(outcome: Outcome, group: Sequence[Any], parts: Sequence[Group]) -> Total:
    first, second = outcome.sides

    def sum_of(side: str, name: str) -> Decimal:
        return sum((part.sums.get(side, {}).get(name, Decimal(0)) for part in parts), Decimal(0))

    counts = {kind: sum(part.counts[kind] for part in parts) for kind in outcome.counts}
    sums = {name: (sum_of(first, name), sum_of(second, name)) for name in outcome.of.sum}
    return Total(tuple(map(shown, group)), counts, sums)


def total_headings(outcome: Outcome) -> list[str]:
    """The columns of `total_cells`."""
    first, second = outcome.sides
    sums = [f"{name} {part}" for name in outcome.of.sum for part in (first, second, "difference")]
    return [*outcome.of.group_by, *map(words, outcome.counts), *(one.replace("_", " ") for one in sums)]


def total_cells(total: Total) -> list[str]:
    """A group as one line: its name, its counts, and for each sum both sides and how far they are apart."""
    return [*total.group, *(str(number) for number in total.counts.values()), *_sums(total)]


def total_columns(outcome: Outcome) -> list[int]:
    """The columns that say something: the groups, and what is not zero in every line."""
    lines = [total_cells(total) for total in totals(outcome)]
    names = len(outcome.of.group_by)
    return [
        index
        for index in range(len(total_headings(outcome)))
        if index < names or any(line[index] not in ("", "0") for line in lines)
    ]


def _sums(total: Total) -> Iterator[str]:
    for first, second in total.sums.values():
        yield from (shown(first), shown(second), shown(second - first) if first != second else "")


def _sortable(group: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple("￿" if one is None else str(one) for one in group)  # what has no name comes last
