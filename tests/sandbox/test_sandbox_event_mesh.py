"""Event Mesh: queues that hear of what happens in SAP, read one message a call."""

from __future__ import annotations

import httpx
import pytest
from mesh_client import MeshClient
from sandbox_client import Sap

from flowrun_sandbox import Sandbox
from flowrun_sandbox.sap.event_mesh import matches

CONSUMPTION = "/messagingrest/v1/queues/flowrun/messages/consumption"
QUEUES = "/hub/rest/api/v1/management/messaging/queues"


@pytest.mark.parametrize(
    ("pattern", "topic", "hears"),
    [
        ("a/b", "a/b", True),
        ("a/b", "a/b/c", False),
        ("a/+/c", "a/b/c", True),
        ("a/+", "a/b/c", False),  # one level
        ("a/*", "a/b/c", True),  # at the end: all levels below
        ("a/*", "a", False),
        ("a/*/c", "a/b/c", True),
        ("a/*/c", "a/b/b/c", False),  # elsewhere: one level
        ("a/>", "a/b/c", True),
        ("a/>", "a", False),
        ("a/#", "a", True),
        ("a/#", "a/b/c", True),
        ("#", "a/b", True),
        ("*", "a/b", True),
        ("a.b/c", "aXb/c", False),  # no regular expression
    ],
)
def test_a_topic_pattern_hears_what_it_says(pattern: str, topic: str, hears: bool) -> None:
    assert matches(pattern, topic) is hears


def test_the_default_queue_hears_of_a_new_order(mesh: MeshClient, sap: Sap) -> None:
    customer = sap.customer()
    mesh.all()
    number = sap.order(customer).json()["d"]["SalesOrder"]
    events = mesh.all()
    created = next(event for event in events if event["type"].endswith("SalesOrder.Created.v1"))
    assert created["type"] == "sap.s4.beh.salesorder.v1.SalesOrder.Created.v1"
    assert created["specversion"] == "1.0"
    assert created["source"].startswith("/default/sap.s4.beh/")
    assert created["datacontenttype"] == "application/json"
    assert created["time"].endswith("Z")
    assert created["data"]["SalesOrder"] == number
    assert created["data"]["SoldToParty"] == customer
    assert "to_Item" not in created["data"]
    assert len({event["id"] for event in events}) == len(events)


def test_an_order_that_was_refused_is_no_event(mesh: MeshClient, sap: Sap) -> None:
    mesh.all()
    assert sap.order("9999999").status_code == 400
    assert mesh.all() == []


def test_a_message_tells_its_id_its_topic_and_its_type(mesh: MeshClient, sap: Sap) -> None:
    sap.customer()
    answer = mesh.read()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-address"].startswith(
        "topic:sandbox/s4hana/mck/ce/sap/s4/beh/businesspartner/v1/"
    )
    assert answer.headers["x-message-id"]


@pytest.mark.parametrize("headers", [{}, {"x-qos": "2"}, {"x-qos": ""}])
def test_without_a_quality_of_service_nothing_is_read(mesh: MeshClient, headers: dict[str, str]) -> None:
    refused = mesh.post(CONSUMPTION, headers=headers)
    assert (refused.status_code, refused.json()["error"]["message"]) == (400, "x-qos is invalid")


def test_quality_0_deletes_on_reading(mesh: MeshClient) -> None:
    mesh.publish("one", {"n": 1})
    assert mesh.read(qos=0).json() == {"n": 1}
    empty = mesh.read(qos=0)
    assert (empty.status_code, empty.content) == (204, b"")


def test_quality_1_keeps_a_message_until_it_is_acknowledged(mesh: MeshClient, sap: Sap) -> None:
    mesh.publish("one", {"n": 1})
    first = mesh.read(qos=1)
    assert mesh.read(qos=1).status_code == 204  # out of sight
    assert sap.post("/_sandbox/redeliver").json() == {"released": 1}
    again = mesh.read(qos=1)
    assert (again.json(), again.headers["x-message-id"]) == ({"n": 1}, first.headers["x-message-id"])
    assert mesh.acknowledge(again).status_code == 204
    sap.post("/_sandbox/redeliver")
    assert mesh.read(qos=1).status_code == 204
    assert mesh.acknowledge(again).status_code == 404


def test_the_time_until_a_message_comes_again_is_a_setting(mesh: MeshClient, sap: Sap) -> None:
    sap.post("/_sandbox/settings", json={"redelivery_ms": 0}).raise_for_status()
    mesh.publish("one", {"n": 1})
    assert [mesh.read(qos=1).json() for _ in range(3)] == [{"n": 1}] * 3


def test_a_queue_hears_its_topics_only_and_its_name_may_hold_slashes(mesh: MeshClient, sap: Sap) -> None:
    name = "merchant/shop/orders"
    mesh.hear(name, "sandbox/s4hana/mck/ce/sap/s4/beh/salesorder/v1/SalesOrder/*")
    sap.order(sap.customer())
    assert {event["type"].split(".")[3] for event in mesh.all(name)} == {"salesorder"}
    shown = mesh.get(f"{QUEUES}/merchant%2Fshop%2Forders").json()
    assert (shown["name"], shown["messageCount"]) == (name, 0)


def test_queues_and_their_topics_are_managed(mesh: MeshClient) -> None:
    assert mesh.put(f"{QUEUES}/q").status_code == 201
    assert mesh.put(f"{QUEUES}/q").status_code == 200
    assert mesh.put(f"{QUEUES}/q/subscriptions/a%2Fb").status_code == 201
    assert mesh.get(f"{QUEUES}/q/subscriptions").json() == [{"queueName": "q", "topicPattern": "a/b"}]
    assert mesh.delete(f"{QUEUES}/q/subscriptions/a%2Fb").status_code == 204
    assert mesh.delete(f"{QUEUES}/q/subscriptions/a%2Fb").status_code == 404
    names = [queue["name"] for queue in mesh.get(QUEUES).json()]
    assert (names[0], names[-1]) == ("flowrun", "q")
    assert mesh.delete(f"{QUEUES}/q").status_code == 204
    assert mesh.read("q").status_code == 404


def test_a_message_read_too_often_moves_to_the_dead_message_queue(mesh: MeshClient, sap: Sap) -> None:
    sap.post("/_sandbox/settings", json={"redelivery_ms": 0}).raise_for_status()
    mesh.put(f"{QUEUES}/dead")
    mesh.put(f"{QUEUES}/q", json={"deadMsgQueue": "dead", "maxRedeliveryCount": 1})
    sent = mesh.post("/messagingrest/v1/queues/q/messages", json={"n": 1}, headers={"x-qos": "1"})
    assert sent.status_code == 204
    assert [mesh.read("q", qos=1).status_code for _ in range(3)] == [200, 200, 204]
    assert mesh.read("dead").json() == {"n": 1}


@pytest.mark.parametrize("path", [CONSUMPTION, QUEUES, "/messagingrest/v1/nonsense"])
def test_without_a_token_of_its_own_nobody_comes_in(sandbox: Sandbox, sap: Sap, path: str) -> None:
    form = {"grant_type": "client_credentials"}
    auth = (sandbox.sap_oauth_client, sandbox.sap_oauth_secret)
    of_s4hana = sap.post(sandbox.sap_token_url, data=form, auth=auth).json()["access_token"]
    for authorization in (None, "Bearer made-up", f"Bearer {of_s4hana}"):
        headers = {"Authorization": authorization} if authorization else {}
        assert httpx.post(sandbox.mesh_url + path, headers=headers).status_code == 401


def test_a_wrong_secret_gets_no_token(sandbox: Sandbox) -> None:
    form = {"grant_type": "client_credentials"}
    refused = httpx.post(sandbox.mesh_token_url, data=form, auth=(sandbox.sap_oauth_client, "wrong"))
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    form |= {"client_id": sandbox.sap_oauth_client, "client_secret": sandbox.sap_oauth_secret}
    granted = httpx.post(sandbox.mesh_token_url, data=form).json()
    assert (granted["token_type"], granted["expires_in"]) == ("Bearer", 3600)


def test_an_event_comes_twice_in_another_order_or_late(mesh: MeshClient, sap: Sap) -> None:
    sap.customer()
    mesh.all()
    sap.post("/_sandbox/faults", json={"kind": "duplicate_event", "match": "BusinessPartner/Created"})
    sap.customer("a@example.com")
    twice = [event["id"] for event in mesh.all() if event["type"].endswith("Created.v1")]
    assert len(twice) == 2
    assert len(set(twice)) == 1

    sap.post("/_sandbox/faults", json={"kind": "late_event", "delay_ms": 3_600_000})
    sap.customer("b@example.com")
    assert mesh.all() == []
    sap.post("/_sandbox/redeliver")
    assert len(mesh.all()) == 1

    first = sap.customer("c@example.com")
    sap.post("/_sandbox/faults", json={"kind": "reorder_event"})
    second = sap.customer("d@example.com")
    assert [event["data"]["BusinessPartner"] for event in mesh.all()] == [second, first]


def test_an_acknowledgement_is_lost_and_the_message_comes_again(mesh: MeshClient, sap: Sap) -> None:
    sap.post("/_sandbox/settings", json={"redelivery_ms": 0}).raise_for_status()
    sap.post("/_sandbox/faults", json={"kind": "acknowledgement_lost"})
    mesh.publish("one", {"n": 1})
    message = mesh.read(qos=1)
    assert mesh.acknowledge(message).status_code == 204
    message = mesh.read(qos=1)
    assert message.json() == {"n": 1}
    assert mesh.acknowledge(message).status_code == 204
    assert mesh.read(qos=1).status_code == 204


def test_refusals_and_expired_tokens_meet_event_mesh_too(
    mesh: MeshClient, sap: Sap, sandbox: Sandbox
) -> None:
    mesh.publish("one", {"n": 1})
    for kind, status in (("rate_limit", 429), ("unavailable", 503), ("token_expired", 401)):
        sap.post("/_sandbox/faults", json={"kind": kind, "match": "consumption", "retry_after": 2})
        refused = mesh.read()
        assert refused.status_code == status
    assert mesh.read().status_code == 401  # the token really ended
    mesh.log_on(sandbox)
    assert mesh.read().json() == {"n": 1}
