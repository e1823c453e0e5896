"""The token that SAP wants with every write: fetched once, shared by all calls, fetched again when it has
run out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from flowrun.component.http import Answer

HEADER = "x-csrf-token"


def is_required(answer: Answer) -> bool:
    """Whether a refusal is about the token. Such a request was not carried out, so it may be sent again."""
    return answer.status_code == 403 and answer.headers.get(HEADER, "").lower() == "required"


def token_in(answer: Answer) -> str | None:
    """The token that came with an answer. SAP sends it even with an error."""
    found: str = answer.headers.get(HEADER, "")
    return found if found and found.lower() not in ("required", "fetch") else None


class Tokens:
    """The token of each service root. The cookies that belong to it are kept by the HTTP client.

    `fetch` asks a service root for a token; it answers an empty text for a system that wants none.
    """

    def __init__(self, fetch: Callable[[str], Awaitable[str]]) -> None:
        self._fetch = fetch
        self._known: dict[str, str] = {}
        self._lock = asyncio.Lock()

    async def get(self, root: str, *, stale: str | None = None) -> str:
        """A token for this root; a new one when `stale` is the one we have. Who waits meanwhile gets the
        same.

        It is told by identity which one we have: a system that gives an equal token again must not be asked by
        everybody who waits.
        """
        found = self._known.get(root)
        if found is not None and found is not stale:
            return found
        async with self._lock:
            found = self._known.get(root)
            if found is not None and found is not stale:
                return found
            self._known[root] = await self._fetch(root)
            return self._known[root]
