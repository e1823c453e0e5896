"""`flowrun init`: a new project."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

import click

from flowrun.errors import ConfigurationError

_RENAMED = {"gitignore": ".gitignore"}


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
def init(folder: Path) -> None:
    """Make a new project in FOLDER (this one, when left out) that validates and runs in the sandbox.

    Nothing that is already there is overwritten.
    """
    with as_file(files("flowrun.cli") / "template") as template:
        sources = sorted(
            path for path in template.rglob("*") if path.is_file() and "__pycache__" not in path.parts
        )
        targets = {source: folder / _placed(source.relative_to(template)) for source in sources}
        there = [target for target in targets.values() if target.exists()]
        if there:
            raise ConfigurationError(
                f"'{there[0]}' is already there; choose an empty folder: flowrun init FOLDER"
            )
        for source, target in targets.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
            click.echo(target.as_posix())
    go = "" if folder == Path() else f"cd {folder} && "
    click.echo(
        f"\nnow: {go}flowrun dry-run order_to_sap --event events/order_placed.json --sandbox", err=True
    )


def _placed(relative: Path) -> Path:
    return relative.with_name(_RENAMED.get(relative.name, relative.name))
