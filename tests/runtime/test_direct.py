"""Runs that are carried out at once: attempts, patience, results."""

from __future__ import annotations

import json
import time

import pytest
from fake_bank import Runner

from flowrun.component.http import encode
from flowrun.errors import Cause, ConfigurationError, Fatal, Rejected, Retryable

PUT = "steps: [{id: put, bank.put: {note: a}, retry: {attempts: 4, first: 1ms}}]"


def test_what_may_work_later_is_tried_again_and_told(runner: Runner) -> None:
    runner.bank.answers["a"] = [Retryable("busy"), Retryable("busy")]
    assert runner(PUT).status == "done"
    assert len(runner.bank.calls) == 3
    assert [line.split(" in ")[0] for line in runner.told] == [
        "put: busy; attempt 2 of 4",
        "put: busy; attempt 3 of 4",
    ]


def test_after_the_last_attempt_the_run_fails(runner: Runner) -> None:
    runner.bank.answers["a"] = [Retryable("busy")] * 9
    ran = runner(PUT)
    assert (ran.status, len(runner.bank.calls)) == ("failed", 4)


def test_no_wait_is_longer_than_the_patience(runner: Runner) -> None:
    runner.bank.answers["a"] = [Retryable("busy", after=60)]
    began = time.monotonic()
    assert runner(PUT, patience=1).status == "failed"
    assert time.monotonic() - began < 1
    assert len(runner.bank.calls) == 1


def test_what_the_system_asks_for_is_waited(runner: Runner) -> None:
    runner.bank.answers["a"] = [Retryable("busy", after=0.15)]
    began = time.monotonic()
    assert runner(PUT).status == "done"
    assert time.monotonic() - began >= 0.15


@pytest.mark.parametrize("doubt", [True, False])
def test_what_may_not_be_repeated_never_is(runner: Runner, *, doubt: bool) -> None:
    runner.bank.answers["a"] = [Retryable("lost", doubt=doubt)]
    assert runner("steps: [{id: pay, bank.pay: {note: a}}]").status == "failed"
    assert runner.bank.calls == ["a"]


@pytest.mark.parametrize(
    ("error", "status", "connection_failed"),
    [
        (Rejected("no"), "rejected", False),
        (Fatal("401"), "failed", True),
        (Retryable("503"), "failed", True),
        (KeyError("a mistake in the connector"), "rejected", False),
    ],
)
def test_errors_are_sorted_and_each_names_its_connection(
    runner: Runner, error: Exception, status: str, *, connection_failed: bool
) -> None:
    runner.bank.answers["a"] = [error]
    ran = runner(PUT, patience=0)
    assert (ran.status, ran.connection_failed) == (status, connection_failed)
    assert ran.error is not None
    assert ran.error.as_data()["connection"] == "bank"


def test_the_text_of_a_connector_s_own_mistake_is_not_shown(runner: Runner) -> None:
    runner.bank.answers["a"] = [ValueError("login with hunter2 failed")]
    ran = runner(PUT)
    assert "hunter2" not in encode(ran.as_data()).decode()


@pytest.mark.parametrize(
    "steps",
    [
        "[{id: a, bank.put: {note: a}}, {id: b, unset.put: {note: b}}]",
        "[{id: a, bank.put: {note: a}}, {id: b, flow: sub}]",
        "[{id: a, bank.put: {note: a}, undo: [{id: u, unset.put: {note: u}}]}]",
        "[{id: a, bank.put: {note: a}}, {id: b, parallel: {one: [{id: c, unset.put: {note: b}}]}}]",
    ],
    ids=["step", "sub-flow", "undo", "branch"],
)
def test_a_connection_that_cannot_be_used_is_told_before_anything_is_done(runner: Runner, steps: str) -> None:
    with pytest.raises(
        ConfigurationError, match="'unset' needs the environment variable A_VARIABLE_NOBODY_SETS"
    ):
        runner(f"steps: {steps}", sub="steps: [{id: x, unset.look: {note: x}}]")
    assert runner.bank.calls == []


def test_a_value_that_a_person_must_map_is_put_into_the_inbox(runner: Runner) -> None:
    flow = "steps: [{id: t, transform: {fields: {m: {lookup: skus, key: {from: event.sku}, missing: park}}}}]"
    for _ in range(2):
        assert runner(flow, {"sku": "X-1"}, tables={"skus": "sku,material\nA,B\n"}).status == "rejected"
    (waiting,) = runner.state.unmapped()
    assert (waiting.lookup, waiting.key, waiting.column, waiting.times) == ("skus", "X-1", "material", 2)


def test_a_result_is_json_with_its_status_and_the_error_s_details(runner: Runner) -> None:
    runner.bank.answers["a"] = [Rejected("no", Cause("V1/382", target="Material"))]
    told = json.loads(encode(runner(PUT).as_data()))
    assert told["status"] == "rejected"
    assert told["error"] == {
        "kind": "rejected",
        "message": "no",
        "code": "V1/382",
        "target": "Material",
        "connection": "bank",
    }
