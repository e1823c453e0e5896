"""Walks the steps of a flow over shapes: every name that an expression reads must be there when the step
is reached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flowrun.component.config import Config
from flowrun.component.step import EventPath, FlowName, Known, NewName, Step, StepKind, Target, UnreadStep
from flowrun.expressions.paths import Path
from flowrun.expressions.shapes import ANYTHING, Record, Shape, union
from flowrun.expressions.suggest import did_you_mean, nearest
from flowrun.expressions.templates import Expression, Text
from flowrun.expressions.values import ANY_NAME, Fields, Findings, Value
from flowrun.language.flow import Flow
from flowrun.language.parts import holds_steps, parts_of
from flowrun.language.report import Report
from flowrun.language.targets import check_fields


@dataclass(frozen=True, slots=True)
class Project:
    """What a walk must know of the other files. It adds to `given` what each called flow is passed."""

    flows: Mapping[str, Flow]
    columns: Mapping[str, tuple[str, ...]]
    results: Mapping[str, Shape]
    given: dict[str, Shape]


@dataclass(slots=True)
class Walk:
    """One walk through one flow. Problems with names go to `findings`, the others to `report`."""

    project: Project
    report: Report
    findings: Findings

    def steps(self, steps: Iterable[Step], names: Mapping[str, Shape]) -> dict[str, Shape]:
        """The names after these steps."""
        known = dict(names)
        for step in steps:
            known[step.id] = self.step(step, known)
        return known

    def step(self, step: Step, names: Mapping[str, Shape]) -> Shape:
        """The shape of a step's result."""
        self.visit(step.when, names)
        if isinstance(step.kind, UnreadStep):
            # A name that the step should have given to its inner steps may be what could not be read.
            names = {**names, ANY_NAME: ANYTHING}
        inner: dict[str, Shape] = {}
        within = {**names, **step.kind.inner_names(self._known(names, inner))}
        self._check_new_names(step, names)
        for name, value in parts_of(step.kind):
            inner[name] = self.visit(value, within if holds_steps(value) else names)
        self._against_target(step.kind, inner)
        self._against_inputs(step, inner)
        result = step.kind.shape(self._known(names, inner))
        self.steps(step.undo, {**names, step.id: result})
        return result

    def _known(self, names: Mapping[str, Shape], inner: Mapping[str, Shape]) -> Known:
        return Known(names, self.project.columns, self.project.results, inner)

    def _check_new_names(self, step: Step, names: Mapping[str, Shape]) -> None:
        for _, part in parts_of(step.kind):
            if isinstance(part, NewName) and part in names:
                told, hint = f"`{part}` is already a name here", "give the item a name of its own after `as:`"
                self.report.add("name-taken", told, step.at, hint)

    def visit(self, value: Any, names: Mapping[str, Shape]) -> Shape:
        """Checks everything inside a setting of a step, whatever it is made of."""
        match value:
            case Expression() | Text():
                return self.findings.template(value, names)
            case EventPath():
                return ANYTHING
            case Path():
                return self.findings.path(value, names)
            case Value():
                return value.check(names, self.findings)
            case Config():
                shapes = {name: self.visit(part, names) for name, part in parts_of(value)}
                self._against_target(value, shapes)
                return Record(shapes)
            case tuple() | list() if holds_steps(value):
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

    # --- against the rest of the project ---------------------------------------------------------

    def _against_target(self, config: Config, shapes: Mapping[str, Shape]) -> None:
        parts = dict(parts_of(config))
        target = next((part for part in parts.values() if isinstance(part, Target)), None)
        if target is None:
            return
        for name, part in parts.items():
            if isinstance(part, Fields):
                found = shapes[name]
                check_fields(part, target.shape, found if isinstance(found, Record) else None, self.report)

    def _against_inputs(self, step: Step, inner: Mapping[str, Shape]) -> None:
        """What a called flow is passed must be what it takes."""
        called = _called(step.kind)
        flow = self.project.flows.get(called) if called is not None else None
        if called is None or flow is None:
            return
        key, fields = _passed(step.kind)
        given = inner[key] if key else Record()
        if fields is not None and flow.trigger is None:
            self._check_unknown_inputs(called, fields, flow.inputs or {})
        misspelt = {
            nearest(name, flow.inputs or {}) for name in (fields.fields if fields is not None else {})
        }
        for name, description in (flow.inputs or {}).items():
            if name not in misspelt:
                told = f"the flow `{called}` needs `{name}`: {description}"
                hint = "null is fine where it is not known, but it must be passed"
                self.report.add("missing-input", told, fields.at if fields is not None else step.at, hint)
        before = self.project.given.get(called)
        self.project.given[called] = given if before is None else union(before, given)

    def _check_unknown_inputs(self, called: str, fields: Fields, inputs: Mapping[str, str]) -> None:
        for name, value in fields.fields.items():
            if name not in inputs:
                hint = did_you_mean(name, inputs) or "name it under `inputs:` there"
                told = f"the flow `{called}` takes no `{name}`"
                self.report.add("unknown-input", told, fields.keys.get(name, value.at), hint)


def _called(kind: StepKind) -> str | None:
    return next((str(part) for _, part in parts_of(kind) if isinstance(part, FlowName)), None)


def _passed(kind: StepKind) -> tuple[str, Fields | None]:
    return next(((name, part) for name, part in parts_of(kind) if isinstance(part, Fields)), ("", None))
