"""Numbers: text as shops and SAP write it to exact decimals, never floats."""

import re
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from flowrun.expressions.conversions.conversion import ConversionError, named, shown, trimmed

EXACT = Context(prec=400, rounding=ROUND_HALF_UP)
"""Wide enough that sums, products and roundings of the numbers read here lose nothing."""

_DIGITS = 100  # no amount, weight or price is longer; what is longer is not a number but a mistake

_MONEY = r"[A-Z]{3}|[A-Z]{0,2}[$¢£¤¥֏؋৳฿₠-⃀]|zł|Kč|kr\.?|Ft|Fr\."
_AROUND = rf"([-+]?) ?(?:{_MONEY})? ?([-+]?) ?([0-9.,][0-9., ']*?) ?(?:{_MONEY})? ?([-+]?)"
_EXPONENT = r"[-+]?[0-9]+(?:\.[0-9]+)?[eE][-+]?[0-9]{1,3}"

_SPACED = r"[0-9]{1,3}(?:(['\ ])[0-9]{3})(?:\1[0-9]{3})*"
_WITH_POINT = rf"(?:[0-9]+|{_SPACED}|[0-9]{{1,3}}(?:,[0-9]{{3}})+(?=\.))(?:\.[0-9]+)?|\.[0-9]+"
_MANY_COMMAS = r"[0-9]{1,3}(?:,[0-9]{3}){2,}"
_WITH_COMMA = rf"(?:[0-9]+|{_SPACED}|[0-9]{{1,3}}(?:\.[0-9]{{3}})+)(?:,[0-9]+)?|,[0-9]+"

_TYPOGRAPHY = str.maketrans(dict.fromkeys("−–‒﹣－", "-") | dict.fromkeys("’‘ʼ＇", "'"))

_YES = frozenset({"y", "yes", "ja", "true", "1", "x"})
_NO = frozenset({"n", "no", "nein", "false", "0"})


def decimal(value: Any) -> Decimal:
    """An exact number from text with a decimal point.

    Reads `1,234.56`, `1'234.50`, `$12.50`, `12.50 USD`, `12.50-`. A comma that could be either sign
    (`1,234`, `12,50`) is an error that names `decimal_comma`. Floats are refused: they are not exact.
    """
    if not isinstance(value, str):
        return _exact(value)
    sign, digits = _sign_and_digits(value)
    if re.fullmatch(_WITH_POINT, digits) or re.fullmatch(_MANY_COMMAS, digits):
        return _number(sign + re.sub("[, ']", "", digits), value)
    if "," in digits:
        raise ConversionError(
            f"{shown(value)} has a comma that may be the decimal sign; "
            "if it is, use decimal_comma, if it groups thousands, take it out first"
        )
    raise ConversionError(_no_number(value, "1234.56"))


def decimal_comma(value: Any) -> Decimal:
    """An exact number from text with a decimal comma, as Germans and French write it.

    Reads `1.234,56`, `1 234,56`, `12,50 €`, `12,50-`; `1.234` is one thousand two hundred thirty-four.
    `12.50` is an error that names `decimal`.
    """
    if not isinstance(value, str):
        return _exact(value)
    sign, digits = _sign_and_digits(value)
    if re.fullmatch(_WITH_COMMA, digits):
        return _number(sign + re.sub("[. ']", "", digits).replace(",", "."), value)
    if "." in digits:
        raise ConversionError(f"{shown(value)} has a decimal point, not a decimal comma; use decimal")
    raise ConversionError(_no_number(value, "1.234,56"))


def integer(value: Any) -> int:
    """A whole number; 2.0 is one, 2.5 is refused rather than rounded."""
    number = decimal(value)
    whole = int(number)
    if whole != number:
        raise ConversionError(
            f"{shown(value)} is not a whole number; use decimal to keep what follows the point"
        )
    return whole


def percentage(value: Any) -> Decimal:
    """The fraction that a percentage stands for: `19 %`, `7,5 %` and 19 are read as percent."""
    if not isinstance(value, str):
        return _exact(value).scaleb(-2, EXACT)
    number = trimmed(value).removesuffix("%")
    # One or two digits after a comma cannot be a group of thousands.
    read = decimal_comma if re.fullmatch(r"[-+]?[0-9]+,[0-9]{1,2}\s*", number) else decimal
    return read(number).scaleb(-2, EXACT)


def quantity(value: Any) -> Decimal:
    """A quantity with the three decimals that SAP stores, rounded half up."""
    return rounded(decimal(value), 3)


def boolean(value: Any) -> bool:
    """Yes or no from Y/N, yes/no, ja/nein, true/false, 1/0 and X.

    Blank is null here, since it means "unset" in X-Cart; `sap_flag` reads blank as no. Letters with other
    meanings, such as the E and D of an X-Cart profile, are refused.
    """
    if isinstance(value, bool):
        return value
    word = trimmed(value).lower() if isinstance(value, str) else _one_or_zero(value)
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ConversionError(
        f"{shown(value)} is neither yes nor no; allowed: Y/N, yes/no, ja/nein, true/false, 1/0, X; "
        "use choose or a lookup for other words"
    )


def sap_flag(value: Any) -> bool:
    """Yes or no from SAP's own flags, where X is yes and blank is no."""
    if isinstance(value, str) and not trimmed(value):
        return False
    return boolean(value)


def rounded(number: Decimal, digits: int) -> Decimal:
    """A number with so many decimals, half away from zero as invoices round; never minus zero."""
    result = number.quantize(Decimal(1).scaleb(-digits), context=EXACT)
    return result if result else result.copy_abs()


def _one_or_zero(value: Any) -> str:
    if not isinstance(value, int | Decimal) or not Decimal(value).is_finite():
        return ""
    return "0" if value == 0 else "1" if value == 1 else ""


def _exact(value: Any) -> Decimal:
    if isinstance(value, float):
        raise ConversionError(
            f"{shown(value)} is a float and floats are not exact; let the source give text or decimals"
        )
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ConversionError(_no_number(value, "1234.56"))
    number = Decimal(value)
    if not number.is_finite():
        raise ConversionError(
            f"{shown(value)} is not a number that can be stored; check where it was computed"
        )
    if max(len(number.as_tuple().digits), abs(number.adjusted())) > _DIGITS:
        raise ConversionError(_too_long(value))
    return number if number else number.copy_abs()


def _sign_and_digits(value: str) -> tuple[str, str]:
    text = trimmed(value)
    if len(text) > _DIGITS:
        raise ConversionError(_too_long(value))
    text = re.sub(r"\s", " ", text.translate(_TYPOGRAPHY))
    if re.fullmatch(_EXPONENT, text):
        return "", f"{_number(text, value):f}"
    match = re.fullmatch(_AROUND, text)
    if match is None:
        raise ConversionError(_no_number(value, "1234.56"))
    before, inside, digits, after = match.groups()
    signs = f"{before}{inside}{after}"
    if len(signs) > 1:
        raise ConversionError(f"{shown(value)} has {len(signs)} signs; a number has one at most")
    return signs, digits


def _number(text: str, value: str) -> Decimal:
    number = Decimal(text)
    if number.is_finite() and abs(number.adjusted()) <= _DIGITS:
        return number if number else number.copy_abs()
    raise ConversionError(_too_long(value))


def _no_number(value: Any, model: str) -> str:
    return f"{shown(value)} is not a number; write it like {model}, or give a default"


def _too_long(value: Any) -> str:
    return f"{shown(value)} is too long for a number; at most {_DIGITS} digits are read"


NUMBERS = (
    named(decimal, "decimal", ("1,234.56", Decimal("1234.56"))),
    named(decimal_comma, "decimal", ("1.234,56 €", Decimal("1234.56"))),
    named(integer, "integer", ("42", 42)),
    named(percentage, "decimal", ("19 %", Decimal("0.19"))),
    named(quantity, "decimal", ("2.0005", Decimal("2.001"))),
    named(boolean, "boolean", ("ja", True)),
    named(sap_flag, "boolean", ("", False), when_blank=False),
)
