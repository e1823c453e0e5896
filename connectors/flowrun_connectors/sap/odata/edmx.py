"""`$metadata` documents (EDMX) of OData V2 and V4, read into one model.

V2 leads to other entities through associations and says what may be written in attributes of SAP's own
(`sap:creatable`); V4 names the target itself and says the same with annotations, inline or beside the schema
(`Annotations Target="…"`), under whatever alias the document gives their vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from flowrun_connectors.sap.odata.annotations import Notes, notes_of
from flowrun_connectors.sap.odata.metadata import (
    Allowed,
    Entity,
    Function,
    MetadataError,
    Navigation,
    Property,
    Service,
    unlisted,
)
from flowrun_connectors.sap.odata.xml_names import Names, elements, local, names_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

OWN = "SAP__"  # what SAP adds to every V4 entity for its own screens and messages


def service_of(document: bytes) -> Service:
    """The service that a document describes. Raises `MetadataError`."""
    from defusedxml import DefusedXmlException  # noqa: PLC0415 - read when metadata is first asked for
    from defusedxml.ElementTree import ParseError, fromstring  # noqa: PLC0415 - the same

    try:
        root = fromstring(document)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise MetadataError(f"this is no metadata document: {error}") from error
    names = names_of(root)
    version = 4 if root.get("Version", "").startswith("4") else 2
    reader = _Reader(root, names, notes_of(root, names))
    types = dict(reader.types())
    if not any(found.keys for found in types.values()):
        raise MetadataError("this metadata document holds no entity types")
    sets = {
        item.get("Name", ""): names.full(item.get("EntityType", "")) for item in elements(root, "EntitySet")
    }
    functions = tuple(reader.actions() if version == 4 else reader.function_imports())
    return Service(types, sets, version, dict(reader.allowed()), functions)


class _Reader:
    """One document."""

    def __init__(self, root: Element, names: Names, notes: Notes) -> None:
        self._root = root
        self._names = names
        self._notes = notes
        self._ends = dict(self._association_ends())

    def types(self) -> Iterator[tuple[str, Entity]]:
        """Entity types and complex types, which are told apart by their keys."""
        for schema, item in self._declared("EntityType", "ComplexType"):
            name = f"{schema.get('Namespace', '')}.{item.get('Name', '')}"
            yield name, self._entity(item, name)

    def allowed(self) -> Iterator[tuple[str, Allowed]]:
        """What may be done with each entity set."""
        for container in elements(self._root, "EntityContainer"):
            for item in elements(container, "EntitySet"):
                said = _attributes(item)
                noted = self._notes.of_set(said.get("Name", ""))
                yield (
                    said.get("Name", ""),
                    Allowed(
                        said.get("creatable") != "false" and noted.get("Insertable") != "false",
                        said.get("updatable") != "false" and noted.get("Updatable") != "false",
                        said.get("deletable") != "false" and noted.get("Deletable") != "false",
                    ),
                )

    def function_imports(self) -> Iterator[Function]:
        """V2's functions. Without a method it is GET."""
        for item in elements(self._root, "FunctionImport"):
            said = _attributes(item)
            returned = said.get("ReturnType", "")
            yield Function(
                said.get("Name", ""),
                said.get("HttpMethod", "GET").upper(),
                {found.name: found for found in self._parameters(item, optional="Nullable")},
                unlisted(returned),
                many=unlisted(returned) != returned,
            )

    def actions(self) -> Iterator[Function]:
        """V4's actions and functions: the bound ones by their own name, the others by that of their import."""
        imports = {
            self._names.full(item.get("Action") or item.get("Function") or ""): item.get("Name", "")
            for kind in ("ActionImport", "FunctionImport")
            for item in elements(self._root, kind)
        }
        for schema, item in self._declared("Action", "Function"):
            full = f"{schema.get('Namespace', '')}.{item.get('Name', '')}"
            bound = item.get("IsBound") == "true"
            if bound or full in imports:
                yield self._action(item, full, bound=bound, imported=imports.get(full, ""))

    def _action(self, item: Element, full: str, *, bound: bool, imported: str) -> Function:
        parameters = list(self._parameters(item))
        returned = next((found.get("Type", "") for found in elements(item, "ReturnType")), "")
        return Function(
            item.get("Name", "") if bound else imported,
            "POST" if local(item) == "Action" else "GET",
            {found.name: found for found in (parameters[1:] if bound else parameters)},
            self._names.full(unlisted(returned)),
            many=unlisted(returned) != returned,
            bound=parameters[0].type if bound and parameters else "",
            path=full if bound else "",
        )

    def _declared(self, *kinds: str) -> Iterator[tuple[Element, Element]]:
        for schema in elements(self._root, "Schema"):
            for item in schema:
                if local(item) in kinds and not item.get("Name", "").startswith(OWN):
                    yield schema, item

    def _entity(self, item: Element, name: str) -> Entity:
        keys = {
            found.get("Name", "") for key in elements(item, "Key") for found in elements(key, "PropertyRef")
        }
        found = (self._property(child, keys, name) for child in elements(item, "Property"))
        navigations = {
            child.get("Name", ""): self._navigation(child) for child in elements(item, "NavigationProperty")
        }
        return Entity(
            name.rpartition(".")[2],
            {one.name: one for one in found if not one.name.startswith(OWN)},
            {link: to for link, to in navigations.items() if not link.startswith(OWN)},
        )

    def _navigation(self, item: Element) -> Navigation:
        leads = item.get("Type")
        if leads is not None:
            return Navigation(self._names.full(unlisted(leads)), many=unlisted(leads) != leads)
        end = (item.get("Relationship", ""), item.get("ToRole", ""))
        return self._ends.get(end, Navigation("", many=False))

    def _association_ends(self) -> Iterator[tuple[tuple[str, str], Navigation]]:
        """Where each role of each association leads (V2)."""
        for schema, item in self._declared("Association"):
            name = f"{schema.get('Namespace', '')}.{item.get('Name', '')}"
            for end in elements(item, "End"):
                many = end.get("Multiplicity") == "*"
                yield (name, end.get("Role", "")), Navigation(end.get("Type", ""), many)

    def _parameters(self, item: Element, *, optional: str = "") -> Iterator[Property]:
        """V2's parameters are needed unless they are said to be `optional`, V4's unless they may not be null."""
        for child in elements(item, "Parameter"):
            found = self._property(child, set(), "")
            yield replace(found, nullable=child.get(optional) == "true") if optional else found

    def _property(self, item: Element, keys: set[str], owner: str) -> Property:
        said = _attributes(item)
        name, edm_type = said.get("Name", ""), self._names.full(said.get("Type", ""))
        noted = self._notes.of_property(owner, name, item)
        decimal = edm_type == "Edm.Decimal"
        computed = noted.get("Computed") == "true"
        return Property(
            name,
            edm_type,
            max_length=_digits(said.get("MaxLength")),
            precision=_digits(said.get("Precision")) if decimal else None,
            scale=_digits(said.get("Scale")) if decimal else None,
            creatable=said.get("creatable") != "false" and not computed and "NonInsertable" not in noted,
            updatable=said.get("updatable") != "false"
            and not computed
            and noted.get("Immutable") != "true"
            and "NonUpdatable" not in noted,
            key=name in keys,
            date_only=said.get("display-format") == "Date" or edm_type == "Edm.Date",
            label=said.get("label", noted.get("Label", "")),
            nullable=said.get("Nullable") != "false",
        )


def _attributes(item: Element) -> Mapping[str, str]:
    """Attributes without their namespaces: SAP's own stand beside OData's."""
    return {name.rpartition("}")[2]: value for name, value in item.attrib.items()}


def _digits(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdigit() else None
