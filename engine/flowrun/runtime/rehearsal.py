"""A run that writes nothing: `flowrun dry-run`.

Reads are done for real. A write goes through its connector up to the moment when the request would leave;
there it is
caught, shown, and answered with what was sent and placeholders, so that the flow can go on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flowrun.component.http import NotJson, Request, decode
from flowrun.component.step import Call, Retry, Step
from flowrun.errors import Rejected
from flowrun.expressions.scope import Scope
from flowrun.runtime.connections import ENGINE, Connections
from flowrun.runtime.guard import WouldSendError
from flowrun.runtime.seam import Place, Progress


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """A request that would be sent. `filled_from` says for each field of the body what it was made from."""

    step: str
    connection: str
    operation: str
    method: str
    url: str
    body: Any
    filled_from: Mapping[str, str]

    def as_data(self) -> dict[str, Any]:
        """The form that `flowrun dry-run --output json` prints."""
        return {
            "step": self.step,
            "connection": self.connection,
            "operation": self.operation,
            "method": self.method,
            "url": self.url,
            "body": self.body,
            "filled_from": dict(self.filled_from),
        }


@dataclass(slots=True)
class Rehearsal:
    """A `Run` that collects the calls it would make."""

    id: str
    connections: Connections
    calls: list[PlannedCall] = field(default_factory=list)
    _scopes: dict[str, tuple[Step, Scope]] = field(default_factory=dict)
    _origins: dict[str, Mapping[str, str]] = field(default_factory=dict)
    _turned: set[str] = field(default_factory=set)

    def began(self, place: Place, step: Step, scope: Scope) -> None:
        """Remembers the values a step was reached with."""
        self._scopes[place.path] = (step, scope)

    def finished(self, place: Place, step: Step, result: Any) -> None:
        """Remembers what the fields of a step's result were filled from."""
        if place.path in self._scopes:
            origins = step.kind.origins(self._scopes[place.path][1])
            if origins:
                self._origins[place.path] = origins

    async def sleep_until(self, place: Place, seconds: float) -> None:
        """A rehearsal does not wait."""

    async def wait_for(self, place: Place, source: str, path: str, value: str, timeout: float) -> Any:
        """A rehearsal goes on as if the event had come, with nothing in it but what was waited for."""
        return {path: value}

    async def set_aside(self, place: Place, flow: str, event: Mapping[str, Any], error: Rejected) -> None:
        """A rehearsal keeps nothing."""

    def progress(self, place: Place) -> Progress:
        """From the first page, unless that was rehearsed: one page shows what would be done."""
        return Progress(1, 0, None) if place.path in self._turned else Progress()

    async def turned(self, place: Place, progress: Progress) -> None:
        """Remembers that a page was rehearsed."""
        self._turned.add(place.path)

    async def effect(self, place: Place, call: Call, retry: Retry | None) -> Any:
        """Reads for real; a write is caught and answered with placeholders. Nothing is tried twice."""
        if call.connection == ENGINE and call.operation == "link":
            return {
                "object": call.parameters["object"],
                "xcart": call.parameters["xcart"],
                "sap": call.parameters["sap"],
            }
        try:
            return await self.connections.perform(call)
        except WouldSendError as would:
            self.calls.append(self._planned(place, call, would.request))
            connector = await self.connections.connector(call.connection)
            return connector.pretend(call.operation, call.parameters)

    def _planned(self, place: Place, call: Call, request: Request) -> PlannedCall:
        content = request.content
        try:
            body = decode(content) if content else None
        except NotJson:
            body = content.decode("utf-8", "replace")
        return PlannedCall(
            place.path,
            call.connection,
            call.operation,
            request.method,
            str(request.url),
            body,
            dict(_leaf_by_leaf(self._filled_from(place), body)),
        )

    def _filled_from(self, place: Place) -> dict[str, str]:
        """The fields of the call with their sources. A parameter that is an earlier step's whole result is
        told field by field, as that step filled them."""
        step, scope = self._scopes[place.path]
        found: dict[str, str] = {}
        for name, origin in step.kind.origins(scope).items():
            earlier = self._origins_of(origin, place)
            if earlier:
                found.update(earlier)
            elif origin != "constant" or "." in name:
                found[name] = origin
        return found

    def _origins_of(self, name: str, place: Place) -> Mapping[str, str]:
        """Those of the step of this name that a step at this place sees: the nearest one, going outwards."""
        parent = place.path
        while parent:
            parent = parent.rpartition("/")[0]
            path = f"{parent}/{name}" if parent else name
            if path in self._scopes:
                return self._origins.get(path, {})
        return {}


def _leaf_by_leaf(filled: Mapping[str, str], body: Any) -> Iterator[tuple[str, str]]:
    """Every field of the body with its source. What was taken whole, as a list out of a sub-flow, is told for each
    field inside it."""
    known = {_as_in_body(name, body): origin for name, origin in filled.items()}
    for name, origin in known.items():
        for leaf in list(_leaves(_at(body, name), name)) or [name]:
            if leaf == name or leaf not in known:
                yield leaf, origin


def _at(body: Any, name: str) -> Any:
    """What stands at `to_Item[0].Material`; None where there is nothing."""
    for part in re.findall(r"[^.\[\]]+", name):
        if isinstance(body, list) and part.isdigit() and int(part) < len(body):
            body = body[int(part)]
        else:
            body = body.get(part) if isinstance(body, dict) else None
    return body


def _leaves(value: Any, at: str) -> Iterator[str]:
    match value:
        case dict():
            for name, part in value.items():
                yield from _leaves(part, f"{at}.{name}")
        case list():
            for index, part in enumerate(value):
                yield from _leaves(part, f"{at}[{index}]")
        case _:
            yield at


def _as_in_body(name: str, body: Any) -> str:
    """`data.Field` of an operation's parameters is `Field` where the parameter itself is the body."""
    first, dot, rest = name.partition(".")
    inner = rest.partition(".")[0].partition("[")[0]
    own = first.partition("[")[0]
    return rest if dot and isinstance(body, dict) and own not in body and inner in body else name
