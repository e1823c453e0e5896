"""A run that is carried out at once, in this process, while somebody watches: `flowrun run` and `flowrun demo`."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from flowrun.component.step import Call, Retry, Step
from flowrun.errors import Parked, Retryable, RunError
from flowrun.expressions.scope import Scope
from flowrun.language.flow import Flow
from flowrun.language.workspace import Workspace
from flowrun.runtime.backoff import wait_before
from flowrun.runtime.connections import Connections
from flowrun.runtime.interpreter import Interpreter, Skipped
from flowrun.runtime.result import RunResult, status_of
from flowrun.runtime.seam import Place, Run

Told = Callable[[str], None]
"""Takes a line for the person who watches."""


def new_run_id() -> str:
    """A name for a run: sorts by time, and no two are alike."""
    return f"{datetime.now(UTC):%Y%m%d%H%M%S}-{secrets.token_hex(4)}"


class DirectRun:
    """Performs each call at once and tries again within a total of `patience` seconds."""

    def __init__(self, run_id: str, connections: Connections, *, patience: float, tell: Told | None = None) -> None:
        self.id = run_id
        self._connections = connections
        self._patience = patience
        self._tell = tell or (lambda _: None)

    def began(self, place: Place, step: Step, scope: Scope) -> None:
        """Nothing to keep."""

    def finished(self, place: Place, step: Step, result: Any) -> None:
        """Nothing to keep."""

    async def effect(self, place: Place, call: Call, retry: Retry | None) -> Any:
        """The answer to a call, after as many attempts as the flow and the patience allow."""
        attempt = 1
        while True:
            try:
                return await self._connections.perform(call)
            except Retryable as error:
                attempt += 1
                if retry is None or attempt > retry.attempts:
                    raise
                wait = wait_before(attempt, retry, chance=random.random(), asked=error.after)  # noqa: S311 - jitter is no secret
                if wait > self._patience:
                    raise
                self._patience -= wait
                self._tell(f"{place.path}: {error.message}; attempt {attempt} of {retry.attempts} in {wait:.1f} s")
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
    """Runs a flow once with this event. Errors of the run are in the result; `ConfigurationError` is raised."""
    run = DirectRun(new_run_id(), connections, patience=patience, tell=tell)
    result = await interpreted(workspace, flow, event, connections, run)
    if isinstance(result.error, Parked):
        error = result.error
        connections.state.remember_unmapped(error.table, error.key, error.column, flow.name, run.id)
    return result


async def interpreted(
    workspace: Workspace, flow: Flow, event: Mapping[str, Any], connections: Connections, run: Run
) -> RunResult:
    """Runs a flow through any `Run` and says how it ended."""
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
