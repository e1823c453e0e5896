"""The doors of the SAP system: password, OAuth tokens of two kinds, and the key of a gateway in front."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pyodata
import pytest
import requests
from sandbox_client import Sap

from flowrun_sandbox import Sandbox

ORDERS = "/sap/opu/odata/sap/API_SALES_ORDER_SRV/A_SalesOrder"
SAML_BEARER = "urn:ietf:params:oauth:grant-type:saml2-bearer"


@pytest.fixture
def outside(sandbox: Sandbox, sap: Sap) -> Iterator[httpx.Client]:
    """A client of a fresh system that has not logged on."""
    with httpx.Client(
        base_url=sandbox.sap_url, verify=False, headers={"Accept": "application/json"}
    ) as client:
        yield client


def token(sandbox: Sandbox, client: httpx.Client, **form: str) -> httpx.Response:
    auth = (sandbox.sap_oauth_client, sandbox.sap_oauth_secret)
    return client.post(sandbox.sap_token_url, data={"grant_type": "client_credentials", **form}, auth=auth)


def bearer(answer: httpx.Response) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_a_token_reads_and_writes_beside_the_password(
    sandbox: Sandbox, outside: httpx.Client, sap: Sap
) -> None:
    outside.headers.update(bearer(token(sandbox, outside)))
    assert outside.get(ORDERS).status_code == 200
    csrf = outside.get("/sap/opu/odata/sap/API_BUSINESS_PARTNER/", headers={"x-csrf-token": "Fetch"})
    made = outside.post(
        "/sap/opu/odata/sap/API_BUSINESS_PARTNER/A_BusinessPartner",
        json={"BusinessPartnerCategory": "1", "FirstName": "Jo", "LastName": "Groß"},
        headers={"x-csrf-token": csrf.headers["x-csrf-token"]},
    )
    assert made.status_code == 201, made.text
    assert sap.get(ORDERS).status_code == 200


def test_saps_own_client_works_with_a_bearer_header(sandbox: Sandbox, outside: httpx.Client) -> None:
    with requests.Session() as session:
        session.headers.update(bearer(token(sandbox, outside)))
        url = f"{sandbox.sap_url}/sap/opu/odata/sap/API_MATERIAL_STOCK_SRV"
        client = pyodata.Client(url, session)
        assert client.entity_sets.A_MaterialStock.get_entities().top(2).execute()


def test_a_wrong_token_or_a_wrong_secret_is_a_401(sandbox: Sandbox, outside: httpx.Client) -> None:
    refused = outside.get(ORDERS, headers={"Authorization": "Bearer made-up"})
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]
    wrong = outside.post(sandbox.sap_token_url, data={"grant_type": "client_credentials"}, auth=("x", "y"))
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")


def test_a_lifetime_can_be_shortened_so_that_tokens_run_out(
    sandbox: Sandbox, outside: httpx.Client, sap: Sap
) -> None:
    assert token(sandbox, outside).json()["expires_in"] == 3600
    sap.post("/_sandbox/settings", json={"token_lifetime": 0}).raise_for_status()
    short = token(sandbox, outside)
    assert short.json()["expires_in"] == 0
    assert outside.get(ORDERS, headers=bearer(short)).status_code == 401


def test_a_token_that_expired_is_told_and_a_new_one_works(
    sandbox: Sandbox, outside: httpx.Client, sap: Sap
) -> None:
    old = bearer(token(sandbox, outside))
    sap.post("/_sandbox/faults", json={"kind": "token_expired"})
    refused = outside.get(ORDERS, headers=old)
    assert (refused.status_code, "invalid_token" in refused.headers["www-authenticate"]) == (401, True)
    assert outside.get(ORDERS, headers=old).status_code == 401
    assert outside.get(ORDERS, headers=bearer(token(sandbox, outside))).status_code == 200


def test_the_gateways_key_opens_and_a_wrong_one_does_not(sandbox: Sandbox, outside: httpx.Client) -> None:
    assert outside.get(ORDERS, headers={"APIKey": sandbox.sap_api_key}).status_code == 200
    refused = outside.get(ORDERS, headers={"APIKey": "wrong"})
    assert (refused.status_code, refused.json()["fault"]["faultstring"]) == (401, "Invalid ApiKey")
    assert outside.get(ORDERS).status_code == 401


def assertion(*, audience: str = "sandbox-s4hana", minutes: int = 5, name: str = "FLOWRUN") -> str:
    end = datetime.now(UTC) + timedelta(minutes=minutes)
    xml = (
        '<saml2:Assertion xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion"><saml2:Subject>'
        f"<saml2:NameID>{name}</saml2:NameID></saml2:Subject>"
        f'<saml2:Conditions NotOnOrAfter="{end:%Y-%m-%dT%H:%M:%SZ}"><saml2:AudienceRestriction>'
        f"<saml2:Audience>{audience}</saml2:Audience></saml2:AudienceRestriction></saml2:Conditions>"
        "</saml2:Assertion>"
    )
    return base64.urlsafe_b64encode(xml.encode()).decode().rstrip("=")


def test_a_saml_assertion_becomes_a_token(sandbox: Sandbox, outside: httpx.Client) -> None:
    granted = token(sandbox, outside, grant_type=SAML_BEARER, assertion=assertion(name="Jörg > Groß?"))
    assert granted.status_code == 200, granted.text
    assert outside.get(ORDERS, headers=bearer(granted)).status_code == 200


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (assertion(audience="another", minutes=600), "is for another"),
        (assertion(minutes=-10), "not now"),
        ("", "missing"),
        ("%%%", "not base64url"),
        (base64.b64encode(b"<open>").decode(), "not a readable SAML document"),
        ("<!DOCTYPE x [<!ENTITY e 'a'>]><x>&e;</x>", "not a readable SAML document"),
    ],
)
def test_an_assertion_for_others_or_for_another_time_is_refused(
    sandbox: Sandbox, outside: httpx.Client, sent: str, told: str
) -> None:
    refused = token(sandbox, outside, grant_type=SAML_BEARER, assertion=sent)
    shape: dict[str, Any] = refused.json()
    assert (refused.status_code, shape["error"]) == (400, "invalid_grant")
    assert told in shape["error_description"]
