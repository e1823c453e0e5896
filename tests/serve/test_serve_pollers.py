from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from serve_project import SHIRT, Client, Door, Project, eventually, fill_the_disk, in_journal, serving

from flowrun.serve.pollers import Poller, with_watermark
from flowrun_sandbox import Sandbox

pytestmark = pytest.mark.anyio

LOOK = """
flow: look
title: Looks at orders
trigger:
  webhook: {connection: xcart, event: order_changed}
  poll: {every: 1h, xcart.list_orders: {changed_since: watermark}}
  key: order_number
  once: [id, update_date]
steps:
  - id: numbers
    extract: {id: event.id}
"""
CURSOR = "SELECT value FROM cursor WHERE name = 'poll:test:look'"


def poller_of(client: Client) -> Poller:
    """A poller of the test's own, beside that of the service, which looks only once an hour."""
    engine = client.service.engine
    assert engine is not None
    flow = engine.workspace.flows["look"]
    assert flow.trigger is not None
    assert flow.trigger.poll is not None
    return Poller(flow, flow.trigger.poll, engine)


def asked_since(shop: Door) -> list[str]:
    """The moments that orders were asked for, as in lastRenewDate[after]=2026-03-14T09:26:53Z."""
    rows = [
        row["query"] for row in shop.asked("GET", "/api/orders") if "order%5BlastRenewDate%5D" in row["query"]
    ]
    return [row.split("after%5D=")[1].split("&")[0].replace("%3A", ":") for row in rows]


async def test_a_poll_finds_the_order_whose_webhook_was_lost(
    project: Project, variables: dict[str, str], shop: Door, sap: Door
) -> None:
    (order,) = shop.order(**SHIRT)
    async with serving(project(poll="1h"), variables) as client:
        found = await eventually(lambda: client.runs(key=order["order_number"]))
        assert (await client.until(found[0]["run"], "done"))["flow"] == "order_to_sap"
    assert len(sap.asked("POST", "A_SalesOrder")) == 1


async def test_overlapping_polls_and_webhooks_make_each_version_of_an_order_one_run(
    project: Project, variables: dict[str, str], shop: Door, sandbox: Sandbox
) -> None:
    placed = shop.order(6)
    path, headers = f"/api/orders/{placed[0]['id']}", {"X-AUTH-TOKEN": sandbox.xcart_token}
    folder = project({"look.yaml": LOOK})
    async with serving(folder, variables) as client:
        await eventually(lambda: in_journal(folder, CURSOR))
        before = len(await client.runs())
        read = shop.get(path, headers=headers).json()
        moment = datetime.fromisoformat(read["update_date"]).astimezone(UTC)
        delivery = {
            **placed[0],
            "update_date": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        }  # written otherwise than in the list
        assert (await client.deliver(delivery, event="order_changed")).json()["runs"][0]["duplicate"]
        for _ in range(3):
            await poller_of(client).look()
        assert len(await client.runs()) == before
        await asyncio.sleep(1.05)  # X-Cart knows seconds
        shop.post(
            f"/_sandbox/orders/{placed[0]['id']}/edit", json={"admin_notes": "changed"}
        ).raise_for_status()
        await poller_of(client).look()
        assert len(await client.runs()) == before + 1


async def test_the_first_poll_looks_a_day_back_and_the_next_ten_minutes(
    project: Project, variables: dict[str, str], shop: Door
) -> None:
    shop.order(1)
    folder = project({"look.yaml": LOOK})
    async with serving(folder, variables) as client:
        await eventually(lambda: in_journal(folder, CURSOR))
        began = float(in_journal(folder, CURSOR)[0][0])
        await poller_of(client).look()
    first, *_, last = [datetime.fromisoformat(moment).timestamp() for moment in asked_since(shop)]
    assert first == pytest.approx(began - 86_400, abs=2)
    assert last == pytest.approx(began - 600, abs=2)


async def test_a_poll_may_ask_further_back_than_its_last_look(
    project: Project, variables: dict[str, str], shop: Door
) -> None:
    folder = project({"look.yaml": LOOK.replace("every: 1h,", "every: 1h, overlap: 3d,")})
    async with serving(folder, variables) as client:
        await eventually(lambda: in_journal(folder, CURSOR))
        began = float(in_journal(folder, CURSOR)[0][0])
        await poller_of(client).look()
    moments = [datetime.fromisoformat(moment).timestamp() for moment in asked_since(shop)]
    assert [moments[0], moments[-1]] == pytest.approx([began - 3 * 86_400] * 2, abs=2)


async def test_the_watermark_stays_when_a_record_could_not_be_written_down(
    project: Project, variables: dict[str, str], shop: Door
) -> None:
    folder = project({"look.yaml": LOOK})
    async with serving(folder, variables) as client:
        before = await eventually(lambda: in_journal(folder, CURSOR))
        there = len(await client.runs())
        shop.order(40)
        poller = poller_of(client)
        fill_the_disk(client)
        await poller.look()
        assert (in_journal(folder, CURSOR), poller.failures > 0) == (before, True)
        fill_the_disk(client, full=False)
        await poller.look()
        assert in_journal(folder, CURSOR) != before
        assert len(await client.runs(limit=1000)) == there + 40


async def test_the_watermark_stays_when_the_system_does_not_answer(
    project: Project, variables: dict[str, str], shop: Door
) -> None:
    folder = project({"look.yaml": LOOK})
    async with serving(folder, variables) as client:
        before = await eventually(lambda: in_journal(folder, CURSOR))
        shop.fault("status", status=503, match="/api/orders")
        poller = poller_of(client)
        await poller.look()
        assert (in_journal(folder, CURSOR), poller.failures) == (before, 1)


async def test_a_connection_that_is_not_well_is_not_asked(
    project: Project, variables: dict[str, str], shop: Door
) -> None:
    folder = project({"look.yaml": LOOK})
    async with serving(folder, variables) as client:
        await eventually(lambda: in_journal(folder, CURSOR))
        assert client.service.engine is not None
        client.service.engine.health("xcart").condition = "down"
        before = len(shop.asked("GET"))
        await poller_of(client).look()
        assert len(shop.asked("GET")) == before


async def test_a_poll_with_wrong_credentials_pauses_the_connection(
    project: Project, variables: dict[str, str], shop: Door
) -> None:
    variables["XCART_TOKEN"] = "wrong-token"
    async with serving(project({"look.yaml": LOOK}), variables) as client:
        await eventually(lambda: paused(client))


async def paused(client: Client) -> bool:
    connections: dict[str, Any] = (await client.get("/readyz")).json()["connections"]
    return connections.get("xcart", {}).get("condition") == "paused"


async def test_a_polled_record_without_the_key_is_told_and_holds_up_nothing(
    project: Project, variables: dict[str, str], shop: Door
) -> None:
    folder = project({"look.yaml": LOOK.replace("key: order_number", "key: notes")})
    shop.order(**SHIRT)  # without notes
    async with serving(folder, variables) as client:
        await eventually(lambda: in_journal(folder, CURSOR))
        poller = poller_of(client)
        await poller.look()
        assert poller.not_taken > 0


def test_the_word_watermark_is_replaced_wherever_it_stands() -> None:
    given = {"a": "watermark", "b": {"c": ["watermark", 1]}, "d": "watermarks", "e": None}
    assert with_watermark(given, "T") == {"a": "T", "b": {"c": ["T", 1]}, "d": "watermarks", "e": None}
