"""Deletes what has ended and is older than the project wants to keep it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from flowrun.component.settings import Retention
from flowrun.runtime.journal import store
from flowrun.runtime.journal.file import JournalFile
from flowrun.serve.logs import say

SLICE = 500
_DONE, _DEAD = ("done", "skipped"), ("dead", "resolved", "cancelled")


async def prune(journal: JournalFile, retention: Retention, now: Callable[[], float]) -> int:
    """Deletes in small slices, so that no event waits behind it for its place in the journal. Gives how many."""
    total = 0
    for statuses, kept in ((_DONE, retention.done), (_DEAD, retention.dead)):
        before = now() - kept.seconds
        while True:
            gone = await journal.write(
                lambda db, statuses=statuses, before=before: store.prune(db, statuses, before, SLICE)  # type: ignore[misc] # bound for this round
            )
            total += gone
            if gone < SLICE:
                break
            await asyncio.sleep(0.05)
    if total:
        say("pruned", f"{total} ended runs were older than they are kept", count=total)
    return total
