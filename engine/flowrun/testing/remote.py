"""A real HTTP server on loopback that plays the remote system, well or badly.

It has a thread and a loop of its own, so a connector that blocks its loop still gets its answers, and a request
that was cut off by its sender is seen as what it is: the beginning of one, on a connection that was closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Self
from urllib.parse import unquote

import h11

from flowrun.testing.sample import Answer, Asked, Sample
from flowrun.testing.script import Script

THREAD = "flowrun remote system"
PATIENCE = 20.0  # seconds: nothing that works takes as long, so what does is stuck


class Remote:
    """The remote system. `script` says what it answers; `on_silence` is told of each request it lets wait.

    With `closes`, a connection brings one answer only, so that every request begins with a new one.
    """

    def __init__(self) -> None:
        self.script = Script(Sample())
        self.on_silence: Callable[[], object] | None = None
        self.closes = False
        self.url = ""
        self._ready = threading.Event()
        self._connections: set[asyncio.StreamWriter] = set()
        self._halves: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name=THREAD, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    @property
    def halves(self) -> int:
        """How many open connections have brought the beginning of a request and not its end."""
        return len(self._halves)

    async def refuse(self) -> None:
        """From now on nobody listens at the address."""
        closed = asyncio.run_coroutine_threadsafe(self._stop_listening(), self._loop)
        await asyncio.wrap_future(closed)

    async def caught_up(self) -> None:
        """Comes back when everything that was sent so far has been read."""
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_turns(), self._loop))

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self._ready.set()
        await self._over.wait()
        await self._stop_listening()

    async def _stop_listening(self) -> None:
        self._server.close()
        for writer in list(self._connections):
            writer.transport.abort()
        while self._connections:  # noqa: ASYNC110 - they end one by one, at once
            await asyncio.sleep(0.001)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        try:
            with contextlib.suppress(OSError, h11.RemoteProtocolError):
                await self._talk(reader, writer)
        finally:
            writer.close()
            self._halves.discard(writer)
            self._connections.discard(writer)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = h11.Connection(h11.SERVER)
        while (asked := await self._next(line, reader, writer)) is not None:
            answer = self.script.answer_to(asked)
            await self._say(answer, line, writer)
            if answer.ending == "silent":
                await self._wait(reader)
            if answer.ending != "whole" or line.our_state is not h11.DONE:
                return
            line.start_next_cycle()

    async def _next(
        self, line: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Asked | None:
        """The next whole request; None when the other side has closed in good order."""
        request: h11.Request | None = None
        body = b""
        while True:
            event = line.next_event()
            if isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage) and request is not None:
                self._halves.discard(writer)
                return _asked(request, body)
            elif event is h11.NEED_DATA:
                data = await reader.read(65536)
                if data:
                    self._halves.add(writer)
                line.receive_data(data)
            else:  # closed, or more than was asked for
                return None

    async def _say(self, answer: Answer, line: h11.Connection, writer: asyncio.StreamWriter) -> None:
        if answer.ending in ("dropped", "silent"):
            return
        body, kind = answer.content()
        headers = {"Content-Type": kind} if kind else {}
        headers |= {"Content-Length": str(len(body)), **answer.headers}
        headers |= {"Connection": "close"} if self.closes else {}
        said = line.send(h11.Response(status_code=answer.status, headers=list(headers.items())))
        writer.write(said or b"")
        if answer.ending == "cut":
            writer.write(body[: len(body) // 2])
        elif answer.status not in (204, 304):
            writer.write(line.send(h11.Data(data=body)) or b"")
        if answer.ending == "whole":
            writer.write(line.send(h11.EndOfMessage()) or b"")
        await writer.drain()

    async def _wait(self, reader: asyncio.StreamReader) -> None:
        """Until the other side gives up. One that never does is cut off in the end, so that a check can say so."""
        if self.on_silence is not None:
            self.on_silence()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while await reader.read(65536):
                    pass


async def _turns() -> None:
    """On loopback what was sent is there already: the loop need only come round often enough to read it."""
    for _ in range(20):
        await asyncio.sleep(0)


def _asked(request: h11.Request, body: bytes) -> Asked:
    path, _, query = request.target.decode("latin-1").partition("?")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers}
    return Asked(request.method.decode("latin-1"), unquote(path), query, headers, body)
