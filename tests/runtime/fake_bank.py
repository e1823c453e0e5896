"""A system in memory that does what a test tells it, and a project around it."""

from __future__ import annotations

import asyncio
import textwrap
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowrun.component import Config, Connector, Registry, Secret, field, operation
from flowrun.language.workspace import Workspace, read_workspace
from flowrun.runtime.connections import Connections
from flowrun.runtime.direct import carry_out
from flowrun.runtime.result import RunResult
from flowrun.runtime.state import State
from flowrun.steps import step_kinds

PROJECT = """
environments:
  here:
    connections:
      bank: {bank: {password: hunter2}}
      unset: {bank: {password: "${env:A_VARIABLE_NOBODY_SETS}"}}
    values: {limit: 10}
"""


class BankConfig(Config):
    """How to get in."""

    password: Secret = field(description="The password.")


class Note(Config):
    """What is noted."""

    note: Any = field(None, description="Anything.")


class Bank:
    """What was asked of it, and what it is to answer: an error is raised, anything else is the answer."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.answers: defaultdict[Any, list[Any]] = defaultdict(list)
        self.opened = self.closed = self.busy = self.busiest = 0
        self.cannot_close = False

    async def asked(self, note: Any) -> Any:
        self.calls.append(note)
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        await asyncio.sleep(0)
        self.busy -= 1
        answer = self.answers[note].pop(0) if self.answers[note] else {"note": note}
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def connector(self) -> type[Connector[Any]]:
        """A connector class that talks to this bank."""
        bank = self

        class BankConnector(Connector[BankConfig]):
            """Notes things."""

            name = "bank"
            Config = BankConfig

            async def open(self) -> None:
                bank.opened += 1

            async def close(self) -> None:
                bank.closed += 1
                if bank.cannot_close:
                    raise OSError("it is stuck")

            @operation(reads=True)
            async def look(self, request: Note) -> Any:
                """Reads."""
                return await bank.asked(request.note)

            @operation(repeatable=True)
            async def put(self, request: Note) -> Any:
                """Writes; twice is once."""
                return await bank.asked(request.note)

            @operation()
            async def pay(self, request: Note) -> Any:
                """Writes; twice is twice."""
                return await bank.asked(request.note)

        return BankConnector


def workspace(folder: Path, bank: Bank, flows: Mapping[str, str], tables: Mapping[str, str]) -> Workspace:
    """A project with these flows (their steps and what else stands below the title) and lookup tables."""
    (folder / "flows").mkdir(exist_ok=True)
    (folder / "lookups").mkdir(exist_ok=True)
    (folder / "flowrun.yaml").write_text(PROJECT)
    for name, body in flows.items():
        text = f"flow: {name}\ntitle: A test\n{textwrap.dedent(body)}"
        (folder / "flows" / f"{name}.yaml").write_text(text)
    for name, text in tables.items():
        (folder / "lookups" / f"{name}.csv").write_text(text)
    found = read_workspace(folder, Registry.of(step_kinds(), [bank.connector()]), {})
    assert not found.problems, "\n".join(map(str, found.problems))
    return found


def connections(found: Workspace, bank: Bank, state: State, guard: Any = None) -> Connections:
    registry = Registry.of(step_kinds(), [bank.connector()])
    return Connections(found.project, found.project.environment("here"), registry, state, guard)


class Runner:
    """Runs the flow `main` of a project."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bank = Bank()
        self.state = State(None, "here")
        self.told: list[str] = []

    def __call__(
        self,
        steps: str,
        event: Mapping[str, Any] | None = None,
        *,
        patience: float = 5,
        tables: Mapping[str, str] | None = None,
        **subs: str,
    ) -> RunResult:
        found = workspace(self.folder, self.bank, {"main": steps, **subs}, tables or {})

        async def once() -> RunResult:
            async with connections(found, self.bank, self.state) as opened:
                return await carry_out(
                    found,
                    found.flow("main"),
                    event or {},
                    opened,
                    patience=patience,
                    tell=self.told.append,
                )

        return asyncio.run(once())
