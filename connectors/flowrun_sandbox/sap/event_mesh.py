"""Queues, topics and push subscriptions, as SAP Event Mesh keeps them. No HTTP here.

A topic keeps nothing: a message sent to it goes into every queue that is subscribed to it, and a queue without
a reader fills. Read with quality of service 0 a message is gone; with 1 it stays, out of sight, until it is
acknowledged, and comes into sight again after a while.
"""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

MOST_MESSAGES = 20_000
"""Of one queue; beyond that the oldest go, so that a sandbox left alone does not eat the machine."""


_LEVEL = "[^/]*"


@dataclass
class Message:
    """One message in one queue."""

    body: bytes
    content_type: str
    address: str
    """``topic:…`` or ``queue:…``, as the header ``x-address`` of a push has it."""
    due: float = 0.0
    """Out of sight before this moment of the mesh's clock."""
    attempts: int = 0
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass
class Queue:
    """A queue with its topics. Past ``max_redeliveries`` a message moves to the dead message queue, if both are set."""

    name: str
    topics: list[str] = field(default_factory=list)
    dead_message_queue: str = ""
    max_redeliveries: int = 0
    messages: OrderedDict[str, Message] = field(default_factory=OrderedDict)


@dataclass
class Subscription:
    """A queue whose messages are pushed to a URL."""

    name: str
    queue: str
    qos: int
    push: dict[str, Any]
    paused: bool = False
    handshake: Literal["requested", "verified", "failed", "exempted"] = "requested"

    @property
    def delivers(self) -> bool:
        """Whether messages go out now."""
        return not self.paused and self.handshake in {"verified", "exempted"}


_QUEUES = {
    "flowrun": "*",
    "flowrun/deliveries": "+/+/+/ce/sap/s4/beh/outbounddelivery/#",
    "flowrun/invoices": "+/+/+/ce/sap/s4/beh/billingdocument/#",
    "flowrun/products": "+/+/+/ce/sap/s4/beh/product/#",
    "flowrun/partners": "+/+/+/ce/sap/s4/beh/businesspartner/#",
}
"""The queues of a new sandbox: a queue that two flows read would be divided between them."""


class Mesh:
    """All of it, safe for threads. ``changed`` is notified whenever there may be something to push."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.changed = threading.Condition()
        self.queues: dict[str, Queue] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.reset()

    def reset(self) -> None:
        """``flowrun``, which hears of everything, and a queue of its own for each flow of ours; no push."""
        with self.changed:
            self.queues = {name: Queue(name, [topic]) for name, topic in _QUEUES.items()}
            self.subscriptions = {}
            self.changed.notify_all()

    def publish(
        self, topic: str, body: bytes, content_type: str, *, delay: float = 0, first: bool = False
    ) -> int:
        """Into every queue subscribed to the topic; how many those are. ``first``: before older messages."""
        with self.changed:
            hearing = [
                queue for queue in self.queues.values() if any(matches(one, topic) for one in queue.topics)
            ]
            for queue in hearing:
                message = Message(body, content_type, f"topic:{topic}", self.clock() + delay)
                self._put(queue, message)
                if first:
                    queue.messages.move_to_end(message.id, last=False)
            return len(hearing)

    def send(self, queue: Queue, body: bytes, content_type: str) -> None:
        """Into this queue, past all topics."""
        with self.changed:
            self._put(queue, Message(body, content_type, f"queue:{queue.name}", self.clock()))

    def take(self, queue: Queue, *, qos: int, redelivery: float) -> Message | None:
        """The oldest message in sight. With ``qos`` 1 it comes again after ``redelivery`` seconds."""
        with self.changed:
            now = self.clock()
            while (message := _in_sight(queue, now)) is not None and self._is_dead(queue, message):
                continue
            if message is None:
                return None
            message.attempts += 1
            if qos == 0:
                del queue.messages[message.id]
            else:
                message.due = now + redelivery
            return message

    def settle(self, queue: Queue, message_id: str) -> bool:
        """Acknowledged: the message goes. False when it is not there (any more)."""
        with self.changed:
            return queue.messages.pop(message_id, None) is not None

    def postpone(self, message: Message, seconds: float) -> None:
        """Not accepted: it comes again after that time."""
        with self.changed:
            message.due = self.clock() + seconds

    def release(self) -> int:
        """Everything that is out of sight comes into sight; how many those were."""
        with self.changed:
            now = self.clock()
            hidden = [
                message
                for queue in self.queues.values()
                for message in queue.messages.values()
                if message.due > now
            ]
            for message in hidden:
                message.due = now
            self.changed.notify_all()
            return len(hidden)

    def next_push(self) -> tuple[Subscription, Queue] | float | None:
        """A subscription that has something to deliver now; or the seconds until one has; or None."""
        now, soonest = self.clock(), None
        for subscription in self.subscriptions.values():
            queue = self.queues.get(subscription.queue)
            if queue is None or not subscription.delivers or not queue.messages:
                continue
            if _in_sight(queue, now) is not None:
                return subscription, queue
            wait = min(message.due for message in queue.messages.values()) - now
            soonest = wait if soonest is None else min(soonest, wait)
        return soonest

    def _put(self, queue: Queue, message: Message) -> None:
        queue.messages[message.id] = message
        while len(queue.messages) > MOST_MESSAGES:
            queue.messages.popitem(last=False)
        self.changed.notify_all()

    def _is_dead(self, queue: Queue, message: Message) -> bool:
        bin_ = self.queues.get(queue.dead_message_queue)
        if bin_ is None or not queue.max_redeliveries or message.attempts <= queue.max_redeliveries:
            return False
        del queue.messages[message.id]
        message.attempts = 0
        self._put(bin_, message)
        return True


def _in_sight(queue: Queue, now: float) -> Message | None:
    """The oldest message that may be read."""
    return next((message for message in queue.messages.values() if message.due <= now), None)


def matches(pattern: str, topic: str) -> bool:
    """Whether a subscription to ``pattern`` hears of ``topic``.

    ``+`` stands for one level; ``*`` at the end, as S/4HANA's own examples have it
    (``…/BusinessPartner/*``), for all levels below, and elsewhere for one; ``>`` at the end is advanced event
    mesh's word for all levels below; ``#`` at the end means all levels below and the level itself, as in MQTT.
    """
    head, slash, end = pattern.rpartition("/")
    levels = [_LEVEL if level in {"+", "*"} else re.escape(level) for level in head.split("/")]
    start = "/".join(levels) + slash if slash else ""
    if end == "#":
        return re.fullmatch(f"{start[:-1]}(/.*)?" if slash else ".*", topic) is not None
    below = {"*": ".+", ">": ".+", "+": _LEVEL}
    return re.fullmatch(start + below.get(end, re.escape(end)), topic) is not None
