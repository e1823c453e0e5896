"""Jinja2's syntax errors in an analyst's words, each with what to write instead."""

from __future__ import annotations

import re

from jinja2 import TemplateSyntaxError

from flowrun.expressions.source import Complaint


def syntax_complaint(text: str, error: TemplateSyntaxError) -> Complaint:
    """A complaint at the place that is meant, as far as the parser says it."""
    reason = (error.message or "").strip().removesuffix(".")
    offset, length, message, hint = _known(text, reason) or (
        _line_start(text, error.lineno),
        1,
        f"`{_short(text)}` cannot be read: {_in_words(reason)}",
        "",
    )
    return Complaint("bad-expression", message, max(offset, 0), length, hint)


def _known(text: str, reason: str) -> tuple[int, int, str, str] | None:
    """Mistakes that have a better message than the parser's."""
    written = _short(text)
    for sign, word in (("&&", "and"), ("||", "or")):
        if sign in text:
            return text.find(sign), 2, f"`{sign}` is not an operator here", f"write `{word}`"
    alone = re.search(r"(?<![=!<>])=(?!=)", text)
    if "'='" in reason and alone is not None:
        return alone.start(), 1, "one `=` does not compare", "two values are compared with `==`"
    if "end of print statement" in reason and re.search(r"\{\{-?\s*-?\}\}", text):
        return (
            text.find("{{"),
            2,
            "there is nothing between `{{` and `}}`",
            "write a name, as in {{ order.total }}",
        )
    if "end of template" in reason or "end of expression" in reason or "unexpected end" in reason.lower():
        opened = text.rfind("{{") if text.rfind("{{") > text.rfind("}}") else -1
        if opened >= 0:
            return opened, 2, "`{{` is not closed", "end it with `}}`"
        return (
            max(len(text.rstrip()) - 1, 0),
            1,
            f"`{written}` is not finished",
            "something is missing at its end",
        )
    if "Encountered unknown tag" in reason:
        return text.find("{%"), 2, f"{_tag(reason)} is not available", "a text has `{% if %}` and `{% for %}`"
    if "Missing end of comment" in reason:
        return text.find("{#"), 2, "`{#` is not closed", "end it with `#}`"
    return None


def _tag(reason: str) -> str:
    found = re.search(r"unknown tag '([^']*)'", reason)
    return f"`{{% {found[1]} %}}`" if found else "this"


def _in_words(reason: str) -> str:
    """The parser's own reason without the names of its tokens."""
    replacements = {
        "end of print statement": "`}}`",
        "end of statement block": "`%}`",
        "begin of print statement": "`{{`",
        "begin of statement block": "`{%`",
        "end of template": "the end",
        "template data / text": "text",
        "token ": "",
        "Expected an expression": "a value is expected",
        "Jinja was looking for": "what is missing is",
    }
    for theirs, ours in replacements.items():
        reason = reason.replace(theirs, ours)
    return reason[:1].lower() + reason[1:]


def _line_start(text: str, line: int) -> int:
    lines = text.split("\n")
    return sum(len(one) + 1 for one in lines[: max(line, 1) - 1])


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:59]}…"
