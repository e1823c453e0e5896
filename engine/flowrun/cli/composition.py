"""Puts the parts together: step kinds, connectors from their entry points, the project of this folder."""

from __future__ import annotations

from collections.abc import Container, Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import click

from flowrun.component.connector import Connector
from flowrun.component.registry import Registry
from flowrun.errors import ConfigurationError
from flowrun.language.project import find
from flowrun.language.workspace import Workspace, read_workspace
from flowrun.steps import step_kinds

GROUP = "flowrun.connectors"
OURS = "flowrun_connectors"


@cache
def registry() -> Registry:
    """All step kinds, and every installed connector: ours and those of other packages come in the same way.

    One that cannot be used is told on stderr and left out, so that it does not stop the flows that do
    without it.
    """
    found: dict[str, type[Connector[Any]]] = {}
    # Ours come first, so that no other package can take the name of one.
    for entry in sorted(
        entry_points(group=GROUP), key=lambda entry: (entry.value.split(".")[0] != OURS, entry.name)
    ):
        try:
            connector = _loaded(entry, found)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - somebody else's package may fail in any way
            click.echo(
                f"warning: the connector '{entry.name}' ({entry.value}) is left out: {error}", err=True
            )
            continue
        found[connector.name] = connector
    return Registry.of(step_kinds(), found.values())


def _loaded(entry: EntryPoint, taken: Container[str]) -> type[Connector[Any]]:
    """Raises whatever loading it raises, and TypeError when it is not what a connector must be."""
    connector = entry.load()
    if not (isinstance(connector, type) and issubclass(connector, Connector)):
        raise TypeError("it is not a subclass of flowrun.component.Connector")
    for needed in ("name", "Config"):
        if not hasattr(connector, needed):
            raise TypeError(f"it has no `{needed}`")
    if connector.name in taken:
        raise TypeError(f"the name '{connector.name}' is taken")
    connector.operations()
    return connector


def project_folder(context: click.Context, near: str | None = None) -> Path:
    """The folder of `--project`, else that around a given file, else that around this folder."""
    chosen = context.find_root().params.get("project")
    if chosen is not None:
        return find(Path(chosen))
    if near is not None and Path(near).exists():
        place = Path(near)
        with suppress(ConfigurationError):
            return find(place if place.is_dir() else place.resolve().parent)
    return find(Path.cwd())


def workspace(
    context: click.Context, near: str | None = None, variables: Mapping[str, str] | None = None
) -> Workspace:
    """The whole project, read and checked."""
    return read_workspace(project_folder(context, near), registry(), variables)
