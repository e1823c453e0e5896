from __future__ import annotations

import traceback
from decimal import Decimal
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from flowrun.component import Duration, Secret
from flowrun.errors import ConfigurationError, Fatal, Rejected, Retryable, RunError

pytestmark = pytest.mark.anyio


async def test_what_is_read_is_exact_and_comes_with_status_and_headers(
    make_http: Any, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/rates", query_string="day=2026-03-14&of=EUR&of=USD").respond_with_data(
        '{"rate": 1.10}', content_type="application/json", headers={"X-Page": "1", "Set-Cookie": "session=1"}
    )
    query = {"day": "2026-03-14", "of": ["EUR", "USD"], "page": None}
    async with make_http() as http:
        answer = await http.perform("get", {"path": "/rates", "query": query})
    assert (answer["status"], answer["body"], answer["headers"]["x-page"]) == (
        200,
        {"rate": Decimal("1.10")},
        "1",
    )
    assert "set-cookie" not in answer["headers"]


@pytest.mark.parametrize("method", ["post", "put", "patch"])
async def test_a_body_is_sent_as_exact_json_with_its_idempotency_key(
    make_http: Any, httpserver: HTTPServer, method: str
) -> None:
    httpserver.expect_request("/x", method=method.upper()).respond_with_json({"id": 1}, 201)
    async with make_http() as http:
        request = {"path": "/x", "body": {"total": Decimal("0.10")}, "idempotency_key": "run-7"}
        assert (await http.perform(method, request))["status"] == 201
    sent = httpserver.log[0][0]
    assert (sent.data, sent.headers["Idempotency-Key"]) == (b'{"total":0.10}', "run-7")


async def test_an_answer_without_a_body_is_null_and_a_text_is_a_text(
    make_http: Any, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/x", method="DELETE").respond_with_data("", 204)
    httpserver.expect_request("/x", method="GET").respond_with_data("fine", content_type="text/plain")
    async with make_http() as http:
        assert (await http.perform("delete", {"path": "/x"}))["body"] is None
        assert (await http.perform("request", {"path": "/x", "method": "GET"}))["body"] == "fine"


async def test_other_statuses_may_be_expected(make_http: Any, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/x").respond_with_json({}, 404)
    async with make_http() as http:
        assert (await http.perform("get", {"path": "/x", "expect": [200, 404]}))["status"] == 404


@pytest.mark.parametrize(("status", "kind", "doubt"), [
    (302, Rejected, None), (400, Rejected, None), (401, Fatal, None), (403, Fatal, None),
    (404, Rejected, None),
    (408, Retryable, True), (429, Retryable, False), (500, Retryable, True), (503, Retryable, True),
])  # fmt: skip
async def test_each_status_says_what_happens_next(
    make_http: Any, httpserver: HTTPServer, status: int, kind: type[RunError], doubt: bool | None
) -> None:
    httpserver.expect_request("/x").respond_with_json(
        {"message": "because"}, status, headers={"Retry-After": "5"}
    )
    async with make_http() as http:
        with pytest.raises(RunError, match=r"^crm: .*because") as caught:
            await http.perform("post", {"path": "/x", "body": {"card": "4242"}})
    assert type(caught.value) is kind
    assert getattr(caught.value, "doubt", None) is doubt
    assert "4242" not in caught.value.message


async def test_json_that_was_cut_is_tried_again(make_http: Any, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/x").respond_with_data('{"a":', content_type="application/json")
    async with make_http() as http:
        with pytest.raises(Retryable):
            await http.perform("get", {"path": "/x"})


async def test_credentials_go_to_the_settings_address_only(make_http: Any, httpserver: HTTPServer) -> None:
    async with make_http(token=Secret("t")) as http:
        with pytest.raises(Rejected, match="whole address"):
            await http.perform("get", {"path": "https://elsewhere.example/x"})
    with pytest.raises(ConfigurationError, match="base_url"):
        await make_http(base_url=None, token=Secret("t")).open()
    httpserver.expect_request("/x").respond_with_json({})
    async with make_http(base_url=None) as http:
        assert (await http.perform("get", {"path": httpserver.url_for("/x")}))["status"] == 200
        with pytest.raises(Rejected, match="base_url"):
            await http.perform("get", {"path": "/x"})


@pytest.mark.parametrize("settings", [
    {"token": Secret("hunter2")},
    {"user": "u", "password": Secret("hunter2")},
    {"headers": {"X-Api-Key": "hunter2"}},
])  # fmt: skip
async def test_credentials_are_sent_and_shown_nowhere(
    make_http: Any, httpserver: HTTPServer, settings: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="httpx")
    httpserver.expect_request("/").respond_with_json({}, 401)
    async with make_http(**settings) as http:
        with pytest.raises(Fatal) as caught:
            await http.probe()
        shown = "".join(traceback.format_exception(caught.value)) + repr(http.config) + caplog.text
    headers = httpserver.log[0][0].headers
    assert headers.get("X-Api-Key", headers.get("Authorization")) in (
        "hunter2",
        "Bearer hunter2",
        "Basic dTpodW50ZXIy",
    )
    assert "hunter2" not in shown


async def test_no_answer_to_a_write_is_doubt(make_http: Any, httpserver: HTTPServer) -> None:
    import time  # noqa: PLC0415 - for this test only

    def slow(_request: Any) -> Any:
        time.sleep(0.3)

    httpserver.expect_request("/x").respond_with_handler(slow)
    async with make_http(timeout=Duration(0.1)) as http:
        for method, doubt in (("get", False), ("post", True)):
            with pytest.raises(Retryable) as caught:
                await http.perform(method, {"path": "/x"})
            assert caught.value.doubt is doubt


async def test_what_json_does_not_have_is_rejected(make_http: Any) -> None:
    async with make_http() as http:
        with pytest.raises(Rejected, match="`body`"):
            await http.perform("post", {"path": "/x", "body": {"a": object()}})
