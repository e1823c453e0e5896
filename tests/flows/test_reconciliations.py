"""The reconciliations of this project, against both systems: what differs is found, and mended by the flow for it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

from flowrun_sandbox.catalogue import UNKNOWN_MATERIAL_SKU
from running import Control, Ran, Run

pytestmark = pytest.mark.usefixtures("systems", "project")


@pytest.fixture
def reconcile(run: Run) -> Callable[..., Ran]:
    """One reconciliation as JSON, in which nothing is too young."""

    def ran(name: str, *more: str) -> Ran:
        return run("reconcile", name, "--young", "0s", "-o", "json", *more)

    return ran


def counts(ran: Ran, name: str) -> tuple[int, int, int, int]:
    found = ran.json["reconciliation"][name]
    return found["same"], found["different"], found["only_xcart"], found["only_sap"]


def keys(ran: Ran, kind: str) -> list[str]:
    return [one["key"] for one in ran.json["differences"] if one["kind"] == kind]


def fulfilled(sap: Control, order: dict[str, Any]) -> None:
    wish = {"order": str(order["order_number"]), "until": "invoice"}
    sap.post("/_sandbox/fulfil", json=wish).raise_for_status()


# --- stock --------------------------------------------------------------------------------------------------------


def test_stock_that_orders_of_the_shop_hold_is_not_for_sale_on_either_side(
    reconcile: Callable[..., Ran], shop: Control
) -> None:
    before = reconcile("stock")
    shop.order(lines=[{"sku": "MUG-01", "amount": 3}])
    assert counts(reconcile("stock"), "stock") == counts(before, "stock")


def test_a_wrong_stock_is_set_right_for_exactly_that_sku(
    reconcile: Callable[..., Ran], shop: Control
) -> None:
    reconcile("stock", "--repair", "--yes")
    shop.put(
        "/api/products/83", json={"amount": 5}, headers={"X-AUTH-TOKEN": "sandbox-write-key"}
    ).raise_for_status()
    repaired = reconcile("stock", "--repair", "--yes")
    assert keys(repaired, "different") == ["FG-CHAIR-CMF"]
    assert [(one["flow"], one["status"]) for one in repaired.json["repairs"]] == [("stock_of_one", "done")]
    after = reconcile("stock")
    assert keys(after, "different") == []
    assert [one["rows"]["xcart"]["sku"] for one in after.json["differences"]] == [UNKNOWN_MATERIAL_SKU]


# --- prices -------------------------------------------------------------------------------------------------------


def test_prices_by_quantity_and_membership_are_compared_and_mended(reconcile: Callable[..., Ran]) -> None:
    before = reconcile("prices")
    socks = next(one for one in before.json["differences"] if one["key"] == "SOCK-3")
    assert socks["fields"] == ["other_prices"]
    scale = "all from 12: 9.45; all from 144: 8.96; Wholesaler from 1: 8.96"
    assert socks["rows"]["sap"]["other_prices"] == scale
    repaired = reconcile("prices", "--repair", "--yes")
    assert {one["status"] for one in repaired.json["repairs"] if one["keys"] == ["SOCK-3"]} == {"done"}
    after = reconcile("prices")
    assert counts(after, "prices")[1] == 0
    assert "OLD-01" in keys(before, "only_xcart")  # SAP has marked it for deletion
    assert "OLD-01" not in keys(after, "only_xcart")  # so the shop sells it no longer


# --- customers ----------------------------------------------------------------------------------------------------


def test_names_and_addresses_are_told_apart_and_not_told(
    run: Run, reconcile: Callable[..., Ran], shop: Control, handed_over: Callable[..., Ran]
) -> None:
    (order,) = shop.post("/_sandbox/orders", json={"count": 1}).json()  # the first of the mix is Erika's
    assert handed_over(order).code == 0
    shop.post(
        "/_sandbox/profiles/305/address", json={"street": "1 Elm Street", "city": "Oakland"}
    ).raise_for_status()
    (found,) = reconcile("customers").json["differences"]
    assert found["fields"] == ["street", "city"]
    assert found["rows"]["xcart"]["street"].startswith("***")
    assert found["rows"]["xcart"]["street"] != found["rows"]["sap"]["street"]
    assert found["rows"]["xcart"]["email"] == found["rows"]["sap"]["email"] != "erika.mustermann@example.com"
    said = run("reconcile", "customers", "--young", "0s")
    assert "Elm Street" not in said.out + said.err
    assert "Elm Street" in run("reconcile", "customers", "--young", "0s", "--show-personal-data").out


# --- payments -----------------------------------------------------------------------------------------------------


def test_a_payment_is_missed_from_the_invoice_on_and_refunds_too(
    run: Run, reconcile: Callable[..., Ran], shop: Control, sap: Control, handed_over: Callable[..., Ran]
) -> None:
    order = shop.order()
    assert handed_over(order).code == 0
    assert counts(reconcile("payments"), "payments") == (0, 0, 0, 0)  # the invoice comes with the goods
    fulfilled(sap, order)
    repaired = reconcile("payments", "--repair", "--yes")
    assert counts(repaired, "payments") == (0, 0, 1, 0)
    assert [(one["flow"], one["status"]) for one in repaired.json["repairs"]] == [("payment_changed", "done")]
    shop.post(f"/_sandbox/orders/{order['id']}/refund", json={"amount": 10}).raise_for_status()
    refunded = reconcile("payments", "--repair", "--yes")
    assert counts(refunded, "payments") == (1, 0, 1, 0)
    assert [(one["flow"], one["status"]) for one in refunded.json["repairs"]] == [("refund_to_sap", "done")]
    totals = run("reconcile", "payments", "--young", "0s", "-o", "csv", "--totals")
    (row,) = csv.DictReader(io.StringIO(totals.out))
    assert (totals.code, row["same"], row["amount difference"]) == (0, "2", "")
    assert row["amount xcart"] == row["amount sap"]
    assert row["method"] == "Credit card (Stripe)"
