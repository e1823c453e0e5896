"""Accounting: what invoices and payments post, and which receivables are cleared.

The documents are mock-sap's own (its services and BAPIs show them); beside each item stands a line of
API_JOURNALENTRYITEMBASIC_SRV, whose amounts carry a sign: debit above zero, credit below. The company code counts
in the currency of the document, since the sandbox knows no exchange rates.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from mocksap import documents, money
from mocksap.odata import SapError

from flowrun_sandbox.sap import rows
from flowrun_sandbox.sap.rows import Connection, Row

RECEIVABLE, REVENUE, OUTPUT_TAX, BANK = "12100000", "41000000", "22000000", "11001000"
ITEM, BASIC, LEDGER = "A_JournalEntryItem", "A_JournalEntryItemBasic", "0L"
CUBE = "A_OperationalAcctgDocItemCube"  # a view of the items
KEYS = ("CompanyCode", "FiscalYear", "AccountingDocument")


def basic_line(conn: Connection, keys: Row) -> None:
    """The line of the basic service for one journal entry item, however that was posted."""
    item = rows.one(conn, ITEM, **keys)
    header = rows.one(conn, "A_JournalEntry", **{name: keys[name] for name in KEYS})
    if item is None or header is None:
        return
    amount = money.of(item["AmountInTransactionCurrency"])
    amount = amount if item["DebitCreditCode"] == "S" else -amount
    rows.add(
        conn,
        BASIC,
        ID="".join(item[name] for name in (*KEYS, "AccountingDocumentItem")) + LEDGER,
        Ledger=LEDGER,
        LedgerGLLineItem=item["AccountingDocumentItem"],
        AmountInTransactionCurrency=amount,
        CompanyCodeCurrency=item["TransactionCurrency"],
        AmountInCompanyCodeCurrency=amount,
        **{
            name: item[name]
            for name in (*KEYS, "GLAccount", "DebitCreditCode", "TransactionCurrency", "Customer")
        },
        DocumentItemText=item["DocumentItemText"],
        **{
            name: header[name]
            for name in (
                "FiscalPeriod",
                "AccountingDocumentType",
                "PostingDate",
                "DocumentDate",
                "ReferenceDocument",
            )
        },
    )


def _post(conn: Connection, header: Row, lines: list[Row], assignment: str = "") -> Row:
    context = SimpleNamespace(conn=conn, user="FLOWRUN")
    document, company, year = documents.post_journal_entry(context, header, lines)
    keys = {"CompanyCode": company, "FiscalYear": year, "AccountingDocument": document}
    rows.change(conn, ITEM, keys, DocumentReferenceID=header["ReferenceDocument"])
    if assignment:
        rows.change(conn, BASIC, keys, AssignmentReference=assignment)
    return keys


def post_invoice(conn: Connection, billing: Row, *, sign: int = 1) -> None:
    """The journal entry of a billing document; ``sign`` of -1 takes one back."""
    number = billing["BillingDocument"]
    net, tax = (sign * money.of(billing[name]) for name in ("TotalNetAmount", "TaxAmount"))
    receivable = {"GLAccount": RECEIVABLE, "Amount": net + tax, "Text": "Receivable"}
    receivable |= {"Customer": billing["PayerParty"], "PaymentTerms": billing["CustomerPaymentTerms"]}
    lines: list[Row] = [receivable, {"GLAccount": REVENUE, "Amount": -net, "Text": "Revenue"}]
    if tax:
        lines.append({"GLAccount": OUTPUT_TAX, "Amount": -tax, "Text": "Output tax"})
    keys = _post(
        conn,
        {
            "CompanyCode": billing["CompanyCode"],
            "AccountingDocumentType": "RV",
            "PostingDate": rows.today(),
            "TransactionCurrency": billing["TransactionCurrency"],
            "ReferenceDocument": number,
            "HeaderText": f"Invoice {number}",
        },
        lines,
        billing["AssignmentReference"],
    )
    place = {"BillingDocument": number}
    rows.change(conn, "A_BillingDocument", place, **keys)
    billing.update(keys)


def _receivables(conn: Connection, keys: Row) -> list[Row]:
    found = rows.many(conn, ITEM, **{name: keys[name] for name in KEYS})
    return [row for row in found if row["Customer"]]


def is_cleared(conn: Connection, billing: Row) -> bool:
    """Whether somebody has paid."""
    found = _receivables(conn, billing)
    return bool(found) and all(row["ClearingAccountingDocument"] for row in found)


def pay(conn: Connection, billing: Row, reference: str = "") -> Row:
    """An incoming payment of the whole sum clears the receivable; the keys of its journal entry."""
    number = billing["BillingDocument"]
    if is_cleared(conn, billing):
        raise SapError(f"Billing document {number} is paid already", 400, code="F5/263")
    gross = money.of(billing["TotalGrossAmount"])
    keys = _post(
        conn,
        {
            "CompanyCode": billing["CompanyCode"],
            "AccountingDocumentType": "DZ",
            "PostingDate": rows.today(),
            "TransactionCurrency": billing["TransactionCurrency"],
            "ReferenceDocument": reference or number,
            "HeaderText": f"Payment {number}",
        },
        [
            {"GLAccount": BANK, "Amount": gross, "Text": "Incoming payment"},
            {
                "GLAccount": RECEIVABLE,
                "Amount": -gross,
                "Text": f"Payment of {number}",
                "Customer": billing["PayerParty"],
            },
        ],
        billing["AssignmentReference"],
    )
    clear_each_other(conn, billing, keys)
    return keys


def clear_each_other(conn: Connection, first: Row, second: Row) -> None:
    """The receivables of both are open no longer; the second clears."""
    document = second["AccountingDocument"]
    for keys in (first, second):
        for item in _receivables(conn, keys):
            place = {name: item[name] for name in (*KEYS, "AccountingDocumentItem")}
            cleared = {"ClearingAccountingDocument": document, "ClearingDate": rows.today()}
            more: Row = {"ClearingCreationDate": rows.today(), "ClearingDocFiscalYear": second["FiscalYear"]}
            rows.change(conn, ITEM, place, **cleared, **more, ClearingItem=item["AccountingDocumentItem"])
            line = {name: item[name] for name in KEYS} | {"LedgerGLLineItem": item["AccountingDocumentItem"]}
            rows.change(conn, BASIC, line, **cleared)


def seed(conn: Connection) -> None:
    """The items mock-sap was seeded with, in the basic service."""
    for item in rows.many(conn, ITEM):
        keys: dict[str, Any] = {name: item[name] for name in (*KEYS, "AccountingDocumentItem")}
        basic_line(conn, keys)
