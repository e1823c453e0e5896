"""Which rule is for an error."""

from __future__ import annotations

import pytest

from flowrun.component.step import ErrorRule
from flowrun.errors import Cause, Detail, Fatal, Rejected, Retryable, RunError
from flowrun.runtime.rules import rule_for, sorted_by


def rule(then: str, *codes: str) -> ErrorRule:
    return ErrorRule(code=list(codes), then=then)  # type: ignore[arg-type] # the table holds the words


@pytest.mark.parametrize(
    ("code", "details", "then"),
    [
        ("V1/382", (), "dead_letter"),  # a pattern
        ("56/393", (), "retry"),
        ("OUTER", ("X", "56/393"), "retry"),  # one of the details
        ("V1/1", ("56/393",), "dead_letter"),  # the first rule that fits, whatever fits it
        ("v1/382", (), None),  # case counts
        ("", (), None),
    ],
)
def test_the_first_rule_that_fits_is_taken(code: str, details: tuple[str, ...], then: str | None) -> None:
    error = Rejected("no", Cause(code, details=tuple(Detail(each) for each in details)))
    found = rule_for(
        error, [rule("dead_letter", "V1/*", "VA/*"), rule("retry", "56/393"), rule("skip", "V1/1")]
    )
    assert (found.then if found else None) == then


@pytest.mark.parametrize(
    ("error", "then", "becomes"),
    [
        (Retryable("x", Cause("A")), "dead_letter", Rejected),
        (Fatal("x", Cause("A")), "dead_letter", Rejected),
        (Rejected("x", Cause("A")), "retry", Retryable),
        (Fatal("x", Cause("A")), "retry", Retryable),
        (Fatal("x", Cause("A")), "skip", Fatal),  # skipping is the interpreter's
        (Fatal("x", Cause("B")), "retry", Fatal),
    ],
)
def test_a_rule_changes_what_happens_next_and_keeps_the_cause(
    error: RunError, then: str, becomes: type[RunError]
) -> None:
    found = sorted_by(error, [rule(then, "A")])
    assert type(found) is becomes
    assert found.cause == error.cause
