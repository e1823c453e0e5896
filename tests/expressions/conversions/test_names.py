"""Names of people, taken apart and written well."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowrun.expressions.conversions import Setting, convert

SETTING = Setting()
WORDS = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "Dr.",
                "Prof.",
                "von",
                "der",
                "de",
                "la",
                "y",
                "Jr.",
                ",",
                "Erika",
                "MUSTERMANN",
                "👍",
                "Van",
                "Herr",
            ]
        ),
        st.text(alphabet="abÄß'-.", min_size=1, max_size=5),
    )
).map(" ".join)


@pytest.mark.parametrize(
    ("name", "title", "first", "last", "suffix"),
    [
        ("Erika Mustermann", "", "Erika", "Mustermann", ""),
        (" Erika\u00a0Mustermann\r\n", "", "Erika", "Mustermann", ""),
        ("Mustermann", "", "", "Mustermann", ""),
        ("Mustermann, Erika", "", "Erika", "Mustermann", ""),
        ("Mustermann,Erika Maria", "", "Erika Maria", "Mustermann", ""),
        ("Mustermann,", "", "", "Mustermann", ""),
        (", Mustermann", "", "", "Mustermann", ""),
        ("Erika Maria Mustermann", "", "Erika Maria", "Mustermann", ""),
        ("Dr. Erika von der Heide", "Dr.", "Erika", "von der Heide", ""),
        ("Prof. Dr. Müller", "Prof. Dr.", "", "Müller", ""),
        ("Müller, Dr. Max", "Dr.", "Max", "Müller", ""),
        ("Dipl.-Ing. Hans zu Guttenberg", "Dipl.-Ing.", "Hans", "zu Guttenberg", ""),
        ("Ludwig van Beethoven", "", "Ludwig", "van Beethoven", ""),
        ("MARIA DE LA CRUZ", "", "MARIA", "DE LA CRUZ", ""),
        ("von der Leyen", "", "", "von der Leyen", ""),
        ("von der Leyen, Ursula", "", "Ursula", "von der Leyen", ""),
        ("Van Morrison", "", "Van", "Morrison", ""),
        ("Anna Le", "", "Anna", "Le", ""),
        ("José Ortega y Gasset", "", "José", "Ortega y Gasset", ""),
        ("Martin Luther King Jr.", "", "Martin Luther", "King", "Jr."),
        ("King, Jr.", "", "", "King", "Jr."),
        ("King, Martin Luther, Jr.", "", "Martin Luther", "King", "Jr."),
        ("Dr.", "", "", "Dr.", ""),
        ("Jr.", "", "", "Jr.", ""),
        ("👍", "", "", "👍", ""),
        ("", "", "", "", ""),
        (", ,", "", "", "", ""),
    ],
)
def test_a_full_name_is_taken_apart(name, title, first, last, suffix):
    parts = {"title": title, "first_name": first, "last_name": last, "suffix": suffix}
    assert convert(name, "name_parts", SETTING) == parts
    assert convert(name, "first_name", SETTING) == first
    assert convert(name, "last_name", SETTING) == last


@given(WORDS)
def test_no_word_of_a_name_is_lost(name):
    parts = convert(name, "name_parts", SETTING)
    assert sorted(" ".join(parts.values()).split()) == sorted(name.replace(",", " ").split())
    assert parts["last_name"] or not name.replace(",", " ").split()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("erika MUSTERMANN", "Erika Mustermann"),
        ("Ronald McDonald", "Ronald McDonald"),
        ("URSULA VON DER LEYEN", "Ursula von der Leyen"),
        ("Vincent Van Gogh", "Vincent Van Gogh"),
        ("sean o'neill", "Sean O'Neill"),
        ("SEAN O’NEILL", "Sean O’Neill"),
        ("anna-lena BAERBOCK", "Anna-Lena Baerbock"),
        ("j.r.r. tolkien", "J.R.R. Tolkien"),
        ("JACK'S", "Jack's"),
        ("henry VIII", "Henry VIII"),
        ("émile ZOLA", "Émile Zola"),
        ("ÖZGÜR ıŞıK", "Özgür ıŞıK"),
        ("👍 erika  b", "👍 Erika  B"),
    ],
)
def test_a_name_gets_its_capitals(name, expected):
    assert convert(name, "title_name", SETTING) == expected
