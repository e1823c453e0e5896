"""Step kind: branches that run at the same time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from flowrun.component.config import field
from flowrun.component.step import Instruction, Known, NewName, StepKind, Steps, Together
from flowrun.expressions.scope import Scope
from flowrun.expressions.shapes import Shape


class Parallel(StepKind):
    """Runs several branches at the same time and goes on when all are done.

    Each branch has a name; later steps read its results as `step.branch.inner_step`. When one branch
    fails, the others are finished first and then the step fails.
    """

    name: ClassVar[str] = "parallel"
    words: ClassVar[str] = "At the same time: {parallel}"
    example: ClassVar[str] = """
    - id: both
      parallel:
        lines:
          - id: count
            extract: {items: "length(event.items)"}
        money:
          - id: total
            extract: {value: event.total}
    """

    parallel: Mapping[NewName, Steps] = field(description="The branches: a name and the steps of each.")

    def decide(self, scope: Scope) -> Instruction:
        """All branches at once."""
        return Together({str(name): steps for name, steps in self.parallel.items()})

    def shape(self, known: Known) -> Shape:
        """A record with the results of each branch."""
        return known.inner["parallel"]
