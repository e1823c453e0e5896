"""Names in EDMX documents: elements by their local name, types by their full one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


@dataclass(frozen=True, slots=True)
class Names:
    """The aliases of a document's schemas."""

    namespaces: Mapping[str, str]

    def full(self, name: str) -> str:
        """A type's name with its namespace in place of an alias; also inside `Collection(…)`."""
        before, bracket, inner = name.partition("(")
        if bracket:
            return f"{before}({self.full(inner)}"
        prefix, _, own = name.rpartition(".")
        return f"{self.namespaces[prefix]}.{own}" if prefix in self.namespaces else name


def names_of(root: Element) -> Names:
    """The aliases that a document declares for its own schemas."""
    return Names(
        {
            item.get("Alias", ""): item.get("Namespace", "")
            for item in elements(root, "Schema")
            if item.get("Alias")
        }
    )


def elements(parent: Element, name: str) -> Iterator[Element]:
    """Elements of this local name, at any depth: EDMX has had several namespaces."""
    return (item for item in parent.iter() if local(item) == name)


def local(item: Element) -> str:
    """An element's name without its namespace."""
    return str(item.tag).rpartition("}")[2]
