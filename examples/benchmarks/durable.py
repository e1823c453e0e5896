"""How fast the durable engine is on this machine: `uv run python examples/benchmarks/durable.py [--runs N]`.

The system on the other side is in memory, so what is measured is the engine with its journal: accepting (until the
event is on the disk), carrying out a flow with one read and one write, and starting again with many open runs.
Machines differ and are shared: compare figures of one run only.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any, ClassVar

from flowrun.component import Config, Connector, Registry, field, operation
from flowrun.errors import Cause, Retryable
from flowrun.expressions.shapes import TEXT, Record
from flowrun.language.workspace import read_workspace
from flowrun.runtime.engine import EmbeddedEngine
from flowrun.runtime.journal.file import JournalFile
from flowrun.runtime.state import State
from flowrun.steps import step_kinds

PROJECT = "project: benchmark\nenvironments: {here: {connections: {memory: {memory: {}}}}}\n"
FLOW = """\
flow: order
title: One read, one mapping, one write
trigger: {webhook: {connection: memory, event: placed}, key: number, once: [number]}
steps:
  - id: read
    memory.read: {number: {from: event.number}}
  - id: mapped
    transform:
      fields:
        number: {text: "XC-{{ event.number }}"}
        lines:
          for_each: event.lines
          as: line
          fields: {sku: {from: line.sku, as: upper}, amount: {from: line.amount, as: decimal}}
  - id: written
    memory.write: {number: {from: mapped.number}}
"""
EVENT = {"lines": [{"sku": f"sku-{n}", "amount": n} for n in range(1, 6)]}


class MemoryConfig(Config):
    """No settings."""


class One(Config):
    """One document."""

    number: str = field(description="Its number.")


class Memory(Connector[MemoryConfig]):
    """A system in memory."""

    name = "memory"
    Config = MemoryConfig
    events: ClassVar[dict[str, Record]] = {"placed": Record({"number": TEXT}, open=True)}
    down: ClassVar[bool] = False

    async def probe(self) -> None:
        """Answers, unless it is down."""
        if Memory.down:
            raise Retryable("down", Cause(code="unreachable"))

    @operation(reads=True)
    async def read(self, request: One) -> dict[str, str]:
        """Reads a document."""
        await self.probe()
        return {"number": request.number}

    @operation(repeatable=True)
    async def write(self, request: One) -> dict[str, str]:
        """Writes a document."""
        await self.probe()
        return {"number": request.number}


async def _engine(folder: Path) -> tuple[EmbeddedEngine, JournalFile, State]:
    registry = Registry.of(step_kinds(), [Memory])
    workspace = read_workspace(folder, registry)
    state = State(folder / "state.db", "here")
    journal = JournalFile(folder / "journal.db")
    engine = EmbeddedEngine(workspace, workspace.project.environment("here"), registry, state, journal)
    await engine.start()
    return engine, journal, state


async def _accept(engine: EmbeddedEngine, first: int, count: int, at_once: int) -> list[float]:
    """Seconds until each event was on the disk."""
    took: list[float] = []
    numbers = iter(range(first, first + count))

    async def sender() -> None:
        for number in numbers:
            began = time.perf_counter()
            await engine.accept("order", {"number": str(number), **EVENT})
            took.append(time.perf_counter() - began)

    await asyncio.gather(*(sender() for _ in range(at_once)))
    return took


async def _ended(engine: EmbeddedEngine) -> None:
    while engine.load()["open"]:  # noqa: ASYNC110 - the engine has no bell for it, and a benchmark may ask
        await asyncio.sleep(0.01)


def _resident() -> float:
    """Megabytes of memory in use now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def _told(name: str, value: Any) -> None:
    print(f"{name:<52} {value}")


async def _measure(folder: Path, runs: int) -> None:
    engine, journal, state = await _engine(folder)
    await _accept(engine, 0, 200, 16)
    await _ended(engine)
    size = (folder / "journal.db").stat().st_size
    began = time.perf_counter()
    took = await _accept(engine, 1000, runs, 64)
    accepted = time.perf_counter() - began
    await _ended(engine)
    done = time.perf_counter() - began
    quantiles = statistics.quantiles(took, n=100)
    _told("accepted while flows run, 64 at once, events/s", f"{runs / accepted:,.0f}")
    _told(
        "  p50 / p99 until it is on the disk, ms", f"{quantiles[49] * 1000:.1f} / {quantiles[98] * 1000:.1f}"
    )
    _told("flows carried out to their end, flows/s", f"{runs / done:,.0f}")
    await engine.stop(1)
    journal.close()
    state.close()
    _told(
        "bytes in the journal for each run", f"{((folder / 'journal.db').stat().st_size - size) / runs:,.0f}"
    )


async def _restart(folder: Path, open_runs: int) -> None:
    Memory.down = True
    engine, journal, state = await _engine(folder)
    began = time.perf_counter()
    await _accept(engine, 10_000_000, open_runs, 256)
    _told("accepted while the system is down, events/s", f"{open_runs / (time.perf_counter() - began):,.0f}")
    await engine.stop(1)
    journal.close()
    state.close()
    before = _resident()
    began = time.perf_counter()
    engine, journal, state = await _engine(folder)
    _told(f"seconds to start again with {open_runs:,} open runs", f"{time.perf_counter() - began:.2f}")
    _told("bytes of memory for each open run", f"{max(_resident() - before, 0) * 1e6 / open_runs:,.0f}")
    Memory.down = False
    began = time.perf_counter()
    await _ended(engine)
    _told("flows/s once the system is back", f"{open_runs / (time.perf_counter() - began):,.0f}")
    await engine.stop(1)
    journal.close()
    state.close()


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5_000)
    parser.add_argument("--open", type=int, default=20_000, help="open runs for the restart")
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "flows").mkdir()
        (folder / "flowrun.yaml").write_text(PROJECT, encoding="utf-8")
        (folder / "flows" / "order.yaml").write_text(FLOW, encoding="utf-8")
        asyncio.run(_measure(folder, said.runs))
        asyncio.run(_restart(folder, said.open))


if __name__ == "__main__":
    main()
