"""What filters and operators do in a template: exact numbers, no methods, no small text that makes a huge
one.

Each render has a budget of characters and items. Whatever makes text or lists pays from it, so a chain of
harmless filters ends with a message instead of filling the memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from decimal import Decimal
from functools import wraps
from itertools import islice
from typing import Any

from jinja2 import Environment, Undefined, pass_environment

from flowrun.expressions.conversions import Conversion, Setting
from flowrun.expressions.exact import as_whole, digits, exactly, is_number

MAX_RESULT = 1_000_000
"""Characters one `text:` may give. SAP's and X-Cart's longest texts are far below."""
_BUDGET = 4 * MAX_RESULT

_spent: ContextVar[list[int] | None] = ContextVar("spent", default=None)


class CannotComputeError(TypeError):
    """An operator or filter met values it does not take. Becomes a `Rejected` that names the expression."""


@contextmanager
def budget() -> Iterator[None]:
    """Within it, filters and joined texts pay for what they make."""
    token = _spent.set([0])
    try:
        yield
    finally:
        _spent.reset(token)


def pay(size: int) -> None:
    """Raises `CannotComputeError` when more was made than any text needs."""
    spent = _spent.get()
    if spent is not None:
        spent[0] += size
    if size > MAX_RESULT or (spent is not None and spent[0] > _BUDGET):
        raise CannotComputeError(f"the result is larger than {MAX_RESULT:,} characters")


# --- values in words and in texts ---------------------------------------------------------------


def kind_of(value: Any) -> str:
    """What a value is, in an analyst's words."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case str():
            return "a text"
        case list() | tuple():
            return "a list"
        case Mapping():
            return "a record"
        case int() | Decimal():
            return "a number"
        case date():
            return "a date"
        case _:
            return "something else"


def shown(value: Any) -> Any:
    """How a value is written into a text: numbers without exponent, dates as ISO, null as nothing."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return digits(value)
        case date():
            return value.isoformat()
        case list() | tuple() | Mapping():
            raise CannotComputeError(
                f"{kind_of(value)} cannot be written into a text; pick one of its fields, or `| join`"
            )
        case _:
            return value


def present(*values: Any) -> None:
    """Raises for a value that is absent, with the name that is missing."""
    for value in values:
        if isinstance(value, Undefined):
            str(value)


# --- operators ----------------------------------------------------------------------------------


def computed(sign: str, left: Any, right: Any) -> Any:
    """`+` adds numbers and joins texts and lists; the other signs take numbers only, and answer exactly."""
    present(left, right)
    if is_number(left) and is_number(right):
        return exactly(sign, Decimal(left), Decimal(right))
    if sign == "+" and type(left) is type(right) and isinstance(left, str | list):
        pay(len(left) + len(right))
        return left + right
    joined = "; texts and numbers are joined by `~`" if sign == "+" else ""
    raise CannotComputeError(f"`{sign}` takes numbers, but got {kind_of(left)} and {kind_of(right)}{joined}")


def signed(sign: str, value: Any) -> Any:
    """`-x` and `+x`, for numbers only."""
    present(value)
    if not is_number(value):
        raise CannotComputeError(f"`{sign}` takes a number, but got {kind_of(value)}")
    return -value if sign == "-" else value


def _concatenated(parts: list[Any]) -> str:
    """`a ~ b`: each part as it would stand in a text."""
    present(*parts)
    texts = [str(shown(part)) for part in parts]
    pay(sum(map(len, texts)))
    return "".join(texts)


# --- filters of our own -------------------------------------------------------------------------


def _round(value: Any, digits: Any = 0) -> Decimal:
    """Half up, as SAP and tax offices round. Jinja2's own would make a float."""
    places = as_whole(digits)
    if not is_number(value):
        raise CannotComputeError(f"`round` takes a number, but got {kind_of(value)}")
    if places is None or abs(places) > 20:
        raise CannotComputeError("`round` takes a number of digits from -20 to 20")
    return Decimal(value).quantize(Decimal(1).scaleb(-places), rounding="ROUND_HALF_UP")


@pass_environment
def _sum(environment: Environment, values: Any, attribute: str | None = None) -> Decimal:
    """The exact sum of numbers, or of one field of each record. Of nothing: 0. Null is refused: it is no
    amount."""
    if not isinstance(values, list):
        raise CannotComputeError(f"`sum` takes a list, but got {kind_of(values)}")
    total = Decimal(0)
    for value in values:
        number = _field(environment, value, attribute) if attribute is not None else value
        present(number)
        if not is_number(number):
            where = f" in `{attribute}`" if attribute else ""
            raise CannotComputeError(f"`sum` takes numbers, but got {kind_of(number)}{where}")
        total = exactly("+", total, Decimal(number))
    return total


@pass_environment
def _sum_by(environment: Environment, values: Any, key: str, attribute: str) -> dict[str, Decimal]:
    """The exact sum of one field for each value of another, as a record: `stock | sum_by('Material', 'pieces')`.
    One pass over a long list, where a `selectattr` for each value would be one pass each."""
    if not isinstance(values, list):
        raise CannotComputeError(f"`sum_by` takes a list, but got {kind_of(values)}")
    totals: dict[str, Decimal] = {}
    for value in values:
        name, number = _field(environment, value, key), _field(environment, value, attribute)
        present(name, number)
        if not isinstance(name, str) or not is_number(number):
            where = f"in `{key}` and `{attribute}`"
            raise CannotComputeError(
                f"`sum_by` takes a text and a number {where}, but got {kind_of(name)} and {kind_of(number)}"
            )
        totals[name] = exactly("+", totals.get(name, Decimal(0)), Decimal(number))
    pay(len(totals))
    return totals


def _field(environment: Environment, value: Any, attribute: str) -> Any:
    for part in str(attribute).split("."):
        value = environment.getattr(value, part)
    return value


def _default(value: Any, default_value: Any = "", boolean: bool = False) -> Any:
    """`default_value` for what is absent or null; with `boolean` also for what is empty, zero or false."""
    if isinstance(value, Undefined) or value is None or (boolean and not value):
        return default_value
    return value


def _replace(value: Any, old: Any, new: Any, count: Any = None) -> str:
    """`old` by `new`, everywhere or `count` times."""
    text, before, after = str(shown(value)), str(shown(old)), str(shown(new))
    if not before:
        raise CannotComputeError("`replace` needs a text to look for")
    times = text.count(before)
    most = as_whole(count)
    times = min(times, most) if most is not None and most >= 0 else times
    pay(len(text) + times * (len(after) - len(before)))
    return text.replace(before, after, times)


@pass_environment
def _join(environment: Environment, value: Any, d: Any = "", attribute: str | None = None) -> str:
    """The items one after the other, with `d` between them."""
    if not isinstance(value, list):
        raise CannotComputeError(f"`join` takes a list, but got {kind_of(value)}")
    items = [_field(environment, item, attribute) for item in value] if attribute is not None else value
    present(*items)
    texts, between = [str(shown(item)) for item in items], str(shown(d))
    pay(sum(map(len, texts)) + len(between) * len(texts))
    return between.join(texts)


def _count(value: Any) -> int:
    """How many items or characters. Null and numbers have no length."""
    if not isinstance(value, str | list | tuple | Mapping):
        raise CannotComputeError(f"`length` takes a list or a text, but got {kind_of(value)}")
    return len(value)


def _text(value: Any) -> str:
    """The value as it would stand in a text."""
    return str(shown(value))


def _truncate(value: Any, length: Any = 255, killwords: bool = False, end: Any = "...") -> str:
    """At most `length` characters; what is cut off is replaced by `end`. Words stay whole unless
    `killwords`."""
    text, tail, most = str(shown(value)), str(shown(end)), as_whole(length)
    if most is None or most < len(tail):
        raise CannotComputeError(f"`truncate` takes a number of characters from {len(tail)} up")
    if len(text) <= most:
        return text
    head = text[: most - len(tail)]
    return (head if killwords else head.rsplit(" ", 1)[0]) + tail


OWN: Mapping[str, Callable[..., Any]] = {
    "round": _round,
    "sum": _sum,
    "sum_by": _sum_by,
    "default": _default,
    "d": _default,
    "replace": _replace,
    "join": _join,
    "count": _count,
    "length": _count,
    "string": _text,
    "truncate": _truncate,
}
HIDDEN: Mapping[str, Callable[..., Any]] = {"_exact": Decimal, "_concatenated": _concatenated}
"""What operators and numbers are turned into. No flow can name them."""

_TAKES_ABSENT = frozenset({"default", "d", "_concatenated"})


def guarded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The filter with absent values told by name, lists instead of generators, and its result paid for."""

    @wraps(function)
    def apply(*arguments: Any, **options: Any) -> Any:
        if name not in _TAKES_ABSENT:
            present(*arguments, *options.values())
        result = function(*arguments, **options)
        if isinstance(result, Iterator):
            result = list(islice(result, MAX_RESULT))
        if isinstance(result, str | list):
            pay(len(result))
        return result

    return apply


def as_filter(conversion: Conversion, setting: Setting) -> Callable[..., Any]:
    """A conversion as a filter. Its arguments may be named."""

    def apply(value: Any, *arguments: Any, **options: Any) -> Any:
        rest = conversion.arguments[len(arguments) :]
        named = [options[name] for name in rest if name in options]
        return conversion.function(value, *arguments, *named, setting=setting)

    return apply
