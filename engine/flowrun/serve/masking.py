"""What may not be seen in logs and alerts: secrets of the project, and personal data.

Secrets are known, so their plain texts are looked for everywhere. Personal data in records is found by the rules of
`personal_data`; in free texts, such as what SAP answered, by its form: e-mail addresses and telephone numbers.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import quote

from flowrun.component.values import Secret

HIDDEN = "***"
_SHORTEST_SECRET = 3
_EMAIL = re.compile(r"[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(
    r"(?<![\w.+/-])(?:"
    r"\+\d[\d ()./-]{6,}\d"  # +49 (0)30 23125-117
    r"|\(\d{2,5}\) ?\d[\d .-]{4,}\d"  # (415) 555-0167
    r"|0\d{1,4}[ /-]\d[\d /-]{4,}\d"  # 030 23125 042, 0049 30 23125200
    r"|\d{3}[ .-]\d{3}[ .-]\d{4}"  # 415 555 0134
    r")(?![\w-])"
)


class Mask:
    """Hides what is not to be seen. `personal` are field names (`email`) or dotted patterns (`*.phone`)."""

    def __init__(self, secrets: Iterable[str] = (), personal: Iterable[str] = ()) -> None:
        self._secrets: list[str] = []
        self._personal = tuple(rule.casefold() for rule in personal)
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """More secrets. Those of before stay secret: a rotated password may still be in use elsewhere."""
        found = {secret for secret in secrets if len(secret) >= _SHORTEST_SECRET}
        forms = found | {quote(secret, safe="") for secret in found} | set(self._secrets)
        self._secrets = sorted(forms, key=len, reverse=True)

    def scrubbed(self, text: str) -> str:
        """The text without secrets and e-mail addresses."""
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, HIDDEN)
        return _EMAIL.sub(HIDDEN, text) if "@" in text or "%40" in text else text

    def text(self, text: str) -> str:
        """A text written for people, without secrets, e-mail addresses and telephone numbers."""
        return _PHONE.sub(HIDDEN, self.scrubbed(text))

    def record(self, value: Any, path: str = "") -> Any:
        """A record, or anything in one, with the personal fields and all secrets hidden."""
        match value:
            case str():
                return self.scrubbed(str(value))  # a Secret says *** by itself
            case Mapping():
                return {str(key): self._field(str(key), item, path) for key, item in value.items()}
            case list() | tuple():
                return [self.record(item, path) for item in value]
            case _:
                return value

    def _field(self, name: str, value: Any, path: str) -> Any:
        here = f"{path}.{name}".lstrip(".").casefold()
        for rule in self._personal:
            if fnmatchcase(here if "." in rule else name.casefold(), rule):
                return HIDDEN if value not in (None, "") else value
        return self.record(value, here)


def secrets_in(value: Any) -> Iterator[str]:
    """The plain text of every secret in settings, however deep."""
    match value:
        case Secret():
            yield value.reveal()
        case Mapping():
            for item in value.values():
                yield from secrets_in(item)
        case list() | tuple():
            for item in value:
                yield from secrets_in(item)
        case _ if dataclasses.is_dataclass(value):
            for field in dataclasses.fields(value):
                yield from secrets_in(getattr(value, field.name))
        case _:
            return
