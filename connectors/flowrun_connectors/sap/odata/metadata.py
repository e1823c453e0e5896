"""What a service says of itself in `$metadata`, of OData V2 or V4 alike: entities, their properties, where they
lead, what may be done with them, and functions.

Read from the file that `flowrun metadata pull` keeps in the project, so validation and runs know the tenant's
own fields too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from flowrun.expressions.shapes import ANYTHING, Kind, Many, Record, Scalar, Shape

_KINDS: Mapping[str, Kind] = {
    "Edm.String": "text",
    "Edm.Guid": "text",
    "Edm.Decimal": "decimal",
    "Edm.Double": "decimal",
    "Edm.Single": "decimal",
    "Edm.Int16": "integer",
    "Edm.Int32": "integer",
    "Edm.Int64": "integer",
    "Edm.Byte": "integer",
    "Edm.SByte": "integer",
    "Edm.Boolean": "boolean",
    "Edm.Time": "time",
    "Edm.TimeOfDay": "time",
    "Edm.Date": "date",
    "Edm.DateTime": "datetime",
    "Edm.DateTimeOffset": "datetime",
}
DEEPEST = 4  # navigations lead round in circles; nobody writes expressions through more of them


@dataclass(frozen=True, slots=True)
class Property:
    """One field of an entity. `date_only`: a day without a clock, which the type alone does not say."""

    name: str
    type: str
    max_length: int | None = None
    precision: int | None = None
    scale: int | None = None
    creatable: bool = True
    updatable: bool = True
    key: bool = False
    date_only: bool = False
    label: str = ""
    nullable: bool = True

    def scalar(self) -> Scalar:
        """Its shape."""
        kind = "date" if self.date_only else _KINDS.get(self.type, "any")
        return Scalar(
            kind,
            self.max_length,
            self.precision,
            self.scale,
            self.creatable,
            self.updatable,
            self.key,
            self.label,
        )


@dataclass(frozen=True, slots=True)
class Navigation:
    """A way from one entity to another, or to many."""

    target: str
    many: bool


@dataclass(frozen=True, slots=True, eq=False)
class Entity:
    """One entity type."""

    name: str
    properties: Mapping[str, Property]
    navigations: Mapping[str, Navigation]

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of its key fields."""
        return tuple(item.name for item in self.properties.values() if item.key)


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may be done with an entity set as a whole."""

    create: bool = True
    update: bool = True
    delete: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """Something a service does when it is called: V2's function imports, V4's actions and functions.

    `method` is how it is called. `bound` is the entity type whose single entity it works on, and `path` is
    then its name in that entity's address; both are empty in V2, where the key is among the parameters.
    """

    name: str
    method: str
    parameters: Mapping[str, Property]
    returns: str = ""
    many: bool = False
    bound: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Service:
    """A parsed `$metadata`: entity and complex types by name, the type of each entity set, and functions."""

    types: Mapping[str, Entity]
    sets: Mapping[str, str]
    version: int = 2
    allowed: Mapping[str, Allowed] = field(default_factory=dict)
    functions: tuple[Function, ...] = ()

    def entity(self, entity_set: str) -> Entity | None:
        """The type behind an entity set; None when the service has no such set."""
        return self.types.get(self.sets.get(entity_set, ""))

    def set_of(self, entity: Entity | None) -> str:
        """The entity set whose members are of this type; empty when there is none."""
        return next((name for name in self.sets if self.entity(name) is entity), "") if entity else ""

    def may(self, entity_set: str) -> Allowed:
        """What may be done with an entity set; everything when the service does not say."""
        return self.allowed.get(entity_set, Allowed())

    def function(self, name: str, entity_set: str = "") -> Function | None:
        """The function of this name: the one of this entity set's type first, if there are several."""
        named = [item for item in self.functions if item.name == name]
        bound = self.sets.get(entity_set, "")
        return next((item for item in named if item.bound == bound), named[0] if named else None)

    def target(self, entity: Entity | None, name: str) -> Entity | None:
        """The type at the end of a navigation or of a structured property, as far as it is known."""
        if entity is None:
            return None
        if name in entity.navigations:
            return self.types.get(entity.navigations[name].target)
        return self.types.get(unlisted(entity.properties[name].type)) if name in entity.properties else None

    def record(self, entity: Entity) -> Record:
        """The entity's shape, with everything that it leads to."""
        return Record(_Fields(self, entity, DEEPEST), name=entity.name)

    def shape(self, type_name: str, *, many: bool = False) -> Shape:
        """The shape of what a function returns."""
        if not type_name:
            return ANYTHING
        entity = self.types.get(type_name)
        one: Shape = self.record(entity) if entity is not None else Property("", type_name).scalar()
        return Many(one) if many else one


def unlisted(type_name: str) -> str:
    """The type of the elements of a `Collection(…)`; of anything else, itself."""
    return type_name.removeprefix("Collection(").removesuffix(")")


class _Fields(Mapping[str, "Shape"]):
    """The fields of an entity, made when they are asked for. Equal when they are of one entity and one
    depth.
    """

    def __init__(self, service: Service, entity: Entity, depth: int) -> None:
        self._service = service
        self._entity = entity
        self._depth = depth

    def __getitem__(self, name: str) -> Shape:
        found = self._entity.properties.get(name)
        if found is not None and found.type.startswith("Edm."):
            return found.scalar()
        navigation = (
            self._entity.navigations[name]
            if found is None
            else Navigation(unlisted(found.type), many=unlisted(found.type) != found.type)
        )
        target = self._service.types.get(navigation.target)
        if target is None or self._depth == 0:
            return ANYTHING
        record = Record(_Fields(self._service, target, self._depth - 1), name=target.name)
        return Many(record) if navigation.many else record

    def __iter__(self) -> Iterator[str]:
        yield from self._entity.properties
        yield from self._entity.navigations

    def __len__(self) -> int:
        return len(self._entity.properties) + len(self._entity.navigations)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Fields):
            return NotImplemented
        return self._entity is other._entity and self._depth == other._depth

    def __hash__(self) -> int:
        return hash((id(self._entity), self._depth))


def known(folder: Path | None, service: str) -> Service | None:
    """The service as it was last pulled; None when it never was, or when its file cannot be read."""
    if folder is None or not re.fullmatch(r"[\w;=.-]+", service):
        return None
    path = folder / f"{service}.xml"
    try:
        state = path.stat()
        return _parsed_file(path, state.st_mtime_ns, state.st_size)
    except (OSError, MetadataError):
        return None


class MetadataError(ValueError):
    """The document is no `$metadata` of an OData service."""


@lru_cache(maxsize=64)
def _parsed_file(path: Path, _changed: int, _size: int) -> Service:
    return parsed(path.read_bytes())


def parsed(document: bytes) -> Service:
    """The service that a `$metadata` document describes. Raises `MetadataError`."""
    from flowrun_connectors.sap.odata import edmx  # noqa: PLC0415 - it makes what is declared above

    return edmx.service_of(document)
