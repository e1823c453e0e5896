"""Step kind: values picked out and given names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from flowrun.component.config import field
from flowrun.component.step import Done, Instruction, Known, StepKind
from flowrun.expressions.paths import Path
from flowrun.expressions.scope import Scope
from flowrun.expressions.shapes import Shape


class Extract(StepKind):
    """Picks values out of what is there and gives them names.

    Each line is a name and a JMESPath. Later steps read them as `step.name`. A path that finds nothing
    gives null.
    """

    name: ClassVar[str] = "extract"
    words: ClassVar[str] = "Picks out: {extract}"
    example: ClassVar[str] = """
    - id: goods
      extract:
        lines: "event.items[?amount > `0`]"
        shipping: "event.surcharges[?type == 'shipping'].value | [0]"
    """

    extract: Mapping[str, Path] = field(
        description="Names and the JMESPath of each.", examples=["{lines: 'order.items[?amount > `0`]'}"]
    )

    def decide(self, scope: Scope) -> Instruction:
        """The values, each under its name."""
        return Done({name: path.search(scope.names) for name, path in self.extract.items()})

    def shape(self, known: Known) -> Shape:
        """A record of what each path gives."""
        return known.inner["extract"]
