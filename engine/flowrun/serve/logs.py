"""What the process says while it runs: one line for each event on stderr, without secrets and personal data."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

from flowrun.errors import RunError
from flowrun.runtime.journal.records import RunRecord
from flowrun.serve.masking import Mask

LOG = logging.getLogger("flowrun.serve")
_FREE_TEXT = frozenset({"message", "reason", "error"})
_TOO_TALKATIVE = ("httpx", "httpcore", "uvicorn", "asyncio", "urllib3", "markdown")
Format = Literal["json", "text"]


def say(event: str, message: str, *, level: int = logging.INFO, **fields: Any) -> None:
    """One line. `event` is a stable word for programs, `message` is for people; fields that are None are left out."""
    known = {name: value for name, value in fields.items() if value is not None}
    LOG.log(level, message, extra={"flowrun": {"event": event, **known}})


class Lines(logging.Formatter):
    """Formats each record as one line, as JSON or as text, and hides in it what may not be seen."""

    def __init__(self, mask: Mask, form: Format) -> None:
        super().__init__()
        self._mask = mask
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        """One line, whatever the message holds."""
        data = self._data(record)
        if self._form == "json":
            return json.dumps(data, ensure_ascii=False, default=str)
        head = f"{data.pop('time')} {data.pop('level'):7} {data.pop('message')}"
        rest = " ".join(f"{name}={value}" for name, value in data.items() if name != "logger")
        return f"{head}  {rest}".rstrip().replace("\n", " | ")

    def _data(self, record: logging.LogRecord) -> dict[str, Any]:
        moment = datetime.fromtimestamp(record.created, UTC)
        data: dict[str, Any] = {
            "time": f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z",
            "level": record.levelname.lower(),
        }
        for name, value in getattr(record, "flowrun", {}).items():
            hidden = self._mask.record({name: value})[name]
            data[name] = self._mask.text(hidden) if name in _FREE_TEXT and isinstance(hidden, str) else hidden
        data["message"] = self._mask.text(record.getMessage())
        if record.name != LOG.name:
            data["logger"] = record.name
        if record.exc_info:
            data["exception"] = self._mask.text(self.formatException(record.exc_info))
        return data


@contextmanager
def logging_to(mask: Mask, form: Format = "json", stream: TextIO | None = None) -> Iterator[None]:
    """Everything that any library logs goes to the stream in our form, until the end of the `with`."""
    root = logging.getLogger()
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Lines(mask, form))
    quiet = [logging.getLogger(name) for name in _TOO_TALKATIVE]
    before, levels = (root.level, root.handlers[:]), [one.level for one in quiet]
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for one in quiet:
        one.setLevel(logging.WARNING)  # httpx writes whole addresses at INFO, with what was searched for
    try:
        yield
    finally:
        root.setLevel(before[0])
        root.handlers[:] = before[1]
        for one, level in zip(quiet, levels, strict=True):
            one.setLevel(level)


class LogObserver:
    """Writes down what the runtime tells. Never an event or an answer: numbers and reasons only."""

    def accepted(self, run: str, flow: str, key: str | None, *, new: bool) -> None:
        """A line for every event, so that a lost one can be told from one that never came."""
        event = "accepted" if new else "duplicate"
        say(event, f"{flow}: {'accepted' if new else 'the same delivery again'}", run=run, flow=flow, key=key)

    def effect(
        self, run: RunRecord, place: str, connection: str, operation: str, outcome: str, seconds: float
    ) -> None:
        """Calls that went well are many, so they are told at DEBUG."""
        level = logging.DEBUG if outcome == "answered" else logging.WARNING
        fields = {**_of(run), "step": place, "connection": connection, "operation": operation}
        text = f"{connection}.{operation}: {outcome}"
        say("effect", text, level=level, outcome=outcome, seconds=round(seconds, 3), **fields)

    def suspended(self, run: RunRecord, status: str, why: str, until: float | None) -> None:
        """Why a run waits."""
        until_text = datetime.fromtimestamp(until, UTC).isoformat(timespec="seconds") if until else None
        say("suspended", f"{run.flow}: {status}: {why}", status=status, until=until_text, **_of(run))

    def ended(self, run: RunRecord, status: str, error: RunError | None) -> None:
        """How a run ended, and what the system said."""
        said: dict[str, Any] = {"status": status, "step": run.step, **_of(run)}
        if error is not None:
            cause = error.cause
            said |= {
                "step": error.place or run.step,
                "code": cause.code or None,
                "target": cause.target or None,
            }
            said["connection"] = cause.connection or None
        text = f"{run.flow}: {status}" + (f": {error.message}" if error is not None else "")
        say("ended", text, level=logging.ERROR if status == "dead" else logging.INFO, **said)

    def connection(self, name: str, condition: str, reason: str, owner: str = "") -> None:
        """A change that concerns many runs."""
        level = (
            logging.INFO
            if condition == "well"
            else logging.ERROR
            if condition == "paused"
            else logging.WARNING
        )
        text = f"{name} is {condition}" + (f": {reason}" if reason else "")
        say("connection", text, level=level, connection=name, condition=condition)

    def review(self, run: RunRecord, what: str) -> None:
        """Something a person should look at."""
        say("review", f"{run.flow}: please look at it: {what}", level=logging.WARNING, **_of(run))


def _of(run: RunRecord) -> dict[str, Any]:
    return {"run": run.id, "flow": run.flow, "key": run.key}
