"""Reads one reconciliation file: `reconcile: orders`, its two sides, what is compared, what repairs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode

from flowrun.component.config import Config, field
from flowrun.component.step import OperationStep, Step, StepKind
from flowrun.component.values import Duration
from flowrun.expressions.shapes import ANYTHING, DATETIME, TEXT, Many, Record, Shape
from flowrun.expressions.suggest import did_you_mean
from flowrun.expressions.values import Findings
from flowrun.language.check import RUN
from flowrun.language.document import Document
from flowrun.language.parts import elsewhere_in, groups_of
from flowrun.language.reader import Entries, Wrong
from flowrun.language.reconciliation import Comparison, Reconciliation, Repair, Side
from flowrun.language.steps import StepReader
from flowrun.language.walk import Project, Walk

HEAD = "reconcile"


class Head(Config):
    """A reconciliation."""

    reconcile: str = field(description="Its name.", examples=["orders"])
    title: str = field(description="What should be true, in one line.")
    owner: str = field("", description="Who is told of differences.")
    since: Duration = field(Duration(7 * 86400.0), description="How far back, when the command does not say.")
    young: Duration = field(
        Duration(900.0), description="How old a row must be before it is missed on the other side."
    )
    sides: dict[str, Side] = field(description="The two systems, each by a name.")
    compare: dict[str, Comparison] = field(
        description="The fields that must be the same, each with how it is compared.",
        examples=[{"pieces": {}, "total": {"tolerance": "0.01"}}],
    )
    group_by: list[str] = field(
        default_factory=list, description="Fields by which the report adds up.", examples=[["day"]]
    )
    repair: dict[str, Repair] = field(
        default_factory=dict,
        description="The flow for rows that are `different`, or that `only_SIDE` has.",
    )


def is_reconciliation(document: Document) -> bool:
    """Whether a file of `flows/` holds one, and no flow."""
    root = document.root
    return isinstance(root, MappingNode) and any(key.value == HEAD for key, _ in root.value)


class ReconciliationReader(StepReader):
    """Reads a reconciliation."""

    def reconciliation(self) -> Reconciliation | None:
        """The reconciliation, as far as it can be read; None when there is nothing to check further."""
        root = self.document.root
        entries = self.mapping(root, "a reconciliation") if root is not None else Wrong()
        if root is None or isinstance(entries, Wrong):
            return None
        head = self.config_from(Head, entries, root, "a reconciliation")
        if isinstance(head, Wrong):
            return None
        self.name(entries[HEAD].value, f"`{HEAD}`", reserved=frozenset())
        found = Reconciliation(
            name=head.reconcile,
            title=head.title,
            owner=head.owner,
            file=self.document.name,
            at=self.at(entries[HEAD].value),
            since=head.since,
            young=head.young,
            sides=head.sides,
            compare=head.compare,
            group_by=tuple(head.group_by),
            repair=head.repair,
        )
        self._two_sides(found, entries)
        self._compared(found, entries)
        self._repaired(found, entries)
        self._only_reads(found)
        return found

    def _two_sides(self, found: Reconciliation, entries: Entries) -> None:
        if len(found.sides) == 2:
            return
        told = f"a reconciliation has two sides, not {len(found.sides)}"
        self.problem("wrong-value", told, entries["sides"].key, "as in sides: {xcart: …, sap: …}")

    def _compared(self, found: Reconciliation, entries: Entries) -> None:
        """What is compared is a field of both sides, and what is grouped by of one."""
        for side, settings in found.sides.items():
            for name in found.compare:
                if name not in settings.fields.fields:
                    told = f"`{name}` is compared, and the side `{side}` has no such field"
                    hint = did_you_mean(name, settings.fields.fields)
                    self.problem("unknown-name", told, _part(entries["compare"].value, name), hint)
        there = {name for settings in found.sides.values() for name in settings.fields.fields}
        for name in found.group_by:
            if name not in there:
                told = f"`group_by` names `{name}`, and no side has such a field"
                place = _part(entries["group_by"].value, name)
                self.problem("unknown-name", told, place, did_you_mean(name, there))

    def _repaired(self, found: Reconciliation, entries: Entries) -> None:
        known = ("different", *(f"only_{side}" for side in found.sides))
        for name in found.repair:
            if name not in known:
                told = f"`repair` has no key `{name}`"
                place = _part(entries["repair"].value, name)
                self.problem("unknown-key", told, place, did_you_mean(name, known))

    def _only_reads(self, found: Reconciliation) -> None:
        """A reconciliation looks and writes nothing; what mends a difference is a flow."""
        for settings in found.sides.values():
            for step in _all_steps(settings.steps):
                if not _only_reads(step.kind):
                    told = f"the step `{step.id}` writes, and a reconciliation only reads"
                    self.report.add(
                        "reconcile-writes", told, step.at, "put what writes into a flow, under `repair`"
                    )


def _part(node: Node, name: str) -> Node:
    """The key, or the item, of this name inside a node; else the node."""
    parts = [key for key, _ in node.value] if isinstance(node, MappingNode) else node.value
    return next((part for part in parts if isinstance(part, ScalarNode) and part.value == name), node)


def _all_steps(steps: tuple[Step, ...]) -> list[Step]:
    found = list(steps)
    for step in steps:
        for _, _, group in groups_of(step.kind):
            found += _all_steps(group)
    return found


def _only_reads(kind: StepKind) -> bool:
    if isinstance(kind, OperationStep):
        return kind.reads
    return not kind.acts and kind.name not in ("flow", "link", "wait", "alert")


def check(found: Reconciliation, reader: ReconciliationReader, project: Project, environment: Record) -> None:
    """Reports every name in it that is not there."""
    shapes: dict[str, Shape] = {}
    for side, settings in found.sides.items():
        findings = Findings(elsewhere=elsewhere_in(settings.steps))
        walk = Walk(project, reader.report, findings)
        names: dict[str, Shape] = {
            "event": Record({"since": DATETIME}, name="event"),
            "run": RUN,
            "env": environment,
        }
        names = walk.steps(settings.steps, names)
        rows = findings.path(settings.rows, names)
        within = {**names, settings.as_: rows.of if isinstance(rows, Many) else ANYTHING}
        walk.visit(settings.when, within)
        walk.visit(settings.key, within)
        walk.visit(settings.changed, within)
        shapes[side] = settings.fields.check(within, findings)
        _tell(findings, reader)
    _check_pairs(found, reader, Walk(project, reader.report, Findings()), shapes)


def _check_pairs(
    found: Reconciliation, reader: ReconciliationReader, walk: Walk, shapes: Mapping[str, Shape]
) -> None:
    names: dict[str, Shape] = {"key": TEXT, **shapes}
    for comparison in found.compare.values():
        walk.visit(comparison.tolerance, names)
    for repair in found.repair.values():
        given: Any = walk.visit(repair.event, names)
        flow = walk.project.flows.get(repair.flow)
        if flow is not None and flow.inputs is not None:
            for name in flow.inputs:
                if isinstance(given, Record) and name not in given.fields:
                    told = f"the flow `{flow.name}` needs `{name}`: {flow.inputs[name]}"
                    reader.report.add("missing-input", told, repair.event.at, "give it under `event`")
    _tell(walk.findings, reader)


def _tell(findings: Findings, reader: ReconciliationReader) -> None:
    for problem in findings.problems:
        reader.report.add(problem.code, problem.message, problem.at, problem.help)
