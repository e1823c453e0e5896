from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from serve_project import PADDING, SECRET, Client, Door, Project, fill_the_disk, in_journal, serving

from flowrun.component import Secret
from flowrun.component.settings import WebhookSecurity
from flowrun.serve.signatures import is_genuine

pytestmark = pytest.mark.anyio

KEY = "a-signing-key"
BODY = b'{"id": 7, "order_number": "7"}'
LOOK = """
flow: look
title: Looks at an order
trigger:
  webhook: {connection: xcart, event: order_placed}
  key: order_number
  once: [id, update_date]
steps:
  - id: numbers
    extract: {id: event.id}
"""
SECOND = LOOK.replace("flow: look", "flow: second")
WAITS = """
flow: waits
title: Waits for a row
trigger:
  webhook: {connection: xcart, event: order_placed}
  key: order_number
  behind: reject
steps:
  - id: mapped
    lookup: country
    key: {from: event.order_number}
    missing: park
"""


@pytest.fixture
async def look(project: Project, variables: dict[str, str]) -> AsyncIterator[Client]:
    """A service whose only flow calls nobody."""
    async with serving(project({"look.yaml": LOOK}), variables) as client:
        yield client


async def post(
    client: Client, body: bytes = BODY, path: str = "xcart/order_placed", **headers: str
) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.post(f"/webhooks/{path}", content=body, headers=named)


async def test_a_202_means_that_the_event_is_in_the_journal_file(
    project: Project, variables: dict[str, str], shop: Door, sap: Door
) -> None:
    folder = project()
    (order,) = shop.order(email="kunde@example.com", lines=[{"sku": "TS-BLK-M"}])
    async with serving(folder, variables) as client:
        answer = await client.deliver(order)
        there = in_journal(folder, "SELECT id FROM run")
        (run,) = answer.json()["runs"]
        assert answer.status_code == 202
        assert (run["flow"], run["duplicate"], (run["run"],) in there) == ("order_to_sap", False, True)
        await client.until(run["run"], "done")


async def test_a_second_delivery_gives_the_first_run(look: Client) -> None:
    event = {"id": 7, "order_number": "7", "update_date": "2026-03-14T09:26:53Z"}
    first = (await look.deliver(event)).json()["runs"][0]
    again = await look.deliver(event)
    same_moment = await look.deliver({**event, "update_date": "2026-03-14T10:26:53+0100"})
    changed = await look.deliver({**event, "update_date": "2026-03-14T09:27:00Z"})
    assert again.status_code == 202
    assert again.json()["runs"] == [{**first, "duplicate": True}]
    assert same_moment.json()["runs"] == [{**first, "duplicate": True}]
    assert not changed.json()["runs"][0]["duplicate"]


async def test_a_hundred_deliveries_at_once_are_one_run(look: Client) -> None:
    answers = await asyncio.gather(*(look.deliver({"id": 7, "order_number": "7"}) for _ in range(100)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["runs"][0]["run"] for answer in answers}) == 1
    assert sum(not answer.json()["runs"][0]["duplicate"] for answer in answers) == 1


async def test_every_flow_of_an_event_gets_its_run(project: Project, variables: dict[str, str]) -> None:
    async with serving(project({"a.yaml": LOOK, "b.yaml": SECOND}), variables) as client:
        answer = await client.deliver({"id": 7, "order_number": "7"})
    assert [run["flow"] for run in answer.json()["runs"]] == ["look", "second"]


async def test_an_event_that_no_flow_takes_is_taken_and_told(look: Client) -> None:
    answer = await look.deliver({"id": 7}, event="profile_changed")
    assert (answer.status_code, answer.json()) == (202, {"runs": []})


@pytest.mark.parametrize("headers", [{}, {"X_Flowrun_Secret": "wrong"}, {"X_Flowrun_Secret": ""}])
async def test_a_missing_or_wrong_secret_is_refused(look: Client, headers: dict[str, str]) -> None:
    answer = await post(look, **headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "not-genuine")
    assert "X-Flowrun-Secret" in answer.json()["message"]
    assert await look.runs() == []


async def test_a_secret_that_is_no_ascii_is_compared_and_not_broken_on(look: Client) -> None:
    answer = await look.post(
        "/webhooks/xcart/order_placed", content=BODY, headers=[(b"X-Flowrun-Secret", b"\xff\xfe")]
    )
    assert answer.status_code == 401


def signed(encoding: str, body: bytes = BODY, algorithm: str = "sha256") -> str:
    made = hmac.new(KEY.encode(), body, getattr(hashlib, algorithm)).digest()
    return {"hex": made.hex(), "HEX": made.hex().upper(), "base64": base64.b64encode(made).decode()}[encoding]


async def test_an_hmac_over_the_body_is_a_proof(project: Project, variables: dict[str, str]) -> None:
    webhooks = f"{{signing_key: {KEY}, signature_header: X-Shop-Sign}}"
    async with serving(project({"look.yaml": LOOK}, webhooks=webhooks), variables) as client:
        for encoding in ("hex", "base64"):
            assert (await post(client, X_Shop_Sign=signed(encoding))).status_code == 202
            assert (await post(client, BODY + b" ", X_Shop_Sign=signed(encoding))).status_code == 401


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
@pytest.mark.parametrize("encoding", ["hex", "HEX", "base64"])
@pytest.mark.parametrize("prefix", ["", "{algorithm}=", " "])
def test_an_hmac_is_read_in_hex_and_base64(algorithm: Any, encoding: str, prefix: str) -> None:
    security = WebhookSecurity(signing_key=Secret(KEY), algorithm=algorithm)
    right = prefix.format(algorithm=algorithm) + signed(encoding, algorithm=algorithm)
    assert is_genuine(security, {"X-Signature": right}, BODY)
    for wrong in ("", "nonsense", "ü", signed(encoding, BODY + b" ", algorithm), right[:-4], right + "00"):
        assert not is_genuine(security, {"X-Signature": wrong}, BODY)


async def test_where_both_proofs_are_set_both_are_needed(project: Project, variables: dict[str, str]) -> None:
    webhooks = f"{{secret: {SECRET}, signing_key: {KEY}}}"
    async with serving(project({"look.yaml": LOOK}, webhooks=webhooks), variables) as client:
        assert (await post(client, X_Flowrun_Secret=SECRET)).status_code == 401
        assert (await post(client, X_Signature=signed("hex"))).status_code == 401
        assert (await post(client, X_Signature=signed("hex"), X_Flowrun_Secret=SECRET)).status_code == 202


@pytest.mark.parametrize("webhooks", ['{secret: ""}', '{signing_key: ""}'])
async def test_settings_without_a_secret_let_nobody_in(
    project: Project, variables: dict[str, str], webhooks: str
) -> None:
    async with serving(project({"look.yaml": LOOK}, webhooks=webhooks), variables) as client:
        answer = await post(client, X_Flowrun_Secret="", X_Signature="")
    assert (answer.status_code, answer.json()["code"]) == (403, "webhooks-closed")


async def test_a_connection_without_webhooks_says_how_to_allow_them(look: Client) -> None:
    answer = await post(look, path="sap/anything")
    assert answer.status_code == 403
    assert "webhooks: {secret:" in answer.json()["message"]


async def test_an_unknown_connection_or_event_is_told_with_those_that_there_are(look: Client) -> None:
    connection = await post(look, path="shopify/order_placed")
    event = await post(look, path="xcart/order_plcaed", X_Flowrun_Secret=SECRET)
    assert (connection.status_code, event.status_code) == (404, 404)
    assert "`xcart`" in connection.json()["message"]
    assert "`order_placed`" in event.json()["message"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not-json"),
        (b"{", "not-json"),
        (b"\xff\xfe", "not-json"),
        (b"[" * 100_000, "not-json"),
        (b"id=7", "not-json"),
        (b"[]", "not-a-record"),
        (b'"text"', "not-a-record"),
        (b"null", "not-a-record"),
    ],
)
async def test_a_body_that_is_no_json_record_is_refused(look: Client, body: bytes, code: str) -> None:
    answer = await post(look, body, X_Flowrun_Secret=SECRET)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def raw(client: Client, head: str, body: bytes) -> str:
    """The status line that comes back for bytes as no HTTP library would send them."""
    host, _, port = client.service.url.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    start = f"POST /webhooks/xcart/order_placed HTTP/1.1\r\nHost: {host}:{port}\r\n"
    text = f"{start}X-Flowrun-Secret: {SECRET}\r\n{head}\r\n"
    try:
        writer.write(text.encode() + body)
        return (await asyncio.wait_for(reader.readline(), 5)).decode().strip()
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


LARGE = b'{"a": "' + b"x" * 1_100_000 + b'"}'


@pytest.mark.parametrize(
    ("head", "body", "status"),
    [
        (f"Content-Length: {len(LARGE)}\r\n", b"", "413"),  # before a byte of it is read
        ("Transfer-Encoding: chunked\r\n", b"%x\r\n%s\r\n0\r\n\r\n" % (len(LARGE), LARGE), "413"),
        (
            f"Content-Length: {len(BODY)}\r\n",
            LARGE,
            "202",
        ),  # what is beyond the length is no part of the event
        ("", LARGE, "400"),  # no length: no body
    ],
    ids=["stated", "chunked", "lies", "missing"],
)
async def test_a_body_of_more_than_a_megabyte_is_refused_whatever_is_said_of_its_length(
    look: Client, head: str, body: bytes, status: str
) -> None:
    if status == "202":
        body = BODY + body
    assert (await raw(look, head, body)).split()[1] == status
    assert len(await look.runs()) == (status == "202")


async def test_an_event_without_the_key_is_refused_with_its_name(look: Client) -> None:
    answer = await look.deliver({"id": 7})
    assert answer.status_code == 422
    assert "`order_number`" in answer.json()["message"]


async def test_a_lane_that_takes_none_behind_a_waiting_run_answers_409(
    project: Project, variables: dict[str, str]
) -> None:
    async with serving(project({"waits.yaml": WAITS}), variables) as client:
        run = (await client.deliver({"order_number": "7"})).json()["runs"][0]["run"]
        await client.until(run, "parked")
        answer = await client.deliver({"order_number": "7"})
    assert (answer.status_code, answer.json()["code"]) == (409, "lane-blocked")


async def test_when_the_journal_cannot_be_written_the_sender_is_asked_to_repeat(look: Client) -> None:
    event = {"id": 7, "order_number": "7", **PADDING}
    fill_the_disk(look)
    refused = await look.deliver(event)
    fill_the_disk(look, full=False)
    taken = await look.deliver(event)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert (taken.status_code, taken.json()["runs"][0]["duplicate"]) == (202, False)


async def test_the_handshake_of_event_mesh_is_answered_where_webhooks_are_known(look: Client) -> None:
    asked = {"WebHook-Request-Origin": "eventmesh.example.com"}
    known = await look.options("/webhooks/xcart/order_placed", headers=asked)
    assert known.status_code == 200
    assert known.headers["WebHook-Allowed-Origin"] == "eventmesh.example.com"
    for path, status in (("xcart/unheard_of", 404), ("sap/order", 403), ("nobody/order", 404)):
        answer = await look.options(f"/webhooks/{path}", headers=asked)
        assert answer.status_code == status
        assert "WebHook-Allowed-Origin" not in answer.headers


async def test_numbers_arrive_exactly(look: Client) -> None:
    body = b'{"id": 7, "order_number": "7", "total": 0.1000000000000000055511151231257827}'
    run = (await post(look, body, X_Flowrun_Secret=SECRET)).json()["runs"][0]["run"]
    engine = look.service.engine
    assert engine is not None
    record = engine.get(run)
    assert record is not None
    event: dict[str, Any] = record.event
    assert str(event["total"]) == json.loads(body, parse_float=str)["total"]
