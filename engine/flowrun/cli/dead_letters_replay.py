"""`flowrun dead-letters replay`: first what it would do, then the new runs, then what became of them."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

import click

from flowrun.cli.ending import CONNECTION, FINE, PROBLEMS
from flowrun.cli.operating import Desk, as_json, count, duration, operating
from flowrun.cli.replaying import Row, foresee, replayed
from flowrun.component.values import Duration
from flowrun.errors import ConfigurationError
from flowrun.runtime import story
from flowrun.runtime.dead_letters import SharedCause, cause_of, grouped, named
from flowrun.runtime.journal import clearing
from flowrun.runtime.journal.records import OPEN, RunRecord
from flowrun.runtime.replays import Outlook

_WORDS = {
    "create": "would create",
    "update": "would update",
    "nothing": "would do nothing",
    "fail": "would fail again",
    "wait": "would wait for a lookup row",
    "unknown": "cannot be foreseen",
    "refused": "refused",
}
_REPLAYABLE = ("dead", "cancelled")


@click.command()
@click.argument("runs", nargs=-1)
@click.option("--group", metavar="GROUP", help="All of this group.")
@click.option("--all", "everything", is_flag=True, help="All dead letters.")
@click.option(
    "--from",
    "start",
    type=click.Choice(["start", "failed-step"]),
    help="start: read everything anew. failed-step: keep the answers of what was done. Without it start, unless that "
    "would do something twice.",
)
@click.option(
    "--version",
    type=click.Choice(["now", "then"]),
    default="now",
    show_default=True,
    help="With the flow as it is now, or as it was then.",
)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option(
    "--wait", metavar="DURATION", callback=duration, help="How long to wait for the outcome, as in 2m."
)
@operating
def replay(
    at: Desk,
    runs: tuple[str, ...],
    group: str | None,
    everything: bool,
    start: str | None,
    version: str,
    yes: bool,
    wait: Duration | None,
) -> int:
    """Run dead letters again, after showing what that would do. RUNS are ids, or their beginnings.

    Nothing is written before you agree; without a terminal and without --yes, nothing is changed. What would fail again
    before it wrote anything is left as it is. Each replay is a new run; the dead letter is resolved by it and keeps its
    event. A running `flowrun serve` takes the new runs up; else this command carries them out, and no others.

    JSON: {"replays": [{run, flow, key, group, from, version, would, requests, calls: [{step, connection, operation,
    method, url}], same_cause, error, reason, new_run, status, outcome, behind, ended}], "replayed", "carried_out_by"}.
    `would` is create, update, nothing, fail, wait, unknown (a system does not answer) or refused; `error` is where it
    would end; `new_run` is null for what was left; `status` and `outcome` tell what has become of it; `behind` is an
    earlier run of its key that has not ended; `carried_out_by` is serve, here or null.

    Exit code 1 when something was left or failed again, 3 when a system does not answer.
    """
    if sum((bool(runs), group is not None, everything)) != 1:
        raise click.UsageError("say which: ids, --group or --all")
    rows = _chosen(at, runs, group)
    click.echo("asking both systems what this would do…", err=True)
    asyncio.run(foresee(at, rows, start, version))
    if not at.json:
        _tell_outlooks(at, rows)
    worth = [row for row in rows if row.outlook is not None and row.outlook.worth_it]
    agreed = _agreed(worth, yes=yes)
    by = replayed(at, worth, wait) if agreed and worth else None
    if at.json:
        replays = [_as_data(at, row) for row in rows]
        click.echo(
            as_json(
                {"replays": replays, "replayed": sum(bool(row.new) for row in rows), "carried_out_by": by}
            )
        )
    elif by is not None:
        _tell_outcomes(at, worth, by)
    return _exit_code(rows, agreed=agreed)


# --- which, and what it would do --------------------------------------------------------------------------------


def dead_of_group(at: Desk, name: str) -> list[RunRecord]:
    """The dead letters of a group, oldest first. Raises `ConfigurationError` when its runs only wait."""
    with at.journal.reading() as db:
        groups = named(grouped(clearing.letters(db)), name)
    dead = [letter for group in groups if not group.waits for letter in group.letters]
    if not dead:
        raise ConfigurationError(
            f"the runs of {name} wait for a lookup row and have not ended; {missing_row(at, groups[0].cause)}"
        )
    return [at.run(letter.id) for letter in sorted(dead, key=lambda letter: letter.number)]


def missing_row(at: Desk, cause: SharedCause) -> str:
    """The row that has to be added to a lookup table, as a person would write it."""
    table, column = cause.lookup or ("", "")
    known = at.workspace.tables.get(table)
    key = f"{known.key_column} = {cause.value}" if known is not None else f"'{cause.value}'"
    wanted = f" with its {column}" if column else ""
    return f"add a row to lookups/{table}.csv: {key}{wanted}"


def _chosen(at: Desk, runs: Sequence[str], group: str | None) -> list[Row]:
    if group is not None:
        records = dead_of_group(at, group)
    elif runs:
        records = [at.run(run) for run in dict.fromkeys(runs)]
    else:
        with at.journal.reading() as db:
            records = [at.run(letter.id) for letter in clearing.letters(db, status=("dead",))]
    for record in records:
        if record.status in OPEN:
            raise ConfigurationError(
                f"{record.id} has not ended, it is {record.status}: {record.reason or 'it goes on by itself'}"
            )
        if record.status not in _REPLAYABLE:
            raise ConfigurationError(
                f"{record.id} is no dead letter; it is {record.status}: {record.reason or ''}"
            )
    records = list({record.id: record for record in records}.values())
    records.sort(key=lambda record: record.number)  # as they came: those of one key stay in order
    return [Row(record, cause_of(record.flow, record.step, record.error or {})) for record in records]


def _agreed(worth: list[Row], *, yes: bool) -> bool:
    if yes or not worth:
        return yes
    if not sys.stdin.isatty():
        click.echo("nothing was changed; --yes does it", err=True)
        return False
    if click.confirm(f"replay {count(len(worth), 'dead letter')}?", err=True):
        return True
    click.echo("nothing was changed", err=True)
    return False


# --- how it is told ---------------------------------------------------------------------------------------------


def _tell_outlooks(at: Desk, rows: list[Row]) -> None:
    mask = at.mask()
    for row in rows:
        outlook = row.outlook or Outlook("unknown")
        told = _WORDS[outlook.would]
        if outlook.would == "fail":
            told += " with the same cause" if outlook.cause == row.cause else ", with another cause"
        if outlook.calls:
            told += f" ({count(len(outlook.calls), 'request')})"
        click.echo(f"{row.record.id}  {row.record.flow}  {row.record.key or '-'}  {told}")
        for call in outlook.calls:
            click.echo(f"    {call.step}: {call.method} {call.url}")
        if outlook.error is not None:
            then = "then perhaps: " if outlook.calls else ""
            click.echo(f"    {then}{mask.text(outlook.error.message)}")
        if outlook.reason:
            click.echo(f"    {outlook.reason}")
    counts = Counter(row.outlook.would for row in rows if row.outlook is not None)
    if rows:
        told = ", ".join(f"{number} {_WORDS[would]}" for would, number in counts.items())
        click.echo(f"{count(len(rows), 'dead letter')}: {told}")
    else:
        click.echo("there are no dead letters", err=True)


def _tell_outcomes(at: Desk, rows: list[Row], by: str) -> None:
    mask = at.mask()
    for row in rows:
        if row.lost:
            click.echo(f"{row.record.id} was replayed or resolved by somebody else meanwhile", err=True)
        elif row.now is not None:
            reason = f": {mask.text(row.now.reason)}" if row.now.reason else ""
            click.echo(f"{row.record.id} replayed as {row.now.id}  {row.now.status}{reason}")
            if row.behind is not None:
                click.echo(f"    it goes on behind {row.behind}, when `flowrun serve` runs", err=True)
    if by == "serve":
        click.echo("the running `flowrun serve` carries them out", err=True)
    elif any(row.now is not None and row.now.is_open for row in rows):
        click.echo("what has not ended goes on when `flowrun serve` runs", err=True)


def _as_data(at: Desk, row: Row) -> dict[str, Any]:
    outlook, record, mask = row.outlook or Outlook("unknown"), row.record, at.mask()
    kept = bool(row.replay is not None and row.replay.kept)
    return {
        "run": record.id,
        "flow": record.flow,
        "key": record.key,
        "group": row.cause.group,
        "from": "failed-step" if kept else "start",
        "version": row.replay.pin.version if row.replay is not None else None,
        "would": outlook.would,
        "requests": len(outlook.calls),
        "calls": [
            {name: item for name, item in call.as_data().items() if name not in ("body", "filled_from")}
            for call in outlook.calls
        ],
        "same_cause": outlook.cause == row.cause if outlook.cause is not None else None,
        "error": mask.record(outlook.error.as_data()) if outlook.error is not None else None,
        "reason": outlook.reason or None,
        "new_run": row.new,
        "status": row.now.status if row.now is not None else None,
        "outcome": mask.text(row.now.reason) if row.now is not None and row.now.reason else None,
        "behind": row.behind,
        "ended": story.moment(row.now.changed) if row.now is not None and not row.now.is_open else None,
    }


def _exit_code(rows: list[Row], *, agreed: bool) -> int:
    if not agreed:
        return FINE
    waiting = [
        row.now
        for row in rows
        if row.now is not None and (row.now.waiting_for or "").startswith("connection:")
    ]
    if waiting:
        return CONNECTION
    left = any(row.outlook is None or not row.outlook.worth_it or row.lost for row in rows)
    failed = any(row.now is not None and row.now.status in ("dead", "parked") for row in rows)
    return PROBLEMS if left or failed else FINE
