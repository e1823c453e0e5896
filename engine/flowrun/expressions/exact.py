"""Numbers as people write them: without exponent, and never more digits than anybody means."""

from __future__ import annotations

from decimal import Context, Decimal, Inexact, InvalidOperation

MOST_DIGITS = 400
"""More digits than this are a mistake or an attack: `1e999999999` is short, but written out it fills the
memory."""

_EXACT = Context(prec=2 * MOST_DIGITS, traps=[Inexact, InvalidOperation])


def exact_number(text: str) -> Decimal:
    """A number from its digits. Raises ValueError when it is none, or is absurdly long written out."""
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"`{text[:40]}` is not a number") from error
    if is_absurd(number):
        raise ValueError(f"`{text[:40]}` has more than {MOST_DIGITS} digits")
    return number


def is_absurd(number: Decimal) -> bool:
    """Whether a number is not finite, or has too many digits to be written out."""
    if not number.is_finite():
        return True
    _, _, exponent = number.as_tuple()
    return isinstance(exponent, int) and (abs(number.adjusted()) > MOST_DIGITS or -exponent > MOST_DIGITS)


def digits(number: int | Decimal) -> str:
    """The number without exponent. Raises ValueError where that would be absurdly long."""
    if isinstance(number, Decimal):
        if is_absurd(number):
            raise ValueError(f"a number has more than {MOST_DIGITS} digits")
        return format(number, "f")
    return str(number)


def is_number(value: object) -> bool:
    """Whether a value is a number. True and false are none, though Python counts with them."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def as_whole(value: object) -> int | None:
    """The whole number that a value is, also when it was computed as a Decimal; None for all else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, Decimal) and not is_absurd(value) and value == value.to_integral_value():
        return int(value)
    return None


def exactly(sign: str, left: Decimal, right: Decimal) -> Decimal:
    """`left sign right`. Sums and products lose no digit; a quotient has 28, which is more than money
    needs."""
    if is_absurd(left) or is_absurd(right):
        raise ValueError(f"a number has more than {MOST_DIGITS} digits")
    if right == 0 and sign in ("/", "//", "%"):
        raise ZeroDivisionError
    match sign:
        case "+":
            return _EXACT.add(left, right)
        case "-":
            return _EXACT.subtract(left, right)
        case "*":
            return _EXACT.multiply(left, right)
        case "/":
            return left / right
        case "//":
            return left // right
        case _:
            return left % right
