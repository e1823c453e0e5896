"""Names of people: taken apart and written as people write them."""

import re
from typing import Any

from flowrun.expressions.conversions.conversion import named
from flowrun.expressions.conversions.text import text

_TITLES = frozenset({
    "dr", "prof", "professor", "mr", "mrs", "ms", "miss", "mx", "herr", "herrn", "frau", "hr", "fr",
    "sir", "dame", "lord", "lady", "med", "phil", "jur", "rer", "nat", "habil", "pol", "h.c", "hc", "pd",
    "mag", "ing", "dipl-ing", "dipl-kfm", "dipl-inf", "dipl-vw", "dr-ing", "dipl.-ing", "dipl.-kfm",
    "dipl.-inf", "dr.-ing", "monsieur", "madame", "mademoiselle", "mme", "mlle", "sr", "sra", "señor",
    "señora", "dott", "ir", "drs",
})  # fmt: skip
_SUFFIXES = frozenset({
    "jr", "sr", "jun", "sen", "ii", "iii", "iv", "phd", "ph.d", "md", "m.d", "mba", "msc", "bsc", "esq",
})  # fmt: skip
_PARTICLES = frozenset({
    "von", "vom", "zu", "zum", "zur", "van", "vander", "der", "den", "de", "da", "das", "do", "dos",
    "del", "dela", "della", "degli", "dei", "di", "du", "la", "le", "las", "los", "el", "al", "bin",
    "ibn", "bint", "ter", "ten", "te", "af", "av", "'t", "'s", "y", "e", "und",
})  # fmt: skip
_LINKS = frozenset({"y", "e", "und"})  # between two last names: Ortega y Gasset
_ROMAN = frozenset({"II", "III", "IV", "VI", "VII", "VIII"})


def name_parts(value: Any) -> dict[str, str]:
    """A full name as title, first_name, last_name and suffix; each word is found again in one of them.

    One word is a last name. `Mustermann, Erika` is turned round. Particles (von, van der, de la) belong to
    the last name. What has no part is empty.
    """
    before, comma, after = text(value).partition(",")
    words, rest = before.split(), after.replace(",", " ").split()
    if comma and not words:
        words, rest = rest, []
    if rest and all(_plain(word) in _SUFFIXES for word in rest):  # King, Jr.
        words, rest = [*words, *rest], []
    if rest:
        titles, last = _without_titles(words)
        more, rest = _without_titles(rest)
        last, suffix = _without_suffix(last)
        rest, own = _without_suffix(rest, keep=0)
        return _parts([*titles, *more], rest, last, [*suffix, *own])
    titles, words = _without_titles(words)
    words, suffix = _without_suffix(words)
    start = _start_of_last_name(words)
    return _parts(titles, words[:start], words[start:], suffix)


def first_name(value: Any) -> str:
    """The first and middle names of a full name; empty if it has one word only."""
    return name_parts(value)["first_name"]


def last_name(value: Any) -> str:
    """The last name of a full name, with particles such as von, without title and suffix."""
    return name_parts(value)["last_name"]


def title_name(value: Any) -> str:
    """A name with capitals where people write them; mixed case such as McDonald stays as it is."""
    return re.sub(r"\S+", lambda match: _titled(match[0]), text(value))


def _titled(word: str) -> str:
    if word.lower() in _PARTICLES:
        return word.lower() if word == word.upper() else word
    if word in _ROMAN or word not in (word.upper(), word.lower()):
        return word
    # O'Neill, Anna-Lena and J.R. have several beginnings; the s of an owner (Jack's) is none.
    return re.sub(r"[^\W\d_]+", lambda part: _capital(part, word), word.lower())


def _capital(part: re.Match[str], word: str) -> str:
    letters = part[0]
    if letters == "s" and part.start() and word[part.start() - 1] in "'’" and part.end() == len(word):
        return letters
    return letters[:1].upper() + letters[1:]


def _plain(word: str) -> str:
    return word.lower().rstrip(".")


def _without_titles(words: list[str]) -> tuple[list[str], list[str]]:
    """The titles in front, and the rest, which keeps one word at least."""
    start = 0
    while start < len(words) - 1 and _plain(words[start]) in _TITLES:
        start += 1
    return words[:start], words[start:]


def _without_suffix(words: list[str], *, keep: int = 1) -> tuple[list[str], list[str]]:
    end = len(words)
    while end > keep and _plain(words[end - 1]) in _SUFFIXES:
        end -= 1
    return words[:end], words[end:]


def _start_of_last_name(words: list[str]) -> int:
    """The first particle begins the last name, the last word does otherwise. Van Morrison's Van is a name."""
    for index, word in enumerate(words[:-1]):
        particle = word if index == 0 else word.lower()
        if particle in _LINKS and index:
            return max(index - 1, 1)
        if particle in _PARTICLES - _LINKS:
            return index
    return max(len(words) - 1, 0)


def _parts(titles: list[str], first: list[str], last: list[str], suffix: list[str]) -> dict[str, str]:
    return {
        "title": " ".join(titles),
        "first_name": " ".join(first),
        "last_name": " ".join(last),
        "suffix": " ".join(suffix),
    }


_KING = {"title": "Dr.", "first_name": "Martin Luther", "last_name": "King", "suffix": "Jr."}

NAMES = (
    named(name_parts, "record", ("Dr. Martin Luther King Jr.", _KING)),
    named(first_name, "text", ("Mustermann, Erika", "Erika")),
    named(last_name, "text", ("Ludwig van Beethoven", "van Beethoven")),
    named(title_name, "text", ("erika MUSTERMANN", "Erika Mustermann")),
)
