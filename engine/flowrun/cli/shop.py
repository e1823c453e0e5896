"""Places orders in the sandbox's shop, through its control plane."""

from __future__ import annotations

from typing import Any

from flowrun.component.http import decode, encode
from flowrun.errors import ConfigurationError


def place_orders(shop: str, count: int) -> list[dict[str, Any]]:
    """Places this many orders of the varied mix and gives their `id` and `order_number`."""
    import httpx  # noqa: PLC0415 - a heavy import

    answer = httpx.post(f"{shop}/_sandbox/orders", content=encode({"count": count}), timeout=120)
    if answer.status_code not in (200, 201):
        raise ConfigurationError(f"the shop at {shop} took no orders: HTTP {answer.status_code}")
    placed: list[dict[str, Any]] = decode(answer.content)
    return placed
