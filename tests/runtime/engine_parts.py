"""A system in memory that the engine's tests talk to: a real connector whose other side is a list."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any, ClassVar

from flowrun.component import Config, Connector, Page, Registry, Secret, operation
from flowrun.component.config import field as setting
from flowrun.errors import Cause, Rejected, Retryable
from flowrun.expressions.shapes import TEXT, Record
from flowrun.language.workspace import Workspace, read_workspace
from flowrun.runtime.engine import EmbeddedEngine
from flowrun.runtime.journal.file import JournalFile
from flowrun.runtime.observer import Observer
from flowrun.runtime.state import State
from flowrun.steps import step_kinds

Trouble = Callable[[str, dict[str, Any]], None]
"""Raises what is to go wrong with an operation; does nothing when all is well."""


@dataclass
class System:
    """The other side: its documents in the order of their creation, and what is to go wrong."""

    documents: list[dict[str, Any]] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    before: Trouble | None = None
    after: Trouble | None = None
    hold: asyncio.Event | None = None
    probe_error: Exception | None = None
    password: str = "right"
    catalogue: list[str] = field(default_factory=list)

    def numbers(self) -> list[str]:
        return [document["number"] for document in self.documents]


SYSTEM = System()


class MemoryConfig(Config):
    """The settings of the system in memory."""

    password: Secret = setting(default=Secret("right"), description="Its password.")


class Put(Config):
    """A document."""

    number: str = setting(description="Its number.")
    value: Any = setting(default=None, description="Its content.")


class Listed(Config):
    """A list."""

    size: int = setting(default=2, description="How many in a page.")


class Memory(Connector[MemoryConfig]):
    """A system in memory."""

    name = "memory"
    Config = MemoryConfig
    example = "connections: {memory: {memory: {}}}"
    events: ClassVar[dict[str, Record]] = {
        "placed": Record({"number": TEXT, "stamp": TEXT, "value": TEXT, "n": TEXT})
    }

    async def _step(self, name: str, request: Put, change: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        if SYSTEM.hold is not None:
            await SYSTEM.hold.wait()
        data = {"number": request.number, "value": request.value}
        if SYSTEM.before is not None:
            SYSTEM.before(name, data)
        answer = change()
        if SYSTEM.after is not None:
            SYSTEM.after(name, data)
        return answer

    async def probe(self) -> None:
        if SYSTEM.probe_error is not None:
            raise SYSTEM.probe_error

    @operation(reads=True)
    async def read(self, request: Put) -> dict[str, Any]:
        """Reads something."""
        SYSTEM.reads.append(request.number)
        return await self._step("read", request, lambda: {"number": request.number})

    @operation(reads=True, paged=True)
    async def catalogue(self, request: Listed) -> list[dict[str, Any]]:
        """Lists what there is."""
        return [{"number": number} for number in SYSTEM.catalogue]

    async def page(self, operation_name: str, parameters: Mapping[str, Any], cursor: str) -> Page:
        start, size = int(cursor or 0), int(parameters.get("size", 2))
        SYSTEM.reads.append(f"page {start}")
        if SYSTEM.before is not None:
            SYSTEM.before("page", {"number": str(start)})
        rows = [{"number": number} for number in SYSTEM.catalogue[start : start + size]]
        end = start + size >= len(SYSTEM.catalogue)
        return Page(rows, None if end else str(start + size))

    @operation(repeatable=True)
    async def put(self, request: Put) -> dict[str, Any]:
        """Creates a document unless one with this number is there."""

        def change() -> dict[str, Any]:
            for document in SYSTEM.documents:
                if document["number"] == request.number:
                    return {**document, "action": "unchanged"}
            SYSTEM.documents.append({"number": request.number, "value": request.value})
            return {"number": request.number, "value": request.value, "action": "created"}

        return await self._step("put", request, change)

    @operation(repeatable=False)
    async def add(self, request: Put) -> dict[str, Any]:
        """Creates a document, whatever is there."""

        def change() -> dict[str, Any]:
            SYSTEM.documents.append({"number": request.number, "value": request.value})
            return {"number": request.number}

        return await self._step("add", request, change)


REGISTRY = Registry.of(step_kinds(), [Memory])

PROJECT = """
project: test
environments:
  test:
    connections:
      memory: {memory: {password: "${env:MEMORY_PASSWORD:-right}"}, limits: {settle: 10ms}}
"""

PUT_FLOW = """
flow: put
title: An event becomes a document
owner: team
trigger:
  webhook: {connection: memory, event: placed}
  key: number
  once: [number, stamp]
steps:
  - id: seen
    memory.read: {number: {from: event.number}}
  - id: created
    memory.put: {number: {from: event.number}, value: {from: event.value}}
    retry: {attempts: 3, first: 10ms, factor: 1, jitter: none}
"""


def project(folder: Path, *flows: str, tables: dict[str, str] | None = None) -> Workspace:
    """A project with these flows, read and without problems."""
    (folder / "flows").mkdir(parents=True, exist_ok=True)
    (folder / "lookups").mkdir(exist_ok=True)
    (folder / "flowrun.yaml").write_text(dedent(PROJECT), encoding="utf-8")
    for index, flow in enumerate(flows):
        (folder / "flows" / f"flow{index}.yaml").write_text(dedent(flow).lstrip(), encoding="utf-8")
    for name, text in (tables or {}).items():
        (folder / "lookups" / f"{name}.csv").write_text(text, encoding="utf-8")
    workspace = read_workspace(folder, REGISTRY)
    assert workspace.problems == (), workspace.problems
    return workspace


@dataclass
class Running:
    """An engine at work, with its file."""

    engine: EmbeddedEngine
    journal: JournalFile
    state: State

    async def quiet(self, seconds: float = 5.0) -> None:
        """Waits until nothing is under way or ready."""
        async with asyncio.timeout(seconds):
            while True:
                load = self.engine.load()
                if not load["running"] and not load["ready"]:
                    return
                await asyncio.sleep(0.005)

    async def all_ended(self, seconds: float = 5.0) -> None:
        """Waits until every run has ended."""
        async with asyncio.timeout(seconds):
            while self.engine.load()["open"]:  # noqa: ASYNC110 - the engine has no bell for it
                await asyncio.sleep(0.005)

    def status(self, run: str) -> str:
        record = self.engine.get(run)
        assert record is not None
        return record.status

    async def close(self, within: float = 2.0) -> bool:
        ended = await self.engine.stop(within)
        self.journal.close()
        self.state.close()
        return ended


async def running(
    folder: Path,
    workspace: Workspace,
    *,
    observer: Observer | None = None,
    clock: Callable[[], float] | None = None,
    workers: int = 8,
) -> Running:
    """An engine on the journal of a folder, started."""
    state = State(folder / "state.db", "test")
    journal = JournalFile(folder / "journal.db")
    more = {"clock": clock} if clock is not None else {}
    engine = EmbeddedEngine(
        workspace,
        workspace.project.environment("test"),
        REGISTRY,
        state,
        journal,
        observer=observer,
        workers=workers,
        **more,
    )
    await engine.start()
    return Running(engine, journal, state)


def unreachable() -> Retryable:
    return Retryable("memory: cannot be reached", Cause(code="unreachable"))


def locked() -> Retryable:
    return Retryable("memory: somebody else is at it", Cause(code="locked", status=400))


def refused() -> Rejected:
    return Rejected("memory: no", Cause(code="V1/1", target="value"))
