"""Through the front door of a running system: its state belongs to its own thread."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def post(url: str, path: str, shape: dict[str, Any]) -> Any:
    """What the control plane at ``url`` answers; ``HTTPError`` when it will not."""
    request = urllib.request.Request(f"{url}/_sandbox/{path}", json.dumps(shape).encode())  # noqa: S310 - our own address
    with _DIRECT.open(request, timeout=60) as answer:
        return json.loads(answer.read())


def bustle(shoppers: int) -> dict[str, Any]:
    """A storefront with so many shoppers: each orders once a minute, and the office has its hands full.

    Nothing is shipped by the shop itself: what leaves the house is SAP's to say.
    """
    return {
        "orders_per_minute": shoppers,
        "edits": shoppers / 6,
        "payments": shoppers / 3,
        "restocks": shoppers / 3,  # so that a long day does not sell out where no flow writes stock
        "addresses": shoppers / 10,
        "cancellations": shoppers / 20,
    }
