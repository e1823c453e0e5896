"""`flowrun dry-run`: every request it would send, and none of them sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from running import Control, Ran, Run

pytestmark = pytest.mark.usefixtures("systems", "project")


@pytest.fixture
def rehearsed(run: Run, event: Callable[[Any], Path]) -> Callable[..., Ran]:
    def ran(*more: str) -> Ran:
        return run("dry-run", "order_to_sap", "-e", event({"id": 1187, "order_number": "1042"}), *more)

    return ran


def test_no_write_leaves_the_process(
    rehearsed: Callable[..., Ran], shop: Control, sap: Control, project: Path
) -> None:
    assert rehearsed().code == 0
    for system in (shop, sap):
        assert system.asked("GET")
        assert not system.asked("POST", "PUT", "PATCH", "DELETE", "MERGE")
    assert not list((project / ".flowrun").glob("state*"))


def test_each_call_is_there_with_its_body_and_the_source_of_each_field(rehearsed: Callable[..., Ran]) -> None:
    ran = rehearsed("--output", "json")
    assert (ran.code, ran.err) == (0, "")
    buyer, order = ran.json["calls"]
    assert (buyer["step"], buyer["connection"], buyer["operation"]) == ("buyer/created", "sap", "upsert")
    assert order["method"] == "POST"
    assert order["url"].endswith("/API_SALES_ORDER_SRV/A_SalesOrder")
    assert order["body"]["PurchaseOrderByCustomer"] == "XC-1042"
    assert order["body"]["to_Item"][0]["to_PricingElement"][0]["ConditionRateValue"] == "49.99"
    filled = order["filled_from"]
    assert filled["PurchaseOrderByCustomer"] == "order.order_number"
    assert filled["to_Item[1].RequestedQuantity"] == "goods.lines[1].amount"
    assert filled["to_Item[0].Material"] == "goods.lines[0].sku via lookups/sku_to_material.csv"
    assert (
        filled["to_PricingElement[0].ConditionType"] == "goods.surcharges[0].type via lookups/surcharge.csv"
    )


def test_every_field_of_every_body_has_its_source(rehearsed: Callable[..., Ran]) -> None:
    for call in rehearsed("-o", "json").json["calls"]:
        assert set(leaves(call["body"])) == set(call["filled_from"])


def leaves(body: Any, at: str = "") -> list[str]:
    if isinstance(body, dict):
        return [leaf for name, part in body.items() for leaf in leaves(part, f"{at}.{name}" if at else name)]
    if isinstance(body, list):
        return [leaf for index, part in enumerate(body) for leaf in leaves(part, f"{at}[{index}]")]
    return [at]


def test_a_person_reads_what_would_happen(rehearsed: Callable[..., Ran]) -> None:
    out = rehearsed().out
    assert "1. buyer/created: sap.upsert" in out
    assert "2 requests would be sent, nothing was written" in out


def test_an_order_that_is_there_already_would_send_nothing(
    rehearsed: Callable[..., Ran], handed_over: Callable[..., Ran]
) -> None:
    assert handed_over({"id": 1187, "order_number": "1042"}).code == 0
    ran = rehearsed("-o", "json")
    assert (ran.json["calls"], ran.json["status"]) == ([], "done")


def test_a_rehearsal_of_a_bad_order_says_why(run: Run, event: Callable[[Any], Path], shop: Control) -> None:
    placed = shop.order(lines=[{"sku": "LAMP-09"}])
    ran = run("dry-run", "order_to_sap", "-e", event(placed), "-o", "json")
    assert (ran.code, ran.json["status"], ran.json["error"]["code"]) == (1, "rejected", "lookup-miss")
    assert run("lookups", "inbox", "-o", "json").json == {"waiting": []}  # a rehearsal leaves nothing behind
