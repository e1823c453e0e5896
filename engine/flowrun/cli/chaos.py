"""`flowrun chaos`: kills the server again and again while everything goes wrong, then counts in both systems."""

from __future__ import annotations

import asyncio
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flowrun.cli.chaos_parts.count import Count, counted
from flowrun.cli.chaos_parts.plan import Life, deliveries, lives
from flowrun.cli.chaos_parts.project import SEQUENCE, prepared
from flowrun.cli.chaos_parts.sender import Sender
from flowrun.cli.chaos_parts.server import Server
from flowrun.cli.ending import FINE, PROBLEMS
from flowrun.cli.private_sandbox import Addresses, PrivateSandbox
from flowrun.component.http import decode, encode
from flowrun.language.project import find
from flowrun.runtime.journal import store
from flowrun.runtime.journal.file import JournalFile
from flowrun.runtime.journal.records import OPEN

if TYPE_CHECKING:
    import httpx

KEYS_IN_SEQUENCE = 8
SETTLED_WITHIN = 90.0
QUIET_LOOKS = 8


@click.command()
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same plan.")
@click.option(
    "--kills",
    type=click.IntRange(0, 500),
    default=20,
    show_default=True,
    help="How often the server is killed.",
)
@click.option(
    "--orders",
    type=click.IntRange(1, 5000),
    default=100,
    show_default=True,
    help="How many orders the shop gets.",
)
@click.option(
    "--output", "-o", type=click.Choice(["text", "json"]), default="text", help="How the count is written."
)
@click.pass_context
def chaos(context: click.Context, seed: int, kills: int, orders: int, output: str) -> None:
    """Kill the server again and again while everything goes wrong, then count in both systems.

    Exit code 0 only when nothing was lost, nothing came twice, and the order of every key was kept.
    """
    folder = find(Path(context.find_root().params.get("project") or Path.cwd()))
    with (
        tempfile.TemporaryDirectory() as scratch,
        PrivateSandbox(seed=seed) as private,
    ):
        outcome = asyncio.run(_story(folder, Path(scratch), private.addresses(), seed, kills, orders))
    if output == "json":
        click.echo(encode(outcome))
    else:
        for name, value in outcome.items():
            click.echo(f"{name:<17} {value if value or value == 0 else 'none'}")
    broken = outcome["lost"] or outcome["duplicates"] or outcome["order_violations"]
    context.exit(PROBLEMS if broken else FINE)


async def _story(
    project: Path, scratch: Path, addresses: Addresses, seed: int, kills: int, orders: int
) -> dict[str, Any]:
    import httpx  # noqa: PLC0415 - a heavy import

    began = time.monotonic()
    server = Server(prepared(project, scratch), addresses.variables(), _free_port())
    async with httpx.AsyncClient(timeout=5) as client:
        await asyncio.to_thread(server.start)
        sender = Sender(server.url, client)
        try:
            sending = asyncio.create_task(_send_everything(sender, client, addresses, seed, orders))
            for life in lives(seed, kills):
                await _live(life, server, client, addresses)
            await _no_more_faults(client, addresses)
            placed = await sending
            waiting = await _settled(server)
        finally:
            await asyncio.to_thread(server.kill)
        dead = await asyncio.to_thread(_dead, server.journal)
        count = await _counted(client, addresses, server.journal, placed, sender)
    return {
        "accepted": len(sender.accepted),
        "kills": kills,
        "lost": len(count.lost),
        "duplicates": len(count.duplicates),
        "order_violations": len(count.order_violations),
        "dead_letters": dead,
        "waiting": sum(waiting.values()),
        "waiting_for": waiting,
        "seconds": round(time.monotonic() - began, 1),
        "examples": [*count.lost[:3], *count.duplicates[:3], *count.order_violations[:3]],
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _live(life: Life, server: Server, client: httpx.AsyncClient, addresses: Addresses) -> None:
    """One life: faults are set, time passes, the server ends, and the next one starts."""
    for fault in life.sap_faults:
        await client.post(f"{addresses.sap}/_sandbox/faults", content=encode(fault))
    for fault in life.xcart_faults:
        await client.post(f"{addresses.xcart}/_sandbox/faults", content=encode(fault))
    await asyncio.sleep(life.seconds)
    if life.ending == "kill":
        await asyncio.to_thread(server.kill)
    else:
        await asyncio.to_thread(server.terminate)
    if life.wrong_password:
        await asyncio.to_thread(server.start, wrong_password=True)
        await asyncio.sleep(0.5)
        await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)


async def _no_more_faults(client: httpx.AsyncClient, addresses: Addresses) -> None:
    for system in (addresses.sap, addresses.xcart):
        await client.delete(f"{system}/_sandbox/faults")


async def _send_everything(
    sender: Sender, client: httpx.AsyncClient, addresses: Addresses, seed: int, orders: int
) -> list[dict[str, Any]]:
    """Places the orders bit by bit and sends their webhooks; beside them numbered events of a few keys, in order."""
    placed: list[dict[str, Any]] = []
    tasks: list[asyncio.Task[None]] = []
    per_key = max(orders // KEYS_IN_SEQUENCE, 2)
    for key in range(KEYS_IN_SEQUENCE):
        events: list[Mapping[str, Any]] = [
            {"id": key, "order_number": str(key), "update_date": str(n)} for n in range(per_key)
        ]
        tasks.append(asyncio.create_task(sender.in_order("shipping_status_changed", events)))
    plan = deliveries(seed, orders)
    while len(placed) < orders:
        some = min(10, orders - len(placed))
        answer = await client.post(
            f"{addresses.xcart}/_sandbox/orders", content=encode({"count": some}), timeout=60
        )
        for order in decode(answer.content):
            event = {"id": order["id"], "order_number": order["order_number"], "event": "order_placed"}
            tasks.append(asyncio.create_task(sender.send("order_placed", event, plan[len(placed)])))
            placed.append(order)
        await asyncio.sleep(0.3)
    await asyncio.gather(*tasks)
    return placed


async def _settled(server: Server) -> dict[str, int]:
    """Starts the server once more, so that it asks the shop for what it missed, and waits until nothing moves."""
    await asyncio.to_thread(server.terminate)
    await asyncio.to_thread(server.start)
    deadline = time.monotonic() + SETTLED_WITHIN
    quiet = 0
    while time.monotonic() < deadline and quiet < QUIET_LOOKS:
        await asyncio.sleep(0.5)
        quiet = quiet + 1 if not await asyncio.to_thread(_moving, server.journal) else 0
    return await asyncio.to_thread(_waiting_for, server.journal)


def _moving(journal: Path) -> int:
    """How many runs will still do something by themselves: not the parked ones, nor those behind them."""
    file = JournalFile(journal)
    try:
        with file.reading() as db:
            runs = store.find_runs(db, status=OPEN, limit=100_000)
    finally:
        file.close()
    parked = {run.lane for run in runs if run.status == "parked"}
    return sum(1 for run in runs if run.lane not in parked)


async def _counted(
    client: httpx.AsyncClient,
    addresses: Addresses,
    journal: Path,
    placed: list[dict[str, Any]],
    sender: Sender,
) -> Count:
    """Every paid order and every accepted numbered event must be in SAP once; dead letters and waiting runs are excused
    from being there."""
    paid = [order for order in placed if await _is_paid(client, addresses, order)]
    expected = [f"XC-{order['order_number']}" for order in paid]
    expected += [
        f"{SEQUENCE}-{event['order_number']}-{event['update_date']}"
        for event in sender.accepted
        if "update_date" in event
    ]
    return counted(expected, await asyncio.to_thread(_excused, journal), await _documents(client, addresses))


async def _is_paid(client: httpx.AsyncClient, addresses: Addresses, order: Mapping[str, Any]) -> bool:
    answer = await client.get(
        f"{addresses.xcart}/api/orders/{order['id']}/payment_status",
        headers={"X-AUTH-TOKEN": "sandbox-write-key"},
    )
    return bool(decode(answer.content)["code"] == "P")


async def _documents(client: httpx.AsyncClient, addresses: Addresses) -> list[dict[str, Any]]:
    answer = await client.get(
        f"{addresses.sap}/sap/opu/odata/sap/API_SALES_ORDER_SRV/A_SalesOrder",
        params={"$select": "SalesOrder,PurchaseOrderByCustomer", "$top": "100000"},
        headers={"Accept": "application/json"},
        auth=("FLOWRUN", "sandbox"),
        timeout=60,
    )
    found: list[dict[str, Any]] = decode(answer.content)["d"]["results"]
    return found


def _dead(journal: Path) -> int:
    file = JournalFile(journal)
    try:
        with file.reading() as db:
            return len(store.find_runs(db, status=("dead",), limit=100_000))
    finally:
        file.close()


def _waiting_for(journal: Path) -> dict[str, int]:
    """What the runs that have not ended wait for, by name."""
    file = JournalFile(journal)
    try:
        with file.reading() as db:
            runs = store.find_runs(db, status=OPEN, limit=100_000)
    finally:
        file.close()
    parked = {run.lane: run.waiting_for for run in runs if run.status == "parked"}
    return dict(Counter(run.waiting_for or parked.get(run.lane) or run.status for run in runs))


def _excused(journal: Path) -> list[str]:
    file = JournalFile(journal)
    try:
        with file.reading() as db:
            runs = store.find_runs(db, status=("dead", "parked"), limit=100_000)
    finally:
        file.close()
    return [f"XC-{run.key}" for run in runs if run.flow == "order_to_sap"]
