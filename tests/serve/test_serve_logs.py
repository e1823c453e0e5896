from __future__ import annotations

import io
import json
import logging
import re
from typing import Any

import pytest
from serve_project import PASSWORD, SECRET, Door, Project, eventually, serving

from flowrun.serve.logs import logging_to, say
from flowrun.serve.masking import Mask
from flowrun_sandbox import Sandbox

pytestmark = pytest.mark.anyio

ADDRESS = ("firstname", "lastname", "street", "phone")


def personal(orders: list[dict[str, Any]]) -> set[str]:
    """Everything about people in the shop's own orders that is long enough to be looked for."""
    found = {order["email"] for order in orders}
    for order in orders:
        for address in (order["billing_address"], order["shipping_address"]):
            found |= {str(address.get(name) or "") for name in ADDRESS}
    return {value for value in found if len(value) > 3}


async def test_a_day_of_work_leaves_no_secret_and_no_person_in_the_log(
    project: Project, variables: dict[str, str], shop: Door, sap: Door, sandbox: Sandbox
) -> None:
    stream = io.StringIO()
    placed = shop.order(20)
    headers = {"X-AUTH-TOKEN": sandbox.xcart_token}
    orders = [shop.get(f"/api/orders/{one['id']}", headers=headers).json() for one in placed]
    sap.fault("unavailable", count=3)
    folder = project(
        poll="1h", extra='alerts: [{team: "*", to: ["json://user:alert-password@127.0.0.1:1/x"]}]'
    )
    from flowrun.cli.composition import registry  # noqa: PLC0415
    from flowrun.serve.service import Service  # noqa: PLC0415

    mask = Service(folder, registry(), variables=variables).mask
    with logging_to(mask, "json", stream):
        async with serving(folder, variables) as client:
            client.service.mask = mask
            for one in placed[:3]:
                await client.deliver(one)
            await client.post("/webhooks/xcart/order_placed", json={}, headers={"X-Flowrun-Secret": "wrong"})
            await eventually(lambda: client.service.engine.load()["ready"] == 0)  # type: ignore[union-attr]
            await eventually(lambda: all_at_rest(client))
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    events = {line["event"] for line in lines if "event" in line}
    assert {"ready", "accepted", "duplicate", "ended", "effect", "alert", "stopped"} >= {
        "ready",
        "accepted",
        "ended",
    }
    assert {"ready", "accepted", "ended", "effect", "polled", "stopped"} <= events
    for line in lines:
        assert {"time", "level", "message"} <= set(line)
    text = stream.getvalue()
    for secret in (PASSWORD, SECRET, sandbox.xcart_token, "alert-password"):
        assert secret not in text
    seen = {value for value in personal(orders) if re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text)}
    assert seen == set()


async def all_at_rest(client: Any) -> bool:
    return not await client.runs(status="accepted") and client.service.engine.load()["running"] == 0


def one_line(form: Any, mask: Mask, **fields: Any) -> str:
    stream = io.StringIO()
    with logging_to(mask, form, stream):
        say("event", "a message of\ntwo lines for erika@example.com", key="1042", run=None, **fields)
    return stream.getvalue()


def test_an_event_is_one_line_of_json() -> None:
    line = one_line("json", Mask(["hunter2"], ["email"]), order={"email": "x", "note": "hunter2"})
    assert line.count("\n") == 1
    data = json.loads(line)
    assert data["message"] == "a message of\ntwo lines for ***"
    assert data["order"] == {"email": "***", "note": "***"}
    assert (data["event"], data["level"], data["key"], "run" in data) == ("event", "info", "1042", False)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", data["time"])


def test_an_event_is_one_line_of_text() -> None:
    line = one_line("text", Mask())
    assert line.count("\n") == 1
    assert "info" in line
    assert "key=1042" in line


def test_an_exception_is_told_without_what_it_knows() -> None:
    stream = io.StringIO()
    with logging_to(Mask(["hunter2"]), "json", stream):
        try:
            int("hunter2 of kunde@example.com")
        except ValueError:
            logging.getLogger("somebody").exception("it broke")
    data = json.loads(stream.getvalue())
    assert "*** of ***" in data["exception"]
    assert data["logger"] == "somebody"


def test_addresses_that_are_asked_for_are_not_logged() -> None:
    stream = io.StringIO()
    with logging_to(Mask(), "json", stream):
        logging.getLogger("httpx").info("HTTP Request: GET http://sap/x?$filter=Email eq 'a@example.com'")
        logging.getLogger("httpcore.http11").debug("send_request_headers")
    assert stream.getvalue() == ""
    assert logging.getLogger("httpx").level == logging.NOTSET
