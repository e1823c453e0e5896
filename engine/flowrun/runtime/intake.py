"""An event becomes a run: its key, its lane, and what makes a second delivery of it the same delivery. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flowrun.errors import Cause, Rejected
from flowrun.runtime.direct import new_run_id
from flowrun.runtime.journal.frozen import digest, freeze
from flowrun.runtime.journal.store import NewRun
from flowrun.runtime.versions import Pinned

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")
_BETWEEN = "\x1f"


def new_run(pin: Pinned, event: Mapping[str, Any], now: float) -> NewRun:
    """The run that this event asks for. Raises `Rejected` when the event lacks what the flow's key is made of."""
    trigger = pin.flow.trigger
    key = lane = once = None
    if trigger is not None and trigger.key is not None:
        key = as_text(trigger.key.search(event))
        if key is None:
            text = trigger.key.source.text
            raise Rejected(
                f"the event of {pin.flow.name} has no `{text}`, which is its key",
                Cause(code="no-key", target=text),
            )
        lane = f"{trigger.lane or pin.flow.name}{_BETWEEN}{key}"
    if trigger is not None and trigger.once:
        parts = [same_moment(as_text(path.search(event))) for path in trigger.once]
        if any(part is not None for part in parts):
            once = _BETWEEN.join([pin.flow.name, *(part or "" for part in parts)])
    bulk = pin.flow.priority == "bulk"
    return NewRun(new_run_id(), pin.flow.name, pin.version, lane, key, once, bulk, freeze(dict(event)), now)


def unusable_run(pin: Pinned, event: Mapping[str, Any], now: float, source: str = "") -> NewRun:
    """What is kept of an event that can never be a run: without key and lane. The same event again is the same one,
    unless it comes from another source.
    """
    once = _BETWEEN.join([pin.flow.name, "unusable", digest(event), *([source] if source else [])])
    bulk = pin.flow.priority == "bulk"
    return NewRun(new_run_id(), pin.flow.name, pin.version, None, None, once, bulk, freeze(dict(event)), now)


def as_text(value: Any) -> str | None:
    """A value as part of a key; None when there is nothing."""
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else freeze(value).decode()


def same_moment(text: str | None) -> str | None:
    """A moment in one form: a webhook and a poll may write the same one differently, and it is the same delivery."""
    if text is None or not _MOMENT.match(text):
        return text
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment.astimezone(UTC).isoformat() if moment.tzinfo is not None else text
