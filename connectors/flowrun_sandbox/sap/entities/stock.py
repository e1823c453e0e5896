"""API_MATERIAL_STOCK_SRV and API_MATERIAL_DOCUMENT_SRV: what lies where, and the documents that moved it."""

from __future__ import annotations

from flowrun_sandbox.sap.entities.entity import IMMUTABLE, READ_ONLY, Entity

STOCK = (
    Entity(
        "A_MaterialStock",
        """
        Material S 40 key
        MaterialBaseUnit S 3
        """,
        "to_MatlStkInAcctMod * A_MatlStkInAcctMod Material",
        READ_ONLY,
    ),
    Entity(
        "A_MatlStkInAcctMod",
        """
        Material S 40 key
        Plant S 4 key
        StorageLocation S 4 key
        Batch S 10 key
        Supplier S 10 key
        Customer S 10 key
        WBSElementInternalID S 24 key
        SDDocument S 10 key
        SDDocumentItem S 6 key
        InventorySpecialStockType S 1 key
        InventoryStockType S 2 key
        MaterialBaseUnit S 3
        MatlWrhsStkQtyInMatlBaseUnit Dec 31,14
        """,
        "to_MaterialStock 1 A_MaterialStock Material",
        READ_ONLY,
    ),
)

MATERIAL_DOCUMENTS = (
    Entity(
        "A_MaterialDocumentHeader",
        """
        MaterialDocumentYear S 4 key
        MaterialDocument S 10 key
        InventoryTransactionType S 2
        DocumentDate Date
        PostingDate Date
        CreationDate Date ro
        CreationTime Time ro
        CreatedByUser S 12 ro
        MaterialDocumentHeaderText S 25
        ReferenceDocument S 16
        GoodsMovementCode S 2
        """,
        "to_MaterialDocumentItem * A_MaterialDocumentItem MaterialDocumentYear,MaterialDocument",
        IMMUTABLE,
    ),
    Entity(
        "A_MaterialDocumentItem",
        """
        MaterialDocumentYear S 4 key
        MaterialDocument S 10 key
        MaterialDocumentItem S 4 key
        Material S 40
        Plant S 4
        StorageLocation S 4
        Batch S 10
        GoodsMovementType S 3
        InventoryStockType S 2
        Customer S 10
        SalesOrder S 10
        SalesOrderItem S 6
        SalesOrderScheduleLine S 4
        PurchaseOrder S 10
        PurchaseOrderItem S 5
        Delivery S 10
        DeliveryItem S 6
        MaterialBaseUnit S 3
        QuantityInBaseUnit Dec 13,3
        EntryUnit S 3
        QuantityInEntryUnit Dec 13,3
        MaterialDocumentItemText S 50
        MaterialDocumentLine S 6
        MaterialDocumentParentLine S 6
        MaterialDocumentPostingType S 1
        DebitCreditCode S 1
        IssuingOrReceivingPlant S 4
        IssuingOrReceivingStorageLoc S 4
        GoodsMovementIsCancelled Bool ro
        ReversedMaterialDocumentYear S 4 ro
        ReversedMaterialDocument S 10 ro
        ReversedMaterialDocumentItem S 4 ro
        """,
        "to_MaterialDocumentHeader 1 A_MaterialDocumentHeader MaterialDocumentYear,MaterialDocument",
        frozenset({"create", *IMMUTABLE}),
    ),
)
