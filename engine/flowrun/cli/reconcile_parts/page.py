"""The report of a reconciliation as a page that works alone: no script, no picture, nothing to fetch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from html import escape

from flowrun.cli.operating import count
from flowrun.cli.reconcile_parts import lines
from flowrun.cli.reconcile_parts.lines import Total
from flowrun.runtime.comparing import Outcome

MOST_LISTED = 5000
"""Differences that a page lists; browsers get slow beyond."""
_COLOURS = ("#3a7d44", "#b3261e", "#d98e04", "#5b4b9a")
_WIDTH = 220


def as_html(
    outcomes: Sequence[Outcome], project: str, moment: datetime, since: Mapping[str, datetime]
) -> str:
    """One section for each reconciliation: counts, a chart of its groups with their sums, every difference."""
    rows = "".join(_overview(outcome) for outcome in outcomes)
    sections = "\n".join(_section(outcome, since[outcome.name]) for outcome in outcomes)
    return _PAGE.format(
        project=escape(project), moment=f"{moment:%d %B %Y, %H:%M %Z}", rows=rows, sections=sections
    )


def _overview(outcome: Outcome) -> str:
    verdict = "agree" if outcome.agree else "differ"
    cells = "".join(f"<td class=n>{number}</td>" for number in outcome.counts.values())
    name = escape(outcome.name)
    return (
        f'<tr><td><a href="#{name}">{name}</a></td><td class={verdict}>{verdict}</td>{cells}'
        f"<td class=n>{outcome.young}</td></tr>"
    )


def _section(outcome: Outcome, since: datetime) -> str:
    legend = " ".join(
        f'<span><i style="background:{colour}"></i>{escape(lines.words(kind))}: {number}</span>'
        for (kind, number), colour in zip(outcome.counts.items(), _COLOURS, strict=True)
    )
    name = escape(outcome.name)
    return (
        f'<section id="{name}"><h2>{name}</h2><p>{escape(outcome.of.title)}.</p>'
        f"<p class=small>Since {since:%d %B %Y}. {escape(lines.headline(outcome))}.</p>"
        f"<p class=legend>{legend}</p>{_totals(outcome)}{_differences(outcome)}</section>"
    )


# --- the chart ----------------------------------------------------------------------------------------------------


def _totals(outcome: Outcome) -> str:
    """A bar for each group, and its numbers beside it."""
    groups = lines.totals(outcome)
    if not groups:
        everything = Total((), outcome.counts, {})
        return f"<div>{_bar(everything, sum(outcome.counts.values()))}</div>"
    longest = max(sum(total.counts.values()) for total in groups)
    names, kept = len(outcome.of.group_by), lines.total_columns(outcome)
    headings = lines.total_headings(outcome)
    head = "".join(
        f"<th{' class=n' if index >= names else ''}>{escape(headings[index])}</th>" for index in kept
    )
    body = "".join(_total_row(total, names, kept, _bar(total, longest)) for total in groups)
    foot = "".join(_total_row(total, names, kept, "all") for total in lines.grand_totals(outcome))
    return (
        f"<div class=wide><table class=totals><thead><tr><th class=chart></th>{head}</tr></thead>"
        f"<tbody>{body}</tbody><tfoot>{foot}</tfoot></table></div>"
    )


def _total_row(total: Total, names: int, kept: Sequence[int], first: str) -> str:
    """A line of the table. Each third of the sums is how far both sides are apart."""
    sums = names + len(total.counts)
    row = lines.total_cells(total)
    cells = []
    for index in kept:
        if index < names:
            cells.append(f"<td class=g>{escape(row[index]) or '–'}</td>")
            continue
        apart = index >= sums and (index - sums) % 3 == 2 and row[index] != ""
        cells.append(f'<td class="n{" differ" if apart else ""}">{_number(row[index], index >= sums)}</td>')
    return f"<tr><td>{first}</td>{''.join(cells)}</tr>"


def _number(cell: str, money: bool) -> str:
    """A number with a thin space between thousands, which reads the same in every country; nothing for zero."""
    value = Decimal(cell or 0)
    if value == 0:
        return ""
    return f"{value:,.2f}".replace(",", "\u2009") if money else f"{value:,}".replace(",", "\u2009")


def _bar(total: Total, longest: int) -> str:
    left, parts = 0.0, []
    for (kind, number), colour in zip(total.counts.items(), _COLOURS, strict=True):
        width = max(
            _WIDTH * number / max(longest, 1), 2.0 if number else 0.0
        )  # one of a thousand is seen too
        title = f"<title>{escape(lines.words(kind))}: {number}</title>"
        if number:
            parts.append(
                f'<rect x="{left:.1f}" width="{width:.1f}" height="14" fill="{colour}">{title}</rect>'
            )
        left += width
    return f'<svg width="{_WIDTH + 8}" height="14" role="img">{"".join(parts)}</svg>'


# --- the differences ----------------------------------------------------------------------------------------------


def _differences(outcome: Outcome) -> str:
    if outcome.agree:
        return "<p class=agree>Both sides agree.</p>"
    listed = outcome.differences[:MOST_LISTED]
    body = "".join(
        f"<tr{'' if index else ' class=first'}>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>"
        for one in listed
        for index, row in enumerate(lines.brief(outcome, one))
    )
    left = len(outcome.differences) - len(listed)
    more = f"<p class=small>And {left} more, which are in the form for spreadsheets.</p>" if left else ""
    headings = "".join(f"<th>{escape(one)}</th>" for one in ("key", "what", "field", *outcome.sides))
    return (
        f"<h3>{count(len(outcome.differences), 'difference')}</h3><div class=wide><table class=differences>"
        f"<thead><tr>{headings}</tr></thead><tbody>{body}</tbody></table></div>{more}"
    )


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Reconciliation of {project}</title><style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #222 }}
h1 {{ margin-bottom: 0 }} h2 {{ margin: 3rem 0 0 }} h3 {{ margin: 1.5rem 0 0; font-size: 1rem }} p {{ margin: .3rem 0 }}
table {{ border-collapse: collapse; margin-top: .7rem }} .wide {{ overflow-x: auto }}
th, td {{ text-align: left; padding: .25rem .8rem .25rem 0; vertical-align: top; border-bottom: 1px solid #e3e3e3 }}
th {{ font-weight: 600; border-bottom: 2px solid #888; vertical-align: bottom }}
.g {{ white-space: nowrap }} .n {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }}
tfoot td {{ font-weight: 600; border-top: 2px solid #888 }}
.chart {{ min-width: 228px }} svg {{ display: block; margin-top: .25rem }}
.small {{ color: #666; font-size: .9rem }} .agree {{ color: #2c6334 }} .differ {{ color: #b3261e }}
.legend span {{ margin-right: 1.2rem }}
.legend i {{ display: inline-block; width: .8em; height: .8em; margin-right: .4em }}
@media print {{ body {{ margin: 0; max-width: none }} * {{ print-color-adjust: exact }} }}
</style></head><body><h1>Reconciliation of {project}</h1><p class=small>{moment}</p>
<table><thead><tr><th>what</th><th></th><th class=n>same</th><th class=n>different</th>
<th class=n>only in the first</th><th class=n>only in the second</th><th class=n>too young to tell</th></tr></thead>
<tbody>{rows}</tbody></table>
{sections}
</body></html>
"""
