from __future__ import annotations

import json
import traceback
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from flowrun.component import Secret, Url
from flowrun.errors import Detail, Fatal, Rejected, Retryable, RunError
from flowrun_connectors.sap import Sap
from flowrun_connectors.sap.odata.errors import SUMMARY, said
from flowrun_connectors.sap.settings import CodeRule

pytestmark = pytest.mark.anyio

GATEWAY = {
    "error": {
        "code": "/IWBEP/CX_MGW_BUSI_EXCEPTION",
        "message": {"lang": "en", "value": "Document is incomplete"},
        "innererror": {
            "errordetails": [
                {
                    "code": "SLS_LORD/009",
                    "message": "Document is incomplete",
                    "propertyref": "",
                    "severity": "warning",
                },
                {
                    "code": "V1/382",
                    "message": "Material X does not exist",
                    "severity": "error",
                    "target": "Material",
                },
                {"code": "/IWBEP/CX_MGW_BUSI_EXCEPTION", "message": "Summary", "severity": "error"},
            ]
        },
    }
}


def test_the_specific_message_stands_for_the_summary() -> None:
    found = said(json.dumps(GATEWAY).encode())
    assert (found.code, found.text, found.target) == ("V1/382", "Material X does not exist", "Material")
    assert found.details == (Detail("SLS_LORD/009", "Document is incomplete", "", "warning"),)


def test_a_message_of_cap_is_a_record_in_details_too() -> None:
    rows = [{"code": "400", "message": {"lang": "en", "value": "Too long"}, "target": "Name"}]
    body = {"error": {"code": "400", "message": {"value": "Bad"}, "innererror": {"errordetails": rows}}}
    assert said(json.dumps(body).encode()).details == (Detail("400", "Too long", "Name"),)


def test_an_error_in_xml_is_read() -> None:
    body = b"""<?xml version="1.0"?>
    <error xmlns="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">
    <code>/IWBEP/CX_MGW_BUSI_EXCEPTION</code>
    <message xml:lang="en">Summary</message><innererror><errordetails><errordetail><code>V1/382</code>
    <message>Material X does not exist</message><target>Material</target><severity>error</severity>
    </errordetail></errordetails></innererror></error>"""
    found = said(body, "application/xml")
    assert (found.code, found.text, found.target) == ("V1/382", "Material X does not exist", "Material")


@pytest.mark.parametrize("body", [
    b"", b"null", b"[]", b"{", b"<a", b'{"error": 1}', b"\xff\xfe",
    b'{"error": {"message": null, "innererror": {"errordetails": {}}}}',
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><error><code>&b;</code></error>',
])  # fmt: skip
def test_any_other_body_says_nothing_and_does_no_harm(body: bytes) -> None:
    assert said(body).text == ""


def test_a_page_becomes_one_short_line_without_e_mail_addresses() -> None:
    body = b"<html><style>p{}</style><p>Log on, jo@example.com</p>" + b"x" * 5000 + b"</html>"
    text = said(body, "text/html").text
    assert text.startswith("Log on, (e-mail)")
    assert len(text) <= 200


async def asked(sap: Sap, server: HTTPServer, status: int, body: str = "", **headers: str) -> RunError:
    server.expect_request("/sap/opu/odata/sap/S/E").respond_with_data(
        body, status, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    with pytest.raises(RunError) as caught:
        await sap.perform("list", {"service": "S", "entity": "E"})
    return caught.value


@pytest.mark.parametrize(("status", "kind"), [
    (302, Fatal), (400, Rejected), (401, Fatal), (403, Fatal), (404, Rejected), (405, Rejected),
    (408, Retryable), (423, Retryable), (429, Retryable), (500, Retryable), (502, Retryable),
    (503, Retryable), (504, Retryable),
])  # fmt: skip
async def test_each_status_says_what_happens_next(
    scripted_sap: Sap, httpserver: HTTPServer, status: int, kind: type[RunError]
) -> None:
    error = await asked(scripted_sap, httpserver, status)
    assert type(error) is kind
    assert (error.cause.status, error.cause.connection, error.cause.code) == (status, "sap", f"http-{status}")
    assert not getattr(error, "doubt", False)


async def test_a_service_that_is_not_active_is_fatal(scripted_sap: Sap, httpserver: HTTPServer) -> None:
    body = json.dumps({"error": {"code": "/IWFND/MED/170", "message": {"value": "No service found"}}})
    error = await asked(scripted_sap, httpserver, 404, body)
    assert isinstance(error, Fatal)
    assert "No service found" in error.message


@pytest.mark.parametrize(("table", "kind", "owner"), [
    ({"F5/*": {"then": "reject", "owner": "finance"}}, Rejected, "finance"),
    ({"F5/*": {"then": "retry"}}, Retryable, ""),
    ({"F5/702": "fatal"}, Fatal, ""),
    ({}, Rejected, ""),
])  # fmt: skip
async def test_the_table_says_what_follows_from_a_code_and_who_has_to_know(
    make_sap: Any, httpserver: HTTPServer, table: dict[str, Any], kind: type[RunError], owner: str
) -> None:
    body = json.dumps({"error": {"code": "F5/702", "message": "Balance in transaction currency"}})
    rules = {code: CodeRule(**rule) if isinstance(rule, dict) else rule for code, rule in table.items()}
    url = Url(httpserver.url_for("/").rstrip("/"))
    async with make_sap(url=url, folder=None, error_codes=rules) as sap:
        error = await asked(sap, httpserver, 400, body)
    assert (type(error), error.cause.owner) == (kind, owner)


def test_a_summary_s_detail_still_names_the_field() -> None:
    row = {"code": SUMMARY, "message": "no such property", "severity": "error", "target": "NoSuchField"}
    error = {"code": SUMMARY, "message": {"value": "no such property"}, "innererror": {"errordetails": [row]}}
    found = said(json.dumps({"error": error}).encode())
    assert (found.text, found.target) == ("no such property", "NoSuchField")


async def test_retry_after_is_read_in_both_forms(sap: Sap, sap_control: Any) -> None:
    for form in ("seconds", "date"):
        sap_control.fault("rate_limit", match="A_SalesOrder", retry_after=30, retry_after_form=form)
        with pytest.raises(Retryable) as caught:
            await sap.perform("first", {"service": "API_SALES_ORDER_SRV", "entity": "A_SalesOrder"})
        assert caught.value.after == pytest.approx(30, abs=2)


@pytest.mark.parametrize(
    "body", ["<html>Log on</html>", '{"d": {"resul', "null", '{"value": []}', '{"d": {}}']
)
async def test_a_good_status_with_another_body_is_no_answer(
    scripted_sap: Sap, httpserver: HTTPServer, body: str
) -> None:
    error = await asked(scripted_sap, httpserver, 200, body)
    assert isinstance(error, Retryable)
    assert error.cause.code == "not-odata"


async def test_a_wrong_password_is_fatal_and_shown_nowhere(
    make_sap: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    async with make_sap(password=Secret("hunter2-wrong")) as sap:
        with pytest.raises(Fatal) as caught:
            await sap.probe()
    assert caught.value.message.startswith("sap: ")
    assert "`password`" in caught.value.message
    everything = (
        "".join(traceback.format_exception(caught.value)) + repr(sap.config) + repr(sap) + caplog.text
    )
    assert "hunter2" not in everything


async def test_a_wrong_client_is_fatal(make_sap: Any) -> None:
    async with make_sap(client="999") as sap:
        with pytest.raises(Fatal, match="`client`"):
            await sap.probe()


async def test_nobody_there_is_tried_again_later(make_sap: Any) -> None:
    async with make_sap(url=Url("http://127.0.0.1:9")) as sap:
        with pytest.raises(Retryable) as caught:
            await sap.probe()
    assert caught.value.cause.code == "unreachable"


async def test_a_refusal_never_repeats_what_was_sent(sap: Sap, order: dict[str, Any]) -> None:
    order["PurchaseOrderByCustomer"] = "secret-reference-" + "x" * 40
    with pytest.raises(RunError) as caught:
        await sap.perform(
            "create", {"service": "API_SALES_ORDER_SRV", "entity": "A_SalesOrder", "data": order}
        )
    assert "secret-reference" not in caught.value.message
