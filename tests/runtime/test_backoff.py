"""How long to wait before the next attempt."""

from __future__ import annotations

import pytest

from flowrun.component import Duration
from flowrun.component.step import Retry
from flowrun.runtime.backoff import wait_before

PLAIN = Retry(attempts=9, first=Duration(2), factor=2, max=Duration(60), jitter="none")
SPREAD = Retry(attempts=9, first=Duration(2), factor=2, max=Duration(60), jitter="full")


@pytest.mark.parametrize(
    ("attempt", "wait"),
    [
        (2, 2.0),  # the first wait is `first`
        (3, 4.0),
        (4, 8.0),
        (7, 60.0),  # 64, capped
        (5000, 60.0),  # no overflow
    ],
)
def test_waits_grow_by_the_factor_up_to_the_cap(attempt: int, wait: float) -> None:
    assert wait_before(attempt, PLAIN, chance=0.3) == wait


@pytest.mark.parametrize(("chance", "wait"), [(0.0, 0.0), (0.5, 4.0), (1.0, 8.0)])
def test_full_jitter_takes_a_part_of_the_wait(chance: float, wait: float) -> None:
    assert wait_before(4, SPREAD, chance=chance) == wait


@pytest.mark.parametrize(("asked", "wait"), [(30.0, 30.0), (1.0, 4.0), (120.0, 120.0), (None, 4.0)])
def test_what_the_system_asks_for_is_never_undercut(asked: float | None, wait: float) -> None:
    assert wait_before(3, PLAIN, chance=1, asked=asked) == wait
