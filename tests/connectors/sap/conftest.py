"""SAP beside the sandbox: the mock as its makers ship it, in a process of its own."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from flowrun.component import Duration, Secret, Surroundings, Url
from flowrun_connectors.sap import Sap, SapConfig
from flowrun_sandbox import Sandbox

V4_ORDERS = "/sap/opu/odata4/sap/api_salesorder/srvd_a2x/sap/api_salesorder/0001"
SERVICES = {"orders_v4": V4_ORDERS}
_USER, _PASSWORD = "TESTER", "not-a-secret"


@dataclass(frozen=True)
class System:
    """An SAP that answers, and what a test must know of it."""

    url: str
    user: str
    password: str
    customer: str
    metadata: Path

    def connection(self, **settings: Any) -> Sap:
        usual: dict[str, Any] = {
            "url": Url(self.url),
            "user": self.user,
            "password": Secret(self.password),
            "read_back_delay": Duration(0.01),
            "timeout": Duration(10.0),
            "services": SERVICES,
        }
        return Sap(SapConfig(**{**usual, **settings}), Surroundings("sap", None, self.metadata))


@pytest.fixture(scope="session")
def plain_mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Not widened by us, and in a process of its own, since the sandbox widens it in this one."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mocksap", "--port", str(port), "-q", "--auth", f"{_USER}:{_PASSWORD}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            _wait_for(url)
            yield _known(url, _USER, _PASSWORD, tmp_path_factory.mktemp("plain"))
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def widened_mock(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> System:
    folder = tmp_path_factory.mktemp("widened")
    return _known(sandbox.sap_url, sandbox.sap_user, sandbox.sap_password, folder)


@pytest.fixture(params=["plain_mock", "widened_mock"])
def system(request: pytest.FixtureRequest) -> System:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, System)
    return found


MakeV4 = Callable[..., Sap]


@pytest.fixture
def make_scripted_v4(make_sap: Callable[..., Sap], httpserver: Any) -> MakeV4:
    """A connection to a scripted SAP whose service `S` speaks V4, at `/v4/odata4/S`."""

    def make(folder: Path | None = None) -> Sap:
        url = Url(httpserver.url_for("/").rstrip("/"))
        return make_sap(url=url, folder=folder, services={"S": "/v4/odata4/S"})

    return make


def _wait_for(url: str) -> None:
    for _ in range(200):
        try:
            httpx.get(url, timeout=1)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the mock did not start")


def _known(url: str, user: str, password: str, folder: Path) -> System:
    with httpx.Client(base_url=url, auth=(user, password), timeout=10) as client:
        for name, path in {
            "API_SALES_ORDER_SRV": "/sap/opu/odata/sap/API_SALES_ORDER_SRV",
            **SERVICES,
        }.items():
            document = client.get(f"{path}/$metadata").raise_for_status().content
            (folder / f"{name}.xml").write_bytes(document)
        orders = client.get(f"{V4_ORDERS}/SalesOrder?$top=1").raise_for_status().json()["value"]
    return System(url, user, password, orders[0]["SoldToParty"], folder)
