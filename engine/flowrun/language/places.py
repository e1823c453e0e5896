"""Where each character of a YAML scalar stands in its file: past quotes, escapes, indentation and folded
lines."""

from __future__ import annotations

import re

from yaml.nodes import ScalarNode

_ESCAPE_LENGTHS = {"x": 4, "u": 6, "U": 10}
_BREAKS = "\n\x85\u2028\u2029"


def places_of(text: str, node: ScalarNode) -> list[int]:
    """For each character of the scalar's value its index in the text, and one more for its end.

    Where the two cannot be matched, the start of the scalar stands for all.
    """
    start, end = node.start_mark.index, node.end_mark.index
    if node.style in ("|", ">"):
        found = _block(text, node)
    elif node.style == '"':
        found = _double_quoted(text, start + 1, end - 1)
    elif node.style == "'":
        found = _folded(text, start + 1, end - 1, quote="''")
    else:
        found = _folded(text, start, end, quote="")
    if len(found) != len(node.value):
        return [start] * (len(node.value) + 1)
    return [*found, found[-1] + 1 if found else start]


def _folded(text: str, start: int, end: int, *, quote: str) -> list[int]:
    """Plain and single-quoted scalars: a line end and the spaces around it are one space, further ones are
    kept."""
    found: list[int] = []
    index = start
    while index < end:
        gap = re.compile(rf"[ \t]*[{_BREAKS}][ \t{_BREAKS}]*").match(text, index, end)
        if gap is not None:
            found.extend(_gap(text, gap))
            index = gap.end()
        elif quote and text.startswith(quote, index):
            found.append(index)
            index += 2
        else:
            found.append(index)
            index += 1
    return found


def _gap(text: str, gap: re.Match[str]) -> list[int]:
    breaks = [index for index in range(gap.start(), gap.end()) if text[index] in _BREAKS]
    return breaks if len(breaks) == 1 else breaks[1:]


def _double_quoted(text: str, start: int, end: int) -> list[int]:
    found: list[int] = []
    index = start
    while index < end:
        gap = re.compile(rf"[ \t]*[{_BREAKS}][ \t{_BREAKS}]*").match(text, index, end)
        if gap is not None:
            found.extend(_gap(text, gap))
            index = gap.end()
        elif text[index] == "\\" and index + 1 < end and text[index + 1] in _BREAKS:
            joined = re.compile(rf"\\[{_BREAKS}][ \t]*").match(text, index, end)
            index = joined.end() if joined is not None else index + 2
        elif text[index] == "\\":
            found.append(index)
            index += _ESCAPE_LENGTHS.get(text[index + 1 : index + 2], 2)
        else:
            found.append(index)
            index += 1
    return found


def _block(text: str, node: ScalarNode) -> list[int]:
    """`|` keeps each line; `>` joins them. Each line of the file is looked for in the value, behind the
    one before."""
    value = node.value
    found: list[int] = []
    line_start = text.find("\n", node.start_mark.index) + 1
    while 0 < line_start < len(text) and len(found) < len(value):
        line_end = text.find("\n", line_start)
        line_end = len(text) if line_end < 0 else line_end
        line = text[line_start:line_end]
        at = _aligned(value, len(found), line)
        if at is not None:
            indent, skipped = at
            # What stands between this line and the one before became spaces or line ends: both are at its
            # start.
            found.extend([max(line_start - 1, 0)] * skipped)
            found.extend(range(line_start + indent, line_end))
        line_start = line_end + 1
    found.extend([len(text)] * (len(value) - len(found)))
    return found


def _aligned(value: str, begin: int, line: str) -> tuple[int, int] | None:
    """How far the line is indented, and how many joining characters come before it in the value; None for
    a blank."""
    if not line.strip():
        return None
    spaces = len(line) - len(line.lstrip(" "))
    skipped = 0
    while begin + skipped <= len(value):
        for indent in range(spaces + 1):
            if value.startswith(line[indent:], begin + skipped) and (begin + skipped > 0 or indent > 0):
                return indent, skipped
        if value[begin + skipped : begin + skipped + 1] not in ("\n", " "):
            return None
        skipped += 1
    return None
