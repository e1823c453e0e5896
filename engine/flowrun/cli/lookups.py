"""`flowrun lookups`: are the tables right, and what waits for a row in them."""

from __future__ import annotations

import json

import click

from flowrun.cli.composition import workspace
from flowrun.cli.problems import as_json, as_text
from flowrun.language.workspace import LOOKUPS
from flowrun.runtime.state import State


@click.group()
def lookups() -> None:
    """Check the lookup tables, and show the values that wait for one."""


@lookups.command()
@click.option("--output", "-o", type=click.Choice(["text", "json"]), default="text", help="How problems are written.")
@click.pass_context
def check(context: click.Context, output: str) -> None:
    """Find the mistakes in the lookup tables, and the names of tables and columns that flows get wrong."""
    found = workspace(context)
    codes = {"unknown-lookup", "unknown-column"}
    problems = [problem for problem in found.problems if problem.at.file.startswith(f"{LOOKUPS}/") or problem.code in codes]
    if output == "json":
        click.echo(as_json(problems))
    else:
        if problems:
            click.echo(as_text(problems, found.project.folder))
        for table in found.tables.values():
            click.echo(f"{table.name}: {len(table.rows)} rows by {table.key_column}; {', '.join(table.columns)}", err=True)
    context.exit(1 if problems else 0)


@lookups.command()
@click.option("--env", metavar="ENV", help="The environment of flowrun.yaml, if not the default one.")
@click.option("--output", "-o", type=click.Choice(["text", "json"]), default="text", help="How the values are written.")
@click.pass_context
def inbox(context: click.Context, env: str | None, output: str) -> None:
    """Show the values that runs looked up and did not find, and that are still missing."""
    found = workspace(context)
    environment = found.project.environment(env)
    path = found.project.folder / ".flowrun" / "state.db"
    waiting = []
    if path.is_file():
        state = State(path, environment.name)
        try:
            for entry in state.unmapped():
                table = found.tables.get(entry.lookup)
                if table is not None and entry.column in table.columns and table.find(entry.key, entry.column) is not None:
                    state.forget_unmapped(entry.lookup, entry.key, entry.column)
                else:
                    waiting.append(entry)
        finally:
            state.close()
    if output == "json":
        fields = ("lookup", "key", "column", "flow", "run", "first_seen", "last_seen", "times")
        click.echo(json.dumps({"waiting": [{name: getattr(entry, name) for name in fields} for entry in waiting]}, ensure_ascii=False, indent=2))
        return
    for entry in waiting:
        click.echo(f"lookups/{entry.lookup}.csv: no {entry.column} for '{entry.key}'; asked {entry.times} times by {entry.flow}, first {entry.first_seen[:16]}")
    click.echo("nothing waits" if not waiting else "add the rows, then run those orders again", err=True)
