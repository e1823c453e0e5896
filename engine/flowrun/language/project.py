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
from flowrun.component.settings import Alerts, Limits, Retention, WebhookSecurity
from flowrun.errors import ConfigurationError, Position
from flowrun.expressions.conversions import Setting
from flowrun.expressions.suggest import did_you_mean, nearest
from flowrun.expressions.templates import Templates
from flowrun.language.document import Document
from flowrun.language.files import read_text
from flowrun.language.placeholders import PlaceholderReader
from flowrun.language.reader import Entries, Wrong
from flowrun.language.report import Report

FILE = "flowrun.yaml"
_KEYS = (
    "project",
    "timezone",
    "country",
    "default_environment",
    "personal_data",
    "retention",
    "alerts",
    "environments",
)
_BESIDE = ("limits", "webhooks")
"""What may stand beside a connection's connector."""


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection of one environment. `config` is None when it cannot be used; `unset` are the
    environment variables that are missing for it. Without `webhooks` nothing is taken from outside."""

    name: str
    connector: str
    config: Config | None
    unset: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    webhooks: WebhookSecurity | None = None


@dataclass(frozen=True, slots=True)
class Environment:
    """Connections by name, and the values that flows see as `env`. `unset` are variables missing for the
    values."""

    name: str
    connections: Mapping[str, Connection]
    values: Mapping[str, Any]
    unset: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Project:
    """What `flowrun.yaml` says. `folder` is where it stands; flows and lookups are beside it.

    `personal_data` are names of fields that are masked in logs, `alerts` where a team is told, `retention`
    how long what has ended is kept.
    """

    folder: Path
    name: str
    setting: Setting
    default_environment: str
    environments: Mapping[str, Environment] = field(default_factory=dict)
    personal_data: tuple[str, ...] = ()
    retention: Retention = field(default_factory=Retention)
    alerts: tuple[Alerts, ...] = ()

    def environment(self, name: str | None) -> Environment:
        """The named environment, or the default one. Raises `ConfigurationError` when it is not there or
        not usable."""
        wanted = name or self.default_environment
        if wanted not in self.environments:
            hint = did_you_mean(wanted, self.environments)
            raise ConfigurationError(f"{FILE} has no environment '{wanted}'; {hint}")
        found = self.environments[wanted]
        if found.unset:
            variables = ", ".join(found.unset)
            raise ConfigurationError(
                f"the values of '{wanted}' need the environment variable {variables}, which is not set"
            )
        return found

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
    text = read_text(folder / FILE, FILE, report)
    document = Document.parse(FILE, text, report) if text is not None else None
    if document is None:
        return None
    if document.root is None:
        report.add(
            "empty-file",
            "the file is empty",
            Position(FILE),
            "it needs `environments:`, where the systems are",
        )
        return None
    known = os.environ if variables is None else variables
    return _ProjectReader(
        document, report, Templates(), variables=known, folder=folder, registry=registry
    ).project(folder, document.root)


@dataclass(slots=True)
class _ProjectReader(PlaceholderReader):
    registry: Registry = field(default_factory=lambda: Registry({}, {}))

    def project(self, folder: Path, root: Node) -> Project | None:
        entries = self.mapping(root, FILE)
        if isinstance(entries, Wrong):
            return None
        entries = self.known(entries, _KEYS, FILE)
        name = self.value(entries["project"].value, str, "`project`") if "project" in entries else folder.name
        environments = self._environments(entries, root)
        default = next(iter(environments), "")
        if "default_environment" in entries:
            node = entries["default_environment"].value
            chosen = self.value(node, str, "`default_environment`")
            if isinstance(chosen, str) and chosen not in environments:
                hint = did_you_mean(chosen, environments)
                self.problem("unknown-environment", f"there is no environment `{chosen}`", node, hint)
            default = default if isinstance(chosen, Wrong) else nearest(chosen, environments) or default
        return Project(
            folder,
            str(name),
            self._setting(entries),
            default,
            environments,
            personal_data=tuple(self._optional(entries, "personal_data", list[str]) or ()),
            retention=self._optional(entries, "retention", Retention) or Retention(),
            alerts=tuple(self._optional(entries, "alerts", list[Alerts]) or ()),
        )

    def _optional(self, entries: Entries, key: str, annotation: Any) -> Any:
        """The value of a key, None when it is not there or cannot be read."""
        value = self.value(entries[key].value, annotation, f"`{key}`") if key in entries else None
        return None if isinstance(value, Wrong) else value

    def _setting(self, entries: Entries) -> Setting:
        zone, country = ZoneInfo("UTC"), "US"
        if "timezone" in entries:
            node = entries["timezone"].value
            name = self.value(node, str, "`timezone`")
            try:
                zone = zone if isinstance(name, Wrong) else ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                self.problem("wrong-value", f"there is no time zone `{name}`", node, "as in Europe/Berlin")
        if "country" in entries:
            node = entries["country"].value
            code = self.value(node, str, "`country`")
            if isinstance(code, str) and re.fullmatch("[A-Z]{2}", code):
                country = code
            elif isinstance(code, str):
                told = f"`{code}` is not a country code"
                self.problem("wrong-value", told, node, "two capital letters, as in DE")
        return Setting(timezone=zone, country=country)

    # --- environments ----------------------------------------------------------------------------

    def _environments(self, entries: Entries, root: Node) -> dict[str, Environment]:
        if "environments" not in entries:
            told, hint = (
                f"{FILE} needs `environments`: where the systems are",
                "as in environments: {sandbox: …}",
            )
            self.problem("missing-key", told, root, hint)
            return {}
        named = self.mapping(entries["environments"].value, "`environments`")
        if isinstance(named, Wrong):
            return {}
        if not named:
            hint = "as in environments: {sandbox: …}"
            self.problem("missing-key", "`environments` has none", entries["environments"].value, hint)
        found = {name: self._environment(name, entry.value) for name, entry in named.items()}
        self._compare(found, named)
        return found

    def _compare(self, found: Mapping[str, Environment], named: Entries) -> None:
        """A flow that works in one environment must work in the others: they have the same values, of the
        same systems."""
        every_value = {value: name for name, one in reversed(list(found.items())) for value in one.values}
        connectors: dict[str, tuple[str, str]] = {}
        for name, environment in found.items():
            for value, other in every_value.items():
                if value not in environment.values:
                    told = f"the environment `{name}` has no value `{value}`, which `{other}` has"
                    self.problem("missing-value", told, named[name].key, "add it under `values:`")
            for connection in environment.connections.values():
                first, where = connectors.setdefault(connection.name, (connection.connector, name))
                if connection.connector and first and connection.connector != first:
                    told = (
                        f"the connection `{connection.name}` is `{connection.connector}` here, "
                        f"but `{first}` in `{where}`"
                    )
                    self.problem(
                        "different-connectors", told, named[name].key, "give one of them another name"
                    )

    def _environment(self, name: str, node: Node) -> Environment:
        entries = self.mapping(node, f"the environment `{name}`")
        if isinstance(entries, Wrong):
            return Environment(name, {}, {})
        entries = self.known(entries, ("connections", "values"), f"the environment `{name}`")
        self.unset.clear()
        values: dict[str, Any] = {}
        if "values" in entries:
            given = self.mapping(entries["values"].value, "`values`")
            values = (
                {} if isinstance(given, Wrong) else {key: self.plain(one.value) for key, one in given.items()}
            )
        unset = tuple(dict.fromkeys(self.unset))
        connections: dict[str, Connection] = {}
        if "connections" in entries:
            named = self.mapping(entries["connections"].value, "`connections`")
            if not isinstance(named, Wrong):
                connections = {key: self._connection(key, one.key, one.value) for key, one in named.items()}
        return Environment(name, connections, {"name": name, **values}, unset)

    def _connection(self, name: str, key: ScalarNode, node: Node) -> Connection:
        if name == "flowrun" or not re.fullmatch("[a-z][a-z0-9_]*", name):
            hint = "lower case letters, digits and `_`; `flowrun` is the engine itself"
            self.problem("bad-name", f"a connection cannot be called `{name}`", key, hint)
        entries = self.mapping(node, f"the connection `{name}`")
        if isinstance(entries, Wrong):
            return Connection(name, "", None)
        connectors = [one for one in entries if one not in _BESIDE]
        if not connectors:
            hint = f"known: {', '.join(sorted(self.registry.connectors))}"
            self.problem("missing-key", f"the connection `{name}` does not say its connector", node, hint)
            return Connection(name, "", None)
        for extra in connectors[1:]:
            told = f"the connection `{name}` has one connector, but `{extra}` stands here too"
            near = nearest(extra, [word for word in _BESIDE if word not in entries])
            hint = f"did you mean `{near}`?" if near else "indent it, if it is one of its settings"
            self.problem("unknown-key", told, entries[extra].key, hint)
        written = connectors[0]
        if written not in self.registry.connectors:
            hint = did_you_mean(written, self.registry.connectors)
            self.problem(
                "unknown-connector", f"there is no connector `{written}`", entries[written].key, hint
            )
        connector = nearest(written, self.registry.connectors)
        if connector is None:
            return Connection(name, written, None)
        return self._configured(name, connector, entries[written].value, entries)

    def _configured(self, name: str, connector: str, body: Node, beside: Entries) -> Connection:
        self.unset.clear()
        config = self.config(self.registry.connectors[connector].Config, body, f"the connection `{name}`")
        limits = self._optional(beside, "limits", Limits) or Limits()
        webhooks = self._optional(beside, "webhooks", WebhookSecurity)
        if webhooks is not None and webhooks.secret is None and webhooks.signing_key is None:
            told, hint = "`webhooks` needs `secret` or `signing_key`", "as in secret: ${env:WEBHOOK_SECRET}"
            self.problem("missing-key", told, beside["webhooks"].value, hint)
        unset = tuple(dict.fromkeys(self.unset))
        usable = None if isinstance(config, Wrong) or unset else config
        return Connection(name, connector, usable, unset, limits, webhooks)
