"""Which connections a flow may use, so that all of them are there before it begins."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flowrun.component.step import ConnectionName, FlowName, OperationStep
from flowrun.language.flow import Flow


def needed_connections(flow: Flow, flows: Mapping[str, Flow]) -> tuple[str, ...]:
    """The connections of a flow's steps and of the flows it calls, each once, in the order they stand in."""
    return tuple(dict.fromkeys(_in_flow(flow, flows, set())))


def _in_flow(flow: Flow, flows: Mapping[str, Flow], seen: set[str]) -> Iterator[str]:
    if flow.name in seen:
        return
    seen.add(flow.name)
    yield from _in(flow.steps, flows, seen)


def _in(part: Any, flows: Mapping[str, Flow], seen: set[str]) -> Iterator[str]:
    """Those in any part of a step: its settings, the steps inside it, the flow it calls."""
    match part:
        case OperationStep(connection=connection):
            yield connection
        case ConnectionName():
            yield str(part)
        case FlowName():
            yield from _in_flow(flows[part], flows, seen)
        case _:
            for inner in _parts(part):
                yield from _in(inner, flows, seen)


def _parts(part: Any) -> Iterable[Any]:
    """What a setting is made of: the fields of a record, the items of a list."""
    match part:
        case tuple() | list():
            return part
        case Mapping():
            return part.values()
        case _ if dataclasses.is_dataclass(part):
            return [getattr(part, field.name) for field in dataclasses.fields(part)]
        case _:
            return ()
