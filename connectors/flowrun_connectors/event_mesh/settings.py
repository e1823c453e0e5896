"""The settings of a connection to Event Mesh, and the parameters of its operations."""

from __future__ import annotations

from typing import Any, Literal

from flowrun.component import Config, Duration, Url, field
from flowrun_connectors.sap.logon import TokenClient


class EventMeshConfig(TokenClient):
    """How to reach one Event Mesh service: all of it stands in its service key."""

    url: Url = field(
        description="The address of the messaging, `uri` of the protocol `httprest` in the service key.",
        examples=["https://enterprise-messaging-pubsub.cfapps.eu10.hana.ondemand.com"],
    )
    token_url: Url = field(
        description="The address that gives tokens, `tokenendpoint` in the service key.",
        examples=["https://example.authentication.eu10.hana.ondemand.com/oauth/token"],
    )
    credentials: Literal["header", "body"] = field(
        "body", description="Where id and secret go in a request for a token: into its body or a header."
    )
    timeout: Duration = field(Duration(30.0), description="How long to wait for one answer.")


class Pull(Config):
    """What to take from a queue."""

    queue: str = field(
        description="The queue's whole name, with its namespace.", examples=["example/shop/1/sales-orders"]
    )
    limit: int = field(50, description="How many messages at most.", least=1)
    types: list[str] = field(
        default_factory=list,
        description=(
            "The types of events that the queue brings. Then validation knows the fields of `event.data`, and "
            "an event of another type is put aside as a dead letter. When left out: any."
        ),
        examples=[["sap.s4.beh.salesorder.v1.SalesOrder.Changed.v1"]],
        constant=True,
    )


class Acknowledge(Config):
    """A message that need not come again."""

    queue: str = field(description="The queue that it came from.")
    message: str = field(description="The `message` of what `pull` brought.")


class Publish(Config):
    """A message for others."""

    queue: str | None = field(None, description="The queue to put it into; or `topic`.")
    topic: str | None = field(
        None, description="The topic to publish it under.", examples=["example/shop/1/ce/order/changed"]
    )
    body: Any = field(description="What is sent, as JSON.")
    content_type: str = field(
        "application/json", description="What it is.", examples=["application/cloudevents+json"]
    )
