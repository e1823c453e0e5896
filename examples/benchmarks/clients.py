"""What the connectors cost beside a plain call: `uv run python examples/benchmarks/clients.py [--calls N]`.

Each line is one kind of call at 1, 16 and 64 in flight, first as a bare aiohttp request whose JSON is read, then as the
connector's operation, with its token, typing and checks. The other side is the sandbox, and then a server that only
plays back the sandbox's answers: there nothing but the client is left. At the end a list of 100,000 products is read
page after page. Machines differ and are shared: compare figures of one run only.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import resource
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import httpx

from flowrun.component import Secret, Surroundings, Url
from flowrun_connectors.sap import Sap, SapConfig
from flowrun_connectors.xcart import XCart, XCartConfig

IN_FLIGHT = (1, 16, 64)
Call = Callable[[], Awaitable[Any]]


@contextlib.contextmanager
def sandbox() -> Iterator[dict[str, str]]:
    """Both systems in a process of their own."""
    command = [
        sys.executable,
        "-m",
        "flowrun_sandbox",
        "--xcart-port",
        "0",
        "--sap-port",
        "0",
        "--orders",
        "5",
    ]
    command.append("--until-stdin-closes")
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as process:  # noqa: S603 - our own words
        yield json.loads(process.stdout.readline() if process.stdout is not None else "{}")
        process.terminate()


class Playback(asyncio.Protocol):
    """Answers by what stands in the first line of a request."""

    answers: tuple[tuple[bytes, bytes], ...] = ()

    def connection_made(self, transport: Any) -> None:
        """A client has come."""
        self._transport, self._heard = transport, b""

    def data_received(self, data: bytes) -> None:
        """As many whole requests as there are; none has a body."""
        self._heard += data
        while b"\r\n\r\n" in self._heard:
            head, _, self._heard = self._heard.partition(b"\r\n\r\n")
            line = head.split(b"\r\n", 1)[0]
            body = next((body for part, body in self.answers if part in line), b"[]")
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                % (len(body), body)
            )


def serve_playback(port: Any, answers: tuple[tuple[bytes, bytes], ...]) -> None:
    """Runs in a process of its own, until it is ended."""

    async def run() -> None:
        Playback.answers = answers
        server = await asyncio.get_running_loop().create_server(Playback, "127.0.0.1", 0)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


@contextlib.contextmanager
def playback(answers: tuple[tuple[bytes, bytes], ...]) -> Iterator[str]:
    """The address of a server that plays answers back."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve_playback, args=(theirs, answers), daemon=True)
    process.start()
    yield f"http://127.0.0.1:{ours.recv()}"
    process.terminate()


async def seconds_a_call(call: Call, in_flight: int, calls: int) -> float:
    """Of the wall clock, with so many under way all the time."""

    async def some() -> None:
        for _ in range(calls // in_flight):
            await call()

    began = time.perf_counter()
    await asyncio.gather(*(some() for _ in range(in_flight)))
    return (time.perf_counter() - began) / (calls // in_flight * in_flight)


async def compare(title: str, plain: Call, ours: Call, calls: int) -> None:
    """Prints both, and how many times as long ours takes. The better of three rounds, taken in turn."""
    await plain()
    await ours()
    for in_flight in IN_FLIGHT:
        rounds = [
            (await seconds_a_call(plain, in_flight, calls), await seconds_a_call(ours, in_flight, calls))
            for _ in range(3)
        ]
        bare, whole = (1e6 * min(one) for one in zip(*rounds, strict=True))
        print(
            f"  {title:20} {in_flight:3} in flight   plain {bare:6.0f} µs   ours {whole:6.0f} µs   "
            f"{whole / bare:4.2f} times"
        )


def plainly(session: aiohttp.ClientSession, address: str) -> Call:
    """A bare request, its JSON read by the standard library."""

    async def call() -> Any:
        async with session.get(address) as answer:
            return json.loads(await answer.read())

    return call


@contextlib.asynccontextmanager
async def connectors(sap_url: str, shop_url: str, found: dict[str, str]) -> AsyncIterator[tuple[Sap, XCart]]:
    """One connection to each system."""
    settings = SapConfig(url=Url(sap_url), user=found["sap_user"], password=Secret(found["sap_password"]))
    shop = XCartConfig(url=Url(shop_url), token=Secret(found["xcart_token"]))
    async with Sap(settings, Surroundings("sap")) as sap, XCart(shop, Surroundings("xcart")) as xcart:
        yield sap, xcart


async def one_side(
    name: str, sap_url: str, shop_url: str, found: dict[str, str], one: Recorded, calls: int
) -> None:
    """Reads of one document from each system."""
    print(f"{name}, {calls} calls a round")
    headers = {
        "Accept": "application/json",
        "Authorization": aiohttp.encode_basic_auth(found["sap_user"], found["sap_password"]),
        "X-AUTH-TOKEN": found["xcart_token"],
        "sap-client": "100",
    }
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        connectors(sap_url, shop_url, found) as (sap, xcart),
    ):
        key = {"service": "API_SALES_ORDER_SRV", "entity": "A_SalesOrder", "key": one.number}
        await compare(
            "SAP, a sales order",
            plainly(session, f"{sap_url}/sap/opu/odata/sap/API_SALES_ORDER_SRV/A_SalesOrder('{one.number}')"),
            lambda: sap.perform("get", key),
            calls,
        )
        await compare(
            "X-Cart, an order",
            plainly(session, f"{shop_url}/api/orders/{one.order}"),
            lambda: xcart.perform("get_order", {"id": one.order}),
            calls,
        )


async def many_products(found: dict[str, str], products: int) -> None:
    """Reads a large catalogue page after page, and looks at what it keeps."""
    async with connectors(found["sap"], found["xcart"], found) as (_, xcart):
        began, rows, told, steps = time.perf_counter(), 0, 0, []
        cursor: str | None = ""
        while cursor is not None:
            page = await xcart.page("list_products", {}, cursor)
            rows, cursor = rows + len(page.rows), page.next
            if rows >= told + products // 10:
                told = rows
                steps.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        took = time.perf_counter() - began
    print(
        f"{rows} products page after page: {rows / took:.0f} a second, {1e6 * took / max(rows, 1):.0f} µs each"
    )
    print(f"  largest memory after each tenth, MB: {' '.join(f'{one:.0f}' for one in steps)}")


@dataclass(frozen=True, slots=True)
class Recorded:
    """One document of each system, and what the system answers when it is read."""

    order: int
    shown: bytes
    number: str
    document: bytes


def recorded(found: dict[str, str]) -> Recorded:
    """Asks the sandbox itself."""
    token = {"X-AUTH-TOKEN": found["xcart_token"]}
    login = (found["sap_user"], found["sap_password"])
    service = f"{found['sap']}/sap/opu/odata/sap/API_SALES_ORDER_SRV"
    order = httpx.get(f"{found['xcart']}/api/orders", headers=token).json()[0]["id"]
    sales = httpx.get(f"{service}/A_SalesOrder?$top=1&$format=json", auth=login).json()
    number = sales["d"]["results"][0]["SalesOrder"]
    return Recorded(
        order,
        httpx.get(f"{found['xcart']}/api/orders/{order}", headers=token).content,
        number,
        httpx.get(f"{service}/A_SalesOrder('{number}')?$format=json", auth=login).content,
    )


def main(calls: int, products: int) -> None:
    """Everything, one after another."""
    with sandbox() as found:
        one = recorded(found)
        asyncio.run(one_side("the sandbox", found["sap"], found["xcart"], found, one, calls // 10))
        with playback(((b"A_SalesOrder(", one.document), (b"/api/orders/", one.shown))) as address:
            asyncio.run(one_side("answers played back", address, address, found, one, calls))
        if products:
            httpx.post(f"{found['xcart']}/_sandbox/catalogue", json={"products": products}, timeout=60)
            asyncio.run(many_products(found, products))


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--calls", type=int, default=3200)
    arguments.add_argument("--products", type=int, default=100_000)
    said = arguments.parse_args()
    main(said.calls, said.products)
