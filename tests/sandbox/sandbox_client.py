"""Clients of the sandbox: SAP with bodies it accepts, and the classic API of the shop."""

from __future__ import annotations

from typing import Any

import httpx


class Sap(httpx.Client):
    """A client of S/4HANA: logged in, with a token when it writes."""

    services = "/sap/opu/odata/sap"

    def token(self) -> dict[str, str]:
        answer = self.get(f"{self.services}/API_SALES_ORDER_SRV/", headers={"x-csrf-token": "Fetch"})
        return {"x-csrf-token": answer.headers["x-csrf-token"]}

    def read(self, path: str, **params: str) -> Any:
        answer = self.get(f"{self.services}/{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()["d"]

    def create(self, path: str, body: dict[str, Any]) -> httpx.Response:
        return self.post(f"{self.services}/{path}", json=body, headers=self.token())

    def customer(self, email: str = "jo@example.com") -> str:
        """A person in the roles of a customer, found again by that address."""
        answer = self.create("API_BUSINESS_PARTNER/A_BusinessPartner", person(email))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["d"]["BusinessPartner"])

    def order(self, sold_to: str, **more: Any) -> httpx.Response:
        return self.create("API_SALES_ORDER_SRV/A_SalesOrder", order(sold_to) | more)


def person(email: str) -> dict[str, Any]:
    return {
        "BusinessPartnerCategory": "1",
        "BusinessPartnerGrouping": "BP02",
        "FirstName": "Jo",
        "LastName": "Groß",
        "to_BusinessPartnerRole": [{"BusinessPartnerRole": "FLCU00"}, {"BusinessPartnerRole": "FLCU01"}],
        "to_BusinessPartnerAddress": {
            "results": [
                {
                    "CityName": "Berlin",
                    "Country": "DE",
                    "to_EmailAddress": [{"EmailAddress": email, "IsDefaultEmailAddress": True}],
                    "to_PhoneNumber": [{"PhoneNumber": "03023125042"}],
                }
            ]
        },
        "to_Customer": {
            "to_CustomerSalesArea": [
                {
                    "SalesOrganization": "1010",
                    "DistributionChannel": "10",
                    "Division": "00",
                    "Currency": "EUR",
                }
            ],
            "to_CustomerCompany": [{"CompanyCode": "1010"}],
        },
    }


def order(sold_to: str) -> dict[str, Any]:
    return {
        "SalesOrderType": "OR",
        "SalesOrganization": "1010",
        "DistributionChannel": "10",
        "OrganizationDivision": "00",
        "SoldToParty": sold_to,
        "PurchaseOrderByCustomer": "XC-1042",
        "TransactionCurrency": "USD",
        "to_Item": [
            {
                "Material": "FG-TSHIRT-BLK-M",
                "RequestedQuantity": "2",
                "to_PricingElement": [
                    {"ConditionType": "PPR0", "ConditionRateValue": "49.99", "ConditionCurrency": "USD"}
                ],
            },
        ],
    }


class Classic:
    """The shop's classic API: everything through one path."""

    key = "sandbox-classic-key"

    def __init__(self, shop: httpx.Client) -> None:
        self.shop = shop

    def ask(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        query: dict[str, str] | None = None,
        **more: Any,
    ) -> httpx.Response:
        """``_path`` and ``_key`` go into the query, as everybody does it."""
        asked = {"target": "RESTAPI", "_path": path, "_key": key or self.key} | (query or {})
        return self.shop.request(method, "/admin.php", params=asked, **more)

    def get(self, path: str, **query: str) -> Any:
        """What a good answer holds; ``_cnd`` and ``_schema`` are said as they are."""
        answer = self.ask("GET", path, query=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def write(self, method: str, path: str, body: Any) -> Any:
        """JSON in, and what came back."""
        answer = self.ask(method, path, json=body)
        assert answer.status_code == 200, answer.headers.get("x-rest-error", answer.text)
        return answer.json()


def until_idle(shop: httpx.Client) -> None:
    """Returns when the storefront has come to its limit."""
    for _ in range(5000):
        if not shop.get("/_sandbox/activity").json()["running"]:
            return
    raise AssertionError("the storefront goes on and on")
