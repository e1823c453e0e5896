"""A request as it leaves and the answer as it came, light enough to be made for every call.

They have the names that httpx uses for the same things. httpx's own objects cost more time than the whole
call does without them (see the decisions), and a connector needs only this much of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol


class Address(Protocol):
    """A whole web address. As a text it is what is sent."""

    @property
    def path(self) -> str:
        """What stands between the host and the `?`, decoded."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request just before it leaves. Its headers hold no credentials yet."""

    method: str
    url: Address
    headers: Mapping[str, str]
    content: bytes = b""


SendGuard = Callable[[Request], None]
"""Sees each request before it leaves. Raises to stop it; dry-run stops everything that writes."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, whatever its status. `headers` do not care about upper and lower case."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes
    request: Request

    @property
    def is_success(self) -> bool:
        """200 to 299."""
        return 200 <= self.status_code < 300

    @property
    def is_redirect(self) -> bool:
        """It names another address. Nobody goes there: credentials are for the address in the settings."""
        return 300 <= self.status_code < 400

    @property
    def text(self) -> str:
        """The body as text, in the character set that it names, or UTF-8."""
        _, _, named = self.headers.get("content-type", "").lower().partition("charset=")
        try:
            return self.content.decode(named.split(";")[0].strip(" \"'") or "utf-8", "replace")
        except LookupError:
            return self.content.decode("utf-8", "replace")


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """The wait in seconds that `Retry-After` asks for, in either of its two forms; None when there is
    none."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((moment - (now or datetime.now(UTC))).total_seconds(), 0.0)
