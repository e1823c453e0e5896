"""`flowrun reconcile`: do both systems agree? And bring into order what differs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from flowrun.cli.composition import registry, workspace
from flowrun.cli.ending import FINE, PROBLEMS
from flowrun.cli.operating import as_json, duration
from flowrun.cli.reconcile_parts import report
from flowrun.cli.reconcile_parts.repairs import Repairs
from flowrun.component.values import Duration
from flowrun.errors import ConfigurationError
from flowrun.language.project import Environment
from flowrun.language.reconciliation import Reconciliation
from flowrun.language.workspace import Workspace
from flowrun.runtime.connections import Connections
from flowrun.runtime.reconciling import Outcome, reconciled
from flowrun.runtime.state import State


def _since(
    _context: click.Context, _parameter: click.Parameter, text: str | None
) -> Duration | datetime | None:
    if text is None:
        return None
    try:
        return Duration.parse(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(
            "write how far back, as in 7d, or a day or moment, as in 2026-03-01"
        ) from error


@click.command()
@click.argument("names", nargs=-1)
@click.option(
    "--since", callback=_since, metavar="TIME", help="How far back: 7d, or a day. Each has its own default."
)
@click.option(
    "--young",
    callback=duration,
    metavar="TIME",
    help="How old a row must be before it is missed on the other side: 15m. Each has its own default.",
)
@click.option(
    "--repair",
    is_flag=True,
    help="Run the flow that mends it for what differs, after showing what it will do.",
)
@click.option("--yes", is_flag=True, help="Repair without asking.")
@click.option("--env", metavar="ENV", help="The environment of flowrun.yaml, if not the default one.")
@click.option(
    "--output",
    "-o",
    type=click.Choice(["text", "json", "csv", "html"]),
    default="text",
    help="How the report is written.",
)
@click.option(
    "--to",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file for the report, if not the terminal.",
)
@click.pass_context
def reconcile(  # noqa: PLR0913, PLR0917 - one for each option of the command
    context: click.Context,
    names: tuple[str, ...],
    since: Duration | datetime | None,
    young: Duration | None,
    repair: bool,
    yes: bool,
    env: str | None,
    output: str,
    target: Path | None,
) -> None:
    """Compare both systems themselves, and tell what is only here, only there, or different.

    NAMES are reconciliations of this project, such as orders or stock; without one, all of them. Nothing is written
    without --repair, which runs the right flow for exactly the rows that differ.

    JSON: {"reconciliation": {NAME: {same, different, only_X, only_Y}}, "differences": [{reconciliation, kind, key,
    fields, rows}], "repairs": […]}. Exit code 0 when all agree or were repaired, 1 when not, 3 when a system does not
    answer.
    """
    found = workspace(context)
    wanted = [found.reconciliation(name) for name in names or found.reconciliations]
    if young is not None:
        wanted = [replace(one, young=young) for one in wanted]
    if not wanted:
        raise ConfigurationError(
            "this project has no reconciliation; one is a file of flows/ with `reconcile: its_name`"
        )
    environment = found.project.environment(env)
    now = datetime.now(UTC)
    outcomes = asyncio.run(_compared(found, environment, wanted, since, now))
    repairs = Repairs(context, found, environment)
    if repair:
        repairs.plan(wanted, outcomes)
    if output in ("text",) or (repair and output != "json"):
        report.tell(outcomes, repairs.planned)
    done = repairs.carry_out(yes=yes) if repair else []
    match output:
        case "json":
            _write(as_json(report.as_data(outcomes, done)), target)
        case "csv":
            _write(report.as_csv(outcomes), target)
        case "html":
            _write(report.as_html(outcomes, {one.name: one for one in wanted}, now), target)
        case _:
            report.tell_repairs(done)
    agree = all(outcome.agree for outcome in outcomes)
    mended = repair and bool(done) and repairs.all_mended(outcomes, done)
    context.exit(FINE if agree or mended else PROBLEMS)


async def _compared(
    found: Workspace,
    environment: Environment,
    wanted: list[Reconciliation],
    since: Duration | datetime | None,
    now: datetime,
) -> list[Outcome]:
    path = found.project.folder / ".flowrun" / "state.db"
    state = State(path if path.is_file() else None, environment.name)
    try:
        async with Connections(found.project, environment, registry(), state) as connections:
            return [
                await reconciled(one, found, connections, beginning(one, since, found, now), now)
                for one in wanted
            ]
    finally:
        state.close()


def beginning(
    one: Reconciliation, since: Duration | datetime | None, found: Workspace, now: datetime
) -> datetime:
    """From when on rows are compared. A day without a zone is one of the project's."""
    if isinstance(since, datetime):
        zone = found.project.setting.timezone
        return (since if since.tzinfo is not None else since.replace(tzinfo=zone)).astimezone(UTC)
    return now - timedelta(seconds=(since or one.since).seconds)


def _write(text: str, target: Path | None) -> None:
    if target is None:
        click.echo(text)
    else:
        target.write_text(text, encoding="utf-8")
        click.echo(f"written to {target}", err=True)
