"""Asks two systems what they have, and compares. Nothing of ours is asked: no journal, no run of before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from flowrun.component.step import Done, Instruction, Step, StepKind
from flowrun.errors import Cause, Rejected
from flowrun.expressions.scope import Scope
from flowrun.expressions.values import LEFT_OUT
from flowrun.language.flow import Flow
from flowrun.language.reconciliation import Reconciliation, Side, source_of
from flowrun.language.workspace import Workspace
from flowrun.runtime.comparing import Outcome, Row, compared
from flowrun.runtime.connections import Connections
from flowrun.runtime.direct import DirectRun, Told, interpreted, new_run_id

PATIENCE = 60.0
"""Seconds of waiting for one side in all, before a system that does not answer is told."""


async def reconciled(
    found: Reconciliation,
    workspace: Workspace,
    connections: Connections,
    since: datetime,
    now: datetime,
    tell: Told | None = None,
) -> Outcome:
    """Asks both systems and compares. Raises what a read raised."""
    first, second = found.sides
    rows = {
        name: await _Reading(found, name, workspace, connections, tell).rows(since) for name in found.sides
    }
    scope = workspace.scope({"env": dict(connections.environment.values)})
    return compared(found, rows[first], rows[second], scope, now)


class _Reading:
    """What one side has, by key. Of each row only the key and the fields are kept."""

    def __init__(
        self,
        found: Reconciliation,
        name: str,
        workspace: Workspace,
        connections: Connections,
        tell: Told | None,
    ) -> None:
        self._found = found
        self._name = name
        self._side = found.sides[name]
        self._workspace = workspace
        self._connections = connections
        self._tell = tell
        self._rows: dict[str, Row] = {}

    async def rows(self, since: datetime) -> dict[str, Row]:
        """Carries out the steps of the side, and keeps its rows."""
        found, source = self._found, source_of(self._side)
        steps = tuple(self._keeping(step) if step is source else step for step in self._side.steps)
        flow = Flow(f"{found.name}.{self._name}", found.title, found.owner, found.file, "", found.at, steps)
        run = DirectRun(new_run_id(), self._connections, patience=PATIENCE, tell=self._tell)
        result = await interpreted(self._workspace, flow, {"since": since}, self._connections, run)
        if result.error is not None:
            raise result.error
        if source is None and result.status == "done":
            names = {"event": {"since": since}, "env": dict(self._connections.environment.values)}
            self._keep(self._workspace.scope({**names, **result.results}))
        return self._rows

    def _keeping(self, source: Step) -> Step:
        """The `pages` step with one more inside it, which keeps the rows of the page."""
        last = Step("~rows", _Kept(keep=self._keep), source.at)
        inner: Any = source.kind
        return replace(source, kind=replace(inner, steps=(*inner.steps, last)))

    def _keep(self, scope: Scope) -> None:
        side = self._side
        rows = side.rows.search(scope.names)
        if rows is not None and not isinstance(rows, list):
            told = f"{self._found.name}: `rows` of `{self._name}` is no list"
            raise Rejected(told, Cause("no-rows", target=self._name))
        for item in rows or ():
            row = _row(side, scope.plus(**{side.as_: item}))
            if row is not None:
                before = self._rows.get(row.key)
                self._rows[row.key] = row if before is None else _joined(side, before, row)


class _Kept(StepKind):
    """The step that no file has: it hands what is in scope over."""

    name: ClassVar[str] = ""
    example: ClassVar[str] = ""

    keep: Callable[[Scope], None]

    def decide(self, scope: Scope) -> Instruction:
        """Nothing happens next."""
        self.keep(scope)
        return Done(None)


def _row(side: Side, scope: Scope) -> Row | None:
    if side.when is not None and not side.when.test(scope.names):
        return None
    key = side.key.evaluate(scope)
    if key is None or key is LEFT_OUT or not str(key).strip():
        return None
    changed = side.changed.search(scope.names) if side.changed is not None else None
    missed = side.missed_when is None or side.missed_when.test(scope.names)
    return Row(str(key).strip(), side.fields.evaluate(scope), _moment(changed), missed)


def _joined(side: Side, one: Row, other: Row) -> Row:
    """Two rows of one key: their sum where the side adds up, else one row with a double. The same row read twice, from
    a list that moved between two pages, is one row."""
    changed = max((row.changed for row in (one, other) if row.changed is not None), default=None)
    missed = one.missed or other.missed
    if not side.add_up and other.fields in (one.fields, *one.doubles):
        return replace(one, changed=changed, missed=missed)
    if not side.add_up:
        return replace(one, doubles=(*one.doubles, other.fields), changed=changed, missed=missed)
    return replace(one, fields=_sum(side, one.fields, other.fields), changed=changed, missed=missed)


def _sum(side: Side, one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of both: amounts added up, of others the first that says something."""
    joined = {**other, **{name: value for name, value in one.items() if value is not None}}
    for name in side.add_up:
        joined[name] = (one.get(name) or 0) + (other.get(name) or 0)
    return joined


def _moment(value: Any) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, datetime) and value.tzinfo is not None else None
