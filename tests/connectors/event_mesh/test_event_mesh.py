"""Event Mesh: the sandbox's for behaviour, scripted answers for what it never says."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from flowrun.component import Duration, Registry, Secret, Surroundings, Url
from flowrun.component.connector import Unusable
from flowrun.errors import Fatal, Rejected, Retryable, RunError
from flowrun.expressions.shapes import Many, Record
from flowrun.language.workspace import read_workspace
from flowrun.steps import step_kinds
from flowrun_connectors.event_mesh import EventMesh, EventMeshConfig
from flowrun_sandbox import Sandbox

pytestmark = pytest.mark.anyio

CHANGED = "sap.s4.beh.salesorder.v1.SalesOrder.Changed.v1"
_numbers = itertools.count(1)


def event(**more: Any) -> dict[str, Any]:
    """A CloudEvent with an id of its own."""
    id_ = f"event-{next(_numbers)}"
    data = {"SalesOrder": "4711"}
    return {"specversion": "1.0", "id": id_, "type": CHANGED, "source": "/s4", "data": data, **more}


Make = Callable[..., EventMesh]


@pytest.fixture
def make_mesh() -> Make:
    def make(url: str, **settings: Any) -> EventMesh:
        usual: dict[str, Any] = {
            "url": Url(url),
            "token_url": Url(f"{url}/oauth/token"),
            "client_id": "FLOWRUN_CLIENT",
            "client_secret": Secret("sandbox-client-secret"),
            "timeout": Duration(5.0),
        }
        return EventMesh(EventMeshConfig(**{**usual, **settings}), Surroundings("events"))

    return make


@pytest.fixture
async def mesh(make_mesh: Make, sandbox: Sandbox) -> AsyncIterator[EventMesh]:
    async with make_mesh(sandbox.sap_url) as connector:
        yield connector


@pytest.fixture
def queue(sandbox: Sandbox) -> Iterator[str]:
    """A queue of the test's own, whose name needs encoding."""
    name = f"example/shop/{next(_numbers)}"
    credentials = {"grant_type": "client_credentials", "client_id": "FLOWRUN_CLIENT"}
    credentials["client_secret"] = "sandbox-client-secret"
    with httpx.Client(base_url=sandbox.sap_url) as client:
        token = client.post("/oauth/token", data=credentials).raise_for_status().json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        path = f"/hub/rest/api/v1/management/messaging/queues/{quote(name, safe='')}"
        client.put(path).raise_for_status()
        yield name
        client.delete(path).raise_for_status()


async def send(mesh: EventMesh, queue: str, *bodies: Any) -> None:
    for body in bodies:
        await mesh.perform("publish", {"queue": queue, "body": body})


async def test_events_are_pulled_and_stay_until_they_are_acknowledged(mesh: EventMesh, queue: str) -> None:
    first, second = event(), event(subject="4711", time="2026-03-14T09:26:53Z")
    await send(mesh, queue, first, second)
    pulled = await mesh.perform("pull", {"queue": queue})
    assert [one["id"] for one in pulled] == [first["id"], second["id"]]
    names = {"id", "type", "source", "subject", "time", "topic", "data", "message"}
    assert (pulled[0].keys(), pulled[0]["data"]) == (names, {"SalesOrder": "4711"})
    for _ in range(2):  # twice is once
        await mesh.perform("acknowledge", {"queue": queue, "message": pulled[0]["message"]})
    assert await mesh.perform("pull", {"queue": queue}) == []  # the second is out of sight for a while


async def test_no_more_is_pulled_than_was_asked_for(mesh: EventMesh, queue: str) -> None:
    await send(mesh, queue, *(event() for _ in range(3)))
    assert len(await mesh.perform("pull", {"queue": queue, "limit": 2})) == 2
    assert len(await mesh.perform("pull", {"queue": queue, "limit": 2})) == 1


async def test_what_is_taken_is_acknowledged_and_a_full_pull_asks_for_more(
    mesh: EventMesh, queue: str
) -> None:
    await send(mesh, queue, event(), event())
    parameters = {"queue": queue, "limit": 2}
    pulled = await mesh.perform("pull", parameters)
    assert await mesh.taken("pull", parameters, pulled) is True
    assert await mesh.taken("pull", parameters, pulled[:1]) is False
    assert await mesh.taken("publish", {}, []) is False


async def test_a_message_that_is_no_event_comes_as_unusable_among_the_others(
    mesh: EventMesh, queue: str
) -> None:
    await send(mesh, queue, {"hello": "world"}, event(id=None), event())
    broken, nameless, whole = await mesh.perform("pull", {"queue": queue})
    assert isinstance(broken, Unusable)
    assert (broken["unusable"], broken["body"]) == (
        "a message of Event Mesh cannot be used: it is no CloudEvent",
        '{"hello":"world"}',
    )
    assert nameless["unusable"].endswith("it has no `id`")
    assert all(one["message"] for one in (broken, nameless, whole))
    assert not isinstance(whole, Unusable)


async def test_an_event_of_a_type_that_is_not_expected_is_unusable(mesh: EventMesh, queue: str) -> None:
    await send(mesh, queue, event(type="other"), event())
    other, expected = await mesh.perform("pull", {"queue": queue, "types": [CHANGED]})
    assert "`types`" in other["unusable"]
    assert (other["type"], expected["type"]) == ("other", CHANGED)


async def test_a_message_goes_to_the_queues_that_hear_its_topic(mesh: EventMesh) -> None:
    topic = f"example/ce/order/{next(_numbers)}"
    sent = event()
    published = {"topic": topic, "body": sent, "content_type": "application/cloudevents+json"}
    assert await mesh.perform("publish", published) == {"queue": None, "topic": topic}
    while pulled := await mesh.perform("pull", {"queue": "flowrun"}):  # hears everything
        await mesh.taken("pull", {"queue": "flowrun"}, pulled)
        found = [one for one in pulled if one.get("id") == sent["id"]]
        if found:
            assert found[0]["topic"] == topic
            return
    pytest.fail("it did not come")


@pytest.mark.parametrize("parameters", [{}, {"queue": "q", "topic": "t"}])
async def test_a_message_is_published_to_a_queue_or_a_topic(
    make_mesh: Make, parameters: dict[str, Any]
) -> None:
    async with make_mesh("http://127.0.0.1:9") as mesh:
        with pytest.raises(Rejected, match="`queue` or `topic`"):
            await mesh.perform("publish", {**parameters, "body": {}})
        with pytest.raises(Rejected, match="`body`"):
            await mesh.perform("publish", {"queue": "q", "body": object()})


async def test_a_queue_that_is_not_there_is_named(mesh: EventMesh) -> None:
    with pytest.raises(Rejected, match=r"the queue `nowhere`.*with the namespace"):
        await mesh.perform("pull", {"queue": "nowhere"})


async def test_it_is_probed_with_its_credentials(make_mesh: Make, mesh: EventMesh, sandbox: Sandbox) -> None:
    await mesh.probe()
    async with make_mesh(sandbox.sap_url, client_secret=Secret("wrong")) as other:
        with pytest.raises(Fatal, match="`client_secret`"):
            await other.probe()


# --- scripted answers -----------------------------------------------------------------------------------------------


@pytest.fixture
async def scripted(make_mesh: Make, httpserver: HTTPServer) -> AsyncIterator[EventMesh]:
    httpserver.expect_request("/oauth/token").respond_with_json({"access_token": "t"})
    async with make_mesh(httpserver.url_for("").rstrip("/")) as connector:
        yield connector


CONSUME = "/messagingrest/v1/queues/q/messages/consumption"


@pytest.mark.parametrize(("status", "kind", "doubt"), [
    (302, Fatal, None), (400, Rejected, None), (401, Fatal, None), (403, Fatal, None), (404, Rejected, None),
    (408, Retryable, True), (429, Retryable, False), (500, Retryable, True), (503, Retryable, True),
])  # fmt: skip
async def test_each_status_says_what_happens_next(
    scripted: EventMesh, httpserver: HTTPServer, status: int, kind: type[RunError], doubt: bool | None
) -> None:
    for path in (CONSUME, "/messagingrest/v1/queues/q/messages"):
        httpserver.expect_request(path).respond_with_json({}, status, headers={"Retry-After": "5"})
    with pytest.raises(RunError, match=r"^events: the queue `q`: ") as read:
        await scripted.perform("pull", {"queue": "q"})
    with pytest.raises(RunError) as written:
        await scripted.perform("publish", {"queue": "q", "body": {}})
    assert (type(read.value), type(written.value)) == (kind, kind)
    assert getattr(written.value, "doubt", None) is doubt
    assert getattr(read.value, "doubt", None) is (None if doubt is None else False)


async def test_what_was_pulled_before_a_failure_is_not_thrown_away(
    scripted: EventMesh, httpserver: HTTPServer
) -> None:
    httpserver.expect_oneshot_request(CONSUME).respond_with_json(event(), headers={"x-message-id": "m1"})
    httpserver.expect_request(CONSUME).respond_with_json({}, 503)
    pulled = await scripted.perform("pull", {"queue": "q"})
    assert [one["message"] for one in pulled] == ["m1"]


async def test_a_message_that_comes_again_at_once_ends_the_pull(
    scripted: EventMesh, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(CONSUME).respond_with_json(event(), headers={"x-message-id": "m1"})
    assert len(await scripted.perform("pull", {"queue": "q"})) == 1


async def test_a_message_that_cannot_be_acknowledged_is_not_taken(
    scripted: EventMesh, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(CONSUME).respond_with_json(event())
    with pytest.raises(Rejected, match="x-message-id"):
        await scripted.perform("pull", {"queue": "q"})


async def test_a_pull_without_an_answer_leaves_no_doubt(make_mesh: Make, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/oauth/token").respond_with_json({"access_token": "t"})
    httpserver.expect_request(CONSUME).respond_with_handler(lambda _: Response(_slowly()))
    async with make_mesh(httpserver.url_for("").rstrip("/"), timeout=Duration(0.2)) as mesh:
        with pytest.raises(Retryable) as caught:
            await mesh.perform("pull", {"queue": "q"})
    assert not caught.value.doubt


def _slowly() -> Iterator[bytes]:
    import time  # noqa: PLC0415 - for this test only

    time.sleep(0.4)
    yield b"{}"


async def test_an_acknowledgement_that_fails_is_told_after_all_were_tried(
    scripted: EventMesh, httpserver: HTTPServer
) -> None:
    root = "/messagingrest/v1/queues/q/messages"
    for number, status in (("1", 204), ("2", 503), ("3", 204), ("4", 404)):
        httpserver.expect_request(f"{root}/{number}/acknowledgement").respond_with_data(b"", status)
    records = [{"message": str(number)} for number in range(1, 5)]
    with pytest.raises(Retryable):
        await scripted.taken("pull", {"queue": "q"}, records)
    assert len([request for request, _ in httpserver.log if "acknowledgement" in request.path]) == 4


# --- what validation knows ------------------------------------------------------------------------------------------

FLOW = """
flow: changed
title: A sales order was changed
trigger:
  {trigger}
  key: data.SalesOrder
  once: [id]
steps:
  - id: number
    extract: {{order: event.data.{field}}}
"""
PROJECT = """
environments:
  here:
    connections:
      events:
        event_mesh: {url: https://m.example.com, token_url: https://t.example.com, client_id: c, client_secret: s}
"""
POLL = f"poll: {{every: 10s, events.pull: {{queue: q, types: [{CHANGED}]}}}}"


@pytest.mark.parametrize(
    ("trigger", "field", "known"),
    [
        (POLL, "SalesOrder", True),
        (POLL, "SalesOrdr", False),
        ("poll: {every: 10s, events.pull: {queue: q}}", "Anything", True),
        (f"webhook: {{connection: events, event: {CHANGED}}}", "SalesOrder", True),
        (f"webhook: {{connection: events, event: {CHANGED}}}", "SalesOrdr", False),
    ],
)
def test_the_fields_of_known_events_are_checked(
    tmp_path: Path, trigger: str, field: str, known: bool
) -> None:
    (tmp_path / "flowrun.yaml").write_text(PROJECT)
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "changed.yaml").write_text(FLOW.format(trigger=trigger, field=field))
    found = read_workspace(tmp_path, Registry.of(step_kinds(), [EventMesh]), {})
    told = [str(problem) for problem in found.problems]
    assert (told == []) is known, told
    assert known or "SalesOrder" in told[0]


def test_every_known_event_names_its_document() -> None:
    for name, shape in EventMesh.events.items():
        data = shape.fields["data"]
        assert isinstance(data, Record)
        assert name.split(".")[5] in data.fields


def test_the_shape_of_a_pull_has_the_fields_of_all_its_types() -> None:
    types = [CHANGED, "sap.s4.beh.product.v1.Product.Changed.v1"]
    shape = EventMesh.result_shape("pull", {"types": types}, None)  # type: ignore[arg-type] # it asks for no facts
    assert isinstance(shape, Many)
    assert isinstance(shape.of, Record)
    data = shape.of.fields["data"]
    assert isinstance(data, Record)
    assert {"SalesOrder", "Product"} <= data.fields.keys()
