"""Step kind: another flow as one step."""

from __future__ import annotations

from typing import ClassVar

from flowrun.component.config import field
from flowrun.component.step import FlowName, Instruction, Known, StartFlow, StepKind
from flowrun.expressions.scope import Scope
from flowrun.expressions.shapes import ANYTHING, Shape
from flowrun.expressions.values import Fields


class Flow(StepKind):
    """Runs another flow of the project as one step. Its `result` is the step's result.

    The other flow names its `inputs`; each is given here under `with` and seen there as `event.input`.
    """

    name: ClassVar[str] = "flow"
    words: ClassVar[str] = "Runs the flow {flow}. | It is given: {with}"
    example: ClassVar[str] = """
    - id: buyer
      flow: customer_to_sap
      with:
        profile_id: {from: event.customer_id}
        address: {from: event.billing_address}
        email: {from: event.email}
    """

    flow: FlowName = field(description="The name of the other flow.", examples=["customer_to_sap"])
    with_: Fields | None = field(
        None, description="The inputs of the other flow.", examples=["{email: {from: order.email}}"]
    )

    def decide(self, scope: Scope) -> Instruction:
        """Starts the other flow with its inputs."""
        return StartFlow(self.flow, self.with_.evaluate(scope) if self.with_ is not None else {})

    def shape(self, known: Known) -> Shape:
        """What the other flow gives back."""
        return known.flows.get(self.flow, ANYTHING)
