"""`flowrun sandbox state`: how both systems stand, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from flowrun.cli.operating import as_json
from flowrun.cli.private_sandbox import require_sandbox
from flowrun.cli.sandbox.talking import Both, output, talking


@click.command()
@output
@talking
def state(at: Both, output: str) -> None:
    """Show orders by their status in both systems, deliveries, invoices, stock, queues and the faults in force.

    JSON: {"xcart": {orders, carts, profiles, products, stock, emails, deliveries, activity, faults}, "sap": {orders,
    deliveries, invoices, journal_entries, business_partners, stock, queues, faults}}. X-Cart's orders are counted by
    payment and shipping status, such as P/N; its deliveries are calls of its webhooks.
    """
    shown = {"xcart": at.xcart.ask("GET", "state"), "sap": at.sap.ask("GET", "state")}
    shown["xcart"] |= {"faults": at.xcart.ask("GET", "faults")}
    if output == "json":
        click.echo(as_json(shown))
    else:
        _show(_rows(shown["xcart"], shown["sap"]))


def _show(rows: list[tuple[str, str, str]]) -> None:
    from rich.console import Console  # noqa: PLC0415 - a heavy import
    from rich.table import Table  # noqa: PLC0415

    table = Table(show_edge=False, pad_edge=False)
    table.add_column("", no_wrap=True)
    for name in ("X-Cart", "SAP"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def _rows(shop: Mapping[str, Any], sap: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    return [
        ("orders", _counts(_named(shop["orders"])), _counts(sap["orders"])),
        ("customers", str(shop["profiles"]), str(sap["business_partners"])),
        ("stock", _stock(shop["stock"]), _stock(sap["stock"])),
        ("deliveries", "", _counts(sap["deliveries"])),
        ("invoices", "", str(sap["invoices"])),
        ("journal entries", "", str(sap["journal_entries"])),
        ("events waiting", "", _counts(sap["queues"], "in ")),
        ("webhooks called", str(shop["deliveries"]), ""),
        ("faults in force", _faults(shop["faults"]), _faults(sap["faults"])),
    ]


def _named(pairs: Mapping[str, int]) -> dict[str, int]:
    """X-Cart's pairs of codes, such as P/N, in words."""
    require_sandbox()
    from flowrun_sandbox.xcart.statuses import PAYMENT, SHIPPING  # noqa: PLC0415 - an extra

    payment, shipping = ({row.code: row.name for row in table} for table in (PAYMENT, SHIPPING))
    named = {}
    for pair, number in pairs.items():
        paid, _, shipped = pair.partition("/")
        named[f"{payment.get(paid, paid)}/{shipping.get(shipped, shipped)}"] = number
    return named


def _counts(counted: Mapping[str, Any], word: str = "") -> str:
    """The ones there are any of."""
    return "\n".join(f"{number} {word}{name}" for name, number in counted.items() if number) or "none"


def _stock(pieces: Mapping[str, Any]) -> str:
    """Together, with what is sold out told by name."""
    out = [name for name, left in pieces.items() if not float(left)]
    total = sum(float(left) for left in pieces.values())
    return f"{total:g} pieces of {len(pieces)} articles" + (f"; none of {', '.join(out)}" if out else "")


def _faults(rules: list[dict[str, Any]]) -> str:
    return "\n".join(str(rule["kind"]) for rule in rules) or "none"
