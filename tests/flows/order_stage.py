"""An order after its hand-over: what its buyer, the shop and people in SAP do to it, and what SAP has of it."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from read_back import orders
from running import Control, Ran, Run

TWO_LINES = [{"sku": "MUG-01", "amount": 3}, {"sku": "TEA-250", "amount": 2}]
BOTH = {"FG-GIFTSET-MUG": 3, "HW-TEA-EGREY": 2}
"""What SAP has of them, and"""
NET = "359.67"
"""their sum with shipping."""


class Order:
    """One order: what its buyer and the shop do to it, and what SAP has of it."""

    def __init__(self, shop: Control, sap: Control, placed: dict[str, Any]) -> None:
        self._shop, self._sap = shop, sap
        self.event = placed

    def does(self, step: str, **body: Any) -> None:
        answer = self._shop.post(f"/_sandbox/orders/{self.event['id']}/{step}", json=body)
        assert answer.status_code == 200, answer.text

    def edited(self, **amounts: int) -> None:
        lines = [{"sku": sku.replace("_", "-"), "amount": amount} for sku, amount in amounts.items()]
        self.does("edit", lines=lines)

    def delivered(self, until: str = "delivery") -> None:
        wish = {"order": self.event["order_number"], "until": until}
        self._sap.post("/_sandbox/fulfil", json=wish).raise_for_status()

    @property
    def document(self) -> Any:
        expand = "to_Item/to_PricingElement,to_PricingElement,to_Partner/to_Address"
        (found,) = orders(self._sap, self.event["order_number"], expand)
        return found

    @property
    def place(self) -> tuple[str, ...]:
        """Where it goes, if that is somewhere else than to the buyer."""
        (partner,) = [one for one in self.document.to_Partner if one.PartnerFunction == "SH"]
        (to,) = partner.to_Address
        return (to.AddresseeFullName, to.StreetName, to.HouseNumber, to.PostalCode, to.CityName, to.Country)

    @property
    def pieces(self) -> dict[str, Decimal]:
        """What SAP is to deliver, by material."""
        return {
            item.Material: Decimal(item.RequestedQuantity)
            for item in self.document.to_Item
            if not item.SalesDocumentRjcnReason
        }

    @property
    def net(self) -> Decimal:
        return Decimal(self.document.TotalNetAmount)


class Orders:
    """Orders, and both flows that bring them to SAP."""

    def __init__(self, shop: Control, sap: Control, run: Run, folder: Path) -> None:
        self._shop, self._sap, self._run, self._file = shop, sap, run, folder / "event.json"

    def placed(self, **spec: Any) -> Order:
        return Order(self._shop, self._sap, self._shop.order(**{"lines": TWO_LINES, "tax": "none", **spec}))

    def sold(self, **spec: Any) -> Order:
        """One that SAP has."""
        order = self.placed(**spec)
        assert self.handed_over(order).json["status"] == "done"
        return order

    def handed_over(self, order: Order) -> Ran:
        return self._flow("order_to_sap", order)

    def changed(self, order: Order) -> Ran:
        return self._flow("order_change_to_sap", order)

    def _flow(self, name: str, order: Order) -> Ran:
        self._file.write_text(json.dumps(order.event))
        return self._run("run", name, "--event", self._file, "--output", "json")


class Clerk:
    """A person in SAP."""

    def __init__(self, sap: Control) -> None:
        self._sap = sap
        self._root = "/sap/opu/odata/sap/API_SALES_ORDER_SRV"

    def writes(self, method: str, path: str, **fields: Any) -> None:
        token = self._sap.get(f"{self._root}/", headers={"x-csrf-token": "Fetch"}).headers["x-csrf-token"]
        headers = {"x-csrf-token": token, "If-Match": "*"}
        self._sap.request(method, f"{self._root}/{path}", json=fields, headers=headers).raise_for_status()


def agrees(order: Order, ran: Ran, pieces: dict[str, int], net: str, action: str = "updated") -> None:
    """The flow came to its end, and SAP has these pieces and this sum."""
    assert (ran.code, ran.json["status"], ran.json["error"]) == (0, "done", None)
    assert ran.json["results"]["changed"]["action"] == action
    assert (order.pieces, order.net) == (pieces, Decimal(net))


def waits_for_a_person(ran: Ran, *told: str) -> None:
    assert (ran.code, ran.json["status"]) == (1, "rejected"), ran.json["error"]
    for words in told:
        assert words in ran.json["error"]["message"]
