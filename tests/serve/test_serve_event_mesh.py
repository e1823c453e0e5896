"""Events of SAP: pulled from a queue or pushed by Event Mesh, and in neither case lost or taken twice."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from serve_project import Client, Door, eventually, fill_the_disk, in_journal, serving
from test_serve_process import serve

from flowrun.serve.pollers import Poller
from flowrun_sandbox import Sandbox

pytestmark = pytest.mark.anyio

CHANGED = "sap.s4.beh.salesorder.v1.SalesOrder.Changed.v1"
QUEUE = "example/shop/1/orders"
PROJECT = """
environments:
  test:
    connections:
      events:
        event_mesh:
          url: ${env:MESH}
          token_url: ${env:MESH}/oauth/token
          client_id: FLOWRUN_CLIENT
          client_secret: ${env:MESH_SECRET}
          timeout: 5s
        webhooks: {secret: "${env:HOOK}", query: key}
"""
FLOW = """
flow: changed
title: A sales order was changed
trigger:
  TRIGGER
  key: data.SalesOrder
  once: [id]
steps:
  - id: order
    extract: {number: event.data.SalesOrder}
"""
POLLED = FLOW.replace("TRIGGER", f"poll: {{every: 1h, events.pull: {{queue: {QUEUE}, limit: 3}}}}")
PUSHED = FLOW.replace("TRIGGER", f"webhook: {{connection: events, event: {CHANGED}}}")
HOOK = "a-webhook-secret"
_numbers = itertools.count(1)


class Mesh(httpx.Client):
    """The other side of Event Mesh: who publishes, and who keeps the queues."""

    queue = f"/hub/rest/api/v1/management/messaging/queues/{quote(QUEUE, safe='')}"

    def log_on(self) -> None:
        form = {"grant_type": "client_credentials", "client_id": "FLOWRUN_CLIENT"}
        form["client_secret"] = "sandbox-client-secret"
        token = self.post("/oauth/token", data=form).raise_for_status().json()["access_token"]
        self.headers["Authorization"] = f"Bearer {token}"
        self.put(self.queue).raise_for_status()

    def publish(self, *bodies: Any) -> None:
        path = f"/messagingrest/v1/queues/{quote(QUEUE, safe='')}/messages"
        for body in bodies:
            sent = body if isinstance(body, bytes) else json.dumps(body).encode()
            headers = {"x-qos": "1", "Content-Type": "application/json"}
            self.post(path, content=sent, headers=headers).raise_for_status()

    def count(self) -> int:
        """How many messages are not acknowledged."""
        return int(self.get(self.queue).raise_for_status().json()["messageCount"])

    def redeliver(self) -> None:
        """What was not acknowledged comes again now."""
        self.post("/_sandbox/redeliver").raise_for_status()


@pytest.fixture
def mesh(sandbox: Sandbox, sap: Door) -> Iterator[Mesh]:
    with Mesh(base_url=sandbox.sap_url, timeout=10) as client:
        client.log_on()
        yield client


@pytest.fixture
def settings(sandbox: Sandbox) -> dict[str, str]:
    return {"MESH": sandbox.sap_url, "MESH_SECRET": "sandbox-client-secret", "HOOK": HOOK}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "project"
    (made / "flows").mkdir(parents=True)
    (made / "flowrun.yaml").write_text(PROJECT, encoding="utf-8")
    (made / "flows" / "changed.yaml").write_text(POLLED, encoding="utf-8")
    return made


def event(**more: Any) -> dict[str, Any]:
    id_ = f"event-{next(_numbers)}"
    data = {"SalesOrder": str(next(_numbers))}
    return {"specversion": "1.0", "id": id_, "type": CHANGED, "source": "/s4", "data": data, **more}


def event_of(client: Client, run: str) -> Any:
    engine = client.service.engine
    assert engine is not None
    record = engine.get(run)
    assert record is not None
    return record.event


async def poller_of(client: Client) -> Poller:
    """A poller of the test's own; that of the service has looked once and looks again in an hour."""
    engine = client.service.engine
    assert engine is not None
    await eventually(lambda: in_journal(client.service.workspace.project.folder, "SELECT value FROM cursor"))
    flow = engine.workspace.flows["changed"]
    assert flow.trigger is not None
    assert flow.trigger.poll is not None
    return Poller(flow, flow.trigger.poll, engine)


async def test_a_message_becomes_a_run_and_is_acknowledged_afterwards(
    folder: Path, settings: dict[str, str], mesh: Mesh
) -> None:
    sent = event()
    mesh.publish(sent)
    async with serving(folder, settings) as client:
        found = await eventually(lambda: client.runs(key=sent["data"]["SalesOrder"]))
        await client.until(found[0]["run"], "done")
        await eventually(lambda: mesh.count() == 0)
        assert event_of(client, found[0]["run"])["id"] == sent["id"]


async def test_a_full_queue_is_emptied_in_one_go(folder: Path, settings: dict[str, str], mesh: Mesh) -> None:
    async with serving(folder, settings) as client:
        poller = await poller_of(client)
        mesh.publish(*(event() for _ in range(7)))  # more than twice the limit
        await poller.look()
        assert (len(await client.runs()), mesh.count()) == (7, 0)


def test_a_crash_between_the_journal_and_the_acknowledgement_makes_no_second_run(
    folder: Path, settings: dict[str, str], mesh: Mesh, sap: Door
) -> None:
    flow = folder / "flows" / "changed.yaml"
    flow.write_text(flow.read_text().replace("every: 1h", "every: 1s"))
    mesh.publish(event())
    sap.fault("timeout", match="/acknowledgement$", delay_ms=3_000)
    with serve(folder, settings) as (process, _):
        within(lambda: sap.asked("POST", "/acknowledgement") or runs(folder))
        within(lambda: len(runs(folder)) == 1)
        process.kill()
    assert mesh.count() == 1
    sap.delete("/_sandbox/faults")
    mesh.redeliver()
    with serve(folder, settings):
        within(lambda: mesh.count() == 0)
    assert len(runs(folder)) == 1
    assert '"duplicate"' in (folder / "log").read_text()


def runs(folder: Path) -> list[tuple[Any, ...]]:
    return in_journal(folder, "SELECT id FROM run")


def within(question: Any, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)


@pytest.mark.parametrize("kind", ["drop_before_commit", "unavailable", "acknowledgement_lost"])
async def test_a_message_whose_acknowledgement_was_lost_comes_again_and_is_one_run(
    folder: Path, settings: dict[str, str], mesh: Mesh, sap: Door, kind: str
) -> None:
    async with serving(folder, settings) as client:
        poller = await poller_of(client)
        mesh.publish(event())
        sap.fault(kind, match="/acknowledgement$")
        await poller.look()
        assert (mesh.count(), poller.failures) == (1, 0 if kind == "acknowledgement_lost" else 1)
        mesh.redeliver()
        engine = client.service.engine
        assert engine is not None
        await eventually(lambda: engine.health("events").condition == "well")
        await poller.look()
        assert (mesh.count(), len(await client.runs())) == (0, 1)


async def test_nothing_is_acknowledged_that_could_not_be_written_down(
    folder: Path, settings: dict[str, str], mesh: Mesh
) -> None:
    async with serving(folder, settings) as client:
        poller = await poller_of(client)
        mesh.publish(event(subject="x" * 400_000), b"no event" * 50_000)
        fill_the_disk(client)
        await poller.look()
        assert (mesh.count(), poller.failures > 0) == (2, True)
        fill_the_disk(client, full=False)
        mesh.redeliver()
        await poller.look()
        assert (mesh.count(), len(await client.runs())) == (0, 2)


async def test_a_message_that_can_never_be_a_run_is_kept_as_a_dead_letter_and_blocks_nothing(
    folder: Path, settings: dict[str, str], mesh: Mesh
) -> None:
    whole, without_key = event(), event(data={})
    async with serving(folder, settings) as client:
        poller = await poller_of(client)
        mesh.publish(b"<xml/>", without_key, whole)
        await poller.look()
        assert (mesh.count(), poller.not_taken) == (0, 2)
        dead = await client.runs(status="dead")
        reasons = [run["reason"] for run in dead]
        assert any("it is no CloudEvent" in reason for reason in reasons)
        assert any("`data.SalesOrder`, which is its key" in reason for reason in reasons)
        assert len(await client.runs(key=whole["data"]["SalesOrder"])) == 1
        kept = next(run["run"] for run in dead if "CloudEvent" in run["reason"])
        assert event_of(client, kept)["body"] == "<xml/>"
        engine = client.service.engine
        assert engine is not None
        mended = next(run["run"] for run in dead if "its key" in run["reason"])
        again = await engine.restart(mended, from_failed_step=False, event=event())
        await client.until(again.run, "done")


async def test_a_record_that_is_polled_again_is_one_dead_letter(
    folder: Path, settings: dict[str, str], mesh: Mesh, sap: Door
) -> None:
    async with serving(folder, settings) as client:
        poller = await poller_of(client)
        mesh.publish(event(data={}))
        sap.fault("acknowledgement_lost")
        await poller.look()
        mesh.redeliver()
        await poller.look()
        assert (mesh.count(), len(await client.runs(status="dead"))) == (0, 1)


async def test_a_secret_that_was_changed_is_taken_without_a_restart(
    folder: Path, settings: dict[str, str], mesh: Mesh
) -> None:
    mesh.publish(event())
    right, settings["MESH_SECRET"] = settings["MESH_SECRET"], "an-old-secret"
    async with serving(folder, settings) as client:
        engine = client.service.engine
        assert engine is not None
        await eventually(lambda: engine.health("events").condition == "paused")
        assert "`client_secret`" in (engine.health("events").reason or "")
        settings["MESH_SECRET"] = right
        await client.service.reload_connections()
        await eventually(lambda: engine.health("events").condition == "well")
        flow = engine.workspace.flows["changed"]
        assert flow.trigger is not None
        assert flow.trigger.poll is not None
        await Poller(flow, flow.trigger.poll, engine).look()
        assert (mesh.count(), len(await client.runs())) == (0, 1)


# --- pushed -------------------------------------------------------------------------------------------------------


@pytest.fixture
def pushed(folder: Path) -> Path:
    (folder / "flows" / "changed.yaml").write_text(PUSHED, encoding="utf-8")
    return folder


async def test_event_mesh_shakes_hands_and_pushes_to_an_address_with_the_secret(
    pushed: Path, settings: dict[str, str], mesh: Mesh
) -> None:
    async with serving(pushed, settings) as client:
        endpoint = f"{client.service.url}/webhooks/events?key={HOOK}"
        push = {"type": "webhook", "endpoint": endpoint, "exemptHandshake": False}
        subscription = {"name": "shop", "address": f"queue:{QUEUE}", "qos": 1, "pushConfig": push}
        mesh.post("/messagingrest/v1/subscriptions", json=subscription).raise_for_status()
        sent = event()
        mesh.publish(sent)
        found = await eventually(lambda: client.runs(key=sent["data"]["SalesOrder"]))
        await client.until(found[0]["run"], "done")
        await eventually(lambda: mesh.count() == 0)
        assert event_of(client, found[0]["run"])["data"] == sent["data"]


STRUCTURED = {"Content-Type": "application/cloudevents+json"}


async def test_both_ways_of_writing_an_event_are_the_same_delivery(
    pushed: Path, settings: dict[str, str]
) -> None:
    sent = event()
    names = ("specversion", "id", "type", "source")
    binary = {f"ce-{name}": sent[name] for name in names} | {"Content-Type": "application/json"}
    async with serving(pushed, settings) as client:
        for path in ("/webhooks/events", f"/webhooks/events/{CHANGED}"):
            address = {"x-address": "topic:a/ce/b", "X-Flowrun-Secret": HOOK}
            one = await client.post(path, json=sent, headers={**STRUCTURED, **address})
            other = await client.post(path, json=sent["data"], headers={**binary, **address})
            assert (one.status_code, other.json()["runs"][0]["duplicate"]) == (202, True)
        (run,) = await client.runs()
        taken = event_of(client, run["run"])
        assert (taken["id"], taken["topic"]) == (sent["id"], "a/ce/b")


async def test_an_event_that_cannot_be_used_says_why(pushed: Path, settings: dict[str, str]) -> None:
    async with serving(pushed, settings) as client:
        for path, body, headers, told in (
            ("", {"id": "1"}, {}, "no-event-name"),
            ("", {"specversion": "1.0", "id": "1"}, {}, "not-an-event"),
            (f"/{CHANGED}", {"id": "1"}, STRUCTURED, "not-an-event"),
            ("/unheard.of", event(), STRUCTURED, "unknown-event"),
            ("", event(data={}), STRUCTURED, "unusable-event"),
        ):
            answer = await client.post(f"/webhooks/events{path}?key={HOOK}", json=body, headers=headers)
            assert answer.json()["code"] == told
        answer = await client.post(f"/webhooks/events?key={HOOK}", json=event(type="other"))
        assert (answer.status_code, answer.json()) == (202, {"runs": []})  # no flow wants it


@pytest.mark.parametrize("query", ["", "?key=", "?key=wrong", "?secret=" + HOOK])
async def test_the_secret_in_the_address_must_be_right_and_is_in_no_log(
    pushed: Path, settings: dict[str, str], query: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="flowrun")
    async with serving(pushed, settings) as client:
        refused = await client.post(f"/webhooks/events{query}", json=event())
        taken = await client.post(f"/webhooks/events?key={HOOK}", json=event())
    assert (refused.status_code, taken.status_code) == (401, 202)
    assert "query parameter key" in refused.json()["message"]
    lines = [record.getMessage() for record in caplog.records if not record.name.startswith("httpx")]
    assert HOOK not in "".join(lines)


async def test_other_connections_take_no_secret_from_the_address(
    pushed: Path, settings: dict[str, str]
) -> None:
    text = (pushed / "flowrun.yaml").read_text().replace(", query: key", "")
    (pushed / "flowrun.yaml").write_text(text)
    async with serving(pushed, settings) as client:
        answer = await client.post(f"/webhooks/events?key={HOOK}", json=event())
    assert answer.status_code == 401
