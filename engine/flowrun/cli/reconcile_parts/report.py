"""The report of a reconciliation: for the terminal, as data, as a table for spreadsheets, as a page with a chart."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any

import click

from flowrun.cli.operating import count
from flowrun.cli.reconcile_parts.repairs import Planned
from flowrun.language.reconciliation import Reconciliation
from flowrun.runtime.reconciling import Difference, Outcome

MOST_SHOWN = 20
"""Differences of one reconciliation that the terminal shows; the other forms have all of them."""
_COLOURS = ("#3a7d44", "#d98e04", "#b3261e", "#6a4c93")


def words(kind: str) -> str:
    """A kind of difference, for people."""
    return f"only in {kind.removeprefix('only_')}" if kind.startswith("only_") else kind


# --- terminal -----------------------------------------------------------------------------------------------------


def tell(outcomes: Sequence[Outcome], planned: Sequence[Planned]) -> None:
    """Prints the counts, the first differences, and what the repairs would do."""
    from rich.console import Console  # noqa: PLC0415 - a heavy import
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console()
    for outcome in outcomes:
        kinds = ", ".join(f"{number} {words(kind)}" for kind, number in outcome.counts.items())
        young = f", {outcome.young} too young to tell" if outcome.young else ""
        console.print(Text(f"{outcome.name}: {kinds}{young}", style="green" if outcome.agree else "yellow"))
        if outcome.differences:
            table = Table(show_edge=False, pad_edge=False)
            for heading in ("key", "", "field", *outcome.sides):
                table.add_column(heading)
            for row in [row for one in outcome.differences[:MOST_SHOWN] for row in rows(one, outcome.sides)]:
                table.add_row(*(Text(cell) for cell in row))
            console.print(table)
        left = len(outcome.differences) - MOST_SHOWN
        if left > 0:
            console.print(f"  … and {left} more; --output csv has all of them")
    if planned:
        console.print(Text(f"\n{count(len(planned), 'repair')}:", style="bold"))
    for one in planned:
        console.print(Text(f"  {one.difference.key} ({words(one.difference.kind)}): {one.flow}"))
        for request in one.requests:
            console.print(Text(f"    {request}"))
        if one.ends:
            console.print(Text(f"    {'then' if one.requests else 'would end'}: {one.ends}"))


def tell_repairs(done: Sequence[Planned]) -> None:
    """Prints what has become of the repairs."""
    for one in done:
        click.echo(
            f"{one.difference.key}: {one.flow} {one.status}" + (f": {one.reason}" if one.reason else "")
        )
    if any(one.status not in ("done", "skipped", "dead", "refused") for one in done):
        click.echo("what has not ended goes on when `flowrun serve` runs", err=True)


def rows(difference: Difference, sides: Sequence[str]) -> list[list[str]]:
    """One line for each field that differs; one line for a row that only one side has."""
    if not difference.fields:
        return [
            [
                difference.key,
                words(difference.kind),
                "",
                *("✓" if side in difference.rows else "" for side in sides),
            ]
        ]
    return [
        [
            difference.key if not index else "",
            words(difference.kind) if not index else "",
            name,
            *(_shown(difference.rows.get(side, {}).get(name)) for side in sides),
        ]
        for index, name in enumerate(difference.fields)
    ]


def _shown(value: Any) -> str:
    return "" if value is None else str(value)


# --- data ---------------------------------------------------------------------------------------------------------


def as_data(outcomes: Sequence[Outcome], done: Sequence[Planned]) -> dict[str, Any]:
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
            }
            for outcome in outcomes
            for one in outcome.differences
        ],
        "groups": [
            {"reconciliation": outcome.name, "group": list(group), **_counts(outcome, numbers)}
            for outcome in outcomes
            for group, numbers in outcome.groups.items()
        ],
        "repairs": [
            {
                "reconciliation": one.reconciliation,
                "key": one.difference.key,
                "flow": one.flow,
                "run": one.run,
                "status": one.status,
                "reason": one.reason,
            }
            for one in done
        ],
    }


def _counts(outcome: Outcome, numbers: Mapping[str, int]) -> dict[str, int]:
    return {kind: numbers.get(kind, 0) for kind in outcome.counts}


def as_csv(outcomes: Sequence[Outcome]) -> str:
    """A line for each field that differs, and one for each row that only one side has."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["reconciliation", "key", "kind", "field", "first side", "second side"])
    for outcome in outcomes:
        for one in outcome.differences:
            for name in one.fields or ("",):
                values = [one.rows.get(side, {}).get(name) for side in outcome.sides] if name else ["", ""]
                writer.writerow([outcome.name, one.key, words(one.kind), name, *map(_shown, values)])
    return text.getvalue()


# --- a page -------------------------------------------------------------------------------------------------------


def as_html(outcomes: Sequence[Outcome], wanted: Mapping[str, Reconciliation], now: datetime) -> str:
    """A page that needs nothing else: a chart and a table for each reconciliation."""
    parts = [_section(outcome, wanted[outcome.name]) for outcome in outcomes]
    return _PAGE.format(moment=f"{now:%Y-%m-%d %H:%M} UTC", sections="\n".join(parts))


def _section(outcome: Outcome, reconciliation: Reconciliation) -> str:
    groups = outcome.groups or {("all",): outcome.counts}
    bars = "\n".join(
        _bar(index, group, outcome, numbers, groups)
        for index, (group, numbers) in enumerate(sorted(groups.items(), key=str))
    )
    legend = " ".join(
        f'<span><i style="background:{colour}"></i>{escape(words(kind))} {number}</span>'
        for (kind, number), colour in zip(outcome.counts.items(), _COLOURS, strict=True)
    )
    lines = "\n".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>"
        for one in outcome.differences
        for row in rows(one, outcome.sides)
    )
    headings = "".join(f"<th>{escape(one)}</th>" for one in ("key", "what", "field", *outcome.sides))
    table = f"<table><tr>{headings}</tr>{lines}</table>" if lines else "<p>Both sides agree.</p>"
    height = 26 * len(groups) + 6
    return (
        f"<section><h2>{escape(outcome.name)}</h2><p>{escape(reconciliation.title)}</p><p class=legend>{legend}</p>"
        f'<svg viewBox="0 0 900 {height}" width="900" height="{height}" role="img">{bars}</svg>{table}</section>'
    )


def _bar(
    index: int,
    group: tuple[Any, ...],
    outcome: Outcome,
    numbers: Mapping[str, int],
    groups: Mapping[tuple[Any, ...], Mapping[str, int]],
) -> str:
    """One group as a bar: as long as it has rows, in the colours of the kinds."""
    longest = max(sum(one.values()) for one in groups.values()) or 1
    left, parts, top = 260.0, [], 26 * index + 4
    for kind, colour in zip(outcome.counts, _COLOURS, strict=True):
        width = 560 * numbers.get(kind, 0) / longest
        parts.append(f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="18" fill="{colour}"/>')
        left += width
    label = escape(" · ".join(_shown(one) or "–" for one in group))
    total = sum(Counter(numbers).values())
    return (
        f'<text x="250" y="{top + 14}" text-anchor="end">{label}</text>{"".join(parts)}'
        f'<text x="{left + 6:.1f}" y="{top + 14}">{total}</text>'
    )


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Reconciliation</title><style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; color: #222 }}
h2 {{ margin: 2rem 0 0 }} table {{ border-collapse: collapse; margin-top: 1rem }}
th, td {{ text-align: left; padding: .2rem .8rem; border-bottom: 1px solid #ddd }} svg text {{ font-size: 13px }}
.legend span {{ margin-right: 1.2rem }} .legend i {{ display: inline-block; width: .8em;
  height: .8em; margin-right: .4em }}
</style></head><body><h1>Reconciliation</h1><p>{moment}</p>
{sections}
</body></html>
"""
