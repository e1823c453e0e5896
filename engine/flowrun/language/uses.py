"""Where flows name the entities of a system and their fields: for telling whom a change of that system hits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flowrun.component.step import OperationStep, Step, StepKind, Target
from flowrun.errors import Position
from flowrun.expressions.shapes import Many, Record, Shape
from flowrun.expressions.values import Choose, Fields, ForEach, From, Items, Modified, Value
from flowrun.language.flow import Flow
from flowrun.language.operations import KnownConnection, constant_of
from flowrun.language.parts import groups_of, parts_of

TargetOf = Callable[[Mapping[str, Any]], str]
"""What an operation with these constant parameters works on, in the words of a transform's `target`; empty when
that is not known."""


@dataclass(frozen=True, slots=True)
class Use:
    """One place in a flow that names an entity, or a field of it.

    `target` is the entity that the step works on; `record` the shape that the name belongs to, which may be one
    nested in it. An empty `name` is the record itself. `filled`: the flow writes a value into it.
    """

    flow: str
    step: str
    at: Position
    target: str
    record: str = ""
    name: str = ""
    filled: bool = False


@dataclass(slots=True)
class Uses:
    """Looks through flows for what they use of one connection."""

    connection: str
    known: KnownConnection
    target_of: TargetOf
    _flow: str = ""
    _step: str = ""
    _target: str = ""
    _transforms: dict[str, Fields] = field(default_factory=dict)

    def of(self, flow: Flow) -> Iterator[Use]:
        """Everything that the flow uses, in the order in which it stands there."""
        self._flow, self._transforms = flow.name, {}
        if flow.trigger is not None and flow.trigger.poll is not None:
            self._step = "trigger"
            yield from self._operation(flow.trigger.poll.call, flow.trigger.poll.at)
        yield from self._steps(flow.steps)

    def _steps(self, steps: Iterable[Step]) -> Iterator[Use]:
        for step in steps:
            self._step = step.id
            yield from self._kind(step.kind, step)
            for _, _, group in groups_of(step.kind):
                yield from self._steps(group)
            yield from self._steps(step.undo)

    def _kind(self, kind: StepKind, step: Step) -> Iterator[Use]:
        if isinstance(kind, OperationStep):
            yield from self._operation(kind, step.at)
        for _, part in parts_of(kind):
            if part is None or isinstance(part, Value) or not hasattr(part, "__dataclass_fields__"):
                continue
            settings = dict(parts_of(part))
            target = next((one for one in settings.values() if isinstance(one, Target)), None)
            for value in settings.values():
                if isinstance(value, Fields) and target is None:
                    self._transforms[step.id] = value
                elif isinstance(value, Fields) and target is not None:
                    yield from self._filled(value, target, step.at)

    def _filled(self, fields: Fields, target: Target, at: Position) -> Iterator[Use]:
        connection, _, self._target = target.text.partition(":")
        if connection == self.connection:
            yield self._use(at, target.shape.name, filled=True)
            yield from self._in_value(fields, target.shape, filled=True)

    def _operation(self, kind: OperationStep, at: Position) -> Iterator[Use]:
        if kind.connection == self.connection:
            yield from self._worked_on(kind.parameters, {}, at, filled=not kind.reads)

    def _worked_on(
        self, parameters: Mapping[str, Value], outer: Mapping[str, Any], at: Position, *, filled: bool
    ) -> Iterator[Use]:
        """What an operation does with its parameters; or one of its list of records, each with an entity of its
        own.
        """
        own = _constants(parameters)
        constants = {**outer, **own}
        target = self._target = self.target_of(constants)
        if not target or (outer and target == self.target_of(outer)):
            return
        found = self.known.connector.target_shape(target, self.known.facts)
        shape = found if isinstance(found, Record) else Record(open=True)
        entity = target.rpartition("/")[2]
        named = (value.at for name, value in parameters.items() if own.get(name) == entity)
        yield self._use(next(named, at), shape.name, filled=filled)
        for name, value in parameters.items():
            for item in _records_in(value) if not entity else ():
                yield from self._worked_on(item.fields, constants, item.at, filled=filled)
            self._target = target
            yield from self._parameter(value, own.get(name), shape, filled=filled)

    def _parameter(self, value: Value, plain: Any, shape: Record, *, filled: bool) -> Iterator[Use]:
        """A record names fields by its keys; a text, or a list of them, by what it says."""
        for text in plain if isinstance(plain, list | tuple) else [plain]:
            if isinstance(text, str):
                yield from self._path(text, shape, value.at)
        inner = value
        if isinstance(value, From):
            inner = self._transforms.get(value.path.source.text.strip(), value)
        yield from self._in_value(inner, shape, filled=filled)

    def _path(self, text: str, shape: Record, at: Position) -> Iterator[Use]:
        """A field, or a way to one: `to_Item/Material`, `CreationDate desc`."""
        if text not in shape.fields:  # the name of a function, say
            yield self._use(at, "", text)
        inside: Shape | None = shape
        for name in text.partition(" ")[0].split("/"):
            record = inside.of if isinstance(inside, Many) else inside
            if not isinstance(record, Record) or name not in record.fields:
                return
            yield self._use(at, record.name, name)
            inside = record.fields[name]

    def _in_value(self, value: Value | None, shape: Shape | None, *, filled: bool) -> Iterator[Use]:
        record = shape.of if isinstance(shape, Many) else shape
        match value:
            case Fields() if isinstance(record, Record):
                for name, inner in value.fields.items():
                    at = value.keys.get(name, inner.at)
                    yield self._use(at, record.name, name, filled=filled)
                    yield from self._nested(inner, record.fields.get(name), at, filled=filled)
            case Items(items=items):
                for item in items:
                    yield from self._in_value(item, shape, filled=filled)
            case ForEach(each=each):
                yield from self._in_value(each, shape, filled=filled)
            case Modified(of=of):
                yield from self._in_value(of, shape, filled=filled)
            case Choose(choices=choices):
                for choice in choices:
                    yield from self._in_value(choice.value, shape, filled=filled)

    def _nested(self, value: Value, shape: Shape | None, at: Position, *, filled: bool) -> Iterator[Use]:
        """What stands in a nested record fills that record, too."""
        inside = shape.of if isinstance(shape, Many) else shape
        if isinstance(inside, Record):
            yield self._use(at, inside.name, filled=filled)
            yield from self._in_value(value, shape, filled=filled)

    def _use(self, at: Position, record: str, name: str = "", *, filled: bool = False) -> Use:
        return Use(self._flow, self._step, at, self._target, record, name, filled)


def _constants(parameters: Mapping[str, Value]) -> dict[str, Any]:
    found = ((name, constant_of(value)) for name, value in parameters.items())
    return {name: plain for name, plain in found if plain is not None}


def _records_in(value: Value) -> Iterator[Fields]:
    match value:
        case Fields():
            yield value
        case Items(items=items):
            for item in items:
                yield from _records_in(item)
        case ForEach(each=each):
            yield from _records_in(each)
