"""A client of the sandbox's Event Mesh: logged in, reading one message a call."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx

from flowrun_sandbox import Sandbox


class MeshClient(httpx.Client):
    """Reads the queue ``flowrun`` unless told another."""

    def log_on(self, sandbox: Sandbox) -> None:
        """With the grant type in the query, as SAP's own clients send it."""
        answer = self.post(
            sandbox.mesh_token_url,
            params={"grant_type": "client_credentials", "response_type": "token"},
            auth=(sandbox.sap_oauth_client, sandbox.sap_oauth_secret),
        )
        assert answer.status_code == 200, answer.text
        self.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def read(self, queue: str = "flowrun", *, qos: int = 0) -> httpx.Response:
        path = f"/messagingrest/v1/queues/{quote(queue, safe='')}/messages/consumption"
        return self.post(path, headers={"x-qos": str(qos)})

    def acknowledge(self, message: httpx.Response, queue: str = "flowrun") -> httpx.Response:
        name, number = quote(queue, safe=""), message.headers["x-message-id"]
        return self.post(f"/messagingrest/v1/queues/{name}/messages/{number}/acknowledgement")

    def publish(self, topic: str, body: Any) -> None:
        answer = self.post(
            f"/messagingrest/v1/topics/{quote(topic, safe='')}/messages", json=body, headers={"x-qos": "1"}
        )
        assert answer.status_code == 204, answer.text

    def hear(self, queue: str, *topics: str) -> None:
        """A queue that is subscribed to these topics."""
        base = f"/hub/rest/api/v1/management/messaging/queues/{quote(queue, safe='')}"
        assert self.put(base).status_code in {200, 201}
        for topic in topics:
            assert self.put(f"{base}/subscriptions/{quote(topic, safe='')}").status_code == 201

    def all(self, queue: str = "flowrun") -> list[Any]:
        """Everything in sight, in order; it is gone afterwards."""
        found = []
        while (answer := self.read(queue)).status_code == 200:
            found.append(answer.json())
        assert answer.status_code == 204
        return found
