"""Event Mesh's push subscriptions and the management of its queues."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from mocksap.service import Response

from flowrun_sandbox.sap.event_mesh import Mesh, Queue, Subscription
from flowrun_sandbox.sap.event_mesh_wire import (
    MANAGEMENT,
    MESSAGES,
    Call,
    Refused,
    done,
    object_of,
    queue_of,
)


def _subscription(mesh: Mesh, name: str) -> Subscription:
    subscription = mesh.subscriptions.get(name)
    if subscription is None:
        raise Refused(404, f"subscription '{name}' does not exist")
    return subscription


def _subscriptions(mesh: Mesh, _call: Call) -> Response:
    return done(200, [_shown(one) for one in list(mesh.subscriptions.values())])


def _show_subscription(mesh: Mesh, _call: Call, name: str) -> Response:
    return done(200, _shown(_subscription(mesh, name)))


def _shown(subscription: Subscription) -> dict[str, Any]:
    """Without the secrets of its security schema."""
    hidden = {"securitySchema"}
    return {
        "name": subscription.name,
        "address": f"queue:{subscription.queue}",
        "qos": subscription.qos,
        "pushConfig": {key: value for key, value in subscription.push.items() if key not in hidden},
        "subscriptionStatus": "paused" if subscription.paused else "active",
        "handshakeStatus": subscription.handshake,
    }


def _subscribe(mesh: Mesh, call: Call, name: str = "") -> Response:
    """POST makes one and refuses a name that is taken; PUT makes or replaces it."""
    said = object_of(call)
    name = name or str(said.get("name") or "")
    if not name:
        raise Refused(400, "a subscription needs a name")
    subscription = _new_subscription(mesh, name, said)
    with mesh.changed:
        known = name in mesh.subscriptions
        if known and call.method == "POST":
            raise Refused(409, f"subscription '{name}' exists already")
        mesh.subscriptions[name] = subscription
        mesh.changed.notify_all()
    return done(200 if known else 201, _shown(subscription))


def _new_subscription(mesh: Mesh, name: str, said: dict[str, Any]) -> Subscription:
    kind, _, queue = str(said.get("address") or "").partition(":")
    if kind != "queue":
        raise Refused(400, "address is 'queue:' and the name of a queue")
    queue_of(mesh, queue)
    push = said.get("pushConfig")
    if not isinstance(push, dict) or push.get("type") != "webhook":
        raise Refused(400, "pushConfig has the type 'webhook'")
    target = urlsplit(str(push.get("endpoint") or ""))
    if target.scheme not in {"http", "https"} or not target.hostname:
        raise Refused(400, "pushConfig.endpoint is an http or https URL")
    qos = said.get("qos", 0)
    if qos not in {0, 1}:
        raise Refused(400, "qos is 0 or 1")
    exempt = bool(push.get("exemptHandshake"))
    return Subscription(name, queue, qos, push, handshake="exempted" if exempt else "requested")


def _unsubscribe(mesh: Mesh, _call: Call, name: str) -> Response:
    with mesh.changed:
        _subscription(mesh, name)
        del mesh.subscriptions[name]
    return done()


def _handshake(mesh: Mesh, _call: Call, name: str) -> Response:
    """Asks again; for a receiver that was not up when the subscription was made."""
    with mesh.changed:
        _subscription(mesh, name).handshake = "requested"
        mesh.changed.notify_all()
    return done(202)


def _set_state(mesh: Mesh, call: Call, name: str) -> Response:
    action = object_of(call).get("action")
    if action not in {"pause", "resume"}:
        raise Refused(400, "action is 'pause' or 'resume'")
    with mesh.changed:
        _subscription(mesh, name).paused = action == "pause"
        mesh.changed.notify_all()
    return done()


def _queues(mesh: Mesh, _call: Call) -> Response:
    return done(200, [_queue_shown(queue) for queue in list(mesh.queues.values())])


def _show_queue(mesh: Mesh, _call: Call, name: str) -> Response:
    return done(200, _queue_shown(queue_of(mesh, name)))


def _queue_shown(queue: Queue) -> dict[str, Any]:
    return {
        "name": queue.name,
        "messageCount": len(queue.messages),
        "queueSizeInBytes": sum(len(message.body) for message in list(queue.messages.values())),
        "deadMsgQueue": queue.dead_message_queue,
        "maxRedeliveryCount": queue.max_redeliveries,
    }


def _make_queue(mesh: Mesh, call: Call, name: str) -> Response:
    said = object_of(call) if call.body.strip() else {}
    redeliveries = said.get("maxRedeliveryCount") or 0
    if not isinstance(redeliveries, int) or redeliveries < 0:
        raise Refused(400, "maxRedeliveryCount is a whole number")
    with mesh.changed:
        known = mesh.queues.get(name)
        queue = mesh.queues.setdefault(name, Queue(name))
        queue.dead_message_queue = str(said.get("deadMsgQueue") or "")
        queue.max_redeliveries = redeliveries
    return done(200 if known else 201, _queue_shown(queue))


def _delete_queue(mesh: Mesh, _call: Call, name: str) -> Response:
    with mesh.changed:
        queue_of(mesh, name)
        del mesh.queues[name]
    return done()


def _topics(mesh: Mesh, _call: Call, name: str) -> Response:
    queue = queue_of(mesh, name)
    return done(200, [{"queueName": name, "topicPattern": topic} for topic in queue.topics])


def _hear(mesh: Mesh, call: Call, name: str, topic: str) -> Response:
    queue = queue_of(mesh, name)
    with mesh.changed:
        known = topic in queue.topics
        if call.method == "PUT" and not known:
            queue.topics.append(topic)
        elif call.method == "DELETE" and known:
            queue.topics.remove(topic)
    if call.method == "PUT":
        return done(200 if known else 201, {"queueName": name, "topicPattern": topic})
    if not known:
        raise Refused(404, f"queue '{name}' is not subscribed to '{topic}'")
    return done(
        204 if call.method == "DELETE" else 200, b"" if call.method == "DELETE" else {"topicPattern": topic}
    )


def _ready(_mesh: Mesh, _call: Call) -> Response:
    return done(200, {"status": "ready"})


_ONE = "([^/]+)"
OPERATIONS: tuple[tuple[set[str], str, Callable[..., Response]], ...] = (
    ({"GET"}, f"{MESSAGES}/subscriptions", _subscriptions),
    ({"POST", "PUT"}, f"{MESSAGES}/subscriptions", _subscribe),
    ({"PUT"}, f"{MESSAGES}/subscriptions/{_ONE}", _subscribe),
    ({"GET"}, f"{MESSAGES}/subscriptions/{_ONE}", _show_subscription),
    ({"DELETE"}, f"{MESSAGES}/subscriptions/{_ONE}", _unsubscribe),
    ({"POST"}, f"{MESSAGES}/subscriptions/{_ONE}/handshake", _handshake),
    ({"PUT"}, f"{MESSAGES}/subscriptions/{_ONE}/state", _set_state),
    ({"GET"}, f"{MANAGEMENT}/readinessCheck", _ready),
    ({"GET"}, f"{MANAGEMENT}/queues", _queues),
    ({"GET"}, f"{MANAGEMENT}/queues/{_ONE}", _show_queue),
    ({"PUT"}, f"{MANAGEMENT}/queues/{_ONE}", _make_queue),
    ({"DELETE"}, f"{MANAGEMENT}/queues/{_ONE}", _delete_queue),
    ({"GET"}, f"{MANAGEMENT}/queues/{_ONE}/subscriptions", _topics),
    ({"GET", "PUT", "DELETE"}, f"{MANAGEMENT}/queues/{_ONE}/subscriptions/{_ONE}", _hear),
)
