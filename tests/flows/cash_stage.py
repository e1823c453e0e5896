"""An order on its way to its money: placed in the shop, handed over, fulfilled in SAP, told back by our flows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from running import Control, Ran, Run

SERVICES = "/sap/opu/odata/sap"
DELIVERIES = f"{SERVICES}/API_OUTBOUND_DELIVERY_SRV;v=0002"
BILLING = f"{SERVICES}/API_BILLING_DOCUMENT_SRV"
LINES = f"{SERVICES}/API_JOURNALENTRY_SRV/A_JournalEntry"
JOURNAL_SERVICE = "journalentrycreaterequestconfi"
GERMAN = {"country": "DE", "currency": "EUR"}


def keep_only(project: Path, *names: str) -> None:
    """Takes the other flows out of the project's copy, so that each command has less to read."""
    flows = {path.stem: path for path in (project / "flows").glob("*.yaml")}
    wanted, open_still = set(names), list(names)
    while open_still:
        called = re.findall(r"^ +flow: (\w+)", flows[open_still.pop()].read_text(), re.MULTILINE)
        open_still += [name for name in called if name not in wanted]
        wanted |= set(called)
    for name in flows.keys() - wanted:
        flows[name].unlink()


@dataclass(frozen=True)
class Stage:
    """Both systems by their back doors and their services, and the command line between them."""

    shop: Control
    sap: Control
    run: Run
    event: Callable[[Any], Path]

    def handle(self, flow: str, event: Any) -> Ran:
        return self.run("run", flow, "--event", self.event(event), "--output", "json")

    # --- the shop -----------------------------------------------------------------------------------------------

    def sold(self, **spec: Any) -> dict[str, Any]:
        """An order that SAP has too."""
        placed = self.shop.order(**{**GERMAN, **spec})
        self.hand_over(placed)
        return placed

    def hand_over(self, placed: dict[str, Any]) -> None:
        ran = self.handle("order_to_sap", placed)
        assert ran.json["status"] == "done", ran.out

    def order(self, placed: dict[str, Any]) -> dict[str, Any]:
        answer = self.shop.get(f"/api/orders/{placed['id']}", headers=self.key).raise_for_status()
        return dict(answer.json())

    @property
    def key(self) -> dict[str, str]:
        return {"X-AUTH-TOKEN": "sandbox-write-key"}

    def label(self, placed: dict[str, Any], **codes: str) -> None:
        """An operator sets a status by hand."""
        for kind, code in codes.items():
            path = f"/api/orders/{placed['id']}/{kind}_status"
            self.shop.put(path, json={"code": code}, headers=self.key).raise_for_status()

    def act(self, placed: dict[str, Any], what: str, **body: Any) -> None:
        self.shop.post(f"/_sandbox/orders/{placed['id']}/{what}", json=body).raise_for_status()

    def statuses(self, placed: dict[str, Any]) -> str:
        order = self.order(placed)
        return f"{order['payment_status']['code']}/{order['shipping_status']['code']}"

    def mails(self) -> int:
        return len(self.shop.get("/_sandbox/emails").json())

    # --- SAP ----------------------------------------------------------------------------------------------------

    def fulfil(self, placed: dict[str, Any], until: str = "invoice", share: str = "1") -> dict[str, Any]:
        wish = {"order": placed["order_number"], "until": until, "share": share}
        (done,) = self.sap.post("/_sandbox/fulfil", json=wish).raise_for_status().json()["fulfilled"]
        assert not done["trouble"], done
        return dict(done)

    def token(self) -> dict[str, str]:
        answer = self.sap.get(f"{SERVICES}/API_SALES_ORDER_SRV/", headers={"x-csrf-token": "Fetch"})
        return {"x-csrf-token": answer.headers["x-csrf-token"]}

    def deliver(self, sales_order: str, amount: int, item: str = "10") -> str:
        """A delivery of a part."""
        line = {"ReferenceSDDocument": sales_order, "ReferenceSDDocumentItem": item.zfill(6)}
        body = {"to_DeliveryDocumentItem": [line | {"ActualDeliveryQuantity": str(amount)}]}
        made = self.sap.post(f"{DELIVERIES}/A_OutbDeliveryHeader", json=body, headers=self.token())
        assert made.status_code == 201, made.text
        return str(made.json()["d"]["DeliveryDocument"])

    def call(self, service: str, function: str, **parameters: str) -> httpx.Response:
        quoted = {name: f"'{value}'" for name, value in parameters.items()}
        headers = self.token() | {"If-Match": "*"}
        return self.sap.post(f"{service}/{function}", params=quoted, headers=headers).raise_for_status()

    def sales_order(self, placed: dict[str, Any]) -> str:
        condition = f"PurchaseOrderByCustomer eq 'XC-{placed['order_number']}'"
        answer = self.sap.get(f"{SERVICES}/API_SALES_ORDER_SRV/A_SalesOrder", params={"$filter": condition})
        (found,) = answer.raise_for_status().json()["d"]["results"]
        return str(found["SalesOrder"])

    def entries(self, kind: str = "XC-") -> list[list[tuple[str, Decimal, str]]]:
        """Our journal entries in the books, oldest first: account, amount with its sign, customer of each line."""
        params = {
            "$filter": f"startswith(ReferenceDocument,'{kind}')",
            "$expand": "to_JournalEntryItem",
            "$orderby": "AccountingDocument",
        }
        found = self.sap.get(LINES, params=params).raise_for_status().json()["d"]["results"]
        return [[_line(row) for row in _rows(entry["to_JournalEntryItem"])] for entry in found]

    def postings(self) -> int:
        """How often SAP was asked to post something."""
        return len(self.sap.asked("POST", path=JOURNAL_SERVICE))


def _rows(nested: Any) -> Iterable[dict[str, Any]]:
    return nested["results"] if isinstance(nested, dict) else nested


def _line(row: dict[str, Any]) -> tuple[str, Decimal, str]:
    amount = Decimal(row["AmountInTransactionCurrency"])
    sign = 1 if row["DebitCreditCode"] == "S" else -1
    return row["GLAccount"].lstrip("0"), sign * amount, row["Customer"]
