"""Journal entries by SOAP: posted at once, refused with a log, or not understood."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from xml.etree.ElementTree import Element

import httpx
import pytest
from defusedxml import ElementTree
from sandbox_client import Sap

PATH = "/sap/bc/srt/scs_ext/sap/journalentrycreaterequestconfi"
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
NAMESPACE = "http://sap.com/xi/SAPSCORE/SFIN"
TODAY = datetime.now(UTC).date()

LINES = """
<Item><ReferenceDocumentItem>1</ReferenceDocumentItem><GLAccount>11001050</GLAccount>
<AmountInTransactionCurrency currencyCode="EUR">97.65</AmountInTransactionCurrency></Item>
<Item><ReferenceDocumentItem>2</ReferenceDocumentItem><GLAccount>0065301000</GLAccount>
<AmountInTransactionCurrency currencyCode="EUR">2.35</AmountInTransactionCurrency>
<DocumentItemText>fee</DocumentItemText><AssignmentReference>PAYOUT-77</AssignmentReference></Item>
<Item><GLAccount>12100000</GLAccount>
<AmountInTransactionCurrency currencyCode="EUR">-100.00</AmountInTransactionCurrency></Item>
"""


def message(
    lines: str = LINES,
    *,
    soap: str = SOAP_11,
    company: str = "1010",
    posted: date = TODAY,
    key: str = "",
    entries: int = 1,
) -> str:
    moment = f"<CreationDateTime>{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}</CreationDateTime>"
    header = f"<MessageHeader>{{}}{moment}</MessageHeader>"
    entry = (
        "<JournalEntry><OriginalReferenceDocumentType>BKPFF</OriginalReferenceDocumentType>"
        "<BusinessTransactionType>RFBU</BusinessTransactionType>"
        "<AccountingDocumentType>SA</AccountingDocumentType><DocumentReferenceID>XC-1042</DocumentReferenceID>"
        "<DocumentHeaderText>payout 77</DocumentHeaderText><CreatedByUser>FLOWRUN</CreatedByUser>"
        f"<CompanyCode>{company}</CompanyCode><DocumentDate>{posted}</DocumentDate>"
        f"<PostingDate>{posted}</PostingDate>{lines}</JournalEntry>"
    )
    requests = "".join(
        f"<JournalEntryCreateRequest>{header.format(f'<ID>E{place}</ID>')}{entry}</JournalEntryCreateRequest>"
        for place in range(entries)
    )
    own = header.format("<ID>MSG-1</ID>" + (f"<UUID>{key}</UUID>" if key else ""))
    return (
        f'<s:Envelope xmlns:s="{soap}"><s:Header/><s:Body><f:JournalEntryBulkCreateRequest '
        f'xmlns:f="{NAMESPACE}">{own}{requests}</f:JournalEntryBulkCreateRequest></s:Body></s:Envelope>'
    )


def post(sap: Sap, body: str, kind: str = "text/xml; charset=utf-8") -> httpx.Response:
    return sap.post(PATH, content=body.encode(), headers={"Content-Type": kind})


def confirmations(answer: httpx.Response) -> list[Element]:
    assert answer.status_code == 200, answer.text
    root = ElementTree.fromstring(answer.content)
    (bulk,) = root.iter(f"{{{NAMESPACE}}}JournalEntryBulkCreateConfirmation")
    assert bulk.findtext("MessageHeader/ReferenceID") == "MSG-1"
    found: list[Element] = bulk.findall("JournalEntryCreateConfirmation")
    return found


def document(answer: httpx.Response) -> str:
    (one,) = confirmations(answer)
    return str(one.findtext("JournalEntryCreateConfirmation/AccountingDocument"))


def notes(answer: httpx.Response) -> str:
    (one,) = confirmations(answer)
    assert one.findtext("Log/MaximumLogItemSeverityCode") == "3"
    assert document(answer) == "0000000000"
    return "\n".join(f"{item.findtext('TypeID')} {item.findtext('Note')}" for item in one.findall("Log/Item"))


def entries(sap: Sap) -> int:
    return int(sap.get(f"{sap.services}/API_JOURNALENTRY_SRV/A_JournalEntry/$count").text)


def test_a_balanced_entry_is_posted_and_read_back(sap: Sap) -> None:
    answer = post(sap, message())
    (one,) = confirmations(answer)
    assert one.findtext("MessageHeader/ReferenceID") == "E0"
    assert one.findtext("Log/MaximumLogItemSeverityCode") == "1"
    assert one.findtext("Log/Item/TypeID") == "605(RW)"
    number = document(answer)
    key = f"AccountingDocument='{number}',CompanyCode='1010',FiscalYear='{TODAY.year}'"
    path = f"API_JOURNALENTRY_SRV/A_JournalEntry({key})"
    read = sap.read(path, **{"$expand": "to_JournalEntryItem"})
    assert (read["AccountingDocumentHeaderText"], read["ReferenceDocument"]) == ("payout 77", "XC-1042")
    lines = read["to_JournalEntryItem"]["results"]
    shown = [(row["GLAccount"], row["DebitCreditCode"], row["AmountInTransactionCurrency"]) for row in lines]
    assert [row[:2] for row in shown] == [("0011001050", "S"), ("0065301000", "S"), ("0012100000", "H")]
    assert [float(row[2]) for row in shown] == [97.65, 2.35, 100]
    cube = sap.read(
        "API_OPLACCTGDOCITEMCUBE_SRV/A_OperationalAcctgDocItemCube",
        **{"$filter": f"AccountingDocument eq '{number}'"},
    )
    assert len(cube["results"]) == 3
    basic = sap.read(
        "API_JOURNALENTRYITEMBASIC_SRV/A_JournalEntryItemBasic",
        **{"$filter": f"AccountingDocument eq '{number}'", "$orderby": "LedgerGLLineItem"},
    )["results"]
    assert [float(row["AmountInTransactionCurrency"]) for row in basic] == [97.65, 2.35, -100]
    assert [row["AssignmentReference"] for row in basic] == ["", "PAYOUT-77", ""]


def test_soap_1_2_is_answered_in_kind(sap: Sap) -> None:
    answer = post(sap, message(soap=SOAP_12), "application/soap+xml; charset=utf-8")
    assert answer.headers["content-type"].startswith("application/soap+xml")
    assert ElementTree.fromstring(answer.content).tag == f"{{{SOAP_12}}}Envelope"
    assert document(answer) != "0000000000"


def test_a_customers_line_is_an_open_item(sap: Sap) -> None:
    customer = sap.customer()
    lines = (
        f"<DebtorItem><ReferenceDocumentItem>1</ReferenceDocumentItem><Debtor>{customer}</Debtor>"
        '<AmountInTransactionCurrency currencyCode="EUR">-5</AmountInTransactionCurrency></DebtorItem>'
        '<Item><GLAccount>11001000</GLAccount><AmountInTransactionCurrency currencyCode="EUR">5'
        "</AmountInTransactionCurrency></Item>"
    )
    number = document(post(sap, message(lines)))
    where = f"AccountingDocument eq '{number}' and Customer eq '{customer}'"
    cube = sap.read("API_OPLACCTGDOCITEMCUBE_SRV/A_OperationalAcctgDocItemCube", **{"$filter": where})
    (row,) = cube["results"]
    assert (row["ClearingAccountingDocument"], row["GLAccount"]) == ("", "0012100000")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"lines": LINES.replace("97.65", "97.00")}, "702(F5) Balance in transaction currency: -0.65 EUR"),
        ({"lines": LINES.replace('"EUR">97', '"USD">97')}, "Different currencies"),
        ({"lines": LINES.replace("11001050", "99999999")}, "507(F5) G/L account 99999999 is not defined"),
        ({"lines": ""}, "Enter at least one line item"),
        ({"company": "9999"}, "Company code 9999 does not exist"),
        ({"company": ""}, "Company code (empty) does not exist"),
        ({"posted": date(2019, 12, 31)}, "201(F5) Posting period 12 2019 is not open"),
        ({"posted": TODAY + timedelta(days=92)}, "is not open"),
        ({"lines": LINES.replace("Item>", "DebtorItem>").replace("GLAccount", "Debtor")}, "102(F5) Customer"),
    ],
)
def test_what_accounting_refuses_is_told_in_the_log(sap: Sap, wrong: dict[str, object], told: str) -> None:
    before = entries(sap)
    said = notes(post(sap, message(**wrong)))  # type: ignore[arg-type]
    assert said.startswith("609(RW) Error in document: BKPFF")
    assert told in said
    assert entries(sap) == before


def test_one_bad_entry_does_not_stop_the_others_of_its_message(sap: Sap) -> None:
    good = message(entries=2)
    bad = good.replace("97.65", "1.00", 1)
    numbers = [
        one.findtext("JournalEntryCreateConfirmation/AccountingDocument")
        for one in confirmations(post(sap, bad))
    ]
    assert numbers[0] == "0000000000"
    assert numbers[1] != "0000000000"


def test_a_period_can_be_closed(sap: Sap) -> None:
    sap.post("/_sandbox/settings", json={"closed_through": str(TODAY)}).raise_for_status()
    assert "is not open" in notes(post(sap, message()))


def test_the_same_message_is_the_same_document_unless_the_system_lacks_that(sap: Sap) -> None:
    key = str(uuid.uuid4())
    first = document(post(sap, message(key=key)))
    assert document(post(sap, message(key=key))) == first
    assert document(post(sap, message())) != first
    sap.post("/_sandbox/settings", json={"same_message_once": False}).raise_for_status()
    assert document(post(sap, message(key=key))) != first


def test_a_message_that_was_lost_on_its_way_back_was_posted(sap: Sap) -> None:
    before, key = entries(sap), str(uuid.uuid4())
    sap.post("/_sandbox/faults", json={"kind": "commit_then_drop", "match": "journalentry"})
    with pytest.raises(httpx.RemoteProtocolError):
        post(sap, message(key=key))
    assert entries(sap) == before + 1
    assert document(post(sap, message(key=key))) != "0000000000"
    assert entries(sap) == before + 1


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("<open>", "XML cannot be parsed"),
        ("<x/>", "is not a SOAP envelope"),
        ("<!DOCTYPE x [<!ENTITY e 'a'>]><x>&e;</x>", "XML cannot be parsed"),
        (message().replace("JournalEntryBulkCreateRequest", "Other"), "has no"),
        (message().replace("CreationDateTime", "Created"), "CreationDateTime is missing"),
        (message().replace("97.65", "many"), "'many' is not an amount"),
        (message().replace("97.65", "NaN"), "'NaN' is not an amount"),
        (message().replace(f"<PostingDate>{TODAY}", "<PostingDate>soon"), "'soon' is not a date"),
        (message().replace(' currencyCode="EUR"', ""), "currencyCode is missing"),
        (message().replace("BusinessTransactionType", "Type"), "BusinessTransactionType is missing"),
        (message().replace("<CompanyCode>", "<f:CompanyCode>").replace("</CompanyCode>", "</f:CompanyCode>"),
         "have no namespace"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_fault_with_500(sap: Sap, body: str, told: str) -> None:
    before = entries(sap)
    answer = post(sap, body)
    assert answer.status_code == 500
    fault = ElementTree.fromstring(answer.content).find(f"{{{SOAP_11}}}Body/{{{SOAP_11}}}Fault")
    assert told in str(fault.findtext("faultstring"))
    assert entries(sap) == before


@pytest.mark.parametrize("kind", ["application/json", "", "application/soap+xml"])
def test_another_content_type_is_a_415(sap: Sap, kind: str) -> None:
    assert post(sap, message(), kind).status_code == 415


def test_other_methods_and_strangers_are_refused(sap: Sap) -> None:
    assert sap.get(PATH).status_code == 405
    assert (
        sap.post(PATH, content=message(), headers={"Content-Type": "text/xml"}, auth=("x", "y")).status_code
        == 401
    )
