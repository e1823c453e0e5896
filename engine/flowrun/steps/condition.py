"""Step kind: go on only when a condition holds."""

from __future__ import annotations

from typing import ClassVar, Literal

from flowrun.component.config import field
from flowrun.component.step import Branch, Done, End, Instruction, Step, StepKind, Steps
from flowrun.expressions.scope import Scope
from flowrun.expressions.shapes import BOOLEAN, Shape
from flowrun.expressions.templates import Expression, Text


class Condition(StepKind):
    """Goes on only when a condition holds. Otherwise the run is skipped, fails, or does other steps and
    then ends.

    The condition is a Jinja2 expression without braces.
    """

    name: ClassVar[str] = "condition"
    words: ClassVar[str] = (
        "Goes on only if {condition}. | Otherwise: {otherwise}. | Then people read: “{message}”."
    )
    gives: ClassVar[Shape] = BOOLEAN
    example: ClassVar[str] = """
    - id: paid
      condition: event.payment_status.code == 'P'
      otherwise: skip
    """

    condition: Expression = field(
        description="What must hold.", examples=["order.payment_status.code == 'P'"]
    )
    otherwise: Literal["skip", "fail"] | Steps = field(
        default="skip",
        description="skip: the run ends without error. fail: the record is rejected. "
        "A list of steps: they are done, and then the run ends as skipped.",
    )
    message: Text | None = field(
        default=None,
        description="What people read when it does not hold.",
        examples=['"not paid yet ({{ order.payment_status.name }})"'],
    )

    def decide(self, scope: Scope) -> Instruction:
        """Goes on, or what `otherwise` says."""
        if self.condition.test(scope.names):
            return Done(True)
        text = self.condition.source.text
        reason = self.message.render(scope.names) if self.message else f"{text} does not hold"
        if self.otherwise == "skip":
            return End("skipped", reason)
        if self.otherwise == "fail":
            return End("rejected", reason)
        return Branch(tuple(step for step in self.otherwise if isinstance(step, Step)), reason)
