"""`flowrun demo`: a day between both systems, and the proof that they agree at its end."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

import click

from flowrun.cli.demo_parts.agreement import Agreement, agreement, order_rows, summary
from flowrun.cli.demo_parts.day import lived
from flowrun.cli.demo_parts.outside import Outside
from flowrun.cli.demo_parts.project import copied
from flowrun.cli.demo_parts.serving import dawn, served, subscribed
from flowrun.cli.demo_parts.stages import STAGES
from flowrun.cli.demo_parts.telling import Teller, tell_the_end
from flowrun.cli.ending import FINE, PROBLEMS
from flowrun.cli.private_sandbox import Addresses, PrivateSandbox
from flowrun.component.http import encode
from flowrun.language.project import find


@click.command()
@click.option(
    "--orders",
    "-n",
    type=click.IntRange(1, 5000),
    default=20,
    show_default=True,
    help="How many orders the shop gets.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same orders.")
@click.option(
    "--output", "-o", type=click.Choice(["text", "json"]), default="text", help="How the outcome is written."
)
@click.pass_context
def demo(context: click.Context, orders: int, seed: int, output: str) -> None:
    """Start both systems, live through a day of the shop, and show that both agree at its end.

    Orders, changes, deliveries, invoices, money and stock go both ways, while webhooks get lost and SAP is down for a
    moment. It is the project's own flows that run, as `flowrun serve` runs them, on a copy of the project. Everything
    happens on this machine and is gone afterwards. Exit code 0 only when all reconciliations agree.
    """
    folder = find(Path(context.find_root().params.get("project") or Path.cwd()))
    started = time.monotonic()
    teller = Teller(aside=output == "json")
    with (
        tempfile.TemporaryDirectory(prefix="flowrun-demo-") as scratch,
        PrivateSandbox(seed=seed) as private,
    ):
        found, told = asyncio.run(_lived(copied(folder, Path(scratch)), private.addresses(), orders, teller))
    seconds = time.monotonic() - started
    if output == "json":
        click.echo(encode({**told, "seconds": round(seconds, 1)}))
    else:
        tell_the_end(told, found, seconds)
    context.exit(FINE if told["agree"] else PROBLEMS)


async def _lived(
    folder: Path, addresses: Addresses, orders: int, teller: Teller
) -> tuple[Agreement, dict[str, Any]]:
    import httpx  # noqa: PLC0415 - a heavy import

    async with httpx.AsyncClient(timeout=120) as client:
        outside = Outside(addresses, client)
        async with served(folder, outside) as service:
            listens = await subscribed(service, outside)
            day = dawn(service, outside, orders, listens=listens)
            with teller.busy():
                await lived(day, STAGES, teller)
                found = await agreement(day)
                return found, summary(await order_rows(day), found)
