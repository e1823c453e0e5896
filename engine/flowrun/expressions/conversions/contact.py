"""Phone numbers, e-mail addresses and VAT numbers: written one way, or refused."""

import re
from typing import Any

from flowrun.expressions.conversions.conversion import ConversionError, Setting, named, shown, trimmed
from flowrun.expressions.conversions.text import one_line, text


def phone(value: Any, country: Any = None, *, setting: Setting) -> str:
    """A phone number as the world dials it, +14155550134.

    Without a country code it is one of the country given, or else of the project's. A number that cannot
    exist there is refused. An extension is left out, since the form has no place for it.
    """
    import phonenumbers  # noqa: PLC0415 - reading the numbering plans costs 75 ms

    given = setting.country if country is None else country
    region = trimmed(given).upper() if isinstance(given, str) else ""
    if region not in phonenumbers.SUPPORTED_REGIONS:
        raise ConversionError(f"{shown(given)} is not a country for phone numbers; write a code such as 'DE'")
    try:
        number = phonenumbers.parse(one_line(value), region)
    except phonenumbers.NumberParseException as error:
        raise ConversionError(_no_phone(value, region)) from error
    if not phonenumbers.is_possible_number(number):
        raise ConversionError(_no_phone(value, region))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def email(value: Any) -> str:
    """An e-mail address without space around it and with its domain in small letters."""
    address = trimmed(text(value))
    local, at, domain = address.partition("@")
    if not local or not at or not domain or "@" in domain:
        raise ConversionError(
            f"{shown(value)} is not an e-mail address; it has one @ with text on both sides"
        )
    if any(each.isspace() for each in address):
        raise ConversionError(f"{shown(value)} is not one e-mail address; take out the space inside")
    return f"{local}@{domain.lower()}"


def vat_number(value: Any) -> str:
    """A VAT number in capitals without spaces, dots, dashes and slashes; its country prefix stays."""
    number = re.sub(r"[\s./\-‐‑–]", "", trimmed(text(value))).upper()
    if not re.fullmatch(r"[A-Z0-9+*]+", number) or not any(each.isdigit() for each in number):
        raise ConversionError(
            f"{shown(value)} is not a VAT number; it has letters and digits, such as 'DE123456789'"
        )
    return number


def _no_phone(value: Any, region: str) -> str:
    return (
        f"{shown(value)} is not a phone number in {region}; "
        "write it with its country code, +49 30 …, or give a default"
    )


CONTACT = (
    named(phone, "text", ("(415) 555-0134", "+14155550134")),
    named(email, "text", (" Erika.Mustermann@Example.COM ", "Erika.Mustermann@example.com")),
    named(vat_number, "text", ("de 123.456.789", "DE123456789")),
)
