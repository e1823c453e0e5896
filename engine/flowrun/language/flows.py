"""Reads one flow file: its head, its trigger, its steps."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from yaml.nodes import Node

from flowrun.component.config import Config, field
from flowrun.component.step import ConnectionName
from flowrun.component.values import Duration
from flowrun.errors import Position
from flowrun.expressions.paths import Path
from flowrun.expressions.suggest import did_you_mean, nearest
from flowrun.language.flow import OVERLAP, Flow, Poll, Schedule, Trigger, Webhook
from flowrun.language.reader import Entries, Wrong
from flowrun.language.steps import StepReader

KEYS = ("flow", "title", "owner", "priority", "trigger", "inputs", "steps", "result")
_STARTS = ("webhook", "poll", "schedule")
_TRIGGER_KEYS = (*_STARTS, "key", "once", "lane", "behind")
_NEEDED = (
    ("flow", "its name"),
    ("title", "what it does, in one line"),
    ("steps", "what it does, step by step"),
)


class WebhookConfig(Config):
    """A webhook of one connection."""

    connection: ConnectionName = field(
        description="The connection whose system calls us.", examples=["xcart"]
    )
    event: str = field(description="Which of its events.", examples=["order_placed"])


class ScheduleConfig(Config):
    """The times at which a flow starts."""

    cron: str = field(
        description="The five fields of cron: minute, hour, day, month, day of the week.",
        examples=['"0 2 * * *"'],
    )
    timezone: str | None = field(
        None, description="The zone the times are meant in, if not the project's.", examples=["Europe/Berlin"]
    )


class FlowReader(StepReader):
    """Reads a flow."""

    def flow(self) -> Flow | None:
        """The flow, as far as it can be read; None when there is nothing to check further."""
        root = self.document.root
        if root is None:
            place = Position(self.document.name)
            self.report.add("empty-file", "the file is empty", place, "a flow begins with `flow: its_name`")
            return None
        entries = self.mapping(root, "a flow")
        if isinstance(entries, Wrong):
            return None
        entries = self.known(entries, KEYS, "a flow")
        for key, why in _NEEDED:
            if key not in entries:
                self.problem("missing-key", f"a flow needs `{key}`: {why}", root, f"as in {key}: …")
        name = (
            self.name(entries["flow"].value, "`flow`", reserved=frozenset()) if "flow" in entries else Wrong()
        )
        trigger = self._trigger(entries["trigger"].value) if "trigger" in entries else None
        if "inputs" in entries and "trigger" in entries:
            told = "a flow with a `trigger` gets its event from there, so it has no `inputs`"
            self.problem("two-starts", told, entries["inputs"].key, "keep one of them")
        inputs = self._optional(entries, "inputs", dict[str, str])
        steps = self._optional(entries, "steps", None)
        result = self.fields(entries["result"].value, "`result`") if "result" in entries else None
        return Flow(
            name=self.document.name if isinstance(name, Wrong) else name,
            title=self._text(entries, "title"),
            owner=self._text(entries, "owner"),
            file=self.document.name,
            version=digest(self.document.text),
            at=self.at(entries["flow"].value) if "flow" in entries else self.at(root),
            steps=steps or (),
            trigger=trigger,
            inputs=inputs,
            result=None if isinstance(result, Wrong) else result,
            priority=self._optional(entries, "priority", Literal["normal", "bulk"]) or "normal",
        )

    def _text(self, entries: Entries, key: str) -> str:
        text = self.value(entries[key].value, str, f"`{key}`") if key in entries else ""
        return text if isinstance(text, str) else ""

    def _optional(self, entries: Entries, key: str, annotation: Any) -> Any:
        """The value of a key, None when it is not there or cannot be read."""
        if key not in entries:
            return None
        node = entries[key].value
        value = (
            self.steps(node, f"`{key}`") if annotation is None else self.value(node, annotation, f"`{key}`")
        )
        return None if isinstance(value, Wrong) else value

    # --- the trigger -----------------------------------------------------------------------------

    def _trigger(self, node: Node) -> Trigger | None:
        entries = self.mapping(node, "`trigger`")
        if isinstance(entries, Wrong):
            return None
        entries = self.known(entries, _TRIGGER_KEYS, "`trigger`")
        if not any(start in entries for start in _STARTS):
            hint = "as in webhook: {connection: xcart, event: order_placed}"
            self.problem("missing-key", "a trigger needs `webhook`, `poll` or `schedule`", node, hint)
        readers = {"webhook": self._webhook, "poll": self._poll, "schedule": self._schedule}
        starts: dict[str, Any] = {
            start: readers[start](entries[start].value) for start in _STARTS if start in entries
        }
        lane = self.name(entries["lane"].value, "`lane`", reserved=frozenset()) if "lane" in entries else None
        trigger = Trigger(
            **starts,
            key=self._optional(entries, "key", Path),
            once=tuple(self._optional(entries, "once", list[Path]) or ()),
            lane=None if isinstance(lane, Wrong) else lane,
            behind=self._optional(entries, "behind", Literal["wait", "latest", "reject"]) or "wait",
        )
        for word in ("lane", "behind"):
            if word in entries and "key" not in entries:
                told = f"`{word}` is about runs with the same `key`, and there is no `key`"
                self.problem("missing-key", told, entries[word].key, "as in key: order_number")
        if any(starts.get(start, trigger) is None for start in ("webhook", "poll")):
            # What the event holds is then not known; so nothing is said of the names that are read from it.
            return replace(trigger, webhook=None, poll=None)
        return trigger

    def _schedule(self, node: Node) -> Schedule | None:
        settings = self.value(node, ScheduleConfig, "`schedule`")
        entries = self.mapping(node, "`schedule`")
        if isinstance(settings, Wrong) or isinstance(entries, Wrong):
            return None
        zone = settings.timezone or str(self.templates.setting.timezone)
        good = True
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            good = False
            place = entries["timezone"].value if "timezone" in entries else node
            self.problem("wrong-value", f"there is no time zone `{zone}`", place, "as in Europe/Berlin")
        try:
            CronSim(settings.cron, datetime(2026, 1, 1, tzinfo=UTC))
        except CronSimError:
            good = False
            place = entries["cron"].value if "cron" in entries else node
            hint = 'five fields: minute, hour, day, month, day of the week, as in "0 2 * * *"'
            self.problem("wrong-value", f"`{settings.cron}` is not a schedule", place, hint)
        return Schedule(settings.cron, zone, self.at(node)) if good else None

    def _webhook(self, node: Node) -> Webhook | None:
        settings = self.value(node, WebhookConfig, "`webhook`")
        if isinstance(settings, Wrong):
            return None
        known = self.connections.get(settings.connection)
        if known is None:
            return None
        events = known.connector.events
        if settings.event in events:
            return Webhook(settings.connection, settings.event, self.at(node))
        entries = self.mapping(node, "`webhook`")
        place = node if isinstance(entries, Wrong) or "event" not in entries else entries["event"].value
        told = f"`{settings.connection}` sends no event `{settings.event}`"
        self.problem("unknown-event", told, place, did_you_mean(settings.event, events))
        near = nearest(settings.event, events)
        return Webhook(settings.connection, near, self.at(node)) if near is not None else None

    def _poll(self, node: Node) -> Poll | None:
        entries = self.mapping(node, "`poll`")
        if isinstance(entries, Wrong):
            return None
        calls = [name for name in entries if "." in name]
        entries = self.known(entries, ("every", "overlap", *calls[:1]), "`poll`")
        every: Any = Wrong()
        if "every" in entries:
            every = self.value(entries["every"].value, Duration, "`every`")
        else:
            self.problem("missing-key", "`poll` needs `every`: how often", node, "as in every: 5m")
        if isinstance(every, Duration) and every.seconds < 1:
            self.problem("wrong-value", f"`every` is at least 1s, not {every}", entries["every"].value)
        if not calls:
            hint = "as in xcart.list_orders: {changed_since: watermark}"
            self.problem("missing-key", "`poll` needs the operation that lists what is new", node, hint)
            return None
        call = self.operation(calls[0], *entries[calls[0]])
        if isinstance(call, Wrong):
            return None
        if not call.reads:
            told = f"`{calls[0]}` writes, and a poll only reads"
            self.problem("poll-writes", told, entries[calls[0]].key, "take an operation that lists something")
        overlap = self._optional(entries, "overlap", Duration) or OVERLAP
        return Poll(Duration(60.0) if isinstance(every, Wrong) else every, call, self.at(node), overlap)


def digest(text: str) -> str:
    """A short name for exactly this text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
