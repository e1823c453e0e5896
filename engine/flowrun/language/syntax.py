"""YAML's syntax errors in an analyst's words."""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

_BRACES = re.compile(r"(?:^|[:\[,{-])\s*(\{[{%])")


@dataclass(frozen=True, slots=True)
class Mistake:
    """What makes a file unreadable, at an index of its text."""

    code: str
    message: str
    index: int
    help: str = ""
    length: int = 1


def unreadable(text: str, error: Exception) -> Mistake:
    """Why PyYAML could not read a text."""
    if isinstance(error, yaml.reader.ReaderError):
        character = error.character if isinstance(error.character, int) else ord(error.character[:1] or "\0")
        message = f"the file holds a character that YAML does not allow (U+{character:04X})"
        return Mistake("bad-yaml", message, error.position, "take the character away")
    if not isinstance(error, yaml.MarkedYAMLError):
        return Mistake(
            "bad-yaml",
            "the file holds an escape or a number that YAML cannot read",
            0,
            "check its `\\` escapes",
        )
    mark = error.problem_mark or error.context_mark
    index = mark.index if mark is not None else 0
    problem, context = error.problem or "", error.context or ""
    return (
        _tab(text, index, problem)
        or _braces(text, index)
        or _quotes(error, index, context, problem)
        or _structure(index, context, problem)
    )


def _line(text: str, index: int) -> tuple[int, str]:
    """The start of the line that holds an index, and the line."""
    start = text.rfind("\n", 0, index) + 1
    return start, text[start:].split("\n", 1)[0]


def _tab(text: str, index: int, problem: str) -> Mistake | None:
    start, line = _line(text, index)
    indentation = line[: len(line) - len(line.lstrip())]
    if "\\t" not in problem and "\t" not in indentation:
        return None
    place = start + line.index("\t") if "\t" in line else index
    return Mistake(
        "yaml-tab", "a tab stands where only spaces may", place, "indent with spaces, two for each level"
    )


def _braces(text: str, index: int) -> Mistake | None:
    """`text: {{ a }}-{{ b }}`: the parser stumbles in this line, or at the start of the one below."""
    for place in (index, text.rfind("\n", 0, index) - 1):
        start, line = _line(text, max(place, 0))
        found = _BRACES.search(line)
        if found is not None and place >= 0:
            sign = found[1]
            return Mistake(
                "unquoted-braces",
                f"a text that begins with `{sign}` must stand in quotes",
                start + found.start(1),
                'as in text: "{{ order.order_number }}"',
                2,
            )
    return None


def _quotes(error: yaml.MarkedYAMLError, index: int, context: str, problem: str) -> Mistake | None:
    opened = error.context_mark.index if error.context_mark is not None else index
    if "quoted scalar" in context and "unexpected" in problem:
        return Mistake(
            "bad-yaml", "the quote that opens here is never closed", opened, "close it at the end of the text"
        )
    if "unknown escape" in problem:
        return Mistake(
            "bad-yaml",
            "`\\` has a meaning of its own in double quotes",
            index,
            "use single quotes, or write `\\\\`",
        )
    if "cannot start any token" in problem:
        return Mistake("bad-yaml", "a text cannot begin with this sign", index, "put quotes around the text")
    return None


def _structure(index: int, context: str, problem: str) -> Mistake:
    if "but found another document" in problem:
        help_text = "one file holds one flow; put the other one into a file of its own"
        return Mistake("second-document", "a second document begins here (`---`)", index, help_text, 3)
    if "mapping values are not allowed" in problem:
        help_text = "put quotes around a text that holds a colon, and check the indentation"
        return Mistake("bad-yaml", "a colon stands where YAML expects none", index, help_text)
    if "could not find expected ':'" in problem:
        return Mistake(
            "bad-yaml",
            "a key stands here without its colon",
            index,
            "write `key: value`, and check the lines above",
        )
    if "flow mapping" in context or "flow sequence" in context:
        sign = "}" if "mapping" in context else "]"
        help_text = f"check that each item is followed by `,`, and the last one by `{sign}`"
        return Mistake(
            "bad-yaml",
            f"the `{'{' if sign == '}' else '['}` before it is not closed as it should be",
            index,
            help_text,
        )
    if "expected" in problem:
        help_text = "check that it is indented like its neighbours, and that its quotes are closed"
        return Mistake("bad-yaml", "this does not fit the lines above it", index, help_text)
    return Mistake(
        "bad-yaml",
        f"the file is not valid YAML here: {problem}",
        index,
        "check the signs and the indentation",
    )
