"""A run that is carried out at once, in this process, while somebody watches: `flowrun run` and `flowrun
demo`.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from flowrun.component.step import Call, ErrorRule, Retry, Step
from flowrun.component.values import Duration
from flowrun.errors import Cause, Parked, Rejected, Retryable, RunError
from flowrun.expressions.scope import Scope
from flowrun.language.flow import Flow
from flowrun.language.workspace import Workspace
from flowrun.runtime.backoff import wait_before
from flowrun.runtime.connections import Connections
from flowrun.runtime.interpreter import Interpreter, Skipped
from flowrun.runtime.needed import needed_connections
from flowrun.runtime.result import RunResult, status_of
from flowrun.runtime.rules import sorted_by
from flowrun.runtime.seam import Place, Progress, Run

Told = Callable[[str], None]
"""Takes a line for the person who watches."""


def new_run_id() -> str:
    """A name for a run: sorts by time, and no two are alike."""
    return f"{datetime.now(UTC):%Y%m%d%H%M%S}-{secrets.token_hex(4)}"


class DirectRun:
    """Performs each call at once and tries again within a total of `patience` seconds."""

    def __init__(
        self, run_id: str, connections: Connections, *, patience: float, tell: Told | None = None
    ) -> None:
        self.id = run_id
        self._connections = connections
        self._patience = patience
        self._tell = tell or (lambda _: None)
        self._rules: dict[Place, tuple[ErrorRule, ...]] = {}
        self._progress: dict[Place, Progress] = {}

    def began(self, place: Place, step: Step, scope: Scope) -> None:
        """Keeps what the step says about its errors: it may forbid another attempt, or ask for one."""
        if step.on_error:
            self._rules[place] = step.on_error

    def finished(self, place: Place, step: Step, result: Any) -> None:
        """Nothing to keep."""

    async def sleep_until(self, place: Place, seconds: float) -> None:
        """Waits, if the patience allows it. Hours and days are for `flowrun serve`, which survives them."""
        if seconds > self._patience:
            raise Rejected(
                f"{place.path}: this run would wait {Duration(seconds)}; "
                "give it more --patience, or let `flowrun serve` run it",
                Cause(code="too-long-a-wait"),
            )
        self._patience -= seconds
        await asyncio.sleep(seconds)

    async def wait_for(self, place: Place, source: str, path: str, value: str, timeout: float) -> Any:
        """No event ever comes to a run that is carried out at once."""
        raise Rejected(
            f"{place.path}: this run would wait for {source}, and only `flowrun serve` hears of events",
            Cause(code="too-long-a-wait"),
        )

    async def set_aside(self, place: Place, flow: str, event: Mapping[str, Any], error: Rejected) -> None:
        """Tells it, since there is no journal to keep it in."""
        self._tell(f"{place.path}: {flow} is left out: {error.message}")

    def progress(self, place: Place) -> Progress:
        """From the first page."""
        return self._progress.get(place, Progress())

    async def turned(self, place: Place, progress: Progress) -> None:
        """Tells how far it has come."""
        self._progress[place] = progress
        self._tell(f"{place.path}: page {progress.pages}, {progress.rows} rows")

    async def effect(self, place: Place, call: Call, retry: Retry | None) -> Any:
        """The answer to a call, after as many attempts as the flow and the patience allow."""
        attempt = 1
        while True:
            try:
                return await self._connections.perform(call)
            except RunError as raised:
                error = sorted_by(raised, self._rules.get(place, ()))
                attempt += 1
                if not isinstance(error, Retryable) or retry is None or attempt > retry.attempts:
                    raise error from raised
                chance = random.random()  # noqa: S311 - jitter is no secret
                wait = wait_before(attempt, retry, chance=chance, asked=error.after)
                if wait > self._patience:
                    raise error from raised
                self._patience -= wait
                self._tell(
                    f"{place.path}: {error.message}; attempt {attempt} of {retry.attempts} in {wait:.1f} s"
                )
                await asyncio.sleep(wait)


async def carry_out(
    workspace: Workspace,
    flow: Flow,
    event: Mapping[str, Any],
    connections: Connections,
    *,
    patience: float = 10.0,
    tell: Told | None = None,
) -> RunResult:
    """Runs a flow once with this event. Errors of the run are in the result; `ConfigurationError` is
    raised.
    """
    run = DirectRun(new_run_id(), connections, patience=patience, tell=tell)
    result = await interpreted(workspace, flow, event, connections, run)
    if isinstance(result.error, Parked):
        error = result.error
        connections.state.remember_unmapped(error.table, error.key, error.column, flow.name, run.id)
    return result


async def interpreted(
    workspace: Workspace, flow: Flow, event: Mapping[str, Any], connections: Connections, run: Run
) -> RunResult:
    """Runs a flow through any `Run` and says how it ended. A connection that cannot be used ends it before
    it begins.
    """
    await connections.prepare(needed_connections(flow, workspace.flows))
    interpreter = Interpreter(workspace.flows, run)
    names = {
        "event": event,
        "run": {"id": run.id, "flow": flow.name, "started": datetime.now(UTC)},
        "env": dict(connections.environment.values),
    }
    results = interpreter.results
    try:
        await interpreter.start(flow, workspace.scope(names))
    except Skipped as skipped:
        return RunResult(run.id, flow.name, flow.version, "skipped", results, reason=skipped.reason)
    except RunError as error:
        return RunResult(run.id, flow.name, flow.version, status_of(error), results, error)
    return RunResult(run.id, flow.name, flow.version, "done", results)
