"""`flowrun reconcile`: do both systems agree? And bring into order what differs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from flowrun.cli.composition import registry, workspace
from flowrun.cli.ending import FINE, PROBLEMS
from flowrun.cli.operating import as_json, duration
from flowrun.cli.reconcile_parts import report
from flowrun.cli.reconcile_parts.page import as_html
from flowrun.cli.reconcile_parts.privacy import Veil
from flowrun.cli.reconcile_parts.repairs import Repairs
from flowrun.component.values import Duration
from flowrun.errors import ConfigurationError
from flowrun.language.project import Environment
from flowrun.language.reconciliation import Reconciliation
from flowrun.language.workspace import Workspace
from flowrun.runtime.comparing import Outcome
from flowrun.runtime.connections import Connections
from flowrun.runtime.reconciling import reconciled
from flowrun.runtime.state import State
from flowrun.serve.masking import Mask, secrets_in


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
@click.option(
    "--totals", is_flag=True, help="With --output csv: the totals of each group, not the differences."
)
@click.option("--show-personal-data", is_flag=True, help="Show names and addresses, not digests of them.")
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
    totals: bool,
    show_personal_data: bool,
) -> None:
    """Compare both systems themselves, and tell what is only here, only there, or different.

    NAMES are reconciliations of this project, such as orders or stock; without one, all of them. Nothing is written
    without --repair, which runs the right flow for exactly the rows that differ.

    Whole days are compared, from midnight in the project's time zone. Personal data is shown as short digests: equal
    ones stand for equal values.

    JSON: {"reconciliation": {NAME: {same, different, only_X, only_Y}}, "differences": [{reconciliation, kind, key,
    fields, rows}], "groups": [{reconciliation, group, same, …, sums}], "repairs": […]}. A key that one side has more
    than once is `different`, and its kind is `duplicate`. Exit code 0 when all agree or were repaired, 1 when not, 3
    when a system does not answer.
    """
    found = workspace(context)
    wanted = _wanted(found, names, young)
    if totals and output != "csv":
        raise click.UsageError("--totals goes with --output csv; the other forms have the totals anyway")
    environment = found.project.environment(env)
    now = datetime.now(UTC)
    begin = {one.name: beginning(one, since, found, now) for one in wanted}
    outcomes = asyncio.run(_compared(found, environment, wanted, begin, now))
    repairs = Repairs(context, found, environment)
    if repair:
        repairs.plan(wanted, outcomes)
    veil = None if show_personal_data else Veil(_mask(found, environment))
    shown = outcomes if veil is None else [veil.outcome(outcome) for outcome in outcomes]
    planned = repairs.planned if veil is None else [veil.planned(one) for one in repairs.planned]
    if output == "text" or (repair and output != "json"):
        report.tell(shown, planned, aside=output != "text")
    if repair and not planned and not all(outcome.agree for outcome in outcomes):
        click.echo(
            "nothing is repaired: what differs has no flow under `repair`, so it is for people", err=True
        )
    done = repairs.carry_out(yes=yes) if repair else []
    told = done if veil is None else [veil.planned(one) for one in done]
    match output:
        case "json":
            _write(as_json(report.as_data(shown, planned, told)), target)
        case "csv":
            _write(report.totals_as_csv(shown) if totals else report.as_csv(shown), target)
        case "html":
            zone = found.project.setting.timezone
            local = {name: moment.astimezone(zone) for name, moment in begin.items()}
            _write(as_html(shown, found.project.name, now.astimezone(zone), local), target)
        case _:
            pass
    if output != "json":
        report.tell_repairs(told)
    agree = all(outcome.agree for outcome in outcomes)
    mended = repair and bool(done) and repairs.all_mended(outcomes, done)
    context.exit(FINE if agree or mended else PROBLEMS)


def _wanted(found: Workspace, names: tuple[str, ...], young: Duration | None) -> list[Reconciliation]:
    wanted = [found.reconciliation(name) for name in dict.fromkeys(names or found.reconciliations)]
    if not wanted:
        raise ConfigurationError(
            "this project has no reconciliation; one is a file of flows/ with `reconcile: its_name`"
        )
    return wanted if young is None else [replace(one, young=young) for one in wanted]


def _mask(found: Workspace, environment: Environment) -> Mask:
    secrets = [
        one for connection in environment.connections.values() for one in secrets_in(connection.config)
    ]
    return Mask(secrets, found.project.personal_data)


async def _compared(
    found: Workspace,
    environment: Environment,
    wanted: list[Reconciliation],
    begin: Mapping[str, datetime],
    now: datetime,
) -> list[Outcome]:
    path = found.project.folder / ".flowrun" / "state.db"
    state = State(path if path.is_file() else None, environment.name)
    try:
        async with Connections(found.project, environment, registry(), state) as connections:
            return [await reconciled(one, found, connections, begin[one.name], now, _tell) for one in wanted]
    finally:
        state.close()


def beginning(
    one: Reconciliation, since: Duration | datetime | None, found: Workspace, now: datetime
) -> datetime:
    """From when on rows are compared: a midnight of the project, since many dates in a system have no time. Raises
    `click.UsageError` for the future."""
    zone = found.project.setting.timezone
    if isinstance(since, datetime):
        moment = since if since.tzinfo is not None else since.replace(tzinfo=zone)
    else:
        moment = now - timedelta(seconds=(since or one.since).seconds)
    if moment > now:
        raise click.UsageError(
            f"--since {moment:%Y-%m-%d %H:%M} lies in the future, so there is nothing to compare"
        )
    midnight = moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight.astimezone(UTC)


def _tell(line: str) -> None:
    """How far a long list is, and who is asked again, for a person who watches."""
    if sys.stderr.isatty():
        click.echo(line, err=True)


def _write(text: str, target: Path | None) -> None:
    if target is None:
        click.echo(text)
    else:
        target.write_text(text, encoding="utf-8")
        click.echo(f"written to {target}", err=True)
