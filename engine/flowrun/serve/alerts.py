"""Tells people what only people can mend: one alert for each cause, with a count, in words they know."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from flowrun.component.settings import Alerts as Addresses
from flowrun.errors import RunError
from flowrun.language.workspace import Workspace
from flowrun.runtime.journal.records import RunRecord
from flowrun.runtime.needed import needed_connections
from flowrun.runtime.observer import Silent
from flowrun.serve.logs import say
from flowrun.serve.masking import Mask
from flowrun.serve.recipients import addresses_of, team_for

REPEAT = 900.0
"""Seconds between two alerts about the same cause, while it grows."""
_FORGET = 86_400.0
_MOST_CAUSES = 1000

Send = Callable[[Iterable[str], str, str], list[str]]
"""Sends a title and a text to addresses; gives the kinds of address that did not take it. Runs in a thread."""


@dataclass(slots=True)
class Trouble:
    """One cause: how often it came, how often that was told, and the words for it."""

    teams: tuple[str, ...]
    title: str
    body: str
    count: int = 0
    told: int = 0
    told_at: float | None = None
    seen_at: float = 0.0


class Alerting(Silent):
    """An observer that alerts."""

    def __init__(
        self,
        workspace: Workspace,
        mask: Mask,
        send: Send,
        *,
        repeat: float = REPEAT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._workspace = workspace
        self._addresses: tuple[Addresses, ...] = workspace.project.alerts
        self._mask = mask
        self._send = send
        self._repeat = repeat
        self._clock = clock
        self._troubles: dict[tuple[str, ...], Trouble] = {}
        self._pool = ThreadPoolExecutor(1, "alerts")
        self._sending: set[asyncio.Task[None]] = set()

    # --- what the runtime tells ------------------------------------------------------------------------------------

    def suspended(self, run: RunRecord, status: str, why: str, until: float | None) -> None:
        """A parked run waits for a person; the others wait for time or for a system."""
        if status == "parked":
            owner = self._owner(run.flow)
            body = _lines(
                why,
                f"it goes on by itself when the row is there: flowrun runs show --key {run.key or run.id}",
            )
            self._note((run.flow, "parked", why), (owner,), f"{run.flow} waits for a lookup value", body)

    def ended(self, run: RunRecord, status: str, error: RunError | None) -> None:
        """A dead letter, told to whom the step's rule names, or the connection's table of errors, or to the
        flow's owner."""
        if status != "dead" or error is None:
            return
        flows = self._workspace.flows
        place = error.place or run.step or ""
        team = team_for(flows[run.flow], flows, place, error) if run.flow in flows else None
        body = _lines(
            error.message,
            f"key {run.key}" if run.key else None,
            f"flowrun dead-letters show {run.id}",
            f"flowrun runs show --key {run.key}" if run.key else None,
        )
        cause = (run.flow, place, error.cause.code or error.message, error.cause.target)
        title = f"{run.flow} stopped" + (f" at {place}" if place else "")
        self._note(cause, (team or error.cause.owner or self._owner(run.flow),), title, body)

    def connection(self, name: str, condition: str, reason: str, owner: str = "") -> None:
        """A paused connection holds up everything behind it until a person acts. One that is down mends itself."""
        if condition == "paused":
            owners = [
                flow.owner or "*"
                for flow in self._workspace.flows.values()
                if name in needed_connections(flow, self._workspace.flows)
            ]
            body = _lines(
                reason,
                "its runs wait unharmed and go on by themselves when it is mended",
                "at once with: POST /api/connections/reload",
            )
            self._note(
                ("connection", name, reason),
                (owner,) if owner else tuple(dict.fromkeys(owners)) or ("*",),
                f"{name} is paused",
                body,
            )
        elif name == "journal":
            self._note(
                ("connection", name),
                ("*",),
                "the journal cannot be written",
                _lines(reason, "nothing is accepted until it can; nothing is lost"),
            )

    def review(self, run: RunRecord, what: str) -> None:
        """Something went through that should be looked at."""
        body = _lines(what, f"flowrun runs show --key {run.key or run.id}")
        self._note(
            (run.flow, "review", what), (self._owner(run.flow),), f"{run.flow}: please look at it", body
        )

    # --- sending ---------------------------------------------------------------------------------------------------

    async def tick(self) -> None:
        """Tells what has grown since it was last told, and forgets what is long over."""
        now = self._clock()
        for trouble in self._troubles.values():
            self._tell_if_due(trouble, now)
        for cause, trouble in list(self._troubles.items()):
            if now - trouble.seen_at > _FORGET:
                del self._troubles[cause]

    async def close(self, within: float = 5.0) -> None:
        """Lets what is being sent go out, for so many seconds."""
        if self._sending:
            await asyncio.wait(self._sending, timeout=within)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _note(self, cause: tuple[str, ...], teams: tuple[str, ...], title: str, body: str) -> None:
        if len(self._troubles) >= _MOST_CAUSES and cause not in self._troubles:
            del self._troubles[min(self._troubles, key=lambda one: self._troubles[one].seen_at)]
        trouble = self._troubles.setdefault(cause, Trouble(teams, title, body))
        trouble.teams, trouble.title, trouble.body = teams, title, body
        trouble.count += 1
        trouble.seen_at = self._clock()
        self._tell_if_due(trouble, trouble.seen_at)

    def _tell_if_due(self, trouble: Trouble, now: float) -> None:
        if trouble.count == trouble.told or (
            trouble.told_at is not None and now - trouble.told_at < self._repeat
        ):
            return
        trouble.told, trouble.told_at = trouble.count, now
        title = self._mask.text(trouble.title + (f" ({trouble.count} times)" if trouble.count > 1 else ""))
        body = self._mask.text(trouble.body)
        say("alert", f"{title}: {body}", level=logging.ERROR, to=list(trouble.teams), count=trouble.count)
        to = addresses_of(trouble.teams, self._addresses)
        if to:
            task = asyncio.get_running_loop().create_task(
                self._sent(to, f"flowrun: {title}", body, trouble.teams)
            )
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _sent(self, to: list[str], title: str, body: str, teams: tuple[str, ...]) -> None:
        try:
            failed = await asyncio.get_running_loop().run_in_executor(self._pool, self._send, to, title, body)
        except Exception as error:  # noqa: BLE001 - an alert that cannot be sent must not stop anything
            failed = [type(error).__name__]
        if failed:
            say(
                "alert-failed",
                f"an alert could not be sent by {', '.join(failed)}; `alerts` in flowrun.yaml says where to",
                level=logging.ERROR,
                to=list(teams),
            )

    def _owner(self, flow: str) -> str:
        known = self._workspace.flows.get(flow)
        return known.owner if known is not None and known.owner else "*"


def _lines(*lines: str | None) -> str:
    return "\n".join(line for line in lines if line)
