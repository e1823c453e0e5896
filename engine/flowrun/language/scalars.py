"""What an unquoted YAML scalar means, and the traps among them.

Only `true`, `false`, `null`, plain whole numbers and plain decimals are read as such. Whatever YAML
itself, or another tool that reads YAML, would turn into something else is told instead of guessed: `no`,
`08`, `1_000`, `12:30`, `1e3`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from yaml.nodes import ScalarNode

_BOOL, _INT, _FLOAT, _NULL, _STR, _TIMESTAMP = (
    f"tag:yaml.org,2002:{name}" for name in ("bool", "int", "float", "null", "str", "timestamp")
)
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,30}")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,30})\.[0-9]{1,30}")
_NUMBER_ELSEWHERE = re.compile(r"0[0-9]+|0o[0-7]+|[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+")
"""Texts to PyYAML, but numbers to YAML 1.2, to spreadsheets and to most people."""
_TRUE = ("yes", "on", "true", "y")


@dataclass(frozen=True, slots=True)
class Trap:
    """An unquoted scalar that does not mean what it seems to."""

    message: str
    help: str


def meaning(node: ScalarNode) -> str | int | Decimal | bool | Trap | None:
    """A text, an exact number, true, false or null; or the trap it is."""
    text, tag = node.value, node.tag
    if node.style is not None:
        return str(text)
    if tag == _NULL:
        return None
    if tag == _BOOL and text in ("true", "false"):
        return bool(text == "true")
    if tag == _INT and _INTEGER.fullmatch(text):
        return int(text)
    if tag == _FLOAT and _DECIMAL.fullmatch(text):
        return Decimal(text)
    if tag in (_BOOL, _INT, _FLOAT, _TIMESTAMP) or _NUMBER_ELSEWHERE.fullmatch(text):
        return Trap(_reason(text, tag), f'write "{text}" in quotes if you mean the text{_instead(text, tag)}')
    return str(text)


def is_null(node: object) -> bool:
    """Whether a node is an unquoted null, or nothing at all."""
    return isinstance(node, ScalarNode) and node.style is None and node.tag == _NULL


def _reason(text: str, tag: str) -> str:
    if tag == _BOOL:
        return f"YAML reads `{text}` as {'true' if text.lower() in _TRUE else 'false'}"
    if tag == _TIMESTAMP:
        return f"YAML reads `{text}` as a date"
    if ":" in text:
        return f"YAML reads `{text}` as a number of seconds or minutes"
    if re.fullmatch(r"0[0-9]+", text):
        return f"`{text}` begins with a zero, which a number loses"
    if text.startswith("+"):
        return f"`{text}` begins with a plus, which a number loses"
    return f"YAML reads `{text}` as a number and changes how it is written"


def _instead(text: str, tag: str) -> str:
    if tag == _BOOL:
        return f", or {'true' if text.lower() in _TRUE else 'false'} if you mean that"
    if tag in (_INT, _FLOAT) and ":" not in text:
        return ", or the number in plain digits"
    return ""
