"""Log-on by OAuth2 and by API key: real tokens where the sandbox gives them, scripted answers for the rest."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import traceback
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from flowrun.component import Duration, Secret, Surroundings, Url
from flowrun.errors import Fatal, Retryable, RunError
from flowrun.runtime.guard import WouldSendError, stop_writes
from flowrun_connectors.sap import Sap, SapConfig
from flowrun_connectors.sap.logon import ApiKey, LogOn, OAuth2
from flowrun_connectors.sap.logon.oauth2 import Tokens
from flowrun_sandbox import Sandbox

pytestmark = pytest.mark.anyio

SECRET = "hunter2-secret"
TOKEN_PATH = "/oauth/token"
READ = {"service": "API_X_SRV", "entity": "A_X", "key": "1"}


class TokenServer:
    """A system that gives tokens and takes only the newest one."""

    def __init__(self, server: HTTPServer) -> None:
        self.server = server
        self.url = server.url_for("").rstrip("/")
        self.given: list[str] = []
        self.forms: list[dict[str, list[str]]] = []
        self.headers: list[Any] = []
        self.valid: str | None = None
        self.more: dict[str, Any] = {"expires_in": 3600}
        server.expect_request(TOKEN_PATH).respond_with_handler(self._token)
        server.expect_request(re.compile("/sap/.*")).respond_with_handler(self._entity)

    def _token(self, request: Request) -> Response:
        self.forms.append(parse_qs(request.get_data(as_text=True)))
        self.headers.append(request.headers)
        self.valid = f"token-{len(self.forms)}"
        self.given.append(self.valid)
        return json_of({"access_token": self.valid, "token_type": "bearer", **self.more})

    def _entity(self, request: Request) -> Response:
        if request.headers.get("Authorization") != f"Bearer {self.valid}":
            return json_of({"error": {"code": "401", "message": {"value": "no"}}}, 401)
        headers = {"x-csrf-token": "abc"}
        return json_of({"d": {"Number": "1"}}, 201 if request.method == "POST" else 200, headers)


def json_of(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(data), status, headers, content_type="application/json")


@pytest.fixture
def system(httpserver: HTTPServer) -> TokenServer:
    return TokenServer(httpserver)


def oauth2(url: str, **more: Any) -> OAuth2:
    usual = {"token_url": Url(url + TOKEN_PATH), "client_id": "CLIENT", "client_secret": Secret(SECRET)}
    return OAuth2(**{**usual, **more})


MakeClient = Callable[..., Sap]


@pytest.fixture
def connect() -> MakeClient:
    def make(url: str, logon: LogOn | None = None, *, metadata: Path | None = None, **settings: Any) -> Sap:
        config = SapConfig(
            url=Url(url), logon=logon or LogOn(oauth2=oauth2(url)), timeout=Duration(5.0), **settings
        )
        return Sap(config, Surroundings("sap", None, metadata))

    return make


@pytest.fixture
async def sap(connect: MakeClient, system: TokenServer) -> AsyncIterator[Sap]:
    async with connect(system.url) as connector:
        yield connector


async def test_one_token_serves_all_calls_and_those_that_wait_for_it(sap: Sap, system: TokenServer) -> None:
    await asyncio.gather(*(sap.perform("get", READ) for _ in range(20)))
    await sap.perform("get", READ)
    assert len(system.given) == 1
    assert system.forms[0] == {"grant_type": ["client_credentials"]}
    sent = system.headers[0]["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(sent).decode() == f"CLIENT:{SECRET}"


async def test_id_and_secret_go_into_the_body_where_that_is_set(
    connect: MakeClient, system: TokenServer
) -> None:
    secret = Secret("a+b&c=d %")
    logon = LogOn(oauth2=oauth2(system.url, client_secret=secret, credentials="body", scope="A B"))
    async with connect(system.url, logon) as sap:
        await sap.perform("get", READ)
    assert system.forms[0] == {
        "grant_type": ["client_credentials"],
        "client_id": ["CLIENT"],
        "client_secret": ["a+b&c=d %"],
        "scope": ["A B"],
    }
    assert "Authorization" not in system.headers[0]


async def test_a_token_that_is_refused_is_fetched_anew_once_and_the_write_is_sent_again(
    sap: Sap, system: TokenServer
) -> None:
    await sap.perform("get", READ)
    system.valid = "revoked"
    made = await sap.perform("create", {"service": "API_X_SRV", "entity": "A_X", "data": {"Number": "1"}})
    assert made["action"] == "created"
    assert len(system.given) == 2


async def test_a_new_token_that_is_refused_too_stops_the_connection(
    connect: MakeClient, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(TOKEN_PATH).respond_with_json({"access_token": "t", "expires_in": 60})
    httpserver.expect_request(re.compile("/sap/.*")).respond_with_json({}, 401)
    async with connect(httpserver.url_for("").rstrip("/")) as sap:
        with pytest.raises(Fatal):
            await sap.perform("get", READ)
    assert [request.path for request, _ in httpserver.log].count(TOKEN_PATH) == 2


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("stated", "good_for"),
    [
        ({"expires_in": 3600}, 3540),  # a minute before its end
        ({"expires_in": "3600"}, 3540),
        ({"expires_in": 100}, 90),  # a tenth before the end of a short one
        ({}, 270),  # nothing is said of it: five minutes
        ({"expires_in": "soon"}, 270),
        ({"expires_in": 0}, 270),
        ({"expires_in": None}, 270),
    ],
)
async def test_a_token_is_renewed_before_it_expires(
    system: TokenServer, stated: dict[str, Any], good_for: int
) -> None:
    system.more = stated
    clock = Clock()
    tokens = Tokens(
        "sap",
        oauth2(system.url),
        lambda: {"grant_type": "client_credentials"},
        timeout=Duration(5.0),
        clock=clock,
    )
    first = await tokens.get()
    clock.now += good_for - 1
    assert await tokens.get() == first
    clock.now += 2
    assert await tokens.get() != first
    await tokens.close()


@pytest.mark.parametrize(
    ("status", "answer", "kind", "told"),
    [
        (401, {"error": "invalid_client"}, Fatal, "check `client_id` and `client_secret`"),
        (401, {}, Fatal, "check `client_id` and `client_secret`"),
        (400, {"error": "invalid_scope", "error_description": "no X"}, Fatal, r"\(no X\); check `scope`"),
        (400, {"error": "unsupported_grant_type"}, Fatal, "allows this kind of log-on"),
        (404, {}, Fatal, "check `token_url`"),
        (302, {}, Fatal, "check `token_url`"),
        (503, {}, Retryable, "no access token"),
        (429, {"error": "slow_down"}, Retryable, "no access token"),
        (200, {"token": "x"}, Retryable, "gives no token"),
        (200, {"access_token": ""}, Retryable, "gives no token"),
        (200, ["x"], Retryable, "gives no token"),
    ],
)
async def test_a_refused_token_says_what_to_check(
    connect: MakeClient, httpserver: HTTPServer, status: int, answer: Any, kind: type[RunError], told: str
) -> None:
    httpserver.expect_request(TOKEN_PATH).respond_with_json(answer, status, headers={"Retry-After": "7"})
    async with connect(httpserver.url_for("").rstrip("/")) as sap:
        with pytest.raises(RunError, match=told) as caught:
            await sap.perform("get", READ)
    assert type(caught.value) is kind
    assert TOKEN_PATH in caught.value.message
    assert getattr(caught.value, "after", None) == (7.0 if status in (429, 503) else None)
    assert len(httpserver.log) == 1


async def test_a_token_endpoint_that_is_down_leaves_no_doubt_about_a_write(
    connect: MakeClient, system: TokenServer
) -> None:
    logon = LogOn(oauth2=oauth2("http://127.0.0.1:9"))
    async with connect(system.url, logon) as sap:
        with pytest.raises(Retryable, match="cannot reach") as caught:
            await sap.perform("create", {"service": "API_X_SRV", "entity": "A_X", "data": {}})
    assert not caught.value.doubt


async def test_a_rehearsal_fetches_a_token_and_reads_but_writes_nothing(system: TokenServer) -> None:
    config = SapConfig(url=Url(system.url), logon=LogOn(oauth2=oauth2(system.url)), timeout=Duration(5.0))
    async with Sap(config, Surroundings("sap", stop_writes)) as sap:
        await sap.perform("get", READ)
        with pytest.raises(WouldSendError) as caught:
            await sap.perform("create", {"service": "API_X_SRV", "entity": "A_X", "data": {"Number": "1"}})
    assert "token-1" not in str(caught.value)
    assert len(system.given) == 1


async def test_one_that_gives_up_waiting_takes_the_token_from_nobody(system: TokenServer) -> None:
    tokens = Tokens("sap", oauth2(system.url), dict, timeout=Duration(5.0))
    one, other = asyncio.create_task(tokens.get()), asyncio.create_task(tokens.get())
    await asyncio.sleep(0)
    one.cancel()
    assert (await other).value == Secret("token-1")
    await tokens.close()


async def test_secrets_and_tokens_are_shown_nowhere(
    connect: MakeClient, httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    told = {"error": "invalid_client", "error_description": f"the secret {SECRET} is wrong"}
    httpserver.expect_ordered_request(TOKEN_PATH).respond_with_json({"access_token": "hunter2-token"})
    httpserver.expect_ordered_request(re.compile("/sap/.*")).respond_with_json({}, 401)
    httpserver.expect_ordered_request(TOKEN_PATH).respond_with_json(told, 401)
    async with connect(httpserver.url_for("").rstrip("/")) as sap:
        with pytest.raises(Fatal) as caught:
            await sap.perform("get", READ)
        shown = "".join(traceback.format_exception(caught.value)) + repr(vars(sap)) + caplog.text
        shown += repr(sap.config)
    assert "hunter2" not in shown


async def test_an_api_key_goes_into_its_header(connect: MakeClient, httpserver: HTTPServer) -> None:
    httpserver.expect_request(re.compile("/sap/.*")).respond_with_json({"d": {"Number": "1"}})
    url = httpserver.url_for("").rstrip("/")
    for given, header in (({}, "APIKey"), ({"header": "X-Key"}, "X-Key")):
        async with connect(url, LogOn(api_key=ApiKey(key=Secret(SECRET), **given))) as sap:
            await sap.perform("get", READ)
            assert SECRET not in repr(vars(sap)) + repr(sap.config)
        sent = httpserver.log[-1][0].headers
        assert (sent[header], sent.get("Authorization")) == (SECRET, None)


# --- a system that nobody here wrote -----------------------------------------------------------------------------


def sandbox_logon(sandbox: Sandbox, **more: Any) -> LogOn:
    usual = {"client_id": "FLOWRUN_CLIENT", "client_secret": Secret("sandbox-client-secret")}
    url = Url(f"{sandbox.sap_url}/sap/bc/sec/oauth2/token")
    return LogOn(oauth2=OAuth2(token_url=url, **{**usual, **more}))


async def test_an_order_is_written_with_a_token_of_the_sandbox(
    connect: MakeClient, sandbox: Sandbox, sap_control: Any, order: dict[str, Any], metadata: Path
) -> None:
    async with connect(sandbox.sap_url, sandbox_logon(sandbox), metadata=metadata) as sap:
        await sap.probe()
        place = {"service": "API_SALES_ORDER_SRV", "entity": "A_SalesOrder"}
        made = await sap.perform("create", {**place, "data": order})
        sap_control.fault("token_expired", match="A_SalesOrder")
        read = await sap.perform("get", {**place, "key": made["SalesOrder"]})
    assert read["PurchaseOrderByCustomer"] == order["PurchaseOrderByCustomer"]


async def test_a_wrong_secret_of_the_sandbox_s_client_stops_the_connection(
    connect: MakeClient, sandbox: Sandbox
) -> None:
    async with connect(sandbox.sap_url, sandbox_logon(sandbox, client_secret=Secret("wrong"))) as sap:
        with pytest.raises(Fatal, match="check `client_id` and `client_secret`"):
            await sap.probe()


async def test_the_sandbox_takes_its_api_key_and_no_other(connect: MakeClient, sandbox: Sandbox) -> None:
    async with connect(sandbox.sap_url, LogOn(api_key=ApiKey(key=Secret("sandbox-api-key")))) as sap:
        await sap.probe()
    async with connect(sandbox.sap_url, LogOn(api_key=ApiKey(key=Secret("wrong")))) as sap:
        with pytest.raises(Fatal):
            await sap.probe()
