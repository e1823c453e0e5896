"""What is different between two descriptions of one service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flowrun.component.metadata import MetadataChange
from flowrun_connectors.sap.odata.metadata import Entity, Function, Property, Service

ANY_LENGTH = "any length"
_DEEDS = (("create", "created"), ("update", "updated"), ("delete", "deleted"))
_FLAGS = (
    ("creatable", "can no longer be filled on create", "can be filled on create now"),
    ("updatable", "can no longer be updated", "can be updated now"),
    ("nullable", "must be filled now", "may be empty now"),
)


def changes(before: Service, after: Service) -> list[MetadataChange]:
    """All differences that matter to somebody who reads or writes: labels do not."""
    return [*_sets(before, after), *_types(before, after), *_functions(before, after)]


def _sets(before: Service, after: Service) -> Iterator[MetadataChange]:
    for name in sorted({*before.sets, *after.sets}):
        old, new = before.entity(name), after.entity(name)
        found = old or new
        about: dict[str, Any] = {"entity": name, "record": found.name if found is not None else ""}
        if name not in after.sets:
            yield MetadataChange("entity", "removed", **about, breaks=True)
        elif name not in before.sets:
            yield MetadataChange("entity", "added", **about)
        elif name in before.allowed and name in after.allowed:
            for deed, done in _DEEDS:
                could, can = getattr(before.allowed[name], deed), getattr(after.allowed[name], deed)
                if could != can:
                    told = f"can be {done} now" if can else f"can no longer be {done}"
                    yield MetadataChange(
                        "entity", told, **about, breaks=not can, writing=True,
                        before=_word(yes=could), after=_word(yes=can),
                    )  # fmt: skip


def _types(before: Service, after: Service) -> Iterator[MetadataChange]:
    """Types by their own name: a new version of a service may put them into another namespace."""
    sets = {entity.name: name for name in [*before.sets][::-1] if (entity := before.entity(name))}
    renamed = {name: entity for name, of in sets.items() if (entity := after.entity(of))}
    new = renamed | {entity.name: entity for entity in after.types.values()}
    for old in before.types.values():
        if old.name in new:
            yield from _Type(old, new[old.name], sets.get(old.name, old.name)).changes()


@dataclass(frozen=True, slots=True)
class _Type:
    """One entity type, before and after."""

    old: Entity
    new: Entity
    set_name: str

    def changes(self) -> Iterator[MetadataChange]:
        for name, old in self.old.properties.items():
            if name in self.new.properties:
                yield from self._field(old, self.new.properties[name])
            else:
                yield self._change(name, "removed", breaks=True)
        for name, new in self.new.properties.items():
            if name not in self.old.properties:
                yield self._added(new)
        for name, link in self.old.navigations.items():
            found = self.new.navigations.get(name)
            if found is None:
                yield self._change(name, "removed", what="link", breaks=True)
            elif found.many != link.many:
                told = "leads to many now" if found.many else "leads to one now"
                yield self._change(name, told, what="link", breaks=True)
        for name in self.new.navigations:
            if name not in self.old.navigations:
                yield self._change(name, "added", what="link")

    def _change(self, name: str, told: str, **more: Any) -> MetadataChange:
        return MetadataChange(
            more.pop("what", "field"), told, entity=self.set_name, record=self.old.name, name=name, **more
        )

    def _added(self, field: Property) -> MetadataChange:
        """A new field that must be filled breaks every create."""
        if field.nullable or field.key or not field.creatable:
            return self._change(field.name, "added", after=_size(field))
        return self._change(
            field.name,
            "added, and must be filled",
            after=_size(field),
            breaks=True,
            writing=True,
            required=True,
        )

    def _field(self, old: Property, new: Property) -> Iterator[MetadataChange]:
        name = old.name
        if (old.type, old.date_only) != (new.type, new.date_only):
            before, after = _kind(old), _kind(new)
            told = f"was {before}, is {after}"
            yield self._change(name, told, before=before, after=after, breaks=True)
        elif (old.max_length, old.precision, old.scale) != (new.max_length, new.precision, new.scale):
            before, after = _extent(old), _extent(new)
            yield self._change(
                name, f"was {before}, is {after}", before=before, after=after,
                breaks=not _fits(old, new), writing=True,
            )  # fmt: skip
        for attribute, lost, won in _FLAGS:
            yield from self._flag(old, new, attribute, lost, won)
        if old.key != new.key:
            told = "is a part of the key now" if new.key else "is no longer a part of the key"
            yield self._change(name, told, breaks=True)

    def _flag(
        self, old: Property, new: Property, attribute: str, lost: str, won: str
    ) -> Iterator[MetadataChange]:
        could, can = getattr(old, attribute), getattr(new, attribute)
        if could != can:
            yield self._change(
                old.name, won if can else lost, before=_word(yes=could), after=_word(yes=can),
                breaks=not can, writing=True, required=attribute == "nullable" and not can,
            )  # fmt: skip


def _functions(before: Service, after: Service) -> Iterator[MetadataChange]:
    old, new = _by_name(before), _by_name(after)
    for name in sorted({*old, *new}):
        if name not in new:
            yield MetadataChange("function", "removed", name=name, breaks=True)
        elif name not in old:
            yield MetadataChange("function", "added", name=name)
        else:
            yield from _function(name, old[name], new[name])


def _function(name: str, old: Function, new: Function) -> Iterator[MetadataChange]:
    if old.method != new.method:
        told = f"was called by {old.method}, is called by {new.method}"
        yield MetadataChange("function", told, name=name, before=old.method, after=new.method)
    for parameter in sorted({*old.parameters, *new.parameters}):
        was, is_ = old.parameters.get(parameter), new.parameters.get(parameter)
        if is_ is None:
            told = f"its parameter `{parameter}` was removed"
            yield MetadataChange("function", told, name=name, breaks=True)
        elif was is None:
            needed = not is_.nullable
            told = f"its parameter `{parameter}` was added" + (", and must be given" if needed else "")
            yield MetadataChange("function", told, name=name, breaks=needed)
        elif (_kind(was), _size(was)) != (_kind(is_), _size(is_)):
            told = f"its parameter `{parameter}` was {_size(was)}, is {_size(is_)}"
            breaks = was.type != is_.type or not _fits(was, is_)
            yield MetadataChange(
                "function", told, name=name, before=_size(was), after=_size(is_), breaks=breaks
            )


def _by_name(service: Service) -> Mapping[str, Function]:
    return {function.name: function for function in service.functions}


def _fits(old: Property, new: Property) -> bool:
    """Whether every value of the old field goes into the new one."""
    whole = (old.precision or 0) - (old.scale or 0), (new.precision or 0) - (new.scale or 0)
    return (
        _at_most(old.max_length, new.max_length)
        and _at_most(old.scale, new.scale)
        and (new.precision is None or (old.precision is not None and whole[0] <= whole[1]))
    )


def _at_most(old: int | None, new: int | None) -> bool:
    return new is None or (old is not None and old <= new)


def _kind(field: Property) -> str:
    """The type as SAP calls it: two that flows see alike are written differently."""
    return f"{field.type} (a day)" if field.date_only and field.type != "Edm.Date" else field.type


def _size(field: Property) -> str:
    extent = _extent(field)
    return f"{_kind(field)} of {extent}" if extent != ANY_LENGTH else _kind(field)


def _extent(field: Property) -> str:
    if field.max_length is not None:
        return f"{field.max_length} characters"
    if field.precision is not None:
        return f"{field.precision} digits, {field.scale or 0} of them after the point"
    return ANY_LENGTH


def _word(*, yes: bool) -> str:
    return "yes" if yes else "no"
