from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from serve_project import Project, eventually, in_journal, serving

from flowrun.errors import Position
from flowrun.language.flow import Schedule
from flowrun.runtime.journal import store
from flowrun.runtime.journal.file import JournalFile
from flowrun.serve.schedules import last_missed, next_time

pytestmark = pytest.mark.anyio

NIGHTLY = """
flow: nightly
title: Looks every night
trigger:
  schedule: {cron: "0 3 * * *", timezone: Europe/Berlin}
steps:
  - id: when
    extract: {at: event.scheduled_at}
"""
CURSOR = "schedule:test:nightly"


def daily(cron: str, zone: str = "Europe/Berlin") -> Schedule:
    return Schedule(cron, zone, Position("flow.yaml"))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "then"),
    [
        ("2026-03-28T00:00", "2026-03-28T01:30"),  # winter
        ("2026-03-28T02:00", "2026-03-29T01:00"),  # 02:30 does not exist that day: when it would have been
        ("2026-03-29T02:00", "2026-03-30T00:30"),  # summer
        ("2026-10-24T23:00", "2026-10-25T00:30"),  # 02:30 comes twice: the first
        ("2026-10-25T00:30", "2026-10-26T01:30"),  # and not the second
    ],
)
def test_half_past_two_in_berlin_comes_once_on_every_day(after: str, then: str) -> None:
    assert next_time(daily("30 2 * * *"), utc(after)) == utc(then)


def test_of_many_missed_times_the_latest_counts() -> None:
    schedule = daily("0 3 * * *", "UTC")
    assert last_missed(schedule, utc("2026-01-01T03:00"), utc("2026-03-14T12:00")) == utc("2026-03-14T03:00")
    assert last_missed(schedule, utc("2026-03-14T03:00"), utc("2026-03-15T02:59")) is None
    assert last_missed(daily("* * * * *"), utc("2020-01-01T00:00"), utc("2026-03-14T12:00:30")) == utc(
        "2026-03-14T12:00"
    )


@pytest.mark.parametrize("hour", range(48))
def test_backwards_and_forwards_agree_on_the_days_when_clocks_change(hour: int) -> None:
    schedule = daily("30 2 * * *")
    for day in ("2026-03-28T12:00", "2026-10-24T12:00"):
        now = utc(day) + timedelta(hours=hour)
        near = last_missed(schedule, now - timedelta(hours=47), now)
        assert last_missed(schedule, now - timedelta(days=400), now) == near


def test_a_time_that_never_comes_is_no_mistake_of_ours() -> None:
    assert next_time(daily("0 0 30 2 1"), utc("2026-01-01T00:00")) is not None  # or a Monday in February


def note(folder: Path, moment: datetime) -> None:
    journal = JournalFile(folder / ".flowrun" / "journal.db")
    journal.write_now(lambda db: store.move_cursor(db, CURSOR, moment.isoformat(), 0.0))
    journal.close()


async def test_a_missed_time_is_made_up_for_once(project: Project, variables: dict[str, str]) -> None:
    folder = project({"nightly.yaml": NIGHTLY})
    note(folder, datetime.now(UTC) - timedelta(days=3, hours=1))
    for _ in range(2):
        async with serving(folder, variables) as client:
            (run,) = await eventually(client.runs)
            await client.until(run["run"], "done")
    assert len(in_journal(folder, "SELECT id FROM run")) == 1


async def test_a_crash_between_the_run_and_its_note_starts_no_second_run(
    project: Project, variables: dict[str, str]
) -> None:
    folder, before = project({"nightly.yaml": NIGHTLY}), datetime.now(UTC) - timedelta(days=2)
    for _ in range(2):
        note(folder, before)
        async with serving(folder, variables) as client:
            await eventually(
                lambda: in_journal(folder, f"SELECT 1 FROM cursor WHERE value > '{before.isoformat()}'")
            )
            assert len(await client.runs()) == 1


async def test_a_new_schedule_has_missed_nothing(project: Project, variables: dict[str, str]) -> None:
    folder = project({"nightly.yaml": NIGHTLY})
    async with serving(folder, variables) as client:
        await eventually(lambda: in_journal(folder, "SELECT 1 FROM cursor"))
        assert await client.runs() == []


async def test_a_schedule_fires_at_its_time(project: Project, variables: dict[str, str]) -> None:
    folder = project({"nightly.yaml": NIGHTLY.replace('"0 3 * * *"', '"* * * * * *"')})
    async with serving(folder, variables) as client:
        (run, *_) = await eventually(client.runs)
        assert client.service.engine is not None
        record = client.service.engine.get(run["run"])
    assert record is not None
    late = record.accepted - datetime.fromisoformat(record.event["scheduled_at"]).timestamp()
    assert 0 <= late < 0.5
