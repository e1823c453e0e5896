"""A flow as a business page: when it starts, what it does step by step, how each field is filled. Made of the flow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flowrun.component.config import Config, options_of
from flowrun.component.connector import Operation
from flowrun.component.step import FlowName, OperationStep, Step, StepKind, TableName, Target
from flowrun.component.values import Duration
from flowrun.expressions.paths import Path
from flowrun.expressions.templates import Expression, Text
from flowrun.expressions.values import Fields, Value
from flowrun.language.flow import Flow, Trigger
from flowrun.language.parts import holds_steps
from flowrun.language.workspace import Workspace
from flowrun.reference.wording import MISSING, code, table, told_of

_KEY = re.compile(r"\{(\w+)\}")
_OTHERWISE = {"skip": "the run ends here, without error", "fail": "the record is rejected"}
_BEHIND = {
    "wait": "",
    "latest": " While one waits, only the newest behind it is kept.",
    "reject": " While one waits, none is taken behind it.",
}


def page(flow: Flow, workspace: Workspace) -> str:
    """The page of a flow, as Markdown."""
    return "\n".join(_Page(workspace).lines(flow)).rstrip() + "\n"


class _Page:
    """Writes one page."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def lines(self, flow: Flow) -> Iterator[str]:
        yield f"# {flow.title}"
        yield ""
        yield f"Flow `{flow.name}`" + (f", owned by {flow.owner}." if flow.owner else ".")
        yield ""
        yield from self._start(flow)
        yield "## What it does"
        yield ""
        yield from self._steps(flow.steps, 0)
        if flow.result is not None and flow.result.fields:
            yield ""
            yield "## What it gives back"
            yield ""
            yield from table(flow.result)

    # --- the start -----------------------------------------------------------------------------------------------

    def _start(self, flow: Flow) -> Iterator[str]:
        yield "## When it runs"
        yield ""
        if flow.trigger is not None:
            yield from self._trigger(flow.trigger)
        elif flow.inputs:
            yield "Another flow calls it, and gives it:"
            yield ""
            yield from (f"- `{name}`: {meaning}" for name, meaning in flow.inputs.items())
        else:
            yield "When somebody runs it."
        if flow.priority == "bulk":
            yield "- It is bulk work: orders go first."
        yield ""

    def _trigger(self, trigger: Trigger) -> Iterator[str]:
        if trigger.webhook is not None:
            yield f"- When {trigger.webhook.connection} tells `{trigger.webhook.event}`."
        if trigger.poll is not None:
            yield f"- Every {trigger.poll.every}, for each row of: {self._call(trigger.poll.call)}"
        if trigger.schedule is not None:
            yield f"- At set times: `{trigger.schedule.cron}` ({trigger.schedule.timezone})."
        if trigger.key is not None:
            yield f"- Events with the same {code(trigger.key)} go one after another.{_BEHIND[trigger.behind]}"
        if trigger.once:
            yield f"- An event that comes again with the same {' and '.join(map(code, trigger.once))} is done once."

    # --- the steps -----------------------------------------------------------------------------------------------

    def _steps(self, steps: tuple[Step, ...], depth: int) -> Iterator[str]:
        for number, step in enumerate(steps, 1):
            yield from self._step(step, number, "   " * depth, depth)

    def _step(self, step: Step, number: int, indent: str, depth: int) -> Iterator[str]:
        sentence, below = self._sentence(step.kind, depth)
        when = f"If {code(step.when)}: " if step.when is not None else ""
        yield f"{indent}{number}. **{step.id.replace('_', ' ')}**: {when}{sentence}"
        yield from below
        for rule in step.on_error:
            then = {
                "dead_letter": "the record goes to the dead letters",
                "skip": "the run ends without error",
                "set_aside": "what the flow was given goes to the dead letters by itself, and this one goes on",
            }
            told = then.get(rule.then, "it is tried again later")
            alert = f", and {rule.alert} is told" if rule.alert else ""
            yield f"{indent}   - On the errors {', '.join(f'`{code}`' for code in rule.code)} {told}{alert}."
        if step.retry is not None:
            yield f"{indent}   - It is tried up to {step.retry.attempts} times."
        if step.undo:
            yield f"{indent}   - If a later step fails for good, it is taken back:"
            yield from self._steps(step.undo, depth + 2)

    def _sentence(self, kind: StepKind, depth: int) -> tuple[str, list[str]]:
        """What a step does, and the tables and steps that stand below it."""
        if isinstance(kind, OperationStep):
            return self._call(kind), _indented(_parameters(kind), depth)
        below: list[str] = []
        parts = {
            option: getattr(kind, option if hasattr(kind, option) else f"{option}_")
            for option in options_of(type(kind))
        }

        def filled(found: re.Match[str]) -> str:
            value = parts[found[1]]
            if holds_steps(value):
                below.extend(self._branches(value, depth))
                return "" if found[1] != "otherwise" else "these steps are done, and the run ends"
            text, table = self._part(value)
            below.extend(_indented(table, depth))
            return text

        clauses = [
            _KEY.sub(filled, clause)
            for clause in kind.words.split(" | ")
            if all(parts[key] is not None and _says_something(key, parts) for key in _KEY.findall(clause))
        ]
        return " ".join(clauses), below

    def _branches(self, value: Any, depth: int) -> list[str]:
        if not isinstance(value, Mapping):
            return list(self._steps(value, depth + 1))
        found: list[str] = []
        for name, steps in value.items():
            found.append(f"{'   ' * (depth + 1)}- {name.replace('_', ' ')}:")
            found.extend(self._steps(steps, depth + 2))
        return found

    def _part(self, value: Any) -> tuple[str, list[str]]:
        """A setting as words, and as a table where it is a record."""
        match value:
            case OperationStep():
                return self._call(value), list(_parameters(value))
            case FlowName():
                flow = self._workspace.flows.get(value)
                return f"“{flow.title}” (`{value}`)" if flow is not None else f"`{value}`", []
            case TableName():
                return f"`lookups/{value}.csv`", []
            case Fields():
                return "", list(table(value))
            case Value() | Expression() | Text() | Path():
                return told_of(value) if isinstance(value, Value) else code(value), []
            case Config():
                return _settings(value)
            case Mapping():
                return "", [f"- `{name}`: {code(one)}" for name, one in value.items()]
            case Duration():
                return f"{value}.", []
            case str() if value in _OTHERWISE or value in MISSING:
                return {**MISSING, **_OTHERWISE}[value], []
            case _:
                return f"{value}", []

    def _call(self, call: OperationStep) -> str:
        known = self._workspace.connections.get(call.connection)
        operation: Operation | None = (
            known.connector.operations().get(call.operation) if known is not None else None
        )
        summary = operation.summary if operation is not None else ""
        return f"{summary} (`{call.connection}.{call.operation}`)"


def _says_something(key: str, parts: Mapping[str, Any]) -> bool:
    """A word about a missing row is needed only where there is no row to take instead."""
    return not (key == "missing" and parts.get("default") is not None)


def _settings(config: Config) -> tuple[str, list[str]]:
    """The settings of a step that has its own: a target and its fields, or single values."""
    text = ""
    lines: list[str] = []
    for name in options_of(type(config)):
        value = getattr(config, name if hasattr(config, name) else f"{name}_")
        if isinstance(value, Target):
            text = f"`{value.text}`"
        elif isinstance(value, Fields):
            lines.extend(table(value))
        elif value is not None and value not in ({}, ()):
            lines.append(f"- `{name}`: {told_of(value) if isinstance(value, Value) else code(value)}")
    return text, lines


def _parameters(call: OperationStep) -> Iterator[str]:
    fields = {name: value for name, value in call.parameters.items() if not _is_plain_record(value)}
    for name, value in fields.items():
        yield f"- `{name}`: {told_of(value)}"
    for name, value in call.parameters.items():
        if isinstance(value, Fields) and name not in fields:
            yield f"- `{name}`:"
            yield from (f"  {line}" for line in table(value))


def _is_plain_record(value: Value) -> bool:
    return isinstance(value, Fields)


def _indented(lines: list[str] | Iterator[str], depth: int) -> list[str]:
    return [f"{'   ' * (depth + 1)}{line}" if line else "" for line in lines]
