"""The message of a posting: checked for what SAP would refuse, then written as XML."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5
from xml.etree.ElementTree import Element, SubElement

from flowrun.expressions.suggest import did_you_mean
from flowrun_connectors.sap.journal_entries.fields import LINES, NEEDED, Fields, known
from flowrun_connectors.sap.journal_entries.requests import PostJournalEntry
from flowrun_connectors.sap.odata.entities import BadFieldError

NAMESPACE = "http://sap.com/xi/SAPSCORE/SFIN"
AMOUNT = "AmountInTransactionCurrency"
LONGEST_REFERENCE, LONGEST_TEXT = 16, 25
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_PARAMETERS = {
    "Item": "items",
    "DebtorItem": "debtor_items",
    "CreditorItem": "creditor_items",
    "ProductTaxItem": "product_tax_items",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it is sent: its fields by SAP's names."""

    part: str
    place: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """A posting that may be sent. The same one again has the same `id`: SAP carries out calls with one
    MessageHeader/UUID once, where the service is set up so (SAP note 1097348).
    """

    id: UUID
    root: Element


def message_of(
    request: PostJournalEntry,
    *,
    connection: str,
    user: str,
    own: Mapping[str, Sequence[str]],
    now: datetime | None = None,
) -> Message:
    """Raises `BadFieldError` naming what SAP would not take."""
    header, lines = _header(request, user), list(_lines(request))
    if not lines:
        raise BadFieldError("items", "is empty, and so are the other lists of lines; nothing would be posted")
    moment = f"{(now or datetime.now(UTC)).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    name = f"flowrun:{connection}:{request.company_code.strip()}:{request.reference.strip()}"
    root = Element(f"{{{NAMESPACE}}}JournalEntryBulkCreateRequest")
    _message_header(root, uuid5(NAMESPACE_URL, f"{name}:bulk"), moment)
    one = SubElement(root, "JournalEntryCreateRequest")
    own_id = uuid5(NAMESPACE_URL, name)
    _message_header(one, own_id, moment)
    entry = SubElement(one, "JournalEntry")
    _write(entry, header, known("JournalEntry", own), "header", request.currency)
    for line in lines:
        _write(SubElement(entry, line.part), line.fields, known(line.part, own), line.place, request.currency)
    _check_balance(lines, request.currency)
    return Message(own_id, root)


def _message_header(parent: Element, id_: UUID, moment: str) -> None:
    header = SubElement(parent, "MessageHeader")
    SubElement(header, "ID").text = id_.hex  # 35 characters fit, and a UUID with its dashes has 36
    SubElement(header, "UUID").text = str(id_)
    SubElement(header, "CreationDateTime").text = moment


def _header(request: PostJournalEntry, user: str) -> dict[str, Any]:
    for name in ("company_code", "document_type", "reference", "currency"):
        if not getattr(request, name).strip():
            raise BadFieldError(name, "is empty")
    for name, most in (("reference", LONGEST_REFERENCE), ("header_text", LONGEST_TEXT)):
        if len(getattr(request, name).strip()) > most:
            raise BadFieldError(name, f"takes {most} characters; `max_length: {most}` checks it in the flow")
    return {
        **request.header,
        "OriginalReferenceDocumentType": "BKPFF",  # entered directly, not made from another document
        "BusinessTransactionType": request.business_transaction_type,
        "AccountingDocumentType": request.document_type.strip(),
        "DocumentReferenceID": request.reference.strip(),
        "DocumentHeaderText": request.header_text.strip() or None,
        "CreatedByUser": request.created_by_user or user,
        "CompanyCode": request.company_code.strip(),
        "DocumentDate": _day("document_date", request.document_date),
        "PostingDate": _day("posting_date", request.posting_date),
    }


def _lines(request: PostJournalEntry) -> Iterator[Line]:
    """All lines, numbered through and marked as debit or credit where the flow does not do it itself."""
    number = 0
    for part, parameter in _PARAMETERS.items():
        for at, given in enumerate(getattr(request, parameter)):
            number += 1
            place = f"{parameter}[{at}]"
            missing = next((name for name in (*NEEDED[part], AMOUNT) if given.get(name) in (None, "")), None)
            if missing is not None:
                raise BadFieldError(f"{place}.{missing}", "is missing")
            value, _ = _amount(f"{place}.{AMOUNT}", given[AMOUNT], request.currency)
            usual = {"DebitCreditCode": "H" if value < 0 else "S"}
            if "ReferenceDocumentItem" in LINES[part]:
                usual["ReferenceDocumentItem"] = str(number)
            yield Line(part, place, {**usual, **given})


def _check_balance(lines: Sequence[Line], currency: str) -> None:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        value, of = _amount(f"{line.place}.{AMOUNT}", line.fields[AMOUNT], currency)
        sums[of] += value
    for of, rest in sums.items():
        if rest:
            raise BadFieldError(
                "items", f"and the other lines do not add up: debits and credits differ by {rest:f} {of}"
            )


def _write(parent: Element, values: Mapping[str, Any], fields: Fields, place: str, currency: str) -> None:
    """In the order of the message, whatever the order in the flow. What is null is not sent."""
    for name in values:
        if name not in fields:
            raise BadFieldError(
                f"{place}.{name}",
                f"is no field that is known here; {did_you_mean(name, fields)} "
                "Others of your system are named in `journal_entry_fields` of the connection",
            )
    for name, kind in fields.items():
        value, at = values.get(name), f"{place}.{name}"
        if value is None:
            continue
        if kind == "amount":
            amount, of = _amount(at, value, currency)
            child = SubElement(parent, name, {"currencyCode": of})
            child.text = f"{amount:f}"
        elif isinstance(kind, Mapping) or isinstance(value, Mapping):
            if not isinstance(value, Mapping):
                raise BadFieldError(at, "must be a record")
            inside: Fields = kind if isinstance(kind, Mapping) else {str(one): "text" for one in value}
            _write(SubElement(parent, name), value, inside, at, currency)
        else:
            SubElement(parent, name).text = _text(at, value)


def _amount(at: str, value: Any, currency: str) -> tuple[Decimal, str]:
    """An amount and its currency. `{value: 10, currency: USD}` says another one than the document's."""
    if isinstance(value, Mapping):
        unknown = next((name for name in value if name not in ("value", "currency")), None)
        if unknown is not None:
            raise BadFieldError(
                at, f"has no `{unknown}`; an amount is a number, or a record of value and currency"
            )
        currency, value = str(value.get("currency") or currency), value.get("value")
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise BadFieldError(at, "must be a number; `as: decimal` makes one of a text")
    amount = Decimal(value)
    if not amount.is_finite():
        raise BadFieldError(at, "must be a number")
    return amount, currency.strip()


def _day(name: str, value: Any) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError) as error:
        raise BadFieldError(name, "must be a day such as 2026-03-14; `as: date` makes one") from error


def _text(at: str, value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:f}"
        case datetime():
            raise BadFieldError(at, "must be a text, a number or a day; `as: date` makes a day")
        case date():
            return value.isoformat()
        case int():
            return str(value)
        case str() if not _NOT_IN_XML.search(value):
            return value
        case str():
            raise BadFieldError(at, "holds a character that XML does not have; `as: one_line` takes it out")
        case _:
            raise BadFieldError(at, "must be a single value")
