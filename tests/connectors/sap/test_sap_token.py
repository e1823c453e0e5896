from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from flowrun.errors import Fatal, RunError
from flowrun_connectors.sap import Sap

pytestmark = pytest.mark.anyio

ROOT = "/sap/opu/odata/sap/S"
CREATED = {"d": {"Id": "1"}}


async def create(sap: Sap) -> dict[str, Any]:
    found = await sap.perform("create", {"service": "S", "entity": "E", "data": {"Name": "x"}})
    assert isinstance(found, dict)
    return found


class Gateway:
    """A Gateway of tokens: `valid` is the one it takes now."""

    def __init__(self, server: HTTPServer) -> None:
        self.valid = "T1"
        self.refuses = False
        self.fetched = 0
        self.written: list[Request] = []
        server.expect_request(f"{ROOT}/", method="GET").respond_with_handler(self.fetch)
        server.expect_request(f"{ROOT}/E", method="POST").respond_with_handler(self.write)

    def fetch(self, request: Request) -> Response:
        self.fetched += 1
        answer = Response("{}", headers={"x-csrf-token": self.valid})
        answer.set_cookie("SAP_SESSIONID_S4H_100", f"session-{self.valid}")
        answer.set_cookie("sap-XSRF_S4H_100", "xsrf")
        return answer

    def write(self, request: Request) -> Response:
        self.written.append(request)
        if self.refuses or request.headers.get("x-csrf-token") != self.valid:
            return Response("CSRF token validation failed", 403, {"x-csrf-token": "Required"})
        return Response('{"d": {"Id": "1"}}', 201, content_type="application/json")


@pytest.fixture
def gateway(httpserver: HTTPServer) -> Gateway:
    return Gateway(httpserver)


async def test_a_write_carries_the_token_and_every_cookie_it_came_with(
    scripted_sap: Sap, gateway: Gateway
) -> None:
    await create(scripted_sap)
    (request,) = gateway.written
    assert request.headers["x-csrf-token"] == "T1"
    assert dict(request.cookies) == {"SAP_SESSIONID_S4H_100": "session-T1", "sap-XSRF_S4H_100": "xsrf"}


async def test_client_and_language_go_with_every_request(scripted_sap: Sap, gateway: Gateway) -> None:
    await create(scripted_sap)
    headers = gateway.written[0].headers
    assert (headers["sap-client"], headers["sap-language"], headers["accept"]) == (
        "100",
        "EN",
        "application/json",
    )


async def test_one_token_serves_many_writes(scripted_sap: Sap, gateway: Gateway) -> None:
    for _ in range(3):
        await create(scripted_sap)
    assert gateway.fetched == 1


async def test_a_stampede_of_writes_fetches_one_token(scripted_sap: Sap, gateway: Gateway) -> None:
    await asyncio.gather(*(create(scripted_sap) for _ in range(64)))
    assert (gateway.fetched, len(gateway.written)) == (1, 64)


async def test_a_token_that_has_run_out_is_fetched_once_for_all(scripted_sap: Sap, gateway: Gateway) -> None:
    await create(scripted_sap)
    gateway.valid = "T2"
    await asyncio.gather(*(create(scripted_sap) for _ in range(64)))
    assert gateway.fetched == 2
    assert gateway.written[-1].headers["x-csrf-token"] == "T2"


async def test_a_second_refusal_of_the_token_is_fatal(scripted_sap: Sap, httpserver: HTTPServer) -> None:
    httpserver.expect_request(f"{ROOT}/").respond_with_data("{}", headers={"x-csrf-token": "T"})
    refusal = {"x-csrf-token": "Required"}
    httpserver.expect_request(f"{ROOT}/E").respond_with_data("no", 403, headers=refusal)
    with pytest.raises(Fatal) as caught:
        await create(scripted_sap)
    assert caught.value.cause.code == "csrf-token"
    assert [request.path for request, _ in httpserver.log] == [f"{ROOT}/", f"{ROOT}/E"] * 2


async def test_a_system_that_gives_the_refused_token_again_is_asked_once_for_all(
    scripted_sap: Sap, gateway: Gateway
) -> None:
    await create(scripted_sap)
    gateway.refuses = True
    outcomes = await asyncio.gather(*(create(scripted_sap) for _ in range(20)), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {Fatal}
    assert gateway.fetched == 2


async def test_a_403_that_is_not_about_the_token_is_fatal_and_not_repeated(
    scripted_sap: Sap, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(f"{ROOT}/").respond_with_data("{}", headers={"x-csrf-token": "T"})
    httpserver.expect_request(f"{ROOT}/E").respond_with_data("no", 403)
    with pytest.raises(Fatal, match="authorization"):
        await create(scripted_sap)
    assert len(httpserver.log) == 2


async def test_a_token_is_read_from_an_error_too(scripted_sap: Sap, httpserver: HTTPServer) -> None:
    httpserver.expect_request(f"{ROOT}/").respond_with_data("oops", 500, headers={"x-csrf-token": "T"})
    httpserver.expect_request(f"{ROOT}/E", headers={"x-csrf-token": "T"}).respond_with_json(CREATED, 201)
    assert (await create(scripted_sap))["Id"] == "1"


async def test_a_system_without_tokens_is_written_to_without_one(
    scripted_sap: Sap, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(f"{ROOT}/").respond_with_json({"d": {}})
    httpserver.expect_request(f"{ROOT}/E").respond_with_json(CREATED, 201)
    await create(scripted_sap)
    assert "x-csrf-token" not in httpserver.log[-1][0].headers


async def test_an_expired_session_of_the_sandbox_is_taken_up_again(
    sap: Sap, sap_control: Any, order: dict[str, Any]
) -> None:
    place = {"service": "API_SALES_ORDER_SRV", "entity": "A_SalesOrder", "data": order}
    await sap.perform("create", place)
    sap_control.fault("csrf_expired", match="A_SalesOrder")
    assert (await sap.perform("create", place))["action"] == "created"


async def test_a_guard_stops_a_write_and_its_own_exception_comes_through(make_sap: Any) -> None:
    class StoppedError(RunError):
        pass

    def guard(request: Any) -> None:
        if request.method not in ("GET", "HEAD"):
            raise StoppedError("dry-run")

    place = {"service": "API_SALES_ORDER_SRV", "entity": "A_SalesOrder"}
    async with make_sap(guard=guard) as sap:
        assert await sap.perform("first", place) is not None
        data = {"PurchaseOrderByCustomer": "never", "SoldToParty": "1"}
        with pytest.raises(StoppedError):
            await sap.perform("upsert", {**place, "by": list(data), "data": data})
