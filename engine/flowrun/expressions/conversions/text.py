"""Text: the shapes that fields of other systems ask for."""

import datetime as dt
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from flowrun.expressions.conversions.conversion import (
    ConversionError,
    named,
    shown,
    trimmed,
    whole_argument,
)
from flowrun.expressions.conversions.numbers import decimal

_ASCII = str.maketrans({
    "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ẞ": "SS",
    "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
    "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i", "€": "EUR",
    "‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-",
    "\u00ad": "", "\u200b": "", "\u200c": "", "\u200d": "", "\u2060": "", "\ufeff": "",
})  # fmt: skip


def text(value: Any) -> str:
    """Text from a number, a yes or no, a day or a moment: 1E+2 becomes 100, yes becomes true."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return f"{decimal(value):f}"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float):
        raise ConversionError(
            f"{shown(value)} is a float and floats are not exact; let the source give text or decimals"
        )
    raise ConversionError(f"{shown(value)} is not one text; pick a field of it, or use join_words for a list")


def trim(value: Any) -> str:
    """Text without white space, no-break spaces and characters without width at its ends."""
    return trimmed(text(value))


def one_line(value: Any) -> str:
    """Text on one line: each run of spaces, tabs and line breaks becomes one space."""
    return trimmed(" ".join(text(value).split()))


def upper(value: Any) -> str:
    """Text in capital letters."""
    return text(value).upper()


def lower(value: Any) -> str:
    """Text in small letters."""
    return text(value).lower()


def to_ascii(value: Any) -> str:
    """Text for systems without Unicode: ä becomes ae, é becomes e, what has no such form becomes `?`."""
    german = unicodedata.normalize("NFC", text(value)).translate(_ASCII)
    plain = "".join(each for each in unicodedata.normalize("NFKD", german) if not unicodedata.combining(each))
    return plain.encode("ascii", "replace").decode("ascii")


def digits(value: Any) -> str:
    """Only the digits of a text."""
    return "".join(str(unicodedata.decimal(each)) for each in text(value) if each.isdecimal())


def cut(value: Any, length: Any) -> str:
    """The beginning of a text, at most so long, never ending inside an emoji or an accented letter.

    Counted as SAP and databases count, where an emoji takes two places or more, so that the result fits.
    """
    limit = whole_argument(length, of="cut")
    whole = text(value)
    if sap_length(whole) <= limit:
        return whole
    import regex  # noqa: PLC0415 - a heavy library, needed only by texts that are too long

    end = used = 0
    for cluster in regex.finditer(r"\X", whole):
        used += sap_length(cluster[0])
        if used > limit:
            break
        end = cluster.end()
    return whole[:end]


def sap_length(whole: str) -> int:
    """How many places a text takes in SAP, which stores UTF-16: an emoji takes two or more."""
    return len(whole) if whole.isascii() else len(whole) + sum(each > "\uffff" for each in whole)


def pad_left(value: Any, length: Any, fill: Any = "0") -> str:
    """Text filled up from the left, with zeros unless told otherwise, as SAP stores numbers of documents."""
    width = whole_argument(length, of="pad_left")
    filler = str(fill) if isinstance(fill, int | Decimal) else fill
    if not isinstance(filler, str) or len(filler) != 1:
        raise ConversionError(f"pad_left fills with one character such as '0', not {shown(fill)}")
    short = trim(value)
    if len(short) > width:
        raise ConversionError(
            f"{shown(short)} has {len(short)} characters, more than the {width} to fill; check the field"
        )
    return short.rjust(width, filler)


def strip_zeros(value: Any) -> str:
    """Text without the zeros in front; zeros alone become one zero."""
    short = trim(value)
    return short.lstrip("0") or short[-1:]


def join_words(value: Any, separator: Any = " ") -> str:
    """One text from a list of parts, without the empty ones; the separator is a space unless given."""
    if not isinstance(separator, str):
        raise ConversionError(f"join_words puts text between the parts, not {shown(separator)}; write ', '")
    if isinstance(value, Mapping) or not isinstance(value, Iterable):
        value = [value]
    parts = [value] if isinstance(value, str) else value
    words = (one_line(part) for part in parts if part is not None)
    return separator.join(word for word in words if word)


TEXT = (
    named(text, "text", (Decimal("1E+2"), "100")),
    named(trim, "text", ("\u00a0 Muster & Söhne \u200b", "Muster & Söhne")),
    named(one_line, "text", ("500 Howard St\r\nApt\t12", "500 Howard St Apt 12")),
    named(upper, "text", ("ts-blk-m", "TS-BLK-M")),
    named(lower, "text", ("TS-BLK-M", "ts-blk-m")),
    named(to_ascii, "text", ("Größe é", "Groesse e"), name="ascii"),
    named(digits, "text", ("XC-1042", "1042")),
    named(cut, "text", ("T-Shirt 👕 Classic", "T-Shirt "), given=(9,)),
    named(pad_left, "text", ("4711", "0000004711"), given=(10,)),
    named(strip_zeros, "text", ("0000004711", "4711")),
    named(join_words, "text", (["Erika", None, "", "Mustermann"], "Erika Mustermann")),
)
