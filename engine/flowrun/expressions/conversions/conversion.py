"""What a conversion is: one named, pure function from a value to a value, with its example."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import wraps
from inspect import Parameter, signature
from typing import Any
from zoneinfo import ZoneInfo

INVISIBLE = "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
"""Characters without width that copying from web pages and spreadsheets leaves at the ends of a text."""

_SHOWN = 40  # characters of the user's text in a message
_COMPUTE = object()
_WHEN_BLANK = {"text": "", "decimal": None, "integer": None, "date": None, "datetime": None, "boolean": None}


class ConversionError(ValueError):
    """A value does not have the shape its conversion reads. The message is one line for an analyst."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a project says once, in flowrun.yaml.

    `timezone` is the zone in which a moment becomes a day. `country` (ISO 3166-1 alpha-2) is assumed for
    phone numbers without a country code and for addresses without a country.
    """

    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    country: str = "US"


@dataclass(frozen=True, slots=True)
class Conversion:
    """One row of the table: `as: NAME` in a mapping and `{{ value | NAME }}` in a text.

    `function` is called as `function(value, *arguments, setting=setting)`. The first `required` of the
    `arguments` must be given, so a conversion that requires any is a filter only. `result` is text, decimal,
    integer, date, datetime, boolean or record. `example` holds an input and what becomes of it;
    `example_arguments` are the arguments it is called with.
    """

    name: str
    function: Callable[..., Any]
    result: str
    summary: str
    example: tuple[Any, Any]
    arguments: tuple[str, ...] = ()
    required: int = 0
    example_arguments: tuple[Any, ...] = ()


def named(
    function: Callable[..., Any],
    result: str,
    example: tuple[Any, Any],
    *,
    name: str = "",
    given: tuple[Any, ...] = (),
    when_blank: Any = _COMPUTE,
) -> Conversion:
    """Make a row of the table from a plain function.

    The plain function says only what it is about: its row lets null through, turns blank text into what
    "unset" is for its result (`when_blank` says otherwise), counts arguments and passes on the setting.
    Name, summary and arguments are the function's own; `given` are the arguments of the example.
    """
    parameters = list(signature(function).parameters.values())[1:]
    arguments = [each for each in parameters if each.name != "setting"]
    required = sum(each.default is Parameter.empty for each in arguments)
    own = name or function.__name__
    blank = _WHEN_BLANK.get(result, _COMPUTE) if when_blank is _COMPUTE else when_blank
    takes_setting = len(arguments) < len(parameters)

    @wraps(function)
    def applied(value: Any, *given: Any, setting: Setting) -> Any:
        if not required <= len(given) <= len(arguments):
            raise ConversionError(_miscounted(own, [each.name for each in arguments], len(given)))
        if value is None:
            return None
        if blank is not _COMPUTE and isinstance(value, str) and is_blank(value):
            return blank
        return function(value, *given, setting=setting) if takes_setting else function(value, *given)

    return Conversion(
        name=own,
        function=applied,
        result=result,
        summary=(function.__doc__ or "").partition("\n")[0],
        example=example,
        arguments=tuple(each.name for each in arguments),
        required=required,
        example_arguments=given,
    )


def is_blank(text: str) -> bool:
    """Whether a text holds nothing that can be seen."""
    return not text or text.isspace() or not trimmed(text)


def trimmed(text: str) -> str:
    """A text without white space and characters without width at its ends."""
    start, end = 0, len(text)
    while start < end and _is_edge(text[start]):
        start += 1
    while end > start and _is_edge(text[end - 1]):
        end -= 1
    return text[start:end]


def shown(value: Any) -> str:
    """A value as messages quote it: on one line, shortened, in quotes; lists and records by kind only."""
    if isinstance(value, Mapping):
        return "a record"
    if isinstance(value, list | tuple | set | frozenset):
        return "a list"
    try:
        text = str(value)
    except ValueError:  # Python refuses to write whole numbers of more than 4300 digits
        return "a very long number"
    text = " ".join(text[:1000].split())
    text = "".join(each if each.isprintable() else "\ufffd" for each in text)
    return f"'{text if len(text) <= _SHOWN else text[: _SHOWN - 1] + '…'}'"


def whole_argument(value: Any, *, of: str, least: int = 0) -> int:
    """A whole number written in a template, where each number is a Decimal."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        number = Decimal(value)
        if number.is_finite() and abs(number) <= 1_000_000 and number == int(number) >= least:
            return int(number)
    raise ConversionError(f"{of} takes a whole number from {least} to 1000000, not {shown(value)}")


def _is_edge(character: str) -> bool:
    return character.isspace() or character in INVISIBLE


def _miscounted(name: str, arguments: list[str], given: int) -> str:
    if not arguments:
        return f"{name} takes nothing in parentheses; write {{{{ value | {name} }}}}"
    call = f"{{{{ value | {name}({', '.join(arguments)}) }}}}"
    if given > len(arguments):
        return f"{name} takes only {', '.join(arguments)}, but {given} were given; write {call}"
    return f"{name} needs {', '.join(arguments)}, which 'as:' cannot give; write {call} in a text"
