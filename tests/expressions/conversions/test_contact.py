"""Phones, e-mail, VAT numbers, countries and languages."""

import pytest

from flowrun.expressions.conversions import CONVERSIONS, ConversionError, Setting, convert

SETTING = Setting()
GERMANY = Setting(country="DE")


@pytest.mark.parametrize(
    ("value", "setting", "expected"),
    [
        ("+1 415 555 0134", GERMANY, "+14155550134"),
        ("(415) 555-0134", SETTING, "+14155550134"),
        ("(415) 555-0134 ext. 5", SETTING, "+14155550134"),
        ("030 / 12 34 56", GERMANY, "+4930123456"),
        ("0049 30 123456", GERMANY, "+4930123456"),
        ("\u00a0+49\u202f30\u00a0123456", SETTING, "+4930123456"),
        (4155550134, SETTING, "+14155550134"),
    ],
)
def test_a_phone_number_is_written_as_the_world_dials_it(value, setting, expected):
    assert convert(value, "phone", setting) == expected


def test_a_phone_number_is_one_of_the_country_given():
    assert CONVERSIONS["phone"].function("030 123456", "de", setting=SETTING) == "+4930123456"


@pytest.mark.parametrize("value", ["911", "x", "👍", "+999 1", "1" * 300, "none"])
def test_a_phone_number_that_cannot_exist_is_refused(value):
    with pytest.raises(ConversionError, match="is not a phone number in US"):
        convert(value, "phone", SETTING)


@pytest.mark.parametrize("country", ["XX", "Germany", 49])
def test_a_phone_number_needs_a_country_that_exists(country):
    with pytest.raises(ConversionError, match="is not a country for phone numbers"):
        CONVERSIONS["phone"].function("030 123456", country, setting=SETTING)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (" Erika.M@Example.COM\u200b", "Erika.M@example.com"),
        ("erika+shop@example.com", "erika+shop@example.com"),
        ("ö@MÜNCHEN.de", "ö@münchen.de"),
    ],
)
def test_an_e_mail_keeps_the_case_of_its_name_only(value, expected):
    assert convert(value, "email", SETTING) == expected


@pytest.mark.parametrize(
    "value", ["erika", "@example.com", "erika@", "a@b@c.de", "e rika@example.com", "a@b.de, c@d.de"]
)
def test_what_is_no_e_mail_is_refused(value):
    with pytest.raises(ConversionError, match="e-mail address"):
        convert(value, "email", SETTING)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("de 123.456.789", "DE123456789"),
        ("ATU-12345678", "ATU12345678"),
        ("CHE-123.456.789\u00a0MWST", "CHE123456789MWST"),
        (123456789, "123456789"),
    ],
)
def test_a_vat_number_loses_its_punctuation(value, expected):
    assert convert(value, "vat_number", SETTING) == expected


@pytest.mark.parametrize("value", ["n/a", "none", "DE?123", "👍1"])
def test_what_is_no_vat_number_is_refused(value):
    with pytest.raises(ConversionError, match="is not a VAT number"):
        convert(value, "vat_number", SETTING)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("DE", "DE"),
        ("deu", "DE"),
        ("Germany", "DE"),
        (" deutschland ", "DE"),
        ("USA", "US"),
        ("United States", "US"),
        ("United States of America", "US"),
        ("Vereinigte Staaten", "US"),
        ("UK", "GB"),
        ("Großbritannien", "GB"),
        ("Österreich", "AT"),
        ("South Korea", "KR"),
        ("Côte d'Ivoire", "CI"),
        ("TÜRKEI", "TR"),
    ],
)
def test_a_country_becomes_its_two_letters(value, expected):
    assert convert(value, "country", SETTING) == expected


@pytest.mark.parametrize("value", ["XX", "Germani", "49", "👍"])
def test_what_is_no_country_is_refused(value):
    with pytest.raises(ConversionError, match="is not a country"):
        convert(value, "country", SETTING)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("en-US", "EN"),
        ("de_DE", "DE"),
        ("de", "DE"),
        ("deu", "DE"),
        ("ger", "DE"),
        ("fr_FR.UTF-8", "FR"),
        ("zh-Hans", "ZH"),
        ("zh-TW", "ZF"),
    ],
)
def test_a_language_becomes_the_two_letters_sap_knows(value, expected):
    assert convert(value, "language", SETTING) == expected


@pytest.mark.parametrize("value", ["xx", "German", "12", "-", "👍"])
def test_what_is_no_language_is_refused(value):
    with pytest.raises(ConversionError, match="is not a language"):
        convert(value, "language", SETTING)
