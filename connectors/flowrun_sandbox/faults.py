"""Faults on command: rules that say which request goes wrong, how, and how often."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from email.utils import format_datetime
from typing import Any, ClassVar, Generic, Literal, TypeVar, get_args, get_type_hints

import msgspec


class Rule(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Which requests a rule meets. ``count`` of 0 means: until the rule is deleted."""

    does: ClassVar[Mapping[str, str]] = {}
    """What each kind does, for people."""

    match: str = ""
    """A regular expression searched for in the path."""
    method: str | None = None
    count: int = 1
    delay_ms: int = 0
    retry_after: int | None = None
    """Seconds, for 429 and 503."""
    retry_after_form: Literal["seconds", "date"] = "seconds"
    id: int = 0
    hits: int = 0

    def __post_init__(self) -> None:
        try:
            re.compile(self.match)
        except re.error as error:
            raise ValueError(f"match is no regular expression: {error}") from error
        if self.count < 0 or self.delay_ms < 0:
            raise ValueError("count and delay_ms are not negative")

    def meets(self, method: str, path: str) -> bool:
        """Whether this request is one of the unlucky ones."""
        return (self.method or method).upper() == method.upper() and re.search(self.match, path) is not None

    def retry_after_header(self) -> str | None:
        """Both forms that HTTP allows; a client has to read either."""
        if self.retry_after is None:
            return None
        if self.retry_after_form == "date":
            return format_datetime(datetime.now(UTC) + timedelta(seconds=self.retry_after), usegmt=True)
        return str(self.retry_after)


R = TypeVar("R", bound=Rule)


def kinds_of(rule: type[Rule]) -> tuple[str, ...]:
    """The words a rule may have for its ``kind``."""
    return get_args(get_type_hints(rule)["kind"])


class Faults(Generic[R]):
    """The rules in force, oldest first. A rule whose count is used up leaves."""

    def __init__(self, kind: type[R]) -> None:
        self._kind = kind
        self._rules: list[R] = []
        self._made = 0
        self._lock = threading.Lock()

    def add(self, body: bytes) -> R:
        """A rule from JSON; ``msgspec.ValidationError`` says what is wrong with it."""
        rule = self._read(body)
        with self._lock:
            self._made += 1
            rule.id, rule.hits = self._made, 0
            self._rules.append(rule)
        return rule

    def _read(self, body: bytes) -> R:
        try:
            return msgspec.json.decode(body, type=self._kind)
        except msgspec.ValidationError as error:
            told = _mistyped(self._kind, msgspec.json.decode(body))
            if told is None:
                raise
            raise msgspec.ValidationError(told) from error

    def listed(self) -> list[R]:
        """The rules in force."""
        with self._lock:
            return list(self._rules)

    def clear(self) -> int:
        """All rules go; how many they were."""
        with self._lock:
            gone = len(self._rules)
            self._rules.clear()
        return gone

    def take(self, method: str, path: str) -> R | None:
        """The rule that hits this request, counted."""
        with self._lock:
            for rule in self._rules:
                if rule.meets(method, path):
                    rule.hits += 1
                    if rule.hits == rule.count:
                        self._rules.remove(rule)
                    return rule
        return None


def _mistyped(rule: type[Rule], said: Any) -> str | None:
    """What msgspec does not tell: the words there are, and the one that may have been meant."""
    if not isinstance(said, dict):
        return None
    kinds = kinds_of(rule)
    if said.get("kind") not in kinds:
        return f"there is no fault {said.get('kind')!r}; {_meant(str(said.get('kind')), kinds)}"
    fields = [name for name in rule.__struct_fields__ if name not in {"id", "hits"}]
    unknown = [name for name in said if name not in rule.__struct_fields__]
    return f"a fault has no {unknown[0]!r}; {_meant(unknown[0], fields)}" if unknown else None


def _meant(word: str, known: tuple[str, ...] | list[str]) -> str:
    close = get_close_matches(word, known, n=1)
    return (f"did you mean {close[0]!r}? " if close else "") + f"known: {', '.join(sorted(known))}"
