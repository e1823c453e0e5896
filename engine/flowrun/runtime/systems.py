"""The systems on the other side as the engine knows them: how each is, and how much it may be asked."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from flowrun.component.connector import Connector
from flowrun.component.settings import Limits
from flowrun.errors import ConfigurationError, Rejected, RunError
from flowrun.language.project import Environment
from flowrun.runtime.connections import Connections
from flowrun.runtime.health import Health
from flowrun.runtime.journal import store
from flowrun.runtime.journal.file import JournalError, JournalFile
from flowrun.runtime.limits import Permits
from flowrun.runtime.observer import Observer


class Systems:
    """Health, permits and probes of all connections of an environment.

    `recovered` is told when one is well again. `reread` reads the environment anew, so that a secret that was changed
    is taken without a restart.
    """

    def __init__(
        self,
        journal: JournalFile,
        connections: Connections,
        observer: Observer,
        clock: Callable[[], float],
        recovered: Callable[[str], None],
        reread: Callable[[], Awaitable[Environment]] | None = None,
    ) -> None:
        self.journal = journal
        self.connections = connections
        self.observer = observer
        self.now = clock
        self._recovered = recovered
        self._reread = reread
        self._health: dict[str, Health] = {}
        self._permits: dict[str, Permits] = {}
        self._probes: dict[str, asyncio.Task[None]] = {}

    def health(self, connection: str) -> Health:
        """The condition of a connection."""
        return self._health.setdefault(connection, Health())

    def is_well(self, connection: str) -> bool:
        """Whether a connection can be called now."""
        return self.health(connection).condition == "well"

    def conditions(self) -> Mapping[str, Health]:
        """The condition of every connection that was used."""
        return dict(self._health)

    def permits(self, connection: str) -> Permits:
        """The right to call a connection."""
        if connection not in self._permits:
            self._permits[connection] = Permits(self._limits(connection))
        return self._permits[connection]

    def settle(self, connection: str) -> float:
        """Seconds for which a system may still work on a write whose answer was lost."""
        return self._limits(connection).settle.seconds

    def _limits(self, connection: str) -> Limits:
        settings = self.connections.environment.connections.get(connection)
        return settings.limits if settings is not None else Limits(at_once=256)

    # --- probes ------------------------------------------------------------------------------------------------

    def remember_pauses(self, db: sqlite3.Connection) -> None:
        """What was paused before a restart still is, until it answers."""
        for connection, (since, reason) in store.pauses(db).items():
            health = self.health(connection)
            health.condition, health.reason, health.since = "paused", reason, since
            self.worsened(connection)

    def worsened(self, connection: str) -> None:
        """A connection is no longer well: tell it, and ask it until it is."""
        if connection in self._probes and not self._probes[connection].done():
            return
        self._probes[connection] = asyncio.create_task(self._ask_until_well(connection))

    async def reload(self, environment: Environment) -> None:
        """Takes settings, limits and secrets anew; what is not well is asked at once."""
        before = {name: self._limits(name) for name in self._permits}
        await self.connections.reload(environment)
        for name, limits in before.items():
            if self._limits(name) != limits:
                del self._permits[name]  # calls under way give theirs back to the old ones
        for connection, health in self._health.items():
            if health.condition != "well":
                health.next_probe = self.now()
                self.worsened(connection)

    async def stop(self) -> None:
        """Ends all probes."""
        for probe in self._probes.values():
            probe.cancel()
        await asyncio.gather(*self._probes.values(), return_exceptions=True)

    async def _ask_until_well(self, connection: str) -> None:
        """Probes a connection, less and less often, until it answers; then lets go what waits for it."""
        health = self.health(connection)
        self.observer.connection(connection, health.condition, health.reason, health.owner)
        if health.condition == "paused":
            since, reason = health.since or self.now(), health.reason
            await self._quietly(lambda db: store.set_pause(db, connection, since, reason))
        while not self.is_well(connection):
            await asyncio.sleep(min(max(health.next_probe - self.now(), 0.01), 1.0))
            if self.is_well(connection) or self.now() < health.next_probe:
                continue
            await self._probe(connection, health)
        await self._quietly(lambda db: store.clear_pause(db, connection))
        self.observer.connection(connection, "well", "")
        self._recovered(connection)

    async def _probe(self, connection: str, health: Health) -> None:
        try:
            if health.condition == "paused":
                await self._renew(connection)
            connector: Connector[Any] = await self.connections.connector(connection)
            await connector.probe()
        except RunError as error:
            health.probed_in_vain(error, self.now())
        except ConfigurationError as error:
            health.probed_in_vain(Rejected(str(error)), self.now())
        else:
            health.succeeded()

    async def _renew(self, connection: str) -> None:
        """Opens a paused connection anew, with its settings and secrets as they stand now."""
        if self._reread is not None:
            self.connections.environment = await self._reread()
        await self.connections.forget(connection)

    async def _quietly(self, work: Callable[[sqlite3.Connection], None]) -> None:
        """Writes what is good to know after a restart; without it the restart finds out by itself."""
        try:
            await self.journal.write(work)
        except JournalError as error:
            self.observer.connection("journal", "down", str(error))
