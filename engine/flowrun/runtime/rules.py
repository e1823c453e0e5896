"""Which of a step's `on_error` rules is for an error."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from flowrun.component.step import ErrorRule
from flowrun.errors import RunError


def rule_for(error: RunError, rules: Iterable[ErrorRule]) -> ErrorRule | None:
    """The first rule one of whose codes fits the error's code, or one of those of its details."""
    codes = [code for code in (error.cause.code, *(detail.code for detail in error.cause.details)) if code]
    for rule in rules:
        if any(fnmatchcase(code, pattern) for pattern in rule.code for code in codes):
            return rule
    return None
