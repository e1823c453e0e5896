"""`event_mesh` keeps the contract that every connector keeps. A new operation needs a sample here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from flowrun.errors import Rejected
from flowrun.testing import Answer, ConnectorContract, Sample
from flowrun_connectors.event_mesh import EventMesh

EVENT = {
    "id": "1",
    "source": "/S4",
    "type": "sap.s4.beh.salesorder.v1.SalesOrder.Created.v1",
    "specversion": "1.0",
}
MESSAGE = Answer(
    {**EVENT, "data": {"SalesOrder": "1"}},
    headers={"Content-Type": "application/cloudevents+json", "x-message-id": "m1"},
)
QUEUE = {"queue": "example/shop/1/orders"}


class TestEventMesh(ConnectorContract):
    connector = EventMesh
    answers: ClassVar[Mapping[str, Any]] = {
        "POST /token": Answer({"access_token": "a", "token_type": "bearer", "expires_in": 3600})
    }
    harmless = (
        "POST /token",
        "POST */consumption",
    )  # what is pulled stays in its queue until it is acknowledged
    samples: ClassVar[Mapping[str, Sample]] = {
        "probe": Sample(answers={"GET": Answer([])}),
        "pull": Sample(
            {**QUEUE, "limit": 1}, answers={"POST */consumption": MESSAGE}, expects={"half": Rejected}
        ),
        "acknowledge": Sample(
            {**QUEUE, "message": "m1"},
            answers={"POST */acknowledgement": Answer(status=204)},
            after={"POST */acknowledgement": Answer(status=404)},
            expects={"not found": None, "half": None},
        ),
        "publish": Sample(
            {**QUEUE, "body": {"id": 1}},
            answers={"POST */messages": Answer(status=204)},
            expects={"half": None},
        ),
    }
    reasons: ClassVar[Mapping[str, str]] = {"publish.body": "a message is any JSON"}

    def says(self, reason: str) -> Any:
        return {"error": {"message": reason}}

    def settings(self, url: str) -> Mapping[str, Any]:
        return {"url": url, "token_url": f"{url}/token", "client_id": "c", "client_secret": "s"}
