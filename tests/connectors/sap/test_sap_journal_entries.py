"""Posting journal entries by SOAP: once, balanced, and with SAP's own words when it refuses."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from pytest_httpserver import HTTPServer

from flowrun.component import Url
from flowrun.errors import Rejected, Retryable
from flowrun_connectors.sap import Sap
from flowrun_connectors.sap.settings import JournalEntryLookup
from flowrun_sandbox import Sandbox

pytestmark = pytest.mark.anyio

LOOKUP = JournalEntryLookup(
    service="API_JOURNALENTRY_SRV", entity="A_JournalEntry", reference="ReferenceDocument"
)
PATH = "/sap/bc/srt/scs_ext/sap/journalentrycreaterequestconfi"
SERVICE = "journalentrycreaterequestconfi"
_numbers = itertools.count(1)


@pytest.fixture
async def books(make_sap: Any, sap_control: Any) -> AsyncIterator[Sap]:
    async with make_sap(journal_entry_lookup=LOOKUP) as connector:
        yield connector


@pytest.fixture
def payment(sandbox: Sandbox, order: dict[str, Any]) -> dict[str, Any]:
    """A card payment of a customer, under a reference that no other test uses."""
    return {
        "company_code": "1010",
        "document_type": "DZ",
        "document_date": datetime.now(UTC).date(),
        "posting_date": datetime.now(UTC).date(),
        "reference": f"PAY-{next(_numbers)}",
        "currency": "EUR",
        "header_text": "Card payment",
        "items": [{"GLAccount": "11001050", "AmountInTransactionCurrency": Decimal("119.00")}],
        "debtor_items": [
            {
                "Debtor": order["SoldToParty"],
                "AmountInTransactionCurrency": Decimal("-119"),
                "AssignmentReference": "XC-1042",
                "PaymentDetails": {"PaymentReference": "pi_42"},
            }
        ],
    }


def line(amount: Any, **more: Any) -> dict[str, Any]:
    return {"GLAccount": "11001050", "AmountInTransactionCurrency": amount, **more}


async def post(sap: Sap, entry: dict[str, Any]) -> dict[str, Any]:
    found = await sap.perform("post_journal_entry", entry)
    assert isinstance(found, dict)
    return found


async def stored(sap: Sap, entry: dict[str, Any]) -> list[dict[str, Any]]:
    place = {"service": LOOKUP.service, "entity": LOOKUP.entity, "expand": ["to_JournalEntryItem"]}
    found = await sap.perform("list", {**place, "where": {LOOKUP.reference: entry["reference"]}})
    assert isinstance(found, list)
    return found


async def test_a_payment_is_in_the_books_with_its_lines(books: Sap, payment: dict[str, Any]) -> None:
    result = await post(books, payment)
    assert (result["action"], result["adopted"], result["CompanyCode"]) == ("created", False, "1010")
    assert [message["code"] for message in result["messages"]] == ["RW/605"]
    (document,) = await stored(books, payment)
    assert document["AccountingDocument"] == result["AccountingDocument"]
    assert document["AccountingDocumentHeaderText"] == "Card payment"
    lines = document["to_JournalEntryItem"]
    assert [(line["DebitCreditCode"], Decimal(line["AmountInTransactionCurrency"])) for line in lines] == [
        ("S", Decimal("119")), ("H", Decimal("119")),
    ]  # fmt: skip
    assert lines[1]["Customer"] == payment["debtor_items"][0]["Debtor"]


async def test_the_same_payment_again_is_found_and_not_posted(
    books: Sap, sap_control: Any, payment: dict[str, Any]
) -> None:
    first = await post(books, payment)
    posts = len(sap_control.asked("POST", SERVICE))
    again = await post(books, payment)
    assert (again["adopted"], again["AccountingDocument"]) == (True, first["AccountingDocument"])
    assert len(sap_control.asked("POST", SERVICE)) == posts


@pytest.mark.parametrize("kind", ["commit_then_drop", "html", "cut"])
async def test_a_posting_whose_answer_is_lost_is_found_and_not_repeated(
    books: Sap, sap_control: Any, payment: dict[str, Any], kind: str
) -> None:
    sap_control.fault(kind, match=SERVICE)
    result = await post(books, payment)
    assert result["adopted"]
    (document,) = await stored(books, payment)
    assert document["AccountingDocument"] == result["AccountingDocument"]


async def test_a_posting_that_never_arrived_is_in_doubt(
    books: Sap, sap_control: Any, payment: dict[str, Any]
) -> None:
    sap_control.fault("unavailable", match=SERVICE, retry_after=7)
    with pytest.raises(Retryable) as caught:
        await post(books, payment)
    assert (caught.value.doubt, caught.value.after) == (True, 7.0)
    assert not (await post(books, payment))["adopted"]


async def test_what_accounting_refuses_is_told_in_its_own_words(books: Sap, payment: dict[str, Any]) -> None:
    payment["items"][0]["GLAccount"] = "99"
    with pytest.raises(Rejected, match="G/L account 99 is not defined") as caught:
        await post(books, payment)
    assert caught.value.cause.code == "F5/507"
    assert [detail.code for detail in caught.value.cause.details] == ["RW/609", "F5/507"]
    assert await stored(books, payment) == []


async def test_a_site_may_sort_a_refusal_otherwise(make_sap: Any, payment: dict[str, Any]) -> None:
    payment["items"][0]["GLAccount"] = "99"
    async with make_sap(journal_entry_lookup=LOOKUP, error_codes={"F5/*": "retry"}) as sap:
        with pytest.raises(Retryable) as caught:
            await post(sap, payment)
    assert not caught.value.doubt


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"items": [line(Decimal("120.00"))]}, "differ by 1.00 EUR"),
        ({"items": [{"GlAccount": "1", "AmountInTransactionCurrency": 119}]}, r"items\[0\].GLAccount` is missing"),
        ({"items": [line(119, Txt="x")]}, r"items\[0\].Txt` is no"),
        ({"items": [line("119")]}, "must be a number"),
        ({"items": [line(119, Tax={"TaxCod": "A1"})]}, "did you mean `TaxCode`"),
        ({"items": [line({"value": 119, "currency": "USD"})]}, "do not add up"),
        ({"items": [line(119, DocumentItemText="\x01")]}, "character"),
        ({"items": [], "debtor_items": []}, "`items` is empty"),
        ({"reference": "R" * 17}, "`reference` takes 16 characters"),
        ({"reference": " "}, "`reference` is empty"),
        ({"header_text": "T" * 26}, "takes 25 characters"),
        ({"posting_date": "14.03.2026"}, "`posting_date` must be a day"),
        ({"header": {"Refrence1InDocumentHeader": "x"}}, "did you mean `Reference1InDocumentHeader`"),
    ],
)  # fmt: skip
async def test_what_sap_would_not_take_is_refused_before_anything_is_sent(
    books: Sap, sap_control: Any, payment: dict[str, Any], change: dict[str, Any], told: str
) -> None:
    asked = len(sap_control.asked("POST")) + len(sap_control.asked("GET"))
    with pytest.raises(Rejected, match=told):
        await post(books, {**payment, **change})
    assert len(sap_control.asked("POST")) + len(sap_control.asked("GET")) == asked


# --- against a SAP that answers what the test says -----------------------------------------------

ENTRY = {
    "company_code": "1010",
    "document_type": "DZ",
    "document_date": "2026-03-14",
    "posting_date": "2026-03-14",
    "reference": "PAY-1",
    "currency": "EUR",
    "items": [
        {"GLAccount": "1", "AmountInTransactionCurrency": 5, "AccountAssignment": {"CostCenter": "C1"}},
        {"GLAccount": "2", "AmountInTransactionCurrency": -5, "FinancialTransactionType": "925"},
    ],
}
FOUND = "/sap/opu/odata/sap/API_OPLACCTGDOCITEMCUBE_SRV/A_OperationalAcctgDocItemCube"


@pytest.fixture
async def scripted(make_sap: Any, httpserver: HTTPServer) -> AsyncIterator[Sap]:
    fields = {"Item": ["FinancialTransactionType"]}
    url = Url(httpserver.url_for("/").rstrip("/"))
    async with make_sap(url=url, folder=None, journal_entry_fields=fields) as sap:
        yield sap


def answering(httpserver: HTTPServer, body: str, *rows: dict[str, Any], status: int = 200) -> None:
    httpserver.expect_request(FOUND).respond_with_json({"d": {"results": list(rows)}})
    httpserver.expect_request(PATH, method="POST").respond_with_data(
        body, status=status, content_type="text/xml"
    )


def enveloped(inside: str, soap: str = "http://schemas.xmlsoap.org/soap/envelope/") -> str:
    return f'<s:Envelope xmlns:s="{soap}"><s:Header/><s:Body>{inside}</s:Body></s:Envelope>'


def confirmed(number: str, *items: tuple[str, str, str]) -> str:
    log = "".join(
        f"<Item><TypeID>{kind}</TypeID><SeverityCode>{severity}</SeverityCode><Note>{note}</Note></Item>"
        for kind, severity, note in items
    )
    return enveloped(
        '<n0:JournalEntryBulkCreateConfirmation xmlns:n0="http://sap.com/xi/SAPSCORE/SFIN"><MessageHeader/>'
        "<JournalEntryCreateConfirmation><JournalEntryCreateConfirmation>"
        f"<AccountingDocument>{number}</AccountingDocument><CompanyCode>1010</CompanyCode>"
        f"<FiscalYear>2026</FiscalYear></JournalEntryCreateConfirmation><Log>{log}</Log>"
        "</JournalEntryCreateConfirmation><Log/></n0:JournalEntryBulkCreateConfirmation>"
    )


async def test_the_message_has_sap_s_order_and_the_same_id_each_time(
    scripted: Sap, httpserver: HTTPServer
) -> None:
    answering(httpserver, confirmed("0100000001", ("605(RW)", "1", "posted"), ("011(F5)", "2", "look")))
    result = await post(scripted, ENTRY)
    assert [message["severity"] for message in result["messages"]] == ["info", "warning"]
    await post(scripted, {**ENTRY, "items": ENTRY["items"][::-1]})
    sent = [request for request, _ in httpserver.log if request.path == PATH]
    assert (
        sent[0].headers["SOAPAction"].strip('"').endswith("JournalEntryCreateRequestConfirmation_InRequest")
    )
    assert "x-csrf-token" not in sent[0].headers
    roots = [fromstring(request.data) for request in sent]
    ids = {root.findtext(".//JournalEntryCreateRequest/MessageHeader/UUID") for root in roots}
    assert len(ids) == 1
    entry = roots[0].find(".//JournalEntry")
    names = [child.tag for child in entry]
    assert names.index("AccountingDocumentType") < names.index("CompanyCode") < names.index("Item")
    first, second = entry.findall("Item")
    assert [child.tag for child in first][:3] == [
        "ReferenceDocumentItem", "GLAccount", "AmountInTransactionCurrency",
    ]  # fmt: skip
    assert first.find("AmountInTransactionCurrency").attrib == {"currencyCode": "EUR"}
    assert (first.findtext("AccountAssignment/CostCenter"), first.findtext("DebitCreditCode")) == ("C1", "S")
    assert (second.findtext("FinancialTransactionType"), second.findtext("DebitCreditCode")) == ("925", "H")


@pytest.mark.parametrize("number", ["", "0000000000"])
async def test_an_answer_without_a_number_and_without_an_error_is_in_doubt(
    scripted: Sap, httpserver: HTTPServer, number: str
) -> None:
    answering(httpserver, confirmed(number, ("605(RW)", "1", "fine")))
    with pytest.raises(Retryable) as caught:
        await post(scripted, ENTRY)
    assert caught.value.doubt


async def test_several_documents_with_one_reference_are_left_to_a_person(
    scripted: Sap, httpserver: HTTPServer
) -> None:
    row = {"CompanyCode": "1010", "FiscalYear": "2026"}
    answering(httpserver, "", *({**row, "AccountingDocument": f"10000000{at}"} for at in (1, 1, 2)))
    with pytest.raises(Rejected, match="there are 2 journal entries") as caught:
        await post(scripted, ENTRY)
    assert caught.value.cause.code == "duplicate-found"


async def test_a_document_that_was_reversed_is_not_taken_for_the_posting(
    scripted: Sap, httpserver: HTTPServer
) -> None:
    row = {"CompanyCode": "1010", "FiscalYear": "2026", "AccountingDocument": "100", "IsReversed": True}
    answering(httpserver, "", row)
    with pytest.raises(Rejected, match="was reversed in SAP"):
        await post(scripted, ENTRY)


SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
OLD_FAULT = (
    "<s:Fault><faultcode>{}</faultcode><faultstring>Web service processing error</faultstring>{}</s:Fault>"
)
NEW_FAULT = (
    "<s:Fault><s:Code><s:Value>s:{}</s:Value></s:Code><s:Reason><s:Text>wrong</s:Text></s:Reason></s:Fault>"
)
DETAIL = (
    "<detail><n:X xmlns:n='urn:n'><standard><faultText>Period is closed</faultText><faultDetail>"
    "<text>Period 03 is closed</text><id>F5/201</id></faultDetail></standard></n:X></detail>"
)


@pytest.mark.parametrize(
    ("body", "kind", "code", "told"),
    [
        (enveloped(OLD_FAULT.format("s:Client", "")), Rejected, "soap/Client", "Web service processing error"),
        (enveloped(OLD_FAULT.format("s:Server", "")), Retryable, "soap/Server", "Web service processing error"),
        (enveloped(OLD_FAULT.format("s:Client", DETAIL)), Rejected, "F5/201", "Period is closed"),
        (enveloped(NEW_FAULT.format("Sender"), SOAP_12), Rejected, "soap/Client", "wrong"),
        (enveloped(NEW_FAULT.format("Receiver"), SOAP_12), Retryable, "soap/Server", "wrong"),
        ("<html><body>Bad gateway</body></html>", Retryable, "http-500", "Bad gateway"),
    ],
)  # fmt: skip
async def test_a_fault_is_sorted_by_whose_mistake_it_is(
    scripted: Sap, httpserver: HTTPServer, body: str, kind: type[Exception], code: str, told: str
) -> None:
    answering(httpserver, body, status=500)
    with pytest.raises(kind, match=told) as caught:
        await post(scripted, ENTRY)
    assert caught.value.cause.code == code  # type: ignore[attr-defined] # both are errors of a run
