"""Events sent to whoever subscribed: an extension of the sandbox, as X-Cart has no public webhook.

It is built the way X-Cart's own push code is (QSL\\CloudSearch): inside the request that caused the event, three
seconds and no more, no second try, a failure only written down. The events are thin: ids and a date, so that the
receiver reads the order itself. On command deliveries get lost, come twice, come late or in another order.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
import ssl
import uuid
from datetime import UTC, datetime

from flowrun_sandbox.xcart.model import Hook
from flowrun_sandbox.xcart.shop import Shop

PATIENCE = 3.0
KEPT_DELIVERIES = 1000
_NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Receivers are on loopback; loading the list of authorities would cost more than the delivery."""

Delivery = tuple[Hook, str, dict[str, object]]


class Courier:
    """Carries the events of one shop. What it did is in ``log``, newest last."""

    def __init__(self, seed: int) -> None:
        self.log: list[dict[str, object]] = []
        self._chance = random.Random(f"{seed}:webhooks")  # noqa: S311 - variety, not secrecy
        self._waiting: list[Delivery] = []
        self._late: set[asyncio.Task[None]] = set()

    async def carry(self, shop: Shop) -> None:
        """Everything the shop has to tell, before the request that caused it is answered."""
        if not shop.outbox:
            return
        told, shop.outbox = shop.outbox, []
        due = [one for event, data in told for one in self._plan(shop, event, data)]
        if not due:
            return
        delay = shop.settings.webhook_delay_ms / 1000
        if not delay:
            await self._send(due)
            return
        task = asyncio.create_task(self._send_late(due, delay))
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    def stop(self) -> None:
        """What is still on its way is not sent."""
        for task in self._late:
            task.cancel()
        self._waiting.clear()

    def _plan(self, shop: Shop, event: str, data: dict[str, object]) -> list[Delivery]:
        """The deliveries of one event, after chance has had its way with them."""
        due: list[Delivery] = []
        for hook in shop.hooks.values():
            if hook.event not in {event, "*"}:
                continue
            stamp = {"occurred_at": datetime.now(UTC).isoformat(), "delivery_id": uuid.uuid4().hex}
            one = (hook, event, {"event": event, **data, **stamp})
            if self._happens(shop.settings.webhook_lost):
                self._note(hook, event, data, "lost")
                continue
            if self._happens(shop.settings.webhook_reordered):
                self._waiting.append(one)
                continue
            due.append(one)
            if self._happens(shop.settings.webhook_doubled):
                due.append(one)
        if due:
            due, self._waiting = [*due, *self._waiting], []
        return due

    def _happens(self, percent: int) -> bool:
        return bool(percent) and self._chance.randrange(100) < percent

    async def _send_late(self, due: list[Delivery], delay: float) -> None:
        await asyncio.sleep(delay)
        await self._send(due)

    async def _send(self, due: list[Delivery]) -> None:
        import httpx  # noqa: PLC0415 - heavy, and most sandboxes send no webhook

        async with httpx.AsyncClient(timeout=PATIENCE, verify=_NO_AUTHORITIES) as client:
            for hook, event, data in due:
                body = json.dumps(data).encode()
                try:
                    url = hook.url.replace("{event}", event)
                    answer = await client.post(url, content=body, headers=_headers(hook, body))
                except (httpx.HTTPError, httpx.InvalidURL) as error:
                    self._note(hook, event, data, type(error).__name__)
                else:
                    self._note(hook, event, data, answer.status_code)

    def _note(self, hook: Hook, event: str, data: dict[str, object], outcome: object) -> None:
        row: dict[str, object] = {"hook": hook.id, "event": event, "id": data["id"], "outcome": outcome}
        self.log = [*self.log[-KEPT_DELIVERIES + 1 :], row]


def _headers(hook: Hook, body: bytes) -> dict[str, str]:
    headers = {"Content-Type": "application/json"}
    if hook.secret:
        headers[hook.secret_header] = hook.secret
    if hook.signing_key:
        signed = hmac.new(hook.signing_key.encode(), body, hashlib.sha256).hexdigest()
        headers[hook.signature_header] = f"sha256={signed}"
    return headers
