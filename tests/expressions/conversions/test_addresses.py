"""Street lines and whole addresses, from customers of several countries."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowrun.expressions.conversions import Setting, convert

SETTING = Setting()
LINES = st.one_of(
    st.text(),
    st.lists(
        st.one_of(
            st.sampled_from(
                [
                    "12",
                    "12a",
                    "12 bis",
                    ",",
                    "\r\n",
                    "Apt 5",
                    "Hauptstr.",
                    "Straße",
                    "C/",
                    "#",
                    "Postfach",
                    "C4",
                    "c/o",
                ]
            ),
            st.text(alphabet="aB1 .,/-#ºß", max_size=6),
        )
    ).map(" ".join),
)


@pytest.mark.parametrize(
    ("line", "street", "number", "supplement"),
    [
        ("500 Howard St, Apt 12", "Howard St", "500", "Apt 12"),
        ("500 Howard St Apt 12", "Howard St", "500", "Apt 12"),
        ("500 Howard St\r\nSuite 300", "Howard St", "500", "Suite 300"),
        ("Apt 12, 500 Howard St", "Howard St", "500", "Apt 12"),
        ("350 5th Ave #3", "5th Ave", "350", "#3"),
        ("123 1/2 Main St", "Main St", "123 1/2", ""),
        ("1600 Pennsylvania Avenue NW", "Pennsylvania Avenue NW", "1600", ""),
        ("12 A Street", "A Street", "12", ""),
        ("221B Baker Street", "Baker Street", "221B", ""),
        ("Flat 3, 10 Downing Street", "Downing Street", "10", "Flat 3"),
        ("Rose Cottage, 12 High Street", "High Street", "12", "Rose Cottage"),
        ("Hauptstraße 12a", "Hauptstraße", "12a", ""),
        ("Hauptstraße\u00a012 a", "Hauptstraße", "12 a", ""),
        ("Hauptstr. 12-14", "Hauptstr.", "12-14", ""),
        ("Hauptstr. 12 - 14", "Hauptstr.", "12 - 14", ""),
        ("Hauptstr.12", "Hauptstr.", "12", ""),
        ("Hauptstraße Nr. 5", "Hauptstraße", "Nr. 5", ""),
        ("Hauptstraße 12 Hinterhaus", "Hauptstraße", "12", "Hinterhaus"),
        ("Hauptstraße 12, 3. OG", "Hauptstraße", "12", "3. OG"),
        ("c/o Müller, Hauptstr. 5", "Hauptstr.", "5", "c/o Müller"),
        ("Straße des 17. Juni 135", "Straße des 17. Juni", "135", ""),
        ("Straße des 17. Juni", "Straße des 17. Juni", "", ""),
        ("C4, 12", "C4", "12", ""),
        ("Postfach 1234", "Postfach 1234", "", ""),
        ("P.O. Box 12", "P.O. Box 12", "", ""),
        ("Hauptstraße 12a, Postfach 55", "Hauptstraße", "12a", "Postfach 55"),
        ("12 rue de la Paix", "rue de la Paix", "12", ""),
        ("12 bis, rue de la Paix", "rue de la Paix", "12 bis", ""),
        ("4 Rue du 8 Mai 1945", "Rue du 8 Mai 1945", "4", ""),
        ("Avenue Louise 65 bte 11", "Avenue Louise", "65", "bte 11"),
        ("Via Roma, 12/B", "Via Roma", "12/B", ""),
        ("C/ Mayor, 5, 2º", "C/ Mayor", "5", "2º"),
        ("Calle Mayor 5 2º B", "Calle Mayor", "5", "2º B"),
        ("Nowy Świat 6/12", "Nowy Świat", "6/12", ""),
        ("Schlossallee", "Schlossallee", "", ""),
        ("12", "", "12", ""),
        ("🏠", "🏠", "", ""),
        ("", "", "", ""),
        (" , ,", "", "", ""),
    ],
)
def test_a_street_line_is_taken_apart(line, street, number, supplement):
    parts = {"street_name": street, "house_number": number, "supplement": supplement}
    assert convert(line, "address_parts", SETTING) == parts
    assert convert(line, "street_name", SETTING) == street
    assert convert(line, "house_number", SETTING) == number


@given(LINES)
def test_no_character_of_a_street_line_is_lost(line):
    parts = convert(line, "address_parts", SETTING)
    assert visible("".join(parts.values())) == visible(line)


def test_a_line_too_long_for_an_address_is_kept_whole():
    line = "Hauptstraße 12, " * 100
    assert visible(convert(line, "address_parts", SETTING)["street_name"]) == visible(line)


def visible(text):
    return Counter(each for each in text if not each.isspace() and each != ",")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (
            "500 Howard St, Apt 12, San Francisco, CA 94105, US",
            "Howard St|500|Apt 12|94105|San Francisco|CA|US",
        ),
        ("500 Howard St, San Francisco, CA, 94105, USA", "Howard St|500||94105|San Francisco|CA|US"),
        ("500 Howard St, San Francisco CA 94105-1234", "Howard St|500||94105-1234|San Francisco|CA|"),
        ("500 Howard St, San Francisco, California 94105", "Howard St|500||94105|San Francisco|California|"),
        ("500 Howard St, San Francisco, CA", "Howard St|500|||San Francisco|CA|"),  # California, not Canada
        ("500 Howard St, San Francisco CA", "Howard St|500|||San Francisco|CA|"),
        ("500 Howard St San Francisco CA 94105", "Howard St San Francisco|500||94105||CA|"),
        ("12345 Main St, Dallas, TX 75001", "Main St|12345||75001|Dallas|TX|"),
        ("Hauptstraße 12a, 10115 Berlin", "Hauptstraße|12a||10115|Berlin||"),
        ("Hauptstraße 12a 10115 Berlin", "Hauptstraße|12a||10115|Berlin||"),
        ("Hauptstraße 12a\r\nD-10115 Berlin", "Hauptstraße|12a||10115|Berlin||DE"),
        ("Hauptstr. 1, Hinterhaus, 10115 Berlin, Deutschland", "Hauptstr.|1|Hinterhaus|10115|Berlin||DE"),
        ("Hauptstraße 12, Berlin", "Hauptstraße|12|Berlin||||"),  # may as well be a wing of the house
        ("Bahnhofstrasse 1, 8001 Zürich, Schweiz", "Bahnhofstrasse|1||8001|Zürich||CH"),
        ("10 Downing Street, London SW1A 2AA, United Kingdom", "Downing Street|10||SW1A 2AA|London||GB"),
        ("10 Downing Street, London, SW1A 2AA", "Downing Street|10||SW1A 2AA|London||"),
        ("12 rue de la Paix, 75002 Paris, France", "rue de la Paix|12||75002|Paris||FR"),
        ("Damrak 1, 1012 LG Amsterdam, NL", "Damrak|1||1012 LG|Amsterdam||NL"),
        ("Via Roma, 12/B, 20121 Milano MI, Italy", "Via Roma|12/B||20121|Milano MI||IT"),
        ("111 Wellington St, Ottawa, ON K1A 0B1, Canada", "Wellington St|111||K1A 0B1|Ottawa|ON|CA"),
        ("1 George St, Sydney NSW 2000, Australia", "George St|1||2000|Sydney|NSW|AU"),
        ("ul. Nowy Świat 6/12, 00-950 Warszawa, Polen", "ul. Nowy Świat|6/12||00-950|Warszawa||PL"),
        ("10115 Berlin", "|||10115|Berlin||"),
        ("Main St 1200", "Main St|1200|||||"),
        ("Main St 12000", "Main St|12000|||||"),
        ("1200 Broadway, New York, NY", "Broadway|1200|||New York|NY|"),
        ("12000 Broadway, New York, NY 10001", "Broadway|12000||10001|New York|NY|"),
        ("94105", "|94105|||||"),
        ("anything", "anything||||||"),
        ("US", "US||||||"),
        ("", "||||||"),
    ],
)
def test_a_whole_address_is_taken_apart(address, expected):
    parts = convert(address, "full_address_parts", SETTING)
    assert list(parts) == [
        "street_name",
        "house_number",
        "supplement",
        "zipcode",
        "city",
        "region",
        "country",
    ]
    assert "|".join(parts.values()) == expected


def test_two_letters_are_a_country_outside_the_states():
    parts = convert("Hauptstraße 12, Berlin, DE", "full_address_parts", Setting(country="DE"))
    assert (parts["city"], parts["region"], parts["country"]) == ("Berlin", "", "DE")


@given(LINES)
def test_a_whole_address_keeps_what_it_does_not_know(address):
    parts = convert(address, "full_address_parts", SETTING)
    if not parts["country"]:
        assert visible("".join(parts.values())) == visible(address)
