"""Reads the event that a flow is run with."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowrun.component.http import NotJson, decode
from flowrun.errors import ConfigurationError

_EXAMPLE = 'an event is a record such as {"id": 1187}'


def read_event(source: str) -> Mapping[str, Any]:
    """The JSON record in a file, or on stdin for `-`. Raises `ConfigurationError` saying what is wrong."""
    name = "the event on stdin" if source == "-" else f"the event file '{source}'"
    try:
        data = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{name} cannot be read: {error.strerror}") from error
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data.strip():
        raise ConfigurationError(f"{name} is empty; {_EXAMPLE}")
    try:
        event = decode(data)
    except NotJson as error:
        raise ConfigurationError(f"{name} is not JSON: {error}") from error
    except RecursionError as error:
        raise ConfigurationError(f"{name} is nested too deeply") from error
    if not isinstance(event, dict):
        kind = {list: "a list", str: "a text", type(None): "null", bool: "true or false"}.get(
            type(event), "a number"
        )
        raise ConfigurationError(f"{name} holds {kind}; {_EXAMPLE}")
    return event
