"""What goes wrong, and when. Made from a seed, so that a failure can be had again."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Ending = Literal["kill", "terminate"]

SAP_FAULTS: tuple[Mapping[str, Any], ...] = (
    {"kind": "commit_then_drop", "match": "A_SalesOrder", "method": "POST", "count": 2},
    {"kind": "commit_then_timeout", "match": "A_SalesOrder", "method": "POST", "count": 1, "delay_ms": 1500},
    {"kind": "csrf_expired", "count": 2},
    {"kind": "lock", "match": "A_SalesOrder", "count": 2},
    {"kind": "rate_limit", "count": 3, "retry_after": 1},
    {"kind": "rate_limit", "count": 1, "retry_after": 1, "retry_after_form": "date"},
    {"kind": "unavailable", "count": 4},
    {"kind": "html", "match": "A_SalesOrder", "method": "POST", "count": 1},
    {"kind": "cut", "match": "A_SalesOrder", "count": 2},
    {"kind": "cut", "match": "A_BusinessPartner", "method": "POST", "count": 1},
)
XCART_FAULTS: tuple[Mapping[str, Any], ...] = (
    {"kind": "status", "status": 503, "match": "/api/orders", "count": 3, "retry_after": 1},
    {"kind": "status", "status": 429, "match": "/api/orders", "count": 2, "retry_after": 1},
    {"kind": "status", "status": 500, "match": "/api/orders", "count": 1},
    {"kind": "html", "match": "/api/orders", "count": 2},
    {"kind": "cut", "match": "/api/orders", "count": 2},
    {"kind": "drop", "match": "/api/orders", "count": 2},
    {"kind": "latency", "match": "/api/orders", "count": 3, "delay_ms": 300},
)


@dataclass(frozen=True, slots=True)
class Life:
    """One life of the server: how long it lasts, how it ends, what its systems do meanwhile."""

    seconds: float
    ending: Ending
    sap_faults: tuple[Mapping[str, Any], ...]
    xcart_faults: tuple[Mapping[str, Any], ...]
    wrong_password: bool


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a webhook travels: not at all, once or twice, and after how many seconds."""

    times: int
    delay: float


def lives(seed: int, kills: int) -> list[Life]:
    """As many lives as there are kills. One in ten ends by SIGTERM, one in ten has a wrong password."""
    chance = random.Random(f"lives:{seed}")  # noqa: S311 - a plan, not a secret
    found: list[Life] = []
    for number in range(kills):
        faults = chance.sample(SAP_FAULTS, k=chance.randint(0, 3))
        shop = chance.sample(XCART_FAULTS, k=chance.randint(0, 2))
        ending: Ending = "terminate" if number % 10 == 7 else "kill"
        found.append(
            Life(
                chance.uniform(0.15, 1.1), ending, tuple(faults), tuple(shop), wrong_password=number % 10 == 4
            )
        )
    return found


def deliveries(seed: int, count: int) -> list[Delivery]:
    """Of a hundred webhooks some are lost, some come twice, and none comes when it should."""
    chance = random.Random(f"deliveries:{seed}")  # noqa: S311 - a plan, not a secret
    return [Delivery(chance.choices((1, 2, 0), (80, 12, 8))[0], chance.uniform(0, 0.4)) for _ in range(count)]
