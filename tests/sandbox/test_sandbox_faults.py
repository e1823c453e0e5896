"""Every fault does what it says, as often as it says, and leaves behind what it says."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest
from sandbox_client import Sap, order

SALES = "API_SALES_ORDER_SRV/A_SalesOrder"
STATUS = "/api/orders/1187/shipping_status"


def spoil(client: httpx.Client, **rule: Any) -> None:
    answer = client.post("/_sandbox/faults", json=rule)
    assert answer.status_code == 201, answer.text


def count(sap: Sap) -> int:
    return int(sap.get(f"{sap.services}/{SALES}/$count").text)


@pytest.mark.parametrize("status", [429, 503, 500])
def test_the_shop_refuses_as_often_as_it_was_told(shop: httpx.Client, status: int) -> None:
    spoil(shop, kind="status", status=status, retry_after=7, match="^/api/orders$", count=2)
    assert shop.get("/api/orders/1187").status_code == 200
    for _ in range(2):
        refused = shop.get("/api/orders")
        assert (refused.status_code, refused.headers["retry-after"]) == (status, "7")
    assert shop.get("/api/orders").status_code == 200


def test_a_retry_after_may_be_a_date(shop: httpx.Client, sap: Sap) -> None:
    spoil(shop, kind="status", status=429, retry_after=60, retry_after_form="date")
    spoil(sap, kind="rate_limit", retry_after=60, retry_after_form="date")
    for refused in (shop.get("/api/orders"), sap.get(f"{sap.services}/{SALES}")):
        assert refused.status_code == 429
        assert 50 < parsedate_to_datetime(refused.headers["retry-after"]).timestamp() - time.time() <= 61


def test_the_shop_shows_a_page_in_place_of_json(shop: httpx.Client) -> None:
    spoil(shop, kind="html")
    answer = shop.get("/api/orders")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_the_shop_takes_its_time(shop: httpx.Client) -> None:
    spoil(shop, kind="latency", delay_ms=120)
    started = time.monotonic()
    assert shop.get("/api/orders/1187").json()["id"] == 1187
    assert time.monotonic() - started > 0.11


def test_the_shop_sends_half_an_answer(shop: httpx.Client) -> None:
    spoil(shop, kind="cut")
    with pytest.raises(httpx.RemoteProtocolError, match="complete message"):
        shop.get("/api/orders")
    assert shop.get("/api/orders").status_code == 200


@pytest.mark.parametrize(("when", "code"), [(None, "S"), ("after", "S"), ("before", "N")])
def test_the_shop_hangs_up_after_or_before_the_work(shop: httpx.Client, when: str | None, code: str) -> None:
    spoil(shop, kind="drop", method="PUT", when=when)
    with pytest.raises(httpx.RemoteProtocolError):
        shop.put(STATUS, json={"code": "S"})
    assert shop.get(STATUS).json()["code"] == code


def test_the_shop_does_the_work_and_says_it_did_not(shop: httpx.Client) -> None:
    spoil(shop, kind="status", status=500, when="after", method="PUT")
    assert shop.put(STATUS, json={"code": "S"}).status_code == 500
    assert shop.get(STATUS).json()["code"] == "S"


def test_rules_are_listed_and_cleared_and_requests_are_logged(shop: httpx.Client) -> None:
    spoil(shop, kind="status", status=503, count=0, match="^/api/products")
    for _ in range(3):
        assert shop.get("/api/products?page=2").status_code == 503
    assert [(rule["kind"], rule["hits"]) for rule in shop.get("/_sandbox/faults").json()] == [("status", 3)]
    assert shop.delete("/_sandbox/faults").json() == {"cleared": 1}
    assert shop.get("/api/products").status_code == 200
    log = shop.get("/_sandbox/requests").json()
    assert log[0] == {"method": "GET", "path": "/api/products", "query": "page=2", "status": 503}
    assert [entry["status"] for entry in log] == [503, 503, 503, 200]


def test_sap_commits_and_hangs_up(sap: Sap) -> None:
    customer, before, token = sap.customer(), count(sap), sap.token()
    spoil(sap, kind="commit_then_drop", match="A_SalesOrder$")
    with pytest.raises(httpx.RemoteProtocolError):
        sap.post(f"{sap.services}/{SALES}", json=order(customer), headers=token)
    assert count(sap) == before + 1


def test_sap_commits_and_answers_too_late(sap: Sap) -> None:
    customer, before, token = sap.customer(), count(sap), sap.token()
    spoil(sap, kind="commit_then_timeout", delay_ms=400)
    with pytest.raises(httpx.ReadTimeout):
        sap.post(f"{sap.services}/{SALES}", json=order(customer), headers=token, timeout=0.2)
    assert count(sap) == before + 1


def test_sap_shows_a_page_under_the_true_status(sap: Sap) -> None:
    customer, before, token = sap.customer(), count(sap), sap.token()
    spoil(sap, kind="html", method="POST")
    answer = sap.post(f"{sap.services}/{SALES}", json=order(customer), headers=token)
    assert (answer.status_code, answer.headers["content-type"]) == (201, "text/html;charset=utf-8")
    assert count(sap) == before + 1


def test_sap_sends_half_an_answer(sap: Sap) -> None:
    spoil(sap, kind="cut")
    with pytest.raises(httpx.RemoteProtocolError):
        sap.get(f"{sap.services}/{SALES}")
    assert count(sap) == 25


def test_saps_tokens_expire_for_the_next_writing_calls_only(sap: Sap) -> None:
    customer, token = sap.customer(), sap.token()
    spoil(sap, kind="csrf_expired", count=2)
    assert sap.get(f"{sap.services}/{SALES}").status_code == 200
    for _ in range(2):
        refused = sap.post(f"{sap.services}/{SALES}", json=order(customer), headers=token)
        assert (refused.status_code, refused.headers["x-csrf-token"]) == (403, "Required")
    assert sap.post(f"{sap.services}/{SALES}", json=order(customer), headers=token).status_code == 403
    assert sap.order(customer).status_code == 201


def test_saps_lock_is_a_business_error_by_its_code(sap: Sap) -> None:
    customer, before = sap.customer(), count(sap)
    spoil(sap, kind="lock", code="V1/042")
    refused = sap.order(customer)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "V1/042")
    assert "currently being processed" in refused.json()["error"]["message"]["value"]
    assert count(sap) == before


@pytest.mark.parametrize(("kind", "status"), [("unavailable", 503), ("rate_limit", 429)])
def test_sap_refuses_with_the_time_to_wait(sap: Sap, kind: str, status: int) -> None:
    spoil(sap, kind=kind, retry_after=30)
    refused = sap.get(f"{sap.services}/{SALES}")
    assert (refused.status_code, refused.headers["retry-after"]) == (status, "30")
    assert sap.get(f"{sap.services}/{SALES}").status_code == 200


def test_mock_saps_own_faults_are_there_too(sap: Sap) -> None:
    sap.post("/_mock/faults", json={"status": 500, "match": "A_SalesOrder", "count": 1}).raise_for_status()
    assert sap.get(f"{sap.services}/{SALES}").status_code == 500
    assert sap.get(f"{sap.services}/{SALES}").status_code == 200


@pytest.mark.parametrize(
    "rule", [{"kind": "nonsense"}, {"kind": "lock", "match": "("}, {"kind": "lock", "x": 1}]
)
def test_sap_refuses_a_rule_it_cannot_apply(sap: Sap, rule: dict[str, Any]) -> None:
    assert sap.post("/_sandbox/faults", json=rule).status_code == 400
    assert sap.get("/_sandbox/faults").json() == []
