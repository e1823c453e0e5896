"""The shop's side: sends webhooks, and sends again what got no answer, as any careful caller does."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flowrun.cli.chaos_parts.plan import Delivery
from flowrun.component.http import encode

if TYPE_CHECKING:
    import httpx

SECRET_HEADER = {"X-Flowrun-Secret": "sandbox-webhook-secret", "Content-Type": "application/json"}


@dataclass(slots=True)
class Sender:
    """Sends to wherever the server is now. `accepted` are the events that got a 202."""

    url: str
    client: httpx.AsyncClient
    accepted: list[Mapping[str, Any]] = field(default_factory=list)

    async def send(self, event_name: str, event: Mapping[str, Any], delivery: Delivery) -> None:
        """Sends an event as often as the plan says, each time until it is accepted."""
        for _ in range(delivery.times):
            await asyncio.sleep(delivery.delay)
            await self._until_accepted(event_name, event)

    async def in_order(self, event_name: str, events: list[Mapping[str, Any]]) -> None:
        """Sends events one after another; the next one only when the one before is accepted."""
        for event in events:
            await self._until_accepted(event_name, event)

    async def _until_accepted(self, event_name: str, event: Mapping[str, Any]) -> None:
        import httpx  # noqa: PLC0415 - loaded with the client

        while True:
            try:
                answer = await self.client.post(
                    f"{self.url}/webhooks/xcart/{event_name}", content=encode(event), headers=SECRET_HEADER
                )
            except httpx.TransportError:
                await asyncio.sleep(0.1)
                continue
            if answer.status_code == 202:
                self.accepted.append(event)
                return
            if answer.status_code < 500:
                raise RuntimeError(f"the webhook was refused: HTTP {answer.status_code} {answer.text[:200]}")
            await asyncio.sleep(0.1)
