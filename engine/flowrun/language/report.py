"""Collects problems while files are read, so that all of them are told at once."""

from __future__ import annotations

from dataclasses import dataclass, field

from flowrun.errors import Position, Problem
from flowrun.expressions.source import Complaint, ExpressionError, Source


@dataclass(slots=True)
class Report:
    """The problems found so far. A mistake that is told twice at one place is kept once."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, code: str, message: str, at: Position, help_text: str = "") -> None:
        """Adds one problem."""
        problem = Problem(code, message, at, help_text)
        if problem not in self.problems:
            self.problems.append(problem)

    def complain(self, source: Source, complaint: Complaint) -> None:
        """Adds a complaint about part of an expression, at its place in the file."""
        self.add(
            complaint.code, complaint.message, source.at(complaint.offset, complaint.length), complaint.help
        )

    def expression(self, source: Source, error: ExpressionError) -> None:
        """Adds everything that is wrong with an expression."""
        for complaint in error.complaints:
            self.complain(source, complaint)

    def sorted(self) -> list[Problem]:
        """The problems in the order in which a reader meets them."""
        return sorted(
            self.problems,
            key=lambda problem: (problem.at.file, problem.at.line, problem.at.column, problem.code),
        )
