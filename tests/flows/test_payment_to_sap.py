"""Invoices of SAP and the money the shop took: posted once and to the cent, or told to finance."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cash_stage import BILLING, JOURNAL_SERVICE, Stage, keep_only
from pytest_httpserver import HTTPServer

from running import Control, Ran, Run

pytestmark = pytest.mark.usefixtures("systems")


@pytest.fixture
def stage(project: Path, shop: Control, sap: Control, run: Run, event: Callable[[Any], Path]) -> Stage:
    keep_only(project, "order_to_sap", "invoice_event", "invoice_changed", "payment_changed")
    return Stage(shop, sap, run, event)


def told(stage: Stage, invoice: str, event_id: str = "e-1") -> Ran:
    """SAP's event of an invoice has come."""
    return stage.handle("invoice_event", {"id": event_id, "data": {"BillingDocument": invoice}})


def rejected(ran: Ran) -> str:
    assert (ran.code, ran.json["status"]) == (1, "rejected"), ran.out
    return " ".join(ran.json["error"]["message"].split())


def test_a_paid_order_s_payment_is_in_the_books_with_its_customer_and_its_account(stage: Stage) -> None:
    placed = stage.sold(lines=[{"sku": "MUG-01", "amount": 3}, {"sku": "TS-BLK-M", "amount": 2}])
    (invoice,) = stage.fulfil(placed)["invoices"]
    assert told(stage, invoice).json["status"] == "done"
    total = Decimal(str(stage.order(placed)["total"]))
    payer = stage.sap.get(f"{BILLING}/A_BillingDocument('{invoice}')").json()["d"]["PayerParty"]
    ((bank, customer),) = stage.entries()
    assert (bank, customer) == (("11001050", total, ""), ("12100000", -total, payer))


def test_the_same_invoice_again_and_by_every_way_posts_nothing_more(stage: Stage) -> None:
    placed = stage.sold()
    (invoice,) = stage.fulfil(placed)["invoices"]
    polled = {"BillingDocument": invoice, "LastChangeDateTime": "2026-03-14T09:26:53Z"}
    assert told(stage, invoice).code == 0
    assert told(stage, invoice, "e-2").code == 0
    assert stage.handle("invoice_changed", polled).code == 0
    assert stage.handle("payment_changed", placed).code == 0
    assert (len(stage.entries()), stage.postings()) == (1, 1)


@pytest.mark.parametrize(
    "spec",
    [
        {"country": "US", "currency": "USD", "shipping_method": "FedEx Ground", "coupon": {"percent": "12.5"}},
        {"country": "GB", "currency": "GBP", "coupon": {"value": "5.00"}},
        {"country": "CH", "currency": "CHF", "payment_method": "Bank transfer"},
    ],
    ids=["sales tax on top", "a coupon", "francs"],
)  # fmt: skip
def test_invoices_in_other_currencies_agree_with_what_the_shop_took(
    stage: Stage, spec: dict[str, Any]
) -> None:
    placed = stage.sold(lines=[{"sku": "TS-BLK-M", "amount": 3}], **spec)
    (invoice,) = stage.fulfil(placed)["invoices"]
    ran = told(stage, invoice)
    assert ran.code == 0, ran.out
    ((bank, _),) = stage.entries()
    assert bank[1] == Decimal(str(stage.order(placed)["total"]))


def test_what_is_only_authorised_waits_for_its_capture_and_the_shop_tells_of_that(stage: Stage) -> None:
    placed = stage.shop.order(payment_status="A")
    stage.label(placed, payment="P")  # an operator was early
    stage.hand_over(placed)
    (invoice,) = stage.fulfil(placed)["invoices"]
    stage.label(placed, payment="A")
    assert told(stage, invoice).code == 0
    assert stage.entries() == []
    stage.act(placed, "capture", amount="1.00")
    assert stage.handle("payment_changed", placed).code == 0
    assert stage.entries() == []
    stage.act(placed, "capture")
    assert stage.handle("payment_changed", placed).code == 0
    assert len(stage.entries()) == 1


def test_the_shop_s_label_follows_the_money_where_the_table_says_so(stage: Stage) -> None:
    placed = stage.sold()
    (invoice,) = stage.fulfil(placed)["invoices"]
    stage.label(placed, payment="Q")
    assert told(stage, invoice).code == 0
    assert stage.statuses(placed) == "P/N"
    mails = stage.mails()
    assert told(stage, invoice, "e-2").code == 0
    assert stage.mails() == mails


@pytest.mark.parametrize("amount", [1, 3], ids=["paid too much", "paid too little"])
def test_another_amount_than_the_invoice_s_is_for_finance(stage: Stage, amount: int) -> None:
    placed = stage.shop.order(lines=[{"sku": "MUG-01", "amount": 2}])
    stage.act(placed, "edit", lines=[{"sku": "MUG-01", "amount": amount}])
    stage.hand_over(placed)
    (invoice,) = stage.fulfil(placed)["invoices"]
    assert f"order {placed['order_number']}: the shop took" in rejected(told(stage, invoice))
    assert stage.entries() == []


def test_an_order_in_two_invoices_is_posted_with_the_last(stage: Stage) -> None:
    placed = stage.sold(lines=[{"sku": "MUG-01", "amount": 3}])
    (first,) = stage.fulfil(placed, share="0.5")["invoices"]
    assert told(stage, first).code == 0
    assert stage.entries() == []
    (second,) = set(stage.fulfil(placed)["invoices"]) - {first}
    assert told(stage, second, "e-2").code == 0
    assert told(stage, first, "late").code == 0
    assert (len(stage.entries()), stage.postings()) == (1, 1)


def test_an_invoice_that_is_cancelled_at_once_is_waited_for_anew(stage: Stage) -> None:
    placed = stage.sold()
    (invoice,) = stage.fulfil(placed)["invoices"]
    stage.call(BILLING, "Cancel", BillingDocument=invoice)
    assert told(stage, invoice).code == 0
    assert stage.entries() == []
    (again,) = stage.fulfil(placed)["invoices"]
    assert told(stage, again, "e-2").code == 0
    assert len(stage.entries()) == 1


def test_an_invoice_that_is_cancelled_after_its_payment_was_posted_is_for_finance(stage: Stage) -> None:
    placed = stage.sold()
    (invoice,) = stage.fulfil(placed)["invoices"]
    assert told(stage, invoice).code == 0
    stage.call(BILLING, "Cancel", BillingDocument=invoice)
    assert "was cancelled after its payment was posted" in rejected(told(stage, invoice, "e-2"))
    assert len(stage.entries()) == 1
    (again,) = stage.fulfil(placed)["invoices"]
    assert told(stage, again, "e-3").code == 0
    assert (len(stage.entries()), stage.postings()) == (1, 1)


def test_a_payment_that_the_shop_let_go_after_the_invoice_is_for_finance(stage: Stage) -> None:
    placed = stage.shop.order(payment_status="A")
    stage.label(placed, payment="P")
    stage.hand_over(placed)
    (invoice,) = stage.fulfil(placed)["invoices"]
    stage.act(placed, "cancel")
    assert "let its payment go (void)" in rejected(told(stage, invoice))


def test_an_order_without_an_invoice_is_left_alone(stage: Stage) -> None:
    placed = stage.sold()
    assert stage.handle("payment_changed", placed).code == 0
    assert stage.postings() == 0


def test_invoices_of_other_business_are_skipped(stage: Stage) -> None:
    (seeded,) = stage.sap.get(f"{BILLING}/A_BillingDocument", params={"$top": "1"}).json()["d"]["results"]
    assert told(stage, seeded["BillingDocument"]).code == 0
    assert not stage.shop.asked("GET", "PUT", "POST")


def test_a_payment_method_that_finance_has_not_seen_waits_for_its_row(stage: Stage, project: Path) -> None:
    placed = stage.sold(payment_method="Gift card")
    (invoice,) = stage.fulfil(placed)["invoices"]
    ran = told(stage, invoice)
    assert ran.json["error"]["code"] == "lookup-miss"
    assert stage.entries() == []
    table = project / "lookups" / "payment_account.csv"
    table.write_text(table.read_text() + "Gift card,11001010,DZ\n")
    assert told(stage, invoice).code == 0
    assert len(stage.entries()) == 1


@pytest.mark.parametrize("kind", ["commit_then_drop", "html"])
def test_a_posting_whose_answer_is_lost_is_found_again(stage: Stage, kind: str) -> None:
    placed = stage.sold()
    (invoice,) = stage.fulfil(placed)["invoices"]
    stage.sap.fault(kind, match=JOURNAL_SERVICE)
    ran = told(stage, invoice)
    assert ran.code == 0, ran.out
    assert (len(stage.entries()), stage.postings()) == (1, 1)


def test_a_payment_in_another_currency_is_for_finance(
    stage: Stage, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = stage.sold()
    (invoice,) = stage.fulfil(placed)["invoices"]
    payments = f"/api/orders/{placed['id']}/payment_transactions"
    for path in (f"/api/orders/by_number/{placed['order_number']}", payments):
        body = stage.shop.get(path, headers=stage.key).json()
        if path == payments:
            body[0]["currency"] = "SEK"
        httpserver.expect_request(path).respond_with_data(json.dumps(body), content_type="application/json")
    monkeypatch.setenv("FLOWRUN_SANDBOX_XCART", httpserver.url_for("").rstrip("/"))
    assert "are in different currencies" in rejected(told(stage, invoice))
    assert stage.entries() == []
