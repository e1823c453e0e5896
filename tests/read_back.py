"""What SAP has, as pyodata reads it: SAP's own client, which knows nothing of flowrun."""

from __future__ import annotations

from typing import Any

import httpx
import pyodata


class _Requests:
    """What pyodata asks of `requests`, by httpx."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def get(self, url: str, **_: Any) -> httpx.Response:
        return self._client.get(url)

    def request(
        self, method: str, url: str, *, headers: dict[str, str] | None, params: str, data: Any
    ) -> httpx.Response:
        address = f"{url}?{params}" if params else url
        return self._client.request(method, address, headers=headers, content=data)


def service(client: httpx.Client, name: str) -> Any:
    root = f"{str(client.base_url).rstrip('/')}/sap/opu/odata/sap/{name}/"
    return pyodata.Client(root, _Requests(client))


def orders(client: httpx.Client, number: str, expand: str = "to_Item") -> list[Any]:
    """The sales orders that were made of an X-Cart order."""
    entities = service(client, "API_SALES_ORDER_SRV").entity_sets.A_SalesOrder.get_entities()
    found = entities.filter(f"PurchaseOrderByCustomer eq 'XC-{number}'").expand(expand).execute()
    return list(found)


def partners(client: httpx.Client, key: str) -> list[Any]:
    """The business partners with this search term."""
    entities = service(client, "API_BUSINESS_PARTNER").entity_sets.A_BusinessPartner.get_entities()
    wide = "to_BusinessPartnerAddress/to_EmailAddress,to_BusinessPartnerTax,to_BusinessPartnerRole"
    return list(entities.filter(f"SearchTerm1 eq '{key}'").expand(wide).execute())
