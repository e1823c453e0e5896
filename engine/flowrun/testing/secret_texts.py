"""Secrets that can be found again: put into every secret setting, and looked for in every form they travel in."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, get_args
from urllib.parse import quote, quote_plus

from flowrun.component import Config, Secret, options_of


def secret_settings(config: type[Config]) -> list[str]:
    """The settings that hold a secret, those of records inside as `logon.key`."""
    found: list[str] = []
    for name, option in options_of(config).items():
        if takes(option.annotation, Secret):
            found.append(name)
        for inner in _configs(option.annotation):
            found += [f"{name}.{below}" for below in secret_settings(inner)]
    return found


def hushed(config: type[Config], given: Mapping[str, Any], place: str = "") -> dict[str, Any]:
    """Settings with a recognisable text in place of each secret one. A ready `Secret` stays as it is."""
    made = dict(given)
    for name, option in options_of(config).items():
        value = made.get(name)
        if takes(option.annotation, Secret) and isinstance(value, str) and not isinstance(value, Secret):
            made[name] = Secret(f"Hush+{place}{name}/never=told")
        for inner in _configs(option.annotation):
            if isinstance(value, Mapping):
                made[name] = hushed(inner, value, f"{place}{name}.")
    return made


def given_at(settings: Mapping[str, Any], path: str) -> Any:
    """What stands at `logon.key`, None when nothing does."""
    value: Any = settings
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def secrets_in(value: Any) -> Iterator[Secret]:
    """All secrets in a value, however deep."""
    match value:
        case Secret():
            if value.reveal():
                yield value
        case Mapping():
            for inner in value.values():
                yield from secrets_in(inner)
        case list() | tuple():
            for inner in value:
                yield from secrets_in(inner)
        case _ if dataclasses.is_dataclass(value):
            for item in dataclasses.fields(value):
                yield from secrets_in(getattr(value, item.name))


def leaked(text: str, secrets: list[Secret]) -> Iterator[str]:
    """The secrets that a text shows, each told by its beginning and by the form it was found in."""
    for secret in secrets:
        plain = secret.reveal()
        quoted = [quote(plain, safe=""), quote_plus(plain)]
        forms = {"plain": [plain], "quoted for an address": quoted, "base64": _base64(plain)}
        for form, ways in forms.items():
            if any(way in text for way in ways):
                yield f"that begins with {plain[:12]!r} ({form})"
                break


def takes(annotation: Any, wanted: type) -> bool:
    """Whether a setting is of this type, or may be."""
    return annotation is wanted or wanted in get_args(annotation)


def _configs(annotation: Any) -> list[type[Config]]:
    members = (annotation, *get_args(annotation))
    return [member for member in members if isinstance(member, type) and issubclass(member, Config)]


def _base64(plain: str) -> list[str]:
    """How it looks inside of a longer base64 text: in three ways, after where it begins."""
    found: list[str] = []
    for shift in range(3):
        whole = base64.b64encode(b"\0" * shift + plain.encode()).decode().rstrip("=")
        middle = whole[4 if shift else 0 : -2]
        if len(middle) > 5:
            found += [middle, middle.replace("+", "-").replace("/", "_")]
    return found
