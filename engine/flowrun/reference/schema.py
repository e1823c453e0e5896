"""The JSON Schema of flows, made from the components: for editors, to complete keys and show their meaning.

It describes the form only. Names, paths, templates and types of values are the validator's:
`flowrun validate`.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Literal, Union, get_args, get_origin

from flowrun.component.config import Config, Option, options_of
from flowrun.component.connector import Connector, Operation
from flowrun.component.registry import Registry
from flowrun.component.step import (
    ConnectionName,
    ErrorRule,
    FlowName,
    NewName,
    OperationStep,
    Retry,
    Step,
    StepKind,
    TableName,
    Target,
)
from flowrun.component.values import Duration, Secret, Url
from flowrun.expressions.conversions import CONVERSIONS
from flowrun.expressions.paths import Path
from flowrun.expressions.templates import Expression, Text
from flowrun.expressions.values import Fields, Value
from flowrun.language.flows import ScheduleConfig
from flowrun.language.reconciliations import Head

Schema = dict[str, Any]

_NAME = {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}
_FORM = {"$ref": "#/$defs/value"}
_STEPS = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/step"}}


def flow_schema(
    registry: Registry, connections: Mapping[str, type[Connector[Any]]], tables: Iterable[str]
) -> Schema:
    """The schema of a file of `flows/` in a project with these connections and lookup tables: a flow, or a
    reconciliation."""
    maker = _Maker(list(connections), list(tables))
    steps: Schema = {}
    for kind in registry.steps.values():
        steps |= maker.kind(kind)
    for name, connector in connections.items():
        for operation in connector.operations().values():
            steps[f"{name}.{operation.name}"] = maker.operation(operation)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "flowrun flow",
        "type": "object",
        "if": {"required": ["reconcile"]},
        "then": maker.config(Head),
        "else": _flow(maker, connections),
        "$defs": {"step": maker.step(steps), "value": maker.value()},
    }


def _flow(maker: _Maker, connections: Mapping[str, type[Connector[Any]]]) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["flow", "title", "steps"],
        "properties": {
            "flow": {**_NAME, "description": "The flow's name."},
            "title": {"type": "string", "description": "What it does, in one line."},
            "owner": {"type": "string", "description": "Who is alerted."},
            "priority": {
                "enum": ["normal", "bulk"],
                "description": "bulk: many rows that may wait; orders go first.",
            },
            "trigger": maker.trigger(connections),
            "inputs": {
                "type": "object",
                "additionalProperties": {"type": "string"},
                "description": "What a sub-flow is given: names, each with its meaning.",
            },
            "steps": {**_STEPS, "description": "What it does, step by step."},
            "result": {
                "type": "object",
                "additionalProperties": _FORM,
                "description": "What a sub-flow returns.",
            },
        },
    }


class _Maker:
    def __init__(self, connections: list[str], tables: list[str]) -> None:
        self.connections = connections
        self.tables = tables

    def step(self, kinds: Schema) -> Schema:
        """A step: the common keys, and those of all kinds. Which go together is the validator's to say."""
        common: Schema = {
            "id": {**_NAME, "description": "The name of the step and of its result."},
            "when": {"type": "string", "description": "The step is left out when this does not hold."},
            "retry": self.config(Retry),
            "on_error": {"type": "array", "items": self.config(ErrorRule)},
            "undo": {**_STEPS, "description": "What takes the step back when a later one fails for good."},
        }
        return {
            "type": "object",
            "additionalProperties": False,
            "required": ["id"],
            "properties": {**kinds, **common},
        }

    def kind(self, kind: type[StepKind]) -> Schema:
        """The keys of a step kind."""
        return {name: self.option(option) for name, option in options_of(kind).items()}

    def operation(self, operation: Operation) -> Schema:
        """The parameters of an operation; those that are no constants may be any form of a value."""
        options = options_of(operation.parameters)
        properties = {
            name: self.option(option)
            if option.info.constant
            else {**_FORM, "description": option.info.description}
            for name, option in options.items()
        }
        required = [name for name, option in options.items() if option.required]
        body: Schema = {
            "type": "object",
            "additionalProperties": False,
            "properties": properties,
            "required": required,
        }
        if not required:
            body["type"] = ["object", "null"]
        return {**body, "description": operation.summary}

    def config(self, config: type[Config]) -> Schema:
        """A closed record with the config's keys."""
        options = options_of(config)
        return {
            "type": "object",
            "additionalProperties": False,
            "description": (config.__doc__ or "").strip().partition("\n")[0],
            "properties": {name: self.option(option) for name, option in options.items()},
            "required": [name for name, option in options.items() if option.required],
        }

    def option(self, option: Option) -> Schema:
        """One key with its meaning."""
        return {**self.annotation(option.annotation), "description": option.info.description}

    def annotation(self, annotation: Any) -> Schema:
        """The schema of a type that components declare."""
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin in (Union, types.UnionType):
            members = [self.annotation(member) for member in arguments if member is not type(None)]
            return members[0] if len(members) == 1 else {"anyOf": members}
        if origin is Literal:
            # `missing: null` is YAML's own null, which the validator takes for the word.
            return {"enum": [*arguments, *([None] if "null" in arguments else [])]}
        if origin is tuple and arguments[:1] == (Step,):
            return dict(_STEPS)
        if origin in (list, tuple):
            return {"type": "array", "items": self.annotation(arguments[0])}
        if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
            return {"type": "object", "additionalProperties": self.annotation(arguments[1])}
        if annotation is OperationStep:
            return {"type": "object", "minProperties": 1, "maxProperties": 1}
        if isinstance(annotation, type) and issubclass(annotation, Config):
            return self.config(annotation)
        return self.single(annotation)

    def single(self, annotation: Any) -> Schema:
        """The schema of a type that is made of no others. Of one that says nothing, anything goes."""
        known: Mapping[Any, Schema] = {
            Fields: {"type": "object", "additionalProperties": _FORM},
            Value: _FORM,
            TableName: {"enum": self.tables},
            ConnectionName: {"enum": self.connections},
            NewName: _NAME,
            bool: {"type": "boolean"},
            int: {"type": "integer"},
            float: {"type": "number"},
            Decimal: {"type": "number"},
        }
        if annotation in (str, Secret, Url, Duration, Path, Expression, Text, FlowName, Target):
            return {"type": "string"}
        return dict(known.get(annotation, {}))

    def trigger(self, connections: Mapping[str, type[Connector[Any]]]) -> Schema:
        """What starts a flow."""
        polls: Schema = {
            "every": {"type": "string", "description": "How often, such as 5m."},
            "overlap": {
                "type": "string",
                "description": "How much before the last look is asked for again; 10m when left out.",
            },
        }
        for name, connector in connections.items():
            for operation in connector.operations().values():
                if operation.reads:
                    polls[f"{name}.{operation.name}"] = self.operation(operation)
        webhook = {
            "type": "object",
            "additionalProperties": False,
            "required": ["connection", "event"],
            "properties": {
                "connection": {"enum": self.connections},
                "event": {
                    "enum": sorted(
                        {event for connector in connections.values() for event in connector.events}
                    )
                },
            },
        }
        return {
            "type": "object",
            "additionalProperties": False,
            "description": "What starts the flow.",
            "properties": {
                "webhook": webhook,
                "poll": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["every"],
                    "properties": polls,
                },
                "schedule": self.config(ScheduleConfig),
                "key": {"type": "string", "description": "Runs with the same key go one after another."},
                "once": {
                    "type": "array",
                    "items": {"type": "string"},
                    "description": "The same values mean one run.",
                },
                "lane": {"type": "string", "description": "Flows that share the order of their keys."},
                "behind": {
                    "enum": ["wait", "latest", "reject"],
                    "description": "What becomes of events whose key has a run that waits.",
                },
            },
        }

    def value(self) -> Schema:
        """A form of a value, or a nested record of them."""
        conversions = {"enum": [name for name, conversion in CONVERSIONS.items() if not conversion.required]}
        forms: Schema = {
            "from": {"type": "string", "description": "What stands at a JMESPath."},
            "text": {"type": "string", "description": "A text with {{ values }} in it."},
            "compute": {"type": "string", "description": "What an expression gives."},
            "lookup": {"enum": self.tables, "description": "A value translated by a table."},
            "key": dict(_FORM),
            "column": {"type": "string"},
            "by": {"description": "Of a lookup, the column of the key, if not the first one."},
            "choose": {
                "type": "array",
                "minItems": 1,
                "description": "The first line whose condition holds.",
            },
            "for_each": {
                "type": "string",
                "description": "A list with one record for each item of another list.",
            },
            "fields": {"type": "object", "additionalProperties": _FORM},
            "value": dict(_FORM),
            "as": {"anyOf": [{"type": "array", "items": conversions}, {"type": "string"}]},
            "default": dict(_FORM),
            "missing": {"enum": ["fail", "park", "null", None, "leave_out"]},
            "max_length": {"type": "integer", "minimum": 1},
            "too_long": {"enum": ["cut", "fail"]},
            "when": {"type": "string"},
        }
        return {
            "anyOf": [
                {"type": ["string", "number", "boolean", "null"]},
                {"type": "array", "items": _FORM},
                {"type": "object", "properties": forms, "additionalProperties": _FORM},
            ]
        }
