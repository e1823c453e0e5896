"""The open connections of one environment, and what the engine answers itself."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Self

from flowrun.component.connector import Connector, Operation, SendGuard, Surroundings
from flowrun.component.registry import Registry
from flowrun.component.step import Call
from flowrun.errors import Cause, ConfigurationError, Rejected, RunError, merged
from flowrun.language.project import Environment, Project
from flowrun.runtime.state import State

ENGINE = "flowrun"
"""The connection that is the engine itself."""


class Connections:
    """Opens each connection when it is first used, and closes all of them at the end."""

    def __init__(
        self, project: Project, environment: Environment, registry: Registry, state: State, guard: SendGuard | None = None
    ) -> None:
        self.project = project
        self.environment = environment
        self.registry = registry
        self.state = state
        self._guard = guard
        self._open: dict[str, Connector[Any]] = {}
        self._opening = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes what was opened. Twice is fine."""
        while self._open:
            _, connector = self._open.popitem()
            await connector.close()

    async def connector(self, name: str) -> Connector[Any]:
        """The open connector of a connection. Raises `ConfigurationError` when it cannot be used in this environment."""
        if name in self._open:
            return self._open[name]
        async with self._opening:
            if name not in self._open:
                connector = self._made(name)
                await connector.open()
                self._open[name] = connector
        return self._open[name]

    def _made(self, name: str) -> Connector[Any]:
        connection = self.environment.connections.get(name)
        if connection is None:
            raise ConfigurationError(f"the environment '{self.environment.name}' has no connection '{name}'; name it in flowrun.yaml")
        if connection.unset:
            variables = ", ".join(connection.unset)
            raise ConfigurationError(f"the connection '{name}' needs the environment variable {variables}, which is not set")
        if connection.config is None:
            raise ConfigurationError(f"the connection '{name}' is not usable; `flowrun validate` says why")
        surroundings = Surroundings(name, self._guard, self.project.metadata / name)
        return self.registry.connectors[connection.connector](connection.config, surroundings)

    def operation(self, call: Call) -> Operation | None:
        """What is known of a call's operation; None for what the engine answers itself."""
        connection = self.environment.connections.get(call.connection)
        if call.connection == ENGINE or connection is None:
            return None
        return self.registry.connectors[connection.connector].operations().get(call.operation)

    async def perform(self, call: Call) -> Any:
        """Carries a call out. Every error says which connection it came from."""
        if call.connection == ENGINE:
            return self._own(call)
        connector = await self.connector(call.connection)
        try:
            return await connector.perform(call.operation, call.parameters)
        except RunError as error:
            if not error.cause.connection:
                error.cause = merged(error.cause, {"connection": call.connection})
            raise

    def _own(self, call: Call) -> Any:
        parameters: Mapping[str, Any] = call.parameters
        if call.operation == "linked":
            number = parameters["number"]
            if number is None or number == "":
                return {"object": parameters["object"], "xcart": None, "sap": None}
            return self.state.linked(parameters["object"], parameters["side"], str(number)).as_data()
        numbers = {side: parameters[side] for side in ("xcart", "sap")}
        for side, number in numbers.items():
            if number is None or number == "":
                raise Rejected(f"link: the number of `{side}` is missing", Cause(code="bad-parameter", target=side))
        return self.state.link(parameters["object"], str(numbers["xcart"]), str(numbers["sap"])).as_data()
