"""Whole addresses in one text: street, city, postal code, region and country, read from the end."""

import re
from dataclasses import dataclass, replace
from typing import Any

from flowrun.expressions.conversions.addresses import LONGEST, address_parts
from flowrun.expressions.conversions.conversion import Setting, named
from flowrun.expressions.conversions.countries import country_code, region_names
from flowrun.expressions.conversions.text import text

_UK = r"[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}"
_CANADA = r"[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]"
_US = r"[0-9]{5}(?:-[0-9]{4})?"
_BEFORE_CITY = r"[0-9]{4} ?[A-Z]{2}|[0-9]{3} [0-9]{2}|[0-9]{2}-[0-9]{3}|[0-9]{4}-[0-9]{3}|[0-9]{4,6}"
_AFTER_CITY = rf"{_UK}|{_CANADA}|{_US}|[0-9]{{6}}|[0-9]{{4}}"
_VEHICLE = {"D": "DE", "A": "AT", "CH": "CH", "F": "FR", "I": "IT", "L": "LU", "B": "BE", "NL": "NL"}
_STREET_WORD = r"(?i)\b(?:st|street|ave|avenue|rd|road|rue|dr|drive|ln|lane|blvd|way|court|ct)\b"
_WITH_REGIONS = ("US", "CA", "AU")


@dataclass(frozen=True, slots=True)
class _Place:
    zipcode: str = ""
    city: str = ""
    region: str = ""
    country: str = ""
    left: str = ""  # words that belong to the street


def full_address_parts(value: Any, setting: Setting) -> dict[str, str]:
    """A whole address as street_name, house_number, supplement, zipcode, city, region and country.

    Country, region, postal code and city are looked for from the end; what is not recognised stays in the
    supplement. The country is a two-letter code, and is empty if the address does not name it.
    """
    whole = text(value)
    segments = [" ".join(each.split()) for each in re.split(r"[,\r\n]", whole[: LONGEST + 1])]
    segments = [each for each in segments if each]
    if len(whole) > LONGEST:
        return _record(address_parts(whole), _Place())
    rest, place = _country_taken(segments, setting)
    rest, place = _zipcode_taken(rest, place, setting)
    rest, place = _region_taken(rest, place, setting)
    known = place.zipcode or place.region or place.country
    if known and not place.city and len(rest) > 1 and _is_city(rest[-1]):
        rest, place = rest[:-1], replace(place, city=rest[-1])
    return _record(address_parts(", ".join(rest)), place)


def _country_taken(segments: list[str], setting: Setting) -> tuple[list[str], _Place]:
    """The last segment, unless it can as well be a state at home: CA is California before it is Canada."""
    if len(segments) < 2 or not (code := country_code(segments[-1])):
        return segments, _Place()
    has_zipcode = any(_zipcode(each) for each in segments[1:-1])
    if not has_zipcode and setting.country in _WITH_REGIONS and _is_region(segments[-1], setting.country):
        return segments, _Place()
    return segments[:-1], _Place(country=code)


def _zipcode_taken(segments: list[str], place: _Place, setting: Setting) -> tuple[list[str], _Place]:
    """The last segment with a postal code; words in it that are no city stay with the street."""
    numbers_first = (place.country or setting.country) in _WITH_REGIONS
    for index in range(len(segments) - 1, -1, -1):
        found = _zipcode(segments[index])
        if found and (
            index or _is_sure(found, segments[0], numbers_first=numbers_first and len(segments) > 1)
        ):
            left = [found.left] if found.left else []
            rest = [*segments[:index], *left, *segments[index + 1 :]]
            return rest, _Place(found.zipcode, found.city, found.region, place.country or found.country)
    return segments, place


def _is_sure(found: _Place, segment: str, *, numbers_first: bool) -> bool:
    """Whether a first segment, where a street is expected, has a postal code and not a house number."""
    if found.region or found.left or found.country or not found.zipcode.isdigit():
        return True
    return segment.startswith(found.zipcode) and bool(found.city) and not numbers_first


def _zipcode(segment: str) -> _Place | None:
    """What a segment with a postal code says."""
    return _zipcode_in_front(segment) or _zipcode_behind(segment)


def _zipcode_in_front(segment: str) -> _Place | None:
    """`D-10115 Berlin`, `1012 LG Amsterdam`; `Hauptstraße 12a 10115 Berlin` if the code has five digits."""
    pattern = (
        rf"(?:(?:({'|'.join(_VEHICLE)})-)?({_BEFORE_CITY})|(.*[^\W\d_] [0-9]+ ?[a-z]?) ([0-9]{{5}})) (\D+)"
    )
    match = re.fullmatch(pattern, segment)
    if match is None or re.search(_STREET_WORD, match[5]):  # 12345 Main Street is a house
        return None
    prefix, code, left, code_after_street, city = match.groups(default="")
    return _Place(code or code_after_street, city, country=_VEHICLE.get(prefix, ""), left=left)


def _zipcode_behind(segment: str) -> _Place | None:
    """`London SW1A 2AA`, `San Francisco CA 94105`, `CA 94105` or the code alone."""
    match = re.fullmatch(rf"(?:(.*\S) )?({_AFTER_CITY})", segment)
    if match is None:
        return None
    words, code = match.groups(default="")
    city, _, last = words.rpartition(" ")
    if len(code) == 4 and last not in region_names("AU"):
        return None  # four digits alone are as likely a house number
    region = ""
    for country in _WITH_REGIONS:
        if _is_region(words, country):
            city, region = "", words
        elif last in region_names(country):
            region = last
    if not region:
        city = words
    return _Place(code, city, region) if _is_city(city) else _Place(code, "", region, left=city)


def _region_taken(segments: list[str], place: _Place, setting: Setting) -> tuple[list[str], _Place]:
    """`San Francisco, CA` and `San Francisco CA`, where the address or the project is in such a country."""
    home = place.country or setting.country
    if place.region or place.city or len(segments) < 2 or home not in _WITH_REGIONS:
        return segments, place
    *others, last = segments
    if len(others) > 1 and _is_region(last, home):
        return others, replace(place, region=last)
    city, _, code = last.rpartition(" ")
    if city and _is_city(city) and code in region_names(home):
        return others, replace(place, city=city, region=code)
    return segments, place


def _is_region(words: str, country: str) -> bool:
    names = region_names(country)
    return words in names or words.lower() in names


def _is_city(words: str) -> bool:
    return not any(each.isdigit() for each in words)


def _record(street: dict[str, str], place: _Place) -> dict[str, str]:
    return {
        **street,
        "zipcode": place.zipcode,
        "city": place.city,
        "region": place.region,
        "country": place.country,
    }


_BERLIN = {
    "street_name": "Hauptstraße", "house_number": "12a", "supplement": "",
    "zipcode": "10115", "city": "Berlin", "region": "", "country": "",
}  # fmt: skip

PLACES = (named(full_address_parts, "record", ("Hauptstraße 12a, 10115 Berlin", _BERLIN)),)
