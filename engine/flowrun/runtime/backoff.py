"""How long to wait before the next attempt. Pure: the same attempt and chance give the same wait."""

from __future__ import annotations

from flowrun.component.step import Retry


def wait_before(attempt: int, retry: Retry, *, chance: float, asked: float | None = None) -> float:
    """Seconds before this attempt (the second is 2). `chance` is a random number from 0 to 1, used by full
    jitter.

    What the remote system asked for (`Retry-After`) is never undercut.
    """
    # A large attempt number must not overflow the power before the cap is applied.
    grown = retry.first.seconds * retry.factor ** min(attempt - 2, 64)
    longest = min(grown, retry.max.seconds)
    wait = longest * chance if retry.jitter == "full" else longest
    return max(wait, asked or 0.0)
