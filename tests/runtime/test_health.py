"""When a connection is taken for down, and when for well again."""

from __future__ import annotations

from flowrun.errors import Cause, Fatal, Rejected, Retryable
from flowrun.runtime.health import FAILURES_TO_OPEN, LONGEST_PROBE, Health

DOWN = Retryable("no answer", Cause(code="unreachable"))
LOCKED = Retryable("locked", Cause(code="56/393", status=400))
BAD = Rejected("bad", Cause(status=400))


def test_some_failures_in_a_row_open_the_circuit() -> None:
    health = Health()
    changes = [health.failed(DOWN, now=0.0) for _ in range(FAILURES_TO_OPEN)]
    assert changes == [None] * (FAILURES_TO_OPEN - 1) + ["down"]


def test_an_error_that_is_an_answer_shows_that_the_system_is_there() -> None:
    health = Health()
    for _ in range(FAILURES_TO_OPEN - 1):
        health.failed(DOWN, now=0.0)
    health.failed(BAD, now=0.0)
    health.failed(LOCKED, now=0.0)
    assert health.failed(DOWN, now=0.0) is None
    assert health.condition == "well"


def test_refused_credentials_pause_at_once_and_are_told_once() -> None:
    health = Health()
    assert health.failed(Fatal("401"), now=5.0) == "paused"
    assert health.failed(Fatal("401"), now=6.0) is None
    assert (health.condition, health.since) == ("paused", 5.0)


def test_one_good_answer_makes_it_well() -> None:
    health = Health()
    health.failed(Fatal("401"), now=0.0)
    assert health.succeeded()
    assert not health.succeeded()
    assert health.condition == "well"


def test_probes_come_less_and_less_often_up_to_a_limit() -> None:
    health = Health()
    health.failed(Fatal("401"), now=0.0)
    waits = []
    for _ in range(10):
        before = health.next_probe
        health.probed_in_vain(DOWN, now=before)
        waits.append(health.next_probe - before)
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_PROBE
