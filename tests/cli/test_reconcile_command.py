"""Both systems compared, and what differs brought into order."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from engine_beside import EngineBeside

from flowrun.runtime.journal import clearing
from flowrun.runtime.journal.file import JournalFile
from flowrun_sandbox.catalogue import UNMAPPED_SKU
from read_back import orders
from running import Control, Ran, Run


def _step(shop: Control, order: dict[str, Any], name: str, **how: Any) -> None:
    """What a shopper or an operator does to an order."""
    shop.post(f"/_sandbox/orders/{order['id']}/{name}", json=how).raise_for_status()


def _copied(sap: Control, number: str) -> str:
    """The number of a second sales order for the same order of the shop, as a careless caller leaves one."""
    service = "/sap/opu/odata/sap/API_SALES_ORDER_SRV"
    token = sap.get(f"{service}/", headers={"x-csrf-token": "Fetch"}).headers["x-csrf-token"]
    names = ("SalesOrderType", "SalesOrganization", "DistributionChannel", "OrganizationDivision", "SoldToParty",
             "PurchaseOrderByCustomer", "CustomerPurchaseOrderDate", "TransactionCurrency")  # fmt: skip
    order = sap.get(f"{service}/A_SalesOrder('{number}')?$expand=to_Item").json()["d"]
    items = [
        {name: item[name] for name in ("Material", "RequestedQuantity", "RequestedQuantityUnit")}
        for item in order["to_Item"]["results"]
    ]
    body = {name: order[name] for name in names} | {"to_Item": items}
    answer = sap.post(f"{service}/A_SalesOrder", json=body, headers={"x-csrf-token": token})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["d"]["SalesOrder"])


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
    assert "order_to_sap parked" in said.err
    assert orders(sap, order["order_number"]) == []


@pytest.mark.usefixtures("systems", "project")
def test_an_order_that_was_edited_after_its_hand_over_shows_both_values(
    run: Run, shop: Control, handed_over: Callable[..., Ran]
) -> None:
    order = shop.order()
    assert handed_over(order).code == 0
    _step(shop, order, "edit", lines=[{"sku": "MUG-01", "amount": 2}])
    rows = list(csv.DictReader(io.StringIO(run(*NOT_YOUNG, "-o", "csv").out)))
    assert [(row["kind"], row["field"]) for row in rows] == [
        ("different", "pieces"),
        ("different", "before_tax"),
    ]
    assert (rows[0]["xcart"], rows[0]["sap"]) == ("2", "1")


@pytest.mark.usefixtures("systems", "project")
def test_an_order_that_was_cancelled_in_the_shop_only_is_found_and_rejected_in_sap(
    run: Run, shop: Control, handed_over: Callable[..., Ran]
) -> None:
    order = shop.order()
    assert handed_over(order).code == 0
    _step(shop, order, "cancel")
    (found,) = run(*NOT_YOUNG, "-o", "json").json["differences"]
    assert found["fields"] == ["state", "pieces", "before_tax"]
    assert run(*NOT_YOUNG, "--repair", "--yes").code == 0
    assert run(*NOT_YOUNG, "-o", "json").json["reconciliation"]["orders"] == {
        "same": 1, "different": 0, "only_xcart": 0, "only_sap": 0,
    }  # fmt: skip


@pytest.mark.usefixtures("systems", "project")
def test_an_order_that_was_never_paid_is_not_missed(run: Run, shop: Control) -> None:
    order = shop.order()
    _step(shop, order, "cancel")
    said = run(*NOT_YOUNG)
    assert (said.code, "nothing on either side" in said.out) == (0, True)


@pytest.mark.usefixtures("systems", "project")
def test_two_documents_of_one_order_are_told_with_both_numbers(
    run: Run, shop: Control, sap: Control, handed_over: Callable[..., Ran]
) -> None:
    order = shop.order()
    first = handed_over(order).json["results"]["created"]["SalesOrder"]
    second = _copied(sap, first)
    found = run(*NOT_YOUNG, "-o", "json").json
    assert found["reconciliation"]["orders"]["different"] == 1
    assert [one["kind"] for one in found["differences"]] == ["duplicate"]
    row = next(csv.DictReader(io.StringIO(run(*NOT_YOUNG, "-o", "csv").out)))
    assert (row["kind"], row["field"], row["sap"]) == ("more than once", "sales_order", f"{first}, {second}")


@pytest.mark.usefixtures("systems", "project")
def test_the_page_has_a_chart_by_day_and_every_difference(run: Run, shop: Control, tmp_path: Path) -> None:
    order = shop.order()
    page = tmp_path / "report.html"
    said = run(*NOT_YOUNG, "-o", "html", "--to", page)
    text = page.read_text(encoding="utf-8")
    assert (said.code, said.out) == (1, "")
    assert f"XC-{order['order_number']}" in text
    assert "<rect " in text
    assert "<script" not in text
    assert "http" not in text.split("</style>")[1]


@pytest.mark.usefixtures("systems", "project")
def test_a_table_for_spreadsheets_stays_clean_beside_repairs(run: Run, shop: Control) -> None:
    shop.order()
    said = run(*NOT_YOUNG, "-o", "csv", "--repair", "--yes")
    assert said.code == 0, said.err
    assert {row["kind"] for row in csv.DictReader(io.StringIO(said.out))} == {"only in xcart"}
    assert "order_to_sap done" in said.err


@pytest.mark.usefixtures("systems")
def test_repairs_beside_a_running_engine_are_carried_out_there(
    run: Run, shop: Control, project: Path
) -> None:
    shop.order()
    (project / ".flowrun").mkdir(exist_ok=True)
    with EngineBeside(project):
        said = run(*NOT_YOUNG, "--repair", "--yes", "-o", "json")
        assert [one["status"] for one in said.json["repairs"]] == ["done"], said.err
        assert run(*NOT_YOUNG).code == 0


@pytest.mark.usefixtures("systems")
def test_repairs_never_get_into_the_journal_of_another_environment(
    run: Run, shop: Control, project: Path
) -> None:
    shop.order()
    (project / ".flowrun").mkdir(exist_ok=True)
    journal = JournalFile(project / ".flowrun" / "journal.db")
    journal.write_now(lambda db: clearing.claim(db, "production"))
    journal.close()
    said = run(*NOT_YOUNG, "--repair", "--yes")
    assert (said.code, "holds the runs of the environment 'production'" in said.err) == (2, True), said.err


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
        (["orders", "--since", "2999-01-01"], "lies in the future"),
        (["orders", "--totals"], "--totals goes with --output csv"),
    ],
)
def test_a_wrong_word_is_told(run: Run, arguments: list[Any], told: str) -> None:
    said = run("reconcile", *arguments)
    assert (said.code, told in said.err) == (2, True), said.err
