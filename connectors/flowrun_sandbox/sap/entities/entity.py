"""How one entity type of S/4HANA is written down here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entity:
    """One entity type in the notation of ``fields``.

    ``fixed`` names what its entity set refuses: create, update, delete; a deep insert into a parent stays allowed
    unless it is read-only altogether. ``of`` names the type whose rows it shows under other names.
    """

    name: str
    properties: str
    navigation: str = ""
    fixed: frozenset[str] = frozenset()
    of: str = ""


READ_ONLY = frozenset({"create", "update", "delete"})
NO_DELETE = frozenset({"delete"})
NO_CREATE_NO_DELETE = frozenset({"create", "delete"})
IMMUTABLE = frozenset({"update", "delete"})
