"""How a connection is: well, troubled (its circuit is open), or paused until a person acts. Pure; time is given.

A system that is down must cost no attempts of the runs that wait for it: after a few failures in a row nothing is sent
but a probe now and then, and one good answer lets everything go on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from flowrun.errors import Fatal, Retryable, RunError

Condition = Literal["well", "down", "paused"]

FAILURES_TO_OPEN = 5
FIRST_PROBE = 1.0
LONGEST_PROBE = 60.0

_SYSTEM_CODES = frozenset({"unreachable", "no-answer"})
_SYSTEM_STATUS = frozenset({502, 503, 504})


def is_system_failure(error: RunError) -> bool:
    """Whether an error says something about the system and not about this request."""
    if not isinstance(error, Retryable):
        return False
    return error.cause.code in _SYSTEM_CODES or error.cause.status in _SYSTEM_STATUS


@dataclass(slots=True)
class Health:
    """The condition of one connection. `reason` says why it is not well; `owner` is the team that
    its table of errors names for that; `next_probe` is when it is asked again."""

    condition: Condition = "well"
    reason: str = ""
    owner: str = ""
    since: float = 0.0
    next_probe: float = 0.0
    failures: int = 0
    _pause: float = field(default=FIRST_PROBE)

    def succeeded(self) -> bool:
        """An answer came. True when the connection was not well before."""
        recovered = self.condition != "well"
        self.condition, self.reason, self.failures, self._pause = "well", "", 0, FIRST_PROBE
        return recovered

    def failed(self, error: RunError, now: float) -> Condition | None:
        """An error came. Gives the new condition when it changed by it."""
        if isinstance(error, Fatal):
            self.owner = error.cause.owner
            return self._worsened("paused", error.message, now)
        if not is_system_failure(error):
            self.failures = 0
            return None
        self.failures += 1
        if self.condition == "well" and self.failures >= FAILURES_TO_OPEN:
            return self._worsened("down", error.message, now)
        return None

    def probed_in_vain(self, error: RunError, now: float) -> None:
        """A probe failed too: the next one comes later."""
        self.reason = error.message
        if isinstance(error, Fatal):
            self.condition = "paused"
        self._pause = min(self._pause * 2, LONGEST_PROBE)
        self.next_probe = now + self._pause

    def _worsened(self, condition: Condition, reason: str, now: float) -> Condition | None:
        if self.condition == condition:
            return None
        self.condition, self.reason, self.since = condition, reason, now
        self._pause = FIRST_PROBE
        self.next_probe = now + self._pause
        return condition
