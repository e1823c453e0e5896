"""First in, first out for each key."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from flowrun.runtime.lanes import Lanes


def test_the_first_of_a_lane_may_go_and_the_second_waits_for_it() -> None:
    lanes = Lanes()
    assert lanes.enter(1, "1042")
    assert not lanes.enter(2, "1042")
    assert lanes.leave(1) == 2


def test_runs_without_a_lane_never_wait() -> None:
    lanes = Lanes()
    assert lanes.enter(1, None)
    assert lanes.enter(2, None)


def test_one_that_leaves_from_the_middle_lets_nobody_go() -> None:
    lanes = Lanes()
    for run in (1, 2, 3):
        lanes.enter(run, "a")
    assert lanes.leave(2) is None
    assert lanes.leave(1) == 3


def test_an_empty_lane_leaves_nothing_behind() -> None:
    lanes = Lanes()
    lanes.enter(1, "a")
    lanes.leave(1)
    assert len(lanes) == 0
    assert lanes.first("a") is None


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=60))
def test_whatever_comes_and_goes_each_key_is_served_in_order_and_one_at_a_time(
    moves: list[tuple[int, bool]],
) -> None:
    lanes = Lanes()
    expected: dict[int, list[int]] = {}
    going: set[int] = set()
    for number, (key, comes) in enumerate(moves):
        if comes:
            if lanes.enter(number, str(key)):
                going.add(number)
            expected.setdefault(key, []).append(number)
        elif expected.get(key):
            run = expected[key].pop(0)
            assert run in going
            going.discard(run)
            following = lanes.leave(run)
            assert following == (expected[key][0] if expected[key] else None)
            if following is not None:
                going.add(following)
    assert going == {runs[0] for runs in expected.values() if runs}
