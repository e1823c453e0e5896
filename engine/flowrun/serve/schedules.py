"""Starts flows at set times, in the zone in which they are meant, also on the days when clocks change."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim

from flowrun.language.flow import Flow, Schedule
from flowrun.runtime.engine import EmbeddedEngine
from flowrun.runtime.journal import store
from flowrun.serve.background import again_and_again
from flowrun.serve.logs import say

LONGEST_SLEEP = 30.0
"""A clock that is set while we sleep is noticed after so many seconds."""
_LOOK_BACK = 20


def next_time(schedule: Schedule, after: datetime) -> datetime | None:
    """The first set time after a moment; None when there is none in fifty years (30 February)."""
    try:
        return next(CronSim(schedule.cron, after.astimezone(ZoneInfo(schedule.timezone)))).astimezone(UTC)
    except StopIteration:
        return None


def last_missed(schedule: Schedule, last: datetime, now: datetime) -> datetime | None:
    """The latest set time after `last` that is not after `now`. However many were missed, one run makes up for them."""
    zone = ZoneInfo(schedule.timezone)
    start = last
    if now - last > timedelta(days=2):  # a year of missed minutes is not counted one by one
        latest = next(CronSim(schedule.cron, now.astimezone(zone), reverse=True), None)
        start = max(last, latest.astimezone(UTC) - timedelta(days=1)) if latest is not None else last
    found = None
    for moment in CronSim(schedule.cron, start.astimezone(zone)):
        if moment.astimezone(UTC) > now:
            break
        found = moment.astimezone(UTC)
    return found


class Scheduler:
    """The schedule of one flow."""

    def __init__(self, flow: Flow, schedule: Schedule, engine: EmbeddedEngine) -> None:
        self.flow = flow
        self._schedule = schedule
        self._engine = engine
        self._cursor = f"schedule:{engine.environment.name}:{flow.name}"

    async def run(self) -> None:
        """Until it is cancelled."""
        await again_and_again(f"the schedule of {self.flow.name}", self._wait_and_fire, 0.01, after_error=5.0)

    async def _wait_and_fire(self) -> None:
        last, now = await self._last(), self._now()
        missed = last_missed(self._schedule, last, now)
        if missed is not None:
            await self.fire(missed)
            return
        following = next_time(self._schedule, now)
        wait = (following - now).total_seconds() if following is not None else LONGEST_SLEEP
        await asyncio.sleep(min(max(wait, 0.0), LONGEST_SLEEP))

    async def fire(self, moment: datetime) -> None:
        """Starts the run of one set time, unless it was started before and only the note of it is missing."""
        event: dict[str, Any] = {"scheduled_at": moment.isoformat()}
        if not self._is_there(event["scheduled_at"]):
            accepted = await self._engine.accept(self.flow.name, event)
            say(
                "scheduled",
                f"{self.flow.name}: its time has come",
                flow=self.flow.name,
                run=accepted.run,
                **event,
            )
        await self._note(moment)

    def _is_there(self, scheduled_at: str) -> bool:
        with self._engine.journal.reading() as db:
            recent = store.find_runs(db, flow=self.flow.name, limit=_LOOK_BACK)
        return any(run.event.get("scheduled_at") == scheduled_at for run in recent)

    async def _last(self) -> datetime:
        """The last set time that was started. A flow that is new begins now: nothing was missed yet."""
        with self._engine.journal.reading() as db:
            known = store.cursor(db, self._cursor)
        if known is not None:
            return datetime.fromisoformat(known)
        now = self._now()
        await self._note(now)
        return now

    async def _note(self, moment: datetime) -> None:
        await self._engine.journal.write(
            lambda db: store.move_cursor(db, self._cursor, moment.isoformat(), self._engine.now())
        )

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._engine.now(), UTC)
