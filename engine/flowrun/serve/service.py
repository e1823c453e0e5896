"""One process: the engine, and around it everything that brings it events and tells how it is."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from flowrun.component.registry import Registry
from flowrun.errors import ConfigurationError
from flowrun.language.project import Environment
from flowrun.language.workspace import Workspace, read_workspace
from flowrun.runtime.engine import EmbeddedEngine
from flowrun.runtime.journal.file import JournalFile
from flowrun.runtime.state import State
from flowrun.serve.alerts import REPEAT, Alerting, Send
from flowrun.serve.api import TOKEN, Api
from flowrun.serve.app import Readiness, application
from flowrun.serve.background import again_and_again, ended
from flowrun.serve.listener import Listener
from flowrun.serve.lock import JournalLock
from flowrun.serve.logs import LogObserver, say
from flowrun.serve.masking import Mask, secrets_in
from flowrun.serve.metrics import Metrics
from flowrun.serve.observers import Observers
from flowrun.serve.pollers import Poller
from flowrun.serve.pruning import prune
from flowrun.serve.readiness import check_connections, servable
from flowrun.serve.recipients import send_by_apprise
from flowrun.serve.schedules import Scheduler
from flowrun.serve.tracing import tracing
from flowrun.serve.watchers import Watcher


@dataclass(frozen=True, slots=True)
class Settings:
    """How a project is served. The times in seconds below are shorter in tests."""

    host: str = "127.0.0.1"
    port: int = 8080
    journal: Path | None = None
    grace: float = 30.0
    watch_every: float = 2.0
    prune_every: float = 3600.0
    poll_jitter: float = 5.0
    alert_repeat: float = REPEAT
    alert_tick: float = 15.0
    send_alert: Send = field(default=send_by_apprise)


class Service:
    """Serves one environment of one project, from `start` to `stop`."""

    def __init__(
        self,
        folder: Path,
        registry: Registry,
        *,
        environment: str | None = None,
        settings: Settings | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """Reads the project. Raises `ConfigurationError` with everything that keeps it from being served."""
        self.settings = settings or Settings()
        self._registry = registry
        self._variables: Mapping[str, str] = os.environ if variables is None else variables
        self.workspace, self.environment = servable(folder, registry, environment, self._variables)
        project = self.workspace.project
        self.journal_path = self.settings.journal or project.folder / ".flowrun" / "journal.db"
        self.mask = Mask((), project.personal_data)
        self._learn_secrets(self.workspace)
        self.url = ""
        self._stack = AsyncExitStack()
        self._readiness: Readiness | None = None
        self.engine: EmbeddedEngine | None = None
        self.handed_back = 0

    async def start(self) -> None:
        """Returns when events are accepted. Raises `ConfigurationError`, and then leaves nothing behind."""
        async with AsyncExitStack() as stack:
            await self._started(stack)
            self._stack = stack.pop_all()
        say("ready", f"flowrun serve is ready at {self.url}", url=self.url, environment=self.environment.name)

    async def stop(self) -> None:
        """Takes nothing more, lets what is under way end, closes everything. Twice is fine."""
        if self._readiness is not None and not self._readiness.stopping:
            self._readiness.stopping = True
            say("stopping", f"flowrun serve stops; what is under way has {self.settings.grace:g} s to end")
        await self._stack.aclose()

    async def reload_connections(self) -> None:
        """Takes settings and secrets of the connections anew. Raises `ConfigurationError`, and then changes nothing."""
        await self._engine.reload_connections(await self._environment_anew())
        say("reloaded", "the connections are taken anew from flowrun.yaml and the environment")

    async def _environment_anew(self) -> Environment:
        """The environment as flowrun.yaml, its variables and its secret files say now."""
        fresh = await asyncio.to_thread(
            read_workspace, self.workspace.project.folder, self._registry, self._variables
        )
        wrong = [problem for problem in fresh.problems if problem.at.file == "flowrun.yaml"]
        if wrong:
            raise ConfigurationError(f"flowrun.yaml has mistakes: {wrong[0]}", wrong)
        environment = fresh.project.environment(self.environment.name)
        check_connections(self._engine.workspace.flows, environment)
        self._learn_secrets(fresh)
        self.environment = environment
        return environment

    # --- putting together ------------------------------------------------------------------------------------------

    async def _started(self, stack: AsyncExitStack) -> None:
        """Opens from the inside out; `stack` closes from the outside in."""
        settings = self.settings
        lock = JournalLock(self.journal_path)
        stack.callback(lock.release)
        listener = Listener(settings.host, settings.port)
        stack.push_async_callback(listener.stop)
        journal = JournalFile(self.journal_path)
        stack.callback(journal.close)
        state = State(self.workspace.project.folder / ".flowrun" / "state.db", self.environment.name)
        stack.callback(state.close)
        metrics = Metrics()
        alerting = Alerting(self.workspace, self.mask, settings.send_alert, repeat=settings.alert_repeat)
        stack.push_async_callback(alerting.close)
        traces = tracing(self._variables)
        if traces is not None:
            stack.callback(traces.close)
        engine = EmbeddedEngine(
            self.workspace, self.environment, self._registry, state, journal,
            observer=Observers([metrics, LogObserver(), alerting, *([traces] if traces is not None else [])]),
            reread=self._environment_anew,
        )  # fmt: skip
        self.engine = engine
        stack.push_async_callback(self._stop_engine)
        await engine.start()
        pollers = self._pollers(engine)
        stack.push_async_callback(ended, self._tasks(engine, alerting, pollers))
        readiness = self._readiness = Readiness(engine)
        api = Api(engine, self.mask, self.reload_connections, host=settings.host, variables=self._variables)
        stack.push_async_callback(listener.stop)
        await listener.start(application(engine, api, metrics, pollers, readiness))
        self.url = listener.url
        readiness.started = True

    def _pollers(self, engine: EmbeddedEngine) -> list[Poller]:
        return [
            Poller(flow, flow.trigger.poll, engine, jitter=self.settings.poll_jitter)
            for flow in self.workspace.flows.values()
            if flow.trigger is not None and flow.trigger.poll is not None
        ]

    def _tasks(
        self, engine: EmbeddedEngine, alerting: Alerting, pollers: list[Poller]
    ) -> list[asyncio.Task[None]]:
        settings, retention = self.settings, self.workspace.project.retention
        watcher = Watcher(engine, self._registry, self._variables, self.reload_connections)

        async def pruned() -> None:
            await prune(engine.journal, retention, engine.now)

        work = [
            *(poller.run() for poller in pollers),
            *(
                Scheduler(flow, flow.trigger.schedule, engine).run()
                for flow in self.workspace.flows.values()
                if flow.trigger is not None and flow.trigger.schedule is not None
            ),
            again_and_again(
                "watching the files", watcher.look, settings.watch_every, first=settings.watch_every
            ),
            again_and_again("pruning the journal", pruned, settings.prune_every),
            again_and_again("alerting", alerting.tick, settings.alert_tick, first=settings.alert_tick),
        ]
        return [asyncio.create_task(one) for one in work]

    async def _stop_engine(self) -> None:
        engine = self._engine
        before = engine.load()["running"]
        everything = await engine.stop(self.settings.grace)
        self.handed_back = 0 if everything else before
        said = (
            "every run that was under way has ended"
            if everything
            else "runs that were under way go on at the next start"
        )
        say("stopped", f"flowrun serve has stopped; {said}", open=engine.load()["open"])

    def _learn_secrets(self, workspace: Workspace) -> None:
        found = [*secrets_in(workspace.project.alerts), self._variables.get(TOKEN, "")]
        for environment in workspace.project.environments.values():
            found.extend(secrets_in(environment.connections))
        self.mask.learn(found)

    @property
    def _engine(self) -> EmbeddedEngine:
        if self.engine is None:
            raise RuntimeError("the service is not started")
        return self.engine
