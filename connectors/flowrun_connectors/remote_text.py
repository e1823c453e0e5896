"""What a remote system said, made fit for one line of an error message."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

MOST = 200  # characters: enough for any message of SAP or X-Cart, too few for a page
_TAGS = re.compile(r"<(?:script|style)\b.*?</(?:script|style)>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_EMAIL = re.compile(r"[^\s@\"'<>]+@[^\s@\"'<>]+")


def shown(text: str) -> str:
    """One line of at most 200 characters, without tags and without e-mail addresses."""
    line = " ".join(html.unescape(_TAGS.sub(" ", text)).split())
    line = _EMAIL.sub("(e-mail)", line)
    return line if len(line) <= MOST else line[: MOST - 1] + "…"


def is_html(content_type: str, body: bytes) -> bool:
    """Whether an answer is a page for people: of a proxy, of a log-on, of a broken shop."""
    start = body[:200].lstrip().lower()
    return "text/html" in content_type.lower() or start.startswith((b"<!doctype html", b"<html"))


def message_in(data: Any) -> str:
    """The message in a JSON error body of any of the usual forms; empty when there is none."""
    if isinstance(data, str):
        return shown(data)
    if not isinstance(data, Mapping):
        return ""
    for name in ("detail", "hydra:description", "message", "error_description", "error", "title", "value"):
        found = message_in(data.get(name))
        if found:
            return found
    return ""
