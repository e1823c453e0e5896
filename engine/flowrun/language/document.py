"""YAML text → nodes with positions. What YAML allows and a flow does not is refused here.

Nothing is converted: PyYAML composes nodes, and the reader decides what each scalar means. So `no`, `08`
and `12:30` never turn silently into false, eight and 750.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from flowrun.errors import Position
from flowrun.expressions.source import Source
from flowrun.language.places import places_of
from flowrun.language.report import Report
from flowrun.language.syntax import Mistake, unreadable

MAX_CHARACTERS = 300_000
MAX_DEPTH = 40

_MERGE = "tag:yaml.org,2002:merge"


class _Refused(yaml.MarkedYAMLError):
    """Something that YAML allows and a flow does not."""

    def __init__(self, mistake: Mistake) -> None:
        super().__init__(None, None, mistake.message, None)
        self.mistake = mistake


class _Composer(yaml.SafeLoader):
    """Composes nodes; refuses aliases, which is how a small file becomes a huge one, and nesting without
    end."""

    depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call] # the stubs leave its type out
        refusal = _refusal(event)
        if refusal is not None:
            raise _Refused(refusal)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _Refused(_too_deep(event.start_mark.index))
        node: Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _refusal(event: Any) -> Mistake | None:
    index = event.start_mark.index
    if isinstance(event, yaml.AliasEvent):
        return Mistake(
            "yaml-alias",
            f"the alias `*{event.anchor}` is not available here",
            index,
            "write the value out, or use a sub-flow",
        )
    if getattr(event, "anchor", None) is not None:
        return Mistake(
            "yaml-alias",
            f"the anchor `&{event.anchor}` is not available here",
            index,
            "write the value without it",
        )
    if getattr(event, "tag", None) is not None:
        return Mistake(
            "yaml-tag",
            f"the tag `{event.tag.replace('tag:yaml.org,2002:', '!!')}` is not available here",
            index,
            "write the value without it",
        )
    return None


def _too_deep(index: int) -> Mistake:
    return Mistake(
        "too-deep", f"the file is nested more than {MAX_DEPTH} levels deep", index, "split it into sub-flows"
    )


class Document:
    """One YAML file: its root node (None when it is empty), and the position of everything in it."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.root: Node | None = None
        self._lines = [0, *(index + 1 for index, character in enumerate(text) if character == "\n")]

    @classmethod
    def parse(cls, name: str, text: str, report: Report) -> Document | None:
        """The document, or None when it cannot be read; the reason is then in the report."""
        document = cls(name, text)
        mistake = document._compose()
        if mistake is not None:
            report.add(
                mistake.code, mistake.message, document.place(mistake.index, mistake.length), mistake.help
            )
            return None
        return None if document.root is not None and document._has_traps(document.root, report) else document

    def _compose(self) -> Mistake | None:
        """Sets the root. Gives what is wrong where that cannot be done."""
        if len(self.text) > MAX_CHARACTERS:
            message = f"the file has {len(self.text):,} characters, more than {MAX_CHARACTERS:,}"
            return Mistake("file-too-large", message, 0, "split it into sub-flows")
        try:
            self.root = _composed(self.text)
        except _Refused as error:
            return error.mistake
        except RecursionError:
            return _too_deep(0)
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            return unreadable(self.text, error)
        return None

    # --- positions -------------------------------------------------------------------------------

    def place(self, index: int, length: int = 1) -> Position:
        """The position of a character, counted from 1 as editors do. A length ends with its line."""
        index = min(max(index, 0), len(self.text))
        line = bisect_right(self._lines, index)
        start = self._lines[line - 1]
        end = self._lines[line] - 1 if line < len(self._lines) else len(self.text)
        return Position(self.name, line, index - start + 1, max(min(length, end - index), 1))

    def at(self, node: Node) -> Position:
        """Where a node stands. Its length is that of its first line."""
        start, end = node.start_mark.index, node.end_mark.index
        first_line = self.text[start:end].split("\n")[0].rstrip()
        return self.place(start, len(first_line))

    def source(self, node: ScalarNode) -> Source:
        """The text of a scalar, each of whose characters can be found in the file: also in block and
        quoted scalars."""
        places: list[int] = []

        def locate(offset: int, length: int) -> Position:
            if not places:
                places.extend(places_of(self.text, node))
            first = places[min(offset, len(places) - 1)]
            last = places[min(offset + max(length, 1), len(places) - 1)]
            return self.place(first, last - first)

        return Source(node.value, locate)

    # --- traps -----------------------------------------------------------------------------------

    def _has_traps(self, node: Node, report: Report) -> bool:
        """Whether the document holds something that makes reading it pointless. Duplicate keys are told
        here too."""
        match node:
            case ScalarNode(value=text) if any("\ud800" <= character <= "\udfff" for character in text):
                report.add(
                    "bad-yaml", "the text holds half a character", self.at(node), "write the character itself"
                )
                return True
            case SequenceNode(value=items):
                found = [self._has_traps(item, report) for item in items]
                return any(found)
            case MappingNode():
                return self._has_bad_keys(node, report)
            case _:
                return False

    def _has_bad_keys(self, node: MappingNode, report: Report) -> bool:
        stop = False
        seen: dict[str, Node] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self._report_complex_key(node, key, report)
                return True
            if key.tag == _MERGE:
                report.add("yaml-alias", "`<<` is not available here", self.at(key), "write the keys out")
                stop = True
            elif key.value in seen:
                line = self.at(seen[key.value]).line
                report.add(
                    "duplicate-key",
                    f"the key `{key.value}` stands here twice",
                    self.at(key),
                    f"it was first given in line {line}; keep one",
                )
            seen.setdefault(key.value, key)
            stop = self._has_traps(key, report) or self._has_traps(value, report) or stop
        return stop

    def _report_complex_key(self, node: MappingNode, key: Node, report: Report) -> None:
        start = node.start_mark.index
        line = self.text[start:].split("\n", 1)[0]
        if line.startswith("{{"):
            written = line.split("}}")[0] + "}}"
            report.add(
                "unquoted-braces",
                f"`{written}` begins with `{{{{`, which YAML reads as a record",
                self.place(start, len(written)),
                f'put quotes around it: text: "{written}"',
            )
        else:
            report.add(
                "bad-yaml", "a key is a single word, not a list or record", self.at(key), "as in key: value"
            )


@lru_cache(maxsize=512)
def _composed(text: str) -> Node | None:
    """The nodes of a text, which nobody changes: a file that is read again as it was need not be taken apart again."""
    loader = _Composer(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()
