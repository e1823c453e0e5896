"""Nothing lost, nothing twice, order per key: the embedded engine."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from engine_parts import PUT_FLOW, SYSTEM, System, locked, project, refused, running, unreachable

from flowrun.errors import Cause, Fatal, Rejected, Retryable
from flowrun.runtime.engine import Refused
from flowrun.runtime.journal import store


@pytest.fixture(autouse=True)
def system() -> System:
    """A fresh system for each test."""
    SYSTEM.__init__()  # type: ignore[misc] # the one object that the connector knows
    return SYSTEM


def _event(number: str, stamp: str = "1", value: str = "v") -> dict[str, str]:
    return {"number": number, "stamp": stamp, "value": value}


async def _give_up(parts: Any) -> None:
    """Ends the engine's tasks at once, as a kill does, without letting it write anything more."""
    for task in parts.engine._tasks:
        task.cancel()
    await asyncio.gather(*parts.engine._tasks, return_exceptions=True)
    await parts.engine._systems.stop()
    parts.journal.close()
    parts.state.close()


def test_an_event_becomes_a_document(tmp_path: Path, system: System) -> None:
    async def story() -> None:
        parts = await running(tmp_path, project(tmp_path, PUT_FLOW))
        accepted = await parts.engine.accept("put", _event("1042"))
        await parts.all_ended()
        assert accepted.new
        assert parts.status(accepted.run) == "done"
        await parts.close()

    asyncio.run(story())
    assert system.documents == [{"number": "1042", "value": "v"}]


def test_accepted_means_that_it_is_in_the_file(tmp_path: Path, system: System) -> None:
    async def story() -> str:
        system.hold = asyncio.Event()
        parts = await running(tmp_path, project(tmp_path, PUT_FLOW))
        accepted = await parts.engine.accept("put", _event("1042"))
        with sqlite3.connect(tmp_path / "journal.db") as other:
            (found,) = other.execute("SELECT id FROM run").fetchall()
        other.close()
        await _give_up(parts)
        assert found[0] == accepted.run
        return accepted.run

    assert asyncio.run(story())


def test_the_same_delivery_twice_is_one_run(tmp_path: Path, system: System) -> None:
    async def story() -> None:
        parts = await running(tmp_path, project(tmp_path, PUT_FLOW))
        first = await parts.engine.accept("put", _event("1042"))
        again = await parts.engine.accept("put", _event("1042"))
        later = await parts.engine.accept("put", _event("1042", stamp="2"))
        await parts.all_ended()
        assert (again.run, again.new) == (first.run, False)
        assert later.new
        await parts.close()

    asyncio.run(story())
    assert system.numbers() == ["1042"]


def test_the_same_delivery_is_known_after_a_restart(tmp_path: Path) -> None:
    async def story() -> None:
        workspace = project(tmp_path, PUT_FLOW)
        parts = await running(tmp_path, workspace)
        first = await parts.engine.accept("put", _event("1042"))
        await parts.all_ended()
        await parts.close()
        parts = await running(tmp_path, workspace)
        assert not (again := await parts.engine.accept("put", _event("1042"))).new
        assert again.run == first.run
        await parts.close()

    asyncio.run(story())


def test_runs_of_one_key_go_in_order_and_of_different_keys_side_by_side(
    tmp_path: Path, system: System
) -> None:
    async def story() -> None:
        system.hold = asyncio.Event()
        parts = await running(
            tmp_path,
            project(
                tmp_path,
                PUT_FLOW.replace(
                    "{from: event.number}, value", "{text: '{{ event.number }}/{{ event.stamp }}'}, value"
                ),
            ),
        )
        for stamp in "123":
            for number in ("a", "b"):
                await parts.engine.accept("put", _event(number, stamp))
        await asyncio.sleep(0.05)
        assert sorted(set(system.reads)) == ["a", "b"]
        assert len(system.reads) == 2
        system.hold.set()
        await parts.all_ended()
        await parts.close()

    asyncio.run(story())
    for key in ("a", "b"):
        assert [number for number in system.numbers() if number.startswith(key)] == [
            f"{key}/1",
            f"{key}/2",
            f"{key}/3",
        ]


def test_after_a_crash_a_run_goes_on_where_it_was_and_reads_nothing_twice(
    tmp_path: Path, system: System
) -> None:
    async def story() -> None:
        workspace = project(tmp_path, PUT_FLOW)
        parts = await running(tmp_path, workspace)

        def cut(name: str, _: dict[str, Any]) -> None:
            if name == "put":
                raise asyncio.CancelledError  # the process dies after the system has done it, before the answer is kept

        system.after = cut
        accepted = await parts.engine.accept("put", _event("1042"))
        await asyncio.sleep(0.05)
        await _give_up(parts)
        assert system.numbers() == ["1042"]
        system.after = None
        parts = await running(tmp_path, workspace)
        await parts.all_ended()
        assert parts.status(accepted.run) == "done"
        await parts.close()

    asyncio.run(story())
    assert system.numbers() == ["1042"]
    assert system.reads == ["1042"]


def test_a_create_without_a_key_whose_outcome_is_unknown_is_never_repeated(
    tmp_path: Path, system: System
) -> None:
    flow = PUT_FLOW.replace("memory.put", "memory.add").replace(
        "    retry: {attempts: 3, first: 10ms, factor: 1, jitter: none}\n", ""
    )

    async def story() -> None:
        workspace = project(tmp_path, flow)
        parts = await running(tmp_path, workspace)

        def cut(name: str, _: dict[str, Any]) -> None:
            if name == "add":
                raise asyncio.CancelledError

        system.after = cut
        accepted = await parts.engine.accept("put", _event("1042"))
        await asyncio.sleep(0.05)
        await _give_up(parts)
        system.after = None
        parts = await running(tmp_path, workspace)
        await parts.all_ended()
        record = parts.engine.get(accepted.run)
        assert record is not None
        assert record.status == "dead"
        assert record.error is not None
        assert record.error["code"] == "outcome-unknown"
        await parts.close()

    asyncio.run(story())
    assert system.numbers() == ["1042"]


def test_a_write_under_way_at_the_crash_gets_time_to_settle_before_it_is_looked_up(
    tmp_path: Path, system: System
) -> None:
    async def story() -> None:
        workspace = project(tmp_path, PUT_FLOW)
        (tmp_path / "flowrun.yaml").write_text(
            (tmp_path / "flowrun.yaml").read_text().replace("settle: 10ms", "settle: 1h")
        )
        workspace = project_again(tmp_path)
        parts = await running(tmp_path, workspace)

        def cut(name: str, _: dict[str, Any]) -> None:
            if name == "put":
                raise asyncio.CancelledError

        system.before = cut
        accepted = await parts.engine.accept("put", _event("1042"))
        await asyncio.sleep(0.05)
        await _give_up(parts)
        system.before = None
        parts = await running(tmp_path, workspace)
        await parts.quiet()
        record = parts.engine.get(accepted.run)
        assert record is not None
        assert record.status == "retrying"
        assert record.next_at is not None
        assert record.next_at > time.time() + 3000
        await parts.close()

    asyncio.run(story())
    assert system.numbers() == []


def project_again(folder: Path) -> Any:
    """The project of a folder, read anew."""
    from engine_parts import REGISTRY  # noqa: PLC0415

    from flowrun.language.workspace import read_workspace  # noqa: PLC0415

    return read_workspace(folder, REGISTRY)


def test_attempts_and_the_next_time_are_in_the_journal(tmp_path: Path, system: System) -> None:
    async def story() -> None:
        flow = PUT_FLOW.replace("first: 10ms", "first: 1h").replace("max: ", "")
        parts = await running(
            tmp_path, project(tmp_path, flow.replace("jitter: none", "jitter: none, max: 2h"))
        )
        system.before = lambda name, _: _raise(locked()) if name == "put" else None
        accepted = await parts.engine.accept("put", _event("1042"))
        await parts.quiet()
        record = parts.engine.get(accepted.run)
        assert record is not None
        assert record.status == "retrying"
        assert record.next_at is not None
        assert record.next_at == pytest.approx(time.time() + 3600, abs=60)
        with parts.journal.reading() as db:
            (put,) = [effect for effect in store.effects(db, accepted.run) if effect.operation == "put"]
        assert put.attempts == 1
        await parts.close()

    asyncio.run(story())


def _raise(error: Exception) -> None:
    raise error


def test_a_run_is_a_dead_letter_when_its_attempts_are_used_up(tmp_path: Path, system: System) -> None:
    async def story() -> None:
        parts = await running(tmp_path, project(tmp_path, PUT_FLOW))
        tried: list[str] = []

        def busy(name: str, _: dict[str, Any]) -> None:
            if name == "put":
                tried.append(name)
                raise locked()

        system.before = busy
        accepted = await parts.engine.accept("put", _event("1042"))
        await parts.all_ended()
        assert parts.status(accepted.run) == "dead"
        assert len(tried) == 3
        await parts.close()

    asyncio.run(story())


def test_a_system_that_has_no_time_uses_up_no_attempts(tmp_path: Path, system: System) -> None:
    async def story() -> None:
        parts = await running(tmp_path, project(tmp_path, PUT_FLOW))
        refusals = [Retryable("429", Cause(status=429), after=0.01)] * 10

        def busy(name: str, _: dict[str, Any]) -> None:
            if name == "put" and refusals:
                raise refusals.pop()

        system.before = busy
        accepted = await parts.engine.accept("put", _event("1042"))
        await parts.all_ended()
        assert parts.status(accepted.run) == "done"
        await parts.close()

    asyncio.run(story())


@pytest.mark.parametrize("jump", [-86_400.0, 86_400.0])
def test_a_clock_that_is_set_strands_no_run(tmp_path: Path, system: System, jump: float) -> None:
    async def story() -> None:
        shift = 0.0
        flow = PUT_FLOW.replace("first: 10ms", "first: 300ms")
        parts = await running(tmp_path, project(tmp_path, flow), clock=lambda: time.time() + shift)
        troubles = [locked()]

        def once(name: str, _: dict[str, Any]) -> None:
            if name == "put" and troubles:
                raise troubles.pop()

        system.before = once
        accepted = await parts.engine.accept("put", _event("1042"))
        await parts.quiet()
        assert parts.status(accepted.run) == "retrying"
        shift = jump
        await parts.all_ended()
        assert parts.status(accepted.run) == "done"
        await parts.close()

    asyncio.run(story())


WAIT_FLOW = """
flow: waiting
title: A run that waits
trigger: {webhook: {connection: memory, event: placed}, key: number}
steps:
  - id: paid
    wait: {event: memory.placed, field: number, equals: {text: "paid-{{ event.number }}"}, timeout: TIMEOUT}
  - id: created
    memory.put: {number: {from: event.number}, value: {from: paid.value, default: none came}}
"""


def test_a_run_waits_for_an_event_over_a_restart(tmp_path: Path, system: System) -> None:
    async def story() -> None:
        workspace = project(tmp_path, WAIT_FLOW.replace("TIMEOUT", "3d"))
        parts = await running(tmp_path, workspace)
        accepted = await parts.engine.accept("waiting", _event("1"))
        await parts.quiet()
        await _give_up(parts)
        parts = await running(tmp_path, workspace)
        await parts.quiet()
        assert parts.status(accepted.run) == "waiting"
        assert await parts.engine.signal("memory.placed", _event("paid-2")) == 0
        assert await parts.engine.signal("memory.placed", _event("paid-1", value="by card")) == 1
        await parts.all_ended()
        await parts.close()

    asyncio.run(story())
    assert system.documents == [{"number": "1", "value": "by card"}]


def test_a_run_that_waits_in_vain_goes_on_with_null(tmp_path: Path, system: System) -> None:
    async def story() -> None:
        parts = await running(tmp_path, project(tmp_path, WAIT_FLOW.replace("TIMEOUT", "50ms")))
        await parts.engine.accept("waiting", _event("1"))
        await parts.all_ended()
        await parts.close()

    asyncio.run(story())
    assert system.documents == [{"number": "1", "value": "none came"}]


def test_a_pause_is_counted_from_when_it_began_not_from_the_restart(tmp_path: Path, system: System) -> None:
    flow = WAIT_FLOW.replace(WAIT_FLOW.split("wait: ")[1].split("\n", maxsplit=1)[0], "400ms").replace(
        "{from: paid.value, default: none came}", "v"
    )

    async def story() -> float:
        workspace = project(tmp_path, flow)
        parts = await running(tmp_path, workspace)
        began = time.monotonic()
        await parts.engine.accept("waiting", _event("1"))
        await parts.quiet()
        await asyncio.sleep(0.3)
        await _give_up(parts)
        parts = await running(tmp_path, workspace)
        await parts.all_ended()
        took = time.monotonic() - began
        await parts.close()
        return took

    assert asyncio.run(story()) >= 0.4
    assert system.numbers() == ["1"]


def test_retry_after_is_never_undercut(tmp_path: Path, system: System) -> None:
    async def story() -> None:
        parts = await running(tmp_path, project(tmp_path, PUT_FLOW))
        system.before = lambda name, _: (
            _raise(Retryable("429", Cause(status=429), after=7200.0)) if name == "put" else None
        )
        accepted = await parts.engine.accept("put", _event("1042"))
        await parts.quiet()
        record = parts.engine.get(accepted.run)
        assert record is not None
        assert record.next_at == pytest.approx(time.time() + 7200, abs=60)
        await parts.close()

    asyncio.run(story())


def test_a_bad_record_is_a_dead_letter_and_the_next_of_its_key_goes_on(
    tmp_path: Path, system: System
) -> None:
    async def story() -> None:
        parts = await running(tmp_path, project(tmp_path, PUT_FLOW))
        system.before = lambda name, data: (
            _raise(refused()) if name == "put" and data["value"] == "bad" else None
        )
        bad = await parts.engine.accept("put", _event("1042", "1", "bad"))
        good = await parts.engine.accept("put", _event("1042", "2", "good"))
        await parts.all_ended()
        assert (parts.status(bad.run), parts.status(good.run)) == ("dead", "done")
        await parts.close()

    asyncio.run(story())
    assert system.documents == [{"number": "1042", "value": "good"}]


def test_a_system_that_is_down_costs_no_attempts_and_everything_goes_on_when_it_is_back(
    tmp_path: Path, system: System
) -> None:
    async def story() -> None:
        parts = await running(tmp_path, project(tmp_path, PUT_FLOW))
        system.before = lambda *_: _raise(unreachable())
        system.probe_error = unreachable()
        runs = [(await parts.engine.accept("put", _event(str(n)))).run for n in range(50)]
        await parts.quiet()
        assert parts.engine.conditions()["memory"].condition == "down"
        assert {parts.status(run) for run in runs} <= {"waiting", "retrying"}
        system.before = None
        system.probe_error = None
        await parts.all_ended(15)
        assert {parts.status(run) for run in runs} == {"done"}
        await parts.close()

    asyncio.run(story())
    assert sorted(system.numbers(), key=int) == [str(n) for n in range(50)]


def test_refused_credentials_pause_the_connection_even_over_a_restart(tmp_path: Path, system: System) -> None:
    async def story() -> None:
        workspace = project(tmp_path, PUT_FLOW)
        parts = await running(tmp_path, workspace)
        wrong = Fatal("memory: wrong password", Cause(status=401))
        system.before = lambda *_: _raise(wrong)
        system.probe_error = wrong
        first = await parts.engine.accept("put", _event("1"))
        await parts.quiet()
        await asyncio.sleep(0.05)
        await parts.close()
        system.reads.clear()
        parts = await running(tmp_path, workspace)
        assert parts.engine.conditions()["memory"].condition == "paused"
        system.before = None
        second = await parts.engine.accept("put", _event("2"))
        await parts.quiet()
        assert system.reads == []
        assert {parts.status(first.run), parts.status(second.run)} == {"waiting"}
        system.probe_error = None
        await parts.engine.reload_connections(parts.engine.environment)
        await parts.all_ended()
        await parts.close()

    asyncio.run(story())
    assert system.numbers() == ["1", "2"]


def test_a_run_that_waits_for_a_lookup_row_parks_its_own_lane_and_no_other(
    tmp_path: Path, system: System
) -> None:
    flow = PUT_FLOW.replace(
        "value: {from: event.value}", "value: {lookup: names, key: {from: event.value}, missing: park}"
    )

    async def story() -> None:
        workspace = project(tmp_path, flow, tables={"names": "key,name\nknown,Known\n"})
        parts = await running(tmp_path, workspace)
        parked = await parts.engine.accept("put", _event("1", "1", "unknown"))
        behind = await parts.engine.accept("put", _event("1", "2", "known"))
        other = await parts.engine.accept("put", _event("2", "1", "known"))
        await parts.quiet()
        assert [parts.status(one.run) for one in (parked, behind, other)] == ["parked", "accepted", "done"]
        assert [entry.key for entry in parts.state.unmapped()] == ["unknown"]
        parts.engine.take_workspace(
            project(tmp_path, flow, tables={"names": "key,name\nknown,Known\nunknown,Found\n"})
        )
        await parts.all_ended()
        await parts.close()

    asyncio.run(story())
    assert system.documents == [{"number": "2", "value": "Known"}, {"number": "1", "value": "Found"}]


@pytest.mark.parametrize(
    ("behind", "documents"),
    [
        ("wait", ["a", "b", "c"]),
        ("latest", ["a", "c"]),
        ("reject", ["a"]),
    ],
)
def test_the_policy_says_what_becomes_of_events_behind_a_run_that_waits(
    tmp_path: Path, system: System, behind: str, documents: list[str]
) -> None:
    flow = PUT_FLOW.replace("  once: [number, stamp]", f"  behind: {behind}").replace(
        "memory.put: {number: {from: event.number}", "memory.put: {number: {from: event.value}"
    )

    async def story() -> None:
        parts = await running(tmp_path, project(tmp_path, flow))
        system.before = lambda name, data: _raise(Fatal("memory: no", Cause(status=403)))
        system.probe_error = Fatal("memory: no", Cause(status=403))
        await parts.engine.accept("put", _event("1", value="a"))
        await parts.quiet()
        for value in "bc":
            if behind == "reject":
                with pytest.raises(Refused):
                    await parts.engine.accept("put", _event("1", value=value))
            else:
                await parts.engine.accept("put", _event("1", value=value))
        system.before = system.probe_error = None
        await parts.engine.reload_connections(parts.engine.environment)
        await parts.all_ended()
        await parts.close()

    asyncio.run(story())
    assert system.numbers() == documents


def test_a_run_ends_on_the_version_of_the_flow_it_began_with(tmp_path: Path, system: System) -> None:
    async def story() -> None:
        parts = await running(tmp_path, project(tmp_path, PUT_FLOW))
        system.before = lambda name, _: _raise(locked()) if name == "put" else None
        old = await parts.engine.accept("put", _event("1", value="v"))
        await parts.quiet()
        await _give_up(parts)
        system.before = None
        changed = PUT_FLOW.replace("value: {from: event.value}", "value: {text: 'new {{ event.value }}'}")
        parts = await running(tmp_path, project(tmp_path, changed))
        new = await parts.engine.accept("put", _event("2", value="v"))
        await parts.all_ended()
        assert parts.status(old.run) == parts.status(new.run) == "done"
        versions = {parts.engine.get(one.run).version for one in (old, new)}  # type: ignore[union-attr] # both are there
        assert len(versions) == 2
        await parts.close()

    asyncio.run(story())
    assert {document["number"]: document["value"] for document in system.documents} == {
        "1": "v",
        "2": "new v",
    }


def test_a_graceful_stop_lets_what_is_under_way_end(tmp_path: Path, system: System) -> None:
    async def story() -> None:
        system.hold = asyncio.Event()
        parts = await running(tmp_path, project(tmp_path, PUT_FLOW))
        accepted = await parts.engine.accept("put", _event("1"))
        await asyncio.sleep(0.02)
        asyncio.get_running_loop().call_later(0.05, system.hold.set)
        assert await parts.engine.stop(5.0)
        assert parts.status(accepted.run) == "done"
        parts.journal.close()
        parts.state.close()

    asyncio.run(story())


def test_a_stop_that_takes_too_long_hands_back_and_the_next_start_goes_on(
    tmp_path: Path, system: System
) -> None:
    async def story() -> None:
        system.hold = asyncio.Event()
        workspace = project(tmp_path, PUT_FLOW)
        parts = await running(tmp_path, workspace)
        accepted = await parts.engine.accept("put", _event("1"))
        await asyncio.sleep(0.02)
        assert not await parts.close(within=0.05)
        system.hold = None
        parts = await running(tmp_path, workspace)
        await parts.all_ended()
        assert parts.status(accepted.run) == "done"
        await parts.close()

    asyncio.run(story())
    assert system.numbers() == ["1"]


def test_an_event_without_its_key_is_refused_at_the_door(tmp_path: Path) -> None:
    async def story() -> None:
        parts = await running(tmp_path, project(tmp_path, PUT_FLOW))
        with pytest.raises(Rejected, match="has no `number`"):
            await parts.engine.accept("put", {"stamp": "1"})
        assert parts.engine.find() == []
        await parts.close()

    asyncio.run(story())


def test_a_cancelled_run_lets_the_next_of_its_lane_go(tmp_path: Path, system: System) -> None:
    async def story() -> None:
        parts = await running(tmp_path, project(tmp_path, PUT_FLOW.replace("first: 10ms", "first: 1h")))
        system.before = lambda name, data: (
            _raise(locked()) if name == "put" and data["value"] == "stuck" else None
        )
        stuck = await parts.engine.accept("put", _event("1", "1", "stuck"))
        free = await parts.engine.accept("put", _event("1", "2", "free"))
        await parts.quiet()
        assert await parts.engine.cancel(stuck.run, "no longer wanted")
        await parts.all_ended()
        assert (parts.status(stuck.run), parts.status(free.run)) == ("cancelled", "done")
        assert not await parts.engine.cancel(free.run, "too late")
        await parts.close()

    asyncio.run(story())


def test_a_mistake_inside_flowrun_is_a_dead_letter_and_stops_nobody(tmp_path: Path, system: System) -> None:
    async def story() -> None:
        parts = await running(tmp_path, project(tmp_path, PUT_FLOW))
        system.before = lambda name, data: _raise(KeyError("oops")) if data["number"] == "1" else None
        broken = await parts.engine.accept("put", _event("1"))
        good = await parts.engine.accept("put", _event("2"))
        await parts.all_ended()
        assert (parts.status(broken.run), parts.status(good.run)) == ("dead", "done")
        await parts.close()

    asyncio.run(story())


def test_a_replay_is_a_new_run_and_the_dead_letter_keeps_its_event(tmp_path: Path, system: System) -> None:
    async def story() -> None:
        parts = await running(tmp_path, project(tmp_path, PUT_FLOW))
        system.before = lambda name, data: (
            _raise(refused()) if name == "put" and data["value"] == "bad" else None
        )
        dead = await parts.engine.accept("put", _event("1", value="bad"))
        await parts.all_ended()
        again = await parts.engine.restart(dead.run, from_failed_step=True, event=_event("1", value="good"))
        await parts.all_ended()
        original, replayed = parts.engine.get(dead.run), parts.engine.get(again.run)
        assert original is not None
        assert replayed is not None
        assert (original.status, original.event["value"]) == ("resolved", "bad")
        assert (replayed.status, replayed.replay_of) == ("done", dead.run)
        await parts.close()

    asyncio.run(story())
    assert system.documents == [{"number": "1", "value": "good"}]
    assert system.reads == ["1"], "the answer of the step before the failed one was kept"


def test_ten_thousand_events_wait_for_a_system_that_is_down_and_then_go_in_order(
    tmp_path: Path, system: System
) -> None:
    flow = PUT_FLOW.replace(
        "memory.put: {number: {from: event.number}",
        "memory.put: {number: {text: '{{ event.number }}/{{ event.stamp }}'}",
    )

    async def story() -> None:
        parts = await running(tmp_path, project(tmp_path, flow), workers=32)
        system.before = lambda *_: _raise(unreachable())
        system.probe_error = unreachable()
        for stamp in range(10):
            await asyncio.gather(
                *(parts.engine.accept("put", _event(f"{n:04}", str(stamp))) for n in range(1000))
            )
        await parts.quiet(20)
        assert parts.engine.load()["open"] == 10_000
        system.before = system.probe_error = None
        await parts.all_ended(60)
        await parts.close()

    asyncio.run(story())
    assert len(system.documents) == 10_000
    seen: dict[str, list[int]] = {}
    for number in system.numbers():
        key, _, stamp = number.partition("/")
        seen.setdefault(key, []).append(int(stamp))
    assert all(stamps == list(range(10)) for stamps in seen.values())
