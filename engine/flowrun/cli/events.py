"""Reads the event that a flow is run with."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowrun.component.http import NotJson, decode
from flowrun.errors import ConfigurationError


def read_event(source: str) -> Mapping[str, Any]:
    """The JSON record in a file, or on stdin for `-`. Raises `ConfigurationError` saying what is wrong with it."""
    name = "the event on stdin" if source == "-" else f"the event file '{source}'"
    try:
        data = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{name} cannot be read: {error.strerror}") from error
    try:
        event = decode(data.removeprefix(b"\xef\xbb\xbf"))
    except NotJson as error:
        raise ConfigurationError(f"{name} is not JSON: {error}") from error
    if not isinstance(event, dict):
        raise ConfigurationError(f"{name} holds {type(event).__name__}, but an event is a record such as {{\"id\": 1187}}")
    return event
