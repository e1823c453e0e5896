"""`flowrun steps`: what a flow can be made of."""

from __future__ import annotations

from inspect import cleandoc
from textwrap import dedent

import click

from flowrun.cli.composition import registry
from flowrun.component.config import options_of
from flowrun.component.step import StepKind
from flowrun.errors import ConfigurationError
from flowrun.expressions.suggest import did_you_mean
from flowrun.steps import step_kinds


@click.command()
@click.argument("name", required=False)
def steps(name: str | None) -> None:
    """Show the step kinds, conversions and filters; of one NAME, all there is to know."""
    kinds = {kind.name: kind for kind in step_kinds()}
    if name is None:
        _all(kinds)
    elif name in kinds:
        _one(kinds[name])
    else:
        _conversion(name, kinds)


def _all(kinds: dict[str, type[StepKind]]) -> None:
    from flowrun.expressions.conversions import CONVERSIONS  # noqa: PLC0415 - not needed for one kind
    from flowrun.expressions.template_environment import FILTERS  # noqa: PLC0415

    click.echo(click.style("Step kinds", bold=True))
    _list({kind: _summary(found) for kind, found in kinds.items()})
    connectors = ", ".join(sorted(registry().connectors))
    click.echo(
        f"  and each operation of a connection, such as sap.upsert: see flowrun connectors ({connectors})\n"
    )
    click.echo(
        click.style("Conversions", bold=True)
        + ": as `as: NAME` in a mapping, as `{{ value | NAME }}` in a text"
    )
    _list(
        {
            name + (f"({', '.join(c.arguments)})" if c.required else ""): c.summary
            for name, c in CONVERSIONS.items()
        }
    )
    click.echo("\n" + click.style("More filters", bold=True) + f": {', '.join(sorted(FILTERS))}")
    click.echo("\nflowrun steps NAME tells all about one of them.")


def _one(kind: type[StepKind]) -> None:
    click.echo(click.style(kind.name, bold=True))
    click.echo(cleandoc(kind.__doc__ or "") + "\n")
    for option in options_of(kind).values():
        needed = "" if option.required else " (optional)"
        click.echo(f"  {option.name}{needed}: {option.info.description}")
    click.echo("\n" + dedent(kind.example).strip())


def _conversion(name: str, kinds: dict[str, type[StepKind]]) -> None:
    from flowrun.expressions.conversions import CONVERSIONS  # noqa: PLC0415 - not needed for one kind

    if name not in CONVERSIONS:
        raise ConfigurationError(
            f"there is no step kind or conversion '{name}'; {did_you_mean(name, [*kinds, *CONVERSIONS])}"
        )
    conversion = CONVERSIONS[name]
    given, result = conversion.example
    click.echo(click.style(name, bold=True))
    click.echo(conversion.summary)
    if conversion.arguments:
        click.echo(f"arguments: {', '.join(conversion.arguments)}")
    click.echo(f"example: {given!r} becomes {result!r}")


def _summary(kind: type[StepKind]) -> str:
    return (kind.__doc__ or "").strip().partition("\n")[0]


def _list(rows: dict[str, str]) -> None:
    width = max(len(name) for name in rows)
    for name, text in rows.items():
        click.echo(f"  {name:<{width}}  {text}")
