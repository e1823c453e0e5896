"""API_OUTBOUND_DELIVERY_SRV, version 2. ``DeliveryVersion`` is the ETag of a delivery and of its items."""

from __future__ import annotations

from flowrun_sandbox.sap.entities.entity import NO_CREATE_NO_DELETE, READ_ONLY, Entity

_FLOW = "DeliveryDocument=PrecedingDocument,DeliveryDocumentItem=PrecedingDocumentItem"

DELIVERIES = (
    Entity(
        "A_OutbDeliveryHeader",
        """
        DeliveryDocument S 10 key ro
        DeliveryDocumentType S 4 ro
        DeliveryVersion S 4 ro etag
        ActualDeliveryRoute S 6 ro
        ActualGoodsMovementDate Day
        ActualGoodsMovementTime Time ro
        BillOfLading S 35
        CreationDate Day ro
        CreationTime Time ro
        DeliveryDate Day
        HeaderGrossWeight Dec 15,3
        HeaderWeightUnit S 3
        LastChangeDate Day ro
        MeansOfTransport S 20
        MeansOfTransportRefMaterial S 40 ro
        MeansOfTransportType S 4
        OverallDelivConfStatus S 1 ro
        OverallDelivReltdBillgStatus S 1 ro
        OverallGoodsMovementStatus S 1 ro
        OverallIntcoBillingStatus S 1 ro
        OverallPackingStatus S 1 ro
        OverallPickingConfStatus S 1 ro
        OverallPickingStatus S 1 ro
        OverallProofOfDeliveryStatus S 1 ro
        OverallSDProcessStatus S 1 ro
        OverallWarehouseActivityStatus S 1 ro
        PickingDate Day
        PlannedGoodsIssueDate Day
        ProposedDeliveryRoute S 6
        SalesOrganization S 4 ro
        ShippingPoint S 4 noupd
        ShippingType S 2 ro
        ShipToParty S 10 ro
        SoldToParty S 10 ro
        TotalNumberOfPackage S 5 ro
        """,
        """
        to_DeliveryDocumentItem * A_OutbDeliveryItem DeliveryDocument
        to_DeliveryDocumentPartner * A_OutbDeliveryPartner DeliveryDocument=SDDocument
        """,
    ),
    Entity(
        "A_OutbDeliveryItem",
        """
        DeliveryDocument S 10 key
        DeliveryDocumentItem S 6 key ro
        DeliveryVersion S 4 ro etag
        ActualDeliveryQuantity Dec 13,3
        Batch S 10
        CreationDate Day ro
        CreationTime Time ro
        DeliveryDocumentItemText S 40
        DeliveryQuantityUnit S 3 noupd
        DeliveryRelatedBillingStatus S 1 ro
        GoodsMovementStatus S 1 ro
        LastChangeDate Day ro
        Material S 40 ro
        OriginalDeliveryQuantity Dec 13,3 ro
        PickingStatus S 1 ro
        Plant S 4 ro
        ProductAvailabilityDate Day ro
        ReferenceSDDocument S 10 noupd
        ReferenceSDDocumentCategory S 4 ro
        ReferenceSDDocumentItem S 6 noupd
        SDProcessStatus S 1 ro
        StorageLocation S 4
        SubsequentMovementType S 3 ro
        """,
        f"""
        to_DeliveryDocument 1 A_OutbDeliveryHeader DeliveryDocument
        to_DocumentFlow * A_OutbDeliveryDocFlow {_FLOW}
        """,
        frozenset({"create"}),
    ),
    Entity(
        "A_OutbDeliveryPartner",
        """
        PartnerFunction S 2 key ro
        SDDocument S 10 key ro
        Customer S 10 ro
        """,
        fixed=READ_ONLY,
    ),
    Entity(
        "A_OutbDeliveryDocFlow",
        """
        PrecedingDocument S 10 key ro
        PrecedingDocumentItem S 6 key ro
        SubsequentDocumentCategory S 4 key ro
        PrecedingDocumentCategory S 4 ro
        Subsequentdocument S 10 ro
        SubsequentDocumentItem S 6 ro
        """,
        fixed=NO_CREATE_NO_DELETE,
    ),
)
