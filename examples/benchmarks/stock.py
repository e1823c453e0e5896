"""A night of stock: `uv run python examples/benchmarks/stock.py [--products N] [--kill]`.

The flow `stock_to_xcart_nightly` of this repository runs in the durable engine: the shop is the sandbox, in a process
of its own, with so many products; SAP is a server that plays back a stock, where one material in fifty has changed.
Told are SKUs a second, the processor time of ours for each, the memory while it runs, and how long a small flow takes
beside it. With `--kill` the engine is killed in the middle and started again.
Machines differ and are shared: compare figures of one run only.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import random
import re
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from flowrun.cli.composition import registry
from flowrun.language.workspace import read_workspace
from flowrun.runtime.engine import EmbeddedEngine
from flowrun.runtime.journal.file import JournalFile
from flowrun.runtime.state import State

ROOT = Path(__file__).parent.parent.parent
FIRST_BULK_PRODUCT = 1_000_001
CHANGED = 50  # one material in so many
FLOWS = ("stock_to_xcart_nightly", "stock_for_sale", "goods_held_by_shop")
BESIDE = """\
flow: beside
title: What an order asks of the shop
trigger: {webhook: {connection: xcart, event: order_placed}, key: id}
steps:
  - id: order
    xcart.get_order: {id: {from: event.id}}
"""
PROJECT = """\
project: benchmark
environments:
  here:
    connections:
      xcart: {{xcart: {{url: "{shop}", token: "{token}", variants: false}}}}
      sap: {{sap: {{url: "{sap}", user: U, password: P}}}}
    values:
      payments_that_hold_stock: [Q, A, PP, P]
      not_shipped: [N, P, WND, R, WFA, NBA]
"""


class Playback(asyncio.Protocol):
    """SAP, as far as this flow asks it: the stock of the materials in a filter, and nothing ordered."""

    seed = 0

    def connection_made(self, transport: Any) -> None:
        """A client has come."""
        self._transport, self._heard = transport, b""

    def data_received(self, data: bytes) -> None:
        """As many whole requests as there are; none has a body."""
        self._heard += data
        while b"\r\n\r\n" in self._heard:
            head, _, self._heard = self._heard.partition(b"\r\n\r\n")
            line = head.split(b"\r\n", 1)[0]
            rows: list[dict[str, str]] = []
            if b"A_MatlStkInAcctMod" in line:
                rows = [row for place in re.findall(rb"MAT-(\d+)", line) for row in self._stock(int(place))]
            body = json.dumps({"d": {"results": rows}}).encode()
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                % (len(body), body)
            )

    def _stock(self, place: int) -> list[dict[str, str]]:
        """What the shop began with, in two storage locations, unless it has changed since."""
        variety = random.Random(f"{self.seed}:{FIRST_BULK_PRODUCT + place - 1}")  # noqa: S311 - no secret
        variety.randint(99, 49999)  # the price
        pieces = variety.randint(0, 500) + (place % CHANGED == 0)
        row = {"Material": f"MAT-{place:06}", "Plant": "1010", "MaterialBaseUnit": "PC"}
        return [
            row | {"MatlWrhsStkQtyInMatlBaseUnit": str(one)} for one in (pieces // 3, pieces - pieces // 3)
        ]


def serve_playback(port: Any, seed: int) -> None:
    """Runs in a process of its own, until it is ended."""

    async def run() -> None:
        Playback.seed = seed
        server = await asyncio.get_running_loop().create_server(Playback, "127.0.0.1", 0)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


@contextmanager
def systems(products: int) -> Iterator[tuple[dict[str, str], str]]:
    """The sandbox with that many products, and the address of SAP."""
    command = [sys.executable, "-m", "flowrun_sandbox", "--xcart-port", "0", "--sap-port", "0"]
    with subprocess.Popen([*command, "--until-stdin-closes"], stdin=-1, stdout=-1, text=True) as process:  # noqa: S603 - our own programs
        assert process.stdout is not None  # noqa: S101 - a benchmark may stop
        found = json.loads(process.stdout.readline())
        with httpx.Client(base_url=found["xcart"], timeout=60) as control:
            control.post("/_sandbox/catalogue", json={"products": products}).raise_for_status()
            seed = control.get("/_sandbox/health").json()["seed"]
        ours, theirs = multiprocessing.Pipe()
        sap = multiprocessing.Process(target=serve_playback, args=(theirs, seed), daemon=True)
        sap.start()
        try:
            yield found, f"http://127.0.0.1:{ours.recv()}"
        finally:
            sap.terminate()
            process.terminate()


def make_project(folder: Path, found: dict[str, str], sap: str, products: int) -> None:
    """The flows of this repository, with a table of that many SKUs."""
    (folder / "flows").mkdir(parents=True)
    for name in FLOWS:
        shutil.copy(ROOT / "flows" / f"{name}.yaml", folder / "flows")
    (folder / "flows" / "beside.yaml").write_text(BESIDE, encoding="utf-8")
    shutil.copytree(ROOT / "lookups", folder / "lookups")
    shutil.copytree(ROOT / ".flowrun" / "metadata", folder / ".flowrun" / "metadata")
    rows = "".join(f"BULK-{place:06},MAT-{place:06},YB110,PC\n" for place in range(1, products + 1))
    table = folder / "lookups" / "sku_to_material.csv"
    table.write_text("sku,material,profit_center,unit\n" + rows, encoding="utf-8")
    text = PROJECT.format(shop=found["xcart"], token=found["xcart_token"], sap=sap)
    (folder / "flowrun.yaml").write_text(text, encoding="utf-8")


def resident() -> float:
    """Megabytes of memory in use now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def processor() -> float:
    """Seconds of processor time of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def milliseconds(times: list[float]) -> str:
    """The middle and the slow end."""
    parts = statistics.quantiles(times, n=100)
    return f"{parts[49] * 1000:.1f} / {parts[98] * 1000:.1f}"


async def one_beside(engine: EmbeddedEngine) -> float:
    """Seconds from an event to the end of a small flow."""
    began = time.perf_counter()
    accepted = await engine.accept("beside", {"id": 1187})
    while engine.get(accepted.run).status not in ("done", "dead"):  # noqa: ASYNC110 - the engine has no bell for it
        await asyncio.sleep(0.002)
    return time.perf_counter() - began


async def work(folder: Path) -> None:
    """One process of the engine: begins the night, or goes on with it, and tells about itself on stdout."""
    workspace = read_workspace(folder, registry())
    state, journal = State(folder / "state.db", "here"), JournalFile(folder / "journal.db")
    engine = EmbeddedEngine(workspace, workspace.project.environment("here"), registry(), state, journal)
    await engine.start()
    resumed = engine.load()["open"] > 0
    idle = [] if resumed else [await one_beside(engine) for _ in range(100)]
    began, used = time.perf_counter(), processor()
    if not resumed:
        await engine.accept("stock_to_xcart_nightly", {})
    memory, beside = [resident()], []
    while engine.load()["open"]:
        print(json.dumps({"seconds": time.perf_counter() - began}), flush=True)
        if not resumed:
            beside.append(await one_beside(engine))
        memory.append(resident())
        await asyncio.sleep(0.25)
    took, spent = time.perf_counter() - began, processor() - used
    await engine.stop(within=5)
    journal.close()
    state.close()
    told: dict[str, Any] = {"resumed": resumed, "took": took, "spent": spent, "memory": memory}
    if not resumed and len(beside) > 1:
        told |= {"idle": milliseconds(idle), "beside": milliseconds(beside)}
    told["journal"] = (folder / "journal.db").stat().st_size / 1e6
    print(json.dumps({"ended": told}), flush=True)


def worked(folder: Path, *, kill_after: float | None = None) -> dict[str, Any] | None:
    """What a process of the engine told in the end; None when it was killed before."""
    with subprocess.Popen([sys.executable, __file__, "--work", str(folder)], stdout=-1, text=True) as process:  # noqa: S603 - our own programs
        assert process.stdout is not None  # noqa: S101 - a benchmark may stop
        for line in process.stdout:
            told = json.loads(line)
            if "ended" in told:
                return dict(told["ended"])
            if kill_after is not None and told["seconds"] > kill_after:
                process.send_signal(signal.SIGKILL)
                return None
    raise RuntimeError("the engine ended without a word")


def show(told: dict[str, Any], products: int) -> None:
    """The figures of one night."""
    memory = told["memory"]
    tenths = [memory[place * (len(memory) - 1) // 10] for place in range(11)]
    print(f"{'gone on with' if told['resumed'] else 'a whole night'}: {told['took']:.1f} s")
    print(f"  SKUs a second                         {products / told['took']:,.0f}")
    print(f"  our processor time, µs a SKU          {1e6 * told['spent'] / products:.0f}")
    print(f"  memory after each tenth, MB           {' '.join(f'{one:.0f}' for one in tenths)}")
    print(f"  journal, MB                           {told['journal']:.1f}")
    if "beside" in told:
        print(f"  a small flow, p50 / p99 in ms         {told['idle']} alone, {told['beside']} beside it")


def main(products: int, *, kill: bool) -> None:
    """One night, and perhaps another that is killed."""
    with systems(products) as (found, sap), tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "night"
        make_project(folder, found, sap, products)
        whole = worked(folder)
        assert whole is not None  # noqa: S101 - a benchmark may stop
        show(whole, products)
        with httpx.Client(base_url=found["xcart"], timeout=60) as control:
            asked = control.get("/_sandbox/requests").json()
            print(f"  requests to the shop                  {len(asked):,}")
            print(f"  stocks written                        {sum(row['method'] == 'PUT' for row in asked):,}")
            if not kill:
                return
            control.post("/_sandbox/reset").raise_for_status()
            control.post("/_sandbox/catalogue", json={"products": products}).raise_for_status()
            folder = Path(home) / "killed"
            make_project(folder, found, sap, products)
            assert worked(folder, kill_after=whole["took"] / 2) is None  # noqa: S101 - a benchmark may stop
            before = sum(row["method"] == "PUT" for row in control.get("/_sandbox/requests").json())
            rest = worked(folder)
            assert rest is not None  # noqa: S101 - a benchmark may stop
            show(rest, products)
            after = sum(row["method"] == "PUT" for row in control.get("/_sandbox/requests").json())
            print(f"  stocks written before and after       {before:,} and {after - before:,}")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--products", type=int, default=100_000)
    arguments.add_argument("--kill", action="store_true")
    arguments.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    said = arguments.parse_args()
    if said.work is not None:
        asyncio.run(work(said.work))
    else:
        main(said.products, kill=said.kill)
