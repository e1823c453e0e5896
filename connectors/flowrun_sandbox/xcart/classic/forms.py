"""How PHP reads a form: ``a[b][]=c`` is a nested table, and every text becomes what a column needs."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl

_NUMBER = re.compile(r"\s*[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


def parse(text: str) -> dict[str, Any]:
    """A query string or form body as PHP's ``parse_str`` reads it; lists keep their numbers as keys."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        head, _, rest = name.partition("[")
        keys = [head, *re.findall(r"([^\[\]]*)\]", rest)]
        place = found
        for key, following in zip(keys, [*keys[1:], None], strict=True):
            key = key or str(len(place))  # noqa: PLW2901 - an empty key takes the next number
            if following is None:
                place[key] = value
            else:
                inner = place.get(key)
                place[key] = place = inner if isinstance(inner, dict) else {}
    return found


def whole(value: object) -> int:
    """``intval``: what cannot be read is 0, and nobody is told."""
    return int(decimal(value))


def decimal(value: object) -> Decimal:
    """``doubleval`` without its rounding: the number at the beginning of the text, or 0."""
    if isinstance(value, bool) or value is None:
        return Decimal(int(bool(value)))
    if isinstance(value, int | Decimal):
        return Decimal(value)
    match = _NUMBER.match(str(value))
    try:
        return Decimal(match.group().strip()) if match else Decimal(0)
    except InvalidOperation:
        return Decimal(0)


def truth(value: object) -> bool:
    """A PHP boolean: the texts ``""`` and ``"0"`` are false, ``"false"`` is true."""
    return value not in ("", "0", 0, None, False)


def rows(value: object) -> list[Any]:
    """The members of a list, or of a table with numbers for keys, as forms send one."""
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list) else [value]
