"""`flowrun connectors`: which systems can be reached, and what can be done there."""

from __future__ import annotations

from inspect import cleandoc
from textwrap import dedent, indent
from typing import Any

import click

from flowrun.cli.composition import registry
from flowrun.component.config import options_of
from flowrun.component.connector import Connector
from flowrun.errors import ConfigurationError
from flowrun.expressions.suggest import did_you_mean


@click.command()
@click.argument("name", required=False)
def connectors(name: str | None) -> None:
    """Show the connectors and what each can do; of one NAME, its settings and operations in full."""
    found = registry().connectors
    if name is None:
        for connector in found.values():
            _brief(connector)
        click.echo("flowrun connectors NAME tells all about one of them.")
        return
    connector_name, _, operation = name.partition(".")
    if connector_name not in found:
        raise ConfigurationError(
            f"there is no connector '{connector_name}'; {did_you_mean(connector_name, found)}"
        )
    if operation:
        _operation(found[connector_name], operation)
    else:
        _full(found[connector_name])


def _brief(connector: type[Connector[Any]]) -> None:
    click.echo(f"{click.style(connector.name, bold=True)}  {_summary(connector)}")
    width = max((len(name) for name in connector.operations()), default=0)
    for operation in connector.operations().values():
        click.echo(f"  {operation.name:<{width}}  {operation.summary}")
    click.echo("")


def _full(connector: type[Connector[Any]]) -> None:
    click.echo(click.style(connector.name, bold=True))
    click.echo(cleandoc(connector.__doc__ or "") + "\n")
    click.echo(click.style("Settings", bold=True))
    _options(connector.Config)
    click.echo("\n" + dedent(connector.example).strip() + "\n")
    click.echo(click.style("Operations", bold=True))
    for name in connector.operations():
        _operation(connector, name)


def _operation(connector: type[Connector[Any]], name: str) -> None:
    operations = connector.operations()
    if name not in operations:
        raise ConfigurationError(
            f"the connector '{connector.name}' has no operation '{name}'; {did_you_mean(name, operations)}"
        )
    operation = operations[name]
    what = (
        "reads"
        if operation.reads
        else "writes, may be repeated"
        if operation.repeatable
        else "writes, is never repeated"
    )
    click.echo(f"{click.style(f'{connector.name}.{name}', bold=True)}  ({what})")
    click.echo(f"  {operation.summary}")
    if operation.description:
        click.echo(indent(operation.description, "  "))
    _options(operation.parameters)
    click.echo("")


def _options(config: Any) -> None:
    for option in options_of(config).values():
        needed = "" if option.required else " (optional)"
        click.echo(f"    {option.name}{needed}: {option.info.description}")


def _summary(connector: type[Connector[Any]]) -> str:
    return (connector.__doc__ or "").strip().partition("\n")[0]
