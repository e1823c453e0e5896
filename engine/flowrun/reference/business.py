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
from flowrun.language.flow import Flow, Trigger
from flowrun.language.parts import holds_steps
from flowrun.language.workspace import Workspace

_BAR = "\\|"
_KEY = re.compile(r"\{(\w+)\}")
_MISSING = {
    "fail": "the record is rejected",
    "park": "the record waits until somebody adds the row",
    "null": "it stays empty",
    "leave_out": "the field is left out",
}
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
            yield from _table(flow.result)

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
            yield f"- Events with the same {_code(trigger.key)} go one after another.{_BEHIND[trigger.behind]}"
        if trigger.once:
            yield f"- An event that comes again with the same {' and '.join(map(_code, trigger.once))} is done once."

    # --- the steps -----------------------------------------------------------------------------------------------

    def _steps(self, steps: tuple[Step, ...], depth: int) -> Iterator[str]:
        for number, step in enumerate(steps, 1):
            yield from self._step(step, number, "   " * depth, depth)

    def _step(self, step: Step, number: int, indent: str, depth: int) -> Iterator[str]:
        sentence, below = self._sentence(step.kind, depth)
        when = f"If {_code(step.when)}: " if step.when is not None else ""
        yield f"{indent}{number}. **{step.id.replace('_', ' ')}**: {when}{sentence}"
        yield from below
        for rule in step.on_error:
            then = {
                "dead_letter": "the record goes to the dead letters",
                "skip": "the run ends without error",
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
                return "", list(_table(value))
            case Value() | Expression() | Text() | Path():
                return _told(value) if isinstance(value, Value) else _code(value), []
            case Config():
                return _settings(value)
            case Mapping():
                return "", [f"- `{name}`: {_code(one)}" for name, one in value.items()]
            case Duration():
                return f"{value}.", []
            case str() if value in _OTHERWISE or value in _MISSING:
                return {**_MISSING, **_OTHERWISE}[value], []
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
            lines.extend(_table(value))
        elif value is not None and value not in ({}, ()):
            lines.append(f"- `{name}`: {_told(value) if isinstance(value, Value) else _code(value)}")
    return text, lines


def _parameters(call: OperationStep) -> Iterator[str]:
    fields = {name: value for name, value in call.parameters.items() if not _is_plain_record(value)}
    for name, value in fields.items():
        yield f"- `{name}`: {_told(value)}"
    for name, value in call.parameters.items():
        if isinstance(value, Fields) and name not in fields:
            yield f"- `{name}`:"
            yield from (f"  {line}" for line in _table(value))


def _is_plain_record(value: Value) -> bool:
    return isinstance(value, Fields)


# --- values -------------------------------------------------------------------------------------------------------


def _table(fields: Fields) -> Iterator[str]:
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
            yield f"`{name}`", f"{when}one for each `{item}` in {_code(path)}"
            yield from _rows(each, f"{name}[].")
        case Modified(of=Fields() | Items() | ForEach() as inner, when=condition):
            yield from _row(name, inner, f"if {_code(condition)}: " if condition is not None else when)
        case _:
            yield f"`{name}`", when + _told(value)


def _told(value: Value) -> str:  # noqa: C901 - one line for each form
    match value:
        case Constant(value=plain):
            return f"always `{_plain(plain)}`"
        case From(path=path):
            return _code(path)
        case Composed(text=text):
            return f"the text {_code(text)}"
        case Computed(expression=expression):
            return _code(expression)
        case Lookup():
            return _lookup(value)
        case Choose(choices=choices):
            parts = [
                f"{_told(one.value)} if {_code(one.when)}"
                if one.when is not None
                else f"otherwise {_told(one.value)}"
                for one in choices
            ]
            return "; ".join(parts)
        case ForEach(items=path, name=item, each=each):
            return f"for each `{item}` in {_code(path)}: {_told(each)}"
        case Fields(fields=fields):
            return ", ".join(f"{name}: {_told(one)}" for name, one in fields.items())
        case Items(items=items):
            return "; ".join(_told(one) for one in items)
        case Modified():
            return _modified(value)
        case _:
            return ""


def _lookup(value: Lookup) -> str:
    by = f" in its column `{value.by}`" if value.by is not None else ""
    found = f"`{value.column}` in the table `{value.table}` for {_told(value.key)}{by}"
    if value.default is not None:
        return f"{found}; without a row {_told(value.default)}"
    return f"{found}; without a row {_MISSING[value.missing]}"


def _modified(value: Modified) -> str:
    told = _told(value.of)
    if value.conversions:
        told += f", as {', then '.join(one.replace('_', ' ') for one in value.conversions)}"
    if value.default is not None:
        told += f"; when empty {_told(value.default)}"
    elif value.missing != "null":
        told += f"; when empty {_MISSING[value.missing]}"
    if value.max_length is not None:
        told += f"; at most {value.max_length} characters" + (
            ", longer ones are cut" if value.too_long == "cut" else ""
        )
    return f"if {_code(value.when)}: {told}" if value.when is not None else told


def _code(value: Any) -> str:
    source = getattr(value, "source", None)
    text = " ".join((source.text if source is not None else str(value)).split())
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "nothing" if value is None else str(value)


def _indented(lines: list[str] | Iterator[str], depth: int) -> list[str]:
    return [f"{'   ' * (depth + 1)}{line}" if line else "" for line in lines]
