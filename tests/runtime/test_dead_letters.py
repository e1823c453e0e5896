"""Causes and their names, changes to an event, what a replay keeps, and an engine beside which others write."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from engine_parts import PUT_FLOW, SYSTEM, System, project, running

from flowrun.errors import Cause, ConfigurationError, Rejected
from flowrun.runtime.dead_letters import cause_of, changed, changed_paths, grouped, named, with_types_of
from flowrun.runtime.engine import EmbeddedEngine
from flowrun.runtime.journal import clearing, store
from flowrun.runtime.journal.clearing import Edit, Letter, NotAnymore
from flowrun.runtime.journal.file import JournalFile
from flowrun.runtime.journal.records import EffectRecord
from flowrun.runtime.replays import kept_effects, repetition
from flowrun.runtime.state import State


def letter(number: int, step: str = "created", status: str = "dead", **error: Any) -> Letter:
    said = {"code": "V1/382", "target": "Material", "message": f"order {number}", **error}
    return Letter(number, f"r{number}", "main", "v", None, status, 0.0, 0.0, step, said, said["message"], 0)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (letter(1), letter(2), True),  # the message does not count
        (letter(1), letter(2, code="V1/1"), False),
        (letter(1), letter(2, target="Plant"), False),
        (letter(1), letter(2, step="changed"), False),
        (
            letter(1, step="each[0]/put"),
            letter(2, step="each[7]/put"),
            True,
        ),  # rounds of a loop are one place
        (letter(1, value="A"), letter(2, value="B"), False),  # lookup values
        (
            letter(1, code=""),
            letter(2, code=""),
            True,
        ),  # without a code the message counts, but not its numbers
        (letter(1, code=""), letter(2, code="", message="other"), False),
        (letter(1), letter(2, status="parked"), False),  # what waits is told apart
    ],
)
def test_dead_letters_of_one_cause_are_one_group(one: Letter, other: Letter, *, same: bool) -> None:
    assert (len(grouped([one, other])) == 1) is same


def test_a_group_is_called_by_its_name_or_the_beginning_of_it() -> None:
    groups = grouped([letter(1), letter(2), letter(3, code="V1/1")])
    first = groups[0]
    assert named(groups, first.name) == [first]
    assert named(groups, first.name[:6]) == [first]
    assert first.name == cause_of("main", "created", first.newest.error).group
    for wrong in ("d-", "x", "d-zzzz"):
        with pytest.raises(ConfigurationError, match="there is no group"):
            named(groups, wrong)


EVENT = {
    "id": 7,
    "number": "007",
    "lines": [{"sku": "A", "price": Decimal("1.10")}],
    "at": datetime(2026, 3, 14, tzinfo=UTC),
}


@pytest.mark.parametrize(
    ("setting", "path", "value"),
    [
        ("id=8", "id", 8),
        ("number=008", "number", "008"),
        ("number=8", "number", "8"),  # where a text stands, digits are a text
        ("number=null", "number", None),
        ('number="x"', "number", "x"),
        ("lines[0].price=1.20", "lines[0].price", Decimal("1.20")),
        ("lines.0.sku=B", "lines[0].sku", "B"),
        ("new=a=b", "new", "a=b"),
        ('lines[0].tags=["x"]', "lines[0].tags", ["x"]),
    ],
)
def test_a_setting_changes_one_place_and_keeps_numbers_exact(setting: str, path: str, value: Any) -> None:
    after = changed(EVENT, [setting])
    assert changed_paths(EVENT, after) == [path]
    found: Any = after
    for part in path.replace("[0]", ".0").split("."):
        found = found[int(part)] if part.isdigit() else found[part]
    assert (found, type(found)) == (value, type(value))
    assert str(found) == str(value)


@pytest.mark.parametrize("setting", ["id", "nobody.city=Bonn", "lines[1].sku=B", "id.x=1", "=1"])
def test_a_setting_that_leads_nowhere_is_refused(setting: str) -> None:
    with pytest.raises(ConfigurationError):
        changed(EVENT, [setting])


def test_an_event_edited_as_json_keeps_the_types_of_what_was_not_touched() -> None:
    edited = {**EVENT, "at": "2026-03-14T00:00:00Z", "id": 9}
    after = with_types_of(EVENT, edited)
    assert after["at"] == EVENT["at"]
    assert changed_paths(EVENT, after) == ["id"]


def effect(place: str, *, answered: bool = True, operation: str = "put", request: str = "x") -> EffectRecord:
    connection = "flowrun" if operation == "wait" else "memory"
    return EffectRecord("r", place, connection, operation, False, request, 1, 0.0, 1.0, answered, {}, None)


def test_what_was_taken_back_is_not_kept_and_a_wait_that_is_over_is() -> None:
    effects = [
        effect("read"),
        effect("made"),
        effect("made~undo/back"),
        effect("each[0]/put"),
        effect("each~undo/back"),
        effect("failed", answered=False),
        effect("slept", answered=False, operation="wait", request="100.0"),
        effect("sleeps", answered=False, operation="wait", request="300.0"),
    ]
    assert [kept.place for kept in kept_effects(effects, 200.0)] == ["read", "slept"]


# --- beside a running engine ------------------------------------------------------------------------------------


@pytest.fixture
def system() -> System:
    """A fresh system."""
    SYSTEM.__init__()  # type: ignore[misc] # the one object that the connector knows
    return SYSTEM


def refuse(name: str, data: dict[str, Any]) -> None:
    if name == "put":
        raise Rejected("memory: no", Cause(code="M/1", target="value"))


def event(number: str, stamp: str = "1") -> dict[str, str]:
    return {"number": number, "stamp": stamp, "value": "v"}


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(3):
        while not reached():  # noqa: ASYNC110 - what is watched is a file and a list
            await asyncio.sleep(0.01)


async def soon(parts: Any, run: str, status: str) -> None:
    await until(lambda: parts.status(run) == status)


def replayed(other: JournalFile, run: str, pin: Any, value: str | None = None) -> str:
    """What a second process writes."""
    with other.reading() as db:
        record = store.run_by_id(db, run)
    assert record is not None
    again = repetition(
        record, pin, time.time(), None if value is None else {**record.event, "value": value}, []
    )
    other.write_now(lambda db: clearing.repeat(db, again))
    return again.new.id


def test_where_a_run_failed_is_known_even_in_a_round_of_a_loop(tmp_path: Path, system: System) -> None:
    flow = PUT_FLOW.split("steps:", maxsplit=1)[0] + (
        "steps:\n  - id: each\n    for_each: event.value\n    as: item\n    steps:\n"
        "      - id: created\n        memory.put: {number: {from: item}}\n"
    )
    system.before = lambda name, data: refuse(name, data) if data["number"] == "b" else None

    async def story() -> None:
        parts = await running(tmp_path, project(tmp_path, flow))
        accepted = await parts.engine.accept("put", {"number": "1", "value": ["a", "b"]})
        await parts.all_ended()
        record = parts.engine.get(accepted.run)
        assert record is not None
        assert (record.status, record.step) == ("dead", "each[1]/created")
        await parts.close()

    asyncio.run(story())


def test_what_another_process_writes_is_taken_up_though_our_own_numbers_are_larger(
    tmp_path: Path, system: System
) -> None:
    async def story() -> None:
        system.before = refuse
        parts = await running(tmp_path, project(tmp_path, PUT_FLOW))
        dead = await parts.engine.accept("put", event("1"))
        await soon(parts, dead.run, "dead")
        system.before = None
        other = JournalFile(tmp_path / "journal.db")
        new = replayed(other, dead.run, parts.engine._versions.now("put"), "edited")
        await parts.engine.accept("put", event("2"))
        await soon(parts, new, "done")
        assert parts.status(dead.run) == "resolved"
        other.close()
        await parts.close()

    asyncio.run(story())
    assert {"number": "1", "value": "edited"} in system.documents


def test_two_who_replay_the_same_letter_make_one_run(tmp_path: Path, system: System) -> None:
    async def story() -> None:
        system.before = refuse
        parts = await running(tmp_path, project(tmp_path, PUT_FLOW))
        dead = await parts.engine.accept("put", event("1"))
        await soon(parts, dead.run, "dead")
        other = JournalFile(tmp_path / "journal.db")
        replayed(other, dead.run, parts.engine._versions.now("put"))
        with pytest.raises(NotAnymore):
            replayed(other, dead.run, parts.engine._versions.now("put"))
        with pytest.raises(ConfigurationError, match="replayed or resolved already"):
            await parts.engine.restart(dead.run, from_failed_step=False)
        with pytest.raises(NotAnymore):
            other.write_now(lambda db: clearing.add_edit(db, Edit(dead.run, 1.0, "kim", "late", {})))
        other.close()
        await parts.close()

    asyncio.run(story())


def test_every_run_that_others_cancel_is_let_go_even_several_at_once(tmp_path: Path, system: System) -> None:
    async def story() -> None:
        flow = PUT_FLOW.replace(
            "value: {from: event.value}", "value: {lookup: names, key: {from: event.value}, missing: park}"
        )
        parts = await running(tmp_path, project(tmp_path, flow, tables={"names": "key,name\nknown,Known\n"}))
        accepted = [await parts.engine.accept("put", event(number)) for number in "123"]
        for one in accepted:
            await soon(parts, one.run, "parked")
        other = JournalFile(tmp_path / "journal.db")
        for one in accepted:  # each in a transaction of its own, as separate commands do
            other.write_now(lambda db, run=one.run: clearing.cancel(db, run, "no", time.time()))  # type: ignore[misc] # bound for this round
        await parts.all_ended()
        assert [parts.status(one.run) for one in accepted] == ["cancelled"] * 3
        other.close()
        await parts.close()

    asyncio.run(story())


def test_a_run_cancelled_under_way_stays_cancelled_and_writes_nothing_more(
    tmp_path: Path, system: System
) -> None:
    async def story() -> None:
        system.hold = asyncio.Event()
        parts = await running(tmp_path, project(tmp_path, PUT_FLOW))
        accepted = await parts.engine.accept("put", event("1"))
        await until(lambda: bool(system.reads))
        other = JournalFile(tmp_path / "journal.db")
        assert other.write_now(lambda db: clearing.cancel(db, accepted.run, "no", time.time()))
        system.hold.set()
        await parts.all_ended()
        assert parts.status(accepted.run) == "cancelled"
        other.close()
        await parts.close()

    asyncio.run(story())
    assert system.documents == []


def test_an_engine_for_some_runs_leaves_the_others_alone(tmp_path: Path, system: System) -> None:
    async def story() -> None:
        system.hold = asyncio.Event()
        workspace = project(tmp_path, PUT_FLOW)
        parts = await running(tmp_path, workspace)
        wanted, left = [await parts.engine.accept("put", event(number)) for number in "12"]
        await parts.close(within=0.0)
        system.hold = None
        state, journal = State(tmp_path / "state.db", "test"), JournalFile(tmp_path / "journal.db")
        engine = EmbeddedEngine(
            workspace, workspace.project.environment(None), parts.engine.registry, state, journal,
            only=frozenset({wanted.run}),
        )  # fmt: skip
        await engine.start()
        await until(lambda: "1" in system.numbers() and not engine.load()["open"])
        await engine.stop()
        other = engine.get(left.run)
        journal.close()
        state.close()
        assert other is not None
        assert other.is_open

    asyncio.run(story())
    assert system.numbers() == ["1"]


def test_a_journal_belongs_to_one_environment(tmp_path: Path, system: System) -> None:
    async def story() -> None:
        workspace = project(tmp_path, PUT_FLOW)
        journal = JournalFile(tmp_path / "journal.db")
        journal.write_now(lambda db: clearing.claim(db, "production"))
        journal.close()
        with pytest.raises(ConfigurationError, match="holds the runs of the environment 'production'"):
            await running(tmp_path, workspace)

    asyncio.run(story())
