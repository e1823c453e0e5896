"""Reads a whole project: `flowrun.yaml`, every lookup table, every flow, and how they fit together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flowrun.component.connector import Facts
from flowrun.component.registry import Registry
from flowrun.errors import ConfigurationError, Position, Problem
from flowrun.expressions.scope import Scope
from flowrun.expressions.shapes import ANYTHING, TEXT, Record, Scalar, Shape
from flowrun.expressions.suggest import did_you_mean
from flowrun.expressions.tables import Table
from flowrun.expressions.templates import Templates
from flowrun.language.check import Checker
from flowrun.language.document import Document
from flowrun.language.flow import Flow
from flowrun.language.flows import FlowReader
from flowrun.language.project import Project, read_project
from flowrun.language.report import Report
from flowrun.language.steps import KnownConnection
from flowrun.language.tables import read_table, table_files

FLOWS, LOOKUPS = "flows", "lookups"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A project as it stands in its folder. `problems` are all the mistakes in all of its files."""

    project: Project
    flows: Mapping[str, Flow]
    tables: Mapping[str, Table]
    connections: Mapping[str, KnownConnection]
    problems: tuple[Problem, ...]

    def flow(self, wanted: str) -> Flow:
        """A flow by its name or its file. Raises `ConfigurationError` when it is not there or has mistakes."""
        for flow in self.flows.values():
            if wanted == flow.name or (self.project.folder / flow.file).resolve() == Path(wanted).resolve():
                broken = self.problems_of(flow.file)
                if broken:
                    raise ConfigurationError(f"{flow.file} has {_count(len(broken))}", broken)
                return flow
        file = _relative(Path(wanted), self.project.folder)
        broken = self.problems_of(file)
        if broken:
            raise ConfigurationError(f"{file} has {_count(len(broken))}", broken)
        raise ConfigurationError(f"there is no flow '{wanted}'; {did_you_mean(wanted, self.flows)}")

    def problems_of(self, file: str) -> list[Problem]:
        """The mistakes that keep a flow of this file from running: its own, and those of what every flow needs."""
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
    tables = _tables(folder, report)
    connections = _connections(project, registry)
    flows = _flows(folder, project, registry, connections, tables, report)
    columns = {name: table.columns for name, table in tables.items()}
    Checker(flows, connections, columns, _environment_shape(project)).check(report)
    return Workspace(project, flows, tables, connections, tuple(report.sorted()))


def _tables(folder: Path, report: Report) -> dict[str, Table]:
    found: dict[str, Table] = {}
    for path in table_files(folder / LOOKUPS):
        table = read_table(path.stem, _relative(path, folder), path.read_bytes(), report)
        if table is not None:
            found[table.name] = table
    return found


def _connections(project: Project, registry: Registry) -> dict[str, KnownConnection]:
    """Every connection of any environment; its settings are those of the environment that is used by default."""
    ordered = sorted(project.environments.values(), key=lambda one: one.name != project.default_environment)
    found: dict[str, KnownConnection] = {}
    for environment in ordered:
        for name, connection in environment.connections.items():
            if name not in found and connection.connector in registry.connectors:
                facts = Facts(connection.config, project.metadata / name)
                found[name] = KnownConnection(registry.connectors[connection.connector], facts)
    return found


def _flows(
    folder: Path,
    project: Project,
    registry: Registry,
    connections: Mapping[str, KnownConnection],
    tables: Mapping[str, Table],
    report: Report,
) -> dict[str, Flow]:
    documents = [
        document for path in flow_files(folder) if (document := _document(path, folder, report)) is not None
    ]
    names = frozenset(name for document in documents if (name := _flow_name(document)))
    templates = Templates(project.setting)
    columns = {name: table.columns for name, table in tables.items()}
    flows: dict[str, Flow] = {}
    for document in documents:
        reader = FlowReader(document, report, templates, columns, registry, connections, names)
        flow = reader.flow()
        if flow is None:
            continue
        if flow.name in flows:
            report.add(
                "duplicate-flow",
                f"a flow `{flow.name}` is already there",
                flow.at,
                f"it stands in {flows[flow.name].file}; give one of them another name",
            )
            continue
        flows[flow.name] = flow
    return flows


def flow_files(folder: Path) -> list[Path]:
    """The flow files of a project, in the order of their paths."""
    flows = folder / FLOWS
    return sorted([*flows.rglob("*.yaml"), *flows.rglob("*.yml")]) if flows.is_dir() else []


def _document(path: Path, folder: Path, report: Report) -> Document | None:
    name = _relative(path, folder)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        report.add("bad-encoding", "the file is not UTF-8", Position(name), "save it as UTF-8")
        return None
    except OSError as error:
        report.add("unreadable-file", f"the file cannot be read: {error.strerror}", Position(name))
        return None
    return Document.parse(name, text, report)


def _flow_name(document: Document) -> str | None:
    if document.root is None or not isinstance(document.root.value, list):
        return None
    for entry in document.root.value:
        if isinstance(entry, tuple) and entry[0].value == "flow":
            return str(entry[1].value)
    return None


def _environment_shape(project: Project) -> Record:
    fields: dict[str, Shape] = {"name": TEXT}
    for environment in project.environments.values():
        for name, value in environment.values.items():
            fields[name] = (
                TEXT
                if isinstance(value, str)
                else ANYTHING
                if isinstance(value, dict | list)
                else Scalar("any")
            )
    return Record(fields, name="env")


def _relative(path: Path, folder: Path) -> str:
    resolved = path.resolve()
    return (
        resolved.relative_to(folder.resolve()).as_posix()
        if resolved.is_relative_to(folder.resolve())
        else str(path)
    )


def _count(number: int) -> str:
    return "a mistake" if number == 1 else f"{number} mistakes"
