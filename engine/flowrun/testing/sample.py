"""What a connector's author gives for each operation: parameters that fit, and what the remote system answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

from flowrun.component.http import encode
from flowrun.errors import RunError

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

Expected = type[RunError] | tuple[type[RunError], ...] | None
"""The errors that a fault may become. None: an answer is fine as well."""

Effect = tuple[str, str, bytes]
"""Place, query and body of a request."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that reached the remote system as a whole."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def writes(self) -> bool:
        """Whether the method is one that may change something."""
        return self.method not in SAFE

    @property
    def place(self) -> str:
        """Method and path, as they stand in `answers`."""
        return f"{self.method} {self.path}"

    @property
    def effect(self) -> Effect:
        """What makes two writes the same write."""
        return self.place, self.query, self.body

    def fits(self, pattern: str) -> bool:
        """Whether `GET`, `GET /orders/*` or `GET /orders?page=2*` means this request."""
        method, _, path = pattern.partition(" ")
        whole = f"{self.path}?{self.query}" if self.query else self.path
        return self.method == method and (
            not path or fnmatchcase(self.path, path) or fnmatchcase(whole, path)
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the remote system. Bytes and texts are sent as they are, anything else as JSON; None is no body.

    `ending` is how it goes wrong on the line: `cut` in the middle of the body, `dropped` before the first byte,
    `silent` for ever.
    """

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    ending: Literal["whole", "cut", "dropped", "silent"] = "whole"

    @classmethod
    def of(cls, value: Any) -> Answer:
        """Plain data is the body of a 200."""
        return value if isinstance(value, Answer) else cls(value)

    def content(self) -> tuple[bytes, str]:
        """The body's bytes and their type."""
        match self.body:
            case None:
                return b"", ""
            case bytes():
                return self.body, "application/octet-stream"
            case str():
                return self.body.encode(), "text/plain; charset=utf-8"
            case _:
                return encode(self.body), "application/json"


@dataclass(frozen=True, slots=True)
class Sample:
    """One call of an operation that goes well.

    `answer` is what every request gets; where an operation sends several, `answers` tells them apart by
    `METHOD` or `METHOD /path*`, the first that fits counts. `after` comes before both as soon as a write was
    answered: it is the system as the write has left it. `expects` says for a fault by its name (`not found`,
    `page`) which errors are right here, where they are others than usual; None when an answer is.
    """

    parameters: Mapping[str, Any] = field(default_factory=dict)
    answer: Any = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    expects: Mapping[str, Expected] = field(default_factory=dict)
