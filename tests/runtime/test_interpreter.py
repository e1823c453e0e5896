"""What the interpreter makes of each kind of step, and of steps that fail."""

from __future__ import annotations

from typing import Any

import pytest
from fake_bank import Runner

from flowrun.errors import Cause, Detail, Fatal, Rejected, Retryable


def test_a_step_whose_when_does_not_hold_is_left_out_and_gives_null(runner: Runner) -> None:
    ran = runner("""
        steps:
          - {id: left_out, when: event.go, bank.put: {note: a}}
          - {id: seen, extract: {it: left_out}}
        """, {"go": False})  # fmt: skip
    assert (ran.status, ran.results["left_out"], ran.results["seen"]) == ("done", None, {"it": None})
    assert runner.bank.calls == []


@pytest.mark.parametrize(
    ("otherwise", "status", "calls"),
    [
        ("skip", "skipped", []),
        ("fail", "rejected", []),
        ("[{id: told, bank.put: {note: told}}]", "skipped", ["told"]),
    ],
)
def test_a_condition_that_does_not_hold_ends_the_run(
    runner: Runner, otherwise: str, status: str, calls: list[str]
) -> None:
    ran = runner(f"""
        steps:
          - {{id: paid, condition: event.paid, otherwise: {otherwise}}}
          - {{id: after, bank.put: {{note: after}}}}
        """, {"paid": False})  # fmt: skip
    assert (ran.status, runner.bank.calls) == (status, calls)
    assert "after" not in ran.results


def test_a_check_that_fails_rejects_in_the_analyst_s_words(runner: Runner) -> None:
    ran = runner("""
        steps:
          - {id: sane, check: event.n > 0, message: "order {{ event.n }} is odd"}
        """, {"n": -1})  # fmt: skip
    assert ran.status == "rejected"
    assert ran.error is not None
    assert (ran.error.message, ran.error.cause.code) == ("sane: order -1 is odd", "check-failed")


def test_a_round_of_a_loop_that_is_skipped_ends_that_round_only(runner: Runner) -> None:
    ran = runner("""
        steps:
          - id: each
            for_each: event.items
            as: item
            steps:
              - {id: wanted, condition: item > 1}
              - {id: put, bank.put: {note: {from: item}}}
        """, {"items": [1, 2, 3]})  # fmt: skip
    assert runner.bank.calls == [2, 3]
    first, second, third = ran.results["each"]
    assert first is None
    assert (second["put"], third["put"]) == ({"note": 2}, {"note": 3})


@pytest.mark.parametrize(("at_once", "busiest"), [(1, 1), (2, 2), (9, 4)])
def test_a_loop_works_on_so_many_items_at_once_and_keeps_their_order(
    runner: Runner, at_once: int, busiest: int
) -> None:
    ran = runner(f"""
        steps:
          - id: each
            for_each: event.items
            as: item
            at_once: {at_once}
            steps: [{{id: put, bank.put: {{note: {{from: item}}}}}}]
        """, {"items": [1, 2, 3, 4]})  # fmt: skip
    assert runner.bank.busiest == busiest
    assert [done["put"]["note"] for done in ran.results["each"]] == [1, 2, 3, 4]


PARALLEL = """
    steps:
      - id: both
        parallel:
          one: [{id: a, bank.put: {note: a}}, {id: b, bank.put: {note: b}}]
          two: [{id: c, bank.put: {note: c}}]
"""


def test_branches_run_together_and_are_read_by_name(runner: Runner) -> None:
    ran = runner(PARALLEL)
    assert ran.results["both"] == {
        "one": {"a": {"note": "a"}, "b": {"note": "b"}},
        "two": {"c": {"note": "c"}},
    }


def test_when_one_branch_fails_the_others_are_finished_first(runner: Runner) -> None:
    runner.bank.answers["c"] = [Rejected("no")]
    ran = runner(PARALLEL)
    assert ran.status == "rejected"
    assert sorted(runner.bank.calls) == ["a", "b", "c"]


def test_a_branch_that_fails_counts_for_more_than_one_that_is_skipped(runner: Runner) -> None:
    runner.bank.answers["b"] = [Rejected("no")]
    ran = runner("""
        steps:
          - id: both
            parallel:
              one: [{id: a, condition: 1 == 2}]
              two: [{id: b, bank.put: {note: b}}]
        """)  # fmt: skip
    assert ran.status == "rejected"


SUB = """
    inputs: {number: a number}
    steps:
      - {id: small, condition: event.number < 10}
      - {id: put, bank.put: {note: {from: event.number}}}
    result: {got: {from: put.note}}
"""
CALLS_SUB = """
    steps:
      - {id: inner, flow: sub, with: {number: {from: event.n}}}
      - {id: after, extract: {got: inner.got}}
"""


@pytest.mark.parametrize(("number", "inner", "got"), [(3, {"got": 3}, 3), (30, None, None)])
def test_a_sub_flow_gives_its_result_or_null_when_it_is_skipped(
    runner: Runner, number: int, inner: Any, got: Any
) -> None:
    ran = runner(CALLS_SUB, {"n": number}, sub=SUB)
    assert (ran.status, ran.results["inner"], ran.results["after"]) == ("done", inner, {"got": got})


def test_a_sub_flow_sees_its_inputs_and_nothing_of_its_caller(runner: Runner) -> None:
    with pytest.raises(AssertionError, match="unknown-name"):
        runner(
            "steps: [{id: mine, extract: {n: event.n}}, {id: inner, flow: sub}]",
            sub="steps: [{id: a, extract: {n: mine.n}}]",
        )


# --- errors -----------------------------------------------------------------------------------------------------

RULED = """
    steps:
      - id: put
        bank.put: {note: a}
        retry: {attempts: 3, first: 1ms}
        on_error:
          - {code: [V1/*], then: skip}
          - {code: [LOCK], then: dead_letter}
          - {code: [BUSY], then: retry}
"""


@pytest.mark.parametrize(
    ("error", "status", "attempts"),
    [
        (Rejected("x", Cause("V1/382")), "skipped", 1),
        (
            Rejected("x", Cause("OUTER", details=(Detail("V1/382"),))),
            "skipped",
            1,
        ),  # a detail's code counts too
        (Retryable("x", Cause("LOCK")), "rejected", 1),  # what is to be rejected costs no attempts
        (Fatal("x", Cause("LOCK")), "rejected", 1),
        (Rejected("x", Cause("BUSY")), "failed", 3),
        (Rejected("x", Cause("OTHER")), "rejected", 1),
        (Retryable("x", Cause("OTHER")), "failed", 3),
    ],
)
def test_rules_say_what_becomes_of_an_error(runner: Runner, error: Any, status: str, attempts: int) -> None:
    runner.bank.answers["a"] = [error] * 5
    assert runner(RULED).status == status
    assert len(runner.bank.calls) == attempts


UNDO = """
    steps:
      - {id: first, bank.put: {note: first}, undo: [{id: un_first, bank.put: {note: -first}}]}
      - {id: left_out, when: 1 == 2, bank.put: {note: never}, undo: [{id: un_never, bank.put: {note: -never}}]}
      - {id: second, bank.put: {note: second}, undo: [{id: un_second, bank.put: {note: -second}}]}
      - {id: last, bank.put: {note: last}}
"""


def test_what_was_done_is_taken_back_in_reverse_when_a_later_step_fails(runner: Runner) -> None:
    runner.bank.answers["last"] = [Rejected("no")]
    assert runner(UNDO).status == "rejected"
    assert runner.bank.calls == ["first", "second", "last", "-second", "-first"]


def test_an_undo_that_fails_keeps_no_other_from_running_and_is_told(runner: Runner) -> None:
    runner.bank.answers |= {"last": [Rejected("no", Cause("X"))], "-second": [Rejected("stuck")]}
    ran = runner(UNDO)
    assert runner.bank.calls[-2:] == ["-second", "-first"]
    assert ran.error is not None
    assert ran.error.cause.code == "X"
    (told,) = ran.error.cause.details
    assert (told.code, told.message) == ("undo-failed", "second was not taken back: stuck")


def test_what_a_sub_flow_did_is_taken_back_when_its_caller_fails_later(runner: Runner) -> None:
    runner.bank.answers["last"] = [Rejected("no")]
    runner(
        "steps: [{id: inner, flow: sub}, {id: last, bank.put: {note: last}}]",
        sub="steps: [{id: a, bank.put: {note: a}, undo: [{id: un_a, bank.put: {note: -a}}]}]",
    )
    assert runner.bank.calls == ["a", "last", "-a"]


def test_each_round_of_a_loop_is_taken_back(runner: Runner) -> None:
    runner.bank.answers["last"] = [Rejected("no")]
    runner("""
        steps:
          - id: each
            for_each: event.items
            as: item
            steps:
              - {id: put, bank.put: {note: {from: item}}, undo: [{id: back, bank.put: {note: {compute: 0 - item}}}]}
          - {id: last, bank.put: {note: last}}
        """, {"items": [1, 2]})  # fmt: skip
    assert runner.bank.calls == [1, 2, "last", -2, -1]


def test_nothing_is_taken_back_when_the_run_is_skipped(runner: Runner) -> None:
    runner("""
        steps:
          - {id: first, bank.put: {note: first}, undo: [{id: un_first, bank.put: {note: -first}}]}
          - {id: enough, condition: 1 == 2}
        """)  # fmt: skip
    assert runner.bank.calls == ["first"]
