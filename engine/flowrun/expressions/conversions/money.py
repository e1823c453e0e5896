"""Money: rounding to a currency's own digits, and tax from and in amounts."""

from decimal import Context, Decimal
from typing import Any

from flowrun.expressions.conversions.conversion import ConversionError, named, shown, trimmed
from flowrun.expressions.conversions.numbers import EXACT, decimal, percentage, rounded

# What a quotient keeps: as many digits as Python's own arithmetic, so that a later sum changes nothing.
_QUOTIENT = Context(prec=28)


def round_money(value: Any, currency: Any) -> Decimal:
    """An amount with the decimals of its currency (EUR 2, JPY 0, KWD 3), rounded half up.

    The currency is an ISO 4217 code; the digits are ISO's, which SAP and payment providers count by.
    """
    return rounded(decimal(value), currency_digits(currency))


def tax_from_base(value: Any, rate: Any) -> Decimal:
    """The tax on a net amount, not rounded. The rate is a fraction (0.19) or says percent ('19 %')."""
    return EXACT.multiply(decimal(value), _rate(rate))


def tax_from_gross(value: Any, rate: Any) -> Decimal:
    """The tax inside a gross amount, not rounded: what `net_from_gross` leaves, so both add up."""
    gross = decimal(value)
    return EXACT.subtract(gross, net_from_gross(gross, rate))


def net_from_gross(value: Any, rate: Any) -> Decimal:
    """The net amount inside a gross amount, not rounded, with 28 digits where it does not come out even."""
    return _QUOTIENT.divide(decimal(value), EXACT.add(1, _rate(rate)))


def currency_digits(currency: Any) -> int:
    """How many decimals ISO 4217 gives a currency. The code may be written in lower case."""
    from iso4217 import Currency  # noqa: PLC0415 - reading the ISO table costs 30 ms

    code = trimmed(currency).upper() if isinstance(currency, str) else ""
    try:
        digits = Currency(code).exponent
    except ValueError:
        digits = None
    if digits is None:
        raise ConversionError(f"{shown(currency)} is not a currency; write an ISO 4217 code such as 'EUR'")
    return int(digits)


def _rate(rate: Any) -> Decimal:
    """A bare 19 may mean 19 % or a slip, so from 1 on the percent sign must be there."""
    if isinstance(rate, str) and trimmed(rate).endswith("%"):
        fraction = percentage(rate)
    else:
        fraction = decimal(rate)
        if fraction >= 1:
            raise ConversionError(f"a rate of {shown(rate)} is not clear; write '19 %' or the fraction 0.19")
    if fraction < 0:
        raise ConversionError(f"a tax rate of {shown(rate)} is below zero; take the sign into the amount")
    return fraction


MONEY = (
    named(round_money, "decimal", ("89.985", Decimal("89.99")), given=("EUR",)),
    named(tax_from_base, "decimal", ("100.00", Decimal("19.0000")), given=(Decimal("0.19"),)),
    named(tax_from_gross, "decimal", ("119.00", Decimal("19.00")), given=("19 %",)),
    named(net_from_gross, "decimal", ("119.00", Decimal("100")), given=(Decimal("0.19"),)),
)
