"""`choose:` – the value of the first line whose condition holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flowrun.expressions.scope import Scope
from flowrun.expressions.shapes import Shape, union
from flowrun.expressions.templates import Expression
from flowrun.expressions.values.value import Findings, Names, Value


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of `choose`. Without `when` it is the last one, for all that is left."""

    when: Expression | None
    value: Value


@dataclass(frozen=True, slots=True)
class Choose(Value):
    """At least one line; the last one has no condition."""

    choices: tuple[Choice, ...]

    def _chosen(self, scope: Scope) -> Choice:
        held = (choice for choice in self.choices if choice.when is None or choice.when.test(scope.names))
        return next(held, self.choices[-1])

    def evaluate(self, scope: Scope) -> Any:
        """The value of the line that holds."""
        return self._chosen(scope).value.evaluate(scope)

    def check(self, names: Names, findings: Findings) -> Shape:
        """What any of the lines may give."""
        shapes: list[Shape] = []
        for choice in self.choices:
            if choice.when is not None:
                findings.template(choice.when, names)
            shapes.append(choice.value.check(names, findings))
        shape = shapes[0]
        for other in shapes[1:]:
            shape = union(shape, other)
        return shape

    def origin(self, scope: Scope) -> str:
        """What the line that holds is made from."""
        return self._chosen(scope).value.origin(scope)

    def origins(self, scope: Scope, target: str = "") -> Iterator[tuple[str, str]]:
        """The same, with the condition that held."""
        chosen = self._chosen(scope)
        condition = f" when {chosen.when.source.text}" if chosen.when is not None else ""
        for name, origin in chosen.value.origins(scope, target):
            yield name, f"{origin}{condition}"
