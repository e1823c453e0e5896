"""`flowrun serve`: the one process that does the work, until a signal."""

from __future__ import annotations

import asyncio
import json
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from flowrun.cli.composition import project_folder, registry
from flowrun.cli.run import _duration
from flowrun.component.values import Duration

if TYPE_CHECKING:
    from flowrun.serve.service import Service


@click.command()
@click.option("--env", metavar="ENV", help="The environment of flowrun.yaml, if not the default one.")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Where to listen. Other machines reach only others.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 takes a free one."
)
@click.option(
    "--journal",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The journal's file. [default: .flowrun/journal.db]",
)
@click.option(
    "--grace",
    callback=_duration,
    metavar="DURATION",
    default="30s",
    show_default=True,
    help="How long runs that are under way may take to end when it stops.",
)
@click.option(
    "--log-format",
    type=click.Choice(["json", "text"]),
    default="json",
    show_default=True,
    help="The form of the lines on stderr.",
)
@click.option(
    "--announce", is_flag=True, help='Write one line of JSON to stdout when it accepts: {"url": …}.'
)
@click.pass_context
def serve(
    context: click.Context,
    env: str | None,
    host: str,
    port: int,
    journal: Path | None,
    grace: Duration,
    log_format: Literal["json", "text"],
    announce: bool,
) -> None:
    """Serve a project: webhooks, polls and schedules become runs, and runs are carried out, until SIGTERM.

    One process does everything. What it has accepted is on the disk: after a crash, the next start goes on.
    """
    from flowrun.serve.logs import logging_to  # noqa: PLC0415 - with the rest of the server, heavy
    from flowrun.serve.service import Service, Settings  # noqa: PLC0415

    settings = Settings(host=host, port=port, journal=journal, grace=grace.seconds)
    service = Service(project_folder(context), registry(), environment=env, settings=settings)
    with logging_to(service.mask, log_format):
        _run(service, announce=announce)


def _run(service: Service, *, announce: bool) -> None:
    factory = None
    with suppress(ImportError):  # not on Windows
        import uvloop  # noqa: PLC0415 - with the rest of the server

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(_until_a_signal(service, announce=announce))


async def _until_a_signal(service: Service, *, announce: bool) -> None:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    try:
        await service.start()
        if announce:
            click.echo(json.dumps({"url": service.url}))
        await asked.wait()
    finally:
        await service.stop()
