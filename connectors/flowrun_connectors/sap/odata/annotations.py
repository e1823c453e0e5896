"""What annotations say of V4 properties and entity sets: what the system computes, what cannot be changed, and
how a field is called.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flowrun_connectors.sap.odata.xml_names import Names, elements, local

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Noted = Mapping[str, str]
_FLAGS = ("Computed", "Immutable")
_RESTRICTIONS = ("InsertRestrictions", "UpdateRestrictions", "DeleteRestrictions")


@dataclass(frozen=True, slots=True)
class Notes:
    """The annotations that stand beside the schema, by their target, and those of entity sets by its name."""

    targets: Mapping[str, Noted]
    sets: Mapping[str, Noted]

    def of_property(self, owner: str, name: str, item: Element) -> Noted:
        """Those of a property: its own, and those elsewhere that name it."""
        return {**self.targets.get(f"{owner}/{name}", {}), **_noted(item)}

    def of_set(self, name: str) -> Noted:
        """Those of an entity set."""
        return self.sets.get(name, {})


def notes_of(root: Element, names: Names) -> Notes:
    """All annotations of a document that flowrun understands."""
    targets: dict[str, dict[str, str]] = {}
    sets: dict[str, dict[str, str]] = {}
    types = {
        item.get("Name", ""): names.full(item.get("EntityType", "")) for item in elements(root, "EntitySet")
    }
    for item in elements(root, "Annotations"):
        owner, _, last = item.get("Target", "").partition("/")
        targets.setdefault(f"{names.full(owner)}/{last}", {}).update(_noted(item))
        if last in types:
            _restrict(item, last, types[last], targets, sets)
    for item in elements(root, "EntitySet"):
        name = item.get("Name", "")
        _restrict(item, name, types[name], targets, sets)
    return Notes(targets, sets)


def _noted(item: Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for note in item:
        if local(note) != "Annotation":
            continue
        term = _term(note)
        if term in _FLAGS:
            found[term] = note.get("Bool", "true")
        elif term == "Label":
            found[term] = note.get("String", "")
    return found


def _restrict(
    item: Element,
    name: str,
    type_name: str,
    targets: dict[str, dict[str, str]],
    sets: dict[str, dict[str, str]],
) -> None:
    for note in item:
        if local(note) != "Annotation" or _term(note) not in _RESTRICTIONS:
            continue
        for value in elements(note, "PropertyValue"):
            said = value.get("Property", "")
            if value.get("Bool") is not None:
                sets.setdefault(name, {})[said] = value.get("Bool", "")
            for path in elements(value, "PropertyPath"):
                word = said.removesuffix("Properties")  # NonInsertableProperties, NonUpdatableProperties
                targets.setdefault(f"{type_name}/{path.text or ''}", {})[word] = "true"


def _term(note: Element) -> str:
    """The term without its vocabulary: that goes by any alias."""
    return note.get("Term", "").rpartition(".")[2]
