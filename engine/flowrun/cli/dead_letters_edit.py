"""`flowrun dead-letters edit`: another event for the replay; the original and the reason stay."""

from __future__ import annotations

import sys
import time
from typing import Any

import click
import msgspec

from flowrun.cli.ending import FINE
from flowrun.cli.events import read_event
from flowrun.cli.operating import Desk, as_json, operating, somebody
from flowrun.component.http import NotJson, decode, encode
from flowrun.errors import ConfigurationError
from flowrun.runtime import story
from flowrun.runtime.dead_letters import changed, changed_paths, with_types_of
from flowrun.runtime.journal import clearing
from flowrun.runtime.journal.clearing import Edit, NotAnymore
from flowrun.runtime.journal.records import RunRecord


@click.command()
@click.argument("run")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="PATH=VALUE",
    help="One value, as in --set address.city=Bonn or --set lines[0].amount=2. JSON, or else a text.",
)
@click.option("--event", metavar="FILE", help="The whole event as a JSON file; - reads it from stdin.")
@click.option("--why", required=True, metavar="TEXT", help="The reason, for whoever reads the story later.")
@click.option("--who", metavar="NAME", help="Who changes it, if not the user of this machine.")
@operating
def edit(
    at: Desk,
    run: str,
    settings: tuple[str, ...],
    event: str | None,
    why: str,
    who: str | None,
) -> int:
    """Change the event of a dead letter, for its replay.

    The original stays, and who changed what, when and why is kept. Without --set and --event, $EDITOR opens. Where a
    text stands, digits are a text too.

    JSON: {"run", "at", "who", "why", "changed": [paths]}; `at` is null when nothing was changed.
    """
    if settings and event is not None:
        raise click.UsageError("give --set or --event, not both")
    record = at.run(run)
    if record.status != "dead":
        raise ConfigurationError(f"{record.id} is no dead letter; it is {record.status}")
    with at.journal.reading() as db:
        before = clearing.current_event(db, record)
    if settings:
        after = changed(before, settings)
    elif event is not None:
        after = with_types_of(before, read_event(event))
    else:
        after = _edited(before)
    _check_key(at, record, after)
    paths, now = changed_paths(before, after), time.time()
    if paths:
        one = Edit(record.id, now, who or somebody(), why, after)
        try:
            at.journal.write_now(lambda db: clearing.add_edit(db, one))
        except NotAnymore as error:
            raise ConfigurationError(f"{record.id} is no dead letter any more") from error
    if at.json:
        moment = story.moment(now) if paths else None
        click.echo(
            as_json({"run": record.id, "at": moment, "who": who or somebody(), "why": why, "changed": paths})
        )
    elif paths:
        click.echo(f"{record.id}: changed {', '.join(paths)}")
        click.echo(f"now: flowrun dead-letters replay {record.id}", err=True)
    else:
        click.echo(f"{record.id}: nothing is different", err=True)
    return FINE


def _edited(event: Any) -> Any:
    """What a person makes of it in their editor."""
    if not sys.stdin.isatty():
        raise click.UsageError("say what to change with --set or --event; an editor needs a terminal")
    text = click.edit(msgspec.json.format(encode(event), indent=2).decode(), extension=".json")
    if text is None:
        return event
    try:
        return with_types_of(event, decode(text.encode()))
    except NotJson as error:
        raise ConfigurationError(f"what you wrote is not JSON: {error}; nothing was changed") from error


def _check_key(at: Desk, record: RunRecord, event: Any) -> None:
    """An event with another key is another order, and has to wait in that order's lane."""
    flow = at.workspace.flows.get(record.flow)
    trigger = flow.trigger if flow is not None else None
    if not isinstance(event, dict):
        raise ConfigurationError("an event is a record")
    if trigger is None or trigger.key is None or record.key is None:
        return
    key = trigger.key.search(event)
    if str(key) != record.key:
        raise ConfigurationError(
            f"this changes `{trigger.key.source.text}`, the key of {record.flow}, from '{record.key}' to '{key}'; "
            f"that is another order: resolve this one and send that one anew"
        )
