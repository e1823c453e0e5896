"""The modifiers of a single value: `when`, `default`, `missing`, `as`, `max_length`, `too_long`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from flowrun.errors import Cause, Rejected
from flowrun.expressions.conversions import CONVERSIONS, ConversionError, convert
from flowrun.expressions.conversions.text import sap_length
from flowrun.expressions.scope import Scope
from flowrun.expressions.shapes import Scalar, Shape, union
from flowrun.expressions.template_shapes import shape_of_conversion
from flowrun.expressions.templates import Expression
from flowrun.expressions.values.value import LEFT_OUT, Findings, Missing, Names, Value


@dataclass(frozen=True, slots=True)
class Modified(Value):
    """A single value with its modifiers, applied in this order: `when`, the value, `default` or `missing`,
    `as`, length.

    `default` fills in for null and for an empty text, and is taken as it is; so does `missing`, which says
    `null` (pass it on), `fail` or `leave_out`. `max_length` counts characters as SAP stores them (UTF-16:
    an emoji is two).
    """

    of: Value
    when: Expression | None = None
    default: Value | None = None
    missing: Missing = "null"
    conversions: tuple[str, ...] = ()
    max_length: int | None = None
    too_long: Literal["cut", "fail"] = "fail"

    def evaluate(self, scope: Scope) -> Any:
        """The value with everything applied; `LEFT_OUT` when `when` does not hold."""
        if self.when is not None and not self.when.test(scope.names):
            return LEFT_OUT
        value = self.of.evaluate(scope)
        if _is_absent(value):
            value = self._filled_in(value, scope)
        if value is None or value is LEFT_OUT:
            return value
        return self._fitted(self._converted(value, scope), scope)

    def _filled_in(self, value: str | None, scope: Scope) -> Any:
        if self.default is not None:
            return self.default.evaluate(scope)
        match self.missing:
            case "null":
                return value
            case "leave_out":
                return LEFT_OUT
            case _:
                origin = self.of.origin(scope)
                raise Rejected(
                    f"{self.at} {origin} is {'null' if value is None else 'empty'}; "
                    f"give it a `default:`, or `missing: leave_out` if that is allowed",
                    Cause(code="value-missing", target=origin),
                )

    def _converted(self, value: Any, scope: Scope) -> Any:
        for name in self.conversions:
            try:
                value = convert(value, name, scope.setting)
            except ConversionError as error:
                origin = self.of.origin(scope)
                raise Rejected(
                    f"{self.at} {origin}: {error}", Cause(code="conversion", target=origin)
                ) from error
        return value

    def _fitted(self, value: Any, scope: Scope) -> Any:
        if self.max_length is None or not isinstance(value, str) or sap_length(value) <= self.max_length:
            return value
        if self.too_long == "cut":
            return CONVERSIONS["cut"].function(value, self.max_length, setting=scope.setting)
        origin = self.of.origin(scope)
        raise Rejected(
            f"{self.at} {origin} has {sap_length(value)} characters, but {self.max_length} fit; "
            f"write `too_long: cut` if the rest may be lost",
            Cause(code="too-long", target=origin),
        )

    def check(self, names: Names, findings: Findings) -> Shape:
        """The shape after the conversions; of a default both are possible."""
        if self.when is not None:
            findings.template(self.when, names)
        shape = self.of.check(names, findings)
        default = self.default.check(names, findings) if self.default is not None else None
        if self.conversions:
            shape = shape_of_conversion(self.conversions[-1])
        elif default is not None:
            shape = union(shape, default)
        if self.max_length is not None and isinstance(shape, Scalar):
            shape = Scalar(shape.kind, max_length=self.max_length)
        return shape

    def origin(self, scope: Scope) -> str:
        """Modifiers do not change where a value comes from."""
        return self.of.origin(scope)

    def origins(self, scope: Scope, target: str = "") -> Iterator[tuple[str, str]]:
        """Nothing when it is left out, `default` when that was taken."""
        if self.when is not None and not self.when.test(scope.names):
            return
        if (self.default is not None or self.missing == "leave_out") and _is_absent(self.of.evaluate(scope)):
            if self.default is not None:
                yield target, "default"
            return
        yield from self.of.origins(scope, target)


def _is_absent(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
