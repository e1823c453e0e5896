"""Reads `flowrun.yaml`: the project's setting and the connections of each environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from yaml.nodes import Node, ScalarNode

from flowrun.component.config import Config
from flowrun.component.registry import Registry
from flowrun.errors import ConfigurationError
from flowrun.expressions.conversions import Setting
from flowrun.expressions.suggest import did_you_mean
from flowrun.expressions.templates import Templates
from flowrun.language.document import Document
from flowrun.language.reader import WRONG, Reader, Wrong
from flowrun.language.report import Report

FILE = "flowrun.yaml"
_PLACEHOLDER = re.compile(r"\$\{env:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_KEYS = ("project", "timezone", "country", "default_environment", "environments")


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection of one environment. `config` is None when it cannot be used; `unset` are the environment
    variables that are missing for it."""

    name: str
    connector: str
    config: Config | None
    unset: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Environment:
    """Connections by name, and the values that flows see as `env`."""

    name: str
    connections: Mapping[str, Connection]
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Project:
    """What `flowrun.yaml` says. `folder` is where it stands; flows and lookups are beside it."""

    folder: Path
    name: str
    setting: Setting
    default_environment: str
    environments: Mapping[str, Environment] = field(default_factory=dict)

    def environment(self, name: str | None) -> Environment:
        """The named environment, or the default one. Raises `ConfigurationError` when there is none of that name."""
        wanted = name or self.default_environment
        if wanted not in self.environments:
            raise ConfigurationError(
                f"{FILE} has no environment '{wanted}'; {did_you_mean(wanted, self.environments)}"
            )
        return self.environments[wanted]

    @property
    def metadata(self) -> Path:
        """Where what was pulled from the systems is kept, one folder a connection."""
        return self.folder / ".flowrun" / "metadata"


def find(start: Path) -> Path:
    """The folder of the project that `start` lies in. Raises `ConfigurationError` when there is none."""
    folder = start.resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / FILE).is_file():
            return candidate
    raise ConfigurationError(
        f"there is no {FILE} here or above; go into a project, or make one with `flowrun init`"
    )


def read_project(
    folder: Path, registry: Registry, report: Report, variables: Mapping[str, str] | None = None
) -> Project | None:
    """The project of a folder. None when its file cannot be read at all; the reasons are in the report."""
    text = (folder / FILE).read_text(encoding="utf-8-sig")
    document = Document.parse(FILE, text, report)
    if document is None or document.root is None:
        return None
    reader = _ProjectReader(document, report, Templates())
    reader.registry = registry
    reader.variables = os.environ if variables is None else variables
    reader.unset = []
    return reader.project(folder)


class _ProjectReader(Reader):
    registry: Registry
    variables: Mapping[str, str]
    unset: list[str]

    def project(self, folder: Path) -> Project | None:
        root = self.document.root
        assert root is not None  # noqa: S101 - read_project looked
        entries = self.mapping(root, FILE)
        if isinstance(entries, Wrong):
            return None
        self.unknown_keys(entries, _KEYS, FILE)
        name = self.value(entries["project"][1], str, "`project`") if "project" in entries else folder.name
        environments: dict[str, Environment] = {}
        if "environments" not in entries:
            self.problem("missing-key", f"{FILE} needs `environments`: where the systems are", root)
        else:
            named = self.mapping(entries["environments"][1], "`environments`")
            if not isinstance(named, Wrong):
                environments = {key: self._environment(key, node) for key, (_, node) in named.items()}
        default = next(iter(environments), "")
        if "default_environment" in entries:
            default = self.value(entries["default_environment"][1], str, "`default_environment`")
            if default is not WRONG and default not in environments:
                self.problem(
                    "unknown-environment",
                    f"there is no environment `{default}`",
                    entries["default_environment"][1],
                    did_you_mean(str(default), environments),
                )
        return Project(folder, str(name), self._setting(entries), str(default), environments)

    def _setting(self, entries: Mapping[str, tuple[ScalarNode, Node]]) -> Setting:
        zone, country = ZoneInfo("UTC"), "US"
        if "timezone" in entries:
            name = self.value(entries["timezone"][1], str, "`timezone`")
            try:
                zone = ZoneInfo(str(name))
            except (ZoneInfoNotFoundError, ValueError, OSError):
                self.problem(
                    "wrong-value",
                    f"there is no time zone `{name}`",
                    entries["timezone"][1],
                    "as in Europe/Berlin",
                )
        if "country" in entries:
            country = self.value(entries["country"][1], str, "`country`")
            if not re.fullmatch("[A-Z]{2}", str(country)):
                self.problem(
                    "wrong-value",
                    f"`{country}` is not a country code",
                    entries["country"][1],
                    "two capital letters, as in DE",
                )
                country = "US"
        return Setting(timezone=zone, country=str(country))

    def _environment(self, name: str, node: Node) -> Environment:
        entries = self.mapping(node, f"the environment `{name}`")
        if isinstance(entries, Wrong):
            return Environment(name, {}, {})
        self.unknown_keys(entries, ("connections", "values"), f"the environment `{name}`")
        values = self.plain(entries["values"][1]) if "values" in entries else {}
        connections: dict[str, Connection] = {}
        if "connections" in entries:
            named = self.mapping(entries["connections"][1], "`connections`")
            if not isinstance(named, Wrong):
                for key, (key_node, body) in named.items():
                    connections[key] = self._connection(key, key_node, body)
        return Environment(name, connections, {"name": name, **(values if isinstance(values, dict) else {})})

    def _connection(self, name: str, key: ScalarNode, node: Node) -> Connection:
        if name == "flowrun" or not name.replace("_", "a").isalnum():
            self.problem(
                "bad-name",
                f"a connection cannot be called `{name}`",
                key,
                "letters, digits and `_`; `flowrun` is the engine itself",
            )
        entries = self.mapping(node, f"the connection `{name}`")
        if isinstance(entries, Wrong) or not entries:
            return Connection(name, "", None)
        connector, (connector_key, body) = next(iter(entries.items()))
        for extra in list(entries)[1:]:
            self.problem(
                "unknown-key",
                f"the connection `{name}` has one connector, but `{extra}` stands here too",
                entries[extra][0],
            )
        if connector not in self.registry.connectors:
            self.problem(
                "unknown-connector",
                f"there is no connector `{connector}`",
                connector_key,
                did_you_mean(connector, self.registry.connectors),
            )
            return Connection(name, connector, None)
        self.unset = []
        config = self.config(self.registry.connectors[connector].Config, body, f"the connection `{name}`")
        return Connection(
            name,
            connector,
            None if config is WRONG or self.unset else config,
            tuple(dict.fromkeys(self.unset)),
        )

    def scalar(self, node: ScalarNode) -> Any:
        """As ever, with `${env:NAME}` and `${env:NAME:-default}` filled in from the environment. A variable that is not
        set and has no default is remembered: it is needed to run, not to validate."""
        value = super().scalar(node)
        return self._filled(value) if isinstance(value, str) else value

    def _parsed(self, node: ScalarNode, annotation: Any, what: str) -> Any:
        text = self._filled(node.value)
        if _PLACEHOLDER.search(text):
            return text
        try:
            return annotation.parse(text)
        except ValueError as error:
            return self.problem("wrong-value", f"{what}: {error}", node)

    def _filled(self, text: str) -> str:
        def fill(match: re.Match[str]) -> str:
            value = self.variables.get(match[1])
            if value is not None:
                return value
            if match[2] is None:
                self.unset.append(match[1])
            return match[0] if match[2] is None else match[2]

        return _PLACEHOLDER.sub(fill, text)
