"""Text and HTML that customers and web shops write."""

import datetime as dt
from decimal import Decimal

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from flowrun.expressions.conversions import CONVERSIONS, ConversionError, Setting, convert
from flowrun.expressions.conversions.text import sap_length

SETTING = Setting()
CLUSTERS = st.lists(
    st.sampled_from(
        ["a", "é", "e\u0301", "👨‍👩‍👧", "👍🏽", "🇩🇪", "🇫🇷", "\r\n", "क्षि", "각", "❤️", "\u0301", "\u200d", "ß"]
    )
).map("".join)


def filtered(value, name, *arguments):
    return CONVERSIONS[name].function(value, *arguments, setting=SETTING)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("1E+2"), "100"),
        (Decimal("1.50"), "1.50"),
        (Decimal("1E-7"), "0.0000001"),
        (42, "42"),
        (True, "true"),
        (False, "false"),
        (dt.date(2026, 3, 14), "2026-03-14"),
        (dt.datetime(2026, 3, 14, 9, 26, tzinfo=dt.UTC), "2026-03-14T09:26:00+00:00"),
        ("as it is\r\n", "as it is\r\n"),
    ],
)
def test_values_are_written_as_people_write_them(value, expected):
    assert convert(value, "text", SETTING) == expected


@pytest.mark.parametrize("value", [[], {}, ["a"], {"a": 1}, object()])
@pytest.mark.parametrize(
    "name", ["text", "trim", "upper", "html_to_text", "name_parts", "address_parts", "phone"]
)
def test_lists_and_records_are_not_text(value, name):
    with pytest.raises(ConversionError, match="is not one text"):
        convert(value, name, SETTING)


@pytest.mark.parametrize(
    ("value", "name", "expected"),
    [
        ("\u00a0 a b \u200b\r\n\ufeff", "trim", "a b"),
        ("👍 ", "trim", "👍"),
        ("500 Howard St\r\nApt 12", "one_line", "500 Howard St Apt 12"),
        ("a\u00a0\u2009 b\t\n\nc", "one_line", "a b c"),
        ("straße", "upper", "STRASSE"),
        ("ÄRGER", "lower", "ärger"),
        ("Größe", "ascii", "Groesse"),
        ("A\u0308rger", "ascii", "Aerger"),  # an umlaut of two characters
        ("Łódź, Señor É", "ascii", "Lodz, Senor E"),
        ("“€ 5” – 日本", "ascii", '"EUR 5" - ??'),
        ("XC-1042/ä٣", "digits", "10423"),
        ("0000004711", "strip_zeros", "4711"),
        ("000", "strip_zeros", "0"),
        (Decimal("7"), "strip_zeros", "7"),
        ("&amp;lt; &amp; &auml;", "unescape", "&lt; & ä"),
        ("?a=1&copy=2 AT&T &#65; &bogus;", "unescape", "?a=1&copy=2 AT&T A &bogus;"),
    ],
)
def test_text_gets_its_shape(value, name, expected):
    assert convert(value, name, SETTING) == expected


@pytest.mark.parametrize(
    ("value", "length", "expected"),
    [
        ("Classic", 4, "Clas"),
        ("Classic", Decimal("4"), "Clas"),  # numbers in templates are decimals
        ("Classic", 7, "Classic"),
        ("Classic", 0, ""),
        ("e\u0301a", 1, ""),
        ("e\u0301a", 2, "e\u0301"),
        ("🇩🇪🇫🇷", 7, "🇩🇪"),
        ("a👨‍👩‍👧", 5, "a"),
        ("👍👍", 3, "👍"),  # an emoji takes two places in SAP
        ("a\r\nb", 2, "a"),
    ],
)
def test_a_cut_ends_between_characters_as_people_see_them(value, length, expected):
    assert filtered(value, "cut", length) == expected


@given(value=st.one_of(CLUSTERS, st.text()), length=st.integers(0, 40))
def test_a_cut_is_a_prefix_of_whole_clusters_that_fits(value, length):
    result = filtered(value, "cut", length)
    clusters = regex.findall(r"\X", value)
    starts = ["".join(clusters[:count]) for count in range(len(clusters) + 1)]
    assert result in starts
    assert len(result) <= sap_length(result) <= length


@pytest.mark.parametrize("length", [-1, Decimal("2.5"), "4", None, True, Decimal("NaN"), 10**9])
def test_a_length_that_is_no_whole_number_is_refused(length):
    with pytest.raises(ConversionError, match="takes a whole number"):
        filtered("Classic", "cut", length)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [((10,), "0000004711"), ((6, " "), "  4711"), ((4,), "4711"), ((6, Decimal("0")), "004711")],
)
def test_text_is_filled_from_the_left(arguments, expected):
    assert filtered(" 4711", "pad_left", *arguments) == expected


def test_filling_refuses_what_is_longer():
    with pytest.raises(ConversionError, match="'4711' has 4 characters, more than the 3"):
        filtered("4711", "pad_left", 3)


@pytest.mark.parametrize("fill", ["", "ab", None])
def test_filling_takes_one_character(fill):
    with pytest.raises(ConversionError, match="fills with one character"):
        filtered("4711", "pad_left", 10, fill)


@pytest.mark.parametrize(
    ("parts", "arguments", "expected"),
    [
        (["Erika", "Mustermann"], (), "Erika Mustermann"),
        (["Erika", None, "", " \u00a0", " von  der\r\nHeide "], (), "Erika von der Heide"),
        (["a", 1, Decimal("1E+2"), True], (", ",), "a, 1, 100, true"),
        ([], (), ""),
        ([None], (), ""),
        ("one  text", (), "one text"),
        (("a", "b"), ("",), "ab"),
    ],
)
def test_words_are_joined_without_gaps(parts, arguments, expected):
    assert filtered(parts, "join_words", *arguments) == expected


@pytest.mark.parametrize("parts", [{"a": 1}, [["a"]], [0.5]])
def test_only_texts_are_joined(parts):
    with pytest.raises(ConversionError):
        filtered(parts, "join_words")


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>Soft &amp; light</p><p>100&nbsp;% cotton</p>", "Soft & light\n100 % cotton"),
        ("<ul><li>a<li>b</ul>", "a\nb"),
        ("a<br>b<br/>c<BR >d", "a\nb\nc\nd"),
        ("<div>one\r\n  line</div>", "one line"),
        ("one\n<b>line</b>", "one line"),
        ("first\r\nsecond", "first\nsecond"),  # no tag, so no HTML
        ("bold<b>er</b>", "bolder"),
        ("<td>a</td><td>b</td>", "a b"),
        ("&amp;lt;br&amp;gt;", "&lt;br&gt;"),  # decoded once
        ("&lt;br&gt;", "<br>"),
        ("<script>if (a<b) alert('</p>')</script>after", "after"),
        ("<style>p {}</style >after<script>never closed", "after"),
        ("a < b", "a < b"),
        ("a<b", "a<b"),
        ("1 <3 you", "1 <3 you"),
        ("<erika@example.com>", "<erika@example.com>"),
        ('<a title="x > y">link</a>', "link"),
        ("<a title='it is", "<a title='it is"),
        ('<a title="never closed>text', "text"),
        ("a<!-- <p>hidden</p> -->b", "ab"),
        ("a<!-- open", "a<!-- open"),
        ("<!DOCTYPE html><p>x", "x"),
        ("👕 &#x1F455;", "👕 👕"),
        ('T-Shirt "Classic" & Co.', 'T-Shirt "Classic" & Co.'),
        ("İ<SCRIPT>x</ScRiPt>y", "İy"),
        ('<a b="1>2" c=\'3>4\'>x</a> and <i d="5>6>y', "x and 6>y"),
    ],
)
def test_html_becomes_what_a_browser_shows(html, expected):
    assert convert(html, "html_to_text", SETTING) == expected


@given(st.one_of(st.text(), st.text(alphabet="<>/!-ab &;#\"'= \n")))
def test_html_to_text_never_raises(html):
    assert "\r" not in convert(html, "html_to_text", SETTING)
