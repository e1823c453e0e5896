"""Step kind: a whole row of a lookup table."""

from __future__ import annotations

from typing import ClassVar, Literal

from flowrun.component.config import field
from flowrun.component.step import Done, Instruction, Known, StepKind, TableName
from flowrun.errors import Cause, Parked, Rejected
from flowrun.expressions.scope import Scope
from flowrun.expressions.shapes import ANYTHING, TEXT, Record, Shape
from flowrun.expressions.values import Fields, Value, as_key


class Lookup(StepKind):
    """Finds the row of a lookup table and gives all its columns at once.

    For a single value the form `{lookup: table, key: …}` inside a mapping is shorter.
    """

    name: ClassVar[str] = "lookup"
    words: ClassVar[str] = (
        "Looks up {key} in the table {lookup}. | Without a row: {default} | Without a row: {missing}."
    )
    example: ClassVar[str] = """
    - id: area
      lookup: sales_area
      key: {from: event.currency}
      default: {sales_organization: "1010", distribution_channel: "10", division: "00"}
    """

    lookup: TableName = field(
        description="The table: its file name in `lookups/` without `.csv`.", examples=["sales_area"]
    )
    key: Value = field(
        description="The value to look up in the first column.", examples=["{from: order.currency}"]
    )
    default: Fields | None = field(None, description="The row that is taken when there is none.")
    missing: Literal["fail", "park", "null"] = field(
        "fail",
        description="Without a row and a default: fail rejects the record, park lets it wait for a "
        "person to add the row, "
        "null goes on with empty columns.",
    )

    def decide(self, scope: Scope) -> Instruction:
        """The row, the default, or what `missing` says."""
        table = scope.tables[self.lookup]
        value = self.key.evaluate(scope)
        key = as_key(value) or ""
        row = table.rows.get(key)
        if row is not None:
            return Done(dict(row))
        if self.default is not None:
            return Done(self.default.evaluate(scope))
        if self.missing == "null":
            return Done(dict.fromkeys(table.columns))
        wanted = f"'{key}'" if key else "an empty key"
        message = f"lookups/{table.name}.csv has no row for {wanted}; add the row, then run it again"
        if self.missing == "park" and key:
            raise Parked(message, table=table.name, key=key, column=table.columns[0])
        raise Rejected(message, Cause(code="lookup-miss", target=table.name, value=key))

    def shape(self, known: Known) -> Shape:
        """A record of the table's columns. Nothing is known of a table that is broken."""
        columns = known.columns.get(self.lookup, ())
        return (
            Record(dict.fromkeys(columns, TEXT), name=f"lookups/{self.lookup}.csv") if columns else ANYTHING
        )
