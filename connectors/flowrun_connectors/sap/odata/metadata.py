"""What a service says of itself in `$metadata` (EDMX, OData V2): entities, their properties, and where they
lead.

Read from the file that `flowrun metadata pull` keeps in the project, so validation and runs know the tenant's
own fields too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from flowrun.expressions.shapes import ANYTHING, Kind, Many, Record, Scalar, Shape

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

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


@dataclass(frozen=True, slots=True, eq=False)
class Service:
    """A parsed `$metadata`: entity types by name, and the type of each entity set."""

    types: Mapping[str, Entity]
    sets: Mapping[str, str]

    def entity(self, entity_set: str) -> Entity | None:
        """The type behind an entity set; None when the service has no such set."""
        return self.types.get(self.sets.get(entity_set, ""))

    def target(self, entity: Entity | None, navigation: str) -> Entity | None:
        """The type at the end of a navigation, as far as it is known."""
        found = entity.navigations.get(navigation) if entity is not None else None
        return self.types.get(found.target) if found is not None else None

    def record(self, entity: Entity) -> Record:
        """The entity's shape, with everything that it leads to."""
        return Record(_Fields(self, entity, DEEPEST), name=entity.name)


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
        if found is not None:
            return found.scalar()
        navigation = self._entity.navigations[name]
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
    """The document is no `$metadata` of an OData V2 service."""


@lru_cache(maxsize=64)
def _parsed_file(path: Path, _changed: int, _size: int) -> Service:
    return parsed(path.read_bytes())


def parsed(document: bytes) -> Service:
    """The service that a `$metadata` document describes. Raises `MetadataError`."""
    from defusedxml import DefusedXmlException  # noqa: PLC0415 - read when metadata is first asked for
    from defusedxml.ElementTree import ParseError, fromstring  # noqa: PLC0415 - the same

    try:
        root = fromstring(document)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise MetadataError(f"this is no metadata document: {error}") from error
    ends = dict(_ends(root))
    types = {name: _entity(item, name, ends) for name, item in _types(root)}
    sets = {item.get("Name", ""): item.get("EntityType", "") for item in _all(root, "EntitySet")}
    if not types:
        raise MetadataError("this metadata document holds no entity types")
    return Service(types, sets)


def _types(root: Element) -> Iterator[tuple[str, Element]]:
    for schema in _all(root, "Schema"):
        for item in _all(schema, "EntityType"):
            yield f"{schema.get('Namespace', '')}.{item.get('Name', '')}", item


def _ends(root: Element) -> Iterator[tuple[tuple[str, str], Navigation]]:
    """Where each role of each association leads."""
    for schema in _all(root, "Schema"):
        for item in _all(schema, "Association"):
            name = f"{schema.get('Namespace', '')}.{item.get('Name', '')}"
            for end in _all(item, "End"):
                yield (
                    (name, end.get("Role", "")),
                    Navigation(end.get("Type", ""), end.get("Multiplicity") == "*"),
                )


def _entity(item: Element, name: str, ends: Mapping[tuple[str, str], Navigation]) -> Entity:
    keys = {reference.get("Name", "") for key in _all(item, "Key") for reference in _all(key, "PropertyRef")}
    properties = {found.name: found for found in (_property(child, keys) for child in _all(item, "Property"))}
    navigations = {
        child.get("Name", ""): ends.get(
            (child.get("Relationship", ""), child.get("ToRole", "")), Navigation("", many=False)
        )
        for child in _all(item, "NavigationProperty")
    }
    return Entity(name.rpartition(".")[2], properties, navigations)


def _property(item: Element, keys: set[str]) -> Property:
    attributes = {name.rpartition("}")[2]: value for name, value in item.attrib.items()}
    name, edm_type = attributes.get("Name", ""), attributes.get("Type", "")
    return Property(
        name,
        edm_type,
        max_length=_digits(attributes.get("MaxLength")),
        precision=_digits(attributes.get("Precision")) if edm_type == "Edm.Decimal" else None,
        scale=_digits(attributes.get("Scale")) if edm_type == "Edm.Decimal" else None,
        creatable=attributes.get("creatable") != "false",
        updatable=attributes.get("updatable") != "false",
        key=name in keys,
        date_only=attributes.get("display-format") == "Date",
        label=attributes.get("label", ""),
    )


def _digits(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdigit() else None


def _all(parent: Element, name: str) -> Iterator[Element]:
    """Elements of this local name: EDMX has had several namespaces."""
    return (item for item in parent.iter() if item.tag.rpartition("}")[2] == name)
