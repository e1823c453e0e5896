"""`flowrun schema`: the JSON Schema of this project's flows."""

from __future__ import annotations

import json

import click

from flowrun.cli.composition import registry, workspace
from flowrun.reference.schema import flow_schema


@click.command()
@click.pass_context
def schema(context: click.Context) -> None:
    """Write the JSON Schema of this project's flows, for editors: its connections, operations and lookups."""
    found = workspace(context)
    connectors = {name: known.connector for name, known in found.connections.items()}
    click.echo(
        json.dumps(flow_schema(registry(), connectors, list(found.tables)), ensure_ascii=False, indent=2)
    )
