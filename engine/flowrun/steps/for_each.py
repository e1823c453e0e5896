"""Step kind: the same steps for each item of a list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from flowrun.component.config import field
from flowrun.component.step import Instruction, Known, NewName, Repeat, StepKind, Steps
from flowrun.errors import Cause, Rejected
from flowrun.expressions.path_shapes import shape_of
from flowrun.expressions.paths import Path
from flowrun.expressions.scope import Scope
from flowrun.expressions.shapes import ANYTHING, Many, Shape


class ForEach(StepKind):
    """Does the same steps for each item of a list. The result is a list with the results of each round.

    Of an empty list, or of null, nothing is done. To make a list inside a mapping use the form `for_each`
    there.
    """

    name: ClassVar[str] = "for_each"
    words: ClassVar[str] = "For each `{as}` in {for_each}: {steps}"
    example: ClassVar[str] = """
    - id: each_item
      for_each: event.items
      as: line
      steps:
        - id: wanted
          check: line.amount > 0
          message: "{{ line.sku }} has no amount"
    """

    for_each: Path = field(description="The list.", examples=["order.items"])
    as_: NewName = field(description="The name under which the steps see one item.", examples=["line"])
    steps: Steps = field(description="What is done for each item.")
    at_once: int = field(1, description="How many items are worked on at the same time.", least=1)

    def decide(self, scope: Scope) -> Instruction:
        """One round for each item; none for null."""
        found = self.for_each.search(scope.names)
        if found is None:
            found = []
        if not isinstance(found, list):
            text = self.for_each.source.text
            raise Rejected(
                f"{self.for_each.source.at()} for_each: {text} is not a list",
                Cause(code="not-a-list", target=text),
            )
        return Repeat(tuple(found), self.as_, self.steps, self.at_once)

    def inner_names(self, known: Known) -> Mapping[str, Shape]:
        """The item, under the name that the flow gives it."""
        over, _ = shape_of(self.for_each, known.names)
        return {self.as_: over.of if isinstance(over, Many) else ANYTHING}

    def shape(self, known: Known) -> Shape:
        """A list with the results of each round."""
        return Many(known.inner["steps"])
