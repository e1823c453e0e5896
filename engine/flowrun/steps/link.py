"""Step kind: the record that two numbers in two systems are the same thing."""

from __future__ import annotations

from typing import ClassVar

from flowrun.component.config import Config, field
from flowrun.component.step import Call, Instruction, Perform, StepKind
from flowrun.expressions.scope import Scope
from flowrun.expressions.shapes import TEXT, Record, Shape
from flowrun.expressions.values import Value


class CrossReference(Config):
    """One thing and its number in each system."""

    object: str = field(description="What it is.", examples=["sales_order", "customer"])
    xcart: Value = field(description="Its number in X-Cart.", examples=["{from: order.order_number}"])
    sap: Value = field(description="Its number in SAP.", examples=["{from: created.SalesOrder}"])
    same: Value | None = field(
        None,
        description="What both systems now say of it, field by field. Only a digest of each field is kept; `merge` "
        "compares with it the next time.",
        examples=["{from: compared.both}"],
    )


class Link(StepKind):
    """Writes down that a thing has this number in X-Cart and that one in SAP: a cross reference.

    Doing it again with the same numbers changes nothing; with another number the new one counts.
    """

    name: ClassVar[str] = "link"
    words: ClassVar[str] = "Writes down which number in X-Cart is which in SAP: {link}"
    acts: ClassVar[bool] = True
    gives: ClassVar[Shape] = Record({"object": TEXT, "xcart": TEXT, "sap": TEXT}, name="cross reference")
    example: ClassVar[str] = """
    - id: linked
      link: {object: sales_order, xcart: {from: event.order_number}, sap: {from: event.sap_number}}
    """

    link: CrossReference = field(description="What is linked.")

    def decide(self, scope: Scope) -> Instruction:
        """Has the engine write it down."""
        numbers = {"xcart": self.link.xcart.evaluate(scope), "sap": self.link.sap.evaluate(scope)}
        same = {"same": self.link.same.evaluate(scope)} if self.link.same is not None else {}
        return Perform(Call("flowrun", "link", {"object": self.link.object, **numbers, **same}))
