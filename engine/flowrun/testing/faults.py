"""How a remote system goes wrong, and which error each way must become."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from flowrun.errors import Fatal, Rejected, Retryable
from flowrun.testing.sample import Answer, Expected

WAIT = 30  # seconds, asked for by `Retry-After`
REASON = "number 7 is taken"
PAGE = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to go wrong.

    `told` is how it is told to the connector's author. `done` says whether a write may have been carried out
    all the same. `waits`: the error must carry the wait that was asked for. `below`: an exception of a library
    tells of it, which must be kept as `__cause__`. `reason`: the system says why, and the message must repeat
    it. `fine`: a connector may as well take it for an answer.
    """

    name: str
    told: str
    answer: Answer
    expected: Expected
    done: bool = False
    waits: bool = False
    below: bool = False
    reason: bool = False
    fine: bool = False


def refused() -> Fault:
    """Nobody listens at the address."""
    return Fault("refused", "refuses the connection", Answer(), Retryable, below=True)


def silent() -> Fault:
    """It takes the request and never answers."""
    return Fault("silent", "never answers", Answer(ending="silent"), Retryable, done=True, below=True)


def faults(says: Callable[[str], Any]) -> Iterator[Fault]:
    """All the others: what the line does, what a server says, what is no answer at all.

    `says` gives the body in which the system tells a reason.
    """
    reason = says(REASON)
    whole = {"id": 7, "message": "the beginning of an answer and the end of it"}
    yield Fault(
        "dropped",
        "closes the connection without an answer",
        Answer(ending="dropped"),
        Retryable,
        True,
        below=True,
    )
    yield Fault(
        "cut", "cuts its answer off in the middle", Answer(whole, ending="cut"), Retryable, True, below=True
    )
    yield _status("unauthorized", 401, reason, Fatal)
    yield _status("forbidden", 403, reason, Fatal)
    yield _status("not found", 404, reason, Rejected)
    yield _status("conflict", 409, reason, (Rejected, Retryable))
    yield _status("refusal", 422, reason, Rejected, tells=True)
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=WAIT), usegmt=True)
    yield _status("busy", 429, reason, Retryable, waits=True, wait=str(WAIT))
    yield _status("busy until", 429, reason, Retryable, waits=True, wait=moment)
    yield _status("broken", 500, reason, Retryable, done=True)
    yield _status("bad gateway", 502, reason, Retryable, done=True)
    yield _status("down", 503, reason, Retryable, done=True, waits=True, wait=str(WAIT))
    html = {"Content-Type": "text/html; charset=utf-8"}
    yield Fault("page", "answers 200 with a page for people", Answer(PAGE, 200, html), Retryable, True)
    json = {"Content-Type": "application/json"}
    half = Answer(b'{"id": 7, "rows": [{"na', 200, json)
    yield Fault("half", "answers 200 with half a JSON text", half, Retryable, True)
    nothing = Answer(b"", 200, json)
    either = (Rejected, Retryable)
    yield Fault("empty", "answers 200 with an empty body", nothing, either, True, fine=True)


def _status(
    name: str,
    status: int,
    body: Any,
    expected: Expected,
    *,
    done: bool = False,
    waits: bool = False,
    tells: bool = False,
    wait: str = "",
) -> Fault:
    headers = {"Retry-After": wait} if wait else {}
    told = f"answers {status}" + (f" with `Retry-After: {wait}`" if wait else "")
    return Fault(name, told, Answer(body, status, headers), expected, done, waits, reason=tells)
