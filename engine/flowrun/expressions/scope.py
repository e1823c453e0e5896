"""The values a step can see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flowrun.expressions.conversions import Setting
from flowrun.expressions.tables import Table


@dataclass(frozen=True, slots=True)
class Scope:
    """Names with their values (`event`, earlier steps, `run`, `env`), the lookup tables, the project's setting.

    A scope never changes; `plus` makes a new one. Values in it are not to be changed either.
    """

    names: Mapping[str, Any]
    tables: Mapping[str, Table] = field(default_factory=dict)
    setting: Setting = field(default_factory=Setting)

    def plus(self, **names: Any) -> Scope:
        """The same scope with more names."""
        return replace(self, names={**self.names, **names})
