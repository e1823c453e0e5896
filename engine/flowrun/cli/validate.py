"""`flowrun validate`: every mistake in every file, at once."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import click

from flowrun.cli import problems as shown
from flowrun.cli.composition import workspace
from flowrun.errors import ConfigurationError, Problem
from flowrun.language.workspace import Workspace


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--output", "-o", type=click.Choice(["text", "json", "github", "sarif"]), default="text", help="How problems are written.")
@click.pass_context
def validate(context: click.Context, paths: tuple[str, ...], output: str) -> None:
    """Find the mistakes in flows, lookups and flowrun.yaml.

    Without PATH the whole project is checked; with some, only their mistakes are told.
    """
    found = workspace(context, paths[0] if paths else None)
    problems = [problem for problem in found.problems if _asked_for(problem, found, paths)]
    match output:
        case "json":
            click.echo(shown.as_json(problems))
        case "github":
            click.echo(shown.as_github(problems), nl=bool(problems))
        case "sarif":
            click.echo(shown.as_sarif(problems, version("flowrun-engine")))
        case _:
            if problems:
                click.echo(shown.as_text(problems, found.project.folder))
                click.echo("", err=True)
            click.echo(_summary(problems, found), err=True)
    context.exit(1 if problems else 0)


def _asked_for(problem: Problem, found: Workspace, paths: tuple[str, ...]) -> bool:
    if not paths:
        return True
    file = (found.project.folder / problem.at.file).resolve()
    return any(file.is_relative_to(_existing(path)) for path in paths)


def _existing(path: str) -> Path:
    if not Path(path).exists():
        raise ConfigurationError(f"there is no file or folder '{path}'")
    return Path(path).resolve()


def _summary(problems: list[Problem], found: Workspace) -> str:
    if not problems:
        return f"fine: {len(found.flows)} flows, {len(found.tables)} lookup tables"
    files = len({problem.at.file for problem in problems})
    return f"{len(problems)} {'problem' if len(problems) == 1 else 'problems'} in {files} {'file' if files == 1 else 'files'}"
