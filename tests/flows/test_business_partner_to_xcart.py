"""Changes of SAP reach the shop, and our own change that comes back as an event ends there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from customers import Customer

from flowrun.cli.composition import registry
from flowrun.serve.service import Service, Settings
from flowrun_sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("systems", "customer_flows")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def changed(partner: str) -> dict[str, Any]:
    return {"data": {"BusinessPartner": partner}}


def test_a_partner_who_is_no_customer_of_the_shop_is_left_alone(jo: Customer) -> None:
    before = jo.writes()
    assert "has no account in the shop" in jo.told("business_partner_to_xcart", changed("1000003")).out
    assert jo.writes() == before


def test_a_partner_of_a_deleted_account_has_no_account(jo: Customer) -> None:
    guest = {"profile_id": None, "order_number": "9", "email": "else@example.com", "currency": "EUR"}
    moved = jo.address() | {"street": "Am Markt 5", "lastname": "Klein"}
    ran = jo.told("customer_to_sap", guest | {"address": moved})
    partner = ran.json["results"]["found"]["business_partner"]
    assert partner != jo.partner
    assert "has no account" in jo.told("business_partner_to_xcart", changed(partner)).out


def test_what_no_event_told_is_found_by_asking_for_the_changes_of_a_day(jo: Customer) -> None:
    jo.clerk_moves(PostalCode="10117")
    assert jo.told("changed_business_partners", {"BusinessPartner": jo.partner}).json["status"] == "done"
    assert jo.in_shop()["zipcode"] == "10117"


# --- with everything running --------------------------------------------------------------------------------------


@pytest.fixture
async def client(jo: Customer, project: Path, sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    """flowrun, to which the shop sends its webhooks and SAP its events. Nothing else asks for changes."""
    for name in ("buyer_to_sap", "changed_business_partners", "profiles_every_night"):
        (project / "flows" / f"{name}.yaml").unlink()
    flow = project / "flows" / "business_partner_to_xcart.yaml"
    flow.write_text(flow.read_text().replace("every: 10s", "every: 1s"))
    variables = {"FLOWRUN_SANDBOX_XCART": sandbox.xcart_url, "FLOWRUN_SANDBOX_SAP": sandbox.sap_url}
    settings = Settings(port=0, grace=5.0, watch_every=5.0, poll_jitter=0.0, alert_tick=5.0)
    service = Service(project, registry(), settings=settings, variables=variables)
    await service.start()
    try:
        hook = {
            "url": f"{service.url}/webhooks/xcart/{{event}}",
            "event": "profile_changed",
            "secret": "sandbox-webhook-secret",
        }
        jo.shop.post("/_sandbox/settings", json={"webhooks": True}).raise_for_status()
        jo.shop.post("/_sandbox/hooks", json=hook).raise_for_status()
        async with httpx.AsyncClient(base_url=service.url, timeout=10) as asking:
            yield asking
    finally:
        jo.shop.post("/_sandbox/settings", json={"webhooks": False})
        await service.stop()


async def calm(client: httpx.AsyncClient, *needed: str) -> list[dict[str, Any]]:
    """All runs, once each of these flows has had one with this end, and none is under way."""
    deadline = time.monotonic() + 20
    while True:
        runs: list[dict[str, Any]] = (await client.get("/api/runs")).raise_for_status().json()["runs"]
        ended = {f"{run['flow']} {run['status']}" for run in runs}
        if set(needed) <= ended and all(run["status"] in {"done", "skipped"} for run in runs):
            return runs
        assert time.monotonic() < deadline, ended
        await asyncio.sleep(0.05)


@pytest.mark.anyio
async def test_a_change_in_the_shop_comes_back_from_sap_and_ends_there(
    jo: Customer, client: httpx.AsyncClient
) -> None:
    in_shop, in_sap = jo.writes()
    jo.moves(phone="+49 30 23125200")
    await calm(client, "profile_to_sap done", "business_partner_to_xcart skipped")
    assert jo.in_sap()["phone"] == ["+493023125200"]
    assert jo.writes() == (in_shop + 1, in_sap + 1)  # the customer's own, and ours


@pytest.mark.anyio
async def test_a_change_in_sap_comes_back_from_the_shop_and_ends_there(
    jo: Customer, client: httpx.AsyncClient
) -> None:
    in_shop, in_sap = jo.writes()
    jo.clerk_moves(PostalCode="10117")
    await calm(client, "business_partner_to_xcart done", "profile_to_sap skipped")
    assert jo.in_shop()["zipcode"] == "10117"
    assert jo.writes() == (in_shop + 1, in_sap + 1)  # ours, and the clerk's own
