"""Which step kinds and connectors there are. A value that the composition root makes and hands down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flowrun.component.connector import Connector
from flowrun.component.step import StepKind


@dataclass(frozen=True, slots=True)
class Registry:
    """Step kinds and connector classes by name."""

    steps: Mapping[str, type[StepKind]]
    connectors: Mapping[str, type[Connector[Any]]]

    @classmethod
    def of(cls, steps: Iterable[type[StepKind]], connectors: Iterable[type[Connector[Any]]]) -> Registry:
        """A registry of these classes. Raises ValueError when two have one name."""
        return cls(_by_name(steps), _by_name(connectors))


def _by_name(classes: Iterable[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in classes:
        if item.name in found:
            raise ValueError(
                f"two components are called '{item.name}': {found[item.name].__module__} and "
                f"{item.__module__}"
            )
        found[item.name] = item
    return found
