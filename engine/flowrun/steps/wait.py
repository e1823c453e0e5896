"""Step kind: go on later, or when something has happened."""

from __future__ import annotations

from typing import ClassVar

from flowrun.component.config import Config, field
from flowrun.component.step import AwaitEvent, Done, EventName, EventPath, Instruction, Known, Pause, StepKind
from flowrun.component.values import Duration
from flowrun.errors import Cause, Rejected
from flowrun.expressions.scope import Scope
from flowrun.expressions.shapes import ANYTHING, BOOLEAN, Shape
from flowrun.expressions.values import Value


class AwaitedEvent(Config):
    """An event of a system, and the longest time to wait for it."""

    event: EventName = field(
        description="The connection and its event.", examples=["xcart.shipping_status_changed"]
    )
    field_: EventPath = field(
        description="The field of the event that tells whose it is.", examples=["order_number"]
    )
    equals: Value = field(description="The value it must have.", examples=["{from: order.order_number}"])
    timeout: Duration = field(
        description="The longest time to wait; then the result is null.", examples=["3d"]
    )


class Wait(StepKind):
    """Waits for a time, or for an event of a system; hours or days, and over restarts.

    The result of waiting for an event is the event, or null when the time was over. Other runs go on
    meanwhile; those with the same key wait behind this one.
    """

    name: ClassVar[str] = "wait"
    words: ClassVar[str] = "Waits: {wait}"
    example: ClassVar[str] = """
    - id: pause
      wait: 2h
    """

    wait: Duration | AwaitedEvent = field(
        description="How long, or the event that is waited for.",
        examples=[
            "2h",
            "{event: xcart.shipping_status_changed, field: order_number, equals: {from: "
            "order.order_number}, timeout: 3d}",
        ],
    )

    def decide(self, scope: Scope) -> Instruction:
        """Goes on later, or when the event has come."""
        if isinstance(self.wait, Duration):
            return Pause(self.wait.seconds) if self.wait.seconds > 0 else Done(True)
        value = self.wait.equals.evaluate(scope)
        if value is None or value == "":
            raise Rejected(
                f"{self.wait.equals.at} wait: the value of `equals` is missing", Cause(code="value-missing")
            )
        return AwaitEvent(
            self.wait.event, self.wait.field_.source.text, str(value), self.wait.timeout.seconds
        )

    def shape(self, known: Known) -> Shape:
        """True after a time; of an event nothing is known, and it may be null."""
        return BOOLEAN if isinstance(self.wait, Duration) else ANYTHING
