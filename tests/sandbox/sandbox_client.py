"""A client of the sandbox's SAP system, and bodies it accepts."""

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
