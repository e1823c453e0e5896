"""Checks the flows of a project against each other: what each is given, what each gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flowrun.expressions.shapes import ANYTHING, DATETIME, TEXT, Many, Record, Shape, union
from flowrun.expressions.values import ANY_NAME, Findings
from flowrun.language.flow import Flow
from flowrun.language.operations import KnownConnection
from flowrun.language.parts import calls_of, elsewhere_in
from flowrun.language.report import Report
from flowrun.language.walk import Project, Walk

__all__ = ["RUN", "Checker", "calls_of"]

RUN = Record({"id": TEXT, "flow": TEXT, "started": DATETIME}, name="run")


@dataclass(slots=True)
class Checker:
    """Checks all flows at once. `environment` is the shape of `env`; `columns` are those of each lookup
    table."""

    flows: Mapping[str, Flow]
    connections: Mapping[str, KnownConnection]
    columns: Mapping[str, tuple[str, ...]]
    environment: Record
    results: dict[str, Shape] = field(default_factory=dict)
    given: dict[str, Shape] = field(default_factory=dict)

    def check(self, report: Report) -> None:
        """Reports everything that is wrong with the names of all flows, and sub-flows that call each other
        in a ring."""
        order = self._callees_first(report)
        for flow in order:
            # What a flow returns is needed by its callers, what it is given comes from them: so first
            # without
            # knowing.
            self.results[flow.name] = self._walk(flow, self._starts_with(flow), Report())
        self.given.clear()
        for flow in reversed(order):
            self.results[flow.name] = self._walk(flow, self._event(flow), report)

    # --- order -----------------------------------------------------------------------------------

    def _callees_first(self, report: Report) -> list[Flow]:
        order: list[Flow] = []
        done: set[str] = set()

        def visit(flow: Flow, above: tuple[str, ...]) -> None:
            if flow.file in done:
                return
            for called, at in calls_of(flow.steps):
                if called in (*above, flow.name):
                    ring = " → ".join([*above, flow.name, called])
                    told = f"the sub-flows call each other in a ring: {ring}"
                    report.add("cyclic-flows", told, at, "a flow may not end up calling itself")
                elif called in self.flows:
                    visit(self.flows[called], (*above, flow.name))
            done.add(flow.file)
            order.append(flow)

        for flow in self.flows.values():
            visit(flow, ())
        return order

    # --- what a flow starts with -----------------------------------------------------------------

    def _starts_with(self, flow: Flow) -> Shape:
        if flow.inputs is not None:
            return Record(dict.fromkeys(flow.inputs, ANYTHING), name="event")
        return self._triggered(flow) if flow.trigger is not None else ANYTHING

    def _triggered(self, flow: Flow) -> Shape:
        shapes: list[Shape] = []
        trigger = flow.trigger
        if (
            trigger is not None
            and trigger.webhook is not None
            and trigger.webhook.connection in self.connections
        ):
            shapes.append(
                self.connections[trigger.webhook.connection].connector.events[trigger.webhook.event]
            )
        if trigger is not None and trigger.poll is not None:
            listed = trigger.poll.call.result
            shapes.append(listed.of if isinstance(listed, Many) else ANYTHING)
        if not shapes:
            return ANYTHING
        event = shapes[0]
        for other in shapes[1:]:
            event = union(event, other)
        return event

    def _event(self, flow: Flow) -> Shape:
        """With what its callers pass, once they have been walked."""
        start = self._starts_with(flow)
        given = self.given.get(flow.name)
        if isinstance(start, Record) and isinstance(given, Record) and flow.inputs is not None:
            return Record({name: given.fields.get(name, ANYTHING) for name in start.fields}, name="event")
        return start

    # --- the walk --------------------------------------------------------------------------------

    def _walk(self, flow: Flow, event: Shape, report: Report) -> Shape:
        """What the flow gives back."""
        findings = Findings(elsewhere=elsewhere_in(flow.steps))
        walk = Walk(Project(self.flows, self.columns, self.results, self.given), report, findings)
        self._trigger(flow, event, walk)
        names: dict[str, Shape] = {"event": event, "run": RUN, "env": self.environment}
        if not flow.steps:
            names[ANY_NAME] = ANYTHING
        names = walk.steps(flow.steps, names)
        result: Shape = Record(name=f"the flow `{flow.name}`, which has no `result`")
        if flow.result is not None:
            result = flow.result.check(names, findings)
        for problem in findings.problems:
            report.add(problem.code, problem.message, problem.at, problem.help)
        return result

    def _trigger(self, flow: Flow, event: Shape, walk: Walk) -> None:
        if flow.trigger is None:
            return
        if isinstance(event, Record):
            names = {**event.fields, **({ANY_NAME: ANYTHING} if event.open else {})}
            for path in [*([flow.trigger.key] if flow.trigger.key else []), *flow.trigger.once]:
                walk.visit(path, names)
        if flow.trigger.poll is not None:
            walk.visit(flow.trigger.poll.call.parameters, {"env": self.environment})
