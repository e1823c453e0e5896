"""Whether a value is of a shape: what an operation answers, or pretends to, against what it declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from flowrun.component import Facts, options_of
from flowrun.expressions.shapes import Many, Record, Scalar, Shape, describe
from flowrun.expressions.suggest import did_you_mean
from flowrun.testing.stage import Case, Stage, made

_TYPES: Mapping[str, tuple[type, ...]] = {
    "text": (str,),
    "decimal": (Decimal, int),
    "integer": (int,),
    "boolean": (bool,),
    "date": (date, str),
    "datetime": (datetime, date, str),
    "time": (time, str),
}


async def problems(case: Case, name: str) -> list[str]:
    """Whether the answer to the sample, and what a dry-run has in its place, are of the declared shape."""
    operation, parameters = case.operation(name), case.samples[name].parameters
    options = options_of(operation.parameters)
    constants = {
        key: value for key, value in parameters.items() if key in options and options[key].info.constant
    }
    async with Stage(case, name) as stage:
        script = stage.play()
        shape = case.connector.result_shape(operation.name, constants, Facts(stage.connector.config, None))
        try:
            found = list(misfits(await stage.perform(), shape, f"the answer of `{name}`"))
        except Exception as error:  # noqa: BLE001 - told, whatever it is
            found = [f"`{name}` with its sample should go well: {error!r}"]
        if script.unscripted:
            found.append(
                f"the sample of `{name}` has no answer for {', '.join(script.unscripted)}; give it in `answers`"
            )
        if not operation.reads:
            pretended = made(case, stage.remote.url).pretend(operation.name, parameters)
            found += misfits(pretended, shape, f"what `pretend` gives for `{name}`", placeholders=True)
    return found


def misfits(value: Any, shape: Shape, place: str, *, placeholders: bool = False) -> Iterator[str]:
    """Where the value is something else. Null fits everywhere, and so does a text where there are placeholders."""
    match shape:
        case _ if value is None:
            return
        case Record():
            yield from _record(value, shape, place, placeholders=placeholders)
        case Many(of=of):
            if not isinstance(value, list | tuple):
                yield f"{place} is {_said(value)}, not a list"
                return
            for inner in value:
                yield from misfits(inner, of, f"{place}[]", placeholders=placeholders)
        case Scalar(kind=kind) if kind in _TYPES:
            if placeholders and isinstance(value, str):
                return
            if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
                yield f"{place} is {_said(value)}, not {describe(shape)}"


def _record(value: Any, shape: Record, place: str, *, placeholders: bool) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{place} is {_said(value)}, not {describe(shape)}"
        return
    for name, inner in value.items():
        if name in shape.fields:
            yield from misfits(inner, shape.fields[name], f"{place}.{name}", placeholders=placeholders)
        elif not shape.open:
            yield f"{place}.{name} is not in the declared shape; {did_you_mean(str(name), shape.fields)}"


def _said(value: Any) -> str:
    return f"{value!r:.60} ({type(value).__name__})"
