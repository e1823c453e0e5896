"""A long list whose rows go to a flow of their own: what that rejects is kept, and the list goes on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from engine_parts import REGISTRY, SYSTEM, System, project, running, unreachable

from flowrun.language.workspace import read_workspace

NIGHT = """
flow: night
title: Every row is brought over
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
          - id: brought
            flow: one
            with: {number: {from: row.number}}
            on_error:
              - {code: ["*"], then: set_aside}
  - id: report
    memory.put: {number: report}
"""
ONE = """
flow: one
title: One row is brought over
inputs: {number: its number}
steps:
  - id: fine
    check: event.number != 'c'
    message: "{{ event.number }} is not in order"
  - id: written
    memory.put: {number: {from: event.number}}
    retry: {attempts: 3, first: 10ms, factor: 1, jitter: none}
"""
EVENT = {"number": "1", "stamp": "1", "value": "", "n": "1"}


@pytest.fixture(autouse=True)
def system() -> System:
    """A fresh system with five rows."""
    SYSTEM.__init__()  # type: ignore[misc] # the one object that the connector knows
    SYSTEM.catalogue = ["a", "b", "c", "d", "e"]
    return SYSTEM


def test_what_a_flow_rejects_is_a_dead_letter_of_its_own_and_the_others_are_done(
    tmp_path: Path, system: System
) -> None:
    async def night() -> tuple[str, list[tuple[str, str, str | None]], str]:
        engine = await running(tmp_path, project(tmp_path, NIGHT, ONE))
        run = (await engine.engine.accept("night", EVENT)).run
        await engine.all_ended()
        kept = engine.engine.find(status=("dead",))
        letters = [(one.flow, one.event["number"], one.reason) for one in kept]
        again = await engine.engine.restart(kept[0].id, from_failed_step=False, event={"number": "c2"})
        await engine.all_ended()
        ended = engine.status(run), letters, engine.status(again.run)
        await engine.close()
        return ended

    status, letters, replayed = asyncio.run(night())
    assert status == "done"
    assert letters == [("one", "c", "fine: c is not in order")]
    assert system.numbers() == ["a", "b", "d", "e", "report", "c2"]
    assert replayed == "done"


def test_it_is_kept_once_however_often_the_run_is_gone_through(tmp_path: Path, system: System) -> None:
    troubles = iter([unreachable] * 4)  # later in the list, so that the rows before are gone through again

    def before(name: str, data: dict[str, str]) -> None:
        if name == "put" and data["number"] == "d" and (trouble := next(troubles, None)):
            raise trouble()

    system.before = before

    async def night() -> list[str]:
        engine = await running(tmp_path, project(tmp_path, NIGHT, ONE))
        await engine.engine.accept("night", EVENT)
        await engine.all_ended(20)
        letters = [str(one.event["number"]) for one in engine.engine.find(status=("dead",))]
        await engine.close()
        return letters

    assert asyncio.run(night()) == ["c"]
    assert system.numbers() == ["a", "b", "d", "e", "report"]


def test_only_a_flow_can_be_set_aside(tmp_path: Path) -> None:
    project(tmp_path, ONE)
    wrong = NIGHT.replace("flow: one\n            with", "memory.put").replace(
        "memory.put: {number: {from: row.number}}", "memory.put: {number: x}"
    )
    (tmp_path / "flows" / "night.yaml").write_text(wrong.lstrip(), encoding="utf-8")
    (problem,) = read_workspace(tmp_path, REGISTRY).problems
    assert problem.code == "wrong-value"
    assert "`set_aside` is for a step with `flow`" in problem.message
