"""`order_change_to_sap` while SAP is busy, silent, or somebody else is at work on the same order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from cash_stage import keep_only
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from read_back import orders
from running import Control, Ran, Run

pytestmark = pytest.mark.usefixtures("systems", "project")

Changed = Callable[[], Ran]


@pytest.fixture
def edited(handed_over: Callable[..., Ran], shop: Control) -> dict[str, Any]:
    """An order that SAP has, with one line less, one more and one with another amount since."""
    lines = [{"sku": "MUG-01", "amount": 3}, {"sku": "TEA-250", "amount": 2}]
    placed = shop.order(lines=lines, tax="none")
    assert handed_over(placed).json["status"] == "done"
    edit = [{"sku": "MUG-01", "amount": 5}, {"sku": "TEA-250", "amount": 0}, {"sku": "CHOC-70", "amount": 4}]
    shop.post(f"/_sandbox/orders/{placed['id']}/edit", json={"lines": edit}).raise_for_status()
    return placed


@pytest.fixture
def changed(run: Run, event: Callable[[Any], Path], edited: dict[str, Any], project: Path) -> Changed:
    """Runs the flow with that order. What SAP refuses for a moment is tried again at once."""
    keep_only(project, "order_to_sap", "order_change_to_sap")
    flow = project / "flows" / "order_change_to_sap.yaml"
    flow.write_text(flow.read_text().replace("first: 2s", "first: 10ms"))

    def ran() -> Ran:
        return run("run", "order_change_to_sap", "--event", event(edited), "--output", "json")

    return ran


def as_wanted(sap: Control, edited: dict[str, Any]) -> bool:
    (found,) = orders(sap, edited["order_number"])
    items = [
        (item.Material, Decimal(item.RequestedQuantity), item.SalesDocumentRjcnReason)
        for item in found.to_Item
    ]
    return items == [
        ("FG-GIFTSET-MUG", 5, ""),
        ("HW-TEA-EGREY", 2, "00"),
        ("HW-CHOC-70", 4, ""),
    ]


@pytest.mark.parametrize("kind", ["commit_then_drop", "commit_then_error", "html", "cut"])
def test_a_change_without_a_readable_answer_is_seen_to_be_done(
    changed: Changed, edited: dict[str, Any], sap: Control, kind: str
) -> None:
    sap.fault(kind, match="batch$", method="POST")
    ran = changed()
    assert (ran.json["status"], ran.json["error"]) == ("done", None)
    assert ran.json["results"]["changed"]["adopted"] is True
    assert len(sap.asked("POST", path="batch")) == 1
    assert as_wanted(sap, edited)


@pytest.mark.parametrize(
    "kind", ["drop_before_commit", "server_error", "lock", "unavailable", "rate_limit", "csrf_expired"]
)
def test_a_change_that_was_not_made_is_made_again_and_once(
    changed: Changed, edited: dict[str, Any], sap: Control, kind: str
) -> None:
    sap.fault(kind, match="batch$", method="POST")
    ran = changed()
    assert (ran.json["status"], ran.json["error"]) == ("done", None)
    assert ran.json["results"]["changed"]["action"] == "updated"
    assert as_wanted(sap, edited)


def test_a_person_who_keeps_the_order_locked_is_waited_for_and_nothing_is_half_done(
    changed: Changed, edited: dict[str, Any], sap: Control
) -> None:
    sap.fault("lock", match="batch$", method="POST", count=0)
    ran = changed()
    assert (ran.json["status"], ran.json["error"]["code"]) == ("failed", "56/393")
    (before,) = orders(sap, edited["order_number"])
    assert [Decimal(item.RequestedQuantity) for item in before.to_Item] == [3, 2]
    sap.delete("/_sandbox/faults").raise_for_status()
    assert changed().json["status"] == "done"
    assert as_wanted(sap, edited)


class Between:
    """Stands between the flow and SAP, and does something just before the first change arrives there."""

    def __init__(self, sap: Control, does: Callable[[], None]) -> None:
        self._sap, self._does, self.changes = sap, does, 0

    def __call__(self, request: Request) -> Response:
        if request.path.endswith("$batch"):
            self.changes += 1
            if self.changes == 1:
                self._does()
        dropped = {"host", "content-length"}
        headers = {name: value for name, value in request.headers if name.lower() not in dropped}
        path = request.full_path.removesuffix("?")
        answer = httpx.request(
            request.method, f"{self._sap.base_url}".rstrip("/") + path, headers=headers, content=request.data
        )
        kept = [
            (name, value) for name, value in answer.headers.multi_items() if name not in ("content-length",)
        ]
        return Response(answer.content, answer.status_code, kept)


@pytest.fixture
def meanwhile(
    httpserver: HTTPServer, sap: Control, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Callable[[], None]], Between]]:
    """Lets something happen in SAP between the flow's look and its change."""

    def placed(does: Callable[[], None]) -> Between:
        between = Between(sap, does)
        httpserver.expect_request("").respond_with_handler(between)
        monkeypatch.setenv("FLOWRUN_SANDBOX_SAP", httpserver.url_for("").rstrip("/"))
        return between

    yield placed
    httpserver.check_assertions()


Meanwhile = Callable[[Callable[[], None]], Between]


def writes(sap: Control, path: str, **fields: Any) -> None:
    root = "/sap/opu/odata/sap/API_SALES_ORDER_SRV"
    token = sap.get(f"{root}/", headers={"x-csrf-token": "Fetch"}).headers["x-csrf-token"]
    headers = {"x-csrf-token": token, "If-Match": "*"}
    sap.patch(f"{root}/{path}", json=fields, headers=headers).raise_for_status()


def test_what_a_person_changes_at_the_same_moment_is_not_overwritten(
    changed: Changed, edited: dict[str, Any], sap: Control, meanwhile: Meanwhile
) -> None:
    (document,) = orders(sap, edited["order_number"])
    path = f"A_SalesOrder('{document.SalesOrder}')"
    between = meanwhile(lambda: writes(sap, path, DeliveryBlockReason="01"))
    ran = changed()
    assert (ran.json["status"], ran.json["error"]) == ("done", None)
    assert between.changes == 2, "refused, read again, sent again"
    assert as_wanted(sap, edited)
    (after,) = orders(sap, edited["order_number"])
    assert after.DeliveryBlockReason == "01"


def test_a_delivery_at_the_same_moment_is_not_undone(
    changed: Changed, edited: dict[str, Any], sap: Control, meanwhile: Meanwhile
) -> None:
    wish = {"order": edited["order_number"], "until": "delivery"}
    meanwhile(lambda: sap.post("/_sandbox/fulfil", json=wish).raise_for_status() and None)
    ran = changed()
    assert (ran.json["status"], ran.json["error"]["code"]) == ("rejected", "V1/303")
    (after,) = orders(sap, edited["order_number"])
    assert [Decimal(item.RequestedQuantity) for item in after.to_Item] == [3, 2]


def test_the_order_changes_again_while_the_change_is_under_way(
    changed: Changed, edited: dict[str, Any], sap: Control, shop: Control, meanwhile: Meanwhile
) -> None:
    edit = {"lines": [{"sku": "MUG-01", "amount": 1}]}
    again = f"/_sandbox/orders/{edited['id']}/edit"
    meanwhile(lambda: shop.post(again, json=edit).raise_for_status() and None)
    assert changed().json["status"] == "done"
    assert as_wanted(sap, edited), "as it was when the flow looked"
    assert changed().json["status"] == "done"
    (after,) = orders(sap, edited["order_number"])
    assert Decimal(after.to_Item[0].RequestedQuantity) == 1
