"""What tests hold in their hands: a command that ended, and the back door of a sandbox system."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out, parse_float=Decimal)


Run = Callable[..., Ran]


class Control(httpx.Client):
    """The back door of a sandbox system: orders, faults on command, and what was asked of it."""

    def fault(self, kind: str, **rule: Any) -> None:
        self.post("/_sandbox/faults", json={"kind": kind, **rule}).raise_for_status()

    def order(self, **spec: Any) -> dict[str, Any]:
        """One order, as an event: its `id` and `order_number`."""
        plain = {"email": "kim@example.com", "lines": [{"sku": "MUG-01", "amount": 1}]}
        answer = self.post("/_sandbox/orders", json=plain | spec)
        assert answer.status_code == 201, answer.text
        (placed,) = answer.json()
        return dict(placed)

    def asked(self, *methods: str, path: str = "") -> list[str]:
        """The paths that were asked for with these methods, oldest first."""
        rows = self.get("/_sandbox/requests").raise_for_status().json()
        return [row["path"] for row in rows if row["method"] in methods and path in row["path"]]
