"""Flows pinned by their content: a run finishes on the version it began with."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from flowrun.component.registry import Registry
from flowrun.errors import Cause, ConfigurationError, Rejected
from flowrun.expressions.suggest import did_you_mean
from flowrun.language.check import calls_of
from flowrun.language.flow import Flow
from flowrun.language.workspace import Workspace, read_flows
from flowrun.runtime.journal import store
from flowrun.runtime.journal.file import JournalFile


@dataclass(frozen=True, slots=True)
class Pinned:
    """A flow with the sub-flows it needs, and the text of their files. `version` is a digest of those texts."""

    flow: Flow
    flows: Mapping[str, Flow]
    version: str
    sources: Mapping[str, str]


def pinned(workspace: Workspace, name: str) -> Pinned:
    """The flow of this name as it stands in the workspace now."""
    needed = _needed(workspace.flows, name, {})
    sources = {flow.file: workspace.sources[flow.file] for flow in needed.values()}
    return Pinned(workspace.flows[name], needed, version_of(sources), sources)


def pinned_then(
    workspace: Workspace, registry: Registry, name: str, version: str, sources: Mapping[str, str] | None
) -> Pinned:
    """The flow as it was, from the texts that were kept. Raises `Rejected` when it cannot be read any more."""
    if sources is None:
        raise Rejected(
            f"the version {version} of {name} is not in the journal; replay with the version of now",
            Cause(code="version-lost"),
        )
    flows, problems = read_flows(workspace, registry, sources)
    if problems or name not in flows:
        raise Rejected(
            f"the version {version} of {name} no longer fits this project "
            f"({problems[0] if problems else 'it is gone'}); replay with the version of now",
            Cause(code="version-unfit"),
        )
    return Pinned(flows[name], flows, version, sources)


def version_of(sources: Mapping[str, str]) -> str:
    """A short name for exactly these files."""
    whole = hashlib.sha256()
    for file in sorted(sources):
        for part in (file, sources[file]):
            data = part.encode()
            whole.update(len(data).to_bytes(8, "big"))
            whole.update(data)
    return whole.hexdigest()[:12]


class Versions:
    """The flows of a project by version: as they are now, and as they were when a run began."""

    def __init__(self, journal: JournalFile, registry: Registry, workspace: Callable[[], Workspace]) -> None:
        self._journal = journal
        self._registry = registry
        self._workspace = workspace
        self._now: dict[str, Pinned] = {}
        self._known: dict[tuple[str, str], Pinned] = {}

    async def keep(self, now: float) -> None:
        """Writes down every flow as it stands, so that runs can end on it whatever comes."""
        for name in self._workspace().flows:
            pin = pinned(self._workspace(), name)
            self._now[name] = self._known[name, pin.version] = pin
            await self._journal.write(partial(_kept, pin, now))

    def now(self, name: str) -> Pinned:
        """A flow as it is now. Raises `ConfigurationError` when there is none of that name."""
        if name not in self._now:
            raise ConfigurationError(f"there is no flow '{name}'; {did_you_mean(name, self._now)}")
        return self._now[name]

    def then(self, name: str, version: str) -> Pinned:
        """A flow as it was. Raises `Rejected` when it cannot be read any more."""
        known = self._known.get((name, version))
        if known is None:
            with self._journal.reading() as db:
                sources = store.version_files(db, name, version)
            known = pinned_then(self._workspace(), self._registry, name, version, sources)
            self._known[name, version] = known
        return known


def _kept(pin: Pinned, now: float, db: sqlite3.Connection) -> None:
    store.keep_version(db, pin.flow.name, pin.version, pin.sources, now)


def _needed(flows: Mapping[str, Flow], name: str, found: dict[str, Flow]) -> dict[str, Flow]:
    if name not in found and name in flows:
        found[name] = flows[name]
        for called, _ in calls_of(flows[name].steps):
            _needed(flows, called, found)
    return found
