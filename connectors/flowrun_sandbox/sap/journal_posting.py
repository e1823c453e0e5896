"""What accounting checks before it posts a journal entry, and the posting.

The chart of accounts is a small piece of SAP's model chart YCOA. Message numbers ``605(RW)``, ``609(RW)``,
``102(F5)`` and ``507(F5)`` are recorded from S/4HANA's journal entry service, ``702(F5)`` and ``201(F5)`` are
the well-known ones for the balance and the period; the others are the sandbox's own.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from mocksap import clock, documents

from flowrun_sandbox.sap import rows
from flowrun_sandbox.sap.journal import BASIC, ITEM

COMPANY_CODES = frozenset({"1010", "1110", "1310", "1710", "2010"})
CHART: Mapping[str, str] = {
    "10010000": "Petty cash",
    "11001000": "Bank 1",
    "11001010": "Bank 1, incoming payments",
    "11001050": "Bank 1, credit card clearing",
    "11002000": "Bank 2",
    "12100000": "Receivables, domestic",
    "12120000": "Receivables, foreign",
    "12600000": "Input tax",
    "21100000": "Payables, domestic",
    "21190000": "Down payments received",
    "22000000": "Output tax",
    "41000000": "Revenue, domestic",
    "41000400": "Revenue, shipping",
    "41000500": "Revenue, foreign",
    "44000000": "Sales deductions",
    "61006000": "Bank charges",
    "65301000": "Payment provider's fees",
    "72010000": "Rounding differences",
}
TAX_ACCOUNT = "22000000"
RECEIVABLES = "12100000"
PAYABLES = "21100000"


@dataclass(frozen=True)
class Line:
    """One line: positive amounts are debits."""

    account: str
    amount: Decimal
    currency: str
    text: str = ""
    customer: str = ""
    supplier: str = ""
    cost_center: str = ""
    profit_center: str = ""
    assignment: str = ""


@dataclass(frozen=True)
class Entry:
    """One journal entry as it was asked for."""

    company_code: str
    document_type: str
    document_date: date
    posting_date: date
    header_text: str
    reference: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class LogItem:
    """A message of the log. Severity 1 is good, 2 a warning, 3 an error."""

    kind: str
    severity: int
    note: str


def problems(conn: sqlite3.Connection, entry: Entry, closed_through: date) -> list[LogItem]:
    """Everything accounting has against it, at once; an empty list may be posted."""
    return [LogItem(kind, 3, note) for kind, note in _problems(conn, entry, closed_through)]


def _problems(conn: sqlite3.Connection, entry: Entry, closed_through: date) -> Iterator[tuple[str, str]]:
    company = entry.company_code
    if company not in COMPANY_CODES:
        yield "165(F5)", f"Company code {company or '(empty)'} does not exist"
        return
    if not entry.document_type:
        yield "114(F5)", "Enter a document type"
    if not _is_open(entry.posting_date, closed_through):
        yield "201(F5)", f"Posting period {entry.posting_date:%m %Y} is not open"
    if not entry.lines:
        yield "166(F5)", "Enter at least one line item"
    for line in entry.lines:
        yield from _problems_of_line(conn, company, line)
    yield from _balance(entry.lines)


def _problems_of_line(conn: sqlite3.Connection, company: str, line: Line) -> Iterator[tuple[str, str]]:
    if line.account.lstrip("0") not in CHART:
        yield "507(F5)", f"G/L account {line.account or '(empty)'} is not defined in chart of accounts YCOA"
    if line.customer and not _is_there(
        conn, "A_CustomerCompany", Customer=line.customer, CompanyCode=company
    ):
        yield "102(F5)", f"Customer {line.customer} is not defined in company code {company}"
    if line.supplier and not _is_there(conn, "A_BusinessPartner", Supplier=line.supplier):
        yield "104(F5)", f"Vendor {line.supplier} is not defined in company code {company}"


def _balance(lines: tuple[Line, ...]) -> Iterator[tuple[str, str]]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        sums[line.currency] += line.amount
    if len(sums) > 1:
        yield "087(F5)", f"Different currencies in one document: {', '.join(sorted(sums))}"
    for currency, rest in sums.items():
        if rest:
            yield "702(F5)", f"Balance in transaction currency: {rest} {currency}"


def _is_open(day: date, closed_through: date) -> bool:
    """Open is what lies after the closing, up to the end of the next month."""
    today: date = clock.now().date()
    months_ahead = (day.year - today.year) * 12 + day.month - today.month
    return day > closed_through and months_ahead <= 1


def _is_there(conn: sqlite3.Connection, table: str, **keys: str) -> bool:
    where = " AND ".join(f'"{name}" = ?' for name in keys)
    found = conn.execute(f'SELECT 1 FROM "{table}" WHERE {where}', list(keys.values()))  # noqa: S608 - our own names
    return found.fetchone() is not None


def post(context: Any, entry: Entry) -> tuple[str, str, str]:
    """Document number, company code and fiscal year of what is in the books now."""
    header = {
        "CompanyCode": entry.company_code,
        "AccountingDocumentType": entry.document_type,
        "DocumentDate": entry.document_date.isoformat(),
        "PostingDate": entry.posting_date.isoformat(),
        "TransactionCurrency": entry.lines[0].currency,
        "HeaderText": entry.header_text[:25],
        "ReferenceDocument": entry.reference[:16],
    }
    lines = [
        {
            "GLAccount": line.account.zfill(10),
            "Amount": line.amount,
            "TransactionCurrency": line.currency,
            "Text": line.text[:50],
            "Customer": line.customer,
            "Supplier": line.supplier,
            "CostCenter": line.cost_center,
            "ProfitCenter": line.profit_center,
        }
        for line in entry.lines
    ]
    document, company, year = documents.post_journal_entry(context, header, lines)
    keys = {"CompanyCode": company, "FiscalYear": year, "AccountingDocument": document}
    rows.change(context.conn, ITEM, keys, DocumentReferenceID=header["ReferenceDocument"])
    for number, line in enumerate(entry.lines, start=1):
        if line.assignment:
            place = keys | {"LedgerGLLineItem": f"{number:06}"}
            rows.change(context.conn, BASIC, place, AssignmentReference=line.assignment[:18])
    context.conn.commit()
    return document, company, year
