"""Traces, as OpenTelemetry's own SDK sees them."""

from __future__ import annotations

import time

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from flowrun.errors import Cause, Rejected
from flowrun.runtime.journal.records import RunRecord
from flowrun.serve.tracing import Tracing, tracing


def run(name: str) -> RunRecord:
    accepted = time.time() - 2.0
    nothing = dict.fromkeys(
        ("next_at", "waiting_for", "step", "error", "result", "reason", "replay_of", "review")
    )
    return RunRecord(
        number=1,
        id=name,
        flow="order_to_sap",
        version="v1",
        lane=None,
        key="1042",
        bulk=False,
        event={},
        status="running",
        accepted=accepted,
        changed=accepted,
        **nothing,
    )


def test_the_calls_of_a_run_and_the_run_itself_are_one_trace() -> None:
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    observer = Tracing(provider)
    one, other = run("a"), run("b")
    observer.effect(one, "order", "xcart", "get_order", "answered", 0.25)
    observer.effect(one, "created", "sap", "upsert", "rejected", 0.5)
    observer.ended(one, "dead", Rejected("no", Cause(code="V1/382")))
    observer.effect(other, "order", "xcart", "get_order", "answered", 0.1)
    observer.close()
    read, written, whole, foreign = spans.get_finished_spans()
    assert (
        read.context.trace_id
        == written.context.trace_id
        == whole.context.trace_id
        != foreign.context.trace_id
    )
    assert [span.name for span in (read, written, whole)] == ["xcart.get_order", "sap.upsert", "order_to_sap"]
    assert read.end_time - read.start_time == 250_000_000
    assert whole.end_time - whole.start_time >= 2_000_000_000
    assert [span.status.status_code for span in (read, written, whole)] == [
        StatusCode.UNSET,
        StatusCode.ERROR,
        StatusCode.ERROR,
    ]
    assert whole.attributes["error.type"] == "V1/382"
    assert "1042" not in str([span.to_json() for span in spans.get_finished_spans()]), "a key may be personal"


def test_there_are_no_traces_unless_they_are_asked_for() -> None:
    assert tracing({}) is None
