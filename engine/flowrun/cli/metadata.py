"""`flowrun metadata`: what a system says of its own entities, kept in the project."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Protocol, runtime_checkable

import click

from flowrun.cli.composition import registry, workspace
from flowrun.errors import ConfigurationError
from flowrun.language.project import Environment
from flowrun.language.workspace import Workspace
from flowrun.runtime.connections import Connections
from flowrun.runtime.state import State


@runtime_checkable
class DescribesItself(Protocol):
    """A connector whose system can say what its entities are."""

    async def pull_metadata(self, service: str) -> bytes:
        """The description of a service, as the system gives it."""


@click.group()
def metadata() -> None:
    """Keep what a system says of its own entities, for checking mappings."""


@metadata.command()
@click.argument("connection")
@click.argument("services", nargs=-1, required=True)
@click.option("--env", metavar="ENV", help="The environment of flowrun.yaml, if not the default one.")
@click.pass_context
def pull(context: click.Context, connection: str, services: tuple[str, ...], env: str | None) -> None:
    """Fetch the metadata of SERVICES and keep it under .flowrun/metadata, to be committed with the flows."""
    for service in services:
        if not re.fullmatch(r"\w+", service):  # it becomes a part of an address and the name of a file
            raise ConfigurationError(f"'{service}' is not the name of a service; as in API_SALES_ORDER_SRV")
    found = workspace(context)
    for path in asyncio.run(_pulled(found, found.project.environment(env), connection, services)):
        click.echo(path.relative_to(found.project.folder).as_posix())


async def _pulled(
    found: Workspace, environment: Environment, connection: str, services: tuple[str, ...]
) -> list[Path]:
    """Writes only when all of them are there, so that a service that fails leaves everything as it was."""
    state = State(None, environment.name)
    try:
        async with Connections(found.project, environment, registry(), state) as connections:
            connector = await connections.connector(connection)
            if not isinstance(connector, DescribesItself):
                raise ConfigurationError(f"the connection '{connection}' has no metadata to pull")
            pulled = {service: await connector.pull_metadata(service) for service in services}
    finally:
        state.close()
    folder = found.project.metadata / connection
    folder.mkdir(parents=True, exist_ok=True)
    for service, text in pulled.items():
        (folder / f"{service}.xml").write_bytes(text)
    return [folder / f"{service}.xml" for service in services]
