"""A run that writes nothing: `flowrun dry-run`.

Reads are done for real. A write goes through its connector up to the moment when the request would leave; there it is
caught, shown, and answered with what was sent and placeholders, so that the flow can go on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flowrun.component.http import NotJson, decode
from flowrun.component.step import Call, Retry, Step
from flowrun.expressions.scope import Scope
from flowrun.runtime.connections import ENGINE, Connections
from flowrun.runtime.seam import Place

if TYPE_CHECKING:
    import httpx


class WouldSendError(Exception):
    """A request that writes was about to leave. Not an error of the run: it is what a rehearsal is for."""

    def __init__(self, request: httpx.Request) -> None:
        super().__init__(f"{request.method} {request.url}")
        self.request = request


def stop_writes(request: httpx.Request) -> None:
    """The guard of a rehearsal: lets reads through and stops everything else."""
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        raise WouldSendError(request)


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

    def began(self, place: Place, step: Step, scope: Scope) -> None:
        """Remembers the values a step was reached with."""
        self._scopes[place.path] = (step, scope)

    def finished(self, place: Place, step: Step, result: Any) -> None:
        """Remembers what the fields of a step's result were filled from."""
        if place.path in self._scopes:
            origins = step.kind.origins(self._scopes[place.path][1])
            if origins:
                self._origins[place.path] = origins

    async def effect(self, place: Place, call: Call, retry: Retry | None) -> Any:
        """Reads for real; a write is caught and answered with placeholders. Nothing is tried twice."""
        if call.connection == ENGINE and call.operation == "link":
            return {"object": call.parameters["object"], "xcart": call.parameters["xcart"], "sap": call.parameters["sap"]}
        try:
            return await self.connections.perform(call)
        except WouldSendError as would:
            self.calls.append(self._planned(place, call, would.request))
            connector = await self.connections.connector(call.connection)
            return connector.pretend(call.operation, call.parameters)

    def _planned(self, place: Place, call: Call, request: httpx.Request) -> PlannedCall:
        content = request.content
        try:
            body = decode(content) if content else None
        except NotJson:
            body = content.decode("utf-8", "replace")
        return PlannedCall(place.path, call.connection, call.operation, request.method, str(request.url), body, self._filled_from(place))

    def _filled_from(self, place: Place) -> dict[str, str]:
        """The fields of the call with their sources. A parameter that is an earlier step's whole result is told field
        by field, as that step filled them."""
        step, scope = self._scopes[place.path]
        parent = place.path.rpartition("/")[0]
        found: dict[str, str] = {}
        for name, origin in step.kind.origins(scope).items():
            earlier = self._origins.get(f"{parent}/{origin}" if parent else origin)
            if earlier is not None:
                found.update(earlier)
            elif origin != "constant" or "." in name:
                found[name] = origin
        return found
