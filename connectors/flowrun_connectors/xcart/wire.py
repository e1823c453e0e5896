"""How requests reach a shop: the key, the language, JSON in and out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flowrun.component.http import Answer, Client, client, encode
from flowrun.errors import Cause, Fatal
from flowrun_connectors.xcart.answers import data_of

if TYPE_CHECKING:
    from flowrun.component.http import SendGuard
    from flowrun_connectors.xcart.settings import XCartConfig

Query = Sequence[tuple[str, str]]


class Wire:
    """Sends requests for one connection. `what` names in an error what was asked for, without any data."""

    def __init__(self, connection: str, config: XCartConfig, guard: SendGuard | None) -> None:
        self.connection = connection
        self.config = config
        headers = {"Accept": "application/json", "X-AUTH-TOKEN": config.token.reveal()}
        if config.language:
            headers["Accept-Language"] = config.language
        self.longest_page = 0
        """The longest page of any list so far: the shop cuts none that is shorter."""
        self._client: Client = client(
            connection, base_url=config.url, guard=guard, timeout=config.timeout, headers=headers
        )

    def path(self, operation: str, **parts: int | str) -> str:
        """The address of an operation. Ids are whole numbers by their type, so nothing in them can lead
        elsewhere.
        """
        return self.filled(self.config.path_of(operation), f"paths.{operation}", **parts)

    def filled(self, template: str, setting: str, **parts: int | str) -> str:
        """A path of the settings with its placeholders filled in."""
        try:
            return template.format(**parts)
        except (LookupError, ValueError) as error:
            known = ", ".join(f"{{{name}}}" for name in parts) or "none"
            raise Fatal(
                f"{self.connection}: `{setting}` has a placeholder that is not known there; known: {known}",
                Cause("bad-setting", target=setting, connection=self.connection),
            ) from error

    async def ask(self, path: str, query: Query = (), language: str | None = None) -> Answer:
        """A GET and its answer, whatever its status. Without a `language`, in the connection's own."""
        headers = {"Accept-Language": language} if language else None
        return await self._client.send("GET", path, query=list(query) or None, headers=headers)

    async def get(self, path: str, what: str, language: str | None = None) -> Any:
        """The data at an address."""
        return data_of(self.connection, await self.ask(path, language=language), what)

    async def send(
        self, method: str, path: str, body: Mapping[str, Any], what: str, language: str | None = None
    ) -> Any:
        """What the shop answers to a write."""
        headers = {"Content-Type": "application/json"}
        if language:
            headers["Accept-Language"] = language
        answer = await self._client.send(method, path, body=encode(body), headers=headers)
        return data_of(self.connection, answer, what)

    async def delete(self, path: str, what: str) -> None:
        """Deletes the record at an address. Raises `Rejected` (not-found) when it is gone already."""
        data_of(self.connection, await self._client.send("DELETE", path), what)

    async def close(self) -> None:
        """Closes the client. Twice is fine."""
        await self._client.close()
