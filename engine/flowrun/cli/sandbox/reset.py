"""`flowrun sandbox reset`: both systems as they were at the start."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import click

from flowrun.cli.composition import project_folder
from flowrun.cli.sandbox.talking import Both, talking
from flowrun.errors import ConfigurationError


@click.command()
@click.option(
    "--seed", type=int, help="Another beginning; the same seed gives the same shop.  [default: as started]"
)
@talking
def reset(at: Both, seed: int | None) -> None:
    """Make both systems new: orders, documents and faults are gone, settings are as they were at the start.

    Shoppers who bought by themselves have gone home.
    """
    wish: dict[str, Any] = {} if seed is None else {"seed": seed}
    told = [system.ask("POST", "reset", wish) for system in (at.xcart, at.sap)]
    click.echo(f"both systems are new, with seed {told[0]['seed']}")
    with suppress(ConfigurationError):
        kept = project_folder(click.get_current_context()) / ".flowrun" / "state.db"
        if kept.is_file():
            click.echo(
                f"the cross references in {kept} still point to what is gone; delete that file", err=True
            )
