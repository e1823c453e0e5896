"""Reads calls of connections: `sap.upsert` with its parameters. A mistyped one is read as the one it is
nearest to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args, get_origin

from yaml.nodes import MappingNode, Node, ScalarNode

from flowrun.component.coerce import fitted
from flowrun.component.config import Option, options_of
from flowrun.component.connector import Connector, Facts, Operation
from flowrun.component.step import OperationStep
from flowrun.expressions.shapes import ANYTHING, Shape
from flowrun.expressions.suggest import did_you_mean, nearest
from flowrun.expressions.values import Constant, Items, Unread, Value
from flowrun.language.forms import FORMS, FormReader
from flowrun.language.reader import Wrong


@dataclass(frozen=True, slots=True)
class KnownConnection:
    """A connection as the flows see it: its connector's class and what is known without calling it."""

    connector: type[Connector[Any]]
    facts: Facts


@dataclass(slots=True)
class OperationReader(FormReader):
    """Reads operations of the project's connections."""

    connections: Mapping[str, KnownConnection] = field(default_factory=dict)

    def operation_names(self) -> list[str]:
        """Every operation of every connection, as a flow names it."""
        return [
            f"{name}.{one}"
            for name, known in self.connections.items()
            for one in known.connector.operations()
        ]

    def operation(self, name: str, key: Node, node: Node) -> OperationStep | Wrong:
        """`connection.operation` with its parameters."""
        connection, _, operation_name = name.partition(".")
        if connection not in self.connections:
            hint = did_you_mean(connection, self.connections, otherwise="name it in flowrun.yaml")
            self.problem("unknown-connection", f"there is no connection `{connection}`", key, hint)
        near = nearest(connection, self.connections)
        known = self.connections.get(connection) or (self.connections[near] if near is not None else None)
        if known is None:
            return Wrong(self._loose(node))
        meant = connection if connection in self.connections else str(near)
        found = self._operation(meant, operation_name, known, key)
        if found is None:
            return Wrong(self._loose(node))
        parameters = self._parameters(found, name, key, node)
        return OperationStep(
            connection=connection,
            operation=found.name,
            parameters=parameters,
            result=_result(found, parameters, known),
            reads=found.reads,
            repeatable=found.repeatable,
        )

    def list_operation(self, node: Node, what: str) -> OperationStep | Wrong:
        """The one operation inside a setting, which must be one that gives its list in pages."""
        entries = self.mapping(node, what)
        if isinstance(entries, Wrong):
            return entries
        hint = "as in xcart.list_products: {}"
        if len(entries) != 1:
            return self.problem("missing-key", f"{what} takes one operation that lists something", node, hint)
        ((name, entry),) = entries.items()
        if "." not in name:
            return self.problem("unknown-operation", f"`{name}` is no operation", entry.key, hint)
        call = self.operation(name, *entry)
        if not isinstance(call, Wrong) and not self._gives_pages(call):
            told = f"`{name}` does not give its list in pages"
            paged = ", ".join(name for name in self.operation_names() if self._is_paged(name))
            return self.problem("no-pages", told, entry.key, f"these do: {paged}" if paged else "")
        return call

    def _gives_pages(self, call: OperationStep) -> bool:
        return self._is_paged(f"{call.connection}.{call.operation}")

    def _is_paged(self, name: str) -> bool:
        connection, _, operation = name.partition(".")
        return self.connections[connection].connector.operations()[operation].paged

    def _operation(self, connection: str, name: str, known: KnownConnection, key: Node) -> Operation | None:
        operations = known.connector.operations()
        if name in operations:
            return operations[name]
        hint = did_you_mean(name, operations, prefix=f"{connection}.")
        self.problem("unknown-operation", f"`{connection}` has no operation `{name}`", key, hint)
        near = nearest(name, operations)
        return operations[near] if near is not None else None

    def _loose(self, node: Node) -> tuple[Any, ...]:
        """The parameters of something unknown: their own expressions can still be wrong."""
        return (self.form(node, "a parameter"),) if isinstance(node, MappingNode) else ()

    def _parameters(self, operation: Operation, name: str, key: Node, node: Node) -> dict[str, Value]:
        options = options_of(operation.parameters)
        entries = {} if self.kind(node) == "nothing" else self.mapping(node, f"`{name}`")
        if isinstance(entries, Wrong):
            return {}
        known = self.known(entries, options, f"`{name}`")
        values: dict[str, Value] = {}
        for parameter, option in options.items():
            if parameter in known:
                values[parameter] = self._parameter(option, known[parameter].value, name)
            elif option.required:
                told = f"`{name}` needs `{parameter}`: {option.info.description.removesuffix('.')}"
                self.problem("missing-key", told, key, f"as in {parameter}: …")
        return values

    def _parameter(self, option: Option, node: Node, name: str) -> Value:
        what = f"`{option.name}` of `{name}`"
        if option.info.constant:
            plain = self.value(node, option.annotation, what)
            return Unread(at=self.at(node)) if isinstance(plain, Wrong) else Constant(plain, at=self.at(node))
        if isinstance(node, MappingNode) and _takes_a_record(option.annotation) and not _is_form(node):
            fields = self.fields(node, what)
            return Unread(at=self.at(node)) if isinstance(fields, Wrong) else fields
        value = self.form(node, what)
        plain = constant_of(value)
        if plain is not None:
            try:
                fitted(plain, option.annotation)
            except ValueError as error:
                self.problem("wrong-type", f"{what} {error}", node, option.info.description)
        return value


def constant_of(value: Value) -> Any:
    """The plain value of a form that is the same in every run; None for all others."""
    match value:
        case Constant(value=plain):
            return plain
        case Items(items=items):
            plain = [constant_of(item) for item in items]
            return None if any(item is None for item in plain) else plain
        case _:
            return None


def _result(operation: Operation, parameters: Mapping[str, Value], known: KnownConnection) -> Shape:
    """What it returns. Nothing is known when a parameter that decides it could not be read."""
    options = options_of(operation.parameters)
    if any(
        option.info.constant and option.required and name not in parameters
        for name, option in options.items()
    ):
        return ANYTHING
    if any(isinstance(value, Unread) and options[name].info.constant for name, value in parameters.items()):
        return ANYTHING
    constants = {
        name: plain for name, value in parameters.items() if (plain := constant_of(value)) is not None
    }
    return known.connector.result_shape(operation.name, constants, known.facts)


def _takes_a_record(annotation: Any) -> bool:
    origin = get_origin(annotation)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return True
    return any(_takes_a_record(member) for member in get_args(annotation))


def _is_form(node: MappingNode) -> bool:
    return any(isinstance(key, ScalarNode) and key.value in FORMS for key, _ in node.value)
