"""Step kind: one request to any JSON service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from flowrun.component.config import Config, field
from flowrun.component.step import Call, ConnectionName, Instruction, Perform, StepKind
from flowrun.expressions.scope import Scope
from flowrun.expressions.shapes import ANYTHING, INTEGER, Record, Shape
from flowrun.expressions.values import Value


class HttpRequest(Config):
    """One request."""

    connection: ConnectionName = field(
        description="A connection of the connector `http`, which knows the address and the credentials.",
        examples=["tax_service"],
    )
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = field("GET", description="What is done.")
    path: Value = field(
        description="Where, below the connection's address.",
        examples=["/rates", '{text: "/rates/{{ order.currency }}"}'],
    )
    query: Mapping[str, Value] = field(
        default_factory=dict,
        description="What stands behind the `?`.",
        examples=["{country: {from: order.country}}"],
    )
    headers: Mapping[str, Value] = field(
        default_factory=dict, description="Headers beside those of the connection."
    )
    body: Value | None = field(None, description="What is sent, as JSON.")


class Http(StepKind):
    """Sends one request to a JSON service. The result has `status`, `headers` and `body`."""

    name: ClassVar[str] = "http"
    words: ClassVar[str] = "Sends a request: {http}"
    acts: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("get", "request")
    gives: ClassVar[Shape] = Record({"status": INTEGER, "headers": ANYTHING, "body": ANYTHING}, name="answer")
    example: ClassVar[str] = """
    - id: rate
      http: {connection: tax_service, path: {text: "/rates/{{ event.currency }}"}}
    """

    http: HttpRequest = field(description="The request.")

    def decide(self, scope: Scope) -> Instruction:
        """The request with its values filled in."""
        request = self.http
        parameters: dict[str, Any] = {"path": request.path.evaluate(scope)}
        if request.query:
            parameters["query"] = {name: value.evaluate(scope) for name, value in request.query.items()}
        if request.headers:
            parameters["headers"] = {name: value.evaluate(scope) for name, value in request.headers.items()}
        if request.body is not None:
            parameters["body"] = request.body.evaluate(scope)
        if request.method == "GET":
            return Perform(Call(request.connection, "get", parameters))
        return Perform(Call(request.connection, "request", {"method": request.method, **parameters}))

    def may_repeat(self) -> bool:
        """As HTTP says of the method: reading, replacing and deleting twice is like doing it once."""
        return self.http.method in ("GET", "PUT", "DELETE")

    def origins(self, scope: Scope) -> dict[str, str]:
        """Each field of what is sent, with its source."""
        request = self.http
        found = dict(request.path.origins(scope, "path"))
        for name, value in request.query.items():
            found.update(value.origins(scope, f"query.{name}"))
        if request.body is not None:
            found.update(request.body.origins(scope, "body"))
        return found
