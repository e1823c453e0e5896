"""Which values in recorded samples have no row in the lookup tables: found before a run misses them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flowrun.component.config import Config
from flowrun.component.http import NotJson, decode
from flowrun.component.step import Done, OperationStep, Step
from flowrun.errors import ConfigurationError, FlowrunError
from flowrun.expressions.scope import Scope
from flowrun.expressions.templates import Expression
from flowrun.expressions.values import Choose, Fields, ForEach, Items, Modified, Value, as_key
from flowrun.expressions.values.lookup import Lookup
from flowrun.language.flow import Flow
from flowrun.language.parts import groups_of, parts_of
from flowrun.language.workspace import Workspace


@dataclass(frozen=True, slots=True, order=True)
class Asked:
    """One value that a lookup of a flow asks a table for. `then`: what happens without a row (fail, park, default)."""

    lookup: str
    column: str
    key: str
    flow: str
    step: str
    then: str


@dataclass(slots=True)
class Looked:
    """What the samples ask for. `missing` are the values without a row, with how often; `values` counts all that were
    looked at."""

    missing: Counter[Asked] = field(default_factory=Counter)
    values: int = 0


def read_samples(place: Path) -> list[Mapping[str, Any]]:
    """The records of a JSON file, or of all below a folder: one, or a list of them. Raises `ConfigurationError`."""
    files = sorted(place.rglob("*.json")) if place.is_dir() else [place]
    found: list[Mapping[str, Any]] = []
    for file in files:
        try:
            data = decode(file.read_bytes())
        except (NotJson, RecursionError) as error:
            raise ConfigurationError(f"{file} is not JSON: {error}") from error
        records = data if isinstance(data, list) else [data]
        if not all(isinstance(record, Mapping) for record in records):
            raise ConfigurationError(
                f"{file} holds something that is no record; a sample is an event or an order"
            )
        found.extend(records)
    if not found:
        raise ConfigurationError(f"{place} holds no sample; put recorded events or orders there, as JSON")
    return found


def looked_up(found: Workspace, samples: Iterable[Mapping[str, Any]]) -> Looked:
    """What every flow would look up for these samples, as far as they say it. Nothing is asked of any system.

    A sample is an event or what a step read, such as a whole order; or a record of several by their names:
    {"event": …, "order": …}. What is worked out from that in the flow is worked out here, too. A value that a sample
    does not hold is not looked up.
    """
    looked = Looked()
    for sample in samples:
        for flow in found.flows.values():
            if flow.trigger is not None:
                _Look(found, flow, looked).steps(flow.steps, found.scope(_names(flow, sample)))
    return looked


def _names(flow: Flow, sample: Mapping[str, Any]) -> dict[str, Any]:
    """The sample under its own names; else as the event, and as what any step has read."""
    reads = [step.id for step in flow.steps if isinstance(step.kind, OperationStep) and step.kind.reads]
    named = {name: sample[name] for name in ("event", *(step.id for step in flow.steps)) if name in sample}
    return {"event": sample, **dict.fromkeys(reads, sample)} if not named else {"event": {}, **named}


@dataclass(frozen=True, slots=True)
class _Look:
    """One walk through the steps of a flow with one sample."""

    found: Workspace
    flow: Flow
    looked: Looked

    def steps(self, steps: Iterable[Step], scope: Scope) -> None:
        for step in steps:
            if not _may_hold(step.when, scope):
                continue
            self._step(step, scope)
            for _, _, group in groups_of(step.kind):
                self.steps(group, scope)
            with suppress(FlowrunError):
                outcome = step.kind.decide(scope) if step.id not in scope.names else None
                if isinstance(outcome, Done):
                    scope = scope.plus(**{step.id: outcome.value})

    def _step(self, step: Step, scope: Scope) -> None:
        settings = dict(parts_of(step.kind))
        if step.kind.name == "lookup":
            then = "default" if settings["default"] is not None else settings["missing"]
            self._note(step.id, settings["lookup"], "", settings["key"], then, None, scope)
        called = settings.get("flow") if step.kind.name == "flow" else None
        if called is not None:
            flow = self.found.flows[called]
            _Look(self.found, flow, self.looked).steps(
                flow.steps, self.found.scope({"event": _given(settings, scope)})
            )
        for value in settings.values():
            for lookup, within in lookups_in(value, scope):
                then = "default" if lookup.default is not None else lookup.missing
                self._note(step.id, lookup.table, lookup.column, lookup.key, then, lookup.by, within)

    def _note(
        self, step: str, table: str, column: str, key: Value, then: str, by: str | None, scope: Scope
    ) -> None:
        try:
            text = as_key(key.evaluate(scope))
        except FlowrunError:
            return
        if not text:
            return
        self.looked.values += 1
        rows = self.found.tables[table]
        there = rows.find(text, column, by) is not None if column else text in rows.rows
        if not there:
            self.looked.missing[
                Asked(table, column or rows.columns[0], text, self.flow.name, step, then)
            ] += 1


def _given(settings: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    """What a called flow is passed, as far as the sample says it."""
    passed = next((part for part in settings.values() if isinstance(part, Fields)), None)
    given: dict[str, Any] = {}
    for name, value in (passed.fields if passed is not None else {}).items():
        with suppress(FlowrunError):
            given[name] = value.evaluate(scope)
    return given


def lookups_in(value: Any, scope: Scope) -> Iterator[tuple[Lookup, Scope]]:
    """The lookups in a setting, each with the scope it is in: once for each item of a list."""
    if isinstance(value, Lookup):
        yield value, scope
    for part, within in _inside(value, scope):
        yield from lookups_in(part, within)


def _inside(value: Any, scope: Scope) -> list[tuple[Any, Scope]]:
    """What a value is made of, as far as this sample would come to it."""
    match value:
        case Lookup():
            return [(value.default, scope)]
        case Fields():
            return [(inner, scope) for inner in value.fields.values()]
        case Items():
            return [(inner, scope) for inner in value.items]
        case Config():
            return [(inner, scope) for _, inner in parts_of(value)]
        case Choose():
            return [(choice.value, scope) for choice in value.choices if _may_hold(choice.when, scope)][:1]
        case Modified():
            return [(value.of, scope)] if _may_hold(value.when, scope) else []
        case ForEach():
            return [(value.each, scope.plus(**{value.name: item})) for item in _items(value, scope)]
        case _:
            return []


def _items(value: ForEach, scope: Scope) -> list[Any]:
    try:
        found = value.items.search(scope.names)
    except FlowrunError:
        return []
    return list(found) if isinstance(found, list | tuple) else []


def _may_hold(when: Expression | None, scope: Scope) -> bool:
    """Also when the sample does not say, because the condition reads what only a run knows."""
    if when is None or any(name.partition(".")[0] not in scope.names for name in when.names()):
        return True
    try:
        return when.test(scope.names)
    except FlowrunError:
        return True
