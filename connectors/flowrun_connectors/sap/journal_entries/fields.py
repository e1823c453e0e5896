"""The fields of SAP's message for journal entries, in the order of the message.

From the WSDL of JournalEntryCreateRequestConfirmation_In and messages that S/4HANA has taken. A system may know
more of them: the setting `journal_entry_fields` names those.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

Kind = Literal["text", "amount", "lines"] | Mapping[str, Any]
Fields = Mapping[str, Kind]

_TAX: Fields = dict.fromkeys(("TaxCode", "TaxJurisdiction", "TaxItemGroup"), "text")
_LINE_TEXTS: Fields = dict.fromkeys(
    (
        "DebitCreditCode",
        "DocumentItemText",
        "AssignmentReference",
        "Reference1IDByBusinessPartner",
        "Reference2IDByBusinessPartner",
        "Reference3IDByBusinessPartner",
    ),
    "text",
)
_AMOUNTS: Fields = dict.fromkeys(("AmountInTransactionCurrency", "AmountInCompanyCodeCurrency"), "amount")
_PAYMENT: Fields = dict.fromkeys(
    (
        "PaymentMethod",
        "PaymentReference",
        "PaymentServiceProvider",
        "PaymentByPaymentServicePrvdr",
        "BPBankAccountInternalID",
    ),
    "text",
)
_PARTNER: Fields = {
    **_AMOUNTS,
    **_LINE_TEXTS,
    "AltvRecnclnAccts": "text",
    "CashDiscountTerms": dict.fromkeys(("DueCalculationBaseDate", "PaymentTerms", "NetPaymentDays"), "text"),
    "PaymentDetails": _PAYMENT,
    "DownPaymentTerms": dict.fromkeys(
        ("SpecialGLCode", "TargetSpecialGLCode", "TaxCode", "ProfitCenter"), "text"
    ),
}

HEADER: Fields = dict.fromkeys(
    (
        "OriginalReferenceDocumentType",
        "OriginalReferenceDocument",
        "OriginalReferenceDocumentLogicalSystem",
        "BusinessTransactionType",
        "AccountingDocumentType",
        "DocumentReferenceID",
        "DocumentHeaderText",
        "CreatedByUser",
        "CompanyCode",
        "DocumentDate",
        "PostingDate",
        "ExchangeRateDate",
        "Reference1InDocumentHeader",
        "Reference2InDocumentHeader",
    ),
    "text",
)

LINES: Mapping[str, Fields] = {
    "Item": {
        "ReferenceDocumentItem": "text",
        "GLAccount": "text",
        **_AMOUNTS,
        **_LINE_TEXTS,
        "ValueDate": "text",
        "Tax": _TAX,
        "HouseBank": "text",
        "HouseBankAccount": "text",
        "AccountAssignment": dict.fromkeys(
            ("ProfitCenter", "Segment", "FunctionalArea", "CostCenter", "WBSElement", "OrderID"), "text"
        ),
    },
    "DebtorItem": {"ReferenceDocumentItem": "text", "Debtor": "text", **_PARTNER},
    "CreditorItem": {"ReferenceDocumentItem": "text", "Creditor": "text", **_PARTNER},
    "ProductTaxItem": {
        **_TAX,
        "TaxItemClassification": "text",
        **_AMOUNTS,
        "TaxBaseAmountInTransCrcy": "amount",
        "TaxBaseAmountInCoCodeCrcy": "amount",
        "DebitCreditCode": "text",
        "ConditionType": "text",
    },
}
NEEDED: Mapping[str, tuple[str, ...]] = {
    "Item": ("GLAccount",),
    "DebtorItem": ("Debtor",),
    "CreditorItem": ("Creditor",),
    "ProductTaxItem": ("TaxCode",),
}


def known(part: str, own: Mapping[str, Sequence[str]]) -> Fields:
    """The fields of one part of the message, with the site's own behind them."""
    ours = HEADER if part == "JournalEntry" else LINES[part]
    return {**ours, **{name: "text" for name in own.get(part, ()) if name not in ours}}
