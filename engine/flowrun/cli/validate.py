"""`flowrun validate`: every mistake in every file, at once."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import click

from flowrun.cli import problems as shown
from flowrun.cli.composition import workspace
from flowrun.errors import ConfigurationError, Problem
from flowrun.language.project import FILE
from flowrun.language.workspace import FLOWS, LOOKUPS, Workspace


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option(
    "--output",
    "-o",
    type=click.Choice(["text", "json", "github", "sarif"]),
    default="text",
    help="How problems are written.",
)
@click.pass_context
def validate(context: click.Context, paths: tuple[str, ...], output: str) -> None:
    """Find the mistakes in flows, lookups and flowrun.yaml.

    Without PATH the whole project is checked; with some, only their mistakes are told.
    """
    found = workspace(context, paths[0] if paths else None)
    places = [_part_of(found, path) for path in paths]
    problems = [problem for problem in found.problems if not places or _stands_in(problem, found, places)]
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


def _part_of(found: Workspace, path: str) -> Path:
    """The whole path. Raises `ConfigurationError` for one that validation does not look at: it would seem
    fine.
    """
    if not Path(path).exists():
        raise ConfigurationError(f"there is no file or folder '{path}'")
    place, folder = Path(path).resolve(), found.project.folder.resolve()
    parts = [folder / FLOWS, folder / LOOKUPS, folder / FILE]
    if not any(place.is_relative_to(part) or part.is_relative_to(place) for part in parts):
        raise ConfigurationError(
            f"'{path}' is no part of the project '{folder}'; what is checked is {FLOWS}/, {LOOKUPS}/ "
            f"and {FILE}"
        )
    return place


def _stands_in(problem: Problem, found: Workspace, places: list[Path]) -> bool:
    file = (found.project.folder / problem.at.file).resolve()
    return any(file.is_relative_to(place) for place in places)


def _summary(problems: list[Problem], found: Workspace) -> str:
    if not problems:
        return f"fine: {len(found.flows)} flows, {len(found.tables)} lookup tables"
    files = len({problem.at.file for problem in problems})
    return f"{_count(len(problems), 'problem')} in {_count(files, 'file')}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
