"""One sandbox for all tests; each test begins with a fresh shop and a fresh SAP."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from mesh_client import MeshClient
from sandbox_client import Sap

from flowrun_sandbox import Sandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(xcart_port=0, sap_port=0) as running:
        yield running


@pytest.fixture
def shop(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """The shop, with the key that may write."""
    headers = {"X-AUTH-TOKEN": sandbox.xcart_token}
    with httpx.Client(base_url=sandbox.xcart_url, headers=headers, timeout=5, verify=False) as client:
        client.post("/_sandbox/reset").raise_for_status()
        yield client


@pytest.fixture
def sap(sandbox: Sandbox) -> Iterator[Sap]:
    """The SAP system, logged in."""
    headers = {"Accept": "application/json"}
    auth = (sandbox.sap_user, sandbox.sap_password)
    with Sap(base_url=sandbox.sap_url, auth=auth, headers=headers, timeout=5, verify=False) as client:
        client.post("/_sandbox/reset").raise_for_status()
        yield client


@pytest.fixture
def mesh(sandbox: Sandbox, sap: Sap) -> Iterator[MeshClient]:
    """Event Mesh of a fresh SAP, logged in."""
    with MeshClient(base_url=sandbox.mesh_url, timeout=5, verify=False) as client:
        client.log_on(sandbox)
        yield client
