"""The SOAP service ``JournalEntryCreateRequestConfirmation_In``: journal entries, posted at once.

Request and reply are those of SAP's WSDL (namespace ``http://sap.com/xi/SAPSCORE/SFIN``; the children have no
namespace) and of recorded replies. What accounting refuses is a reply with a log of severity 3 and the document
0000000000; what cannot be read is a SOAP fault with HTTP 500.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from mocksap import clock
from mocksap.service import Response

from flowrun_sandbox.sap.journal_posting import (
    PAYABLES,
    RECEIVABLES,
    TAX_ACCOUNT,
    Entry,
    Line,
    LogItem,
    post,
    problems,
)

PATH = "/sap/bc/srt/scs_ext/sap/journalentrycreaterequestconfi"
NAMESPACE = "http://sap.com/xi/SAPSCORE/SFIN"
SYSTEM = "MCKCLNT100"
_ENVELOPES = {
    "http://schemas.xmlsoap.org/soap/envelope/": "text/xml",
    "http://www.w3.org/2003/05/soap-envelope": "application/soap+xml",
}
_OLD, _NEW = _ENVELOPES

register_namespace("n0", NAMESPACE)
register_namespace("soap-env", _OLD)
register_namespace("env", _NEW)


class _Malformed(Exception):  # noqa: N818 - the word for what it is
    """The message cannot be read."""


@dataclass(frozen=True)
class _Result:
    """What became of one journal entry."""

    document: str = "0000000000"
    company_code: str = ""
    fiscal_year: str = "0000"
    log: tuple[LogItem, ...] = ()


@dataclass
class Memory:
    """The journal entries posted by the UUID of their message: the same message again is not a new one.

    SAP runs a service it classifies as idempotent once per message (note 1097348); whether this one is, depends
    on the system. A message that was refused may come again under its UUID.
    """

    posted: dict[str, _Result] = field(default_factory=dict)


def answer(
    context: Any, content_type: str, body: bytes, memory: Memory | None, closed_through: date
) -> Response:
    """One SOAP call. Without a memory every call is a new one. Call it under the system's lock."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in _ENVELOPES.values():
        return Response(415, body=b"", content_type=None)
    soap = _OLD if kind == "text/xml" else _NEW
    try:
        request = _request(body)
        soap = request.soap
        if kind != _ENVELOPES[soap]:
            return Response(415, body=b"", content_type=None)
        entries = list(_entries(request.root))
        results = [_carried_out(context, key, entry, memory, closed_through) for key, _, entry in entries]
    except _Malformed as error:
        return _fault(soap, str(error))
    return _reply(soap, request.root, [reference for _, reference, _ in entries], results)


def _carried_out(
    context: Any, key: str, entry: Entry, memory: Memory | None, closed_through: date
) -> _Result:
    known = memory.posted.get(key) if memory is not None and key else None
    if known is not None:
        return known
    against = problems(context.conn, entry, closed_through)
    if against:
        head = LogItem("609(RW)", 3, f"Error in document: BKPFF $ {SYSTEM}")
        return _Result(log=(head, *against))
    document, company, year = post(context, entry)
    note = f"Document posted successfully: BKPFF {document}{company}{year} {SYSTEM}"
    result = _Result(document, company, year, (LogItem("605(RW)", 1, note),))
    if memory is not None and key:
        memory.posted[key] = result
    return result


@dataclass(frozen=True)
class _Request:
    soap: str
    root: Element


def _request(body: bytes) -> _Request:
    try:
        envelope = ElementTree.fromstring(body)
    except (ElementTree.ParseError, DefusedXmlException, ValueError) as error:
        raise _Malformed(f"XML cannot be parsed: {error}") from error
    soap = envelope.tag[1:].partition("}")[0]
    if soap not in _ENVELOPES or envelope.tag != f"{{{soap}}}Envelope":
        raise _Malformed(f"{envelope.tag} is not a SOAP envelope")
    payload = envelope.find(f"{{{soap}}}Body")
    root = payload.find(f"{{{NAMESPACE}}}JournalEntryBulkCreateRequest") if payload is not None else None
    if root is None:
        raise _Malformed(f"the body has no {{{NAMESPACE}}}JournalEntryBulkCreateRequest")
    qualified = next((child.tag for child in root.iter() if child is not root and child.tag[:1] == "{"), None)
    if qualified is not None:
        raise _Malformed(f"element {qualified} is not expected: elements below the root have no namespace")
    return _Request(soap, root)


def _entries(root: Element) -> Iterator[tuple[str, str, Entry]]:
    """Of each journal entry: what makes its message the same message, its own id, and what is asked for."""
    bulk = _header(root)
    requests = root.findall("JournalEntryCreateRequest")
    if not requests:
        raise _Malformed("element JournalEntryCreateRequest is missing")
    for place, request in enumerate(requests):
        own = _header(request)
        entry = request.find("JournalEntry")
        if entry is None:
            raise _Malformed("element JournalEntry is missing")
        bulk_key = f"{_text(bulk, 'UUID')}#{place}" if _text(bulk, "UUID") else ""
        yield _text(own, "UUID") or bulk_key, _text(own, "ID"), _entry(entry)


def _header(parent: Element) -> Element:
    header = parent.find("MessageHeader")
    if header is None or not _text(header, "CreationDateTime"):
        raise _Malformed(
            f"element MessageHeader/CreationDateTime is missing in {parent.tag.rpartition('}')[2]}"
        )
    return header


def _entry(element: Element) -> Entry:
    lines = [
        *(_line(item, _text(item, "GLAccount")) for item in element.findall("Item")),
        *(_line(item, RECEIVABLES, "Debtor") for item in element.findall("DebtorItem")),
        *(_line(item, PAYABLES, "Creditor") for item in element.findall("CreditorItem")),
        *(_line(item, TAX_ACCOUNT) for item in element.findall("ProductTaxItem")),
    ]
    for needed in ("OriginalReferenceDocumentType", "BusinessTransactionType", "CreatedByUser"):
        if not _text(element, needed):
            raise _Malformed(f"element JournalEntry/{needed} is missing")
    return Entry(
        company_code=_text(element, "CompanyCode"),
        document_type=_text(element, "AccountingDocumentType"),
        document_date=_day(element, "DocumentDate"),
        posting_date=_day(element, "PostingDate"),
        header_text=_text(element, "DocumentHeaderText"),
        reference=_text(element, "DocumentReferenceID"),
        lines=tuple(lines),
    )


def _line(item: Element, account: str, partner: str = "") -> Line:
    amount = item.find("AmountInTransactionCurrency")
    currency = amount.get("currencyCode", "") if amount is not None else ""
    if amount is None or not currency:
        raise _Malformed(f"element {item.tag}/AmountInTransactionCurrency with its currencyCode is missing")
    try:
        value = Decimal((amount.text or "").strip())
    except InvalidOperation as error:
        raise _Malformed(f"'{amount.text}' is not an amount in {item.tag}") from error
    if not value.is_finite():
        raise _Malformed(f"'{amount.text}' is not an amount in {item.tag}")
    if partner and not _text(item, partner):
        raise _Malformed(f"element {item.tag}/{partner} is missing")
    return Line(
        account=_text(item, "AltvRecnclnAccts") or account,
        amount=value,
        currency=currency,
        text=_text(item, "DocumentItemText"),
        customer=_text(item, "Debtor").lstrip("0"),
        supplier=_text(item, "Creditor").lstrip("0"),
        cost_center=_text(item, "AccountAssignment/CostCenter"),
        profit_center=_text(item, "AccountAssignment/ProfitCenter"),
        assignment=_text(item, "AssignmentReference"),
    )


def _day(element: Element, name: str) -> date:
    text = _text(element, name)
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise _Malformed(f"'{text}' is not a date in JournalEntry/{name}") from error


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _reply(soap: str, root: Element, references: list[str], results: list[_Result]) -> Response:
    envelope = Element(f"{{{soap}}}Envelope")
    SubElement(envelope, f"{{{soap}}}Header")
    confirmation = SubElement(
        SubElement(envelope, f"{{{soap}}}Body"), f"{{{NAMESPACE}}}JournalEntryBulkCreateConfirmation"
    )
    header = _answer_header(confirmation, _text(root, "MessageHeader/ID"))
    _add(header, "SenderBusinessSystemID", SYSTEM)
    _add(confirmation, "ConfirmationInterfaceOrignName", "")
    for reference, result in zip(references, results, strict=True):
        one = SubElement(confirmation, "JournalEntryCreateConfirmation")
        _answer_header(one, reference)
        keys = SubElement(one, "JournalEntryCreateConfirmation")
        _add(keys, "AccountingDocument", result.document)
        _add(keys, "CompanyCode", result.company_code)
        _add(keys, "FiscalYear", result.fiscal_year)
        log = SubElement(one, "Log")
        _add(log, "MaximumLogItemSeverityCode", str(max(item.severity for item in result.log)))
        for item in result.log:
            shown = SubElement(log, "Item")
            _add(shown, "TypeID", item.kind)
            _add(shown, "SeverityCode", str(item.severity))
            _add(shown, "Note", item.note)
    SubElement(confirmation, "Log")
    return _xml(200, soap, envelope)


def _answer_header(parent: Element, reference: str) -> Element:
    header = SubElement(parent, "MessageHeader")
    _add(header, "UUID", str(uuid.uuid4()))
    if reference:
        _add(header, "ReferenceID", reference)
    _add(header, "CreationDateTime", f"{clock.now():%Y-%m-%dT%H:%M:%S.%f}Z")
    return header


def _fault(soap: str, text: str) -> Response:
    envelope = Element(f"{{{soap}}}Envelope")
    fault = SubElement(SubElement(envelope, f"{{{soap}}}Body"), f"{{{soap}}}Fault")
    reason = f"Web service processing error; more details in the web service error log: {text}"
    if soap == _OLD:
        _add(fault, "faultcode", "soap-env:Client")
        _add(fault, "faultstring", reason)
    else:
        _add(SubElement(fault, f"{{{soap}}}Code"), f"{{{soap}}}Value", "env:Sender")
        _add(SubElement(fault, f"{{{soap}}}Reason"), f"{{{soap}}}Text", reason)
    return _xml(500, soap, envelope)


def _add(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text


def _xml(status: int, soap: str, root: Element) -> Response:
    return Response(status, body=tostring(root), content_type=f"{_ENVELOPES[soap]}; charset=utf-8")
