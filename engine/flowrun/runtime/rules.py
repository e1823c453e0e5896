"""Which of a step's `on_error` rules is for an error, and what the error becomes by it."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from flowrun.component.step import ErrorRule
from flowrun.errors import Rejected, Retryable, RunError


def rule_for(error: RunError, rules: Iterable[ErrorRule]) -> ErrorRule | None:
    """The first rule one of whose codes fits the error's code, or one of those of its details."""
    codes = [code for code in (error.cause.code, *(detail.code for detail in error.cause.details)) if code]
    for rule in rules:
        if any(fnmatchcase(code, pattern) for pattern in rule.code for code in codes):
            return rule
    return None


def sorted_by(error: RunError, rules: Iterable[ErrorRule]) -> RunError:
    """The error as the rules want it: `dead_letter` rejects the record, `retry` tries it again later.

    Asked before an attempt is repeated, so that what is to be rejected costs no attempts.
    """
    rule = rule_for(error, rules)
    if rule is not None and rule.then == "dead_letter" and not isinstance(error, Rejected):
        return Rejected(error.message, error.cause)
    if rule is not None and rule.then == "retry" and not isinstance(error, Retryable):
        return Retryable(error.message, error.cause)
    return error
