"""The story of the day, for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from flowrun.cli.demo_parts.agreement import Agreement
from flowrun.runtime.comparing import Outcome
from flowrun.runtime.journal.records import RunRecord

if TYPE_CHECKING:
    from rich.console import Console

ORDERS = "orders"
MOST_TOLD = 5
_WORDS = {
    "parked": "waiting for a row in a lookup table",
    "dead": "left to a person",
    "accepted": "behind one that waits",
    "skipped": "nothing to do",
}


class Teller:
    """Tells it while it happens. With `aside` on stderr, where it is not in the way of data."""

    def __init__(self, *, aside: bool) -> None:
        from rich.console import Console  # noqa: PLC0415 - a heavy import

        self.console: Console = Console(stderr=aside, highlight=False, soft_wrap=True)
        self._title = ""
        self._left_out: list[str] = []

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Something moves on the terminal meanwhile."""
        with self.console.status(""):
            yield

    def stage(self, title: str) -> None:
        """A stage begins. It is told when something happens in it."""
        self._title = title

    def happened(self, text: str) -> None:
        """Something happened in one of the systems."""
        self._line(f"  {text}", "")

    def left_out(self, what: str) -> None:
        """Something does not happen, because the project lacks the flows for it."""
        self._left_out.append(what)

    def end(self) -> None:
        """The day is over."""
        if self._left_out:
            self._title = ""
            self._line(
                f"\nLeft out, since this project has no flows for it: {'; '.join(self._left_out)}", "dim"
            )

    def done(self, runs: Sequence[RunRecord]) -> None:
        """What flowrun did about it, and what it leaves to a person."""
        by_flow: dict[str, list[str]] = {}
        for (flow, status), number in sorted(Counter((run.flow, run.status) for run in runs).items()):
            by_flow.setdefault(flow, []).append(f"{number} {_WORDS.get(status, status)}")
        for flow, parts in by_flow.items():
            self._line(f"  → {flow}: {', '.join(parts)}", "cyan")
        dead = [run for run in runs if run.status == "dead"]
        why = Counter(f"{run.flow}: {(run.error or {}).get('message') or run.reason}" for run in dead)
        for reason, number in why.most_common(MOST_TOLD):
            self._line(f"    {number} x {reason[:300]}", "yellow")

    def _line(self, text: str, style: str) -> None:
        from rich.text import Text  # noqa: PLC0415 - a heavy import

        if self._title:
            self.console.print(Text(f"\n{self._title}", style="bold"))
            self._title = ""
        self.console.print(Text(text, style=style))


def tell_the_end(summary: dict[str, Any], found: Agreement, seconds: float) -> None:
    """Every order, every reconciliation, and the verdict."""
    from rich.console import Console  # noqa: PLC0415 - a heavy import

    from flowrun.cli.reconcile_parts import report  # noqa: PLC0415 - needed at the end only

    console = Console()
    console.print()
    console.print(_table(summary["rows"]))
    counts = ("created", "skipped", "rejected", *(["failed"] if summary["failed"] else []), "duplicates")
    told = ", ".join(f"{summary[name]} {name}" for name in counts)
    console.print(f"\n{summary['orders']} orders in {seconds:.1f} s: {told}")
    if found.outcomes:
        console.print(_compared(found.outcomes))
    else:
        console.print("this project has no reconciliation; its orders were counted in SAP")
    report.tell([outcome for outcome in found.outcomes if not outcome.agree], ())
    for name, why in found.broken.items():
        console.print(f"{name}: could not be compared: {why}", style="red", markup=False)
    if summary["agree"]:
        console.print("X-Cart and SAP agree.", style="bold green")
    else:
        where = ", ".join([*summary["disagreeing"], *found.broken, *_apart(found)])
        console.print(f"X-Cart and SAP do not agree on: {where}", style="bold red", markup=False)


def _compared(outcomes: Sequence[Outcome]) -> Any:
    """One line for each reconciliation."""
    from rich.table import Table  # noqa: PLC0415 - a heavy import

    table = Table(show_edge=False, pad_edge=False)
    table.add_column("reconciled")
    for kind in ("same", "different", "only X-Cart", "only SAP"):
        table.add_column(kind, justify="right")
    for outcome in outcomes:
        style = "green" if outcome.agree else "red"
        table.add_row(outcome.name, *(str(number) for number in outcome.counts.values()), style=style)
    return table


def _apart(found: Agreement) -> list[str]:
    return [outcome.name for outcome in found.outcomes if not outcome.agree and outcome.name != ORDERS]


def _table(rows: Sequence[dict[str, Any]]) -> Any:
    from rich.table import Table  # noqa: PLC0415 - a heavy import
    from rich.text import Text  # noqa: PLC0415

    table = Table(show_edge=False, pad_edge=False)
    for name in ("order", "total"):
        table.add_column(name, justify="right")
    for name in ("", "SAP order", "or why not"):
        table.add_column(name, overflow="fold")
    for row in rows:
        style = {"created": "green", "skipped": "yellow"}.get(row["status"], "red")
        word = "waits" if row["waits"] else row["status"]
        why = "" if row["sap"] else f"{word}: {row['reason']}"
        table.add_row(
            row["order"],
            format(row["total"], ",.2f"),
            row["currency"],
            Text(row["sap"] or "", style=style),
            Text(why, style=style),
        )
    return table
