"""The values a step can see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flowrun.expressions.conversions import Setting
from flowrun.expressions.tables import Table


@dataclass(frozen=True, slots=True)
class Scope:
    """Names with their values (`event`, earlier steps, `run`, `env`), the lookup tables, the project's
    setting.

    `places` says of an item's name which item it is: `line` is `goods.lines[2]`. A scope never changes;
    `plus` makes a new one. Values in it are not to be changed either.
    """

    names: Mapping[str, Any]
    tables: Mapping[str, Table] = field(default_factory=dict)
    setting: Setting = field(default_factory=Setting)
    places: Mapping[str, str] = field(default_factory=dict)

    def plus(self, **names: Any) -> Scope:
        """The same scope with more names."""
        places = {name: place for name, place in self.places.items() if name not in names}
        return replace(self, names={**self.names, **names}, places=places)

    def at_item(self, name: str, item: Any, place: str) -> Scope:
        """The same scope inside a list: `name` is the item that stands at `place`."""
        return replace(self, names={**self.names, name: item}, places={**self.places, name: place})

    def placed(self, path: str) -> str:
        """A dotted path with the name of an item replaced by where that item stands."""
        head = path.partition(".")[0].partition("[")[0]
        return self.places[head] + path[len(head) :] if head in self.places else path
