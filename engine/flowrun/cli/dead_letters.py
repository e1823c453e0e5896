"""`flowrun dead-letters`: what waits for a person, by its cause; look at one, change it, replay it, or resolve it."""

from __future__ import annotations

import time
from typing import Any

import click

from flowrun.cli.dead_letters_edit import edit
from flowrun.cli.dead_letters_replay import dead_of_group, missing_row, replay
from flowrun.cli.ending import FINE, PROBLEMS
from flowrun.cli.operating import Desk, as_json, count, operating
from flowrun.runtime import story
from flowrun.runtime.dead_letters import (
    Group,
    SharedCause,
    cause_of,
    grouped,
    named,
)
from flowrun.runtime.journal import clearing
from flowrun.runtime.journal.clearing import Letter
from flowrun.runtime.journal.records import RunRecord
from flowrun.serve.masking import Mask


@click.group("dead-letters")
def dead_letters() -> None:
    """Clear what went wrong: by cause, one or many at once.

    A dead letter is a run that ended with an error that only a person can mend. A group is all of one cause: the same
    flow, step, code and field, or the same missing lookup value.
    """


dead_letters.add_command(edit)
dead_letters.add_command(replay)


@dead_letters.command("list")
@click.option("--all", "each", is_flag=True, help="Each one, not only the groups.")
@click.option("--group", metavar="GROUP", help="Each one of this group.")
@click.option("--flow", metavar="FLOW", help="Only those of this flow.")
@operating
def list_letters(
    at: Desk,
    each: bool,
    group: str | None,
    flow: str | None,
) -> int:
    """Show the dead letters by their cause, and the runs that wait for a lookup row.

    JSON: {"groups": [{group, waits, flow, step, code, target, value, count, oldest, newest, cause, example: {run, key},
    act}], "dead", "waiting"}, the largest group first. `waits`: its runs go on when the row is there; `value` is the
    lookup value; `act` is what to do. With --all or --group: {"dead_letters": [{run, group, waits, flow, version, key,
    step, code, target, value, accepted, changed, reason, edits}]}, the oldest first.
    """
    with at.journal.reading() as db:
        groups = grouped(clearing.letters(db, flow=flow))
    mask = at.mask()
    shown = named(groups, group) if group is not None else groups
    if each or group is not None:
        letters = sorted(
            ((one.cause, letter) for one in shown for letter in one.letters),
            key=lambda pair: pair[1].number,
        )
        if at.json:
            click.echo(as_json({"dead_letters": [_letter_as_data(*pair, mask) for pair in letters]}))
        else:
            for cause, letter in letters:
                edited = "  edited" if letter.edits else ""
                click.echo(
                    f"{letter.id}  {at.when(letter.changed)}  {letter.flow}  {letter.key or '-'}  {letter.status}"
                    f"  {cause.group}{edited}  {mask.text(letter.reason)}"
                )
    elif at.json:
        counts = {
            name: sum(len(one.letters) for one in shown if one.waits is waits)
            for name, waits in (("dead", False), ("waiting", True))
        }
        click.echo(as_json({"groups": [_group_as_data(at, one, mask) for one in shown], **counts}))
    else:
        for one in shown:
            _tell_group(at, one, mask)
    if not shown:
        click.echo("there are no dead letters", err=True)
    return FINE


@dead_letters.command()
@click.argument("run")
@click.option("--reveal", is_flag=True, help="Show personal data too.")
@operating
def show(
    at: Desk,
    run: str,
    reveal: bool,
) -> int:
    """Show one dead letter: its event, what went wrong, what was done before, and how to go on.

    RUN is the id of the run, or its beginning. Personal data is hidden by the rules in `personal_data` of flowrun.yaml.

    JSON: as one run of `flowrun runs show`, and {"group", "cause", "event", "edits": [{at, who, why, event}], "act":
    [commands]}. `event` is the original.
    """
    record = at.run(run)
    with at.journal.reading() as db:
        found = story.chapter(db, record)
    cause = cause_of(record.flow, record.step, record.error or {})
    mask = Mask() if reveal else at.mask()
    if at.json:
        data = {
            **story.as_data(found),
            "group": cause.group if record.error else None,
            "cause": record.reason,
            "event": record.event,
            "edits": [
                {"at": story.moment(edit.at), "who": edit.who, "why": edit.why, "event": edit.event}
                for edit in found.edits
            ],
            "act": _next_moves(at, record, cause),
        }
        click.echo(as_json(data if reveal else _hidden(data, mask)))
    else:
        _tell_letter(at, found, cause, mask, reveal=reveal)
    return FINE


@dead_letters.command()
@click.argument("runs", nargs=-1)
@click.option("--group", metavar="GROUP", help="All of this group.")
@click.option("--why", required=True, metavar="TEXT", help="The reason, for whoever reads the story later.")
@operating
def resolve(
    at: Desk,
    runs: tuple[str, ...],
    group: str | None,
    why: str,
) -> int:
    """Take dead letters off the table without running them again. RUNS are ids, or their beginnings.

    JSON: {"resolved": [ids], "not_dead": [{run, status}]}. Exit code 1 when one of them was no dead letter.
    """
    if bool(runs) == (group is not None):
        raise click.UsageError("say which: ids, or --group")
    records = [at.run(run) for run in dict.fromkeys(runs)] if runs else dead_of_group(at, str(group))
    resolved: list[str] = []
    others: list[dict[str, str]] = []
    for record in records:
        wanted = record.id
        if at.journal.write_now(lambda db, wanted=wanted: clearing.resolve(db, wanted, why, time.time())):  # type: ignore[misc] # bound for this round
            resolved.append(wanted)
        else:
            others.append({"run": wanted, "status": at.run(wanted).status})
    if at.json:
        click.echo(as_json({"resolved": resolved, "not_dead": others}))
    else:
        for run in resolved:
            click.echo(f"{run} is resolved: {why}")
        for other in others:
            click.echo(f"{other['run']} is no dead letter; it is {other['status']}", err=True)
    return PROBLEMS if others else FINE


def _group_as_data(at: Desk, group: Group, mask: Mask) -> dict[str, Any]:
    cause, newest = group.cause, group.newest
    return {
        "group": group.name,
        "waits": group.waits,
        "flow": cause.flow,
        "step": cause.step,
        "code": cause.code,
        "target": cause.target,
        "value": cause.value or None,
        "count": len(group.letters),
        "oldest": story.moment(group.letters[0].changed),
        "newest": story.moment(newest.changed),
        "cause": mask.text(newest.reason),
        "example": {"run": newest.id, "key": newest.key},
        "act": missing_row(at, group.cause)
        if group.waits
        else f"flowrun dead-letters replay --group {group.name}",
    }


def _letter_as_data(cause: SharedCause, letter: Letter, mask: Mask) -> dict[str, Any]:
    return {
        "run": letter.id,
        "group": cause.group,
        "waits": letter.status == "parked",
        "flow": letter.flow,
        "version": letter.version,
        "key": letter.key,
        "step": letter.step,
        "code": cause.code,
        "target": cause.target,
        "value": cause.value or None,
        "accepted": story.moment(letter.accepted),
        "changed": story.moment(letter.changed),
        "reason": mask.text(letter.reason),
        "edits": letter.edits,
    }


def _tell_group(at: Desk, group: Group, mask: Mask) -> None:
    cause, oldest, newest = group.cause, group.letters[0], group.newest
    number = (
        count(len(group.letters), "run waits", "runs wait") if group.waits else f"{len(group.letters)} dead"
    )
    where = " ".join(part for part in (cause.flow, cause.step, cause.code, cause.target) if part)
    click.echo(f"{group.name}  {number}  {where}")
    span = (
        at.when(oldest.changed)
        if oldest is newest
        else f"{at.when(oldest.changed)} to {at.when(newest.changed)}"
    )
    click.echo(f"  {span}, such as {newest.key or newest.id}")
    click.echo(f"  {mask.text(newest.reason)}")
    act = missing_row(at, group.cause) if group.waits else f"flowrun dead-letters replay --group {group.name}"
    click.echo(f"  {act}")


def _tell_letter(at: Desk, found: story.Chapter, cause: SharedCause, mask: Mask, *, reveal: bool) -> None:
    run = found.run
    group = f"  {cause.group}" if run.error else ""
    click.echo(f"{run.id}  {run.flow}@{run.version}  {run.key or '-'}  {run.status}{group}")
    click.echo(f"  {at.when(run.changed)}  {run.step or ''}  {mask.text(run.reason or '')}")
    for detail in (run.error or {}).get("details", []):
        click.echo(
            f"    {detail['severity']} {detail['code']} {detail['target']}: {mask.text(detail['message'])}"
        )
    for effect in found.effects:
        data = story.effect_as_data(effect, found.handles)
        numbers = ", ".join(f"{name} {number}" for name, number in data["numbers"].items())
        done = data["action"] or data["outcome"]
        click.echo(f"  {effect.place}  {effect.connection}.{effect.operation}  {done}  {numbers}".rstrip())
    event = run.event if reveal else mask.record(run.event)
    click.echo(f"event\n{as_json(event)}")
    for change in found.edits:
        after = change.event if reveal else mask.record(change.event)
        click.echo(f"edited {at.when(change.at)} by {change.who}: {change.why}\n{as_json(after)}")
    for move in _next_moves(at, run, cause):
        click.echo(f"  {move}")


def _hidden(data: dict[str, Any], mask: Mask) -> dict[str, Any]:
    hidden: dict[str, Any] = mask.record(data)
    hidden["cause"] = hidden["reason"] = mask.text(data["reason"] or "") or None
    hidden["event"] = mask.record(data["event"])
    hidden["edits"] = [{**edit, "event": mask.record(edit["event"])} for edit in data["edits"]]
    return hidden


def _next_moves(at: Desk, run: RunRecord, cause: SharedCause) -> list[str]:
    if run.status == "parked":
        return [missing_row(at, cause)]
    if run.status != "dead":
        return [f"flowrun runs show {run.id}"]
    row = [missing_row(at, cause)] if cause.lookup is not None and cause.value else []
    return [
        *row,
        f"flowrun dead-letters edit {run.id} --set PATH=VALUE --why TEXT",
        f"flowrun dead-letters replay {run.id}",
        f"flowrun dead-letters resolve {run.id} --why TEXT",
    ]
