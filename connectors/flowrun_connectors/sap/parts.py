"""What has to be done so that an entity and the lists that belong to it are as wanted.

Decided from what was read, and in absolute values: after it was done, there is nothing left to do. So it may be
decided and done again after a crash, or when no answer came, and nothing is made twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flowrun.component.coerce import coerced
from flowrun_connectors.sap.batch import Change
from flowrun_connectors.sap.comparing import differences, same
from flowrun_connectors.sap.odata.entities import BadFieldError, Model
from flowrun_connectors.sap.requests import Part

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """How one list is brought in line, and those below it by their navigations."""

    part: Part
    below: Mapping[str, Listed]


Parts = Mapping[str, Listed]


def parts_of(given: Mapping[str, Row], place: str) -> dict[str, Listed]:
    """The lists as a flow names them. Raises `Rejected` naming the parameter that is wrong."""
    found: dict[str, Listed] = {}
    for name, row in given.items():
        part: Part = coerced(Part, row, f"{place}.{name}")
        found[name] = Listed(part, parts_of(part.parts, f"{place}.{name}.parts"))
    return found


@dataclass(frozen=True, slots=True)
class Stored:
    """An entity as SAP has it, and the entity set in which it is found."""

    entity: str
    model: Model
    record: Row

    @property
    def key(self) -> dict[str, Any]:
        """Its key fields."""
        keys = self.model.entity.keys if self.model.entity is not None else ()
        return {name: self.record.get(name) for name in keys}

    def below(self, navigation: str) -> list[Stored]:
        """What belongs to it. Raises `BadFieldError` where metadata does not know the way."""
        model, service = self.model.behind(navigation), self.model.service
        entity = service.set_of(model.entity) if service is not None else ""
        if not entity:
            raise BadFieldError("parts", f"names `{navigation}`, which leads to no entities of {self.entity}")
        rows = self.record.get(navigation)
        return [Stored(entity, model, row) for row in rows or () if isinstance(row, Mapping)]


def expands(parts: Parts, above: str = "") -> Iterator[str]:
    """The links that have to be read along to compare these lists."""
    for navigation, listed in parts.items():
        yield f"{above}{navigation}"
        yield from expands(listed.below, f"{above}{navigation}/")


def change(stored: Stored, operation: Literal["create", "update"], data: Row, through: str = "") -> Change:
    """A change to it, or of what is made below it. Whatever its version is: the first one watches that."""
    return Change(
        operation=operation, entity=stored.entity, key=stored.key, through=through, data=data, etag="*"
    )


def changes(stored: Stored, wanted: Row, parts: Parts) -> list[Change]:
    """The changes that are left to do, the entity's own first."""
    own = differences(wanted, stored.record, stored.model)
    found = [change(stored, "update", own)] if own else []
    for navigation, listed in parts.items():
        rows = wanted.get(navigation)
        if isinstance(rows, list | tuple):  # what is not said is not compared; an empty list says that all go
            found += _of_list(stored, navigation, listed, rows)
    return found


def _of_list(stored: Stored, navigation: str, listed: Listed, wanted: Sequence[Row]) -> list[Change]:
    part = listed.part
    left = [one for one in stored.below(navigation) if _is_ours(one.record, part)]
    found: list[Change] = []
    for row in wanted:
        known = next((one for one in left if _is_same_one(one.record, row, part)), None)
        if known is None:
            found.append(change(stored, "create", row, navigation))
            continue
        left.remove(known)  # where several are called the same, the first is the first and so on
        found += changes(known, _compared(row, part), listed.below)
    for one in left:
        found += changes(one, part.gone, {})
    return found


def _is_ours(record: Row, part: Part) -> bool:
    """People may add to a document by hand: what has no identification, or another kind, stays as they made it."""
    named = all(str(record.get(name) or "").strip() for name in part.by)
    return named and all(
        any(same(record.get(name), value) for value in values) for name, values in part.among.items()
    )


def _is_same_one(record: Row, wanted: Row, part: Part) -> bool:
    return all(same(wanted.get(name), record.get(name)) for name in part.by)


def _compared(wanted: Row, part: Part) -> Row:
    """What of a wanted record counts for one that is there."""
    if not part.compare:
        return wanted
    return {name: value for name, value in wanted.items() if name in part.compare or name in part.parts}
