"""Street lines: X-Cart has one line where SAP has street, house number and supplement."""

import re
from typing import Any

from flowrun.expressions.conversions.conversion import named
from flowrun.expressions.conversions.text import text

LONGEST = 500
"""Characters of an address that is taken apart; what is longer is no address, and would cost time."""

# 12, 12a, 12 a, 12-14, 12/B, 12 1/2, 12 bis, Nr. 12
_NUMBER = (
    r"(?:(?:nr|no|n°|nº|num|№)\.? ?)?[0-9]+(?: [0-9]/[0-9])?(?: ?[a-z](?![^\W_]))?"
    r"(?: ?[-–/+] ?(?:[0-9]+(?: ?[a-z](?![^\W_]))?|[a-z](?![^\W_])))*(?: (?:bis|ter|quater))?"
)
# Before the street a letter must touch its number: 12 A Street is number 12.
_NUMBER_IN_FRONT = r"[0-9]+[a-z]?(?:[-–/][0-9]+[a-z]?)?(?: [0-9]/[0-9])?(?: (?:bis|ter|quater))?"

_ROOM = r"apt|apartment|suite|ste|unit|floor|fl|room|rm|flat|bldg|building|appt|lot|bte|bus"
_UNIT = (
    rf"(?:(?:{_ROOM}|block|level|c/o|z\. ?hd|attn|hinterhaus|vorderhaus|hinterhof|aufgang|eingang|haus|etage|"
    r"stock|og|eg|dg|appartement|bât|bâtiment|esc|escalera|piso|planta|interno|int|scala|hof|stiege|top|tür)\b"
    r"|[0-9]+\. ?(?:og|stock|etage)\b|[0-9]+[ºª°]|#).*"
)
_BOX = (
    r"(?:postfach|packstation|postfiliale|p\.? ?o\.? ?box|post office box|gpo box|locked bag|boîte postale|"
    r"b\.?p\.? [0-9]|apartado|casilla|postbus|poste restante)\b.*"
)
_STREET_THEN_MORE = (
    r"(.*?(?:straße|strasse|str\.|weg|allee|platz|gasse|ring|damm|ufer|straat|laan|plein)"
    r"|(?:c/|calle|avda\.?|avenida|plaza|paseo|via|viale|piazza|corso|rua)\b.*?)"
)


def address_parts(value: Any) -> dict[str, str]:
    """A street line as street_name, house_number and supplement; nothing of it is lost but commas.

    A line without a number, a box (`Postfach 1234`) or a line that is not understood is all street_name.
    """
    line = " ".join(text(value).replace(",", " , ").split()) if len(text(value)) > LONGEST else text(value)
    if len(line) > LONGEST:
        return _parts(line, "", [])
    segments = [" ".join(each.split()) for each in re.split(r"[,\r\n]", line)]
    return _arranged([each for each in segments if each])


def street_name(value: Any) -> str:
    """The street of a street line, without house number and supplement."""
    return address_parts(value)["street_name"]


def house_number(value: Any) -> str:
    """The house number of a street line, with its letter (12a) or range (12-14); empty if there is none."""
    return address_parts(value)["house_number"]


def _arranged(segments: list[str]) -> dict[str, str]:
    for index, segment in enumerate(segments):
        if _matches(_UNIT, segment) or (index and _matches(_BOX, segment)):
            continue
        others = [*segments[:index], *segments[index + 1 :]]
        following = segments[index + 1] if index + 1 < len(segments) else ""
        if _matches(_BOX, segment):
            return _parts(segment, "", others)
        if following and _matches(_NUMBER, segment) and not _matches(_NUMBER, following):  # 12 bis, rue …
            return _parts(following, segment, [*segments[:index], *segments[index + 2 :]])
        square = re.fullmatch("[A-Z] ?[0-9]{1,2}", segment) is not None  # Mannheim: the block C4 has houses
        street, number, rest = (
            (segment, "", "") if square and _is_number(following) else _taken_apart(segment)
        )
        if not number and _is_number(following):  # Via Roma, 12/B
            return _parts(segment, following, [*segments[:index], *segments[index + 2 :]])
        if number:
            return _parts(street, number, [*segments[:index], rest, *segments[index + 1 :]])
    return _without_number(segments)


def _without_number(segments: list[str]) -> dict[str, str]:
    """The first segment that is not an apartment or a person is the street."""
    for index, segment in enumerate(segments):
        if not _matches(_UNIT, segment):
            alone = len(segments) == 1 and _matches(_NUMBER, segment)
            street, number = ("", segment) if alone else (segment, "")
            return _parts(street, number, [*segments[:index], *segments[index + 1 :]])
    return _parts("", "", segments)


def _taken_apart(segment: str) -> tuple[str, str, str]:
    """Street, number and what follows; no number if the segment has none at a known place."""
    if match := _matches(rf"({_NUMBER_IN_FRONT}) (?!{_NUMBER}$)(.*[^\W\d_].*)", segment):
        street, rest = _room_taken_off(match[2])
        return street, match[1], rest
    street, rest = _room_taken_off(segment)
    if match := _matches(rf"(.*?[^\W\d_].*?)(?: |(?<=str\.)|(?<=straße)|(?<=strasse))({_NUMBER})", street):
        return match[1], match[2], rest
    if match := _matches(rf"{_STREET_THEN_MORE} ({_NUMBER}) (.+)", segment):
        return match[1], match[2], match[3]
    return segment, "", ""


def _room_taken_off(street: str) -> tuple[str, str]:
    """Howard St Apt 12: the apartment, which has a number or a letter, goes to the supplement."""
    match = _matches(rf"(.*?[^\W\d_].*?) ((?:(?:{_ROOM})\b\.? ?#? ?(?:[0-9]|[a-z]\b)|# ?[^\W_]).*)", street)
    return (match[1], match[2]) if match else (street, "")


def _is_number(segment: str) -> bool:
    return _matches(_NUMBER, segment) is not None


def _matches(pattern: str, segment: str) -> re.Match[str] | None:
    return re.fullmatch(pattern, segment, re.IGNORECASE)


def _parts(street: str, number: str, supplement: list[str]) -> dict[str, str]:
    return {
        "street_name": street,
        "house_number": number,
        "supplement": ", ".join(each for each in supplement if each),
    }


_HOWARD = {"street_name": "Howard St", "house_number": "500", "supplement": "Apt 12"}

ADDRESSES = (
    named(address_parts, "record", ("500 Howard St, Apt 12", _HOWARD)),
    named(street_name, "text", ("Hauptstraße 12a", "Hauptstraße")),
    named(house_number, "text", ("Hauptstraße 12a", "12a")),
)
