"""What a value form is, and those that hold one value: a constant, `from`, `text`, `compute`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from flowrun.errors import Cause, Position, Problem, Rejected
from flowrun.expressions import path_shapes, template_shapes
from flowrun.expressions.paths import Path
from flowrun.expressions.scope import Scope
from flowrun.expressions.shapes import ANYTHING, TEXT, Shape, shape_of_constant
from flowrun.expressions.source import Complaint, Source
from flowrun.expressions.templates import Expression, Text

Names = Mapping[str, Shape]
"""The names in scope with their shapes. Where `ANY_NAME` is among them, others may be there that nobody
knows."""
ANY_NAME = "*"
Missing = Literal["null", "fail", "leave_out", "park"]


class _LeftOut:
    """The value of a field that is not to be sent at all."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "LEFT_OUT"


LEFT_OUT = _LeftOut()


@dataclass(slots=True)
class Findings:
    """What a check collects. `elsewhere` says of a name that is not in scope here where it is."""

    problems: list[Problem] = field(default_factory=list)
    elsewhere: Mapping[str, str] = field(default_factory=dict)

    def add(self, code: str, message: str, at: Position, help_text: str = "") -> None:
        """Adds one problem."""
        self.problems.append(Problem(code, message, at, help_text))

    def path(self, path: Path, names: Names) -> Shape:
        """The shape at a path; its unknown names are kept as problems."""
        shape, complaints = path_shapes.shape_of(path, names)
        self._complain(path.source, complaints)
        return shape

    def template(self, template: Text | Expression, names: Names) -> Shape:
        """The shape an expression gives; what is wrong with it is kept as problems."""
        shape, complaints = template_shapes.shape_of(template.tree, template.source.text, names)
        self._complain(template.source, complaints)
        return shape

    def _complain(self, source: Source, complaints: list[Complaint]) -> None:
        for complaint in complaints:
            at = source.at(complaint.offset, complaint.length)
            elsewhere = self.elsewhere.get(complaint.head, "")
            message = f"`{complaint.head}` cannot be read here" if elsewhere else complaint.message
            self.add(complaint.code, message, at, elsewhere or complaint.help)


@dataclass(frozen=True, slots=True)
class Value(ABC):
    """Base of the value forms. `at` is where the form stands in the flow."""

    at: Position = field(kw_only=True, compare=False)

    @abstractmethod
    def evaluate(self, scope: Scope) -> Any:
        """The value. `LEFT_OUT` when the field is not to be sent. Raises `Rejected` or `Parked`."""

    @abstractmethod
    def check(self, names: Names, findings: Findings) -> Shape:
        """The shape of the value, with what cannot be right added to the findings."""

    @abstractmethod
    def origin(self, scope: Scope) -> str:
        """What the value is made from, in a few words."""

    def origins(self, scope: Scope, target: str = "") -> Iterator[tuple[str, str]]:
        """Pairs of target field and what it was filled from, for the values that `evaluate` would give."""
        yield target, self.origin(scope)


@dataclass(frozen=True, slots=True)
class Constant(Value):
    """The same value in every run."""

    value: Any

    def evaluate(self, scope: Scope) -> Any:
        """What stands in the flow."""
        return self.value

    def check(self, names: Names, findings: Findings) -> Shape:
        """The constant's own shape."""
        return shape_of_constant(self.value)

    def origin(self, scope: Scope) -> str:
        """It comes from nowhere but the flow."""
        return "constant"


@dataclass(frozen=True, slots=True)
class Unread(Value):
    """A value that could not be read; the reason was reported. Its `parts` are still checked, and it never
    runs."""

    parts: tuple[Value | Expression | Path, ...] = ()

    def evaluate(self, scope: Scope) -> Any:
        """Never reached: a flow with problems does not run."""
        raise Rejected(f"{self.at} the value could not be read", Cause(code="unread"))

    def check(self, names: Names, findings: Findings) -> Shape:
        """Nothing is known of the value, but its parts may be wrong too."""
        for part in self.parts:
            match part:
                case Value():
                    part.check(names, findings)
                case Path():
                    findings.path(part, names)
                case Expression():
                    findings.template(part, names)
        return ANYTHING

    def origin(self, scope: Scope) -> str:
        """Nothing that could be told."""
        return "unread"


@dataclass(frozen=True, slots=True)
class From(Value):
    """`from:` – what stands at a path."""

    path: Path

    def evaluate(self, scope: Scope) -> Any:
        """Null where there is nothing."""
        return self.path.search(scope.names)

    def check(self, names: Names, findings: Findings) -> Shape:
        """The shape at the path."""
        return findings.path(self.path, names)

    def origin(self, scope: Scope) -> str:
        """The paths that are read."""
        return ", ".join(map(scope.placed, self.path.names())) or self.path.source.text


@dataclass(frozen=True, slots=True)
class Composed(Value):
    """`text:` – a text with values filled in."""

    text: Text

    def evaluate(self, scope: Scope) -> Any:
        """The text."""
        return self.text.render(scope.names)

    def check(self, names: Names, findings: Findings) -> Shape:
        """Always a text."""
        findings.template(self.text, names)
        return TEXT

    def origin(self, scope: Scope) -> str:
        """The names that are filled in."""
        return ", ".join(map(scope.placed, self.text.names())) or "constant"


@dataclass(frozen=True, slots=True)
class Computed(Value):
    """`compute:` – what an expression gives, with its type kept: a number stays an exact number."""

    expression: Expression

    def evaluate(self, scope: Scope) -> Any:
        """The result."""
        return self.expression.value(scope.names)

    def check(self, names: Names, findings: Findings) -> Shape:
        """The shape of the result."""
        return findings.template(self.expression, names)

    def origin(self, scope: Scope) -> str:
        """The names that are read."""
        return ", ".join(map(scope.placed, self.expression.names())) or "constant"
