"""Numbers and money as shops and SAP write them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowrun.expressions.conversions import CONVERSIONS, ConversionError, Setting, convert

SETTING = Setting()
AMOUNTS = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12)


def filtered(value, name, *arguments):
    return CONVERSIONS[name].function(value, *arguments, setting=SETTING)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("12.50", "12.50"),
        ("1,234.56", "1234.56"),
        ("1,234,567", "1234567"),  # two groups cannot be decimals
        ("1,234,567.8", "1234567.8"),
        ("1'234.50", "1234.50"),
        ("1’234", "1234"),
        ("1 234.56", "1234.56"),
        ("1\u00a0234.56", "1234.56"),
        ("1\u202f234.56", "1234.56"),  # narrow no-break space
        ("\u00a012.50\u200b", "12.50"),
        ("€ 12.50", "12.50"),
        ("12.50 USD", "12.50"),
        ("US$5", "5"),
        ("-€5", "-5"),
        ("€-5", "-5"),
        ("12.50-", "-12.50"),  # SAP's trailing sign
        ("−3", "-3"),
        ("+3", "3"),
        (".5", "0.5"),
        ("1E+2", "100"),
        ("2656.24", "2656.24"),
        ("1.234", "1.234"),
        ("-0.00", "0.00"),
        (7, "7"),
        (Decimal("49.99"), "49.99"),
    ],
)
def test_a_decimal_is_read_exactly(value, expected):
    result = convert(value, "decimal", SETTING)
    assert result == Decimal(expected)
    assert not result.is_signed() or result


@pytest.mark.parametrize("value", ["12,50", "1.234,56", "1,234", "1 234,56", "€ 12,50", "1,23.4"])
def test_a_comma_that_may_be_the_decimal_sign_names_decimal_comma(value):
    with pytest.raises(ConversionError, match="use decimal_comma"):
        convert(value, "decimal", SETTING)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("12,50", "12.50"),
        ("1.234,56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1\u202f234,56", "1234.56"),
        ("1'234,56", "1234.56"),
        ("1.234", "1234"),
        ("1.234.567", "1234567"),
        ("12,50 €", "12.50"),
        ("CHF 12,50", "12.50"),
        ("12,50-", "-12.50"),
        ("−12,50", "-12.50"),
        (Decimal("12.50"), "12.50"),
        (3, "3"),
    ],
)
def test_a_decimal_comma_is_read_exactly(value, expected):
    assert convert(value, "decimal_comma", SETTING) == Decimal(expected)


@pytest.mark.parametrize("value", ["12.50", "1,234.56", "0.5"])
def test_a_decimal_point_under_decimal_comma_names_decimal(value):
    with pytest.raises(ConversionError, match=r"use decimal$"):
        convert(value, "decimal_comma", SETTING)


@pytest.mark.parametrize(
    "value", ["abc", "NaN", "Infinity", "12..5", "--3", "-3-", "1 23", "0x10", "1_000", "👍", "٣", [], {}]
)
@pytest.mark.parametrize("name", ["decimal", "decimal_comma", "integer", "quantity"])
def test_what_is_no_number_is_refused(value, name):
    with pytest.raises(ConversionError):
        convert(value, name, SETTING)


@pytest.mark.parametrize("name", ["decimal", "decimal_comma", "integer", "quantity", "percentage", "text"])
@pytest.mark.parametrize("value", [0.1, 2.0, float("nan")])
def test_floats_are_refused_even_when_they_look_whole(value, name):
    with pytest.raises(ConversionError, match="floats are not exact"):
        convert(value, name, SETTING)


@pytest.mark.parametrize("name", ["decimal", "integer", "quantity", "percentage"])
def test_yes_and_no_are_not_numbers(name):
    with pytest.raises(ConversionError):
        convert(True, name, SETTING)


def test_a_message_quotes_at_most_forty_characters_on_one_line():
    with pytest.raises(ConversionError) as caught:
        convert("twelve\n" * 10, "decimal", SETTING)
    assert str(caught.value) == (
        "'twelve twelve twelve twelve twelve twel…' is not a number; write it like 1234.56, or give a default"
    )


@pytest.mark.parametrize(("value", "expected"), [("42", 42), ("5.00", 5), (Decimal("1E+2"), 100), ("-7", -7)])
def test_a_whole_number_is_an_integer(value, expected):
    result = convert(value, "integer", SETTING)
    assert result == expected
    assert isinstance(result, int)


@pytest.mark.parametrize("value", ["2.5", Decimal("0.0001")])
def test_an_integer_is_never_rounded(value):
    with pytest.raises(ConversionError, match="not a whole number"):
        convert(value, "integer", SETTING)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("19 %", "0.19"),
        ("19%", "0.19"),
        ("7,5 %", "0.075"),
        ("7.5", "0.075"),
        (19, "0.19"),
        ("-3 %", "-0.03"),
    ],
)
def test_a_percentage_becomes_a_fraction(value, expected):
    assert convert(value, "percentage", SETTING) == Decimal(expected)


@pytest.mark.parametrize(
    ("value", "expected"), [("2.0005", "2.001"), ("2", "2.000"), ("-2.0005", "-2.001"), ("-0.0001", "0.000")]
)
def test_a_quantity_has_three_decimals(value, expected):
    assert str(convert(value, "quantity", SETTING)) == expected


@pytest.mark.parametrize(
    "value", ["Y", "y", "yes", "Ja", "true", "TRUE", "1", " X ", True, 1, Decimal("1.0")]
)
def test_yes_is_read(value):
    assert convert(value, "boolean", SETTING) is True


@pytest.mark.parametrize("value", ["N", "no", "nein", "False", "0", False, 0, Decimal("0.00")])
def test_no_is_read(value):
    assert convert(value, "boolean", SETTING) is False


@pytest.mark.parametrize("value", ["E", "D", "maybe", 2, "10", 1.0, []])
def test_what_is_neither_yes_nor_no_is_refused(value):
    with pytest.raises(ConversionError, match="neither yes nor no"):
        convert(value, "boolean", SETTING)


@pytest.mark.parametrize(("value", "expected"), [("X", True), ("", False), (" ", False), ("x", True)])
def test_a_sap_flag_is_yes_or_blank(value, expected):
    assert convert(value, "sap_flag", SETTING) is expected


@pytest.mark.parametrize(
    ("value", "currency", "expected"),
    [
        ("89.985", "EUR", "89.99"),
        ("-89.985", "EUR", "-89.99"),  # half away from zero, so that a refund mirrors its invoice
        ("89.9849", "EUR", "89.98"),
        ("1000.5", "JPY", "1001"),
        ("1.00005", "KWD", "1.000"),
        ("1.0005", "kwd", "1.001"),
        ("7", "USD", "7.00"),
        ("12.345", "RSD", "12.35"),  # ISO gives the dinar two digits, where lists made for display give none
        ("-0.001", "EUR", "0.00"),
    ],
)
def test_money_is_rounded_to_the_digits_of_its_currency(value, currency, expected):
    assert str(filtered(value, "round_money", currency)) == expected


@pytest.mark.parametrize("currency", ["XYZ", "", "EURO", None, 5, "XAU"])
def test_what_is_no_currency_is_refused(currency):
    with pytest.raises(ConversionError, match="is not a currency"):
        filtered("1", "round_money", currency)


@pytest.mark.parametrize(
    ("name", "value", "rate", "expected"),
    [
        ("tax_from_base", "219.98", Decimal("0.19"), "41.7962"),
        ("tax_from_base", "100", "7,5 %", "7.5"),
        ("tax_from_base", "100", "0.19", "19"),
        ("tax_from_base", "100", 0, "0"),
        ("net_from_gross", "119", "19 %", "100"),
        ("tax_from_gross", "119", "19 %", "19"),
        ("tax_from_gross", "-119", "19 %", "-19"),
    ],
)
def test_tax_is_exact(name, value, rate, expected):
    assert filtered(value, name, rate) == Decimal(expected)


@pytest.mark.parametrize("rate", [19, "19", Decimal("1"), "-5 %", Decimal("-0.19"), 0.19, "many"])
def test_a_rate_that_is_not_clear_is_refused(rate):
    with pytest.raises(ConversionError):
        filtered("100", "tax_from_base", rate)


@given(gross=AMOUNTS, percent=st.integers(0, 300))
def test_net_and_tax_always_add_up_to_the_gross(gross, percent):
    rate = f"{percent} %"
    assert filtered(gross, "net_from_gross", rate) + filtered(gross, "tax_from_gross", rate) == gross


@given(
    number=st.decimals(
        allow_nan=False, allow_infinity=False, min_value=-(10**40), max_value=10**40, places=12
    )
)
def test_a_decimal_written_as_text_reads_back_the_same(number):
    written = convert(number, "text", SETTING)
    assert "E" not in written
    assert convert(written, "decimal", SETTING) == number
    assert convert(written.replace(".", ","), "decimal_comma", SETTING) == number
