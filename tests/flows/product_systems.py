"""Both systems as their own people use them: prices and materials in SAP, products in the shop."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from running import Control, Ran, Run

PRODUCTS = "/sap/opu/odata/sap/API_PRODUCT_SRV"
PRICES = "/sap/opu/odata/sap/API_SLSPRICINGCONDITIONRECORD_SRV"
FOR_EVER = "/Date(253402214400000)/"
FLOWS = {"all_products", "changed_prices", "changed_product", "product_prices", "product_to_xcart"}
Event = Callable[[Any], Path]


@dataclass
class Merchant:
    """What people do in SAP and see in the shop, and the flows between."""

    sap: Control
    admin: httpx.Client
    run: Run
    event: Event

    # --- SAP ---

    def sap_sends(self, method: str, path: str, **body: Any) -> httpx.Response:
        token = self.sap.get(f"{PRODUCTS}/", headers={"X-CSRF-Token": "Fetch"}).headers["x-csrf-token"]
        headers = {"X-CSRF-Token": token}
        if method in ("PATCH", "DELETE"):
            headers["If-Match"] = "*"
        return self.sap.request(method, path, json=body or None, headers=headers).raise_for_status()

    def change_material(self, material: str, **fields: Any) -> None:
        self.sap_sends("PATCH", f"{PRODUCTS}/A_Product('{material}')", **fields)

    def price(self, material: str, rate: str, **more: Any) -> str:
        """A new price condition: of today and later, in euros, for the shop's sales organization, unless said so."""
        validity = {
            "Material": material,
            "SalesOrganization": "1010",
            "DistributionChannel": "10",
            "ConditionValidityStartDate": "/Date(1767225600000)/",
            "ConditionValidityEndDate": FOR_EVER,
            **more.pop("validity", {}),
        }
        record = {
            "ConditionType": "PPR0",
            "ConditionRateValue": rate,
            "ConditionRateValueUnit": "EUR",
            "ConditionQuantity": "1",
            "ConditionQuantityUnit": "PC",
            "to_SlsPrcgCndnRecdValidity": [validity],
            **more,
        }
        made = self.sap_sends("POST", f"{PRICES}/A_SlsPrcgConditionRecord", **record)
        return str(made.json()["d"]["ConditionRecord"])

    def change_price(self, record: str, **fields: Any) -> None:
        self.sap_sends("PATCH", f"{PRICES}/A_SlsPrcgConditionRecord('{record}')", **fields)

    def conditions(self, material: str, group: str = "") -> list[str]:
        """The records in euros for the shop's sales organization."""
        wanted = (
            f"Material eq '{material}' and SalesOrganization eq '1010' and CustomerPriceGroup eq '{group}'"
        )
        query = {"$filter": f"{wanted} and TransactionCurrency eq 'EUR'"}
        rows = self.sap.get(f"{PRICES}/A_SlsPrcgCndnRecdValidity", params=query).raise_for_status().json()
        return [row["ConditionRecord"] for row in rows["d"]["results"]]

    # --- the shop ---

    def product(self, number: int, language: str = "en") -> dict[str, Any]:
        headers = {"Accept-Language": language}
        return dict(self.admin.get(f"/products/{number}", headers=headers).raise_for_status().json())

    def by_sku(self, sku: str) -> dict[str, Any] | None:
        rows = self.admin.get("/products", params={"itemsPerPage": 100}).raise_for_status().json()
        return next((row for row in rows if row["sku"] == sku), None)

    def wholesale(self, path: str) -> list[tuple[int, int | None, float]]:
        rows = self.admin.get(f"{path}/wholesale_prices").raise_for_status().json()
        return sorted((row["quantity_range_begin"], row["membership"] or 0, row["price"]) for row in rows)

    def write(self, path: str, **fields: Any) -> None:
        self.admin.put(path, json=fields).raise_for_status()

    # --- flowrun ---

    def told_of(self, material: str) -> Ran:
        """SAP's event arrives."""
        event = {"id": "1", "data": {"Product": material}}
        return self.run("run", "changed_product", "--event", self.event(event), "--output", "json")

    def brought(self, material: str) -> Any:
        """What became of the product: the result of the flow, which ends well."""
        ran = self.told_of(material)
        assert ran.code == 0, ran.out + ran.err
        return json.loads(ran.out)["results"]["product"]

    def every_night(self) -> Ran:
        return self.run("run", "all_products", "--event", self.event({}), "--output", "json")


def only_these_flows(project: Path) -> None:
    """The others need not be read for each command."""
    for file in (project / "flows").glob("*.yaml"):
        if file.stem not in FLOWS:
            file.unlink()


def table(project: Path, name: str, *rows: str) -> None:
    """More rows of a lookup table."""
    with (project / "lookups" / f"{name}.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"{row}\n" for row in rows)


def value(project: Path, line: str, new: str) -> None:
    """Another value in flowrun.yaml's sandbox environment."""
    settings = project / "flowrun.yaml"
    text = settings.read_text(encoding="utf-8")
    assert line in text
    settings.write_text(text.replace(line, new, 1), encoding="utf-8")
