"""`flowrun demo`: both systems, a shop full of orders, and the proof that they agree."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import click

from flowrun.cli.composition import registry
from flowrun.cli.ending import FINE, PROBLEMS
from flowrun.cli.private_sandbox import PrivateSandbox
from flowrun.cli.problems import as_text
from flowrun.cli.shop import place_orders
from flowrun.component.http import encode
from flowrun.component.step import Call
from flowrun.errors import ConfigurationError, Parked
from flowrun.language.project import find
from flowrun.language.workspace import Workspace, read_workspace
from flowrun.runtime.connections import Connections
from flowrun.runtime.direct import carry_out
from flowrun.runtime.result import RunResult
from flowrun.runtime.state import State

FLOW = "order_to_sap"
_CENT = Decimal("0.01")


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
    """Start both systems, place orders, run the flow for each, and show that both agree.

    Everything happens on this machine and is gone afterwards. Exit code 0 only when X-Cart and SAP agree.
    """
    folder = find(Path(context.find_root().params.get("project") or Path.cwd()))
    started = time.monotonic()
    with PrivateSandbox(seed=seed) as private:
        addresses = private.addresses()
        found = read_workspace(folder, registry(), addresses.variables())
        if FLOW not in found.flows:
            raise ConfigurationError(f"this project has no flow '{FLOW}', which the demo runs")
        if found.problems:
            click.echo(as_text(found.problems, folder), err=True)
            raise ConfigurationError("the project has mistakes; mend them first")
        placed = place_orders(addresses.xcart, orders)
        rows = asyncio.run(_day(found, placed))
    summary = _summary(rows)
    if output == "json":
        click.echo(encode(summary))
    else:
        _show(summary, time.monotonic() - started)
    context.exit(FINE if summary["agree"] else PROBLEMS)


async def _day(found: Workspace, placed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Runs the flow for each order, then asks SAP itself what it has."""
    environment = found.project.environment("sandbox")
    state = State(None, environment.name)
    try:
        async with Connections(found.project, environment, registry(), state) as connections:
            rows = await _run_all(found, placed, connections)
            for row in rows:
                row["in_sap"] = await _in_sap(connections, row["order"])
            return rows
    finally:
        state.close()


async def _run_all(
    found: Workspace, placed: list[dict[str, Any]], connections: Connections
) -> list[dict[str, Any]]:
    from rich.console import Console  # noqa: PLC0415 - a heavy import
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

    rows: list[dict[str, Any]] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("orders to SAP", total=len(placed))
        for order in placed:
            event = {"id": order["id"], "order_number": order["order_number"], "event": "order_placed"}
            result = await carry_out(found, found.flows[FLOW], event, connections)
            rows.append(_row(order, result))
            progress.advance(task)
    return rows


async def _in_sap(connections: Connections, number: str) -> list[dict[str, Any]]:
    parameters = {
        "service": "API_SALES_ORDER_SRV",
        "entity": "A_SalesOrder",
        "where": {"PurchaseOrderByCustomer": f"XC-{number}"},
        "expand": ["to_Item"],
    }
    found: list[dict[str, Any]] = await connections.perform(Call("sap", "list", parameters))
    return found


def _row(order: dict[str, Any], result: RunResult) -> dict[str, Any]:
    read = result.results.get("order") or {}
    created = result.results.get("created") or {}
    return {
        "order": str(order["order_number"]),
        "id": order["id"],
        "status": "created" if result.status == "done" else result.status,
        "waits": isinstance(result.error, Parked),
        "total": read.get("total"),
        "currency": read.get("currency"),
        "pieces": sum(item["amount"] for item in read.get("items", [])),
        "before_tax": _before_tax(read),
        "sap": created.get("SalesOrder"),
        "reason": _reason(result),
    }


def _reason(result: RunResult) -> str:
    """Why an order is not in SAP, in few words."""
    error = result.error
    if error is None:
        return result.reason
    if isinstance(error, Parked):
        return f"lookups/{error.table}.csv has no {error.column} for '{error.key}' yet"
    # What the system itself said stands behind what was asked of it:
    # `sap: SAP answers 400 for …: what it said`.
    said = error.message.split(": ", 2)[-1] if error.cause.status else error.message
    return said.removesuffix(f" [{error.cause.target}]")


def _before_tax(order: Mapping[str, Any]) -> Decimal:
    """What the goods, their discounts and their shipping come to; taxes on top are SAP's own to compute."""
    added = [
        part["value"] for part in order.get("surcharges", []) if not part["include"] and part["type"] != "tax"
    ]
    return sum(added, Decimal(order.get("sub_total", 0))).quantize(_CENT, ROUND_HALF_UP)


def _agrees(row: dict[str, Any]) -> bool:
    """An order that was handed over is in SAP once, with the same pieces and money; others are not there."""
    documents = row["in_sap"]
    if row["status"] != "created":
        return not documents
    if len(documents) != 1:
        return False
    (document,) = documents
    in_sap = (
        document["SalesOrder"],
        document["TransactionCurrency"],
        sum(item["RequestedQuantity"] for item in document["to_Item"]),
        document["TotalNetAmount"].quantize(_CENT),
    )
    return bool(in_sap == (row["sap"], row["currency"], row["pieces"], row["before_tax"]))


def _summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    statuses = [row["status"] for row in rows]
    disagreeing = [row["order"] for row in rows if not _agrees(row)]
    return {
        "orders": len(rows),
        "created": statuses.count("created"),
        "skipped": statuses.count("skipped"),
        "rejected": statuses.count("rejected"),
        "failed": statuses.count("failed"),
        "duplicates": sum(max(len(row["in_sap"]) - 1, 0) for row in rows),
        "agree": not disagreeing and "failed" not in statuses,
        "disagreeing": disagreeing,
        "rows": [
            {key: value for key, value in row.items() if key not in ("in_sap", "pieces", "before_tax")}
            for row in rows
        ],
    }


def _show(summary: dict[str, Any], seconds: float) -> None:
    from rich.console import Console  # noqa: PLC0415 - a heavy import
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(show_edge=False, pad_edge=False)
    for name in ("order", "total"):
        table.add_column(name, justify="right")
    for name in ("", "SAP order", "or why not"):
        table.add_column(name, overflow="fold")
    for row in summary["rows"]:
        style = {"created": "green", "skipped": "yellow"}.get(row["status"], "red")
        total = format(row["total"], ",.2f") if row["total"] is not None else ""
        word = "waits" if row["waits"] else row["status"]
        why = "" if row["sap"] else f"{word}: {row['reason']}"
        table.add_row(
            row["order"],
            total,
            row["currency"] or "",
            Text(row["sap"] or "", style=style),
            Text(why, style=style),
        )
    console = Console()
    console.print(table)
    s = summary
    counts = ("created", "skipped", "rejected", *(["failed"] if s["failed"] else []), "duplicates")
    told = ", ".join(f"{s[name]} {name}" for name in counts)
    console.print(f"\n{s['orders']} orders in {seconds:.1f} s: {told}")
    if s["agree"]:
        console.print("X-Cart and SAP agree.", style="bold green")
    else:
        console.print(f"X-Cart and SAP do not agree on: {', '.join(s['disagreeing'])}", style="bold red")
