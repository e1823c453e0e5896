"""YAML text → nodes with positions, and the traps of YAML told as what they are.

Nothing is converted here: PyYAML composes nodes, and the reader decides what each scalar means. So `no`, `08` and
`12:30` never turn silently into false, eight and 750.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from flowrun.errors import Position
from flowrun.expressions.source import Source
from flowrun.language.report import Report

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 40

_BOOL, _INT, _FLOAT, _NULL, _STR, _TIMESTAMP = (
    f"tag:yaml.org,2002:{name}" for name in ("bool", "int", "float", "null", "str", "timestamp")
)
_PLAIN_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_PLAIN_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+")


class _Refused(yaml.MarkedYAMLError):
    """Something that YAML allows and a flow does not."""

    def __init__(self, code: str, problem: str, help_text: str, mark: Any) -> None:
        super().__init__(None, None, problem, mark)
        self.code = code
        self.help_text = help_text


class _Composer(yaml.SafeLoader):
    """Composes nodes; refuses aliases, which is how a small file becomes a huge one, and nesting without end."""

    depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:  # type: ignore[override] # the stubs leave None out
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent):
            raise _Refused(
                "yaml-alias",
                f"the alias `*{event.anchor}` is not available in flows",
                "write the value out, or use a sub-flow",
                event.start_mark,
            )
        if getattr(event, "anchor", None) is not None:
            raise _Refused(
                "yaml-alias",
                f"the anchor `&{event.anchor}` is not available in flows",
                "write the value without it",
                event.start_mark,
            )
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _Refused(
                "too-deep",
                f"the file is nested more than {MAX_DEPTH} levels deep",
                "split it into sub-flows",
                event.start_mark,
            )
        node: Node | None = super().compose_node(parent, index)  # type: ignore[arg-type] # None at the root, as PyYAML itself does
        self.depth -= 1
        return node


class Document:
    """One YAML file: its root node, and the position of everything in it."""

    def __init__(self, name: str, text: str, root: Node | None) -> None:
        self.name = name
        self.text = text
        self.root = root

    @classmethod
    def parse(cls, name: str, text: str, report: Report) -> Document | None:
        """The document, or None when it cannot be read; the reason is then in the report."""
        if len(text) > MAX_CHARACTERS:
            report.add(
                "file-too-large",
                f"the file has {len(text):,} characters, more than {MAX_CHARACTERS:,}",
                Position(name),
            )
            return None
        loader = None
        try:
            loader = _Composer(text)
            root = loader.get_single_node()
        except _Refused as error:
            report.add(error.code, str(error.problem), _at_mark(name, error.problem_mark), error.help_text)
            return None
        except yaml.MarkedYAMLError as error:
            _report_syntax(name, text, error, report)
            return None
        except yaml.reader.ReaderError as error:
            report.add(
                "bad-yaml",
                f"the file holds a character that YAML does not allow (U+{ord(error.character) if isinstance(error.character, str) else error.character:04X})",
                Position(name),
            )
            return None
        except RecursionError:
            report.add(
                "too-deep",
                f"the file is nested more than {MAX_DEPTH} levels deep",
                Position(name),
                "split it into sub-flows",
            )
            return None
        finally:
            if loader is not None:
                loader.dispose()
        document = cls(name, text, root)
        if root is not None and document._report_traps(root, report):
            return None
        return document

    # --- positions ---------------------------------------------------------------------------------------------

    def at(self, node: Node) -> Position:
        """Where a node stands. Its length is that of its first line."""
        start, end = node.start_mark, node.end_mark
        length = end.column - start.column if end.line == start.line else 1
        return Position(self.name, start.line + 1, start.column + 1, max(length, 1))

    def source(self, node: ScalarNode) -> Source:
        """The text of a scalar, each of whose characters can be found in the file: also in block and quoted scalars."""

        def locate(offset: int, length: int) -> Position:
            index = _offset_in_file(self.text, node, offset)
            line = self.text.count("\n", 0, index) + 1
            column = index - (self.text.rfind("\n", 0, index) + 1) + 1
            first_line = node.value[offset : offset + length].split("\n")[0]
            return Position(self.name, line, column, max(len(first_line), 1))

        return Source(node.value, locate)

    # --- traps -------------------------------------------------------------------------------------------------

    def _report_traps(self, node: Node, report: Report) -> bool:
        """Whether the document holds something that makes reading it pointless. Duplicate keys are told here too."""
        if isinstance(node, SequenceNode):
            return any([self._report_traps(item, report) for item in node.value])
        if not isinstance(node, MappingNode):
            return False
        stop = False
        seen: dict[str, Node] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self._report_complex_key(node, key, report)
                return True
            if key.tag == "tag:yaml.org,2002:merge":
                report.add("yaml-alias", "`<<` is not available in flows", self.at(key), "write the keys out")
                stop = True
            if key.value in seen:
                first = self.at(seen[key.value])
                report.add(
                    "duplicate-key",
                    f"the key `{key.value}` stands here twice",
                    self.at(key),
                    f"it was first given in line {first.line}; keep one",
                )
            seen[key.value] = key
            stop = self._report_traps(value, report) or stop
        return stop

    def _report_complex_key(self, node: MappingNode, key: Node, report: Report) -> None:
        start = node.start_mark.index
        line = self.text[start : self.text.find("\n", start) if "\n" in self.text[start:] else None]
        if line.startswith("{{"):
            written = line.split("}}")[0] + "}}"
            report.add(
                "unquoted-braces",
                f"`{written}` begins with `{{`, which YAML reads as a record",
                self.at(node),
                f'put quotes around it: text: "{written}"',
            )
        else:
            report.add("bad-yaml", "a key must be a plain word", self.at(key))


# --- scalars ------------------------------------------------------------------------------------------------------


def scalar_value(document: Document, node: ScalarNode, report: Report) -> Any:
    """What a scalar means: text, exact number, true, false or null. Ambiguous ones are reported and read as text."""
    text = node.value
    if node.style is not None or node.tag == _STR:
        return text
    if node.tag == _NULL:
        return None
    if node.tag == _BOOL and text in ("true", "false"):
        return text == "true"
    if node.tag == _INT and _PLAIN_INTEGER.fullmatch(text):
        return int(text)
    if node.tag == _FLOAT and _PLAIN_DECIMAL.fullmatch(text):
        return Decimal(text)
    report.add(
        "yaml-trap",
        _trap(text, node.tag),
        document.at(node),
        f'write "{text}" in quotes if you mean the text' + _instead(node.tag),
    )
    return text


def _trap(text: str, tag: str) -> str:
    match tag:
        case "tag:yaml.org,2002:bool":
            meaning = "true" if text.lower() in ("yes", "on", "true", "y") else "false"
            return f"YAML reads `{text}` as {meaning}"
        case "tag:yaml.org,2002:timestamp":
            return f"YAML reads `{text}` as a date"
        case "tag:yaml.org,2002:int" if ":" in text:
            return f"YAML reads `{text}` as a number of seconds"
        case _:
            return f"YAML reads `{text}` as a number and changes how it is written"


def _instead(tag: str) -> str:
    return ", or true / false if you mean that" if tag == _BOOL else ""


# --- syntax errors --------------------------------------------------------------------------------------------------


def _report_syntax(name: str, text: str, error: yaml.MarkedYAMLError, report: Report) -> None:
    mark = error.problem_mark or error.context_mark
    at = _at_mark(name, mark)
    line = text.splitlines()[at.line - 1] if 0 < at.line <= len(text.splitlines()) else ""
    problem = error.problem or "cannot be read"
    if "\\t" in problem or "\t" in line[: at.column]:
        report.add(
            "yaml-tab", "a tab stands where only spaces may", at, "indent with spaces, two for each level"
        )
    elif "expected a single document" in problem or "but found another document" in str(error):
        report.add(
            "second-document",
            "a second document begins here (`---`)",
            at,
            "one file holds one flow; put the other one into a file of its own",
        )
    elif "{{" in line:
        report.add(
            "unquoted-braces", "`{{` must stand in quotes", at, 'as in text: "XC-{{ order.order_number }}"'
        )
    elif "mapping values are not allowed" in problem:
        report.add(
            "bad-yaml",
            "a colon stands where YAML expects none",
            at,
            "put quotes around a text that holds a colon, and check the indentation",
        )
    elif "did not find expected key" in problem or "expected <block end>" in problem:
        report.add(
            "bad-yaml",
            "this line does not fit the ones above it",
            at,
            "check that it is indented like its neighbours",
        )
    else:
        report.add("bad-yaml", f"the file is not valid YAML here: {problem}", at)


def _at_mark(name: str, mark: Any) -> Position:
    return Position(name, mark.line + 1, mark.column + 1) if mark is not None else Position(name)


def _offset_in_file(text: str, node: ScalarNode, offset: int) -> int:
    """The index in the file of a character of a scalar. Walks value and raw text side by side, past quotes, escapes,
    indentation and the line ends that folding took away."""
    raw = node.start_mark.index
    end = node.end_mark.index
    if node.style in ("|", ">"):
        raw = text.find("\n", raw) + 1
    elif node.style is not None:
        raw += 1
    value = node.value
    for index in range(min(offset, len(value))):
        raw = _matching(text, raw, end, value[index]) + _width(text, raw, end, value[index])
    return _matching(text, raw, end, value[offset]) if offset < len(value) else min(raw, end)


def _matching(text: str, raw: int, end: int, character: str) -> int:
    """The next place in the raw text that can be this character."""
    position = raw
    while position < end:
        here = text[position]
        if here == character or here == "\\" or (character == " " and here == "\n"):
            return position
        if here not in " \n\r'":
            return raw
        position += 1
    return raw


def _width(text: str, raw: int, end: int, character: str) -> int:
    position = _matching(text, raw, end, character)
    return 2 if position < end and text[position] == "\\" and character != "\\" else 1
