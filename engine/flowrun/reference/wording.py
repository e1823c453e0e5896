"""Values and mappings in business words: what a field is filled from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flowrun.expressions.values import (
    Choose,
    Composed,
    Computed,
    Constant,
    Fields,
    ForEach,
    From,
    Items,
    Lookup,
    Modified,
    Value,
)

_BAR = "\\|"
MISSING = {
    "fail": "the record is rejected",
    "park": "the record waits until somebody adds the row",
    "null": "it stays empty",
    "leave_out": "the field is left out",
}
"""What becomes of a field that gets nothing."""


def table(fields: Fields) -> Iterator[str]:
    """A mapping as a table of Markdown, with the fields of what is nested under their whole names."""
    rows = list(_rows(fields, ""))
    if not rows:
        return
    yield ""
    yield "| field | comes from |"
    yield "|---|---|"
    yield from (f"| {name} | {told.replace('|', _BAR)} |" for name, told in rows)
    yield ""


def _rows(fields: Fields, above: str) -> Iterator[tuple[str, str]]:
    for name, value in fields.fields.items():
        yield from _row(f"{above}{name}", value, "")


def _row(name: str, value: Value, when: str) -> Iterator[tuple[str, str]]:
    """A field, and those inside it when it is a record or a list of records."""
    match value:
        case Fields():
            if when:
                yield f"`{name}`", when.rstrip(": ")
            yield from _rows(value, f"{name}.")
        case Items(items=items) if any(isinstance(item, Fields) for item in items):
            if when:
                yield f"`{name}`", when.rstrip(": ")
            for number, item in enumerate(items, 1):
                yield from _row(f"{name}[{number}]" if len(items) > 1 else f"{name}[]", item, "")
        case ForEach(items=path, name=item, each=Fields() as each):
            yield f"`{name}`", f"{when}one for each `{item}` in {code(path)}"
            yield from _rows(each, f"{name}[].")
        case Modified(of=Fields() | Items() | ForEach() as inner, when=condition):
            yield from _row(name, inner, f"if {code(condition)}: " if condition is not None else when)
        case _:
            yield f"`{name}`", when + told_of(value)


def told_of(value: Value) -> str:  # noqa: C901 - one line for each form
    """What a value is made from, in a few words."""
    match value:
        case Constant(value=plain):
            return f"always `{_plain(plain)}`"
        case From(path=path):
            return code(path)
        case Composed(text=text):
            return f"the text {code(text)}"
        case Computed(expression=expression):
            return code(expression)
        case Lookup():
            return _lookup(value)
        case Choose(choices=choices):
            parts = [
                f"{told_of(one.value)} if {code(one.when)}"
                if one.when is not None
                else f"otherwise {told_of(one.value)}"
                for one in choices
            ]
            return "; ".join(parts)
        case ForEach(items=path, name=item, each=each):
            return f"for each `{item}` in {code(path)}: {told_of(each)}"
        case Fields(fields=fields):
            return ", ".join(f"{name}: {told_of(one)}" for name, one in fields.items())
        case Items(items=items):
            return "; ".join(told_of(one) for one in items)
        case Modified():
            return _modified(value)
        case _:
            return ""


def _lookup(value: Lookup) -> str:
    by = f" in its column `{value.by}`" if value.by is not None else ""
    found = f"`{value.column}` in the table `{value.table}` for {told_of(value.key)}{by}"
    if value.default is not None:
        return f"{found}; without a row {told_of(value.default)}"
    return f"{found}; without a row {MISSING[value.missing]}"


def _modified(value: Modified) -> str:
    told = told_of(value.of)
    if value.conversions:
        told += f", as {', then '.join(one.replace('_', ' ') for one in value.conversions)}"
    if value.default is not None:
        told += f"; when empty {told_of(value.default)}"
    elif value.missing != "null":
        told += f"; when empty {MISSING[value.missing]}"
    if value.max_length is not None:
        told += f"; at most {value.max_length} characters" + (
            ", longer ones are cut" if value.too_long == "cut" else ""
        )
    return f"if {code(value.when)}: {told}" if value.when is not None else told


def code(value: Any) -> str:
    """An expression, a path or a text as it stands in the flow."""
    source = getattr(value, "source", None)
    text = " ".join((source.text if source is not None else str(value)).split())
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "nothing" if value is None else str(value)
