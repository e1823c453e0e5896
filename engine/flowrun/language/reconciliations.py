"""Reads one reconciliation file: `reconcile: orders`, its two sides, what is compared, what repairs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode

from flowrun.component.config import Config, field
from flowrun.component.step import FlowName, Known, OperationStep, Step, StepKind
from flowrun.component.values import Duration
from flowrun.expressions.shapes import ANYTHING, DATETIME, TEXT, Many, Record, Shape
from flowrun.expressions.suggest import did_you_mean
from flowrun.expressions.values import Findings
from flowrun.language.check import RUN
from flowrun.language.document import Document
from flowrun.language.flow import Flow
from flowrun.language.parts import elsewhere_in, groups_of, parts_of
from flowrun.language.reader import Entries, Wrong
from flowrun.language.reconciliation import Comparison, Reconciliation, Repair, Side, source_of
from flowrun.language.report import Report
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
        default_factory=list, description="Fields by which the report counts.", examples=[["day", "currency"]]
    )
    sum_: list[str] = field(
        default_factory=list,
        description="Fields that the report adds up for each group. Amounts need their currency in `group_by`.",
        examples=[["amount"]],
    )
    repair: dict[str, list[Repair]] = field(
        default_factory=dict,
        description="The flows for rows that are `different`, or that `only_SIDE` has. Every one whose `when` holds is "
        "run.",
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
            sum=tuple(head.sum_),
            repair={name: tuple(repairs) for name, repairs in head.repair.items()},
        )
        self._two_sides(found, entries)
        self._compared(found, entries)
        self._repaired(found, entries)
        return found

    def _two_sides(self, found: Reconciliation, entries: Entries) -> None:
        if len(found.sides) == 2:
            return
        told = f"a reconciliation has two sides, not {len(found.sides)}"
        self.problem("wrong-value", told, entries["sides"].key, "as in sides: {xcart: …, sap: …}")

    def _compared(self, found: Reconciliation, entries: Entries) -> None:
        """What is compared is a field of both sides; what is grouped by or added up of one."""
        for side, settings in found.sides.items():
            for name in found.compare:
                if name not in settings.fields.fields:
                    told = f"`{name}` is compared, and the side `{side}` has no such field"
                    hint = did_you_mean(name, settings.fields.fields)
                    self.problem("unknown-name", told, _part(entries["compare"].value, name), hint)
        there = {name for settings in found.sides.values() for name in settings.fields.fields}
        for key, names in (("group_by", found.group_by), ("sum", found.sum)):
            for name in names:
                if name not in there:
                    told = f"`{key}` names `{name}`, and no side has such a field"
                    place = _part(entries[key].value, name)
                    self.problem("unknown-name", told, place, did_you_mean(name, there))
        for side, settings in found.sides.items():
            for name in settings.add_up:
                if name not in settings.fields.fields:
                    told = f"`add_up` names `{name}`, and the side `{side}` has no such field"
                    hint = did_you_mean(name, settings.fields.fields)
                    self.problem("unknown-name", told, _part(entries["sides"].value, side), hint)

    def _repaired(self, found: Reconciliation, entries: Entries) -> None:
        known = ("different", *(f"only_{side}" for side in found.sides))
        for name in found.repair:
            if name not in known:
                told = f"`repair` has no key `{name}`"
                place = _part(entries["repair"].value, name)
                self.problem("unknown-key", told, place, did_you_mean(name, known))


def _part(node: Node, name: str) -> Node:
    """The key, or the item, of this name inside a node; else the node."""
    parts = [key for key, _ in node.value] if isinstance(node, MappingNode) else node.value
    return next((part for part in parts if isinstance(part, ScalarNode) and part.value == name), node)


def _writing(
    steps: Iterable[Step], flows: Mapping[str, Flow], seen: frozenset[str] = frozenset()
) -> Iterator[Step]:
    """The steps that write, or that call a flow which does, at any depth."""
    for step in steps:
        called = {str(part) for _, part in parts_of(step.kind) if isinstance(part, FlowName)} - seen
        inside = [inner for name in called if name in flows for inner in flows[name].steps]
        if not _only_reads(step.kind) or any(_writing(inside, flows, seen | called)):
            yield step
        for _, _, group in groups_of(step.kind):
            yield from _writing(group, flows, seen)


def _only_reads(kind: StepKind) -> bool:
    if isinstance(kind, OperationStep):
        return kind.reads
    asks = kind.name in ("pages", "linked")  # what is inside `pages` is looked at by itself
    return asks or (not kind.acts and kind.name not in ("link", "wait", "alert"))


def check(found: Reconciliation, reader: ReconciliationReader, project: Project, environment: Record) -> None:
    """Reports every name in it that is not there, and every step that writes: a reconciliation looks, and what mends a
    difference is a flow."""
    shapes: dict[str, Shape] = {}
    for side, settings in found.sides.items():
        for step in _writing(settings.steps, project.flows):
            told = f"the step `{step.id}` writes, and a reconciliation only reads"
            reader.report.add(
                "reconcile-writes", told, step.at, "put what writes into a flow, under `repair`"
            )
        findings = Findings(elsewhere=elsewhere_in(settings.steps))
        walk = Walk(project, reader.report, findings)
        names: dict[str, Shape] = {
            "event": Record({"since": DATETIME}, name="event"),
            "run": RUN,
            "env": environment,
        }
        names = _names_at_rows(settings, walk, names)
        rows = findings.path(settings.rows, names)
        within = {**names, settings.as_: rows.of if isinstance(rows, Many) else ANYTHING}
        for part in (settings.when, settings.key, settings.changed, settings.missed_when):
            walk.visit(part, within)
        shapes[side] = settings.fields.check(within, findings)
        _tell(findings, reader)
    _check_pairs(found, reader, Walk(project, reader.report, Findings()), shapes)


def _names_at_rows(side: Side, walk: Walk, names: Mapping[str, Shape]) -> dict[str, Shape]:
    """The names that can be read where the rows are: below the steps, or inside the `pages` step that reads them."""
    source = source_of(side)
    if source is None:
        return walk.steps(side.steps, names)
    place = side.steps.index(source)
    before = walk.steps(side.steps[:place], names)
    walk.steps(side.steps[place:], before)
    known = Known(before, walk.project.columns, walk.project.results, {})
    names = {**before, **source.kind.inner_names(known)}
    again = Walk(walk.project, Report(), Findings())  # what is wrong in them is told already
    for _, _, group in groups_of(source.kind):
        names = again.steps(group, names)
    return dict(names)


def _check_pairs(
    found: Reconciliation, reader: ReconciliationReader, walk: Walk, shapes: Mapping[str, Shape]
) -> None:
    names: dict[str, Shape] = {"key": TEXT, **shapes}
    for comparison in found.compare.values():
        walk.visit(comparison.tolerance, names)
    for name, repairs in found.repair.items():
        for repair in repairs:
            _check_repair(repair, reader, walk, _there(name, names))
    _tell(walk.findings, reader)


def _there(kind: str, names: Mapping[str, Shape]) -> Mapping[str, Shape]:
    """The names that a repair can read: of a row that only one side has, nothing of the other."""
    only = kind.removeprefix("only_")
    if only == kind or only not in names:
        return names
    return {"key": names["key"], only: names[only]}


def _check_repair(
    repair: Repair, reader: ReconciliationReader, walk: Walk, names: Mapping[str, Shape]
) -> None:
    walk.visit(repair.when, names)
    given: Any = walk.visit(repair.event, names)
    flow = walk.project.flows.get(repair.flow)
    for name, meant in (flow.inputs or {}).items() if flow is not None else ():
        if isinstance(given, Record) and name not in given.fields:
            told = f"the flow `{repair.flow}` needs `{name}`: {meant}"
            reader.report.add("missing-input", told, repair.event.at, "give it under `event`")


def _tell(findings: Findings, reader: ReconciliationReader) -> None:
    for problem in findings.problems:
        reader.report.add(problem.code, problem.message, problem.at, problem.help)
