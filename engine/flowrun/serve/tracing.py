"""Traces for OpenTelemetry: one trace a run, one span for each of its calls. An extra, off unless it is asked for."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from flowrun.errors import RunError
from flowrun.runtime.journal.records import RunRecord
from flowrun.runtime.observer import Silent

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_NANOSECONDS = 1_000_000_000


def tracing(variables: Mapping[str, str]) -> Tracing | None:
    """An observer that sends traces to where OpenTelemetry's own variables say; None when they do not say it, or the
    extra `tracing` is not installed.
    """
    if not variables.get(ENDPOINT) or find_spec("opentelemetry") is None:
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - an extra
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider = TracerProvider(resource=Resource.create({"service.name": "flowrun"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Tracing(provider)


class Tracing(Silent):
    """An observer that makes spans. A run's calls share a trace over restarts, since its id is made from the run's."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("flowrun")

    def effect(
        self, run: RunRecord, place: str, connection: str, operation: str, outcome: str, seconds: float
    ) -> None:
        """One call of one connection."""
        attributes = {"flowrun.step": place, "flowrun.outcome": outcome, "peer.service": connection}
        self._span(run, f"{connection}.{operation}", seconds, attributes, failed=outcome != "answered")

    def ended(self, run: RunRecord, status: str, error: RunError | None) -> None:
        """A whole run, from its acceptance to its end."""
        attributes: dict[str, Any] = {"flowrun.status": status}
        if error is not None and error.cause.code:
            attributes["error.type"] = error.cause.code
        self._span(run, run.flow, max(time.time() - run.accepted, 0.0), attributes, failed=status == "dead")

    def close(self) -> None:
        """Sends what is still waiting."""
        self._provider.shutdown()

    def _span(
        self, run: RunRecord, name: str, seconds: float, attributes: Mapping[str, Any], *, failed: bool
    ) -> None:
        from opentelemetry.trace import StatusCode  # noqa: PLC0415 - an extra

        end = time.time_ns()
        own = {"flowrun.run": run.id, "flowrun.flow": f"{run.flow}@{run.version}", **attributes}
        span = self._tracer.start_span(
            name, _context(run), attributes=own, start_time=end - int(seconds * _NANOSECONDS)
        )
        if failed:
            span.set_status(StatusCode.ERROR)
        span.end(end)


def _context(run: RunRecord) -> Context:
    """The trace that all spans of a run belong to."""
    from opentelemetry.trace import (  # noqa: PLC0415 - an extra
        NonRecordingSpan,
        SpanContext,
        TraceFlags,
        set_span_in_context,
    )

    name = hashlib.sha256(run.id.encode()).digest()
    trace, span = int.from_bytes(name[:16], "big"), int.from_bytes(name[16:24], "big")
    return set_span_in_context(
        NonRecordingSpan(SpanContext(trace, span, True, TraceFlags(TraceFlags.SAMPLED)))
    )
