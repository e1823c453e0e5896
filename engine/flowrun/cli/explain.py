"""`flowrun explain`: what a problem code means and how it is mended."""

from __future__ import annotations

import click

from flowrun.errors import ConfigurationError
from flowrun.expressions.suggest import did_you_mean
from flowrun.reference.codes import CODES


@click.command()
@click.argument("code", required=False)
def explain(code: str | None) -> None:
    """Explain a problem CODE; without one, list them all."""
    if code is None:
        width = max(len(name) for name in CODES)
        for name, explanation in CODES.items():
            click.echo(f"{name:<{width}}  {explanation.summary}")
        return
    if code not in CODES:
        raise ConfigurationError(f"there is no problem code '{code}'; {did_you_mean(code, CODES)}")
    explanation = CODES[code]
    click.echo(click.style(code, bold=True))
    click.echo(explanation.summary)
    if explanation.cure:
        click.echo(f"\n{explanation.cure}")
    if explanation.wrong:
        click.echo(f"\n  wrong  {explanation.wrong}")
        click.echo(f"  right  {explanation.right}")
