"""Step kind: the number that a thing has in the other system."""

from __future__ import annotations

from typing import ClassVar

from flowrun.component.config import Config, field
from flowrun.component.step import Call, Instruction, Perform, StepKind
from flowrun.expressions.scope import Scope
from flowrun.expressions.shapes import TEXT, Record, Shape
from flowrun.expressions.values import Value


class KnownNumber(Config):
    """A thing and the number that is known of it."""

    object: str = field(description="What it is.", examples=["customer"])
    xcart: Value | None = field(None, description="Its number in X-Cart, if that is the one that is known.")
    sap: Value | None = field(None, description="Its number in SAP, if that is the one that is known.")


class Linked(StepKind):
    """Finds the cross reference of a thing by its number in one system. Both numbers are null when there
    is none."""

    name: ClassVar[str] = "linked"
    words: ClassVar[str] = "Finds the number in the other system: {linked}"
    acts: ClassVar[bool] = True
    gives: ClassVar[Shape] = Record({"object": TEXT, "xcart": TEXT, "sap": TEXT}, name="cross reference")
    example: ClassVar[str] = """
    - id: known
      linked: {object: customer, xcart: {from: event.profile_id}}
    """

    linked: KnownNumber = field(description="The thing and the number that is known of it.")

    def decide(self, scope: Scope) -> Instruction:
        """Has the engine look it up."""
        side, value = (
            ("xcart", self.linked.xcart) if self.linked.xcart is not None else ("sap", self.linked.sap)
        )
        number = value.evaluate(scope) if value is not None else None
        return Perform(
            Call("flowrun", "linked", {"object": self.linked.object, "side": side, "number": number})
        )

    def complaint(self) -> str:
        """One number is known, and the other one is looked for."""
        if (self.linked.xcart is None) == (self.linked.sap is None):
            return "`linked` takes either `xcart` or `sap`: the number that is known"
        return ""
