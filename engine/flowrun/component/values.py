"""The small types of settings and parameters: durations and sizes with their unit, secrets, web addresses."""

from __future__ import annotations

import re
from dataclasses import dataclass

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    """A length of time in seconds, written with its unit: `500ms`, `30s`, `5m`, `2h`, `7d`."""

    seconds: float

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Raises ValueError when the unit is missing or unknown."""
        match = _DURATION.fullmatch(text.strip())
        if match is None:
            raise ValueError(
                f"`{text}` is not a duration; write a number with its unit: 500ms, 30s, 5m, 2h, 7d"
            )
        return cls(float(match[1]) * _UNITS[match[2]])

    def __str__(self) -> str:
        for unit in ("d", "h", "m", "s"):
            amount = self.seconds / _UNITS[unit]
            if amount >= 1 and amount == int(amount):
                return f"{int(amount)}{unit}"
        return f"{self.seconds * 1000:g}ms"


class Secret(str):
    """A text that is never shown. As a text it *is* `***`, so neither a log line nor JSON nor `join` can hold more.

    `reveal()` gives the plain text; it is called where a request is signed and nowhere else. It cannot be pickled.
    """

    __slots__ = ("_plain",)

    _plain: str

    def __new__(cls, text: str = "") -> Secret:
        """A secret made of a secret is the same secret. An empty one is empty, so that it can be asked for."""
        plain = text._plain if isinstance(text, Secret) else str(text)
        made = super().__new__(cls, "***" if plain else "")
        made._plain = plain
        return made

    def __repr__(self) -> str:
        return "***"

    def __str__(self) -> str:
        return "***"

    def __format__(self, specification: str) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._plain == other._plain

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((Secret, self._plain))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memory: object) -> Secret:
        return self

    def __reduce_ex__(self, protocol: object) -> str:
        raise TypeError("a secret cannot be written down")

    def reveal(self) -> str:
        """The secret itself."""
        return self._plain


class Url(str):
    """The start of an address: `https://shop.example.com`, without a slash at its end."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Url:
        """Raises ValueError when it is no http address, or holds a user and password."""
        if not re.match(r"https?://[^\s/]+", text):
            raise ValueError(f"`{text}` is not a web address; write it with http:// or https://")
        if "@" in text.split("/")[2]:
            raise ValueError("a web address holds no user and password; give them as `user` and `password`")
        return cls(text.rstrip("/"))
