"""API_SALES_ORDER_SRV.

``YY1_…_SDH`` are fields a tenant added, as every tenant does: read $metadata, do not pin it.
"""

from __future__ import annotations

from flowrun_sandbox.sap.entities.entity import NO_CREATE_NO_DELETE, READ_ONLY, Entity

SALES = (
    Entity(
        "A_SalesOrder",
        """
        SalesOrder S 10 key
        SalesOrderType S 4
        SalesOrganization S 4
        DistributionChannel S 2
        OrganizationDivision S 2
        SalesGroup S 3
        SalesOffice S 4
        SalesDistrict S 6
        SoldToParty S 10
        CreationDate Date ro
        LastChangeDate Date ro
        SenderBusinessSystemName S 60 ro
        ExternalDocumentID S 40 ro
        LastChangeDateTime Moment ro etag
        PurchaseOrderByCustomer S 35
        PurchaseOrderByShipToParty S 35
        CustomerPurchaseOrderType S 4
        CustomerPurchaseOrderDate Date
        SalesOrderDate Date
        TotalNetAmount Dec 16,3 ro
        OverallDeliveryStatus S 1 ro
        OverallOrdReltdBillgStatus S 1 ro
        OverallSDDocReferenceStatus S 1 ro
        TransactionCurrency S 5
        SDDocumentReason S 3
        PricingDate Date
        RequestedDeliveryDate Date
        ShippingCondition S 2
        CompleteDeliveryIsDefined Bool
        HeaderBillingBlockReason S 2
        DeliveryBlockReason S 2
        IncotermsClassification S 3
        CustomerPaymentTerms S 4
        PaymentMethod S 1
        AssignmentReference S 18
        ReferenceSDDocument S 10
        AccountingDocExternalReference S 16
        OverallSDProcessStatus S 1 ro
        TotalCreditCheckStatus S 1 ro
        OverallTotalDeliveryStatus S 1 ro
        OverallSDDocumentRejectionSts S 1 ro
        YY1_ShopOrderID_SDH S 20
        YY1_WebShop_SDH S 40
        """,
        """
        to_Item * A_SalesOrderItem SalesOrder
        to_Partner * A_SalesOrderHeaderPartner SalesOrder
        to_PricingElement * A_SalesOrderHeaderPrElement SalesOrder
        to_SubsequentProcFlowDoc * A_SalesOrderSubsqntProcFlow SalesOrder
        to_Text * A_SalesOrderText SalesOrder
        """,
    ),
    Entity(
        "A_SalesOrderItem",
        """
        SalesOrder S 10 key ro
        SalesOrderItem S 6 key
        HigherLevelItem S 6
        SalesOrderItemCategory S 4
        SalesOrderItemText S 40
        PurchaseOrderByCustomer S 35
        PurchaseOrderByShipToParty S 35
        UnderlyingPurchaseOrderItem S 6
        ExternalItemID S 40 ro
        Material S 40
        MaterialByCustomer S 35
        RequestedQuantity Dec 15,3
        RequestedQuantityUnit S 3
        RequestedQuantitySAPUnit S 3
        RequestedQuantityISOUnit S 3
        ConfdDelivQtyInOrderQtyUnit Dec 15,3 ro
        TransactionCurrency S 5 ro
        NetAmount Dec 16,3 ro
        Batch S 10
        ProductionPlant S 4
        StorageLocation S 4
        ShippingPoint S 4
        DeliveryPriority S 2
        TaxAmount Dec 14,3
        CustomerPaymentTerms S 4
        SalesDocumentRjcnReason S 2
        ItemBillingBlockReason S 2
        ProfitCenter S 10
        SDProcessStatus S 1 ro
        DeliveryStatus S 1 ro
        OrderRelatedBillingStatus S 1 ro
        """,
        """
        to_PricingElement * A_SalesOrderItemPrElement SalesOrder,SalesOrderItem
        to_SalesOrder 1 A_SalesOrder SalesOrder
        to_ScheduleLine * A_SalesOrderScheduleLine SalesOrder,SalesOrderItem
        to_SubsequentProcFlowDocItem * A_SalesOrderItmSubsqntProcFlow SalesOrder,SalesOrderItem
        """,
    ),
    Entity(
        "A_SalesOrderHeaderPartner",
        """
        SalesOrder S 10 key ro
        PartnerFunction S 2 key
        PartnerFunctionInternalCode S 2 ro
        Customer S 10
        Supplier S 10
        ContactPerson S 10
        ReferenceBusinessPartner S 10 ro
        AddressID S 10
        """,
        """
        to_Address * A_SalesOrderPartnerAddress SalesOrder,PartnerFunction
        to_SalesOrder 1 A_SalesOrder SalesOrder
        """,
    ),
    Entity(
        "A_SalesOrderHeaderPrElement",
        """
        SalesOrder S 10 key ro
        PricingProcedureStep S 3 key
        PricingProcedureCounter S 3 key
        ConditionType S 4
        ConditionRateValue Dec 24,9
        ConditionCurrency S 5
        ConditionQuantity Dec 5,0
        ConditionQuantityUnit S 3
        TaxCode S 2 ro
        ConditionAmount Dec 16,3 ro
        TransactionCurrency S 5
        ConditionControl S 1 ro
        ConditionInactiveReason S 1 ro
        ConditionIsManuallyChanged Bool ro
        """,
        "to_SalesOrder 1 A_SalesOrder SalesOrder",
    ),
    Entity(
        "A_SalesOrderItemPrElement",
        """
        SalesOrder S 10 key ro
        SalesOrderItem S 6 key ro
        PricingProcedureStep S 3 key
        PricingProcedureCounter S 3 key
        ConditionType S 4
        ConditionRateValue Dec 24,9
        ConditionCurrency S 5
        ConditionQuantity Dec 5,0
        ConditionQuantityUnit S 3
        TaxCode S 2 ro
        ConditionAmount Dec 16,3 ro
        TransactionCurrency S 5
        ConditionControl S 1 ro
        ConditionInactiveReason S 1 ro
        ConditionIsManuallyChanged Bool ro
        """,
        """
        to_SalesOrder 1 A_SalesOrder SalesOrder
        to_SalesOrderItem 1 A_SalesOrderItem SalesOrder,SalesOrderItem
        """,
    ),
    Entity(
        "A_SalesOrderText",
        """
        SalesOrder S 10 key ro
        Language S 2 key
        LongTextID S 4 key
        LongText S
        """,
        "to_SalesOrder 1 A_SalesOrder SalesOrder",
    ),
    Entity(
        "A_SalesOrderScheduleLine",
        """
        SalesOrder S 10 key ro
        SalesOrderItem S 6 key ro
        ScheduleLine S 4 key
        RequestedDeliveryDate Date
        ConfirmedDeliveryDate Date
        OrderQuantityUnit S 3
        OrderQuantitySAPUnit S 3
        OrderQuantityISOUnit S 3
        ScheduleLineOrderQuantity Dec 13,3
        ConfdOrderQtyByMatlAvailCheck Dec 13,3
        DeliveredQtyInOrderQtyUnit Dec 13,3
        OpenConfdDelivQtyInOrdQtyUnit Dec 13,3
        CorrectedQtyInOrderQtyUnit Dec 13,3
        DelivBlockReasonForSchedLine S 2
        """,
    ),
    Entity(
        "A_SalesOrderSubsqntProcFlow",
        """
        SalesOrder S 10 key
        DocRelationshipUUID Guid key
        SubsequentDocument S 10
        SubsequentDocumentCategory S 4
        ProcessFlowLevel S 2
        OverallSDProcessStatus S 1
        CreationDate Date
        CreationTime Time
        LastChangeDate Date
        """,
        "to_SalesOrder 1 A_SalesOrder SalesOrder",
        READ_ONLY,
    ),
    Entity(
        "A_SalesOrderItmSubsqntProcFlow",
        """
        SalesOrder S 10 key
        SalesOrderItem S 6 key
        DocRelationshipUUID Guid key
        SubsequentDocument S 10
        SubsequentDocumentItem S 6
        SubsequentDocumentCategory S 4
        ProcessFlowLevel S 2
        SDProcessStatus S 1
        CreationDate Date
        CreationTime Time
        LastChangeDate Date
        """,
        fixed=READ_ONLY,
    ),
    Entity(
        "A_SalesOrderPartnerAddress",
        """
        SalesOrder S 10 key
        PartnerFunction S 2 key
        AddressRepresentationCode S 1 key
        CorrespondenceLanguage S 2
        AddresseeFullName S 80
        OrganizationName1 S 40
        OrganizationName2 S 40
        CityName S 40
        PostalCode S 10
        StreetName S 60
        HouseNumber S 10
        Country S 3
        Region S 3
        EmailAddress S 241
        MobileNumber S 30
        PhoneNumber S 30
        """,
        """
        to_Partner 1 A_SalesOrderHeaderPartner SalesOrder,PartnerFunction
        to_SalesOrder 1 A_SalesOrder SalesOrder
        """,
        NO_CREATE_NO_DELETE,
    ),
)
