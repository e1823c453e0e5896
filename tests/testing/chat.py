"""A connector as somebody else would write it: a chat room over HTTP, sound in every way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowrun.component import Config, Connector, Duration, Secret, Url, field, operation
from flowrun.component.http import Client, NotJson, client, decode, encode, retry_after
from flowrun.errors import Cause, Fatal, Rejected, Retryable
from flowrun.expressions.shapes import INTEGER, TEXT, Many, record
from flowrun.testing import Answer, Sample

MESSAGE = record("message", id=INTEGER, text=TEXT)


class ChatConfig(Config):
    """How to reach the room."""

    url: Url = field(description="The room's address.", examples=["https://chat.example.com/rooms/1"])
    token: Secret = field(description="The bot's token.")
    timeout: Duration = field(Duration(30.0), description="How long to wait for one answer.")


class Message(Config):
    """What is said."""

    text: str = field(description="The text.")


class Latest(Config):
    """How much to read."""

    limit: int = field(10, description="How many messages at most.")


class Chat(Connector[ChatConfig]):
    """Says things in a chat room, and reads what was said."""

    name = "chat"
    Config = ChatConfig
    example = """
    connections:
      team: {chat: {url: "https://chat.example.com/rooms/1", token: "${env:CHAT_TOKEN}"}}
    """
    _client: Client | None = None

    async def open(self) -> None:
        await self.close()
        self._client = client(
            self.connection,
            base_url=self.config.url,
            guard=self.surroundings.guard,
            timeout=self.config.timeout,
            headers={"Authorization": f"Bearer {self.config.token.reveal()}"},
        )

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()

    async def probe(self) -> None:
        await self.asked("GET", "/latest", {"limit": "1"})

    @operation(reads=True, returns=Many(MESSAGE))
    async def latest(self, request: Latest) -> Any:
        """Reads the latest messages."""
        return await self.asked("GET", "/latest", {"limit": str(request.limit)})

    @operation(returns=MESSAGE)
    async def say(self, request: Message) -> Any:
        """Says something."""
        return await self.asked("POST", "/messages", body={"text": request.text})

    @operation(repeatable=True, returns=MESSAGE)
    async def pin(self, request: Message) -> Any:
        """Pins a text on top of the room, unless it is there already."""
        there = await self.asked("GET", "/pinned")
        if there.get("text") == request.text:
            return there
        return await self.asked("PUT", "/pinned", body={"text": request.text})

    def pretend(self, operation_name: str, parameters: Mapping[str, Any]) -> Any:
        return {"id": "(assigned by the room)", "text": parameters["text"]}

    async def asked(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None
    ) -> Any:
        if self._client is None:
            raise RuntimeError("the connector is not open")
        content = None if body is None else encode(body)
        answer = await self._client.send(method, path, query=query, body=content)
        writing = method != "GET"
        if answer.is_success:
            return self.read(answer.content, writing=writing)
        status = answer.status_code
        text = f"{self.connection}: {status} for {method} {path}: {self.reason(answer.content)}"
        cause = Cause(f"http-{status}", status=status, connection=self.connection)
        if status in (401, 403):
            raise Fatal(f"{text}; check `token`", cause)
        if status == 429 or status >= 500:
            doubt = writing and status != 429
            raise Retryable(text, cause, after=retry_after(answer.headers), doubt=doubt)
        raise Rejected(text, cause)

    def read(self, content: bytes, *, writing: bool) -> Any:
        try:
            return decode(content)
        except NotJson as error:
            raise Retryable(f"{self.connection}: the answer is no JSON", doubt=writing) from error

    def reason(self, content: bytes) -> str:
        try:
            return str(decode(content)["message"])
        except (NotJson, KeyError, TypeError):
            return ""


SAMPLES = {
    "latest": Sample({"limit": 2}, answer=Answer([{"id": 1, "text": "hello"}])),
    "say": Sample({"text": "hello"}, answer=Answer({"id": 2, "text": "hello"}, 201)),
    "pin": Sample(
        {"text": "hello"},
        answers={"GET /rooms/1/pinned": {"id": 1, "text": ""}, "PUT": {"id": 1, "text": "hello"}},
        after={"GET": {"id": 1, "text": "hello"}},
    ),
}


def settings(url: str) -> dict[str, Any]:
    return {"url": f"{url}/rooms/1", "token": "t"}
