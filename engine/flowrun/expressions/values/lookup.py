"""`lookup:` – a value translated by a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flowrun.errors import Cause, Parked, Rejected
from flowrun.expressions.exact import as_whole, digits
from flowrun.expressions.scope import Scope
from flowrun.expressions.shapes import TEXT, Shape
from flowrun.expressions.values.value import LEFT_OUT, Findings, Missing, Names, Value


@dataclass(frozen=True, slots=True)
class Lookup(Value):
    """The cell of a table. A key without a row fails, takes the default, is left out, or parks the run.

    `by` is the column in which the key stands, when it is not the first one."""

    table: str
    key: Value
    column: str
    default: Value | None = None
    missing: Missing = "fail"
    by: str | None = None

    def evaluate(self, scope: Scope) -> Any:
        """The cell; an empty one counts as missing."""
        key = self.key.evaluate(scope)
        text = as_key(key)
        found = scope.tables[self.table].find(text, self.column, self.by) if text is not None else None
        if found is not None:
            return found
        if self.default is not None:
            return self.default.evaluate(scope)
        match self.missing:
            case "null":
                return None
            case "leave_out":
                return LEFT_OUT
            case "park" if text:
                raise Parked(
                    f"{self.at} lookups/{self.table}.csv has no {self.column} for '{text}'; "
                    f"add the row, then run it again",
                    table=self.table,
                    key=text,
                    column=self.column,
                )
            case _:
                raise self._missed(key, text, scope)

    def _missed(self, key: Any, text: str | None, scope: Scope) -> Rejected:
        empty = "null" if key is None else "empty"
        wanted = f"'{text}'" if text else f"an empty key ({self.key.origin(scope)} is {empty})"
        return Rejected(
            f"{self.at} lookups/{self.table}.csv has no {self.column} for {wanted}; "
            f"add the row, or give the field a `default:`",
            Cause(code="lookup-miss", target=f"{self.table}.{self.column}", value=text or ""),
        )

    def check(self, names: Names, findings: Findings) -> Shape:
        """Tables hold texts."""
        self.key.check(names, findings)
        if self.default is not None:
            self.default.check(names, findings)
        return TEXT

    def origin(self, scope: Scope) -> str:
        """The key, and the table it went through."""
        return f"{self.key.origin(scope)} via lookups/{self.table}.csv"

    def origins(self, scope: Scope, target: str = "") -> Iterator[tuple[str, str]]:
        """Nothing when it is left out, `default` when that was taken."""
        key = as_key(self.key.evaluate(scope))
        if key is not None and scope.tables[self.table].find(key, self.column, self.by) is not None:
            yield target, self.origin(scope)
        elif self.default is not None:
            yield target, "default"
        elif self.missing != "leave_out":
            yield target, self.origin(scope)


def as_key(value: Any) -> str | None:
    """How a value is written in the first column of a table: 5 and 5.00 as 5, true as true. None when it
    is empty."""
    match value:
        case None:
            return None
        case str():
            return value.strip() or None
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            whole = as_whole(value)
            return str(whole) if whole is not None else digits(value).rstrip("0")
        case _:
            return str(value)
