"""The connectors against real partners: the sandbox for behaviour, scripted answers for the rest."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pytest_httpserver import HTTPServer

from flowrun.component import Duration, Secret, Surroundings, Url
from flowrun_connectors.http import Http, HttpConfig
from flowrun_connectors.sap import Sap, SapConfig
from flowrun_connectors.xcart import XCart, XCartConfig
from flowrun_sandbox import Sandbox

SALES_ORDERS = {"service": "API_SALES_ORDER_SRV", "entity": "A_SalesOrder"}
_numbers = itertools.count(1)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(xcart_port=0, sap_port=0) as running:
        yield running


class Control(httpx.Client):
    """The back door of a sandbox system: faults on command, and what was asked of it."""

    def fault(self, kind: str, **rule: Any) -> None:
        self.post("/_sandbox/faults", json={"kind": kind, **rule}).raise_for_status()

    def setting(self, **values: Any) -> None:
        self.post("/_sandbox/settings", json=values).raise_for_status()

    def asked(self, method: str, path: str = "") -> list[dict[str, Any]]:
        rows = self.get("/_sandbox/requests").json()
        return [row for row in rows if row["method"] == method and path in row["path"]]

    def read(self, path: str) -> Any:
        return self.get(f"/_sandbox/{path}").raise_for_status().json()


@pytest.fixture
def sap_control(sandbox: Sandbox) -> Iterator[Control]:
    with Control(base_url=sandbox.sap_url, timeout=5) as client:
        yield client
        client.delete("/_sandbox/faults")
        client.setting(page_size=0, page_match="")


@pytest.fixture
def shop(sandbox: Sandbox) -> Iterator[Control]:
    """The back door of a fresh shop."""
    with Control(base_url=sandbox.xcart_url, timeout=5) as client:
        client.post("/_sandbox/reset").raise_for_status()
        yield client
        client.delete("/_sandbox/faults")


@pytest.fixture(scope="session")
def metadata(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `flowrun metadata pull` would keep."""
    folder = tmp_path_factory.mktemp("metadata")
    auth = (sandbox.sap_user, sandbox.sap_password)
    for service in ("API_SALES_ORDER_SRV", "API_BUSINESS_PARTNER"):
        answer = httpx.get(f"{sandbox.sap_url}/sap/opu/odata/sap/{service}/$metadata", auth=auth)
        (folder / f"{service}.xml").write_bytes(answer.raise_for_status().content)
    return folder


MakeSap = Callable[..., Sap]


@pytest.fixture
def make_sap(sandbox: Sandbox, metadata: Path) -> MakeSap:
    def make(*, guard: Any = None, folder: Path | None = metadata, **settings: Any) -> Sap:
        usual: dict[str, Any] = {
            "url": Url(sandbox.sap_url),
            "user": sandbox.sap_user,
            "password": Secret(sandbox.sap_password),
            "read_back_delay": Duration(0.01),
            "timeout": Duration(5.0),
        }
        return Sap(SapConfig(**{**usual, **settings}), Surroundings("sap", guard, folder))

    return make


@pytest.fixture
async def sap(make_sap: MakeSap, sap_control: Control) -> AsyncIterator[Sap]:
    async with make_sap() as connector:
        yield connector


@pytest.fixture
async def scripted_sap(make_sap: MakeSap, httpserver: HTTPServer) -> AsyncIterator[Sap]:
    """A connection to a SAP that answers what the test says."""
    async with make_sap(url=Url(httpserver.url_for("/").rstrip("/")), folder=None) as connector:
        yield connector


@pytest.fixture
def order(sandbox: Sandbox) -> dict[str, Any]:
    """A sales order under a number that no other test uses."""
    return {
        "SalesOrderType": "OR",
        "SalesOrganization": "1010",
        "DistributionChannel": "10",
        "OrganizationDivision": "00",
        "SoldToParty": a_customer(sandbox.sap_url, sandbox.sap_user, sandbox.sap_password),
        "PurchaseOrderByCustomer": f"XC-{next(_numbers)}",
        "TransactionCurrency": "USD",
        "to_Item": [{"Material": "FG-TSHIRT-BLK-M", "RequestedQuantity": "2"}],
    }


_customers: dict[str, str] = {}


def a_customer(url: str, user: str, password: str) -> str:
    """Any sold-to party of the sandbox's own orders."""
    if url not in _customers:
        path = "/sap/opu/odata/sap/API_SALES_ORDER_SRV/A_SalesOrder?$top=1&$format=json"
        found = httpx.get(url + path, auth=(user, password)).raise_for_status().json()
        _customers[url] = found["d"]["results"][0]["SoldToParty"]
    return _customers[url]


MakeXCart = Callable[..., XCart]


@pytest.fixture
def make_xcart(sandbox: Sandbox) -> MakeXCart:
    def make(*, guard: Any = None, **settings: Any) -> XCart:
        usual: dict[str, Any] = {"url": Url(sandbox.xcart_url), "token": Secret(sandbox.xcart_token)}
        return XCart(XCartConfig(**{**usual, **settings}), Surroundings("xcart", guard))

    return make


@pytest.fixture
async def xcart(make_xcart: MakeXCart, shop: Control) -> AsyncIterator[XCart]:
    async with make_xcart() as connector:
        yield connector


@pytest.fixture
async def scripted_xcart(make_xcart: MakeXCart, httpserver: HTTPServer) -> AsyncIterator[XCart]:
    """A connection to a shop that answers what the test says."""
    async with make_xcart(url=Url(httpserver.url_for("/").rstrip("/"))) as connector:
        yield connector


MakeHttp = Callable[..., Http]


@pytest.fixture
def make_http(httpserver: HTTPServer) -> MakeHttp:
    def make(*, guard: Any = None, **settings: Any) -> Http:
        usual = {"base_url": Url(httpserver.url_for("/").rstrip("/"))}
        return Http(HttpConfig(**{**usual, **settings}), Surroundings("crm", guard))

    return make
