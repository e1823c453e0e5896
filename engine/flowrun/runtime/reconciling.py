"""Compares what two systems have, row by row. Nothing of ours is asked: no journal, no cross references."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from flowrun.errors import Cause, Rejected
from flowrun.expressions.scope import Scope
from flowrun.expressions.values import LEFT_OUT
from flowrun.language.flow import Flow
from flowrun.language.reconciliation import Reconciliation, Side
from flowrun.language.workspace import Workspace
from flowrun.runtime.connections import Connections
from flowrun.runtime.direct import DirectRun, interpreted, new_run_id

MOST_TWICE = 5
"""Keys named in a message; more would not help anybody."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of one side: its key, the fields that are compared or reported, when it last changed."""

    key: str
    fields: Mapping[str, Any]
    changed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that is not the same. `kind` is `different` or `only_SIDE`; `fields` are those that differ."""

    kind: str
    key: str
    rows: Mapping[str, Mapping[str, Any]]
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a reconciliation found.

    `young` rows are too new to be missed on the other side; they count as neither same nor different. `groups` are
    the counts for each group of `group_by`.
    """

    name: str
    sides: tuple[str, str]
    counts: Mapping[str, int]
    differences: tuple[Difference, ...]
    young: int = 0
    groups: Mapping[tuple[Any, ...], Mapping[str, int]] = field(default_factory=dict)

    @property
    def agree(self) -> bool:
        """Whether there is no difference."""
        return not self.differences

    def as_data(self) -> dict[str, Any]:
        """The counts, as `flowrun reconcile --output json` has them."""
        return dict(self.counts)


async def reconciled(
    found: Reconciliation, workspace: Workspace, connections: Connections, since: datetime, now: datetime
) -> Outcome:
    """Asks both systems and compares. Raises what a read raised, and `Rejected` for rows that cannot be told apart."""
    first, second = found.sides
    rows = {
        name: await _rows_of(name, side, found, workspace, connections, since)
        for name, side in found.sides.items()
    }
    scope = workspace.scope({"env": dict(connections.environment.values)})
    return compared(found, rows[first], rows[second], scope, now)


async def _rows_of(
    name: str,
    side: Side,
    found: Reconciliation,
    workspace: Workspace,
    connections: Connections,
    since: datetime,
) -> dict[str, Row]:
    """The rows of one side by key."""
    flow = Flow(f"{found.name}.{name}", found.title, found.owner, found.file, "", found.at, side.steps)
    run = DirectRun(new_run_id(), connections, patience=60.0)
    result = await interpreted(workspace, flow, {"since": since}, connections, run)
    if result.error is not None:
        raise result.error
    names = {"event": {"since": since}, "env": dict(connections.environment.values), **result.results}
    scope = workspace.scope(names)
    rows: dict[str, Row] = {}
    twice: Counter[str] = Counter()
    for item in side.rows.search(scope.names) or ():
        row = _row(side, scope.plus(**{side.as_: item}))
        if row is None:
            continue
        if row.key in rows:
            twice[row.key] += 1
        rows[row.key] = row
    if twice:
        named = ", ".join(f"`{key}`" for key in list(twice)[:MOST_TWICE])
        more = f" and {len(twice) - MOST_TWICE} more" if len(twice) > MOST_TWICE else ""
        raise Rejected(
            f"{found.name}: `{name}` has {named}{more} more than once, so nobody can tell which is meant; "
            "make the `key` more exact, or add up the rows first",
            Cause("key-twice", target=name),
        )
    return rows


def _row(side: Side, scope: Scope) -> Row | None:
    if side.when is not None and not side.when.test(scope.names):
        return None
    key = side.key.evaluate(scope)
    if key is None or key is LEFT_OUT or not str(key).strip():
        return None
    changed = side.changed.search(scope.names) if side.changed is not None else None
    return Row(str(key), side.fields.evaluate(scope), _moment(changed))


def _moment(value: Any) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, datetime) and value.tzinfo is not None else None


# --- comparing ----------------------------------------------------------------------------------------------------


def compared(
    found: Reconciliation, first: Mapping[str, Row], second: Mapping[str, Row], scope: Scope, now: datetime
) -> Outcome:
    """The rows of both sides, held against each other."""
    names = tuple(found.sides)
    counts = Counter({"same": 0, "different": 0, f"only_{names[0]}": 0, f"only_{names[1]}": 0})
    groups: dict[tuple[Any, ...], Counter[str]] = {}
    differences: list[Difference] = []
    young = 0
    oldest_young = now - timedelta(seconds=found.young.seconds)
    for pair in _pairs(names, first, second):
        difference = _difference(found, pair, scope)
        if difference is not None and _is_young(pair, oldest_young):
            young += 1
            continue
        kind = difference.kind if difference is not None else "same"
        counts[kind] += 1
        if found.group_by:
            groups.setdefault(_group(found, pair), Counter())[kind] += 1
        if difference is not None:
            differences.append(difference)
    return Outcome(found.name, (names[0], names[1]), dict(counts), tuple(differences), young, groups)


def _pairs(
    names: Sequence[str], first: Mapping[str, Row], second: Mapping[str, Row]
) -> Iterator[dict[str, Row]]:
    """Every key once, with the rows that have it, in the order of the keys."""
    for key in sorted({*first, *second}):
        rows = zip(names, (first.get(key), second.get(key)), strict=True)
        yield {name: row for name, row in rows if row is not None}


def _difference(found: Reconciliation, pair: Mapping[str, Row], scope: Scope) -> Difference | None:
    key = next(iter(pair.values())).key
    rows = {name: row.fields for name, row in pair.items()}
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
