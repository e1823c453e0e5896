"""How a client proves who it is."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from flowrun.component.values import Secret


@dataclass(frozen=True, slots=True)
class Proof:
    """What is added to a request as it leaves. Only the system sees it: neither the guard nor an answer has it."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)


class LogOn(Protocol):
    """Gives what proves it, and is told when that was refused."""

    async def proof(self) -> Proof:
        """For the next request. May ask elsewhere for a token; raises as an operation would."""

    async def refused(self, proof: Proof) -> bool:
        """An answer was 401. True when it is worth asking once more, with a new `proof`.

        A request that is refused with 401 was not carried out, so a write may be sent again too.
        """


class FixedLogOn:
    """The same proof for every request. Asking again after a refusal would change nothing, and may lock the user."""

    def __init__(
        self, *, headers: Mapping[str, Secret] | None = None, query: Mapping[str, Secret] | None = None
    ) -> None:
        self._headers = dict(headers or {})
        self._query = dict(query or {})

    async def proof(self) -> Proof:
        """As it was given."""
        return Proof(_plain(self._headers), _plain(self._query))

    async def refused(self, proof: Proof) -> bool:
        """Never worth it."""
        return False


def basic(user: str, password: Secret) -> FixedLogOn:
    """A user and a password."""
    plain = b64encode(f"{user}:{password.reveal()}".encode()).decode("ascii")
    return FixedLogOn(headers={"Authorization": Secret(f"Basic {plain}")})


def _plain(secrets: Mapping[str, Secret]) -> dict[str, str]:
    return {name: value.reveal() for name, value in secrets.items()}
