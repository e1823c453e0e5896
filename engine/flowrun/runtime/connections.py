"""The open connections of one environment, and what the engine answers itself."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, Self, TypeVar

from flowrun.component.connector import Connector, Operation, Surroundings
from flowrun.component.http import SendGuard
from flowrun.component.registry import Registry
from flowrun.component.step import Call
from flowrun.errors import Cause, ConfigurationError, FlowrunError, Rejected, RunError, merged
from flowrun.language.project import Environment, Project
from flowrun.runtime.guard import WouldSendError
from flowrun.runtime.own import performed
from flowrun.runtime.state import State

T = TypeVar("T")
ENGINE = "flowrun"
"""The connection that is the engine itself."""


class Connections:
    """Opens each connection when it is first used, and closes all of them at the end."""

    def __init__(
        self,
        project: Project,
        environment: Environment,
        registry: Registry,
        state: State,
        guard: SendGuard | None = None,
    ) -> None:
        self.project = project
        self.environment = environment
        self.registry = registry
        self.state = state
        self._guard = guard
        self._open: dict[str, Connector[Any]] = {}
        self._opening = asyncio.Lock()
        self._under_way: Counter[Connector[Any]] = Counter()
        self._leaving: set[Connector[Any]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes what was opened. Twice is fine."""
        async with AsyncExitStack() as all_of_them:  # one that cannot be closed keeps none of the others open
            for connector in (*self._open.values(), *self._leaving):
                all_of_them.push_async_callback(connector.close)
            self._open.clear()
            self._leaving.clear()

    async def prepare(self, names: Iterable[str]) -> None:
        """Opens these connections. Raises `ConfigurationError` for the first that cannot be used."""
        for name in names:
            await self.connector(name)

    async def connector(self, name: str) -> Connector[Any]:
        """The open connector of a connection. Raises `ConfigurationError` when it cannot be used in this
        environment.
        """
        if name in self._open:
            return self._open[name]
        async with self._opening:
            if name not in self._open:
                connector = self._made(name)
                try:
                    await connector.open()
                except BaseException:
                    await connector.close()
                    raise
                self._open[name] = connector
        return self._open[name]

    async def forget(self, name: str) -> None:
        """Closes a connection, so that it is opened anew, with its settings and secrets as they are then."""
        connector = self._open.pop(name, None)
        if connector is None:
            return
        if self._under_way[connector]:
            self._leaving.add(connector)  # the last of its calls closes it
        else:
            await connector.close()

    async def reload(self, environment: Environment) -> None:
        """Takes the settings of all connections anew."""
        self.environment = environment
        for name in list(self._open):
            await self.forget(name)

    def _made(self, name: str) -> Connector[Any]:
        connection = self.environment.connections.get(name)
        if connection is None:
            raise ConfigurationError(
                f"the environment '{self.environment.name}' has no connection '{name}'; name it in "
                f"flowrun.yaml"
            )
        if connection.unset:
            files = [one for one in connection.unset if one.startswith("file ")]
            variables = [one for one in connection.unset if one not in files]
            named = [*([f"environment variable {', '.join(variables)}"] if variables else []), *files]
            wanted = " and the ".join(named)
            raise ConfigurationError(f"the connection '{name}' needs the {wanted}, which is not set")
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
            return performed(self.state, call)
        if call.page is not None:
            return await self._with(call, partial(_page, call, call.page))
        return await self._with(call, lambda connector: connector.perform(call.operation, call.parameters))

    async def taken(self, call: Call, records: Sequence[Mapping[str, Any]]) -> bool:
        """Tells the connector that what a call has brought is written down. True when there may be more at once."""
        return await self._with(
            call, lambda connector: connector.taken(call.operation, call.parameters, records)
        )

    async def _with(self, call: Call, work: Callable[[Connector[Any]], Awaitable[T]]) -> T:
        connector = await self.connector(call.connection)
        self._under_way[connector] += 1
        try:
            return await work(connector)
        except RunError as error:
            if not error.cause.connection:
                error.cause = merged(error.cause, {"connection": call.connection})
            raise
        except (FlowrunError, WouldSendError):
            raise
        except Exception as error:
            # A connector's own mistake. Its text may hold anything, a password too, so only its kind is told.
            # It is about this record: another one may well go through, so the connection is not paused for it.
            raise Rejected(
                f"{call.connection}: the connector broke in `{call.operation}` ({type(error).__name__}); "
                "this is a mistake in the connector, --debug shows where",
                Cause(code="connector-broke", connection=call.connection),
            ) from error
        finally:
            await self._ended(connector)

    async def _ended(self, connector: Connector[Any]) -> None:
        self._under_way[connector] -= 1
        if not self._under_way[connector]:
            del self._under_way[connector]
            if connector in self._leaving:
                self._leaving.discard(connector)
                await connector.close()


async def _page(call: Call, cursor: str, connector: Connector[Any]) -> dict[str, Any]:
    page = await connector.page(call.operation, call.parameters, cursor)
    return {"rows": page.rows, "next": page.next}
