"""The report of a reconciliation: for the terminal, as data, as a table for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

import click

from flowrun.cli.operating import count
from flowrun.cli.reconcile_parts import lines
from flowrun.cli.reconcile_parts.repairs import Planned
from flowrun.runtime.comparing import Outcome

MOST_SHOWN = 20
"""Differences of one reconciliation that the terminal shows; the other forms have all of them."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


# --- terminal -----------------------------------------------------------------------------------------------------


def tell(outcomes: Sequence[Outcome], planned: Sequence[Planned], *, aside: bool = False) -> None:
    """Prints the counts, the first differences, the totals, and what the repairs would do; `aside` on stderr, where
    stdout is for another form of the report."""
    from rich.console import Console  # noqa: PLC0415 - a heavy import
    from rich.text import Text  # noqa: PLC0415

    console = Console(stderr=aside)
    for outcome in outcomes:
        console.print(
            Text(f"{outcome.name}: {lines.headline(outcome)}", style="green" if outcome.agree else "yellow")
        )
        first = outcome.differences[:MOST_SHOWN]
        rows = [row for one in first for row in lines.brief(outcome, one)]
        if rows:
            console.print(_table(["key", "", "field", *outcome.sides], rows))
        _tell_more(console, len(outcome.differences), "--output csv has all of them")
        if outcome.of.sum and outcome.groups:
            console.print(_totals(outcome))
    if planned:
        console.print(Text(f"\n{count(len(planned), 'repair')}:", style="bold"))
    for one in planned[:MOST_SHOWN]:
        also = f" and {len(one.also)} more" if one.also else ""
        console.print(Text(f"  {one.difference.key}{also} ({lines.words(one.difference.kind)}): {one.flow}"))
        for request in one.requests:
            console.print(Text(f"    {request}"))
        if one.ends:
            console.print(Text(f"    {'then' if one.requests else 'would end'}: {one.ends}"))
    _tell_more(console, len(planned), "each would be shown with --output json")


def _totals(outcome: Outcome) -> Any:
    """The totals of each group, in the columns that say something."""
    kept = lines.total_columns(outcome)
    headings = lines.total_headings(outcome)
    cells = [lines.total_cells(total) for total in (*lines.totals(outcome), *lines.grand_totals(outcome))]
    rows = ([row[index] for index in kept] for row in cells)
    return _table([headings[index] for index in kept], rows, len(outcome.of.group_by))


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]], numbers_from: int = 0) -> Any:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    rows = list(rows)
    table = Table(show_edge=False, pad_edge=False)
    for index, heading in enumerate(headings):
        widest = max((len(row[index]) for row in rows), default=0) if numbers_from else None
        number = bool(numbers_from) and index >= numbers_from
        table.add_column(
            heading, justify="right" if number else "left", overflow="fold", min_width=widest
        )  # of numbers only the heading is wrapped
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _tell_more(console: Any, number: int, where: str) -> None:
    if number > MOST_SHOWN:
        console.print(f"  … and {number - MOST_SHOWN} more; {where}")


def tell_repairs(done: Sequence[Planned]) -> None:
    """Tells on stderr what has become of the repairs."""
    for one in done:
        click.echo(
            f"{one.difference.key}: {one.flow} {one.status}" + (f": {one.reason}" if one.reason else ""),
            err=True,
        )
    if any(one.status not in ("done", "skipped", "dead", "refused") for one in done):
        click.echo("what has not ended goes on when `flowrun serve` runs", err=True)


# --- data ---------------------------------------------------------------------------------------------------------


def as_data(
    outcomes: Sequence[Outcome], planned: Sequence[Planned], done: Sequence[Planned]
) -> dict[str, Any]:
    """The form of `--output json`."""
    return {
        "reconciliation": {outcome.name: outcome.as_data() for outcome in outcomes},
        "differences": [
            {
                "reconciliation": outcome.name,
                "kind": one.kind,
                "key": one.key,
                "fields": list(one.fields),
                "rows": one.rows,
                **({"doubles": one.doubles} if one.doubles else {}),
            }
            for outcome in outcomes
            for one in outcome.differences
        ],
        "groups": [
            {
                "reconciliation": outcome.name,
                "group": list(total.group),
                **total.counts,
                "sums": {
                    name: dict(zip(outcome.sides, sums, strict=True)) for name, sums in total.sums.items()
                },
            }
            for outcome in outcomes
            for total in lines.totals(outcome)
        ],
        "repairs": [_repair(one) for one in done or planned],
    }


def _repair(one: Planned) -> dict[str, Any]:
    return {
        "reconciliation": one.reconciliation,
        "keys": [one.difference.key, *(other.key for other in one.also)],
        "flow": one.flow,
        "requests": list(one.requests),
        "run": one.run,
        "status": one.status or "planned",
        "reason": one.reason or one.ends,
    }


# --- spreadsheets -------------------------------------------------------------------------------------------------


def as_csv(outcomes: Sequence[Outcome]) -> str:
    """A line for each field that differs, and one for each compared field of a row that only one side has."""
    sides = {outcome.sides for outcome in outcomes}
    headings = next(iter(sides)) if len(sides) == 1 else ("first side", "second side")
    rows = (
        [outcome.name, *line]
        for outcome in outcomes
        for one in outcome.differences
        for line in lines.full(outcome, one)
    )
    return _written([["reconciliation", "key", "kind", "field", *headings], *rows])


def totals_as_csv(outcomes: Sequence[Outcome]) -> str:
    """A line for each group, with its counts and sums; one table below the other."""
    rows: list[list[str]] = []
    for outcome in outcomes:
        rows.append(["reconciliation", *lines.total_headings(outcome)])
        rows += [[outcome.name, *lines.total_cells(total)] for total in lines.totals(outcome)]
    return _written(rows)


def _written(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue().rstrip("\n")


def _harmless(cell: str) -> str:
    """Spreadsheets carry out a text that begins like a formula, and what customers write is in here."""
    if not cell.startswith(_FORMULA) or cell.lstrip("+-").replace(".", "", 1).isdigit():
        return cell
    return f"'{cell}"
