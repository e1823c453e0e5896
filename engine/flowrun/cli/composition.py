"""Puts the parts together: step kinds, connectors from their entry points, the project of this folder."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import click

from flowrun.component.connector import Connector
from flowrun.component.registry import Registry
from flowrun.language.project import find
from flowrun.language.workspace import Workspace, read_workspace
from flowrun.steps import step_kinds

GROUP = "flowrun.connectors"


def registry() -> Registry:
    """All step kinds, and every installed connector: ours and those of other packages come in the same way.

    One that cannot be loaded is told on stderr and left out, so that it does not stop the flows that need it not.
    """
    found: list[type[Connector[Any]]] = []
    for entry in entry_points(group=GROUP):
        connector = _loaded(entry)
        if connector is not None:
            found.append(connector)
    return Registry.of(step_kinds(), found)


def _loaded(entry: EntryPoint) -> type[Connector[Any]] | None:
    try:
        connector = entry.load()
    except Exception as error:  # noqa: BLE001 - somebody else's package may fail in any way
        click.echo(f"warning: the connector '{entry.name}' ({entry.value}) cannot be loaded: {error}", err=True)
        return None
    if not (isinstance(connector, type) and issubclass(connector, Connector)):
        click.echo(f"warning: '{entry.name}' ({entry.value}) is not a connector", err=True)
        return None
    return connector


def project_folder(context: click.Context, near: str | None = None) -> Path:
    """The project's folder: that of `--project`, else the one around a given file, else the one around this folder."""
    chosen = context.find_root().params.get("project")
    if chosen is not None:
        return find(Path(chosen))
    if near is not None and Path(near).exists():
        place = Path(near)
        return find(place if place.is_dir() else place.resolve().parent)
    return find(Path.cwd())


def workspace(context: click.Context, near: str | None = None, variables: Mapping[str, str] | None = None) -> Workspace:
    """The whole project, read and checked."""
    return read_workspace(project_folder(context, near), registry(), variables)
