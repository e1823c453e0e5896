"""`${env:NAME}` and `${env:NAME:-default}` in `flowrun.yaml`: filled in from the environment's variables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from yaml.nodes import ScalarNode

from flowrun.component.coerce import fitted
from flowrun.component.values import Secret
from flowrun.language.reader import Reader

_PLACEHOLDER = re.compile(r"\$\{env:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_LIKE_ONE = re.compile(r"\$\{[^}]*\}?|\$[A-Z_]{2,}")


@dataclass(slots=True)
class PlaceholderReader(Reader):
    """Reads with placeholders filled in. A variable that is not set and has no default is remembered in
    `unset`: it is needed to run, not to validate. What a variable holds is never shown, since it may be a
    password."""

    variables: Mapping[str, str] = field(default_factory=dict)
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
        names = [match[1] for match in _PLACEHOLDER.finditer(node.value)]
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
                told, hint = f"`{match[0]}` names no variable", "write ${env:NAME}, or ${env:NAME:-default}"
                self.problem("wrong-value", told, node, hint)

    def _filled(self, text: str) -> str:
        def fill(match: re.Match[str]) -> str:
            value = self.variables.get(match[1])
            if value is not None:
                return value
            if match[2] is None:
                self.unset.append(match[1])
            return match[0] if match[2] is None else match[2]

        return _PLACEHOLDER.sub(fill, text)
