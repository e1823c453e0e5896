"""Walks checked-in steps over shapes: every name that an expression reads must be there when the step is reached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flowrun.component.config import Config, options_of
from flowrun.component.step import FlowName, Known, OperationStep, Step, StepKind, Target
from flowrun.errors import Position
from flowrun.expressions.paths import Path
from flowrun.expressions.shapes import ANYTHING, DATETIME, TEXT, Many, Record, Shape, union
from flowrun.expressions.suggest import did_you_mean
from flowrun.expressions.templates import Expression, Text
from flowrun.expressions.values import Fields, Findings, Value
from flowrun.language.flow import Flow
from flowrun.language.report import Report
from flowrun.language.steps import KnownConnection
from flowrun.language.targets import check_fields

RUN = Record({"id": TEXT, "flow": TEXT, "started": DATETIME}, name="run")


@dataclass(slots=True)
class Checker:
    """Checks the flows of a project against each other. `environment` is the shape of `env`."""

    flows: Mapping[str, Flow]
    connections: Mapping[str, KnownConnection]
    columns: Mapping[str, tuple[str, ...]]
    environment: Record
    results: dict[str, Shape] = field(default_factory=dict)
    given: dict[str, Shape] = field(default_factory=dict)

    def check(self, report: Report) -> None:
        """Reports everything that is wrong with the names of all flows, and sub-flows that call each other in a ring."""
        order = self._callees_first(report)
        for flow in order:
            # What a flow returns is needed by its callers, what it is given comes from them: so first without knowing.
            self.results[flow.name] = self._walk(flow, self._inputs(flow), Report())
        for flow in reversed(order):
            self.results[flow.name] = self._walk(flow, self._event(flow), report)

    # --- order -------------------------------------------------------------------------------------------------

    def _callees_first(self, report: Report) -> list[Flow]:
        order: list[Flow] = []
        done: set[str] = set()

        def visit(flow: Flow, above: tuple[str, ...]) -> None:
            if flow.name in done:
                return
            for called, at in calls_of(flow.steps):
                if called in (*above, flow.name):
                    ring = " → ".join([*above, flow.name, called])
                    report.add(
                        "cyclic-flows",
                        f"the sub-flows call each other in a ring: {ring}",
                        at,
                        "a flow may not end up calling itself",
                    )
                elif called in self.flows:
                    visit(self.flows[called], (*above, flow.name))
            done.add(flow.name)
            order.append(flow)

        for flow in self.flows.values():
            visit(flow, ())
        return order

    # --- what a flow starts with ---------------------------------------------------------------------------------

    def _inputs(self, flow: Flow) -> Shape:
        if flow.inputs is not None:
            return Record(dict.fromkeys(flow.inputs, ANYTHING), name="event")
        return self._triggered(flow) if flow.trigger is not None else ANYTHING

    def _triggered(self, flow: Flow) -> Shape:
        shapes: list[Shape] = []
        trigger = flow.trigger
        if (
            trigger is not None
            and trigger.webhook is not None
            and trigger.webhook.connection in self.connections
        ):
            shapes.append(
                self.connections[trigger.webhook.connection].connector.events[trigger.webhook.event]
            )
        if trigger is not None and trigger.poll is not None:
            listed = trigger.poll.call.result
            shapes.append(listed.of if isinstance(listed, Many) else ANYTHING)
        if not shapes:
            return ANYTHING
        event = shapes[0]
        for other in shapes[1:]:
            event = union(event, other)
        return event

    def _event(self, flow: Flow) -> Shape:
        inputs = self._inputs(flow)
        given = self.given.get(flow.name)
        if isinstance(inputs, Record) and isinstance(given, Record) and flow.inputs is not None:
            return Record({name: given.fields.get(name, ANYTHING) for name in inputs.fields}, name="event")
        return inputs

    # --- the walk --------------------------------------------------------------------------------------------------

    def _walk(self, flow: Flow, event: Shape, report: Report) -> Shape:
        names: dict[str, Shape] = {"event": event, "run": RUN, "env": self.environment}
        walk = _Walk(self, report)
        if flow.trigger is not None:
            within = event.fields if isinstance(event, Record) else None
            for path in [*([flow.trigger.key] if flow.trigger.key else []), *flow.trigger.once]:
                if within is not None:
                    walk.visit(path, within)
        names = walk.steps(flow.steps, names)
        result: Shape = flow.result.check(names, walk.findings) if flow.result is not None else ANYTHING
        walk.tell()
        return result


@dataclass(slots=True)
class _Walk:
    checker: Checker
    report: Report
    findings: Findings = field(default_factory=Findings)

    def tell(self) -> None:
        for source, complaint in self.findings.items:
            self.report.complain(source, complaint)

    def steps(self, steps: Iterable[Step], names: Mapping[str, Shape]) -> dict[str, Shape]:
        """The names after these steps."""
        known = dict(names)
        for step in steps:
            known[step.id] = self.step(step, known)
        return known

    def step(self, step: Step, names: Mapping[str, Shape]) -> Shape:
        """The shape of a step's result."""
        self.visit(step.when, names)
        inner: dict[str, Shape] = {}
        within = {**names, **step.kind.inner_names(self._known(names, inner))}
        for name, value in _parts(step.kind):
            shape = self.visit(value, within if _holds_steps(value) else names)
            inner[name] = shape
        self._against_target(step.kind, inner)
        self._against_inputs(step, inner)
        result = step.kind.shape(self._known(names, inner))
        self.steps(step.undo, {**names, step.id: result})
        return result

    def _known(self, names: Mapping[str, Shape], inner: Mapping[str, Shape]) -> Known:
        return Known(names, self.checker.columns, self.checker.results, inner)

    def visit(self, value: Any, names: Mapping[str, Shape]) -> Shape:
        """Checks everything inside a setting of a step, whatever it is made of."""
        match value:
            case Expression() | Text():
                return self.findings.template(value, names)
            case Path():
                return self.findings.path(value, names)
            case Value():
                return value.check(names, self.findings)
            case Config():
                shapes = {name: self.visit(part, names) for name, part in _parts(value)}
                self._against_target(value, shapes)
                return Record(shapes)
            case tuple() | list() if _holds_steps(value):
                after = self.steps(value, names)
                return Record({step.id: after[step.id] for step in value})
            case tuple() | list():
                for item in value:
                    self.visit(item, names)
                return ANYTHING
            case Mapping():
                return Record({name: self.visit(part, names) for name, part in value.items()})
            case _:
                return ANYTHING

    def _against_target(self, config: Config, shapes: Mapping[str, Shape]) -> None:
        parts = dict(_parts(config))
        target = next((part for part in parts.values() if isinstance(part, Target)), None)
        if target is None:
            return
        for name, part in parts.items():
            if isinstance(part, Fields):
                found = shapes[name]
                check_fields(part, target.shape, found if isinstance(found, Record) else None, self.report)

    def _against_inputs(self, step: Step, inner: Mapping[str, Shape]) -> None:
        parts = dict(_parts(step.kind))
        called = next((part for part in parts.values() if isinstance(part, FlowName)), None)
        flow = self.checker.flows.get(called) if called is not None else None
        if called is None or flow is None:
            return
        key, fields = next(
            ((name, part) for name, part in parts.items() if isinstance(part, Fields)), ("", None)
        )
        given = inner[key] if key else Record({})
        if flow.inputs is not None:
            passed = fields.fields if fields is not None else {}
            keys = fields.keys if fields is not None else {}
            for name in passed:
                if name not in flow.inputs:
                    self.report.add(
                        "unknown-input",
                        f"the flow `{called}` takes no `{name}`",
                        keys.get(name, step.at),
                        did_you_mean(name, flow.inputs),
                    )
            for name, description in flow.inputs.items():
                if name not in passed:
                    self.report.add(
                        "missing-input",
                        f"the flow `{called}` needs `{name}`: {description}",
                        fields.at if fields is not None else step.at,
                        "null is fine where it is not known, but it must be passed",
                    )
        before = self.checker.given.get(called)
        self.checker.given[called] = given if before is None else union(before, given)


def _parts(config: Config) -> list[tuple[str, Any]]:
    """The settings of a component with their values; of an operation its parameters."""
    if isinstance(config, OperationStep):
        return list(config.parameters.items())
    return [
        (name, getattr(config, name if hasattr(config, name) else f"{name}_"))
        for name in options_of(type(config))
    ]


def _holds_steps(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_holds_steps(part) for part in value.values())
    return isinstance(value, tuple | list) and bool(value) and isinstance(value[0], Step)


def calls_of(steps: Iterable[Step]) -> list[tuple[str, Position]]:
    """The flows that these steps call, at any depth, with the place of the call."""
    found: list[tuple[str, Position]] = []
    for step in steps:
        found.extend((str(part), step.at) for _, part in _parts(step.kind) if isinstance(part, FlowName))
        found.extend(calls_of(inner_steps(step.kind)))
        found.extend(calls_of(step.undo))
    return found


def inner_steps(kind: StepKind) -> list[Step]:
    """The steps inside a step, of all its branches."""
    found: list[Step] = []
    for _, part in _parts(kind):
        groups = part.values() if isinstance(part, Mapping) else [part]
        for group in groups:
            if isinstance(group, tuple | list) and group and isinstance(group[0], Step):
                found.extend(group)
    return found
