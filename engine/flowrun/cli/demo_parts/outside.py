"""What shoppers, the office, the warehouse and bad luck do in both systems, by the back doors of the sandbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flowrun.cli.private_sandbox import Addresses
from flowrun.component.http import decode, encode
from flowrun.errors import ConfigurationError

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True, slots=True)
class Outside:
    """Both systems. Nothing of flowrun is asked or told here."""

    addresses: Addresses
    client: httpx.AsyncClient

    async def shop(self, path: str, **body: Any) -> Any:
        """Something happens in the shop."""
        return await self._posted(f"{self.addresses.xcart}/_sandbox/{path}", body)

    async def sap(self, path: str, **body: Any) -> Any:
        """Something happens in SAP."""
        return await self._posted(f"{self.addresses.sap}/_sandbox/{path}", body)

    async def order(self, order: Any, step: str, **body: Any) -> None:
        """A step on one order: edit, pay, capture, refund, cancel."""
        await self.shop(f"orders/{order['id']}/{step}", **body)

    async def deliveries(self) -> list[dict[str, Any]]:
        """The webhooks that the shop sent, or lost."""
        found: list[dict[str, Any]] = await self._read(f"{self.addresses.xcart}/_sandbox/deliveries")
        return found

    async def queues(self) -> dict[str, int]:
        """How many events of SAP wait in each queue."""
        found: dict[str, int] = (await self._read(f"{self.addresses.sap}/_sandbox/state"))["queues"]
        return found

    async def faults_left(self) -> int:
        """How many requests would still go wrong."""
        rules = [
            *await self._read(f"{self.addresses.sap}/_sandbox/faults"),
            *await self._read(f"{self.addresses.xcart}/_sandbox/faults"),
        ]
        return sum(rule["count"] - rule["hits"] for rule in rules)

    async def no_more_faults(self) -> None:
        """Everything works again, webhooks too."""
        for system in (self.addresses.sap, self.addresses.xcart):
            await self.client.delete(f"{system}/_sandbox/faults")
        await self.shop("settings", webhook_lost=0, webhook_doubled=0, webhook_reordered=0)

    async def _posted(self, address: str, body: dict[str, Any]) -> Any:
        answer = await self.client.post(address, content=encode(body))
        if answer.status_code >= 300:
            raise ConfigurationError(f"the sandbox refuses {address}: {answer.text[:300]}")
        return decode(answer.content)

    async def _read(self, address: str) -> Any:
        return decode((await self.client.get(address)).raise_for_status().content)
