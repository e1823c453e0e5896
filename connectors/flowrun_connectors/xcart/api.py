"""One of X-Cart's two APIs, as the connector sees it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Api:
    """The operations of one shop. Each is a method of an area, under the operation's own name; what this API
    cannot do has none.
    """

    name: str
    areas: tuple[object, ...]
    probe: Callable[[], Awaitable[None]]
    close: Callable[[], Awaitable[None]]

    def method(self, operation: str) -> Callable[[Any], Awaitable[Any]] | None:
        """How an operation is done."""
        for area in self.areas:
            found: Callable[[Any], Awaitable[Any]] | None = getattr(area, operation, None)
            if found is not None:
                return found
        return None
