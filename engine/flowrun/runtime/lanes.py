"""First in, first out for each key; different keys side by side. Pure bookkeeping: it starts nothing itself."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Literal

Behind = Literal["wait", "latest", "reject"]


class Lanes:
    """Which runs may go. A run is a number; a run without a lane never waits for another."""

    def __init__(self) -> None:
        self._lanes: dict[str, deque[int]] = {}
        self._lane_of: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._lane_of)

    def enter(self, run: int, lane: str | None) -> bool:
        """Puts a run at the end of its lane. True when it is the first there and may go."""
        name = lane if lane is not None else f"\0{run}"
        self._lane_of[run] = name
        waiting = self._lanes.get(name)
        if waiting is None:
            self._lanes[name] = deque([run])
            return True
        waiting.append(run)
        return False

    def leave(self, run: int) -> int | None:
        """Takes a run out, because it ended. Gives the run that may go now, if that has become another one."""
        name = self._lane_of.pop(run, None)
        if name is None:
            return None
        waiting = self._lanes[name]
        was_first = waiting[0] == run
        if was_first:
            waiting.popleft()
        else:
            waiting.remove(run)
        if not waiting:
            del self._lanes[name]
            return None
        return waiting[0] if was_first else None

    def is_first(self, run: int) -> bool:
        """Whether nothing of its lane is before it."""
        name = self._lane_of.get(run)
        return name is not None and self._lanes[name][0] == run

    def first(self, lane: str) -> int | None:
        """The run that holds a lane."""
        waiting = self._lanes.get(lane)
        return waiting[0] if waiting else None

    def behind(self, lane: str) -> list[int]:
        """The runs that wait for the first one of a lane, in order."""
        waiting = self._lanes.get(lane)
        return list(waiting)[1:] if waiting else []

    def firsts(self) -> Iterator[int]:
        """The first run of every lane."""
        return (waiting[0] for waiting in self._lanes.values())
