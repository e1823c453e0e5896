"""HTML: what a browser would show of it, as plain text, in one pass whatever the text holds."""

import re
from collections.abc import Iterator
from typing import Any

from flowrun.expressions.conversions.conversion import named
from flowrun.expressions.conversions.text import one_line, text

_ENTITY = r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
_TAG = r"<(/?[A-Za-z][A-Za-z0-9:-]*)(?=[\s/>])|<[!?]"

_HIDDEN = frozenset({"script", "style"})
_CELLS = frozenset({"td", "th"})
_LINES = frozenset({
    "address", "article", "aside", "blockquote", "br", "caption", "dd", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li",
    "main", "nav", "ol", "option", "p", "pre", "section", "table", "tr", "ul",
})  # fmt: skip


def html_to_text(value: Any) -> str:
    """Plain text from HTML: line breaks for paragraphs and list items, entities decoded once, no scripts.

    Text without tags keeps its lines, and a `<` that opens no tag stays. Empty lines are left out.
    """
    source = text(value)
    pieces: list[str] = []
    marked = False
    for piece, tag in _Scanner(source).pieces():
        if tag is None:
            pieces.append(piece)
            continue
        if not marked:  # the first tag makes this HTML, where a line break in the source is a space
            pieces = [re.sub(r"\s", " ", each) for each in pieces]
            marked = True
        name = tag.lstrip("/").lower()
        pieces.append("\n" if name in _LINES else " " if name in _CELLS else "")
    lines = (one_line(line) for line in re.split(r"[\r\n]", "".join(pieces)))
    return "\n".join(line for line in lines if line)


def unescape(value: Any) -> str:
    """Text with its HTML entities decoded once: `&amp;` becomes `&`, `&amp;lt;` becomes `&lt;`.

    Only entities that end in a semicolon are decoded, so that `?a=1&copy=2` keeps its meaning.
    """
    from html import unescape as decoded  # noqa: PLC0415 - its table of 2,231 names is seldom needed

    return re.sub(_ENTITY, lambda match: decoded(match[0]), text(value))


class _Scanner:
    """Walks a source once. What was not found to the right once is never looked for again there."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.absent: dict[str, int] = {}
        self.marked = False

    def pieces(self) -> Iterator[tuple[str, str | None]]:
        """Texts as (text, None), decoded, and tags as ('', name); comments have an empty name."""
        position = 0
        while (start := self.source.find("<", position)) >= 0:
            if start > position:
                yield self.shown(position, start), None
            end, name = self.tag(start)
            if end < 0:
                yield "<", None
                position = start + 1
                continue
            self.marked = True
            yield "", name
            position = self.after(name.lower(), end) if name.lower() in _HIDDEN else end
        yield self.shown(position, len(self.source)), None

    def shown(self, start: int, end: int) -> str:
        raw = self.source[start:end]
        return unescape(re.sub(r"\s", " ", raw) if self.marked else raw)

    def tag(self, start: int) -> tuple[int, str]:
        """Where the tag ends and its name; -1 if no tag starts here."""
        if self.source.startswith("<!--", start):
            end = self.find("-->", start + 4)
            return (end + 3 if end >= 0 else -1), ""
        match = re.compile(_TAG).match(self.source, start)
        if match is None:
            return -1, ""
        return self.end(match.end()), match[1] or ""

    def end(self, position: int) -> int:
        """Past the `>` of a tag; one inside a quoted attribute does not count, if the quote is closed."""
        first = close = self.find(">", position)
        while close >= 0:
            quote = re.compile(r"=\s*([\"'])").search(self.source, position, close)
            if quote is None:
                return close + 1
            position = self.find(quote[1], quote.end()) + 1
            close = self.find(">", position) if position else -1
        return first + 1 if first >= 0 else -1

    def after(self, name: str, position: int) -> int:
        """Where the text goes on after a script or style; without its end, nothing does."""
        match = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(self.source, position)
        return match.start() if match else len(self.source)

    def find(self, needle: str, position: int) -> int:
        if position >= self.absent.get(needle, len(self.source) + 1):
            return -1
        found = self.source.find(needle, position)
        if found < 0:
            self.absent[needle] = position
        return found


MARKUP = (
    named(
        html_to_text, "text", ("<p>Soft &amp; light</p><ul><li>100 % cotton", "Soft & light\n100 % cotton")
    ),
    named(unescape, "text", ("Muster &amp; Co.", "Muster & Co.")),
)
