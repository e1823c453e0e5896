"""Event Mesh pushes to a webhook: first the handshake, then every message until it is accepted."""

from __future__ import annotations

from typing import Any

import pytest
from mesh_client import MeshClient
from pytest_httpserver import HTTPServer
from sandbox_client import Sap
from werkzeug import Request, Response

from flowrun_sandbox import Sandbox

SUBSCRIPTIONS = "/messagingrest/v1/subscriptions"


def welcome(request: Request) -> Response:
    return Response(headers={"WebHook-Allowed-Origin": request.headers["WebHook-Request-Origin"]})


def subscribe(mesh: MeshClient, httpserver: HTTPServer, name: str = "hook", **more: Any) -> None:
    push = {"type": "webhook", "endpoint": httpserver.url_for("/events"), **more}
    body = {"name": name, "address": "queue:flowrun", "qos": 1, "pushConfig": push}
    answer = mesh.post(SUBSCRIPTIONS, json=body)
    assert answer.status_code == 201, answer.text


def test_after_the_handshake_events_are_pushed_and_acknowledged_by_2xx(
    mesh: MeshClient, httpserver: HTTPServer, sap: Sap
) -> None:
    mesh.publish("one", {"n": 1})
    got = []
    httpserver.expect_ordered_request("/events", "OPTIONS").respond_with_handler(welcome)

    def take(request: Request) -> Response:
        got.append((request.json, request.headers["x-address"], request.content_type))
        return Response(status=202)

    httpserver.expect_ordered_request("/events", "POST").respond_with_handler(take)
    with httpserver.wait(timeout=5) as waiting:
        subscribe(mesh, httpserver)
    assert waiting.result
    assert got == [({"n": 1}, "topic:one", "application/json")]
    assert mesh.get(f"{SUBSCRIPTIONS}/hook").json()["handshakeStatus"] == "verified"
    sap.post("/_sandbox/redeliver")
    assert mesh.all() == []


def test_without_an_allowed_origin_nothing_is_pushed_until_a_handshake_succeeds(
    mesh: MeshClient, httpserver: HTTPServer
) -> None:
    mesh.publish("one", {"n": 1})
    httpserver.expect_ordered_request("/events", "OPTIONS").respond_with_data("")
    httpserver.expect_ordered_request("/events", "OPTIONS").respond_with_handler(welcome)
    httpserver.expect_ordered_request("/events", "POST").respond_with_data("")
    with httpserver.wait(timeout=5) as waiting:
        subscribe(mesh, httpserver)
        asked = (mesh.get(f"{SUBSCRIPTIONS}/hook").json()["handshakeStatus"] for _ in range(2000))
        assert "failed" in asked
        assert mesh.post(f"{SUBSCRIPTIONS}/hook/handshake").status_code == 202
    assert waiting.result


def test_what_is_not_accepted_comes_again(mesh: MeshClient, httpserver: HTTPServer, sap: Sap) -> None:
    sap.post("/_sandbox/settings", json={"push_retry_ms": 1}).raise_for_status()
    for status in (500, 404, 204):
        httpserver.expect_ordered_request("/events", "POST", json={"n": 1}).respond_with_data("", status)
    mesh.publish("one", {"n": 1})
    with httpserver.wait(timeout=5) as waiting:
        subscribe(mesh, httpserver, exemptHandshake=True)
    assert waiting.result


def test_a_paused_subscription_waits_and_goes_on(mesh: MeshClient, httpserver: HTTPServer) -> None:
    httpserver.expect_ordered_request("/events", "POST").respond_with_data("")
    subscribe(mesh, httpserver, exemptHandshake=True)
    state = f"{SUBSCRIPTIONS}/hook/state"
    assert mesh.put(state, json={"action": "pause"}).status_code == 204
    mesh.publish("one", {"n": 1})
    assert mesh.get(f"{SUBSCRIPTIONS}/hook").json()["subscriptionStatus"] == "paused"
    assert httpserver.log == []
    with httpserver.wait(timeout=5) as waiting:
        assert mesh.put(state, json={"action": "resume"}).status_code == 204
    assert waiting.result


def test_the_receivers_own_door_is_opened_with_a_token(
    mesh: MeshClient, httpserver: HTTPServer, sandbox: Sandbox
) -> None:
    auth = {"Authorization": "Bearer t-1"}
    httpserver.expect_ordered_request("/token", "POST").respond_with_json({"access_token": "t-1"})
    httpserver.expect_ordered_request("/events", "OPTIONS", headers=auth).respond_with_handler(welcome)
    httpserver.expect_ordered_request("/events", "POST", headers=auth).respond_with_data("")
    mesh.publish("one", {"n": 1})
    schema = {"type": "oauth2", "grantType": "client_credentials", "clientId": "c", "clientSecret": "s"}
    with httpserver.wait(timeout=5) as waiting:
        subscribe(mesh, httpserver, securitySchema=schema | {"tokenUrl": httpserver.url_for("/token")})
    assert waiting.result
    assert "securitySchema" not in mesh.get(f"{SUBSCRIPTIONS}/hook").json()["pushConfig"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "topic:x"},
        {"address": "queue:nobody"},
        {"qos": 2},
        {"name": ""},
        {"pushConfig": {"type": "webhook", "endpoint": "ftp://x"}},
        {"pushConfig": {"type": "mail", "endpoint": "http://x"}},
    ],
)
def test_a_subscription_that_could_not_work_is_refused(mesh: MeshClient, wrong: dict[str, Any]) -> None:
    push = {"type": "webhook", "endpoint": "http://127.0.0.1:9/events"}
    right = {"name": "hook", "address": "queue:flowrun", "qos": 1, "pushConfig": push}
    assert mesh.post(SUBSCRIPTIONS, json=right | wrong).status_code in {400, 404}
    assert mesh.get(SUBSCRIPTIONS).json() == []


def test_a_name_is_taken_once_and_put_replaces(mesh: MeshClient, httpserver: HTTPServer) -> None:
    subscribe(mesh, httpserver, exemptHandshake=True)
    push = {"type": "webhook", "endpoint": httpserver.url_for("/other"), "exemptHandshake": True}
    body = {"name": "hook", "address": "queue:flowrun", "qos": 0, "pushConfig": push}
    taken = mesh.post(SUBSCRIPTIONS, json=body)
    assert (taken.status_code, taken.json()["error"]["code"]) == (409, "CONFLICT")
    assert mesh.put(f"{SUBSCRIPTIONS}/hook", json=body).status_code == 200
    assert mesh.get(f"{SUBSCRIPTIONS}/hook").json()["pushConfig"]["endpoint"].endswith("/other")
    assert mesh.delete(f"{SUBSCRIPTIONS}/hook").status_code == 204
    assert mesh.get(f"{SUBSCRIPTIONS}/hook").status_code == 404
