"""Numbers for Prometheus: what happened since the start, and how things stand when it asks."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector

from flowrun.errors import RunError
from flowrun.runtime.engine import EmbeddedEngine
from flowrun.runtime.journal import store
from flowrun.runtime.journal.records import RunRecord
from flowrun.runtime.observer import Silent
from flowrun.serve.pollers import Poller

CONDITIONS = ("well", "down", "paused")
FRESH = 5.0
"""Seconds for which the counts of the journal are good: a large journal is not counted for every question."""
_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics(Silent):
    """An observer that counts, and the answer to GET /metrics."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        known: Any = {"registry": self.registry, "namespace": "flowrun"}
        self._accepted = Counter("accepted", "Events that became runs.", ["flow"], **known)
        self._duplicates = Counter(
            "duplicates", "Deliveries that had been accepted before.", ["flow"], **known
        )
        self._ended = Counter("runs_ended", "Runs that ended.", ["flow", "status"], **known)
        self._retries = Counter("retries", "Attempts that will be repeated.", ["flow"], **known)
        self._reviews = Counter("reviews", "Runs that a person should look at.", ["flow"], **known)
        self._effects = Counter(
            "effects", "Calls to systems.", ["connection", "operation", "outcome"], **known
        )
        self._seconds = Histogram(
            "effect_seconds", "How long calls took.", ["connection", "operation"], buckets=_BUCKETS, **known
        )
        self._runs = Gauge("runs", "Runs in the journal.", ["flow", "status"], **known)
        self._oldest = Gauge(
            "oldest_open_run_age_seconds", "Age of the oldest run that has not ended.", **known
        )
        self._load = Gauge("load", "Runs in memory, by what they do.", ["state"], **known)
        self._condition = Gauge(
            "connection_condition",
            "1 for the condition a connection is in.",
            ["connection", "condition"],
            **known,
        )
        self._limit = Gauge(
            "permits_limit", "Calls that a connection may have in flight.", ["connection"], **known
        )
        self._in_flight = Gauge("permits_in_flight", "Calls in flight.", ["connection"], **known)
        self._waiting = Gauge("permits_waiting", "Calls that wait for their turn.", ["connection"], **known)
        self._lag = Gauge(
            "poll_lag_seconds", "Time since a poll last took all that was new.", ["flow"], **known
        )
        self._poll_failures = Gauge("poll_failures", "Polls that failed since the start.", ["flow"], **known)
        self._poll_not_taken = Gauge(
            "poll_not_taken", "Polled records without the flow's key.", ["flow"], **known
        )
        ProcessCollector(registry=self.registry)
        self._counts: dict[tuple[str, str], int] = {}
        self._oldest_accepted: float | None = None
        self._counted_at = -FRESH
        self._counting = asyncio.Lock()

    # --- what the runtime tells ------------------------------------------------------------------------------------

    def accepted(self, run: str, flow: str, key: str | None, *, new: bool) -> None:
        """Counts."""
        (self._accepted if new else self._duplicates).labels(flow).inc()

    def effect(
        self, run: RunRecord, place: str, connection: str, operation: str, outcome: str, seconds: float
    ) -> None:
        """Counts and times."""
        self._effects.labels(connection, operation, outcome).inc()
        self._seconds.labels(connection, operation).observe(seconds)

    def suspended(self, run: RunRecord, status: str, why: str, until: float | None) -> None:
        """Counts retries; what waits is counted in the journal."""
        if status == "retrying":
            self._retries.labels(run.flow).inc()

    def ended(self, run: RunRecord, status: str, error: RunError | None) -> None:
        """Counts."""
        self._ended.labels(run.flow, status).inc()

    def review(self, run: RunRecord, what: str) -> None:
        """Counts."""
        self._reviews.labels(run.flow).inc()

    # --- what Prometheus asks --------------------------------------------------------------------------------------

    async def exposition(self, engine: EmbeddedEngine, pollers: Iterable[Poller]) -> bytes:
        """The answer to GET /metrics."""
        await self._count(engine.journal.path)
        self._runs.clear()
        for (flow, status), count in self._counts.items():
            self._runs.labels(flow, status).set(count)
        self._oldest.set(
            max(engine.now() - self._oldest_accepted, 0.0) if self._oldest_accepted is not None else 0.0
        )
        for state, count in engine.load().items():
            self._load.labels(state).set(count)
        self._ask_connections(engine)
        for poller in pollers:
            self._lag.labels(poller.flow.name).set(poller.lag())
            self._poll_failures.labels(poller.flow.name).set(poller.failures)
            self._poll_not_taken.labels(poller.flow.name).set(poller.not_taken)
        return generate_latest(self.registry)

    def _ask_connections(self, engine: EmbeddedEngine) -> None:
        for name, health in engine.conditions().items():
            for condition in CONDITIONS:
                self._condition.labels(name, condition).set(health.condition == condition)
            permits = engine.permits(name)
            self._limit.labels(name).set(permits.limit.allowed)
            self._in_flight.labels(name).set(permits.in_flight)
            self._waiting.labels(name).set(permits.waiting)

    async def _count(self, journal: Path, clock: Callable[[], float] = time.monotonic) -> None:
        async with self._counting:
            if clock() - self._counted_at >= FRESH:
                self._counts, self._oldest_accepted = await asyncio.to_thread(_counted, journal)
                self._counted_at = clock()


def _counted(journal: Path) -> tuple[dict[tuple[str, str], int], float | None]:
    """By a connection of its own and in a thread: counting millions of rows must not hold up the event loop."""
    with closing(sqlite3.connect(f"{journal.absolute().as_uri()}?mode=ro", uri=True, timeout=10)) as db:
        db.row_factory = sqlite3.Row
        return store.counts(db), store.oldest_open(db)
