from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import httpx
import pytest

from flowrun.component.cloud_events import NotAnEventError, event_of

EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "1fad4742",
    "type": "sap.s4.beh.salesorder.v1.SalesOrder.Changed.v1",
    "source": "/default/sap.s4.beh/730431274",
    "time": "2026-03-14T09:26:53Z",
    "datacontenttype": "application/json",
    "data": {"SalesOrder": "4711"},
}
RECORD = {
    "id": "1fad4742",
    "type": "sap.s4.beh.salesorder.v1.SalesOrder.Changed.v1",
    "source": "/default/sap.s4.beh/730431274",
    "subject": None,
    "time": "2026-03-14T09:26:53Z",
    "topic": None,
    "data": {"SalesOrder": "4711"},
}
IN_HEADERS = {f"CE-{name}": EVENT[name] for name in ("specversion", "id", "type", "source", "time")}
JSON = {"Content-Type": "application/json"}
STRUCTURED = {"Content-Type": "application/cloudevents+json; charset=utf-8"}


def read(headers: dict[str, str], body: Any) -> dict[str, Any] | None:
    return event_of(httpx.Headers(headers), body if isinstance(body, bytes) else json.dumps(body).encode())


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (STRUCTURED, EVENT),
        (JSON, EVENT),  # as S/4HANA sends them
        ({}, EVENT),
        ({**IN_HEADERS, **JSON}, EVENT["data"]),
        (IN_HEADERS, EVENT["data"]),
        (STRUCTURED, {**EVENT, "sapextension": "x"}),
    ],
    ids=["structured", "plain json", "no content type", "binary", "binary, no content type", "extension"],
)
def test_both_ways_of_writing_give_the_same_record(headers: dict[str, str], body: Any) -> None:
    assert read(headers, body) == RECORD


def test_the_topic_is_known_where_the_broker_says_it() -> None:
    address = {"x-address": "topic:default/ce/sap/s4/SalesOrder/Changed/v1"}
    found = read({**JSON, **address}, EVENT)
    assert found is not None
    assert found["topic"] == "default/ce/sap/s4/SalesOrder/Changed/v1"
    assert read({**JSON, "x-address": "queue:q"}, EVENT) == RECORD


def test_headers_are_decoded_and_numbers_are_exact() -> None:
    headers = {**IN_HEADERS, "ce-subject": "M%C3%BCller", **JSON}
    found = read(headers, b'{"Amount": 0.10}')
    assert found is not None
    assert (found["subject"], found["data"]) == ("Müller", {"Amount": Decimal("0.10")})


@pytest.mark.parametrize("data", [None, [], "text", 0, {"a": None}])
def test_data_may_be_anything_that_json_is(data: Any) -> None:
    found = read(STRUCTURED, {**EVENT, "data": data})
    assert found is not None
    assert found["data"] == data
    without = {name: value for name, value in EVENT.items() if name != "data"}
    assert (read(STRUCTURED, without) or {})["data"] is None


@pytest.mark.parametrize(
    ("headers", "body"), [(JSON, {"id": 1}), (JSON, []), (JSON, b"{"), ({"Content-Type": "text/plain"}, b"x")]
)
def test_what_does_not_say_that_it_is_an_event_is_none(headers: dict[str, str], body: Any) -> None:
    assert read(headers, body) is None


@pytest.mark.parametrize(
    ("headers", "body", "told"),
    [
        (STRUCTURED, {**EVENT, "id": None}, "it has no `id`"),
        (STRUCTURED, {**EVENT, "id": ""}, "it has no `id`"),
        (STRUCTURED, {**EVENT, "id": 7}, "it has no `id`"),
        (STRUCTURED, {**EVENT, "type": None}, "it has no `type`"),
        (JSON, {**EVENT, "source": None}, "it has no `source`"),
        (JSON, {**EVENT, "specversion": "0.3"}, "`specversion` is '0.3'"),
        (STRUCTURED, {**EVENT, "specversion": None}, "`specversion`"),
        (STRUCTURED, {**EVENT, "time": 7}, "its `time` is not a text"),
        (STRUCTURED, {**EVENT, "data_base64": "AAAA"}, "its data is binary"),
        (STRUCTURED, b"{", "it is not JSON"),
        (STRUCTURED, b"[" * 100_000, "it is not JSON"),
        (STRUCTURED, [EVENT], "not one JSON record"),
        ({"Content-Type": "application/cloudevents-batch+json"}, [EVENT], "a batch"),
        ({**IN_HEADERS, "CE-id": "", **JSON}, {}, "it has no `id`"),
        ({**IN_HEADERS, **JSON}, b"{", "its data is not JSON"),
        ({**IN_HEADERS, "Content-Type": "application/xml"}, b"<a/>", "its data is application/xml"),
    ],
)
def test_an_event_that_is_not_whole_says_what_is_wrong(headers: dict[str, str], body: Any, told: str) -> None:
    with pytest.raises(NotAnEventError, match=told):
        read(headers, body)
