"""A long list, page after page: what is done stays done, and a run that stops goes on with the page it was at."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from engine_parts import REGISTRY, SYSTEM, System, locked, project, refused, running, unreachable

from flowrun.language.workspace import Workspace
from flowrun.runtime.connections import Connections
from flowrun.runtime.direct import carry_out, interpreted
from flowrun.runtime.guard import stop_writes
from flowrun.runtime.journal import store
from flowrun.runtime.journal.file import JournalFile
from flowrun.runtime.rehearsal import Rehearsal
from flowrun.runtime.state import State

FLOW = """
flow: sync
title: Every row of a long list becomes a document
trigger: {webhook: {connection: memory, event: placed}}
steps:
  - id: all
    pages: {memory.catalogue: {size: 2}}
    as: rows
    steps:
      - id: each
        for_each: rows
        as: row
        steps:
          - id: wanted
            condition: row.number != 'skip'
          - id: seen
            memory.read: {number: {from: row.number}}
          - id: written
            memory.put: {number: {from: row.number}}
            retry: {attempts: 2, first: 10ms, factor: 1, jitter: none}
            undo:
              - id: taken_back
                memory.put: {number: {text: "undo {{ row.number }}"}}
  - id: report
    memory.put: {number: {text: "{{ all.rows }} rows in {{ all.pages }} pages"}}
"""


@pytest.fixture(autouse=True)
def system() -> System:
    """A fresh system with five rows."""
    SYSTEM.__init__()  # type: ignore[misc] # the one object that the connector knows
    SYSTEM.catalogue = ["a", "b", "c", "d", "e"]
    return SYSTEM


def effects(folder: Path, run: str, *, turned: bool = True) -> list[tuple[str, str]]:
    journal = JournalFile(folder / "journal.db")
    with journal.reading() as db:
        found = [(one.place, one.operation) for one in store.effects(db, run, turned=turned)]
    journal.close()
    return found


def test_every_page_is_done_before_the_next_one_is_read(tmp_path: Path, system: System) -> None:
    order: list[str] = []
    system.before = lambda name, data: order.append(f"{name} {data['number']}")

    async def story() -> str:
        parts = await running(tmp_path, project(tmp_path, FLOW))
        accepted = await parts.engine.accept("sync", {})
        await parts.all_ended()
        await parts.close()
        return accepted.run

    run = asyncio.run(story())
    assert [one for one in order if not one.startswith("read")] == [
        "page 0", "put a", "put b", "page 2", "put c", "put d", "page 4", "put e", "put 5 rows in 3 pages",
    ]  # fmt: skip
    assert [place for place, operation in effects(tmp_path, run) if operation == "put"] == [
        "all[0]/each[0]/written", "all[0]/each[1]/written", "all[1]/each[0]/written", "all[1]/each[1]/written",
        "all[2]/each[0]/written", "report",
    ]  # fmt: skip
    assert {operation for _, operation in effects(tmp_path, run)} == {"put", "pages"}


def test_what_a_page_needed_is_forgotten_when_it_is_done(tmp_path: Path) -> None:
    async def story() -> str:
        parts = await running(tmp_path, project(tmp_path, FLOW))
        accepted = await parts.engine.accept("sync", {})
        await parts.all_ended()
        await parts.close()
        return accepted.run

    run = asyncio.run(story())
    assert effects(tmp_path, run, turned=False) == [("all", "pages"), ("report", "put")]


def test_a_run_that_was_stopped_goes_on_with_its_page(tmp_path: Path, system: System) -> None:
    def trouble(name: str, data: Mapping[str, Any]) -> None:
        if name == "put" and data["number"] == "d":
            raise unreachable()

    async def story() -> None:
        workspace = project(tmp_path, FLOW)
        system.before = trouble
        system.probe_error = unreachable()
        parts = await running(tmp_path, workspace)
        accepted = await parts.engine.accept("sync", {})
        await parts.quiet()
        assert parts.status(accepted.run) in ("waiting", "retrying")
        await parts.close()
        system.before, system.probe_error = None, None
        system.reads.clear()
        parts = await running(tmp_path, workspace)
        await parts.all_ended()
        assert parts.status(accepted.run) == "done"
        await parts.close()

    asyncio.run(story())
    assert system.numbers() == ["a", "b", "c", "d", "e", "5 rows in 3 pages"]
    assert "page 0" not in system.reads
    assert "page 2" not in system.reads  # its rows are in the journal, so they are the same as before
    assert "page 4" in system.reads


def test_a_failed_page_takes_back_what_it_did_and_nothing_before_it(tmp_path: Path, system: System) -> None:
    def trouble(name: str, data: Mapping[str, Any]) -> None:
        if name == "put" and data["number"] == "d":
            raise refused()

    async def story() -> None:
        system.before = trouble
        parts = await running(tmp_path, project(tmp_path, FLOW))
        accepted = await parts.engine.accept("sync", {})
        await parts.all_ended()
        assert parts.status(accepted.run) == "dead"
        await parts.close()

    asyncio.run(story())
    assert system.numbers() == ["a", "b", "c", "undo c"]


def test_a_dead_run_is_taken_up_at_the_page_that_failed(tmp_path: Path, system: System) -> None:
    def trouble(name: str, data: Mapping[str, Any]) -> None:
        if name == "put" and data["number"] == "d":
            raise refused()

    async def story() -> None:
        system.before = trouble
        parts = await running(tmp_path, project(tmp_path, FLOW))
        accepted = await parts.engine.accept("sync", {})
        await parts.all_ended()
        system.before = None
        system.reads.clear()
        again = await parts.engine.restart(accepted.run, from_failed_step=True)
        await parts.all_ended()
        assert parts.status(again.run) == "done"
        await parts.close()

    asyncio.run(story())
    assert "page 0" not in system.reads
    assert system.numbers()[-2:] == ["e", "5 rows in 3 pages"]


def test_a_page_that_cannot_be_read_now_is_read_again(tmp_path: Path, system: System) -> None:
    troubles = [locked()]

    def trouble(name: str, data: Mapping[str, Any]) -> None:
        if name == "page" and data["number"] == "2" and troubles:
            raise troubles.pop()

    async def story() -> None:
        system.before = trouble
        parts = await running(tmp_path, project(tmp_path, FLOW))
        await parts.engine.accept("sync", {})
        await parts.all_ended()
        await parts.close()

    asyncio.run(story())
    assert system.reads.count("page 2") == 2
    assert system.numbers()[-1] == "5 rows in 3 pages"


def test_a_list_without_rows_is_one_empty_page(tmp_path: Path, system: System) -> None:
    system.catalogue = []

    async def story() -> None:
        parts = await running(tmp_path, project(tmp_path, FLOW))
        await parts.engine.accept("sync", {})
        await parts.all_ended()
        await parts.close()

    asyncio.run(story())
    assert system.numbers() == ["0 rows in 1 pages"]


def test_a_condition_ends_its_page_and_not_the_run(tmp_path: Path, system: System) -> None:
    flow = FLOW.replace(
        "      - id: each\n", "      - id: odd\n        condition: rows | length == 1\n      - id: each\n"
    )

    async def story() -> None:
        parts = await running(tmp_path, project(tmp_path, flow))
        await parts.engine.accept("sync", {})
        await parts.all_ended()
        await parts.close()

    asyncio.run(story())
    assert system.numbers() == ["e", "5 rows in 3 pages"]


async def _connected(workspace: Workspace, guard: Any = None) -> Connections:
    return Connections(
        workspace.project, workspace.project.environment("test"), REGISTRY, State(None, "test"), guard
    )


def test_at_once_it_does_the_same(tmp_path: Path, system: System) -> None:
    told: list[str] = []

    async def story() -> Any:
        workspace = project(tmp_path, FLOW)
        async with await _connected(workspace) as connections:
            try:
                return await carry_out(workspace, workspace.flow("sync"), {}, connections, tell=told.append)
            finally:
                connections.state.close()

    result = asyncio.run(story())
    assert (result.status, result.results["all"]) == ("done", {"pages": 3, "rows": 5})
    assert told[-1] == "all: page 3, 5 rows"


def test_a_rehearsal_shows_one_page(tmp_path: Path, system: System) -> None:
    async def story() -> Any:
        workspace = project(tmp_path, FLOW)
        async with await _connected(workspace, stop_writes) as connections:
            try:
                rehearsal = Rehearsal("rehearsed", connections)
                return await interpreted(workspace, workspace.flow("sync"), {}, connections, rehearsal)
            finally:
                connections.state.close()

    assert asyncio.run(story()).status == "done"
    assert [one for one in system.reads if one.startswith("page")] == ["page 0"]


def test_a_journal_of_the_version_before_is_brought_up_to_this_one(tmp_path: Path, system: System) -> None:
    path = tmp_path / "journal.db"
    JournalFile(path).close()
    with sqlite3.connect(path) as db:
        db.execute("ALTER TABLE effect DROP COLUMN turned")
        db.execute("UPDATE meta SET value = '1' WHERE name = 'version'")
    db.close()
    test_what_a_page_needed_is_forgotten_when_it_is_done(tmp_path)
