"""What a step is made of, whatever its kind: its settings, the steps inside it, the flows it calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flowrun.component.config import Config, options_of
from flowrun.component.step import FlowName, NewName, OperationStep, Step, StepKind, UnreadStep
from flowrun.errors import Position


def parts_of(config: Config) -> list[tuple[str, Any]]:
    """The settings of a component with their values; of an operation its parameters."""
    if isinstance(config, OperationStep):
        return list(config.parameters.items())
    if isinstance(config, UnreadStep):
        return [(str(index), part) for index, part in enumerate(config.parts)]
    return [
        (name, getattr(config, name if hasattr(config, name) else f"{name}_"))
        for name in options_of(type(config))
    ]


def holds_steps(value: Any) -> bool:
    """Whether a setting is a list of steps, or named lists of them."""
    if isinstance(value, Mapping):
        return any(holds_steps(part) for part in value.values())
    return isinstance(value, tuple | list) and bool(value) and isinstance(value[0], Step)


def groups_of(kind: StepKind) -> Iterator[tuple[str, str, tuple[Step, ...]]]:
    """The lists of steps inside a step: the setting that holds each, the name of its branch if it has one,
    the steps."""
    for name, part in parts_of(kind):
        for branch, group in part.items() if isinstance(part, Mapping) else [("", part)]:
            if isinstance(group, tuple | list) and holds_steps(group):
                yield name, str(branch), tuple(group)


def calls_of(steps: Iterable[Step]) -> Iterator[tuple[str, Position]]:
    """The flows that these steps call, at any depth, with the place of the call."""
    for step in steps:
        yield from ((str(part), step.at) for _, part in parts_of(step.kind) if isinstance(part, FlowName))
        for _, _, group in groups_of(step.kind):
            yield from calls_of(group)
        yield from calls_of(step.undo)


def elsewhere_in(steps: Iterable[Step]) -> dict[str, str]:
    """For each name of a flow that is not in scope everywhere, where it can be read: for those who read it
    too early, or outside the loop or branch that has it."""
    found: dict[str, str] = {}
    for step in steps:
        found[step.id] = (
            f"the step `{step.id}` comes later, in line {step.at.line}; only what stands above can be read"
        )
        found |= _inside(step)
    found.pop("", None)
    return found


def _inside(step: Step) -> dict[str, str]:
    found: dict[str, str] = {}
    for _, part in parts_of(step.kind):
        if isinstance(part, NewName):
            found[part] = f"it is one item of the step `{step.id}`, and only the steps inside it see it"
    for setting, branch, group in groups_of(step.kind):
        for name in elsewhere_in(group):
            within = f"`{name}` is inside the step `{step.id}`"
            readable = {"parallel": f"{step.id}.{branch}.{name}", "steps": f"{step.id}[].{name}"}.get(setting)
            readable = (
                None if step.kind.name == "pages" else readable
            )  # of a page that is done nothing is kept
            found.setdefault(
                name, f"{within}; below it, read `{readable}`" if readable else f"{within}, which ends there"
            )
    for name in elsewhere_in(step.undo):
        found.setdefault(name, f"`{name}` is part of the `undo` of `{step.id}`")
    return found
