"""`${env:NAME}`, `${env:NAME:-default}` and `${file:PATH}` in `flowrun.yaml`: filled in from the environment's
variables, or from a file as container platforms mount secrets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yaml.nodes import ScalarNode

from flowrun.component.coerce import fitted
from flowrun.component.values import Secret
from flowrun.language.reader import Reader

_PLACEHOLDER = re.compile(
    r"\$\{(?:env:(?P<env>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?|file:(?P<file>[^}:]+))\}"
)
_LIKE_ONE = re.compile(r"\$\{[^}]*\}?|\$[A-Z_]{2,}")


@dataclass(slots=True)
class PlaceholderReader(Reader):
    """Reads with placeholders filled in. A variable that is not set and has no default is remembered in
    `unset`: it is needed to run, not to validate. What a variable holds is never shown, since it may be a
    password."""

    variables: Mapping[str, str] = field(default_factory=dict)
    folder: Path = field(default_factory=Path)
    unset: list[str] = field(default_factory=list)

    def scalar(self, node: ScalarNode) -> Any:
        """What a scalar means, with its placeholders filled in."""
        self._check_written(node)
        if _PLACEHOLDER.search(node.value):
            return self._filled(node.value)
        return Reader.scalar(self, node)

    def scalar_as(self, node: ScalarNode, annotation: Any, what: str) -> Any:
        """The same as the annotated type; a text that comes from a variable may be a number or true."""
        self._check_written(node)
        names = [_name(match) for match in _PLACEHOLDER.finditer(node.value)]
        if not names:
            return Reader.scalar_as(self, node, annotation, what)
        text = self._filled(node.value)
        if _PLACEHOLDER.search(text):
            return (
                Secret("") if annotation is Secret else text
            )  # never used: the connection counts as not usable
        try:
            return fitted(
                {"true": True, "false": False}.get(text, text) if annotation is bool else text, annotation
            )
        except ValueError:
            told = f"{what}: what the variable {', '.join(names)} holds does not fit"
            return self.problem(
                "wrong-value", told, node, "the value itself is not shown, as it may be secret"
            )

    def _check_written(self, node: ScalarNode) -> None:
        for match in _LIKE_ONE.finditer(_PLACEHOLDER.sub("", node.value)):
            if match[0].startswith("${"):
                told, hint = (
                    f"`{match[0]}` names no variable",
                    "write ${env:NAME}, ${env:NAME:-default} or ${file:PATH}",
                )
                self.problem("wrong-value", told, node, hint)

    def _filled(self, text: str) -> str:
        def fill(match: re.Match[str]) -> str:
            value = self._value(match)
            if value is not None:
                return value
            default: str | None = match["default"]
            if default is None:
                self.unset.append(_name(match))
            return match[0] if default is None else default

        return _PLACEHOLDER.sub(fill, text)

    def _value(self, match: re.Match[str]) -> str | None:
        """What a variable or a file holds; None when it is not there. The last line end of a file does not count."""
        if match["env"] is not None:
            return self.variables.get(match["env"])
        try:
            return (self.folder / match["file"]).read_text(encoding="utf-8").removesuffix("\n")
        except (OSError, UnicodeDecodeError):
            return None


def _name(match: re.Match[str]) -> str:
    """How a message names a placeholder."""
    return match["env"] if match["env"] is not None else f"file {match['file']}"
