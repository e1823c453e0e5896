"""The value forms of the language: a constant, `from`, `text`, `lookup`, `choose`, `for_each`, fields, lists.

Each form can be evaluated over the values in scope, can say where its result came from, and can be checked over shapes
before there are any values.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from flowrun.errors import Cause, Parked, Position, Rejected
from flowrun.expressions import path_shapes, template_names
from flowrun.expressions.conversions import CONVERSIONS, ConversionError, convert
from flowrun.expressions.conversions.text import sap_length
from flowrun.expressions.paths import Path
from flowrun.expressions.scope import Scope
from flowrun.expressions.shapes import ANYTHING, TEXT, Many, Record, Scalar, Shape, union
from flowrun.expressions.source import Complaint, Source
from flowrun.expressions.templates import Expression, Text

Names = Mapping[str, Shape]
Missing = Literal["null", "fail", "leave_out", "park"]


class _LeftOut:
    """The value of a field that is not to be sent at all."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "LEFT_OUT"


LEFT_OUT = _LeftOut()


@dataclass(slots=True)
class Findings:
    """What a check collects: complaints, each with the text it stands in."""

    items: list[tuple[Source, Complaint]] = field(default_factory=list)

    def path(self, path: Path, names: Names) -> Shape:
        """The shape at a path; its unknown names are kept as complaints."""
        shape, complaints = path_shapes.shape_of(path, names)
        self.items.extend((path.source, complaint) for complaint in complaints)
        return shape

    def template(self, template: Text | Expression, names: Names) -> Shape:
        """The shape an expression gives; its unknown names are kept as complaints."""
        shape, complaints = template_names.shape_of(template.tree, template.source.text, names)
        self.items.extend((template.source, complaint) for complaint in complaints)
        return shape


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

    def origins(self, scope: Scope, target: str = "") -> Iterator[tuple[str, str]]:
        """Pairs of target field and what it was filled from, for the values that `evaluate` would give."""
        yield target, self.origin()

    def origin(self) -> str:
        """What the value is made from, in a few words."""
        return ""


@dataclass(frozen=True, slots=True)
class Constant(Value):
    """The same value in every run."""

    value: Any

    def evaluate(self, scope: Scope) -> Any:
        return self.value

    def check(self, names: Names, findings: Findings) -> Shape:
        return _constant_shape(self.value)

    def origin(self) -> str:
        return "constant"


@dataclass(frozen=True, slots=True)
class Unread(Value):
    """A value that could not be read; the reason was reported. It keeps what is around it checkable, and never runs."""

    def evaluate(self, scope: Scope) -> Any:
        raise Rejected(f"{self.at} the value could not be read", Cause(code="unread"))

    def check(self, names: Names, findings: Findings) -> Shape:
        return ANYTHING


@dataclass(frozen=True, slots=True)
class Modified(Value):
    """A single value with its modifiers, applied in this order: `when`, the value, `default` or `missing`, `as`,
    `max_length`.

    `default` fills in for null and for an empty text; so does `missing`, which says `null` (pass it on), `fail`,
    `leave_out` or `park`. `max_length` counts characters as SAP stores them (UTF-16: an emoji is two).
    """

    of: Value
    when: Expression | None = None
    default: Value | None = None
    missing: Missing = "null"
    conversions: tuple[str, ...] = ()
    max_length: int | None = None
    too_long: Literal["cut", "fail"] = "fail"

    def evaluate(self, scope: Scope) -> Any:
        if self.when is not None and not self.when.test(scope.names):
            return LEFT_OUT
        value = self.of.evaluate(scope)
        if value is None or (isinstance(value, str) and not value.strip()):
            value = self._absent(value, scope)
        if value is None or value is LEFT_OUT:
            return value
        return self._fitted(self._converted(value, scope))

    def _absent(self, value: str | None, scope: Scope) -> Any:
        if self.default is not None:
            return self.default.evaluate(scope)
        match self.missing:
            case "null":
                return value
            case "leave_out":
                return LEFT_OUT
            case "fail" | "park":
                kind = "null" if value is None else "empty"
                raise Rejected(
                    f"{self.at} {self.of.origin()} is {kind}; give it a `default:` or `missing: leave_out` if that is allowed",
                    Cause(code="value-missing", target=self.of.origin()),
                )

    def _converted(self, value: Any, scope: Scope) -> Any:
        for name in self.conversions:
            try:
                value = convert(value, name, scope.setting)
            except ConversionError as error:
                raise Rejected(
                    f"{self.at} {self.of.origin()}: {error}",
                    Cause(code="conversion", target=self.of.origin()),
                ) from error
        return value

    def _fitted(self, value: Any) -> Any:
        if self.max_length is None or not isinstance(value, str) or sap_length(value) <= self.max_length:
            return value
        if self.too_long == "cut":
            return CONVERSIONS["cut"].function(value, self.max_length, setting=None)
        raise Rejected(
            f"{self.at} {self.of.origin()} has {sap_length(value)} characters, but {self.max_length} fit; "
            f"write `too_long: cut` if the rest may be lost",
            Cause(code="too-long", target=self.of.origin()),
        )

    def check(self, names: Names, findings: Findings) -> Shape:
        if self.when is not None:
            findings.template(self.when, names)
        shape = self.of.check(names, findings)
        if self.default is not None:
            self.default.check(names, findings)
        if self.conversions:
            result = CONVERSIONS[self.conversions[-1]].result
            shape = ANYTHING if result == "record" else Scalar(result)  # type: ignore[arg-type] # the table's results are kinds
        if self.max_length is not None and isinstance(shape, Scalar):
            shape = Scalar(shape.kind, max_length=self.max_length)
        return shape

    def origins(self, scope: Scope, target: str = "") -> Iterator[tuple[str, str]]:
        if self.when is not None and not self.when.test(scope.names):
            return
        if self.default is not None and self.of.evaluate(scope) in (None, ""):
            yield target, "default"
            return
        yield from self.of.origins(scope, target)

    def origin(self) -> str:
        return self.of.origin()


@dataclass(frozen=True, slots=True)
class From(Value):
    """`from:` – what stands at a path."""

    path: Path

    def evaluate(self, scope: Scope) -> Any:
        return self.path.search(scope.names)

    def check(self, names: Names, findings: Findings) -> Shape:
        return findings.path(self.path, names)

    def origin(self) -> str:
        return ", ".join(self.path.names()) or self.path.source.text


@dataclass(frozen=True, slots=True)
class Composed(Value):
    """`text:` – a text with values filled in."""

    text: Text

    def evaluate(self, scope: Scope) -> Any:
        return self.text.render(scope.names)

    def check(self, names: Names, findings: Findings) -> Shape:
        findings.template(self.text, names)
        return TEXT

    def origin(self) -> str:
        return ", ".join(self.text.names()) or "constant"


@dataclass(frozen=True, slots=True)
class Computed(Value):
    """`compute:` – what an expression gives, with its type kept: a number stays an exact number."""

    expression: Expression

    def evaluate(self, scope: Scope) -> Any:
        return self.expression.value(scope.names)

    def check(self, names: Names, findings: Findings) -> Shape:
        return findings.template(self.expression, names)

    def origin(self) -> str:
        return ", ".join(self.expression.names()) or "constant"


@dataclass(frozen=True, slots=True)
class Lookup(Value):
    """`lookup:` – a value translated by a table. A key without a row fails, takes the default, or parks the run."""

    table: str
    key: Value
    column: str
    default: Value | None = None
    missing: Missing = "fail"

    def evaluate(self, scope: Scope) -> Any:
        key = self.key.evaluate(scope)
        text = _as_key(key)
        found = scope.tables[self.table].find(text, self.column) if text is not None else None
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
                    f"{self.at} lookups/{self.table}.csv has no {self.column} for '{text}'; add the row, then run it again",
                    table=self.table, key=text, column=self.column,
                )  # fmt: skip
            case _:
                wanted = (
                    f"'{text}'"
                    if text
                    else f"an empty key ({self.key.origin()} is {'null' if key is None else 'empty'})"
                )
                raise Rejected(
                    f"{self.at} lookups/{self.table}.csv has no {self.column} for {wanted}; "
                    f"add the row, or give the field a `default:`",
                    Cause(code="lookup-miss", target=f"{self.table}.{self.column}"),
                )

    def check(self, names: Names, findings: Findings) -> Shape:
        self.key.check(names, findings)
        if self.default is not None:
            self.default.check(names, findings)
        return TEXT

    def origins(self, scope: Scope, target: str = "") -> Iterator[tuple[str, str]]:
        key = _as_key(self.key.evaluate(scope))
        missed = key is None or scope.tables[self.table].find(key, self.column) is None
        yield target, "default" if missed and self.default is not None else self.origin()

    def origin(self) -> str:
        return f"{self.key.origin()} via lookups/{self.table}.csv"


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of `choose`. Without `when` it is the last one, for all that is left."""

    when: Expression | None
    value: Value


@dataclass(frozen=True, slots=True)
class Choose(Value):
    """`choose:` – the value of the first line whose condition holds."""

    choices: tuple[Choice, ...]

    def _chosen(self, scope: Scope) -> Choice | None:
        return next(
            (choice for choice in self.choices if choice.when is None or choice.when.test(scope.names)), None
        )

    def evaluate(self, scope: Scope) -> Any:
        chosen = self._chosen(scope)
        return chosen.value.evaluate(scope) if chosen is not None else None

    def check(self, names: Names, findings: Findings) -> Shape:
        shapes: list[Shape] = []
        for choice in self.choices:
            if choice.when is not None:
                findings.template(choice.when, names)
            shapes.append(choice.value.check(names, findings))
        shape = shapes[0]
        for other in shapes[1:]:
            shape = union(shape, other)
        return shape

    def origins(self, scope: Scope, target: str = "") -> Iterator[tuple[str, str]]:
        chosen = self._chosen(scope)
        if chosen is None:
            return
        condition = f" when {chosen.when.source.text}" if chosen.when is not None else ""
        for name, origin in chosen.value.origins(scope, target):
            yield name, f"{origin}{condition}"

    def origin(self) -> str:
        return ", ".join(dict.fromkeys(choice.value.origin() for choice in self.choices))


@dataclass(frozen=True, slots=True)
class Fields(Value):
    """A record, field by field. `keys` says where each field's name stands."""

    fields: Mapping[str, Value]
    keys: Mapping[str, Position] = field(default_factory=dict, compare=False)

    def evaluate(self, scope: Scope) -> Any:
        values = ((name, value.evaluate(scope)) for name, value in self.fields.items())
        return {name: value for name, value in values if value is not LEFT_OUT}

    def check(self, names: Names, findings: Findings) -> Shape:
        return Record({name: value.check(names, findings) for name, value in self.fields.items()})

    def origins(self, scope: Scope, target: str = "") -> Iterator[tuple[str, str]]:
        for name, value in self.fields.items():
            yield from value.origins(scope, f"{target}.{name}" if target else name)


@dataclass(frozen=True, slots=True)
class Items(Value):
    """A list written out in the flow."""

    items: tuple[Value, ...]

    def evaluate(self, scope: Scope) -> Any:
        values = (item.evaluate(scope) for item in self.items)
        return [value for value in values if value is not LEFT_OUT]

    def check(self, names: Names, findings: Findings) -> Shape:
        shapes = [item.check(names, findings) for item in self.items]
        shape = shapes[0] if shapes else ANYTHING
        for other in shapes[1:]:
            shape = union(shape, other)
        return Many(shape)

    def origins(self, scope: Scope, target: str = "") -> Iterator[tuple[str, str]]:
        for index, item in enumerate(self.items):
            yield from item.origins(scope, f"{target}[{index}]")


@dataclass(frozen=True, slots=True)
class ForEach(Value):
    """`for_each:` – a list with one record for each item of another list. Of no items, an empty list."""

    items: Path
    name: str
    each: Value

    def _listed(self, scope: Scope) -> list[Any]:
        found = self.items.search(scope.names)
        if found is None:
            return []
        if not isinstance(found, list):
            raise Rejected(
                f"{self.at} for_each: {self.items.source.text} is not a list",
                Cause(code="not-a-list", target=self.items.source.text),
            )
        return found

    def evaluate(self, scope: Scope) -> Any:
        values = (self.each.evaluate(scope.plus(**{self.name: item})) for item in self._listed(scope))
        return [value for value in values if value is not LEFT_OUT]

    def check(self, names: Names, findings: Findings) -> Shape:
        over = findings.path(self.items, names)
        element = over.of if isinstance(over, Many) else ANYTHING
        if isinstance(over, Scalar | Record) and over != ANYTHING:
            text = self.items.source.text
            findings.items.append(
                (
                    self.items.source,
                    Complaint("not-a-list", f"`{text}` is not a list", 0, len(text), "for_each takes a list"),
                )
            )
        return Many(self.each.check({**names, self.name: element}, findings))

    def origins(self, scope: Scope, target: str = "") -> Iterator[tuple[str, str]]:
        source = self.items.source.text
        for index, item in enumerate(self._listed(scope)):
            for name, origin in self.each.origins(scope.plus(**{self.name: item}), f"{target}[{index}]"):
                yield name, origin.replace(f"{self.name}.", f"{source}[{index}].")


def _as_key(value: Any) -> str | None:
    match value:
        case None:
            return None
        case str():
            return value.strip() or None
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value.normalize() if value == value.to_integral_value() else value, "f")
        case int():
            return str(value)
        case _:
            return str(value)


def _constant_shape(value: Any) -> Shape:
    match value:
        case bool():
            return Scalar("boolean")
        case int():
            return Scalar("integer")
        case Decimal():
            return Scalar("decimal")
        case str():
            return Scalar("text", max_length=len(value))
        case _:
            return ANYTHING
