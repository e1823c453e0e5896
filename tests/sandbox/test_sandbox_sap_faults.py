"""The faults of SAP that a connector must tell from one another."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from sandbox_client import Sap, order

from flowrun_sandbox.faults import Rule, kinds_of
from flowrun_sandbox.sap.faulty import SapRule
from flowrun_sandbox.xcart.faulty import XCartRule

SALES = "API_SALES_ORDER_SRV/A_SalesOrder"


def spoil(sap: Sap, **rule: Any) -> None:
    answer = sap.post("/_sandbox/faults", json=rule)
    assert answer.status_code == 201, answer.text


def count(sap: Sap) -> int:
    return int(sap.get(f"{sap.services}/{SALES}/$count").text)


@pytest.mark.parametrize(
    ("kind", "status", "kept"),
    [
        ("drop_before_commit", None, False),
        ("timeout", None, False),
        ("commit_then_drop", None, True),
        ("commit_then_error", 500, True),
        ("server_error", 500, False),
        ("service_missing", 403, False),
        ("precondition_failed", 412, False),
    ],
)
def test_what_is_lost_on_the_way_is_committed_or_not(
    sap: Sap, kind: str, status: int | None, kept: bool
) -> None:
    customer, before, token = sap.customer(), count(sap), sap.token()
    spoil(sap, kind=kind, delay_ms=1, method="POST")
    try:
        answered = sap.post(f"{sap.services}/{SALES}", json=order(customer), headers=token).status_code
    except httpx.RemoteProtocolError:
        answered = None
    assert answered == status
    assert count(sap) == before + kept


def test_a_token_may_come_with_an_error_and_works(sap: Sap) -> None:
    customer = sap.customer()
    sap.cookies.clear()
    spoil(sap, kind="error_with_token")
    fetched = sap.get(f"{sap.services}/API_SALES_ORDER_SRV/", headers={"x-csrf-token": "Fetch"})
    assert fetched.status_code == 404
    token = {"x-csrf-token": fetched.headers["x-csrf-token"]}
    assert sap.post(f"{sap.services}/{SALES}", json=order(customer), headers=token).status_code == 201


def test_a_missing_authorization_does_not_ask_for_a_token(sap: Sap) -> None:
    spoil(sap, kind="forbidden")
    refused = sap.get(f"{sap.services}/{SALES}")
    assert refused.status_code == 403
    assert "x-csrf-token" not in refused.headers
    assert "authorization" in refused.json()["error"]["message"]["value"]


def test_an_expired_password_is_a_401_with_a_page(sap: Sap) -> None:
    spoil(sap, kind="password_expired")
    refused = sap.get(f"{sap.services}/{SALES}")
    assert (refused.status_code, refused.headers["content-type"]) == (401, "text/html;charset=utf-8")
    assert "expired" in refused.text


def test_a_page_in_place_of_an_answer_comes_with_200(sap: Sap) -> None:
    customer, before, token = sap.customer(), count(sap), sap.token()
    spoil(sap, kind="logon_page", method="POST")
    answer = sap.post(f"{sap.services}/{SALES}", json=order(customer), headers=token)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html;charset=utf-8")
    assert count(sap) == before


def test_an_error_may_be_xml_or_have_the_form_of_v4(sap: Sap) -> None:
    spoil(sap, kind="xml_error", code="V1/382", message="a < b & c")
    refused = sap.get(f"{sap.services}/{SALES}")
    assert refused.headers["content-type"] == "application/xml;charset=utf-8"
    assert "<errordetail><code>V1/382</code><message>a &lt; b &amp; c</message>" in refused.text
    spoil(sap, kind="v4_error")
    told = sap.get(f"{sap.services}/{SALES}").json()["error"]
    assert (told["code"], told["message"]) == ("SABP_BEHV/100", "Document is incomplete")
    assert told["details"][0].keys() == {"code", "message", "target"}


def test_a_warning_comes_with_a_good_answer(sap: Sap) -> None:
    customer, before = sap.customer(), count(sap)
    spoil(sap, kind="warning", code="SLS_LORD/009", message="Document is incomplete")
    answer = sap.order(customer)
    told = json.loads(answer.headers["sap-message"])
    assert (answer.status_code, told["code"], told["severity"]) == (201, "SLS_LORD/009", "warning")
    assert told["message"] == "Document is incomplete"
    assert count(sap) == before + 1


def test_a_lost_session_reads_on_and_writes_no_more(sap: Sap) -> None:
    customer, token = sap.customer(), sap.token()
    spoil(sap, kind="session_lost")
    assert sap.get(f"{sap.services}/{SALES}").status_code == 200
    refused = sap.post(f"{sap.services}/{SALES}", json=order(customer), headers=token)
    assert (refused.status_code, refused.headers["x-csrf-token"]) == (403, "Required")
    assert sap.order(customer).status_code == 201


def test_a_next_page_leads_back_to_itself(sap: Sap) -> None:
    spoil(sap, kind="skiptoken_loop", count=2)
    url = f"{sap.services}/{SALES}?$top=2&$orderby=SalesOrder"
    first = sap.get(url).json()["d"]
    second = sap.get(first["__next"]).json()["d"]
    assert second["__next"] == first["__next"]
    assert second["results"] == first["results"]


def test_a_slow_answer_is_a_good_one(sap: Sap) -> None:
    spoil(sap, kind="slow", delay_ms=1)
    assert sap.get(f"{sap.services}/{SALES}").status_code == 200


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"kind": "lokc"}, "there is no fault 'lokc'; did you mean 'lock'? known: acknowledgement_lost,"),
        ({}, "there is no fault None; known:"),
        ({"kind": "lock", "cuont": 2}, "a fault has no 'cuont'; did you mean 'count'? known: code,"),
        ({"kind": "lock", "match": "("}, "match is no regular expression"),
        ({"kind": "lock", "status": 200}, "status is from 400 to 599"),
        ({"kind": "lock", "count": "many"}, "Expected `int`"),
    ],
)
def test_a_rule_that_cannot_be_applied_is_told_with_what_can(
    sap: Sap, rule: dict[str, Any], told: str
) -> None:
    refused = sap.post("/_sandbox/faults", json=rule)
    assert refused.status_code == 400
    assert told in refused.json()["error"]["message"]["value"]


@pytest.mark.parametrize("rule", [SapRule, XCartRule])
def test_every_kind_is_explained(rule: type[Rule]) -> None:
    assert set(rule.does) == set(kinds_of(rule))


def test_the_shop_tells_its_kinds_too(shop: httpx.Client) -> None:
    refused = shop.post("/_sandbox/faults", json={"kind": "statos", "status": 503})
    assert refused.status_code == 400
    assert "did you mean 'status'?" in refused.text


def test_a_setting_that_cannot_be_is_refused(sap: Sap) -> None:
    assert sap.post("/_sandbox/settings", json={"token_lifetime": -1}).status_code == 400
    assert sap.post("/_sandbox/settings", json={"closed_through": "soon"}).status_code == 400
    assert sap.post("/_sandbox/settings", json={"redelivery": 1}).status_code == 400
    assert sap.get("/_sandbox/settings").json()["token_lifetime"] == 3600
