"""`flowrun metadata`: what a system says of its own entities, kept in the project."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import click

from flowrun.cli.composition import registry, workspace
from flowrun.cli.ending import FINE, PROBLEMS
from flowrun.component.metadata import MetadataChange
from flowrun.errors import ConfigurationError, RunError
from flowrun.expressions.suggest import did_you_mean
from flowrun.language.project import Environment
from flowrun.language.workspace import Workspace
from flowrun.runtime.connections import Connections
from flowrun.runtime.state import State

GONE = 404


@runtime_checkable
class DescribesItself(Protocol):
    """A connector whose system can say what its entities are."""

    async def pull_metadata(self, service: str) -> bytes:
        """The description of a service, as the system gives it."""


@runtime_checkable
class ComparesItself(DescribesItself, Protocol):
    """A connector that knows what a change of its system's entities means for a flow."""

    @classmethod
    def compare_metadata(cls, before: bytes, after: bytes) -> list[MetadataChange]:
        """What is different between two descriptions. Raises ValueError when `before` cannot be read."""

    @classmethod
    def target_of(cls, constants: Mapping[str, Any]) -> str:
        """What an operation with these constant parameters works on: `SERVICE/ENTITY`, or empty."""


@click.group()
def metadata() -> None:
    """Keep what a system says of its own entities, for checking mappings."""


@metadata.command()
@click.argument("connection")
@click.argument("services", nargs=-1)
@click.option("--env", metavar="ENV", help="The environment of flowrun.yaml, if not the default one.")
@click.pass_context
def pull(context: click.Context, connection: str, services: tuple[str, ...], env: str | None) -> None:
    """Fetch the metadata of SERVICES and keep it under .flowrun/metadata, to be committed with the flows.

    Without SERVICES all that are kept are fetched again. A service is named as in the connection's settings.
    """
    found = workspace(context)
    _refuse_unless(found, connection, DescribesItself, "has no metadata to pull")
    wanted = named(services) or kept(found, connection)
    if not wanted:
        raise ConfigurationError(
            f"nothing is kept of '{connection}' yet; name its services, as in API_SALES_ORDER_SRV"
        )
    pulled = asyncio.run(_pulled(found, found.project.environment(env), connection, wanted, gone=False))
    for service, text in pulled.items():  # all are there: one that fails leaves everything as it was
        path = found.project.metadata / connection / f"{service}.xml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text or b"")
        click.echo(path.relative_to(found.project.folder).as_posix())


@metadata.command()
@click.argument("connection")
@click.argument("services", nargs=-1)
@click.option("--env", metavar="ENV", help="The environment of flowrun.yaml, if not the default one.")
@click.option(
    "--output", "-o", type=click.Choice(["text", "json"]), default="text", help="How the result is written."
)
@click.option("--exit-code", is_flag=True, help="Exit code 1 for changes that hit no flow, too.")
@click.pass_context
def diff(
    context: click.Context,
    connection: str,
    services: tuple[str, ...],
    env: str | None,
    output: str,
    *,
    exit_code: bool,
) -> None:
    """Compare the kept metadata with what the system says now, and show which flows the changes hit.

    Without SERVICES all that are kept are compared. Nothing is written; `metadata pull` takes the changes over.

    JSON: {"connection", "services": [{"service", "changes": [{what, entity, name, change, before, after, breaks,
    "hits": [{flow, step, file, line, column}]}]}], "problems": [what `flowrun validate` would say]}. Exit code 1 when
    a change hits a flow.
    """
    from flowrun.cli import metadata_diff  # noqa: PLC0415 - for this command only

    found = workspace(context)
    _refuse_unless(found, connection, ComparesItself, "has no metadata to compare")
    wanted = named(services) or kept(found, connection)
    _refuse_what_is_not_kept(found, connection, wanted)
    environment = found.project.environment(env)
    pulled = asyncio.run(_pulled(found, environment, connection, wanted, gone=True))
    difference = metadata_diff.compared(found, connection, pulled)
    click.echo(metadata_diff.as_json(difference) if output == "json" else metadata_diff.as_text(difference))
    hit = difference.hit or (exit_code and difference.changed)
    context.exit(PROBLEMS if hit else FINE)


def named(services: tuple[str, ...]) -> tuple[str, ...]:
    """The services that were named, each once. Each becomes a part of an address and the name of a file."""
    for service in services:
        if ";" in service:
            name = service.partition(";")[0]
            raise ConfigurationError(
                f"'{service}' is the path of a service; write its name in the connection's `services`, as in {name}"
            )
        if not re.fullmatch(r"\w+", service):
            raise ConfigurationError(f"'{service}' is not the name of a service; as in API_SALES_ORDER_SRV")
    return tuple(dict.fromkeys(services))


def kept(found: Workspace, connection: str) -> tuple[str, ...]:
    """The services of a connection whose metadata the project keeps, in the order of their names."""
    return tuple(sorted(path.stem for path in (found.project.metadata / connection).glob("*.xml")))


def _refuse_unless(found: Workspace, connection: str, can: Any, told: str) -> None:
    known = found.connections.get(connection)
    if known is None:
        hint = did_you_mean(connection, found.connections, otherwise="name it in flowrun.yaml")
        raise ConfigurationError(f"there is no connection '{connection}'; {hint}")
    if not isinstance(known.connector, can):
        raise ConfigurationError(f"the connection '{connection}' {told}")


def _refuse_what_is_not_kept(found: Workspace, connection: str, wanted: tuple[str, ...]) -> None:
    there = kept(found, connection)
    missing = next((service for service in wanted if service not in there), None)
    if missing is not None:
        hint = did_you_mean(missing, there)
        told = f"{hint} Or keep" if hint.startswith("did") else "keep"
        raise ConfigurationError(
            f"nothing is kept of the service '{missing}'; {told} it: flowrun metadata pull {connection} {missing}"
        )
    if not wanted:
        raise ConfigurationError(
            f"nothing is kept of '{connection}' to compare with; `flowrun metadata pull {connection} SERVICE` keeps it"
        )


async def _pulled(
    found: Workspace, environment: Environment, connection: str, services: tuple[str, ...], *, gone: bool
) -> dict[str, bytes | None]:
    """What the system says of each service. With `gone`, None for one that it does not have any more."""
    state = State(None, environment.name)
    try:
        async with Connections(found.project, environment, registry(), state) as connections:
            connector: Any = await connections.connector(connection)
            pulled: dict[str, bytes | None] = {}
            for service in services:
                try:
                    pulled[service] = await connector.pull_metadata(service)
                except RunError as error:
                    if not gone or error.cause.status != GONE:
                        raise
                    pulled[service] = None
            return pulled
    finally:
        state.close()
