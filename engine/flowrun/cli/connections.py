"""`flowrun connections`: how the connections are, as the journal knows, and taking their settings anew."""

from __future__ import annotations

import os
from typing import Any

import click

from flowrun.cli.ending import CONNECTION, FINE, PROBLEMS
from flowrun.cli.operating import Desk, as_json, count, operating
from flowrun.component.http import NotJson, decode
from flowrun.errors import Retryable
from flowrun.runtime.journal import clearing, store
from flowrun.runtime.story import moment


@click.group()
def connections() -> None:
    """Show which connections are paused, and let a running engine take their settings anew."""


@connections.command("list")
@operating
def list_connections(
    at: Desk,
) -> int:
    """Show the connections of the environment, and what waits for them.

    JSON: {"connections": [{connection, connector, condition, since, reason, waiting, unset}]}. `condition` is paused or
    not paused; `waiting` is how many runs wait for it; `unset` names environment variables that are missing. Exit code
    1 when one is paused.
    """
    with at.journal.reading() as db:
        paused, waiting = store.pauses(db), clearing.held_by_connections(db)
    mask = at.mask()
    rows: list[dict[str, Any]] = [
        {
            "connection": connection.name,
            "connector": connection.connector,
            "condition": "paused" if connection.name in paused else "not paused",
            "since": moment(paused[connection.name][0]) if connection.name in paused else None,
            "reason": mask.text(paused[connection.name][1]) if connection.name in paused else None,
            "waiting": waiting.get(connection.name, 0),
            "unset": list(connection.unset),
        }
        for connection in at.environment.connections.values()
    ]
    if at.json:
        click.echo(as_json({"connections": rows}))
    else:
        for row in rows:
            since = f" since {at.when(paused[row['connection']][0])}: {row['reason']}" if row["since"] else ""
            held = f"; {count(row['waiting'], 'run')} waiting" if row["waiting"] else ""
            unset = f"; not set: {', '.join(row['unset'])}" if row["unset"] else ""
            click.echo(f"{row['connection']} ({row['connector']}): {row['condition']}{since}{held}{unset}")
        if paused:
            click.echo("mend it, then: flowrun connections reload", err=True)
    return PROBLEMS if paused else FINE


@connections.command()
@click.option(
    "--url",
    default="http://127.0.0.1:8080",
    show_default=True,
    metavar="URL",
    help="Where `flowrun serve` answers.",
)
@click.option(
    "--output", "-o", type=click.Choice(["text", "json"]), default="text", help="How the result is written."
)
@click.pass_context
def reload(context: click.Context, url: str, output: str) -> None:
    """Let a running engine read settings and secrets anew, and ask what is paused at once.

    Where its API asks for a token, this sends the one in FLOWRUN_API_TOKEN.

    JSON: what the engine answers. Exit code 3 when nobody answers there, or the token is refused.
    """
    import httpx  # noqa: PLC0415 - a heavy import

    from flowrun.serve.api import TOKEN  # noqa: PLC0415 - with all of the web server behind it

    address = f"{url.rstrip('/')}/api/connections/reload"
    token = os.environ.get(TOKEN)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        # Not through a proxy: the engine is on this machine or beside it.
        answer = httpx.post(address, headers=headers, timeout=30, trust_env=False)
    except httpx.HTTPError as error:
        raise Retryable(f"no `flowrun serve` answers at {url}; --url names another address") from error
    try:
        said = decode(answer.content) if answer.content else {}
    except NotJson:
        said = {}
    if answer.is_success:
        click.echo(
            as_json(said)
            if output == "json"
            else "settings and secrets were read anew; what is paused is asked at once"
        )
    else:
        told = said.get("message", "") if isinstance(said, dict) else ""
        click.echo(f"{address} answers {answer.status_code}" + (f": {told}" if told else ""), err=True)
    context.exit(FINE if answer.is_success else CONNECTION if answer.status_code == 403 else PROBLEMS)
