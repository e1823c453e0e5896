"""From SAP's events and from the polls behind them comes the same end state, however events arrive."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from cash_stage import Stage, keep_only

from flowrun.cli.composition import registry
from flowrun.serve.service import Service, Settings
from running import Control, Run

pytestmark = pytest.mark.usefixtures("systems")
EVENTS = ("delivery_event", "invoice_event")
POLLS = ("delivery_changed", "invoice_changed", "payment_changed", "refund_to_sap")
ENDED = {"done", "skipped"}


@pytest.fixture
def stage(project: Path, shop: Control, sap: Control, run: Run, event: Callable[[Any], Path]) -> Stage:
    keep_only(project, "order_to_sap", *EVENTS, *POLLS)
    return Stage(shop, sap, run, event)


def served(project: Path, reached: Callable[[], bool]) -> list[dict[str, Any]]:
    """What the service has run when that is reached and nothing is left to do."""
    return asyncio.run(_served(project, reached))


async def _served(project: Path, reached: Callable[[], bool]) -> list[dict[str, Any]]:
    settings = Settings(port=0, grace=5.0, watch_every=60.0, poll_jitter=0.0)
    service = Service(project, registry(), settings=settings, variables=dict(os.environ))
    await service.start()
    try:
        async with httpx.AsyncClient(base_url=service.url, timeout=10) as client, asyncio.timeout(20):
            while True:
                runs = (
                    (await client.get("/api/runs", params={"limit": 500})).raise_for_status().json()["runs"]
                )
                if runs and all(run["status"] in ENDED for run in runs) and reached():
                    return list(runs)
                await asyncio.sleep(0.05)
    finally:
        await service.stop()


@pytest.mark.parametrize(
    ("ways", "fault"),
    [
        (EVENTS, ""),
        (EVENTS, "duplicate_event"),
        (EVENTS, "reorder_event"),
        (POLLS, ""),
        ((*EVENTS, *POLLS), ""),
    ],
    ids=["events", "events that come twice", "events out of order", "polls alone, every event lost", "both"],
)
def test_the_end_is_the_same_by_every_way(
    stage: Stage, project: Path, ways: tuple[str, ...], fault: str
) -> None:
    placed = stage.sold(lines=[{"sku": "MUG-01", "amount": 4}])
    mails = stage.mails()
    if fault:
        stage.sap.fault(fault, count=50)
    stage.fulfil(placed, "goods_issue", share="0.5")
    stage.fulfil(placed)
    keep_only(project, *ways)
    runs = served(project, lambda: stage.statuses(placed) == "P/S" and len(stage.entries()) == 1)
    assert {run["flow"] for run in runs} <= set(ways)
    assert stage.postings() == 1
    assert stage.mails() - mails <= 4  # processed and shipped, each to the customer and to the shop
    again = served(project, lambda: True)
    assert (stage.statuses(placed), stage.postings()) == ("P/S", 1)
    assert len(again) >= len(runs)


def test_refunds_that_change_nothing_but_the_money_are_found_by_the_poll(stage: Stage, project: Path) -> None:
    placed = stage.sold(lines=[{"sku": "MUG-01", "amount": 4}])
    stage.fulfil(placed)
    keep_only(project, *POLLS)
    served(project, lambda: len(stage.entries("XC-PAY")) == 1)
    for expected, amount in enumerate(("1.00", "2.00"), start=1):
        stage.act(placed, "refund", amount=amount)
        served(project, lambda: len(stage.entries("XC-REF")) == expected)  # noqa: B023 - asked at once
    assert len(stage.entries()) == 3
