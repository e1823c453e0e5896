"""`flowrun lookups`: are the tables right, and what waits for a row in them."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from flowrun.cli.composition import workspace
from flowrun.cli.ending import FINE, PROBLEMS
from flowrun.cli.lookup_samples import Looked, looked_up, read_samples
from flowrun.cli.problems import as_json, as_text
from flowrun.errors import Problem
from flowrun.language.workspace import LOOKUPS, Workspace
from flowrun.runtime.state import State, Unmapped

_STOPS = {"fail": "the run would be rejected", "park": "the run would wait for the row"}
_GOES_ON = {"default": "it takes the default", "leave_out": "the field is left out", "null": "it stays empty"}


@click.group()
def lookups() -> None:
    """Check the lookup tables, and show the values that wait for one."""


@lookups.command()
@click.option(
    "--samples",
    type=click.Path(exists=True, path_type=Path),
    metavar="FILE|FOLDER",
    help="Recorded events or orders as JSON: which of their values have no row?",
)
@click.option(
    "--output", "-o", type=click.Choice(["text", "json"]), default="text", help="How problems are written."
)
@click.pass_context
def check(context: click.Context, samples: Path | None, output: str) -> None:
    """Find the mistakes in the lookup tables, and the names of tables and columns that flows get wrong.

    With --samples also the values that flows would look up for these records and not find. A sample is an event, or
    what a step reads, such as a whole order; or several of them by name, {"event": …, "order": …}.

    JSON: {"problems": […], "missing": [{lookup, column, key, flow, step, then, times}]}, the latter with --samples.
    Exit code 1 with problems, and with values that would make a run fail or wait; not with those that have a default.
    """
    found = workspace(context)
    codes = {"unknown-lookup", "unknown-column"}
    problems = [
        problem
        for problem in found.problems
        if problem.at.file.startswith(f"{LOOKUPS}/") or problem.code in codes
    ]
    looked = looked_up(found, read_samples(samples)) if samples is not None and not problems else None
    if output == "json":
        click.echo(_as_json(problems, looked))
    else:
        if problems:
            click.echo(as_text(problems, found.project.folder))
        for table in found.tables.values():
            click.echo(
                f"{table.name}: {len(table.rows)} rows by {table.key_column}; {', '.join(table.columns)}",
                err=True,
            )
        _tell_missing(looked)
    stops = looked is not None and any(asked.then in _STOPS for asked in looked.missing)
    context.exit(PROBLEMS if problems or stops else FINE)


def _as_json(problems: list[Problem], looked: Looked | None) -> str:
    if looked is None:
        return as_json(problems)
    missing = [{**asdict(asked), "times": times} for asked, times in sorted(looked.missing.items())]
    body = {"problems": [problem.as_data() for problem in problems], "missing": missing}
    return json.dumps(body, ensure_ascii=False, indent=2)


def _tell_missing(looked: Looked | None) -> None:
    if looked is None:
        return
    for asked, times in sorted(looked.missing.items()):
        often = "once" if times == 1 else f"{times} times"
        place = f"{asked.flow}, {asked.step}"
        then = _STOPS.get(asked.then, _GOES_ON.get(asked.then, asked.then))
        click.echo(
            f"lookups/{asked.lookup}.csv: no {asked.column} for '{asked.key}' ({place}; {often}): {then}"
        )
    click.echo(
        f"{looked.values} values of the samples looked up, {looked.missing.total()} without a row", err=True
    )


@lookups.command()
@click.option("--env", metavar="ENV", help="The environment of flowrun.yaml, if not the default one.")
@click.option(
    "--output", "-o", type=click.Choice(["text", "json"]), default="text", help="How the values are written."
)
@click.pass_context
def inbox(context: click.Context, env: str | None, output: str) -> None:
    """Show the values that runs looked up and did not find, and that are still missing."""
    found = workspace(context)
    environment = found.project.environment(env)
    path = found.project.folder / ".flowrun" / "state.db"
    waiting = _still_waiting(found, path, environment.name) if path.is_file() else []
    if output == "json":
        body = {"waiting": [asdict(entry) for entry in waiting]}
        click.echo(json.dumps(body, ensure_ascii=False, indent=2))
        return
    for entry in waiting:
        times = "once" if entry.times == 1 else f"{entry.times} times"
        asked = f"asked {times} by {entry.flow}, first {entry.first_seen[:16].replace('T', ' ')}"
        click.echo(f"lookups/{entry.lookup}.csv: no {entry.column} for '{entry.key}'; {asked}")
    click.echo("add the rows, then run those orders again" if waiting else "nothing waits", err=True)


def _still_waiting(found: Workspace, path: Path, environment: str) -> list[Unmapped]:
    """The entries of the inbox. Those whose row is there by now are taken out of it."""
    state = State(path, environment)
    try:
        waiting: list[Unmapped] = []
        for entry in state.unmapped():
            table = found.tables.get(entry.lookup)
            if table is not None and entry.column in table.columns and table.find(entry.key, entry.column):
                state.forget_unmapped(entry.lookup, entry.key, entry.column)
            else:
                waiting.append(entry)
        return waiting
    finally:
        state.close()
