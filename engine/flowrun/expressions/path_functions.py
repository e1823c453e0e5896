"""JMESPath's functions over exact numbers; nothing here ever makes a float."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from jmespath import functions

from flowrun.expressions.exact import as_whole, digits, exact_number, is_absurd

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_MOST_PARTS = 100_000

_WORDS = {
    "array": "a list",
    "array-number": "a list of numbers",
    "array-string": "a list of texts",
    "boolean": "true or false",
    "expref": "an expression such as &amount",
    "null": "null",
    "number": "a number",
    "object": "a record",
    "string": "a text",
    "NoneType": "null",
    "bool": "true or false",
    "dict": "a record",
    "list": "a list",
    "str": "a text",
    "int": "a number",
    "Decimal": "a number",
}


class ExactFunctions(functions.Functions):
    """The functions a path may call, with Decimal as a number and dates as texts."""

    def _get_allowed_pytypes(self, types: list[str]) -> tuple[list[str], list[tuple[str, ...]]]:
        allowed, subtypes = super()._get_allowed_pytypes(types)  # type: ignore[misc] # the stubs leave it out
        if "int" in allowed:
            allowed = [*allowed, "Decimal"]
        return allowed, [(*names, "Decimal") if "int" in names else names for names in subtypes]

    def _convert_to_jmespath_type(self, pyobject: str) -> str:
        known = {"Decimal": "number", "date": "date", "datetime": "date"}
        if pyobject in known:
            return known[pyobject]
        return str(super()._convert_to_jmespath_type(pyobject))  # type: ignore[misc] # the stubs leave it out

    @functions.signature({"types": ["array-number"]})
    def _func_avg(self, arg: list[Decimal | int]) -> Decimal | None:
        return sum((Decimal(number) for number in arg), Decimal(0)) / len(arg) if arg else None

    @functions.signature({"types": ["number"]})
    def _func_ceil(self, arg: Decimal | int) -> int:
        return _rounded(arg, "ROUND_CEILING")

    @functions.signature({"types": ["number"]})
    def _func_floor(self, arg: Decimal | int) -> int:
        return _rounded(arg, "ROUND_FLOOR")

    @functions.signature({"types": ["array", "string"]}, {"types": []})
    def _func_contains(self, subject: list[Any] | str, search: Any) -> bool:
        # A text contains texts only; asked for anything else, Python would raise.
        return search in subject if isinstance(subject, list) or isinstance(search, str) else False

    @functions.signature({"types": []})
    def _func_to_number(self, arg: Any) -> Decimal | int | None:
        if isinstance(arg, int | Decimal):
            return None if isinstance(arg, bool) else arg
        try:
            number = exact_number(arg) if isinstance(arg, str) else None
        except ValueError:
            return None
        whole = as_whole(number) if isinstance(arg, str) and arg.strip().lstrip("+-").isdigit() else None
        return number if whole is None else whole

    @functions.signature({"types": []})
    def _func_to_string(self, arg: Any) -> str:
        match arg:
            case str():
                return arg
            case bool() | None:
                return {True: "true", False: "false", None: "null"}[arg]
            case int() | Decimal():
                return digits(arg)
            case date():
                return arg.isoformat()
        if _parts(arg) > _MOST_PARTS:
            raise ValueError("to_string() got too much to write out")
        return _ENCODER.encode(arg).decode()

    @functions.signature({"types": []})
    def _func_type(self, arg: Any) -> str | None:
        match arg:
            case Decimal():
                return "number"
            case date():
                return "string"
        found: str | None = super()._func_type(arg)  # type: ignore[misc] # the stubs leave it out
        return found


SIGNATURES: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    name: row["signature"] for name, row in ExactFunctions.FUNCTION_TABLE.items()
}


def in_words(types: str | list[str] | tuple[str, ...]) -> str:
    """JMESPath's or Python's names of types as an analyst says them."""
    names = [types] if isinstance(types, str) else list(types)
    return " or ".join(dict.fromkeys(_WORDS.get(name, f"a {name}") for name in names))


def takes(name: str) -> str:
    """What a function must be given, in words: how many values, and of which kind."""
    kinds = [in_words(argument["types"]) or "any value" for argument in SIGNATURES[name]]
    more = ", …" if SIGNATURES[name] and SIGNATURES[name][-1].get("variadic") else ""
    return f"{name}({', '.join(kinds)}{more})"


def _rounded(number: Decimal | int, rounding: str) -> int:
    if isinstance(number, Decimal) and is_absurd(number):
        raise ValueError("the number has too many digits")
    return int(Decimal(number).to_integral_value(rounding))


def _parts(value: Any) -> int:
    """How many values there are inside one, counted no further than matters."""
    count, todo = 0, [value]
    while todo and count <= _MOST_PARTS:
        one = todo.pop()
        count += 1
        if isinstance(one, Mapping):
            todo.extend(one.values())
        elif isinstance(one, list | tuple):
            todo.extend(one)
    return count
