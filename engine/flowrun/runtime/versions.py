"""Flows pinned by their content: a run finishes on the version it began with."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from flowrun.component.registry import Registry
from flowrun.errors import Cause, Rejected
from flowrun.language.check import calls_of
from flowrun.language.flow import Flow
from flowrun.language.workspace import Workspace, read_flows


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
            f"the version {version} of {name} no longer fits this project ({problems[0] if problems else 'it is gone'}); "
            f"replay with the version of now",
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


def _needed(flows: Mapping[str, Flow], name: str, found: dict[str, Flow]) -> dict[str, Flow]:
    if name not in found and name in flows:
        found[name] = flows[name]
        for called, _ in calls_of(flows[name].steps):
            _needed(flows, called, found)
    return found
