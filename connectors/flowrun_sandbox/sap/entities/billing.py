"""API_BILLING_DOCUMENT_SRV and API_JOURNALENTRYITEMBASIC_SRV: read only, both."""

from __future__ import annotations

from flowrun_sandbox.sap.entities.entity import READ_ONLY, Entity

BILLING = (
    Entity(
        "A_BillingDocument",
        """
        BillingDocument S 10 key
        SDDocumentCategory S 4
        BillingDocumentCategory S 1
        BillingDocumentType S 4
        CreationDate Date
        CreationTime Time
        LastChangeDate Date
        LastChangeDateTime Moment etag
        SalesOrganization S 4
        BillingDocumentDate Date
        BillingDocumentIsCancelled Bool
        CancelledBillingDocument S 10
        TotalNetAmount Dec 16,3
        TransactionCurrency S 5
        TaxAmount Dec 14,3
        TotalGrossAmount Dec 17,3
        PayerParty S 10
        CustomerPaymentTerms S 4
        CompanyCode S 4
        FiscalYear S 4
        AccountingDocument S 10
        DocumentReferenceID S 16
        AssignmentReference S 18
        SoldToParty S 10
        PurchaseOrderByCustomer S 35
        OverallSDProcessStatus S 1
        OverallBillingStatus S 1
        AccountingPostingStatus S 1
        AccountingTransferStatus S 1
        OverallPricingIncompletionSts S 1
        """,
        """
        to_Item * A_BillingDocumentItem BillingDocument
        to_Partner * A_BillingDocumentPartner BillingDocument
        to_PricingElement * A_BillingDocumentPrcgElmnt BillingDocument
        """,
        READ_ONLY,
    ),
    Entity(
        "A_BillingDocumentItem",
        """
        BillingDocument S 10 key
        BillingDocumentItem S 6 key
        CreationDate Date
        CreationTime Time
        Material S 40
        Plant S 4
        BillingDocumentItemText S 40
        BillingQuantity Dec 13,3
        BillingQuantityUnit S 3
        NetAmount Dec 16,3
        TransactionCurrency S 5
        GrossAmount Dec 16,3
        TaxAmount Dec 14,3
        ReferenceSDDocument S 10
        ReferenceSDDocumentItem S 6
        SalesDocument S 10
        SalesDocumentItem S 6
        """,
        "to_BillingDocument 1 A_BillingDocument BillingDocument",
        READ_ONLY,
    ),
    Entity(
        "A_BillingDocumentPrcgElmnt",
        """
        BillingDocument S 10 key
        PricingProcedureStep S 3 key
        PricingProcedureCounter S 3 key
        ConditionType S 4
        ConditionRateValue Dec 24,9
        ConditionCurrency S 5
        ConditionAmount Dec 16,3
        TransactionCurrency S 5
        """,
        "to_BillingDocument 1 A_BillingDocument BillingDocument",
        READ_ONLY,
    ),
    Entity(
        "A_BillingDocumentPartner",
        """
        BillingDocument S 10 key
        PartnerFunction S 2 key
        Customer S 10
        """,
        "to_BillingDocument 1 A_BillingDocument BillingDocument",
        READ_ONLY,
    ),
)

JOURNAL = (
    Entity(
        "A_JournalEntryItemBasic",
        """
        ID S key
        Ledger S 2
        CompanyCode S 4
        FiscalYear S 4
        FiscalPeriod S 3
        AccountingDocument S 10
        LedgerGLLineItem S 6
        AccountingDocumentType S 2
        PostingDate Date
        DocumentDate Date
        GLAccount S 10
        DebitCreditCode S 1
        TransactionCurrency S 5
        AmountInTransactionCurrency Dec 24,3
        CompanyCodeCurrency S 5
        AmountInCompanyCodeCurrency Dec 24,3
        Customer S 10
        AssignmentReference S 18
        DocumentItemText S 50
        ReferenceDocument S 16
        ClearingAccountingDocument S 10
        ClearingDate Date
        """,
        fixed=READ_ONLY,
    ),
)
