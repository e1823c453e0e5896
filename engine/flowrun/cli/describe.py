"""`flowrun describe`: flows as business pages."""

from __future__ import annotations

from pathlib import Path

import click

from flowrun.cli.composition import workspace
from flowrun.reference.business import page


@click.command()
@click.argument("names", nargs=-1)
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a file for each flow into this folder, instead of the terminal.",
)
@click.pass_context
def describe(context: click.Context, names: tuple[str, ...], folder: Path | None) -> None:
    """Tell in business words what flows do: when they run, step by step, and how each field is filled.

    NAMES are flows; without one, all of this project. The pages are Markdown and made of the flows alone.
    """
    found = workspace(context)
    flows = [found.flow(name) for name in names or found.flows]
    for flow in flows:
        text = page(flow, found)
        if folder is None:
            click.echo(text)
            continue
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{flow.name}.md").write_text(text, encoding="utf-8")
        click.echo((folder / f"{flow.name}.md").as_posix())
