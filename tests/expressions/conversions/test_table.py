"""Every conversion of the table: documented, exemplified, and well behaved whatever it is given."""

import subprocess
import sys
import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowrun.expressions.conversions import CONVERSIONS, ConversionError, Setting, convert
from flowrun.expressions.conversions.table import ROWS

SETTING = Setting()
RESULTS = {"text", "decimal", "integer", "date", "datetime", "boolean", "record"}
HEAVY = ("phonenumbers", "pycountry", "iso4217", "regex", "gettext", "html")

ANYTHING = st.one_of(
    st.text(),
    st.text(alphabet="0123456789.,-+/: '%<>&;#aTZeE()€\u00a0", max_size=30),
    st.integers(),
    st.decimals(),
    st.none(),
    st.booleans(),
    st.floats(),
    st.lists(st.one_of(st.text(max_size=5), st.integers(), st.none())),
    st.dictionaries(st.text(max_size=3), st.text(max_size=3)),
    st.dates(),
    st.datetimes(),
)

each_conversion = pytest.mark.parametrize("conversion", CONVERSIONS.values(), ids=list(CONVERSIONS))


@each_conversion
def test_an_example_gives_what_it_says(conversion):
    value, expected = conversion.example
    result = conversion.function(value, *conversion.example_arguments, setting=SETTING)
    assert result == expected
    assert type(result) is type(expected)


@each_conversion
def test_a_conversion_is_documented_in_one_sentence(conversion):
    assert 20 < len(conversion.summary) <= 110
    assert conversion.summary[0].isupper()
    assert conversion.summary.endswith(".")
    assert conversion.result in RESULTS


@each_conversion
def test_null_stays_null(conversion):
    assert conversion.function(None, *conversion.example_arguments, setting=SETTING) is None


@pytest.mark.parametrize("blank", ["", " ", "\u00a0\u200b\r\n"])
@each_conversion
def test_blank_text_is_unset(conversion, blank):
    result = conversion.function(blank, *conversion.example_arguments, setting=SETTING)
    dated = conversion.name in {"iso_date", "iso_datetime", "compact_date", "sap_date", "sap_datetime"}
    if conversion.name == "sap_flag":
        assert result is False
    elif conversion.result == "text" and not dated:
        assert result == ""
    elif conversion.result == "record":
        assert "".join(result.values()).strip("\u200b") == ""
    else:
        assert result is None


def test_no_name_is_used_twice():
    assert len(ROWS) == len(CONVERSIONS)


def test_a_name_that_is_not_in_the_table_is_a_key_error():
    with pytest.raises(KeyError):
        convert("1", "decimla", SETTING)


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("cut", (), "cut needs length, which 'as:' cannot give; write {{ value | cut(length) }} in a text"),
        ("cut", (1, 2), "cut takes only length, but 2 were given; write {{ value | cut(length) }}"),
        ("trim", (1,), "trim takes nothing in parentheses; write {{ value | trim }}"),
    ],
)
def test_a_wrong_number_of_arguments_is_said(name, arguments, message):
    with pytest.raises(ConversionError) as caught:
        CONVERSIONS[name].function("x", *arguments, setting=SETTING)
    assert str(caught.value) == message


def refusal(conversion, value, *arguments):
    """The message of a ConversionError, or nothing; any other error fails the test."""
    try:
        conversion.function(value, *arguments, setting=SETTING)
    except ConversionError as error:
        return str(error)
    return ""


def is_one_short_line(message):
    return "\n" not in message and len(message) < 250


@settings(max_examples=400, deadline=None)
@given(value=ANYTHING, name=st.sampled_from(sorted(CONVERSIONS)))
def test_nothing_but_conversion_errors_is_raised(value, name):
    conversion = CONVERSIONS[name]
    assert is_one_short_line(refusal(conversion, value, *conversion.example_arguments))
    assert is_one_short_line(refusal(conversion, value))


@settings(max_examples=150, deadline=None)
@given(argument=ANYTHING, name=st.sampled_from([row.name for row in ROWS if row.arguments]))
def test_a_wrong_argument_is_a_conversion_error_too(argument, name):
    conversion = CONVERSIONS[name]
    assert is_one_short_line(refusal(conversion, conversion.example[0], argument))


@pytest.mark.parametrize(
    "written",
    ["sNaN", "Infinity", "1E+999999", "1E-999999", "9" * 5000, "&#" + "9" * 5000 + ";"],
    ids=range(6),
)
def test_numbers_beyond_reason_never_crash(written):
    values = [written, Decimal(written) if written[0] != "&" else 10**5000]
    for conversion in CONVERSIONS.values():
        for value in values:
            assert is_one_short_line(refusal(conversion, value, *conversion.example_arguments))


@pytest.mark.parametrize(
    "piece",
    ["a", "<", "<a ", '<a ="', "<a =\"'>", "<!--", "<script>", "&#", " ", "1 ", ",", "\u0301", "Dr. "],
)
def test_long_texts_cost_linear_time(piece):
    long = (piece * 200_000)[:200_000]
    for conversion in CONVERSIONS.values():
        began = time.process_time()
        refusal(conversion, long, *conversion.example_arguments)
        assert time.process_time() - began < 1.0, conversion.name


def test_importing_the_table_imports_no_heavy_library():
    listing = "import sys, flowrun.expressions.conversions; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", listing], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "flowrun.expressions.conversions.table" in loaded
    assert not set(HEAVY) & set(loaded)
