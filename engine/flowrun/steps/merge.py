"""Step kind: what both systems say of one thing, brought together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from flowrun.component.config import Config, field
from flowrun.component.step import Call, Instruction, Known, Perform, StepKind
from flowrun.expressions.scope import Scope
from flowrun.expressions.shapes import ANYTHING, BOOLEAN, TEXT, Many, Record, Shape, union
from flowrun.expressions.values import Value


class TwoRecords(Config):
    """One thing as each system has it, in the same fields."""

    object: str = field(description="What it is, as in `link`.", examples=["customer"])
    number: Value = field(
        description="Its number in X-Cart, as it is linked.", examples=["{from: event.profile_id}"]
    )
    xcart: Value = field(description="Its fields as X-Cart has them.", examples=["{from: in_shop}"])
    sap: Value = field(
        description="The same fields as SAP has them. A field that only one of the two has is not compared.",
        examples=["{from: in_sap}"],
    )
    owner: Mapping[str, Literal["xcart", "sap"]] = field(
        default_factory=dict,
        description="Whose value counts when both changed a field. An owner may also empty a field, which nobody "
        "else can.",
        examples=[{"email": "xcart", "vat_number": "sap"}],
    )
    conflict: Literal["fail", "leave"] = field(
        "fail",
        description="What becomes of fields without an owner that both changed: fail rejects the record, so that a "
        "person decides; leave writes the other fields and names these in `conflicts`.",
    )


class Merge(StepKind):
    """Says for each field which of two systems changed it since they last agreed, and what to write where.

    `to_xcart` and `to_sap` hold the fields to be written there, `both` what both say when that is done: give it to
    `link` as `same` once it is. `same` is true when nothing is to be written: so it is when the flow's own change
    comes back as an event. Where only one side changed a field, its value counts; where both did, that of the field's
    `owner`. A good value is never overwritten by an empty one, unless the side that emptied it owns the field.
    """

    name: ClassVar[str] = "merge"
    words: ClassVar[str] = "Compares what both systems say, and finds out who changed what: {merge}"
    acts: ClassVar[bool] = True
    example: ClassVar[str] = """
    - id: compared
      merge:
        object: customer
        number: {from: event.profile_id}
        xcart: {fields: {email: {from: event.login}}}
        sap: {fields: {email: {from: event.EmailAddress}}}
        owner: {email: xcart}
    """

    merge: TwoRecords = field(description="The two records, and who owns which field.")

    def decide(self, scope: Scope) -> Instruction:
        """Has the engine compare them with what it keeps of the last time."""
        given = self.merge
        records = {
            side: value.evaluate(scope) for side, value in (("xcart", given.xcart), ("sap", given.sap))
        }
        rules = {"owner": dict(given.owner), "conflict": given.conflict}
        number = {"object": given.object, "number": given.number.evaluate(scope)}
        return Perform(Call("flowrun", "merge", {**number, **records, **rules}))

    def shape(self, known: Known) -> Shape:
        """Fields of the other side to be written, and those of either in `both`."""
        body = known.inner.get("merge", ANYTHING)
        fields = body.fields if isinstance(body, Record) else {}
        xcart, sap = fields.get("xcart", ANYTHING), fields.get("sap", ANYTHING)
        return Record(
            {
                "to_xcart": sap,
                "to_sap": xcart,
                "both": union(xcart, sap),
                "conflicts": Many(TEXT),
                "same": BOOLEAN,
            },
            name="merged",
        )
