"""People who do not exist, with the addresses and telephone numbers real ones have.

House numbers stand before, after and inside the street; telephone numbers come as typed. Every number lies in
a range that its regulator keeps free for fiction (US 555-01xx, UK 020 7946 0xxx and 07700 900xxx, Germany
030 23125xxx, France 01 99 00 xx xx and 06 39 98 xx xx); Austria and Switzerland publish no such range, so
shoppers from there leave the field empty or give a German number.
"""

from __future__ import annotations

import unicodedata

import msgspec


class AddressSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """An address as the checkout form takes it: one street line, free text everywhere."""

    firstname: str
    lastname: str
    street: str
    zipcode: str
    city: str
    country_code: str
    state_name: str = ""
    phone: str = ""
    title: str = ""
    custom_fields: dict[str, str] = {}


# X-Cart numbers its states itself and shows no ISO code. These are the ones the sandbox knows.
STATES = {"California": 180, "New York": 212, "Texas": 223, "Bayern": 310, "Berlin": 311}


def _person(country: str, name: str, street: str, place: str, phone: str = "", **more: object) -> AddressSpec:
    first, _, last = name.partition(" ")
    zipcode, _, city = place.partition("|")
    fields = {"state_name": "", "title": "", "custom_fields": {}} | more
    return msgspec.convert(
        {
            "firstname": first,
            "lastname": last,
            "street": street,
            "zipcode": zipcode,
            "city": city,
            "country_code": country,
            "phone": phone,
            **fields,
        },
        AddressSpec,
    )


ERIKA_US = _person(
    "US",
    "Erika Mustermann",
    "500 Howard St, Apt 12",
    "94105|San Francisco",
    "+1 415 555 0134",
    state_name="California",
    title="Ms.",
)

PEOPLE: dict[str, tuple[AddressSpec, ...]] = {
    "DE": (
        _person("DE", "Jörg Groß", "Musterstraße 12a", "10115|Berlin", "030 23125 042", state_name="Berlin"),
        _person(
            "DE", "Sabine Müller-Lüdenscheidt", "Am Alten Markt 5 - 7", "80331|München", "+49 (0)30 23125-117"
        ),
        _person("DE", "Yıldız Öztürk", "Straße des 17. Juni 135", "10623|Berlin", "0049 30 23125200"),
    ),
    "US": (
        _person(
            "US",
            "Pat O'Neil",
            "1 Infinite Loop",
            "95014|Cupertino",
            "(415) 555-0167",
            state_name="California",
        ),
        _person(
            "US",
            "Maria de la Cruz",
            "350 5th Ave Fl 21",
            "10118|New York",
            "212.555.0109",
            state_name="New York",
        ),
        _person("US", "Cody Young", "4600 Elm St #B", "75226|Dallas", "+12145550143", state_name="Texas"),
    ),
    "GB": (
        _person("GB", "Fiona MacLeod", "221B Baker Street", "NW1 6XE|London", "+44 (0)20 7946 0123"),
        _person("GB", "Nigel Smythe-Jones", "Flat 3, 27 King's Road", "SW3 4RP|London", "07700 900 461"),
        _person("GB", "Siân Évans", "The Old Forge, High Street", "LL55 1RN|Caernarfon", "07700900982"),
    ),
    "CH": (
        _person("CH", "Reto Zürcher", "Bahnhofstrasse 1", "8001|Zürich"),
        _person("CH", "Chantal Bühler", "Rue du Rhône 42bis", "1204|Genève", "+49 30 23125 333"),
    ),
    "AT": (
        _person("AT", "Anna Höllerer", "Mariahilfer Straße 45/2/14", "1060|Wien"),
        _person("AT", "Franz Xaver Huber", "Hauptplatz 3", "8010|Graz", "+493023125411"),
    ),
    "FR": (
        _person("FR", "Hélène Lefèvre", "12 bis, rue de l'Église", "75004|Paris", "01 99 00 12 34"),
        _person("FR", "Étienne D'Aubigné", "8 Place Bellecour", "69002|Lyon", "+33 6 39 98 56 78"),
    ),
}

MONONYM = _person("GB", "Sukarno", "10 Mews Lane", "EH1 1YZ|Edinburgh", "020 7946 0958")

COMPANY_AT = _person(
    "AT",
    "Anna Höllerer",
    "Mariahilfer Straße 45/2/14",
    "1060|Wien",
    custom_fields={"company": "Höllerer & Söhne OG", "vat_number": "ATU12345678"},
)

COMPANY_DE = _person(
    "DE",
    "Sabine Müller-Lüdenscheidt",
    "Am Alten Markt 5 - 7",
    "80331|München",
    "+49 (0)30 23125-117",
    title="Frau",
    state_name="Bayern",
    custom_fields={"company": 'Möbel "Behaglich" GmbH & Co. KG', "vat_number": "DE123456789"},
)


_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ı": "i"})


def email_of(person: AddressSpec, place: int = 0) -> str:
    """Under a domain reserved for examples; ``place`` makes another person of the same name."""
    spelled = f"{person.firstname}.{person.lastname}".lower().translate(_SPELLED)
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    name = "".join(letter for letter in plain if letter.isalnum() or letter in ".-").strip(".")
    domain = ("example.com", "example.org", "example.net")[len(name) % 3]
    return f"{name}{place or ''}@{domain}"
