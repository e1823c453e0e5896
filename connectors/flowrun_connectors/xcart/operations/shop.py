"""What all operations stand on: the opened API of one shop."""

from __future__ import annotations

import logging
from collections import deque
from typing import Any

from flowrun.component import Connector, Surroundings
from flowrun.errors import Cause, Rejected
from flowrun_connectors.xcart.api import Api
from flowrun_connectors.xcart.settings import XCartConfig

_LOG = logging.getLogger("flowrun.xcart")


class ShopConnector(Connector[XCartConfig]):
    """A connection to one shop."""

    _api: Api | None = None

    def __init__(self, config: XCartConfig, surroundings: Surroundings) -> None:
        """`warnings` holds what had to be left out of lists: the last hundred, for the runner to show."""
        super().__init__(config, surroundings)
        self.warnings: deque[str] = deque(maxlen=100)

    async def close(self) -> None:
        """Closes the client. Twice is fine."""
        if self._api is not None:
            await self._api.close()

    async def probe(self) -> None:
        """Asks for orders that do not exist."""
        await self._opened.probe()

    async def _do(self, operation: str, request: Any) -> Any:
        """The operation in the words of the shop's API, or a refusal where that has no such thing."""
        method = self._opened.method(operation)
        if method is None:
            raise Rejected(
                f"{self.connection}: {self._opened.name} has no way to do `{operation}`",
                Cause("unsupported", target=operation, connection=self.connection),
            )
        return await method(request)

    @property
    def _opened(self) -> Api:
        if self._api is None:
            raise RuntimeError("the connector is not open")
        return self._api

    def _report(self, warning: str) -> None:
        if warning not in self.warnings:
            self.warnings.append(warning)
            _LOG.warning("%s", warning)
