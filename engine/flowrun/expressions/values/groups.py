"""The forms that hold other forms: a record, a list, and `for_each`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flowrun.errors import Cause, Position, Rejected
from flowrun.expressions.paths import Path
from flowrun.expressions.scope import Scope
from flowrun.expressions.shapes import ANYTHING, Many, Record, Scalar, Shape, union
from flowrun.expressions.values.value import LEFT_OUT, Findings, Names, Value


@dataclass(frozen=True, slots=True)
class Fields(Value):
    """A record, field by field. `keys` says where each field's name stands."""

    fields: Mapping[str, Value]
    keys: Mapping[str, Position] = field(default_factory=dict, compare=False)

    def evaluate(self, scope: Scope) -> Any:
        """The record without the fields that are left out."""
        values = ((name, value.evaluate(scope)) for name, value in self.fields.items())
        return {name: value for name, value in values if value is not LEFT_OUT}

    def check(self, names: Names, findings: Findings) -> Shape:
        """A record of the fields' shapes."""
        return Record({name: value.check(names, findings) for name, value in self.fields.items()})

    def origin(self, scope: Scope) -> str:
        """What each field is made from."""
        return ", ".join(dict.fromkeys(origin for _, origin in self.origins(scope)))

    def origins(self, scope: Scope, target: str = "") -> Iterator[tuple[str, str]]:
        """The origins of each field, under its dotted name."""
        for name, value in self.fields.items():
            yield from value.origins(scope, f"{target}.{name}" if target else name)


@dataclass(frozen=True, slots=True)
class Items(Value):
    """A list written out in the flow."""

    items: tuple[Value, ...]

    def evaluate(self, scope: Scope) -> Any:
        """The list without the items that are left out."""
        values = (item.evaluate(scope) for item in self.items)
        return [value for value in values if value is not LEFT_OUT]

    def check(self, names: Names, findings: Findings) -> Shape:
        """A list of what any of its items may be."""
        shapes = [item.check(names, findings) for item in self.items]
        shape = shapes[0] if shapes else ANYTHING
        for other in shapes[1:]:
            shape = union(shape, other)
        return Many(shape)

    def origin(self, scope: Scope) -> str:
        """What its items are made from."""
        return ", ".join(dict.fromkeys(origin for _, origin in self.origins(scope)))

    def origins(self, scope: Scope, target: str = "") -> Iterator[tuple[str, str]]:
        """The origins of each item, under its index in what is sent."""
        kept = (item for item in self.items if item.evaluate(scope) is not LEFT_OUT)
        for index, item in enumerate(kept):
            yield from item.origins(scope, f"{target}[{index}]")


@dataclass(frozen=True, slots=True)
class ForEach(Value):
    """`for_each:` – a list with one value for each item of another list. Of no items, and of null, an
    empty list."""

    items: Path
    name: str
    each: Value

    def _rounds(self, scope: Scope) -> Iterator[Scope]:
        """A scope for each item, which knows which item it is."""
        found = self.items.search(scope.names)
        text = self.items.source.text
        if found is not None and not isinstance(found, list):
            raise Rejected(f"{self.at} for_each: {text} is not a list", Cause(code="not-a-list", target=text))
        # A filtered list counts its own items, so its place is the whole path.
        place = scope.placed(text) if self.items.names() == (text,) else f"({text})"
        for index, item in enumerate(found or []):
            yield scope.at_item(self.name, item, f"{place}[{index}]")

    def evaluate(self, scope: Scope) -> Any:
        """The list without the items that are left out."""
        values = (self.each.evaluate(inside) for inside in self._rounds(scope))
        return [value for value in values if value is not LEFT_OUT]

    def check(self, names: Names, findings: Findings) -> Shape:
        """A list of what each item becomes."""
        over = findings.path(self.items, names)
        if isinstance(over, Scalar | Record):
            source = self.items.source
            findings.add("not-a-list", f"`{source.text}` is not a list", source.at(), "for_each takes a list")
        if self.name in names:
            findings.add(
                "name-taken",
                f"`{self.name}` is already a name here",
                self.at,
                "give the item a name of its own after `as:`",
            )
        element = over.of if isinstance(over, Many) else ANYTHING
        return Many(self.each.check({**names, self.name: element}, findings))

    def origin(self, scope: Scope) -> str:
        """What its items are made from."""
        return ", ".join(dict.fromkeys(origin for _, origin in self.origins(scope)))

    def origins(self, scope: Scope, target: str = "") -> Iterator[tuple[str, str]]:
        """The origins of each item, under its index in what is sent."""
        kept = (inside for inside in self._rounds(scope) if self.each.evaluate(inside) is not LEFT_OUT)
        for index, inside in enumerate(kept):
            yield from self.each.origins(inside, f"{target}[{index}]")
