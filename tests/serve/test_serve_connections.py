from __future__ import annotations

import asyncio
from typing import Any

import pytest
from serve_project import LAMP, PASSWORD, SHIRT, Client, Door, Project, eventually, in_journal, serving

pytestmark = pytest.mark.anyio


class Told:
    """Takes alerts in the place of Apprise."""

    def __init__(self) -> None:
        self.alerts: list[tuple[list[str], str, str]] = []

    def __call__(self, to: Any, title: str, body: str) -> list[str]:
        self.alerts.append((list(to), title, body))
        return []


ALERTS = 'alerts: [{team: order-to-cash, to: ["json://sales.example.com"]}, {team: "*", to: ["json://all.example.com"]}]'


async def condition(client: Client, name: str) -> str:
    connections: dict[str, Any] = (await client.get("/readyz")).json()["connections"]
    return str(connections.get(name, {}).get("condition"))


async def test_when_sap_is_down_runs_wait_unharmed_and_go_on_when_it_is_back(
    project: Project, variables: dict[str, str], shop: Door, sap: Door
) -> None:
    sap.fault("unavailable", count=0)
    told = Told()
    folder = project(extra=ALERTS)
    async with serving(folder, variables, send_alert=told) as client:
        orders = [
            shop.order(email=f"k{number}@example.com", lines=[{"sku": "TS-BLK-M"}])[0] for number in range(8)
        ]
        runs = [(await client.deliver(order)).json()["runs"][0]["run"] for order in orders]
        await eventually(lambda: is_(client, "sap", "down"))
        await asyncio.sleep(0.3)
        asked = len(sap.asked("GET"))
        assert asked < 40  # a system that is down costs no attempts
        assert {(await client.run(run))["status"] for run in runs} <= {"waiting", "retrying"}
        sap.delete("/_sandbox/faults")
        for run in runs:
            await client.until(run, "done")
        assert await condition(client, "sap") == "well"
    assert len(sap.asked("POST", "A_SalesOrder")) == 8
    assert told.alerts == []


async def is_(client: Client, name: str, wanted: str) -> bool:
    return await condition(client, name) == wanted


async def test_wrong_credentials_pause_the_connection_with_one_alert_until_they_are_rotated(
    project: Project, variables: dict[str, str], shop: Door, sap: Door
) -> None:
    right, variables["SAP_PASSWORD"] = variables["SAP_PASSWORD"], "not-the-password"
    told = Told()
    async with serving(project(extra=ALERTS), variables, send_alert=told) as client:
        orders = [shop.order(**SHIRT)[0] for _ in range(5)]
        runs = [(await client.deliver(order)).json()["runs"][0]["run"] for order in orders]
        await eventually(lambda: is_(client, "sap", "paused"))
        for run in runs:
            assert (await client.until(run, "waiting"))["waiting_for"] == "connection:sap"
        await eventually(lambda: told.alerts)
        ((to, title, body),) = told.alerts
        assert to == ["json://sales.example.com"]
        assert "sap is paused" in title
        assert "/api/connections/reload" in body
        variables["SAP_PASSWORD"] = right
        assert (await client.post("/api/connections/reload")).status_code == 200
        for run in runs:
            await client.until(run, "done")
    assert len(told.alerts) == 1


async def test_a_reload_that_cannot_be_used_changes_nothing(
    project: Project, variables: dict[str, str], shop: Door, sap: Door
) -> None:
    folder = project()
    async with serving(folder, variables, watch_every=3600) as client:
        right = variables.pop("SAP_PASSWORD")
        unset = await client.post("/api/connections/reload")
        variables["SAP_PASSWORD"] = right
        text = (folder / "flowrun.yaml").read_text()
        (folder / "flowrun.yaml").write_text(text.replace("user: FLOWRUN", "uesr: FLOWRUN"))
        broken = await client.post("/api/connections/reload")
        (order,) = shop.order(**SHIRT)
        await client.until((await client.deliver(order)).json()["runs"][0]["run"], "done")
    assert (unset.status_code, broken.status_code) == (409, 409)
    assert "SAP_PASSWORD" in unset.json()["message"]
    assert broken.json()["problems"][0]["file"] == "flowrun.yaml"


async def test_a_reload_lets_calls_under_way_end(
    project: Project, variables: dict[str, str], shop: Door, sap: Door
) -> None:
    shop.fault("latency", delay_ms=400, match=r"/api/orders/\d+$")
    async with serving(project(), variables) as client:
        (order,) = shop.order(**SHIRT)
        run = (await client.deliver(order)).json()["runs"][0]["run"]
        await eventually(lambda: shop.asked("GET", f"/api/orders/{order['id']}"))
        assert (await client.post("/api/connections/reload")).status_code == 200
        await client.until(run, "done")
        assert await condition(client, "xcart") == "well"
    assert len(shop.asked("GET", f"/api/orders/{order['id']}")) == 1


async def test_a_changed_flowrun_yaml_is_taken_without_being_asked(
    project: Project, variables: dict[str, str], shop: Door, sap: Door
) -> None:
    folder = project()
    text = (folder / "flowrun.yaml").read_text()
    (folder / "flowrun.yaml").write_text(text.replace("user: FLOWRUN", "user: SOMEBODY"))
    async with serving(folder, variables) as client:
        (order,) = shop.order(**SHIRT)
        run = (await client.deliver(order)).json()["runs"][0]["run"]
        await client.until(run, "waiting")
        (folder / "flowrun.yaml").write_text(text)
        await client.until(run, "done")


async def test_a_parked_run_goes_on_when_its_row_is_added_and_flows_stay_as_they_are(
    project: Project, variables: dict[str, str], shop: Door, sap: Door
) -> None:
    folder, told = project(extra=ALERTS), Told()
    async with serving(folder, variables, send_alert=told) as client:
        (order,) = shop.order(**LAMP)
        run = (await client.deliver(order)).json()["runs"][0]["run"]
        assert (await client.until(run, "parked"))["waiting_for"] == "lookup:sku_to_material"
        table, flow = folder / "lookups" / "sku_to_material.csv", folder / "flows" / "order_to_sap.yaml"
        whole = table.read_text(encoding="utf-8")
        table.write_text("sku,material\nbroken", encoding="utf-8")  # a table half written is not taken
        flow.write_text("flow: nonsense", encoding="utf-8")
        await asyncio.sleep(0.2)
        assert (await client.run(run))["status"] == "parked"
        table.write_text(whole + "LAMP-09,FG-LAMP-BRASS,YB110,PC\n", encoding="utf-8")
        await client.until(run, "done")
    await eventually(lambda: told.alerts)
    assert [(to, "LAMP-09" in body) for to, _, body in told.alerts] == [(["json://sales.example.com"], True)]
    assert in_journal(folder, "SELECT status FROM run WHERE status != 'done'") == []


async def test_a_secret_in_a_file_is_read_again_while_its_connection_is_paused(
    project: Project, variables: dict[str, str], shop: Door
) -> None:
    """No reload, no restart: the file changes, and the next probe takes what is in it."""
    folder = project()
    settings = (folder / "flowrun.yaml").read_text(encoding="utf-8")
    assert "${env:SAP_PASSWORD}" in settings
    (folder / "flowrun.yaml").write_text(
        settings.replace("${env:SAP_PASSWORD}", "${file:secrets/sap}"),
        encoding="utf-8",
    )
    (folder / "secrets").mkdir()
    (folder / "secrets" / "sap").write_text("wrong\n", encoding="utf-8")
    (order,) = shop.order(**SHIRT)
    async with serving(folder, variables) as client:
        run = (await client.deliver(order)).json()["runs"][0]["run"]
        await eventually(lambda: client.service.engine.health("sap").condition == "paused")
        (folder / "secrets" / "sap").write_text(f"{PASSWORD}\n", encoding="utf-8")
        await client.until(run, "done")
