"""Step kind: one record made from others, field by field."""

from __future__ import annotations

from typing import ClassVar

from flowrun.component.config import Config, field
from flowrun.component.step import Done, Instruction, Known, StepKind, Target
from flowrun.expressions.scope import Scope
from flowrun.expressions.shapes import ANYTHING, Record, Shape
from flowrun.expressions.values import Fields


class Mapping(Config):
    """What is filled, and how."""

    target: Target | None = field(
        None,
        description="The entity that the fields belong to; each field is checked against what its "
        "system says of it.",
        examples=["sap:API_SALES_ORDER_SRV/A_SalesOrder"],
    )
    fields: Fields = field(
        description="Each field of the result and the value it gets.",
        examples=["{TransactionCurrency: {from: order.currency}}"],
    )


class Transform(StepKind):
    """Makes one record from others: each field is a constant, or one of from, text, compute, lookup,
    choose, for_each.

    With a `target`, every field must exist there, be writable, and get a value that can fit.
    """

    name: ClassVar[str] = "transform"
    words: ClassVar[str] = "Fills a record: {transform}"
    example: ClassVar[str] = """
    - id: sales_order
      transform:
        fields:
          PurchaseOrderByCustomer: {text: "XC-{{ event.order_number }}"}
          TransactionCurrency: {from: event.currency, default: EUR}
          to_Item:
            for_each: event.items
            as: line
            fields:
              Material: {from: line.sku, as: upper}
              RequestedQuantity: {from: line.amount, as: decimal}
    """

    transform: Mapping = field(description="What is filled, and how.")

    def decide(self, scope: Scope) -> Instruction:
        """The record, field by field."""
        return Done(self.transform.fields.evaluate(scope))

    def origins(self, scope: Scope) -> dict[str, str]:
        """What each field is filled from."""
        return dict(self.transform.fields.origins(scope))

    def shape(self, known: Known) -> Shape:
        """A record of what its fields give."""
        body = known.inner["transform"]
        return body.fields.get("fields", ANYTHING) if isinstance(body, Record) else ANYTHING
