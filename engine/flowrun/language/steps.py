"""Reads the steps of a flow: which kind each is, its settings, and the calls of connections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args, get_origin

from yaml.nodes import MappingNode, Node, ScalarNode

from flowrun.component.coerce import fitted
from flowrun.component.config import Option, options_of
from flowrun.component.connector import Connector, Facts, Operation
from flowrun.component.registry import Registry
from flowrun.component.step import (
    ConnectionName,
    ErrorRule,
    FlowName,
    OperationStep,
    Retry,
    Step,
    StepKind,
    TableName,
    Target,
    UnreadStep,
)
from flowrun.expressions.suggest import did_you_mean
from flowrun.expressions.templates import Expression
from flowrun.expressions.values import Constant, Items, Modified, Value
from flowrun.language.forms import Entries, FormReader
from flowrun.language.reader import WRONG, Wrong

COMMON = ("id", "when", "retry", "on_error", "undo")


@dataclass(frozen=True, slots=True)
class KnownConnection:
    """A connection as the flows see it: its connector's class and what is known without calling it."""

    connector: type[Connector[Any]]
    facts: Facts


@dataclass(slots=True)
class StepReader(FormReader):
    """Reads steps. `seen` are the ids of the flow so far, each with its line."""

    registry: Registry = field(default_factory=lambda: Registry({}, {}))
    connections: Mapping[str, KnownConnection] = field(default_factory=dict)
    flow_names: frozenset[str] = frozenset()
    seen: dict[str, int] = field(default_factory=dict)

    def steps(self, node: Node, what: str) -> tuple[Step, ...] | Wrong:
        """A list of steps, in order. One that cannot be read is kept as such, so that the others can be checked."""
        items = self.sequence(node, what)
        if isinstance(items, Wrong):
            return WRONG
        if not items:
            return self.problem("missing-key", f"{what} has no step", node)
        return tuple(self.step(item) for item in items)

    def step(self, node: Node) -> Step:
        """One step."""
        entries = self.mapping(node, "a step")
        if isinstance(entries, Wrong):
            return Step("", UnreadStep(), self.at(node))
        identifier = self._identifier(entries, node)
        kind = self._kind(entries, node)
        when = self.value(entries["when"][1], Expression, "`when`") if "when" in entries else None
        retry = self.value(entries["retry"][1], Retry, "`retry`") if "retry" in entries else None
        rules = (
            self.value(entries["on_error"][1], list[ErrorRule], "`on_error`") if "on_error" in entries else []
        )
        undo = self.steps(entries["undo"][1], "`undo`") if "undo" in entries else ()
        if isinstance(kind, OperationStep) and retry not in (None, WRONG):
            self._check_retry(kind, entries["retry"][0])
        return Step(
            id="" if isinstance(identifier, Wrong) else identifier,
            kind=UnreadStep() if isinstance(kind, Wrong) else kind,
            at=self.at(node),
            when=None if when is WRONG else when,
            retry=None if retry is WRONG else retry,
            on_error=() if rules is WRONG else tuple(rules),
            undo=() if isinstance(undo, Wrong) else undo,
        )

    def _identifier(self, entries: Entries, node: Node) -> str | Wrong:
        if "id" not in entries:
            return self.problem(
                "missing-key", "a step needs an `id`: the name of its result", node, "as in - id: order"
            )
        identifier = self.name(entries["id"][1], "`id`")
        if isinstance(identifier, Wrong):
            return WRONG
        if identifier in self.seen:
            return self.problem(
                "duplicate-id",
                f"a step `{identifier}` is already there in line {self.seen[identifier]}",
                entries["id"][1],
                "ids are unique in a flow",
            )
        self.seen[identifier] = self.at(entries["id"][1]).line
        return identifier

    def _kind(self, entries: Entries, node: Node) -> StepKind | Wrong:
        kinds = [name for name in entries if name in self.registry.steps]
        calls = [name for name in entries if "." in name]
        found = kinds + calls
        if not found:
            return self._no_kind(entries, node)
        if len(found) > 1:
            return self.problem(
                "two-kinds",
                f"a step does one thing, but this one has `{found[0]}` and `{found[1]}`",
                entries[found[1]][0],
                "make two steps of it",
            )
        rest = {name: entry for name, entry in entries.items() if name not in COMMON}
        if calls:
            self.unknown_keys(rest, (*calls, *COMMON), f"a step with `{calls[0]}`")
            return self.operation(calls[0], *entries[calls[0]])
        kind = self.registry.steps[kinds[0]]
        self.unknown_keys(rest, (*options_of(kind), *COMMON), f"a step with `{kinds[0]}`")
        known = {name: entry for name, entry in rest.items() if name in options_of(kind)}
        made: StepKind | Wrong = self.config_from(kind, known, node, f"a step with `{kinds[0]}`")
        return made

    def _no_kind(self, entries: Entries, node: Node) -> Wrong:
        known = [*self.registry.steps, *self._operation_names()]
        for name, (key, _) in entries.items():
            if name not in COMMON:
                return self.problem(
                    "unknown-step-kind",
                    f"there is no step kind `{name}`",
                    key,
                    did_you_mean(name, known, most=30),
                )
        return self.problem(
            "missing-kind",
            "the step does nothing: it has no kind",
            node,
            f"known: {', '.join(sorted(self.registry.steps))}, and operations such as sap.upsert",
        )

    def _operation_names(self) -> list[str]:
        return [
            f"{name}.{operation}"
            for name, known in self.connections.items()
            for operation in known.connector.operations()
        ]

    # --- names of other things of the project ------------------------------------------------------------------

    def reference(self, node: ScalarNode, annotation: Any) -> Any:
        """The name of something that must be there, or WRONG."""
        text = node.value
        if annotation is Target:
            return self._target(text, node)
        known, code, what, otherwise = {
            FlowName: (self.flow_names, "unknown-flow", "flow", ""),
            TableName: (self.columns, "unknown-lookup", "lookup table", f"make lookups/{text}.csv"),
            ConnectionName: (self.connections, "unknown-connection", "connection", "name it in flowrun.yaml"),
        }[annotation]
        if text not in known:
            return self.problem(
                code, f"there is no {what} `{text}`", node, did_you_mean(text, known) or otherwise
            )
        return annotation(text)

    def _target(self, text: str, node: ScalarNode) -> Target | Wrong:
        connection, colon, path = text.partition(":")
        if not colon:
            return self.problem(
                "bad-target", f"`{text}` is not a target", node, "as in sap:API_SALES_ORDER_SRV/A_SalesOrder"
            )
        known = self.connections.get(connection)
        if known is None:
            return self.problem(
                "unknown-connection",
                f"there is no connection `{connection}`",
                node,
                did_you_mean(connection, self.connections),
            )
        shape = known.connector.target_shape(path, known.facts)
        if isinstance(shape, str):
            return self.problem("unknown-target", f"`{text}` is not known: {shape}", node)
        return Target(text, shape)

    # --- operations of connections -----------------------------------------------------------------------------

    def operation(self, name: str, key: Node, node: Node) -> OperationStep | Wrong:
        """`connection.operation` with its parameters."""
        connection, _, operation_name = name.partition(".")
        known = self.connections.get(connection)
        if known is None:
            return self.problem(
                "unknown-connection",
                f"there is no connection `{connection}`",
                key,
                did_you_mean(connection, self.connections) or "name it in flowrun.yaml",
            )
        operations = known.connector.operations()
        if operation_name not in operations:
            return self.problem(
                "unknown-operation",
                f"`{connection}` has no operation `{operation_name}`",
                key,
                did_you_mean(operation_name, operations, prefix=f"{connection}."),
            )
        operation = operations[operation_name]
        parameters = self._parameters(operation, name, key, node)
        if isinstance(parameters, Wrong):
            return WRONG
        constants = {
            parameter: plain
            for parameter, value in parameters.items()
            if (plain := constant_of(value)) is not None
        }
        return OperationStep(
            connection=connection,
            operation=operation_name,
            parameters=parameters,
            result=known.connector.result_shape(operation_name, constants, known.facts),
            reads=operation.reads,
            repeatable=operation.repeatable,
        )

    def _parameters(self, operation: Operation, name: str, key: Node, node: Node) -> dict[str, Value] | Wrong:
        options = options_of(operation.parameters)
        entries = {} if self.kind(node) == "nothing" else self.mapping(node, f"`{name}`")
        if isinstance(entries, Wrong):
            return WRONG
        self.unknown_keys(entries, options, f"`{name}`")
        good = not any(parameter not in options for parameter in entries)
        values: dict[str, Value] = {}
        for parameter, option in options.items():
            if parameter in entries:
                value = self._parameter(option, entries[parameter][1], name)
                good = good and not isinstance(value, Wrong)
                if isinstance(value, Value):
                    values[parameter] = value
            elif option.required:
                good = False
                self.problem("missing-key", f"`{name}` needs `{parameter}`: {option.info.description}", key)
        return values if good else WRONG

    def _parameter(self, option: Option, node: Node, name: str) -> Value | Wrong:
        what = f"`{option.name}` of `{name}`"
        if option.info.constant:
            plain = self.value(node, option.annotation, what)
            return WRONG if plain is WRONG else Constant(plain, at=self.at(node))
        if isinstance(node, MappingNode) and _takes_a_record(option.annotation) and not _is_form(node):
            value: Value | Wrong = self.fields(node, what)
        else:
            value = self.form(node, what)
        plain = constant_of(value) if isinstance(value, Value) else None
        if plain is not None:
            try:
                fitted(plain, option.annotation)
            except ValueError as error:
                return self.problem("wrong-type", f"{what} {error}", node)
        return value

    def _check_retry(self, kind: OperationStep, key: Node) -> None:
        if not kind.repeatable:
            self.problem(
                "retry-without-key",
                f"`{kind.connection}.{kind.operation}` may not be repeated: done twice, it happens twice",
                key,
                f"take the operation that looks first (`{kind.connection}.upsert`), or leave `retry` out",
            )


def constant_of(value: Value) -> Any:
    """The plain value of a form that is the same in every run; None for all others."""
    match value:
        case Constant(value=plain):
            return plain
        case Items(items=items):
            plain = [constant_of(item) for item in items]
            return None if any(item is None for item in plain) else plain
        case Modified():
            return None
        case _:
            return None


def _takes_a_record(annotation: Any) -> bool:
    origin = get_origin(annotation)
    return (isinstance(origin, type) and issubclass(origin, Mapping)) or any(
        _takes_a_record(member) for member in get_args(annotation)
    )


def _is_form(node: MappingNode) -> bool:
    forms = {"from", "text", "compute", "lookup", "choose", "for_each", "value", "fields"}
    return any(isinstance(key, ScalarNode) and key.value in forms for key, _ in node.value)
