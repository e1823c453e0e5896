"""Reads one flow file: its head, its trigger, its steps."""

from __future__ import annotations

import hashlib

from yaml.nodes import MappingNode, Node

from flowrun.component.config import Config, field
from flowrun.component.step import ConnectionName
from flowrun.component.values import Duration
from flowrun.errors import Position
from flowrun.expressions.paths import Path
from flowrun.expressions.suggest import did_you_mean
from flowrun.language.flow import Flow, Poll, Trigger, Webhook
from flowrun.language.reader import WRONG, Wrong
from flowrun.language.steps import StepReader

KEYS = ("flow", "title", "owner", "trigger", "inputs", "steps", "result")


class WebhookConfig(Config):
    """A webhook of one connection."""

    connection: ConnectionName = field(
        description="The connection whose system calls us.", examples=["xcart"]
    )
    event: str = field(description="Which of its events.", examples=["order_placed"])


class FlowReader(StepReader):
    """Reads a flow."""

    def flow(self) -> Flow | None:
        """The flow, as far as it can be read; None when there is nothing to check further."""
        root = self.document.root
        if root is None:
            self.report.add(
                "empty-file",
                "the file is empty",
                Position(self.document.name),
                "a flow begins with `flow: its_name`",
            )
            return None
        entries = self.mapping(root, "a flow")
        if isinstance(entries, Wrong):
            return None
        self.unknown_keys(entries, KEYS, "a flow")
        for key, why in (
            ("flow", "its name"),
            ("title", "what it does, in one line"),
            ("steps", "what it does, step by step"),
        ):
            if key not in entries:
                self.problem("missing-key", f"a flow needs `{key}`: {why}", root)
        name = self.name(entries["flow"][1], "`flow`") if "flow" in entries else WRONG
        title = self.value(entries["title"][1], str, "`title`") if "title" in entries else WRONG
        owner = self.value(entries["owner"][1], str, "`owner`") if "owner" in entries else ""
        inputs = self.value(entries["inputs"][1], dict[str, str], "`inputs`") if "inputs" in entries else None
        trigger = self._trigger(entries["trigger"][1]) if "trigger" in entries else None
        steps = self.steps(entries["steps"][1], "`steps`") if "steps" in entries else WRONG
        result = self.fields(entries["result"][1], "`result`") if "result" in entries else None
        if "inputs" in entries and "trigger" in entries:
            self.problem(
                "two-starts",
                "a flow with a `trigger` gets its event from there, so it has no `inputs`",
                entries["inputs"][0],
                "keep one of them",
            )
        if isinstance(steps, Wrong):
            return None
        return Flow(
            name=self.document.name if isinstance(name, Wrong) else name,
            title=str(title),
            owner=str(owner),
            file=self.document.name,
            version=digest(self.document.text),
            at=self.at(entries["flow"][1]) if "flow" in entries else self.at(root),
            steps=steps,
            trigger=None if isinstance(trigger, Wrong) else trigger,
            inputs=None if inputs is WRONG else inputs,
            result=None if isinstance(result, Wrong) else result,
        )

    def _trigger(self, node: Node) -> Trigger | Wrong:
        entries = self.mapping(node, "`trigger`")
        if isinstance(entries, Wrong):
            return WRONG
        self.unknown_keys(entries, ("webhook", "poll", "key", "once"), "`trigger`")
        webhook = self._webhook(entries["webhook"][1]) if "webhook" in entries else None
        poll = self._poll(entries["poll"][1]) if "poll" in entries else None
        key = self.value(entries["key"][1], Path, "`key`") if "key" in entries else None
        once = self.value(entries["once"][1], list[Path], "`once`") if "once" in entries else []
        if webhook is None and poll is None:
            self.problem(
                "missing-key",
                "a trigger needs `webhook` or `poll`",
                node,
                "as in webhook: {connection: xcart, event: order_placed}",
            )
        if WRONG in (webhook, poll, key, once):
            return WRONG
        return Trigger(webhook, poll, key, tuple(once))  # type: ignore[arg-type] # Wrong is out

    def _webhook(self, node: Node) -> Webhook | Wrong:
        settings = self.value(node, WebhookConfig, "`webhook`")
        if isinstance(settings, Wrong) or not isinstance(node, MappingNode):
            return WRONG
        places = {key.value: value for key, value in node.value}
        known = self.connections.get(settings.connection)
        if known is None:
            return self.problem(
                "unknown-connection",
                f"there is no connection `{settings.connection}`",
                places["connection"],
                did_you_mean(settings.connection, self.connections),
            )
        if settings.event not in known.connector.events:
            return self.problem(
                "unknown-event",
                f"`{settings.connection}` sends no event `{settings.event}`",
                places["event"],
                did_you_mean(settings.event, known.connector.events),
            )
        return Webhook(settings.connection, settings.event, self.at(node))

    def _poll(self, node: Node) -> Poll | Wrong:
        entries = self.mapping(node, "`poll`")
        if isinstance(entries, Wrong):
            return WRONG
        calls = [name for name in entries if "." in name]
        self.unknown_keys(entries, ("every", *calls[:1]), "`poll`")
        if "every" not in entries:
            return self.problem("missing-key", "`poll` needs `every`: how often", node, "as in every: 5m")
        if not calls:
            return self.problem(
                "missing-key",
                "`poll` needs the operation that lists what is new",
                node,
                "as in xcart.list_orders: {changed_since: watermark}",
            )
        every = self.value(entries["every"][1], Duration, "`every`")
        call = self.operation(calls[0], *entries[calls[0]])
        if isinstance(call, Wrong) or every is WRONG:
            return WRONG
        if not call.reads:
            return self.problem(
                "poll-writes", f"`{calls[0]}` writes, and a poll only reads", entries[calls[0]][0]
            )
        return Poll(every, call, self.at(node))


def digest(text: str) -> str:
    """A short name for exactly this text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
