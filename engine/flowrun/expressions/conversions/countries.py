"""Countries, regions and languages: names and codes to the two letters that both systems use."""

import re
from functools import cache
from typing import Any

from flowrun.expressions.conversions.conversion import ConversionError, named, shown
from flowrun.expressions.conversions.text import one_line

# What people write and ISO 3166 does not list.
_SPOKEN = {
    "usa": "US", "u.s.": "US", "u.s.a.": "US", "america": "US", "vereinigte staaten von amerika": "US",
    "uk": "GB", "u.k.": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "northern ireland": "GB", "großbritannien": "GB", "grossbritannien": "GB", "schottland": "GB",
    "holland": "NL", "the netherlands": "NL", "turkey": "TR", "türkei": "TR", "russia": "RU",
    "russland": "RU", "czech republic": "CZ", "tschechische republik": "CZ", "macedonia": "MK",
    "burma": "MM", "brd": "DE", "korea": "KR", "südkorea": "KR", "ivory coast": "CI", "vatican": "VA",
    "vatikan": "VA", "palestine": "PS", "uae": "AE", "emirates": "AE", "swaziland": "SZ",
    "cape verde": "CV", "brunei": "BN", "laos": "LA",
}  # fmt: skip

# SAP has a key of its own for Chinese in traditional characters.
_TRADITIONAL_CHINESE = r"zh-(?:hant|tw|hk|mo)\b.*"


def country(value: Any) -> str:
    """The two-letter code of a country from its English or German name or its code of three letters."""
    code = country_code(one_line(value))
    if code:
        return code
    raise ConversionError(
        f"{shown(value)} is not a country; write its English or German name, write a code such as 'DE', "
        "or use a lookup"
    )


def language(value: Any) -> str:
    """The two capital letters SAP knows a language by, from codes such as en-US, de_DE or deu."""
    import pycountry  # noqa: PLC0415 - opening its tables costs 40 ms

    tag = one_line(value).lower().replace("_", "-")
    if re.fullmatch(_TRADITIONAL_CHINESE, tag):
        return "ZF"
    own = re.split(r"[-.@]", tag, maxsplit=1)[0]
    known = None
    if re.fullmatch("[a-z]{2}", own):
        known = pycountry.languages.get(alpha_2=own)
    elif re.fullmatch("[a-z]{3}", own):
        known = pycountry.languages.get(alpha_3=own) or pycountry.languages.get(bibliographic=own)
    letters = getattr(known, "alpha_2", "")
    if letters:
        return str(letters).upper()
    raise ConversionError(f"{shown(value)} is not a language; write an ISO 639 code such as 'en' or 'de-DE'")


def country_code(name: str) -> str:
    """The alpha-2 code of a country, or an empty text. The name is looked up in any case."""
    return _country_names().get(name.lower(), "") if len(name) <= 100 else ""


@cache
def region_names(country: str) -> frozenset[str]:
    """Codes in capitals and names in small letters of the states and provinces of a country."""
    import pycountry  # noqa: PLC0415 - opening its tables costs 40 ms

    found = [each for each in pycountry.subdivisions if each.country_code == country]
    return frozenset(part for each in found for part in (each.code.partition("-")[2], each.name.lower()))


@cache
def _country_names() -> dict[str, str]:
    import gettext  # noqa: PLC0415 - needed once a process
    from pathlib import Path  # noqa: PLC0415 - needed once a process

    import pycountry  # noqa: PLC0415 - opening its tables costs 40 ms

    catalogue = Path(pycountry.LOCALES_DIR) / "de" / "LC_MESSAGES" / "iso3166-1.mo"
    with catalogue.open("rb") as file:
        german = gettext.GNUTranslations(file)
    names: dict[str, str] = {}
    for entry in pycountry.countries:
        for kind in ("alpha_2", "alpha_3", "name", "official_name", "common_name"):
            name = getattr(entry, kind, None)
            if name:
                names[name.lower()] = entry.alpha_2
                names.setdefault(german.gettext(name).lower(), entry.alpha_2)
    return names | _SPOKEN


COUNTRIES = (
    named(country, "text", ("Deutschland", "DE")),
    named(language, "text", ("en-US", "EN")),
)
