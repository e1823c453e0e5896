"""`flowrun sandbox place-order` and `fulfil`: a shopper buys, the warehouse and the accounts do the rest."""

from __future__ import annotations

from typing import Any

import click

from flowrun.cli.ending import FINE, PROBLEMS
from flowrun.cli.operating import as_json
from flowrun.cli.sandbox.talking import Both, output, talking

UNTIL = ("delivery", "goods_issue", "invoice", "payment")


def _lines(
    _context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]
) -> list[dict[str, Any]]:
    lines = []
    for text in given:
        sku, equals, amount = text.rpartition("=")
        if equals and not (amount.isdigit() and int(amount)):
            raise click.BadParameter(f"'{text}' is not SKU or SKU=AMOUNT, such as MUG-01=3")
        lines.append({"sku": sku, "amount": int(amount)} if equals else {"sku": text, "amount": 1})
    return lines


@click.command("place-order")
@click.option(
    "--count", "-n", type=click.IntRange(1, 5000), default=1, show_default=True, help="How many orders."
)
@click.option(
    "--sku",
    "lines",
    multiple=True,
    callback=_lines,
    metavar="SKU[=AMOUNT]",
    help="What is bought; without it, the next orders of a varied mix.",
)
@click.option("--email", default="kim@example.com", show_default=True, help="Who buys, with --sku.")
@click.option(
    "--country",
    type=click.Choice(["DE", "US", "GB", "CH", "AT", "FR"]),
    default="DE",
    show_default=True,
    help="From where, with --sku.",
)
@output
@talking
def place_order(
    at: Both, count: int, lines: list[dict[str, Any]], email: str, country: str, output: str
) -> None:
    """Place orders in the sandbox's shop.

    JSON: {"placed": [{id, order_number}]}.
    """
    placed: list[dict[str, Any]] = []
    if lines:
        order = {"email": email, "country": country, "lines": lines}
        for _ in range(count):
            placed += at.xcart.ask("POST", "orders", order)
    else:
        placed = at.xcart.ask("POST", "orders", {"count": count})
    if output == "json":
        click.echo(as_json({"placed": placed}))
        return
    for row in placed:
        click.echo(f"order {row['order_number']} is placed (id {row['id']})")


@click.command()
@click.argument("order", required=False)
@click.option(
    "--until",
    type=click.Choice(UNTIL),
    default="invoice",
    show_default=True,
    help="How far SAP goes with it.",
)
@output
@talking
def fulfil(at: Both, order: str | None, until: str, output: str) -> int:
    """Let SAP fulfil an ORDER: deliver it, issue the goods, invoice it, book the payment.

    ORDER is SAP's number or the shop's; without it, all orders from the shop that are open.

    JSON: {"fulfilled": [{sales_order, deliveries, invoices, payments, delivery_status, process_status, trouble}]}.
    Exit code 1 when something stands in an order's way, such as a lack of stock.
    """
    done = at.sap.ask("POST", "fulfil", {"order": order, "until": until})
    if output == "json":
        click.echo(as_json(done))
        return _code(done)
    for row in done["fulfilled"]:
        click.echo(f"sales order {row['sales_order']}: {_came_to(row)}")
    if not done["fulfilled"]:
        click.echo("no order waits to be fulfilled")
    return _code(done)


def _came_to(row: dict[str, Any]) -> str:
    documents = [
        f"{one} {', '.join(row[many])}"
        for one, many in (("delivery", "deliveries"), ("invoice", "invoices"), ("payment", "payments"))
        if row[many]
    ]
    if row["trouble"]:
        documents.append(click.style(f"stopped by {row['trouble']}", fg="red"))
    return "; ".join(documents) or "nothing to deliver"


def _code(done: dict[str, Any]) -> int:
    return PROBLEMS if any(row["trouble"] for row in done["fulfilled"]) else FINE
