"""Reads the steps of a flow: which kind each is, its settings, and what it names elsewhere in the project."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from yaml.nodes import Node, ScalarNode

from flowrun.component.config import Config, options_of
from flowrun.component.registry import Registry
from flowrun.component.step import (
    ConnectionName,
    ErrorRule,
    EventName,
    FlowName,
    Retry,
    Step,
    StepKind,
    TableName,
    Target,
    UnreadStep,
)
from flowrun.expressions.suggest import did_you_mean, nearest
from flowrun.expressions.templates import Expression
from flowrun.language.operations import OperationReader
from flowrun.language.parts import parts_of
from flowrun.language.reader import Entries, Wrong

COMMON = ("id", "when", "retry", "on_error", "undo")


@dataclass(slots=True)
class StepReader(OperationReader):
    """Reads steps. `seen` are the ids of the flow so far, each with its line."""

    registry: Registry = field(default_factory=lambda: Registry({}, {}))
    flow_names: frozenset[str] = frozenset()
    seen: dict[str, int] = field(default_factory=dict)

    def steps(self, node: Node, what: str) -> tuple[Step, ...] | Wrong:
        """A list of steps, in order. One that cannot be read is kept as such, so that the others can be
        checked."""
        items = self.sequence(node, what)
        if isinstance(items, Wrong):
            return items
        if not items:
            return self.problem("missing-key", f"{what} has no step", node, "as in - id: order")
        return tuple(self.step(item) for item in items)

    def step(self, node: Node) -> Step:
        """One step."""
        written = self.mapping(node, "a step")
        if isinstance(written, Wrong):
            return Step("", UnreadStep(), self.at(node))
        identifier = self._identifier(written, node)
        kind, entries = self._kind(written, node)
        when = self.value(entries["when"].value, Expression, "`when`") if "when" in entries else None
        retry = self.value(entries["retry"].value, Retry, "`retry`") if "retry" in entries else None
        rules = (
            self.value(entries["on_error"].value, list[ErrorRule], "`on_error`")
            if "on_error" in entries
            else []
        )
        undo = self.steps(entries["undo"].value, "`undo`") if "undo" in entries else ()
        step = Step(
            id=identifier,
            kind=UnreadStep(parts=kind.parts) if isinstance(kind, Wrong) else kind,
            at=self.at(node),
            when=None if isinstance(when, Wrong) else when,
            retry=None if isinstance(retry, Wrong) else retry,
            on_error=() if isinstance(rules, Wrong) else tuple(rules),
            undo=() if isinstance(undo, Wrong) else undo,
        )
        self._check_repeating(step, entries)
        return step

    def _identifier(self, entries: Entries, node: Node) -> str:
        """The step's id; empty when it has none of its own."""
        if "id" not in entries:
            if nearest("id", [name for name in entries if name not in COMMON]) is None:
                told, hint = "a step needs an `id`: the name of its result", "as in - id: order"
                self.problem("missing-key", told, node, hint)
            return ""
        identifier = self.name(entries["id"].value, "`id`")
        if isinstance(identifier, Wrong):
            return ""
        if identifier in self.seen:
            told = f"a step `{identifier}` is already there in line {self.seen[identifier]}"
            self.problem("duplicate-id", told, entries["id"].value, "ids are unique in a flow")
            return ""
        self.seen[identifier] = self.at(entries["id"].value).line
        return identifier

    def _kind(self, entries: Entries, node: Node) -> tuple[StepKind | Wrong, Entries]:
        """The kind with its settings, and the entries with the names that were meant."""
        kinds = [name for name in entries if name in self.registry.steps or "." in name]
        if not kinds:
            meant = self._meant_kind(entries, node)
            if meant is None:
                return Wrong(), entries
            name, near = meant
            entries = {near if key == name else key: entry for key, entry in entries.items()}
            kinds = [near]
        if len(kinds) > 1:
            told = f"a step does one thing, but this one has `{kinds[0]}` and `{kinds[1]}`"
            self.problem("two-kinds", told, entries[kinds[1]].key, "make two steps of it")
            return Wrong(), entries
        name = kinds[0]
        if "." in name:
            entries = self.known(entries, (name, *COMMON), f"a step with `{name}`")
            return self.operation(name, entries[name].key, entries[name].value), entries
        kind = self.registry.steps[name]
        entries = self.known(entries, (*options_of(kind), *COMMON), f"a step with `{name}`")
        settings = {key: entry for key, entry in entries.items() if key in options_of(kind)}
        made: StepKind | Wrong = self.config_from(kind, settings, node, f"a step with `{name}`")
        if isinstance(made, StepKind) and made.complaint():
            self.problem("wrong-value", made.complaint(), entries[name].key)
        if isinstance(made, StepKind):
            self._check_connections(made, entries[name].value)
        return made, entries

    def _check_connections(self, kind: StepKind, node: Node) -> None:
        """A connection that a kind names must be able to do what the kind asks of it."""
        settings = [part for _, part in parts_of(kind) if isinstance(part, Config)]
        names = [part for one in settings for _, part in parts_of(one) if isinstance(part, ConnectionName)]
        for name in names if kind.needs else []:
            known = self.connections.get(name)
            if known is not None and not set(kind.needs) <= known.connector.operations().keys():
                told = f"the connection `{name}` sends no plain requests: its connector is `{known.connector.name}`"
                self.problem("wrong-connector", told, node, "name a connection of the connector `http`")

    def _meant_kind(self, entries: Entries, node: Node) -> tuple[str, str] | None:
        """A key that is nearly a kind, and that kind; None, and a problem, when there is none."""
        known = [*self.registry.steps, *self.operation_names()]
        unknown = [name for name in entries if name not in COMMON]
        if not unknown:
            told, hint = (
                "the step does nothing: it has no kind",
                f"known: {', '.join(sorted(self.registry.steps))}, ",
            )
            self.problem("missing-kind", told, node, f"{hint}and operations such as sap.upsert")
            return None
        name = next((name for name in unknown if nearest(name, known)), unknown[0])
        hint = did_you_mean(name, known, most=30)
        self.problem("unknown-step-kind", f"there is no step kind `{name}`", entries[name].key, hint)
        near = nearest(name, known)
        return (name, near) if near is not None else None

    def _check_repeating(self, step: Step, entries: Entries) -> None:
        """A retry of what does nothing outside is without effect, and of what may not be repeated is a
        danger."""
        if isinstance(step.kind, UnreadStep):
            return
        if step.retry is not None and not step.kind.acts:
            told = "`retry` has no effect here: the step calls no other system"
            self.problem("retry-without-effect", told, entries["retry"].key, "take it away")
        if step.kind.name != "flow" and any(rule.then == "set_aside" for rule in step.on_error):
            told = "`set_aside` is for a step with `flow`, since what that flow was given is what is kept"
            self.problem(
                "wrong-value", told, entries["on_error"].key, "put the steps into a flow of their own"
            )
        again = step.retry is not None and step.retry.attempts > 1
        rules = any(rule.then == "retry" for rule in step.on_error)
        if step.kind.acts and not step.kind.may_repeat() and (again or rules):
            told = "this may not be repeated: done twice, it happens twice"
            hint = "take an operation that looks first, such as `upsert`, or leave the repetition out"
            self.problem("retry-without-key", told, entries["retry" if again else "on_error"].key, hint)

    # --- names of other things of the project ----------------------------------------------------

    def reference(self, node: ScalarNode, annotation: Any) -> Any:
        """The name of something that must be there. Of a mistyped one, the nearest."""
        text = str(node.value)
        if annotation is Target:
            return self._target(text, node)
        if annotation is EventName:
            return self._event_name(text, node)
        known, code, what, otherwise = {
            FlowName: (self.flow_names, "unknown-flow", "flow", "make a file for it in flows/"),
            TableName: (self.columns, "unknown-lookup", "lookup table", f"make lookups/{text}.csv"),
            ConnectionName: (self.connections, "unknown-connection", "connection", "name it in flowrun.yaml"),
        }[annotation]
        if text not in known:
            self.problem(
                code, f"there is no {what} `{text}`", node, did_you_mean(text, known, otherwise=otherwise)
            )
            return annotation(nearest(text, known) or text)
        return annotation(text)

    def _event_name(self, text: str, node: ScalarNode) -> EventName | Wrong:
        """`connection.event`. What a system sends that its connector does not know is told by its webhooks
        alone."""
        connection, dot, event = text.partition(".")
        if not dot or not event:
            hint = "as in xcart.order_placed"
            return self.problem("wrong-value", f"`{text}` is not a connection and its event", node, hint)
        known = self.connections.get(connection)
        if known is None:
            hint = did_you_mean(connection, self.connections, otherwise="name it in flowrun.yaml")
            return self.problem("unknown-connection", f"there is no connection `{connection}`", node, hint)
        events = known.connector.events
        if events and event not in events:
            hint = did_you_mean(event, events, prefix=f"{connection}.")
            return self.problem("unknown-event", f"`{connection}` sends no event `{event}`", node, hint)
        return EventName(text)

    def _target(self, text: str, node: ScalarNode) -> Target | Wrong:
        connection, colon, path = text.partition(":")
        if not colon:
            hint = "as in sap:API_SALES_ORDER_SRV/A_SalesOrder"
            return self.problem("bad-target", f"`{text}` is not a target", node, hint)
        known = self.connections.get(connection)
        if known is None:
            hint = did_you_mean(connection, self.connections, otherwise="name it in flowrun.yaml")
            return self.problem("unknown-connection", f"there is no connection `{connection}`", node, hint)
        shape = known.connector.target_shape(path, known.facts)
        if isinstance(shape, str):
            return self.problem("unknown-target", f"`{text}` is not known: {shape}", node)
        return Target(text, shape)
