"""The contract lets a sound connector pass, and tells an unsound one what to do: one way to be unsound a test."""

from __future__ import annotations

import asyncio
import http.client
import logging
import subprocess
import sys
import threading
import warnings
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from chat import SAMPLES, Chat, Latest, Message, settings

from flowrun.component import Config, Connector, Secret, field, operation
from flowrun.errors import Rejected, Retryable
from flowrun.testing import (
    ConnectorContract,
    Sample,
    answers,
    cancelling,
    documentation,
    lifecycle,
    secrecy,
    stage,
    translation,
    writes,
)
from flowrun.testing.stage import Case
from running import ROOT

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not come need not be waited for."""
    monkeypatch.setattr(stage, "SOON", 0.2)


class TestChat(ConnectorContract):
    connector = Chat
    samples = SAMPLES

    def settings(self, url: str) -> Mapping[str, Any]:
        return settings(url)


def case(connector: type[Connector[Any]], **samples: Sample) -> Case:
    return Case(connector, settings, {**SAMPLES, **samples})


async def told(problems: Awaitable[list[str]], *words: str) -> None:
    """Among the problems is one that holds all of these words."""
    found = await problems
    assert any(all(word in problem for word in words) for problem in found), found


class Anything(Config):
    what: Any = field(description="Whatever it is.")


# --- documentation ------------------------------------------------------------------------------------------------


def test_what_is_not_described_is_named_with_what_to_write() -> None:
    class Bare(Config):
        roomURL: str = field(description="room")  # noqa: N815 - that is what is found
        key: Secret = field(description="The key.")

    class Silent(Connector[Bare]):
        name = "silent"
        Config = Bare
        example = "connections: {team: {silent: {roomURL: x, key: hunter2, colour: red}}}"

        @operation(reads=True)
        async def look(self, request: Anything) -> Any:
            """looks"""

    found = [*documentation.described(Silent), *documentation.example(Silent)]
    found += documentation.operation_described(Silent, Silent.operations()["look"], {})
    for words in (
        ("the class `Silent`", "docstring"),
        ("the settings class `Bare`", "docstring"),
        ("`roomURL`", "whole words in lower case"),
        ("`roomURL`", "'room'", "whole sentence"),
        ("`example` holds the secret `key`", "${env:"),
        ("`example` is not valid", "`colour`"),
        ("`look`", "'looks'"),
        ("`look.what`", "any type", "`reasons`"),
    ):
        assert any(all(word in problem for word in words) for problem in found), (words, found)
    with_reason = documentation.operation_described(
        Silent, Silent.operations()["look"], {"look.what": "it takes all there is"}
    )
    assert not any("any type" in problem for problem in with_reason)


async def test_an_answer_or_a_pretended_one_of_another_shape_is_told() -> None:
    class Other(Chat):
        def pretend(self, operation_name: str, parameters: Mapping[str, Any]) -> Any:
            return {"txet": 1}

    await told(answers.problems(case(Other), "say"), "`pretend`", "txet", "did you mean")
    surprising = Sample({"limit": 2}, answer={"id": 1})
    await told(answers.problems(case(Chat, latest=surprising), "latest"), "not a list")
    unknown = Sample({"text": "a"}, answers={"GET": {"text": ""}})
    await told(answers.problems(case(Chat, pin=unknown), "pin"), "no answer for PUT /rooms/1/pinned")


# --- errors ---------------------------------------------------------------------------------------------------------

Change = Callable[..., Awaitable[Any]]


def changed(asked: Change) -> type[Connector[Any]]:
    """The chat, with another way to send requests."""
    return type("Changed", (Chat,), {"asked": asked})


async def raw(self: Chat, method: str, path: str, query: Any = None, body: Any = None) -> Any:
    try:
        return await Chat.asked(self, method, path, query, body)
    except Retryable as error:
        raise error.__cause__ or error from None


async def certain(self: Chat, method: str, path: str, query: Any = None, body: Any = None) -> Any:
    try:
        return await Chat.asked(self, method, path, query, body)
    except Retryable as error:
        raise Retryable(error.message, error.cause) from None


async def kind_to_all(self: Chat, method: str, path: str, query: Any = None, body: Any = None) -> Any:
    try:
        return await Chat.asked(self, method, path, query, body)
    except Rejected:
        return {"id": 1, "text": ""}
    except Retryable as error:
        raise Rejected("something\nwent wrong") from error


async def blocking(self: Chat, method: str, path: str, query: Any = None, body: Any = None) -> Any:
    address = urlsplit(self.config.url)
    line = http.client.HTTPConnection(address.netloc, timeout=self.config.timeout.seconds)
    try:
        line.request(method, address.path + path)
        return self.read(line.getresponse().read(), writing=method != "GET")
    except OSError as error:
        raise Retryable(f"{self.connection}: no answer", doubt=method != "GET") from error
    finally:
        line.close()


@pytest.mark.parametrize(("asked", "words"), [
    (raw, ("refuses the connection", "ClientConnectorError", "reaches the engine", "Retryable")),
    (certain, ("POST /rooms/1/messages answers 500", "doubt=True")),
    (certain, ("closes the connection without an answer", "from error")),
    (certain, ("Retry-After: 30", "`after` is None")),
    (kind_to_all, ("answers 404", "no error is raised", "Rejected is right")),
    (kind_to_all, ("answers 503", "Rejected", "Retryable is right")),
    (kind_to_all, ("does not name the connection",)),
    (kind_to_all, ("more than one line",)),
])  # fmt: skip
async def test_an_error_that_misleads_the_engine_is_told(asked: Change, words: tuple[str, ...]) -> None:
    await told(translation.problems(case(changed(asked)), "say"), *words)


async def test_a_write_after_which_something_fails_is_in_doubt() -> None:
    class Twice(Chat):
        @operation()
        async def say(self, request: Message) -> Any:
            """Says something, and reads it."""
            await self.asked("POST", "/messages", body={"text": request.text})
            return (await self.asked("GET", "/latest"))[0]

    sample = Sample({"text": "a"}, answers={"POST": {"id": 1}, "GET": [{"id": 1, "text": "a"}]})
    await told(translation.problems(case(Twice, say=sample), "say"), "GET", "earlier request has written")


async def test_a_connector_that_blocks_is_told_and_does_not_hang_the_tests() -> None:
    only = {"latest": SAMPLES["latest"]}
    await told(translation.silence(Case(changed(blocking), settings, only)), "`latest` lets nothing else run")


# --- secrets --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shown", [
    lambda token: logging.getLogger("chat").debug("using %s", token),
    lambda token: logging.getLogger("chat").info("Basic %s", httpx.BasicAuth("bot", token)._auth_header),
    lambda token: warnings.warn(f"?key={httpx.QueryParams({'key': token})}", stacklevel=1),
])  # fmt: skip
async def test_a_secret_in_a_log_line_or_a_warning_is_found_in_whatever_form(shown: Any) -> None:
    class Talkative(Chat):
        async def asked(self, *request: Any, **more: Any) -> Any:
            shown(self.config.token.reveal())
            return await super().asked(*request, **more)

    await told(secrecy.at_work(case(Talkative), settings), "shows the secret that begins with 'Hush+token/")


def test_a_secret_in_the_connector_itself_is_found() -> None:
    class Keeping(Chat):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            self.token = self.config.token.reveal()

    assert [*secrecy.at_rest(case(Keeping), settings("http://x"))]
    assert [*secrecy.at_rest(case(Chat), settings("http://x"))] == []
    assert "`token` is in none" in next(secrecy.uncovered(case(Chat), [{"url": "x"}], {}))


# --- how it lives, writes and ends ----------------------------------------------------------------------------------


async def test_what_is_not_given_back_is_told(at_once: None) -> None:
    left: list[Any] = []

    class Leaky(Chat):
        task: Any = None

        async def open(self) -> None:
            left.append(self._client)
            self._client = None
            await super().open()
            self.task = self.task or asyncio.create_task(asyncio.Event().wait(), name="a heartbeat")
            self.over = threading.Event()
            threading.Thread(target=self.over.wait, args=(10,), name="a thread", daemon=True).start()

    found = await lifecycle.problems(case(Leaky), "latest")
    for words in ("1 connections stay open", "a heartbeat", "a thread"):
        assert any(words in problem for problem in found), found
    for client in filter(None, left):
        await client.close()


async def test_a_write_past_the_guard_is_told() -> None:
    await told(writes.guarded(case(changed(blocking)), "say"), "POST /rooms/1/messages", "past the guard")


class Wrong(Chat):
    @operation(reads=True)
    async def latest(self, request: Latest) -> Any:
        """Reads the latest messages."""
        return await self.asked("POST", "/search", body={})

    @operation()
    async def say(self, request: Message) -> Any:
        """Says nothing."""
        return await self.asked("GET", "/latest")

    @operation(repeatable=True)
    async def pin(self, request: Message) -> Any:
        """Pins a text, each time anew."""
        return await self.asked("POST", "/pinned", body={"text": request.text})


async def test_a_read_that_writes_and_a_write_that_reads_are_told() -> None:
    await told(writes.guarded(case(Wrong), "latest"), "POST /rooms/1/search", "`harmless`")
    await told(writes.guarded(case(Wrong), "say"), "is it a read?")
    declared = Case(Wrong, settings, SAMPLES, harmless=["POST /rooms/1/search"])
    assert await writes.guarded(declared, "latest") == []


async def test_an_exception_of_the_guard_that_is_swallowed_is_told() -> None:
    async def sheltered(self: Chat, *request: Any, **more: Any) -> Any:
        try:
            return await Chat.asked(self, *request, **more)
        except Exception as error:
            raise Rejected("no") from error

    await told(writes.guarded(case(changed(sheltered)), "say"), "guard's exception", "let it pass")


async def test_what_is_done_twice_although_it_may_be_repeated_is_told() -> None:
    pin = Sample({"text": "a"}, answer={"id": 1, "text": "a"})
    await told(writes.repeated(case(Wrong, pin=pin), "pin"), "POST /rooms/1/pinned again", "`after`")
    assert await writes.repeated(case(Chat), "pin") == []


async def test_calls_that_mix_up_their_answers_are_told() -> None:
    async def shared(self: Any, method: str, path: str, query: Any = None, body: Any = None) -> Any:
        self.number = getattr(self, "number", 0) + 1
        answer = await Chat.asked(self, method, path, query, body)
        return answer if self.number == 1 else [{"id": self.number, "text": "of somebody else"}]

    await told(writes.at_once(case(changed(shared)), "latest"), "16 at once", "of somebody else")


async def test_a_cancellation_that_is_swallowed_or_breaks_the_next_call_is_told() -> None:
    async def stubborn(self: Chat, *request: Any, **more: Any) -> Any:
        try:
            return await Chat.asked(self, *request, **more)
        except asyncio.CancelledError:
            return {"id": 0, "text": "all is well"}

    async def locking(self: Any, *request: Any, **more: Any) -> Any:
        if getattr(self, "busy", False):
            raise Retryable(f"{self.connection}: busy")
        self.busy = True
        answer = await Chat.asked(self, *request, **more)
        self.busy = False
        return answer

    await told(cancelling.problems(case(changed(stubborn)), "say"), "swallows its cancellation")
    await told(cancelling.problems(case(changed(locking)), "say"), "does not work any more", "cancelled")


async def test_half_a_request_on_a_connection_that_stays_open_is_told(at_once: None) -> None:
    class Halving(Chat):
        writer: asyncio.StreamWriter | None = None

        async def asked(self, method: str, path: str, *rest: Any, body: Any = None) -> Any:
            address = urlsplit(self.config.url)
            reader, self.writer = await asyncio.open_connection(address.hostname, address.port)
            self.writer.write(f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n".encode())
            await self.writer.drain()
            try:
                await asyncio.sleep(0)
            except asyncio.CancelledError:
                self.kept = self.writer  # not closed
                raise
            self.writer.write(b"{}")
            await reader.read(1)
            self.writer.close()
            return {"id": 1, "text": ""}

        async def close(self) -> None:
            if self.writer is not None:
                self.writer.transport.abort()

    await told(cancelling.problems(case(Halving), "say"), "half a request")


def test_a_connector_in_a_package_of_its_own_is_tested_by_a_few_lines() -> None:
    own = ROOT / "examples" / "own_connector"
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            str(own),
            str(own / "tests"),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(own), "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " passed" in ran.stdout


def test_flowrun_itself_needs_none_of_it() -> None:
    code = (
        "import sys; sys.modules['pytest'] = sys.modules['h11'] = None;"
        "import flowrun.cli.composition as c; c.registry();"
        "assert not any(name.startswith('flowrun.testing') for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
