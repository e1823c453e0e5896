"""Refunds of the shop in SAP's books: each once, whenever it comes, and never before its payment."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cash_stage import JOURNAL_SERVICE, Stage, keep_only

from running import Control, Ran, Run

pytestmark = pytest.mark.usefixtures("systems")


@pytest.fixture
def stage(project: Path, shop: Control, sap: Control, run: Run, event: Callable[[Any], Path]) -> Stage:
    keep_only(project, "order_to_sap", "invoice_event", "refund_to_sap")
    return Stage(shop, sap, run, event)


def paid(stage: Stage, **spec: Any) -> dict[str, Any]:
    """An order that is invoiced and whose payment is in the books."""
    placed = stage.sold(lines=[{"sku": "MUG-01", "amount": 4}], **spec)
    invoiced(stage, placed)
    return placed


def invoiced(stage: Stage, placed: dict[str, Any]) -> None:
    (invoice,) = stage.fulfil(placed)["invoices"]
    ran = stage.handle("invoice_event", {"id": "e-1", "data": {"BillingDocument": invoice}})
    assert ran.code == 0, ran.out


def refunded(stage: Stage, placed: dict[str, Any]) -> Ran:
    ran = stage.handle("refund_to_sap", placed)
    assert ran.code == 0, ran.out
    return ran


def amounts(stage: Stage) -> list[Decimal]:
    """What the customers got back, oldest first."""
    return [amount for lines in stage.entries("XC-REF") for _, amount, customer in lines if customer]


def test_each_refund_in_part_is_posted_once(stage: Stage) -> None:
    placed = paid(stage)
    stage.act(placed, "refund", amount="5.50")
    refunded(stage, placed)
    stage.act(placed, "refund", amount="7.25")  # the order's status and its date of change stay as they are
    refunded(stage, placed)
    refunded(stage, placed)
    assert amounts(stage) == [Decimal("5.50"), Decimal("7.25")]
    assert {bank[0] for bank, _ in stage.entries()} == {"11001050"}


def test_a_refund_of_everything_balances_the_payment(stage: Stage) -> None:
    placed = paid(stage, country="US", currency="USD", shipping_method="FedEx Ground")
    stage.act(placed, "refund")
    assert stage.statuses(placed) == "R/N"
    refunded(stage, placed)
    lines = [line for entry in stage.entries() for line in entry]
    assert len(lines) == 4
    assert len({customer for _, _, customer in lines if customer}) == 1
    assert sum(amount for _, amount, customer in lines if customer) == 0


def test_a_refund_before_the_invoice_waits_for_the_payment(stage: Stage) -> None:
    placed = stage.sold(lines=[{"sku": "MUG-01", "amount": 4}])
    stage.act(placed, "refund", amount="3.00")
    refunded(stage, placed)
    assert stage.entries() == []
    invoiced(stage, placed)
    assert stage.statuses(placed) == "PP/N"  # the money that went back is not labelled away
    refunded(stage, placed)
    assert amounts(stage) == [Decimal("3.00")]


def test_a_refund_whose_answer_is_lost_is_found_again(stage: Stage) -> None:
    placed = paid(stage)
    stage.act(placed, "refund", amount="1.00")
    stage.sap.fault("commit_then_drop", match=JOURNAL_SERVICE)
    refunded(stage, placed)
    refunded(stage, placed)
    assert amounts(stage) == [Decimal("1.00")]


def test_an_order_without_refunds_is_left_alone(stage: Stage) -> None:
    placed = paid(stage)
    posted = stage.postings()
    refunded(stage, placed)
    assert stage.postings() == posted
