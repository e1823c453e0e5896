"""The parameters of a posting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowrun.component import Config, field

Lines = list[Mapping[str, Any]]


class PostJournalEntry(Config):
    """A journal entry. Lines hold SAP's own field names; debits are positive and credits negative."""

    company_code: str = field(description="The company code.", examples=["1010"])
    document_type: str = field(description="The type of the accounting document.", examples=["DZ"])
    document_date: Any = field(description="The day on the document.", examples=["2026-03-14"])
    posting_date: Any = field(description="The day on which it is posted.", examples=["2026-03-14"])
    reference: str = field(
        description=(
            "What tells this posting from all others of the company code: the number of the payment, say. At most "
            "16 characters; it becomes DocumentReferenceID and is looked for before anything is posted."
        ),
        examples=["PAY-1042"],
    )
    currency: str = field(description="The currency of the amounts.", examples=["EUR"])
    header_text: str = field("", description="A text for the whole document, of at most 25 characters.")
    items: Lines = field(
        default_factory=list,
        description="Lines on general ledger accounts: GLAccount, AmountInTransactionCurrency, DocumentItemText.",
        examples=[[{"GLAccount": "11001050", "AmountInTransactionCurrency": 119}]],
    )
    debtor_items: Lines = field(
        default_factory=list,
        description="Lines on customers: Debtor, AmountInTransactionCurrency, AssignmentReference, PaymentDetails.",
        examples=[[{"Debtor": "10100001", "AmountInTransactionCurrency": -119}]],
    )
    creditor_items: Lines = field(
        default_factory=list, description="Lines on suppliers: Creditor, AmountInTransactionCurrency."
    )
    product_tax_items: Lines = field(
        default_factory=list,
        description="Tax lines: TaxCode, AmountInTransactionCurrency, TaxBaseAmountInTransCrcy.",
    )
    header: Mapping[str, Any] = field(
        default_factory=dict,
        description="More fields of the document's header, by SAP's names: Reference1InDocumentHeader.",
    )
    business_transaction_type: str = field("RFBU", description="SAP's business transaction type.")
    created_by_user: str | None = field(
        None, description="Who posts, as SAP shows it. When left out: the connection's user."
    )
