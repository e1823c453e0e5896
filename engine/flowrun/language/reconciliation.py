"""A checked reconciliation: which rows two systems should have in common, and what must be the same in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as member

from flowrun.component.config import Config, field
from flowrun.component.step import FlowName, NewName, Step, Steps
from flowrun.component.values import Duration
from flowrun.errors import Position
from flowrun.expressions.paths import Path
from flowrun.expressions.templates import Expression
from flowrun.expressions.values import Fields, Value
from flowrun.language.parts import groups_of, parts_of


class Side(Config):
    """What one system has."""

    steps: Steps = field(description="The reads that bring the rows; `event.since` is how far back.")
    rows: Path = field(
        description="The list of rows in what the steps gave. Inside a `pages` step: the rows of each page, of which "
        "only the key and the `fields` are kept.",
        examples=["orders"],
    )
    as_: NewName = field(description="The name of one row in the lines below.", examples=["order"])
    when: Expression | None = field(
        None, description="Which rows count.", examples=["order.payment_status.code == 'P'"]
    )
    key: Value = field(
        description="What both systems know the row by. A row without it is left out.",
        examples=[{"text": "XC-{{ order.order_number }}"}],
    )
    changed: Path | None = field(
        None,
        description="When the row was last changed, for `young`.",
        examples=["order.update_date"],
    )
    missed_when: Expression | None = field(
        None,
        description="Which rows are missed when the other system has none. The others are compared only where both "
        "have one: a cancelled order needs no document, but the document of one must be cancelled too.",
        examples=["order.payment_status.code == 'P'"],
    )
    add_up: list[str] = field(
        default_factory=list,
        description="Rows with the same key are one row, with these fields added up. Without it a key that comes "
        "twice is told as a difference: nobody knows which row is meant.",
        examples=[["quantity"]],
    )
    fields: Fields = field(
        description="What is compared, and what reports and repairs need beside it.",
        examples=[{"total": {"from": "order.total"}}],
    )


class Comparison(Config):
    """How one field is compared."""

    tolerance: Value | None = field(
        None,
        description="How far two amounts may be apart. It may differ by row: both sides can be read in it by "
        "their names.",
        examples=["0.01"],
    )


class Repair(Config):
    """Which flow brings a row into order."""

    when: Expression | None = field(None, description="For which rows.", examples=["xcart.amount > 0"])
    flow: FlowName = field(description="The flow that is run.", examples=["order_to_sap"])
    event: Fields = field(
        description="What it is given. `key`, and the `fields` of each side by the side's name, can be read.",
        examples=[{"id": {"from": "xcart.id"}}],
    )


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Two sides and what must be the same.

    `sides` are two, by name. A row that only one side has is no difference while it is younger than `young`: its
    run may still be under way. `repair` knows the flows for rows that differ (`different`) or that only one side has
    (`only_SIDE`). `group_by` names fields by which reports count, and `sum` the fields that they add up by group.
    """

    name: str
    title: str
    owner: str
    file: str
    at: Position
    since: Duration
    young: Duration
    sides: Mapping[str, Side]
    compare: Mapping[str, Comparison]
    group_by: tuple[str, ...] = ()
    sum: tuple[str, ...] = ()
    repair: Mapping[str, tuple[Repair, ...]] = member(default_factory=dict)


def source_of(side: Side) -> Step | None:
    """The `pages` step whose pages hold the rows of a side; None when they are in the results of its steps."""
    read = {name.partition(".")[0].partition("[")[0] for name in side.rows.names()}
    pages = (step for step in side.steps if step.kind.name == "pages")
    return next((step for step in pages if read & _inside(step)), None)


def _inside(step: Step) -> set[str]:
    """The names that only the steps inside a step can read."""
    given = {str(part) for _, part in parts_of(step.kind) if isinstance(part, NewName)}
    return given | {inner.id for _, _, group in groups_of(step.kind) for inner in group}
