"""What differs between the versions of OData. Everything else is written once, over this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from flowrun_connectors.sap.odata.metadata import Property

Message = dict[str, str]
"""One thing SAP had to say about a success: code, message, severity, target."""


SEVERITIES: Mapping[str, str] = {"1": "success", "2": "info", "3": "warning", "4": "error"}
"""V4's `numericSeverity` in V2's words."""


class UnreadableError(ValueError):
    """The body is not what OData answers: a page of a proxy, a reply cut in half."""


class IncompleteError(UnreadableError):
    """A nested list goes on elsewhere, so the record would lack a part of it."""


class Dialect(Protocol):
    """One version of OData: how it writes values, and what it wraps around data."""

    version: int
    reading: Mapping[str, str]
    """The headers of a read."""
    writing: Mapping[str, str]
    """The headers of a write with a body."""

    def in_address(self, value: Any, of: Property | None = None) -> str:
        """The value as a literal of a key or a filter. Raises `BadLiteralError`."""

    def to_json(self, value: Any, of: Property | None = None) -> Any:
        """The value as it stands in a body. Raises `BadLiteralError`."""

    def from_json(self, value: Any, of: Property | None = None) -> Any:
        """A value of a body as Python has it. A time of day becomes a text such as 08:30:00."""

    def contains(self, name: str, literal: str) -> str:
        """The filter that holds when a text is part of a field."""

    def selection(self, select: Sequence[str], expand: Sequence[str]) -> dict[str, str]:
        """`$select` and `$expand`; both lists hold names and paths of names."""

    def unwrapped(self, data: Any) -> Any:
        """The entity, or the list with what is said about it. Raises `UnreadableError`."""

    def rows(self, data: Any) -> tuple[list[Any], str] | None:
        """The entities of a list, and the address where it goes on, or an empty text. None when it is no
        list.
        """

    def about(self, entity: Mapping[str, Any]) -> tuple[str, str]:
        """The ETag and the address that an entity carries; empty where it carries none."""

    def is_field(self, name: str, value: Any) -> bool:
        """Whether a member of an entity is data, and not something said about it."""

    def nested(self, value: Any) -> Any:
        """A nested list without what is wrapped around it. Raises `IncompleteError` when it is only the
        beginning of one.
        """

    def messages(self, headers: Mapping[str, str], entity: Any) -> tuple[Message, ...]:
        """What SAP had to say about a success."""
