"""Dead letters by their cause, the name of each cause, and changes to the event of one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from flowrun.component.http import NotJson, decode
from flowrun.errors import ConfigurationError, RunError
from flowrun.expressions.suggest import did_you_mean
from flowrun.runtime.journal.clearing import Letter

_ROUND = re.compile(r"\[\d+\]")
_STEP_OF_A_PATH = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_SAID_IN_GENERAL = ("", "internal")
"""Codes that say too little: their messages tell the causes apart, but for the numbers in them."""


@dataclass(frozen=True, slots=True)
class SharedCause:
    """What a group of dead letters has in common. `value` is the lookup value that is missing."""

    flow: str
    step: str
    code: str
    target: str
    value: str = ""
    shape: str = ""

    @property
    def group(self) -> str:
        """A short name that is the same on every machine and every day."""
        parts = (self.flow, self.step, self.code, self.target, self.value, self.shape)
        return "d-" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:6]

    @property
    def lookup(self) -> tuple[str, str] | None:
        """The table and column in which a row is missing."""
        if self.code != "lookup-miss":
            return None
        table, _, column = self.target.partition(".")
        return table, column


@dataclass(frozen=True, slots=True)
class Group:
    """The dead letters of one cause, oldest first; never empty."""

    cause: SharedCause
    letters: tuple[Letter, ...]

    @property
    def name(self) -> str:
        """What commands call it."""
        return self.cause.group

    @property
    def newest(self) -> Letter:
        """The one that came last: its message is the example."""
        return self.letters[-1]

    @property
    def waits(self) -> bool:
        """Whether its runs go on by themselves once the row is there."""
        return self.newest.status == "parked"


def cause_of(flow: str, step: str | None, error: Mapping[str, Any]) -> SharedCause:
    """The cause that an error of a run stands for. The rounds of a loop are one place."""
    code, message = str(error.get("code", "")), str(error.get("message", ""))
    shape = re.sub(r"\d+", "#", message) if code in _SAID_IN_GENERAL else ""
    return SharedCause(
        flow,
        _ROUND.sub("[]", step or ""),
        code,
        str(error.get("target", "")),
        str(error.get("value", "")),
        shape,
    )


def cause_of_error(flow: str, error: RunError) -> SharedCause:
    """The same for an error that was just raised."""
    return cause_of(flow, error.place, error.as_data())


def cause_of_letter(letter: Letter) -> SharedCause:
    """The same for what is in the journal."""
    return cause_of(letter.flow, letter.step, letter.error)


def grouped(letters: Iterable[Letter]) -> list[Group]:
    """Groups of letters, the largest first."""
    found: dict[tuple[SharedCause, bool], list[Letter]] = {}
    for letter in letters:
        found.setdefault((cause_of_letter(letter), letter.status == "parked"), []).append(letter)
    groups = [Group(cause, tuple(of_cause)) for (cause, _), of_cause in found.items()]
    return sorted(groups, key=lambda group: (-len(group.letters), group.name))


def named(groups: Sequence[Group], name: str) -> list[Group]:
    """The group of this name, or of this beginning of a name. Parked runs and dead ones of one cause share their name.

    Raises `ConfigurationError` when there is none, or when the beginning fits several.
    """
    fitting = [group for group in groups if group.name == name] or [
        group for group in groups if len(name) > len("d-") and group.name.startswith(name)
    ]
    names = {group.name for group in fitting}
    if len(names) > 1:
        raise ConfigurationError(
            f"'{name}' is the beginning of {len(names)} groups; write more of it: {', '.join(sorted(names))}"
        )
    if not fitting:
        known = {group.name for group in groups}
        raise ConfigurationError(
            f"there is no group '{name}'; {did_you_mean(name, known) if known else 'there are no dead letters'}"
        )
    return fitting


# --- changing an event --------------------------------------------------------------------------------------------


def changed(event: Any, settings: Iterable[str]) -> Any:
    """The event with `path=value` applied, one after another. Values are JSON, or else texts; numbers stay exact.

    Where a text stands, digits are a text too, as in an order number. The last name of a path may be a new one. Raises
    `ConfigurationError` when a path leads nowhere.
    """
    for setting in settings:
        path, equals, text = setting.partition("=")
        if not equals:
            raise ConfigurationError(f"'{setting}' sets nothing; write path=value, as in address.city=Bonn")
        event = _with(event, _steps(path.strip()), text, path.strip())
    return event


def changed_paths(before: Any, after: Any, path: str = "") -> list[str]:
    """Where two events differ, as `address.city` or `lines[0].sku`."""
    if before == after and type(before) is type(after):
        return []
    if isinstance(before, dict) and isinstance(after, dict):
        names = [*before, *(name for name in after if name not in before)]
        pairs = [(before.get(name), after.get(name), f"{path}.{name}".lstrip(".")) for name in names]
        return [found for pair in pairs for found in changed_paths(*pair)] or [path or "all of it"]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        lists = enumerate(zip(before, after, strict=True))
        return [found for index, pair in lists for found in changed_paths(*pair, f"{path}[{index}]")]
    return [path or "all of it"]


def with_types_of(original: Any, edited: Any) -> Any:
    """What a person edited as JSON, with moments and days as they were where their text is the same."""
    match original, edited:
        case dict(), dict():
            return {name: with_types_of(original.get(name), item) for name, item in edited.items()}
        case list(), list():
            padded = [*original, *[None] * max(0, len(edited) - len(original))]
            return [with_types_of(old, new) for old, new in zip(padded, edited, strict=False)]
        case ((datetime() | date() | time()), str()) if _as_json_has_it(original) == edited:
            return original
        case _:
            return edited


def _as_json_has_it(value: datetime | date | time) -> str:
    text = value.isoformat()
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def _value(text: str, before: Any) -> Any:
    try:
        value = decode(text.encode())
    except NotJson:
        return text
    number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return text if number and isinstance(before, str) else value


def _steps(path: str) -> list[str | int]:
    """`lines[0].sku` as its parts; `lines.0.sku` is the same."""
    found = [int(match[2]) if match[2] is not None else match[1] for match in _STEP_OF_A_PATH.finditer(path)]
    if not found:
        raise ConfigurationError("a setting begins with a path; write path=value, as in address.city=Bonn")
    return found


def _with(value: Any, steps: list[str | int], text: str, path: str) -> Any:
    if not steps:
        return _value(text, value)
    step, *rest = steps
    if isinstance(value, list):
        if not str(step).isdigit() or int(step) >= len(value):
            raise ConfigurationError(f"the event has no `{path}`: the list there has {len(value)} entries")
        return [
            _with(item, rest, text, path) if index == int(step) else item for index, item in enumerate(value)
        ]
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"the event has no `{path}`: what is before `{step}` has no fields")
    name = str(step)
    if rest and name not in value:
        raise ConfigurationError(f"the event has no `{path}`; {did_you_mean(name, value)}")
    return {**value, name: _with(value.get(name), rest, text, path)}
