"""Reads a whole project: `flowrun.yaml`, every lookup table, every flow, and how they fit together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from yaml.nodes import MappingNode

from flowrun.component.connector import Facts
from flowrun.component.registry import Registry
from flowrun.errors import ConfigurationError, Position, Problem
from flowrun.expressions.scope import Scope
from flowrun.expressions.shapes import TEXT, Record, Shape, shape_of_constant, union
from flowrun.expressions.suggest import did_you_mean
from flowrun.expressions.tables import Table
from flowrun.expressions.templates import Templates
from flowrun.language.check import Checker
from flowrun.language.document import Document
from flowrun.language.files import read_text, relative_name
from flowrun.language.flow import Flow
from flowrun.language.flows import FlowReader
from flowrun.language.operations import KnownConnection
from flowrun.language.parts import calls_of
from flowrun.language.project import Project, read_project
from flowrun.language.reconciliation import Reconciliation
from flowrun.language.reconciliations import ReconciliationReader, check, is_reconciliation
from flowrun.language.report import Report
from flowrun.language.steps import StepReader
from flowrun.language.tables import read_table, table_files
from flowrun.language.walk import Project as Walked

FLOWS, LOOKUPS = "flows", "lookups"
R = TypeVar("R", bound=StepReader)


@dataclass(frozen=True, slots=True)
class Workspace:
    """A project as it stands in its folder. `problems` are all the mistakes in all of its files; `sources`
    the texts of the flow files by name."""

    project: Project
    flows: Mapping[str, Flow]
    tables: Mapping[str, Table]
    connections: Mapping[str, KnownConnection]
    problems: tuple[Problem, ...]
    sources: Mapping[str, str]
    reconciliations: Mapping[str, Reconciliation] = field(default_factory=dict)

    def flow(self, wanted: str) -> Flow:
        """A flow by its name or its file. Raises `ConfigurationError` when it is not there or has
        mistakes."""
        for flow in self.flows.values():
            if wanted == flow.name or (self.project.folder / flow.file).resolve() == Path(wanted).resolve():
                self._refuse_broken(flow)
                return flow
        file = relative_name(Path(wanted), self.project.folder)
        broken = self.problems_of(file)
        if broken:
            raise ConfigurationError(f"{file} has {_count(len(broken))}", broken)
        raise ConfigurationError(f"there is no flow '{wanted}'; {did_you_mean(wanted, self.flows)}")

    def reconciliation(self, wanted: str) -> Reconciliation:
        """A reconciliation by its name. Raises `ConfigurationError` when it is not there or has mistakes."""
        found = self.reconciliations.get(wanted)
        if found is None:
            raise ConfigurationError(
                f"there is no reconciliation '{wanted}'; {did_you_mean(wanted, self.reconciliations)}",
                [problem for problem in self.problems if problem.at.file.startswith(f"{FLOWS}/")],
            )
        broken = self.problems_of(found.file)
        if broken:
            raise ConfigurationError(f"{found.file} has {_count(len(broken))}", broken)
        return found

    def _refuse_broken(self, flow: Flow, seen: frozenset[str] = frozenset()) -> None:
        """Raises `ConfigurationError` when the flow, or one that it calls, has mistakes."""
        broken = self.problems_of(flow.file)
        if broken:
            raise ConfigurationError(f"{flow.file} has {_count(len(broken))}", broken)
        for called, _ in calls_of(flow.steps):
            if called not in seen and called in self.flows:
                self._refuse_broken(self.flows[called], seen | {flow.name, called})

    def problems_of(self, file: str) -> list[Problem]:
        """The mistakes that keep a flow of this file from running: its own, and those of what every flow
        needs."""
        shared = tuple(problem for problem in self.problems if not problem.at.file.startswith(f"{FLOWS}/"))
        return [problem for problem in self.problems if problem.at.file == file or problem in shared]

    def scope(self, names: Mapping[str, object]) -> Scope:
        """A scope with these names and the project's tables."""
        return Scope(names, self.tables, self.project.setting)


def read_workspace(folder: Path, registry: Registry, variables: Mapping[str, str] | None = None) -> Workspace:
    """Reads everything. Raises `ConfigurationError` only when `flowrun.yaml` itself cannot be read."""
    report = Report()
    project = read_project(folder, registry, report, variables)
    if project is None:
        raise ConfigurationError("flowrun.yaml cannot be read", report.sorted())
    tables, columns = _tables(folder, report)
    connections = _connections(project, registry)
    around = _Surroundings(project, columns, tables, registry, connections)
    documents: list[Document] = []
    unread: set[str] = set()
    for path in flow_files(folder):
        document = _document(path, folder, report)
        if document is None:
            # A flow whose file cannot be read is there all the same: who calls it has made no mistake.
            unread.add(path.stem)
        else:
            documents.append(document)
    comparing = [document for document in documents if is_reconciliation(document)]
    documents = [document for document in documents if document not in comparing]
    flows = _flows(documents, frozenset(unread), around, report)
    reconciliations = _reconciliations(comparing, flows, around, report)
    sources = {document.name: document.text for document in documents}
    return Workspace(project, flows, tables, connections, tuple(report.sorted()), sources, reconciliations)


def read_flows(
    workspace: Workspace, registry: Registry, sources: Mapping[str, str]
) -> tuple[dict[str, Flow], list[Problem]]:
    """Flows from texts that were kept, in the project as it is now: an earlier version of a flow, for its
    runs."""
    report = Report()
    parsed = [Document.parse(name, text, report) for name, text in sources.items()]
    documents = [document for document in parsed if document is not None]
    columns = {name: table.columns for name, table in workspace.tables.items()}
    around = _Surroundings(workspace.project, columns, workspace.tables, registry, workspace.connections)
    flows = _flows(documents, frozenset(), around, report)
    return flows, report.sorted()


def _tables(folder: Path, report: Report) -> tuple[dict[str, Table], dict[str, tuple[str, ...]]]:
    """The tables that can be used, and the columns of all: none of one that is broken, which is told once."""
    found: dict[str, Table] = {}
    columns: dict[str, tuple[str, ...]] = {}
    for path in table_files(folder / LOOKUPS):
        name = relative_name(path, folder)
        try:
            table = read_table(path.stem, name, path.read_bytes(), report)
        except OSError as error:
            report.add(
                "unreadable-file",
                f"the file cannot be read: {error.strerror}",
                Position(name),
                "check its rights",
            )
            table = None
        columns[path.stem] = () if table is None else table.columns
        if table is not None:
            found[table.name] = table
    return found, columns


def _connections(project: Project, registry: Registry) -> dict[str, KnownConnection]:
    """Every connection of any environment; its settings are those of the environment that is used by
    default."""
    ordered = sorted(project.environments.values(), key=lambda one: one.name != project.default_environment)
    found: dict[str, KnownConnection] = {}
    for environment in ordered:
        for name, connection in environment.connections.items():
            if name not in found and connection.connector in registry.connectors:
                facts = Facts(connection.config, project.metadata / name)
                found[name] = KnownConnection(registry.connectors[connection.connector], facts)
    return found


@dataclass(frozen=True)
class _Surroundings:
    """What every flow of a project is read with."""

    project: Project
    columns: Mapping[str, tuple[str, ...]]
    tables: Mapping[str, Table]
    registry: Registry
    connections: Mapping[str, KnownConnection]

    @cached_property
    def templates(self) -> Templates:
        """Compiles expressions with the project's setting."""
        return Templates(self.project.setting)


def _reader(
    kind: type[R], document: Document, report: Report, around: _Surroundings, flow_names: frozenset[str]
) -> R:
    return kind(
        document,
        report,
        around.templates,
        around.columns,
        around.tables,
        connections=around.connections,
        registry=around.registry,
        flow_names=flow_names,
    )


def _flows(
    documents: list[Document], unread: frozenset[str], around: _Surroundings, report: Report
) -> dict[str, Flow]:
    """The flows by name, checked. One whose name another one has is checked as well, and left out."""
    names = unread | {name for document in documents if (name := _flow_name(document))}
    flows: dict[str, Flow] = {}
    checked: dict[str, Flow] = {}
    for document in documents:
        reader = _reader(FlowReader, document, report, around, frozenset(names))
        flow = reader.flow()
        if flow is None:
            continue
        if flow.name in flows:
            hint = f"it stands in {flows[flow.name].file}; give one of them another name"
            report.add("duplicate-flow", f"a flow `{flow.name}` is already there", flow.at, hint)
            checked[flow.file] = flow
        else:
            flows[flow.name] = checked[flow.name] = flow
    Checker(checked, around.connections, around.columns, _environment_shape(around.project)).check(report)
    return flows


def _reconciliations(
    documents: list[Document], flows: Mapping[str, Flow], around: _Surroundings, report: Report
) -> dict[str, Reconciliation]:
    """The reconciliations by name, checked against the flows that repair."""
    known = Walked(flows, around.columns, {}, {})
    found: dict[str, Reconciliation] = {}
    for document in documents:
        reader = _reader(ReconciliationReader, document, report, around, frozenset(flows))
        one = reader.reconciliation()
        if one is None:
            continue
        check(one, reader, known, _environment_shape(around.project))
        if one.name in found:
            hint = f"it stands in {found[one.name].file}; give one of them another name"
            report.add("duplicate-flow", f"a reconciliation `{one.name}` is already there", one.at, hint)
        else:
            found[one.name] = one
    return found


def flow_files(folder: Path) -> list[Path]:
    """The flow files of a project, in the order of their paths."""
    flows = folder / FLOWS
    return sorted([*flows.rglob("*.yaml"), *flows.rglob("*.yml")]) if flows.is_dir() else []


def _document(path: Path, folder: Path, report: Report) -> Document | None:
    name = relative_name(path, folder)
    text = read_text(path, name, report)
    return Document.parse(name, text, report) if text is not None else None


def _flow_name(document: Document) -> str | None:
    if not isinstance(document.root, MappingNode):
        return None
    return next((str(value.value) for key, value in document.root.value if key.value == "flow"), None)


def _environment_shape(project: Project) -> Record:
    fields: dict[str, Shape] = {"name": TEXT}
    for environment in project.environments.values():
        for name, value in environment.values.items():
            shape = shape_of_constant(value)
            fields[name] = shape if name not in fields else union(fields[name], shape)
    return Record(fields, name="env")


def _count(number: int) -> str:
    return "a mistake" if number == 1 else f"{number} mistakes"
