"""A checked flow: what the runtime gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from flowrun.component.step import OperationStep, Step
from flowrun.component.values import Duration
from flowrun.errors import Position
from flowrun.expressions.paths import Path
from flowrun.expressions.values import Fields


@dataclass(frozen=True, slots=True)
class Webhook:
    """A flow that starts when a connection's system sends an event."""

    connection: str
    event: str
    at: Position


OVERLAP = Duration(600.0)
"""What a poll asks for again unless it says otherwise: clocks differ, and a slow save shows late."""


@dataclass(frozen=True, slots=True)
class Poll:
    """A flow that starts for each record that an operation lists, asked again and again.

    `overlap` is how much before the last look is asked for again.
    """

    every: Duration
    call: OperationStep
    at: Position
    overlap: Duration = OVERLAP


@dataclass(frozen=True, slots=True)
class Schedule:
    """A flow that starts at set times. `cron` has the five fields of cron; `timezone` is the zone they are
    meant in."""

    cron: str
    timezone: str
    at: Position


@dataclass(frozen=True, slots=True)
class Trigger:
    """What starts a flow.

    `key`: runs with the same key go one after another; `lane` lets several flows share that order. `once`:
    the same values mean the same delivery, which is one run. `behind`: what becomes of events whose key
    has a run that waits.
    """

    webhook: Webhook | None = None
    poll: Poll | None = None
    schedule: Schedule | None = None
    key: Path | None = None
    once: tuple[Path, ...] = ()
    lane: str | None = None
    behind: Literal["wait", "latest", "reject"] = "wait"


@dataclass(frozen=True, slots=True)
class Flow:
    """One flow. `version` is a digest of its text, so a run can say which flow it ran."""

    name: str
    title: str
    owner: str
    file: str
    version: str
    at: Position
    steps: tuple[Step, ...]
    trigger: Trigger | None = None
    inputs: Mapping[str, str] | None = None
    result: Fields | None = None
    priority: Literal["normal", "bulk"] = "normal"
