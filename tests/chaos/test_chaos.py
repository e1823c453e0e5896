"""Promise 1, proven by killing: counted in X-Cart and SAP, not in our tables."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from flowrun.cli.chaos_parts.count import counted
from flowrun.cli.chaos_parts.plan import deliveries, lives

PROJECT = Path(__file__).parents[2]


@pytest.mark.parametrize("seed", [1, 2])
def test_ten_kills_under_every_fault_lose_nothing_and_double_nothing(seed: int) -> None:
    command = [
        sys.executable,
        "-m",
        "flowrun",
        "chaos",
        "--seed",
        str(seed),
        "--kills",
        "10",
        "--orders",
        "40",
    ]
    ran = subprocess.run(
        [*command, "-o", "json"], cwd=PROJECT, capture_output=True, text=True, timeout=300, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    told = json.loads(ran.stdout)
    assert (told["lost"], told["duplicates"], told["order_violations"]) == (0, 0, 0)
    assert told["kills"] == 10
    assert told["accepted"] >= 40
    assert set(told["waiting_for"]) <= {"lookup:sku_to_material"}, "whatever waits has a reason with a name"


def test_the_plan_is_the_same_for_a_seed_and_another_for_another() -> None:
    assert lives(1, 20) == lives(1, 20) != lives(2, 20)
    assert deliveries(1, 100) == deliveries(1, 100)
    assert set(Counter(delivery.times for delivery in deliveries(1, 200))) == {0, 1, 2}
    assert {life.ending for life in lives(1, 20)} == {"kill", "terminate"}
    assert any(life.wrong_password for life in lives(1, 20))


def _document(reference: str, number: int) -> dict[str, str]:
    return {"PurchaseOrderByCustomer": reference, "SalesOrder": str(number)}


def test_the_count_sees_what_is_missing_what_is_there_twice_and_what_is_in_the_wrong_order() -> None:
    documents = [
        _document("XC-1", 10),
        _document("XC-2", 11),
        _document("XC-2", 12),
        _document("CHAOS-7-0", 21),
        _document("CHAOS-7-1", 20),
    ]
    count = counted(["XC-1", "XC-2", "XC-3", "XC-4"], ["XC-4"], documents)
    assert count.lost == ("XC-3",)
    assert count.duplicates == ("XC-2",)
    assert count.order_violations == ("CHAOS-7",)


def test_an_excused_order_that_is_there_twice_still_counts() -> None:
    count = counted([], ["XC-4"], [_document("XC-4", 1), _document("XC-4", 2)])
    assert count.duplicates == ("XC-4",)
