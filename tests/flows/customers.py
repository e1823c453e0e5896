"""A customer whom the shop and SAP both know, and the hands that change them on either side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from read_back import service
from running import Control, Ran, Run

EMAIL = "jo@example.com"
HOME: dict[str, Any] = {
    "firstname": "Jo",
    "lastname": "Groß",
    "phone": "030 23125 042",
    "street": "Hauptstraße 12a, Hinterhaus",
    "zipcode": "10115",
    "city": "Berlin",
    "country_code": "DE",
    "state_name": "Berlin",
}
COMPANY = {
    "custom_fields": {"company": "Muster & Söhne GmbH", "vat_number": "DE136695976", "cost_center": "7"}
}
ROOT = "/sap/opu/odata/sap/API_BUSINESS_PARTNER"


@dataclass
class Customer:
    """One customer: `id` in the shop, `partner` in SAP."""

    id: int
    partner: str
    shop: Control
    sap: Control
    run: Run
    event: Callable[[Any], Path]

    def sync(self) -> Ran:
        """What every event of this customer leads to."""
        given = {"profile_id": self.id, "business_partner": self.partner}
        return self.run("run", "customer_in_step", "-e", self.event(given), "-o", "json")

    def in_step(self) -> Ran:
        ran = self.sync()
        assert ran.code == 0, ran.out
        return ran

    def told(self, flow: str, event: dict[str, Any]) -> Ran:
        """Runs a flow with an event of this customer."""
        ran = self.run("run", flow, "-e", self.event(event), "-o", "json")
        assert ran.code == 0, ran.out + ran.err
        return ran

    # --- in the shop

    def in_shop(self) -> dict[str, Any]:
        """The log-in, and the address it has."""
        profile = self._api("GET", f"/api/profiles/{self.id}")
        address = self.address()
        custom = {row["name"]: row["value"] for row in address["custom_fields"]}
        return {"login": profile["login"], **address, **custom}

    def address(self) -> dict[str, Any]:
        """Their only one, as the shop has it."""
        (address,) = self._api("GET", f"/api/profiles/{self.id}/addresses")
        return dict(address)

    def changes_account(self, **fields: Any) -> None:
        self._api("PUT", f"/api/profiles/{self.id}", fields)

    def moves(self, **fields: Any) -> None:
        self._api("PUT", f"/api/profiles/{self.id}/addresses/{self.address()['id']}", fields)

    def _api(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"X-AUTH-TOKEN": "sandbox-write-key"}
        answer = self.shop.request(method, path, json=body, headers=headers).raise_for_status()
        return answer.json() if answer.content else None

    # --- in SAP

    def in_sap(self) -> dict[str, Any]:
        """The partner, their address, their e-mail address, telephone and tax number."""
        address = "to_BusinessPartnerAddress"
        wide = f"{address}/to_EmailAddress,{address}/to_PhoneNumber,to_BusinessPartnerTax"
        client = service(self.sap, "API_BUSINESS_PARTNER")
        partner = client.entity_sets.A_BusinessPartner.get_entity(self.partner).expand(wide).execute()
        (place,) = partner.to_BusinessPartnerAddress
        return {
            "name": partner.BusinessPartnerFullName,
            "first_name": partner.FirstName,
            "last_name": partner.LastName,
            "street": (place.StreetName, place.HouseNumber),
            "city": (place.PostalCode, place.CityName, place.Region),
            "email": [row.EmailAddress for row in place.to_EmailAddress],
            "phone": [row.PhoneNumber for row in place.to_PhoneNumber],
            "vat_number": [row.BPTaxNumber for row in partner.to_BusinessPartnerTax],
            "address_id": place.AddressID,
        }

    def clerk_writes(self, **fields: Any) -> None:
        """A change of the partner's own fields by a person in SAP."""
        self._patch(f"A_BusinessPartner('{self.partner}')", fields)

    def clerk_moves(self, **fields: Any) -> None:
        key = f"BusinessPartner='{self.partner}',AddressID='{self.in_sap()['address_id']}'"
        self._patch(f"A_BusinessPartnerAddress({key})", fields)

    def clerk_writes_channel(self, entity: str, **fields: Any) -> None:
        """A change of the e-mail address or of the telephone."""
        key = f"AddressID='{self.in_sap()['address_id']}',Person='',OrdinalNumber='1'"
        self._patch(f"{entity}({key})", fields)

    def clerk_writes_vat_number(self, number: str) -> None:
        key = f"BusinessPartner='{self.partner}',BPTaxType='DE0'"
        self._patch(f"A_BusinessPartnerTaxNumber({key})", {"BPTaxNumber": number})

    def _patch(self, path: str, fields: dict[str, Any]) -> None:
        token = self.sap.get(f"{ROOT}/", headers={"x-csrf-token": "Fetch"}).headers["x-csrf-token"]
        headers = {"x-csrf-token": token, "If-Match": "*"}
        self.sap.patch(f"{ROOT}/{path}", json=fields, headers=headers).raise_for_status()

    # --- what flowrun wrote

    def writes(self) -> tuple[int, int]:
        """How many writes each system has had of the customer, in the shop and in SAP."""
        in_sap = [
            path for path in self.sap.asked("PATCH", "POST", "DELETE") if "/API_BUSINESS_PARTNER/" in path
        ]
        return len(self.shop.asked("PUT", path="/api/profiles")), len(in_sap)


def customer(shop: Control, sap: Control, run: Run, event: Callable[[Any], Path], **address: Any) -> Customer:
    """One who has just bought for the first time."""
    home = HOME | address
    placed = shop.order(email=EMAIL, registered=True, billing=home)
    headers = {"X-AUTH-TOKEN": "sandbox-write-key"}
    order = shop.get(f"/api/orders/{placed['id']}", headers=headers).raise_for_status().json()
    buyer = {
        "profile_id": order["customer_id"],
        "order_number": order["order_number"],
        "email": order["email"],
        "address": order["billing_address"],
        "currency": order["currency"],
    }
    ran = run("run", "customer_to_sap", "-e", event(buyer), "-o", "json")
    assert ran.code == 0, ran.out + ran.err
    partner = ran.json["results"]["found"]["business_partner"]
    return Customer(order["customer_id"], partner, shop, sap, run, event)
