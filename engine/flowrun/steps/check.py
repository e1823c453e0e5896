"""Step kind: something that must be true of the data."""

from __future__ import annotations

from typing import ClassVar

from flowrun.component.config import field
from flowrun.component.step import Done, End, Instruction, StepKind
from flowrun.expressions.scope import Scope
from flowrun.expressions.shapes import BOOLEAN, Shape
from flowrun.expressions.templates import Expression, Text


class Check(StepKind):
    """Rejects the record when something that must be true of it is not, and says so in your words."""

    name: ClassVar[str] = "check"
    words: ClassVar[str] = (
        "It must hold: {check}. | Otherwise the record goes to the dead letters: “{message}”."
    )
    gives: ClassVar[Shape] = BOOLEAN
    example: ClassVar[str] = """
    - id: has_items
      check: event.items | length > 0
      message: "order {{ event.order_number }} has no items"
    """

    check: Expression = field(description="What must be true.", examples=["order.items | length > 0"])
    message: Text | None = field(
        None,
        description="What the owner is told when it is not.",
        examples=['"order {{ order.order_number }} has no items"'],
    )

    def decide(self, scope: Scope) -> Instruction:
        """Goes on when it is true, else rejects the record with the message."""
        if self.check.test(scope.names):
            return Done(True)
        return End(
            "rejected",
            self.message.render(scope.names) if self.message else f"{self.check.source.text} is not true",
        )
