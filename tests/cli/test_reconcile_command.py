"""Both systems compared, and what differs brought into order."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flowrun_sandbox.catalogue import UNMAPPED_SKU
from read_back import orders
from running import Control, Ran, Run

NOT_YOUNG = ("reconcile", "orders", "--young", "0s")


@pytest.mark.usefixtures("systems", "project")
def test_an_order_that_nobody_told_sap_of_is_found_and_repaired_once(
    run: Run, shop: Control, sap: Control, handed_over: Callable[..., Ran]
) -> None:
    told, lost = shop.order(), shop.order()
    assert handed_over(told).code == 0
    found = run(*NOT_YOUNG, "-o", "json")
    assert (found.code, found.json["reconciliation"]) == (
        1, {"orders": {"same": 1, "different": 0, "only_xcart": 1, "only_sap": 0}},
    )  # fmt: skip
    assert [one["key"] for one in found.json["differences"]] == [f"XC-{lost['order_number']}"]
    repaired = run(*NOT_YOUNG, "--repair", "--yes", "-o", "json")
    assert repaired.code == 0, repaired.err
    assert [(one["flow"], one["status"]) for one in repaired.json["repairs"]] == [("order_to_sap", "done")]
    after = run(*NOT_YOUNG, "-o", "json")
    assert (after.code, after.json["reconciliation"]["orders"]["same"]) == (0, 2)
    assert len(orders(sap, lost["order_number"])) == len(orders(sap, told["order_number"])) == 1


@pytest.mark.usefixtures("systems", "project")
def test_without_a_word_of_consent_nothing_is_written(run: Run, shop: Control, sap: Control) -> None:
    order = shop.order()
    said = run(*NOT_YOUNG, "--repair")
    assert said.code == 1
    assert "created: POST sap.upsert" in said.out
    assert "nothing was changed; --yes does it" in said.err
    assert orders(sap, order["order_number"]) == []


@pytest.mark.usefixtures("systems", "project")
def test_an_order_placed_just_now_may_still_be_under_way(run: Run, shop: Control) -> None:
    shop.order()
    said = run("reconcile", "orders")
    assert said.code == 0
    assert "1 too young to tell" in said.out


@pytest.mark.usefixtures("systems", "project")
def test_a_repair_that_cannot_go_through_says_why(run: Run, shop: Control, sap: Control) -> None:
    order = shop.order(lines=[{"sku": UNMAPPED_SKU, "amount": 1}])
    said = run(*NOT_YOUNG, "--repair", "--yes")
    assert said.code == 1
    assert "order_to_sap parked" in said.out
    assert orders(sap, order["order_number"]) == []


@pytest.mark.usefixtures("systems", "project")
def test_an_order_that_was_changed_in_sap_shows_both_values(
    run: Run, shop: Control, handed_over: Callable[..., Ran]
) -> None:
    order = shop.order()
    assert handed_over(order).code == 0
    flow = Path("flows/reconcile_orders.yaml")
    text = flow.read_text(encoding="utf-8")
    flow.write_text(
        text.replace("sum(attribute='amount')}", "sum(attribute='amount') + 1}"), encoding="utf-8"
    )
    rows = list(csv.DictReader(io.StringIO(run(*NOT_YOUNG, "-o", "csv").out)))
    assert [(row["kind"], row["field"], row["first side"], row["second side"]) for row in rows] == [
        ("different", "pieces", "2", "1.000")
    ]


@pytest.mark.usefixtures("systems", "project")
def test_the_page_has_a_chart_by_day_and_every_difference(run: Run, shop: Control, tmp_path: Path) -> None:
    order = shop.order()
    page = tmp_path / "report.html"
    said = run(*NOT_YOUNG, "-o", "html", "--to", page)
    text = page.read_text(encoding="utf-8")
    assert (said.code, said.out) == (1, "")
    assert f"XC-{order['order_number']}" in text
    assert text.count("<rect ") >= 4
    assert "http" not in text.split("</style>")[1]


@pytest.mark.usefixtures("systems", "project")
def test_a_system_that_is_down_is_no_difference(run: Run, sap: Control) -> None:
    sap.fault("unavailable", count=0)
    said = run(*NOT_YOUNG)
    sap.delete("/_sandbox/faults")
    assert said.code == 3
    assert "sap" in said.err


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["ordres"], "there is no reconciliation 'ordres'; did you mean `orders`?"),
        (["orders", "--since", "yesterday"], "write how far back, as in 7d"),
        (["orders", "--young", "5"], "is not a duration"),
    ],
)
def test_a_wrong_word_is_told(run: Run, arguments: list[Any], told: str) -> None:
    said = run("reconcile", *arguments)
    assert (said.code, told in said.err) == (2, True), said.err
