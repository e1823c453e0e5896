"""`flowrun runs`: what was accepted, what became of it, and the whole story of an order."""

from __future__ import annotations

import time

import click

from flowrun.cli.ending import FINE, PROBLEMS
from flowrun.cli.operating import Desk, as_json, count, operating
from flowrun.runtime import story
from flowrun.runtime.journal import clearing, store
from flowrun.runtime.journal.records import ENDED, OPEN, EffectRecord, RunRecord
from flowrun.runtime.state import CrossReference
from flowrun.runtime.story import Chapter


@click.group()
def runs() -> None:
    """Show runs and the whole story of an order; end a run that is not wanted."""


@runs.command("list")
@click.option(
    "--status",
    "-s",
    type=click.Choice(["open", *OPEN, *ENDED]),
    multiple=True,
    metavar="STATUS",
    help=f"Only these: open, or one of {', '.join((*OPEN, *ENDED))}. Can be given several times.",
)
@click.option("--flow", metavar="FLOW", help="Only those of this flow.")
@click.option(
    "--limit", "-n", type=click.IntRange(1), default=20, show_default=True, help="The newest so many."
)
@operating
def list_runs(
    at: Desk,
    status: tuple[str, ...],
    flow: str | None,
    limit: int,
) -> int:
    """Show the newest runs.

    JSON: {"runs": [{run, flow, version, key, status, accepted, changed, step, reason, waiting_for, next_at, replay_of,
    review}]}, newest first. Moments are ISO 8601 in UTC.
    """
    wanted = tuple(dict.fromkeys(name for one in status for name in (OPEN if one == "open" else (one,))))
    with at.journal.reading() as db:
        found = store.find_runs(db, status=wanted, flow=flow, limit=limit)
    if at.json:
        click.echo(as_json({"runs": [_listed(run) for run in found]}))
        return FINE
    for run in found:
        reason = f"  {_shortened(run.reason)}" if run.reason else ""
        click.echo(f"{run.id}  {at.when(run.accepted)}  {run.flow}  {run.key or '-'}  {run.status}{reason}")
    if not found:
        click.echo("there are no such runs", err=True)
    return FINE


@runs.command()
@click.argument("run", required=False)
@click.option("--key", metavar="KEY", help="All runs of this business key, as in --key 1042.")
@click.option("--sap", metavar="NUMBER", help="All runs around this document or partner of SAP.")
@click.option("--email", metavar="ADDRESS", help="All runs that read this e-mail address.")
@operating
def show(
    at: Desk,
    run: str | None,
    key: str | None,
    sap: str | None,
    email: str | None,
) -> int:
    """Tell the whole story of a run or an order.

    Every run in order, every call with the digest of its request, what was answered, and with which version of the
    flow; edits and replays; the numbers in both systems. RUN is the id of a run, or its beginning.

    JSON: {"runs": [{run, flow, version, key, status, accepted, changed, step, reason, waiting_for, next_at, review,
    error, replay_of, replayed_as, edits: [{at, who, why}], effects: [{step, connection, operation, reads, request,
    outcome, action, adopted, messages, numbers, attempts, began, ended, error}]}],
    "cross_references": [{object, xcart, sap}]}. `messages` are what a system had to say about a success.
    `outcome` is answered, failed, waiting, or unknown: sent, and no answer came. Exit code 1 when nothing is found.
    """
    given = [value for value in (run, key, sap, email) if value]
    if len(given) != 1:
        raise click.UsageError("say which: the id of a run, --key, --sap or --email")
    with at.state() as state, at.journal.reading() as db:
        if key:
            records = story.by_key(db, key)
        elif sap:
            records = story.by_sap_number(db, sap, state)
        elif email:
            records = story.by_email(db, email)
        else:
            records = [at.run(str(run))]
        chapters = [story.chapter(db, record) for record in records]
        linked = story.references(chapters, state)
        if at.json:
            data = [at.mask().record(story.as_data(chapter)) for chapter in chapters]
            click.echo(
                as_json({"runs": data, "cross_references": [reference.as_data() for reference in linked]})
            )
        else:
            _tell(at, chapters, linked)
    if not records:
        click.echo(f"no run knows '{given[0]}'", err=True)
    return FINE if records else PROBLEMS


@runs.command()
@click.argument("run")
@click.option("--why", required=True, metavar="TEXT", help="The reason, for whoever reads the story later.")
@operating
def cancel(
    at: Desk,
    run: str,
    why: str,
) -> int:
    """End a run that has not ended. RUN is its id, or its beginning.

    What it has sent stays sent; it sends nothing more, and the next run of its key goes on.

    JSON: {"run", "cancelled", "status", "under_way"}; `under_way` is the step whose call was sent and not yet answered,
    or null. Exit code 1 when the run had ended.
    """
    record = at.run(run)
    cancelled = at.journal.write_now(lambda db: clearing.cancel(db, record.id, why, time.time()))
    with at.journal.reading() as db:
        sent = clearing.under_way(db, record.id) if cancelled else None
    status = at.run(record.id).status
    if at.json:
        click.echo(as_json({"run": record.id, "cancelled": cancelled, "status": status, "under_way": sent}))
    elif cancelled:
        click.echo(f"{record.id} is cancelled: {why}")
    else:
        click.echo(f"{record.id} had ended: {status}")
    if sent is not None:
        click.echo(
            f"it was under way: {sent} was sent and has no answer yet, and may still be done", err=True
        )
    elif cancelled and at.is_served() and record.status == "accepted":
        click.echo(
            "it may have been under way; it writes nothing more, `flowrun runs show` tells what it did",
            err=True,
        )
    return FINE if cancelled else PROBLEMS


def _listed(run: RunRecord) -> dict[str, object]:
    whole = story.as_data(Chapter(run, (), (), (), ()))
    return {
        name: item for name, item in whole.items() if name not in ("edits", "effects", "replayed_as", "error")
    }


def _tell(at: Desk, chapters: list[Chapter], linked: list[CrossReference]) -> None:
    mask = at.mask()
    for found in chapters:
        run = found.run
        click.echo(f"{run.id}  {run.flow}@{run.version}  {run.key or '-'}  {run.status}")
        click.echo(f"  accepted {at.when(run.accepted)}, last changed {at.when(run.changed)}")
        for word, said in (
            ("repeats", run.replay_of),
            ("replayed as", ", ".join(found.replayed_as)),
            ("at", run.step if run.status not in ("done", "skipped") else None),
            ("waits for", run.waiting_for),
            ("again at", at.when(run.next_at) if run.next_at is not None else None),
            ("reason", mask.text(run.reason) if run.reason else None),
            ("look at it", run.review),
        ):
            if said:
                click.echo(f"  {word}: {said}")
        for edit in found.edits:
            click.echo(f"  edited {at.when(edit.at)} by {edit.who}: {edit.why}")
        for effect in found.effects:
            click.echo(f"    {_told(at, effect, found.handles)}")
            for said in story.effect_as_data(effect, found.handles)["messages"]:
                click.echo(f"      {mask.text(story.message_line(said))}")
            if effect.error is not None:
                click.echo(f"      {mask.text(str(effect.error.get('message', '')))}")
        click.echo()
    for reference in linked:
        click.echo(f"{reference.object}: X-Cart {reference.xcart} is SAP {reference.sap}")
    if chapters:
        click.echo(count(len(chapters), "run"), err=True)


def _told(at: Desk, effect: EffectRecord, handles: tuple[str, ...]) -> str:
    data = story.effect_as_data(effect, handles)
    outcome = data["action"] or ("read" if effect.reads and effect.answered else data["outcome"])
    if data["adopted"]:
        outcome += " (no answer came; found in the system and taken as ours)"
    numbers = ", ".join(f"{name} {number}" for name, number in data["numbers"].items())
    parts = (
        f"{at.when(effect.began)[11:]}  {effect.place}  {effect.connection}.{effect.operation}  {outcome}",
        numbers,
        f"request {effect.request}" if effect.operation != "wait" else "",
        count(effect.attempts, "attempt") if effect.attempts > 1 else "",
    )
    return "  ".join(part for part in parts if part)


def _shortened(text: str) -> str:
    first = text.splitlines()[0]
    return first if len(first) <= 90 else first[:89] + "…"
