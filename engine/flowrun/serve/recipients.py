"""Who is told about an error, and at which addresses."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flowrun.component.settings import Alerts
from flowrun.component.step import FlowName, Step
from flowrun.errors import RunError
from flowrun.language.flow import Flow
from flowrun.runtime.rules import rule_for

EVERYBODY = "*"


def team_for(flow: Flow, flows: Mapping[str, Flow], place: str | None, error: RunError) -> str | None:
    """The `alert` of the rule that is for this error, at the step or at one around it; None when no rule names one."""
    steps = list(_steps(flow.steps, flows, set()))
    for name in reversed([part.split("[")[0].split("~")[0] for part in (place or "").split("/")]):
        for step in steps:
            rule = rule_for(error, step.on_error) if step.id == name else None
            if rule is not None and rule.alert:
                return rule.alert
    return None


def addresses_of(teams: Iterable[str], known: Iterable[Alerts]) -> list[str]:
    """The addresses of these teams, each once. A team without an entry is told where `*` is."""
    entries = {entry.team: [address.reveal() for address in entry.to] for entry in known}
    found = [address for team in teams for address in entries.get(team, entries.get(EVERYBODY, []))]
    return list(dict.fromkeys(found))


def send_by_apprise(addresses: Iterable[str], title: str, body: str) -> list[str]:
    """Sends to each address. Gives the schemes of those that failed, never the addresses: they hold passwords."""
    logging.getLogger("apprise").disabled = True  # it writes whole addresses, at INFO and on every error
    import apprise  # noqa: PLC0415 - heavy, and needed only when something is wrong

    failed: list[str] = []
    for address in addresses:
        one = apprise.Apprise()
        if not (one.add(address) and one.notify(body=body, title=title)):
            failed.append(address.partition(":")[0])
    return failed


def _steps(part: Any, flows: Mapping[str, Flow], seen: set[str]) -> Iterator[Step]:
    """Every step in any part of a flow: those inside others, and those of the flows it calls."""
    match part:
        case FlowName() if part in flows and str(part) not in seen:
            seen.add(str(part))
            yield from _steps(flows[part].steps, flows, seen)
        case str():
            return
        case tuple() | list():
            for item in part:
                yield from _steps(item, flows, seen)
        case Mapping():
            yield from _steps(list(part.values()), flows, seen)
        case _ if dataclasses.is_dataclass(part):
            if isinstance(part, Step):
                yield part
            for field in dataclasses.fields(part):
                yield from _steps(getattr(part, field.name), flows, seen)
        case _:
            return
