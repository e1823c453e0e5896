"""The client that connectors share, against real servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from flowrun.component import Duration, Secret
from flowrun.component.http import Client, FixedLogOn, Proof, basic, client
from flowrun.errors import Retryable

pytestmark = pytest.mark.anyio

Reply = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def make(httpserver: HTTPServer) -> AsyncIterator[Callable[..., Client]]:
    made: list[Client] = []

    def one(**settings: Any) -> Client:
        usual = {"base_url": httpserver.url_for("").rstrip("/"), "guard": None, "timeout": Duration(5.0)}
        made.append(client("crm", **{**usual, **settings}))
        return made[-1]

    yield one
    for each in made:
        await each.close()


@asynccontextmanager
async def system(reply: Reply) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that speaks bytes, for answers that no proper server gives. Yields its address and what it was sent."""
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(
                    (
                        int(line.split(b":")[1])
                        for line in head.splitlines()
                        if line.lower().startswith(b"content-length")
                    ),
                    0,
                )
                heard.append(head + await reader.readexactly(length))
                await reply(heard[-1], writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heard


async def hang_up(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def say_nothing(_: bytes, writer: asyncio.StreamWriter) -> None:
    """It listens, and that is all."""


async def say_half(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"half":')
    await writer.drain()
    writer.close()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_a_write_whose_connection_breaks_is_sent_once_and_is_in_doubt(make: Any, method: str) -> None:
    async with system(hang_up) as (url, heard):
        with pytest.raises(Retryable, match="crm: the connection broke") as caught:
            await make(base_url=url).send(method, "/orders/1", body=b"{}")
    assert caught.value.doubt
    assert len(heard) == 1


async def test_a_read_whose_connection_breaks_is_in_no_doubt(make: Any) -> None:
    async with system(hang_up) as (url, _):
        with pytest.raises(Retryable) as caught:
            await make(base_url=url).send("GET", "/orders/1")
    assert not caught.value.doubt


async def test_an_answer_cut_in_half_is_no_answer(make: Any) -> None:
    async with system(say_half) as (url, _):
        with pytest.raises(Retryable, match="before the whole answer was there") as caught:
            await make(base_url=url).send("POST", "/orders", body=b"{}")
    assert caught.value.doubt


async def test_a_system_that_says_nothing_is_given_up_after_the_timeout(make: Any) -> None:
    async with system(say_nothing) as (url, _):
        with pytest.raises(Retryable, match=r"no answer from .* in 100ms") as caught:
            await make(base_url=url, timeout=Duration(0.1)).send("POST", "/orders", body=b"{}")
    assert caught.value.doubt
    assert caught.value.cause.code == "no-answer"


async def test_a_system_that_is_not_there_was_sent_nothing(make: Any) -> None:
    with pytest.raises(Retryable, match=r"cannot reach http://127\.0\.0\.1:9; is it running") as caught:
        await make(base_url="http://127.0.0.1:9").send("POST", "/orders", body=b"{}")
    assert not caught.value.doubt
    assert caught.value.cause.code == "unreachable"


async def test_after_a_failure_the_next_call_goes_through(make: Any) -> None:
    replies = iter([hang_up, None])

    async def second_time(said: bytes, writer: asyncio.StreamWriter) -> None:
        reply = next(replies)
        if reply is not None:
            await reply(said, writer)
            return
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    async with system(second_time) as (url, _):
        crm = make(base_url=url)
        with pytest.raises(Retryable):
            await crm.send("GET", "/")
        assert (await crm.send("GET", "/")).content == b"ok"


@pytest.mark.parametrize(
    ("path", "query", "sent"),
    [
        ("/a", None, b"/a"),
        ("a", None, b"/a"),
        ("/S/E('X%2F1')?$filter=A%20eq%20%27b%27", None, b"/S/E('X%2F1')?$filter=A%20eq%20%27b%27"),
        ("/shops/Köln süd", None, b"/shops/K%C3%B6ln%20s%C3%BCd"),
        ("/a", {"q": "a b&c+d"}, b"/a?q=a%20b%26c%2Bd"),
        ("/a?x=1", [("q", "1"), ("q", "2")], b"/a?x=1&q=1&q=2"),
        ("/a#b", None, b"/a%23b"),
    ],
)
async def test_an_address_is_sent_as_it_is_meant(make: Any, path: str, query: Any, sent: bytes) -> None:
    async def yes(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    async with system(yes) as (url, heard):
        await make(base_url=url).send("GET", path, query=query)
    assert heard[0].split()[1] == sent


async def test_cookies_come_back_as_they_were_given(make: Any, httpserver: HTTPServer) -> None:
    given = "SAP_SESSIONID_MCK_100=a%2fb=c/d+e%3d%3d"
    httpserver.expect_ordered_request("/1").respond_with_data(
        "", headers={"Set-Cookie": f"{given}; path=/; HttpOnly"}
    )
    httpserver.expect_ordered_request("/2", headers={"Cookie": given}).respond_with_data("kept")
    crm = make()
    await crm.send("GET", "/1")
    assert (await crm.send("GET", "/2")).text == "kept"


async def test_a_redirect_is_an_answer_and_nobody_goes_there(make: Any, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/old").respond_with_data(
        "", 302, headers={"Location": httpserver.url_for("/new")}
    )
    answer = await make().send("GET", "/old")
    assert (answer.status_code, answer.is_redirect, answer.is_success) == (302, True, False)
    assert [request.path for request, _ in httpserver.log] == ["/old"]


async def test_the_guard_sees_the_request_and_stops_it_before_it_leaves(
    make: Any, httpserver: HTTPServer
) -> None:
    seen: list[Any] = []

    class Stopped(Exception):  # noqa: N818 - it is what the guard does
        pass

    def guard(request: Any) -> None:
        seen.append((request.method, request.url.path, dict(request.headers), request.content))
        raise Stopped

    logon = basic("flow", Secret("hunter2"))
    with pytest.raises(Stopped):
        await make(guard=guard, headers={"Accept": "a/b"}, logon=logon).send("POST", "/x?y=1", body=b"{}")
    assert seen == [("POST", "/x", {"User-Agent": "flowrun", "Accept": "a/b"}, b"{}")]
    assert httpserver.log == []


class Renewed:
    """A log-on whose first token has run out."""

    def __init__(self) -> None:
        self.token = 1

    async def proof(self) -> Proof:
        return Proof({"Authorization": f"Bearer {self.token}"})

    async def refused(self, proof: Proof) -> bool:
        self.token += 1
        return proof.headers["Authorization"] == "Bearer 1"


async def test_a_proof_in_the_address_is_seen_by_the_system_alone(make: Any, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/a", query_string="x=1&_key=a%2Fb").respond_with_data("in")
    seen: list[str] = []
    logon = FixedLogOn(query={"_key": Secret("a/b")})
    answer = await make(guard=lambda request: seen.append(str(request.url)), logon=logon).send(
        "GET", "/a?x=1"
    )
    assert answer.text == "in"
    assert "_key" not in seen[0] + repr(answer)


async def test_a_refused_proof_is_renewed_once(make: Any, httpserver: HTTPServer) -> None:
    def door(request: Request) -> Response:
        good = request.headers["Authorization"] == "Bearer 2"
        return Response(request.get_data(), 200 if good else 401)

    httpserver.expect_request("/orders").respond_with_handler(door)
    crm = make(logon=Renewed())
    assert (await crm.send("POST", "/orders", body=b"{}")).content == b"{}"
    assert [request.headers["Authorization"] for request, _ in httpserver.log] == ["Bearer 1", "Bearer 2"]


async def test_a_proof_that_is_refused_again_is_left_at_that(make: Any, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/orders").respond_with_data("", 401)
    assert (await make(logon=Renewed()).send("GET", "/orders")).status_code == 401
    assert len(httpserver.log) == 2


async def test_a_cancelled_call_leaves_the_client_usable(make: Any) -> None:
    arrived = asyncio.Event()

    async def slow_once(said: bytes, writer: asyncio.StreamWriter) -> None:
        if said.startswith(b"POST"):
            arrived.set()
            return
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    async with system(slow_once) as (url, heard):
        crm = make(base_url=url)
        call = asyncio.create_task(crm.send("POST", "/orders", body=b"x" * 50_000))
        await arrived.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert (await crm.send("GET", "/")).content == b"ok"
    assert heard[0].endswith(b"x" * 50_000)


async def test_a_closed_client_says_so(make: Any) -> None:
    crm = make()
    await crm.close()
    await crm.close()
    with pytest.raises(RuntimeError, match="the connection `crm` is closed"):
        await crm.send("GET", "/")


async def test_a_proxy_of_the_environment_is_used(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def yes(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy")

    async with system(yes) as (url, heard):
        monkeypatch.setenv("http_proxy", url)
        monkeypatch.setenv("no_proxy", "")
        assert (await make(base_url="http://crm.example").send("GET", "/a")).text == "proxy"
    assert heard[0].startswith(b"GET http://crm.example/a HTTP/1.1")


async def test_a_text_in_another_character_set_is_read(make: Any, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/").respond_with_data(
        "Grüße".encode("latin-1"), content_type="text/plain; charset=ISO-8859-1"
    )
    assert (await make().send("GET", "/")).text == "Grüße"
