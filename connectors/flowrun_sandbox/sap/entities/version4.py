"""CE_SALESORDER_0001 and CE_PRODUCT_0002, the services of OData V4.

They show the rows of the V2 services: ``of`` names the type that keeps the rows, and ``Product S 40 of=Material``
the property that keeps the value under its V2 name.
"""

from __future__ import annotations

from flowrun_sandbox.sap.entities.entity import NO_DELETE, Entity

_PRICING = """
PricingProcedureStep S 3 key ro
PricingProcedureCounter S 3 key ro
ConditionType S 4
ConditionCalculationType S 3 ro
ConditionRateAmount Dec 24,9 of=ConditionRateValue
ConditionCurrency S 5
ConditionQuantity Dec 5,0
ConditionQuantitySAPUnit S 3 of=ConditionQuantityUnit
ConditionQuantityISOUnit S 3 of=ConditionQuantityUnit
ConditionAmount Dec 16,3 ro
TransactionCurrency S 5 ro
ConditionInactiveReason S 1 ro
ConditionControl S 1 ro
ConditionIsManuallyChanged Bool ro
"""

SALES_V4 = (
    Entity(
        "V4_SalesOrder",
        """
        SalesOrder S 10 key
        SalesOrderType S 4
        SalesOrderProcessingType S 1 ro
        SoldToParty S 10
        SalesOrganization S 4
        DistributionChannel S 2
        OrganizationDivision S 2
        SalesOffice S 4
        SalesGroup S 3
        SalesDistrict S 6
        CreationDate Date ro
        LastChangeDateTime Moment ro etag
        LastChangedByUser S 12 ro
        PurchaseOrderByCustomer S 35
        PurchaseOrderByShipToParty S 35
        CustomerPurchaseOrderDate Date
        SalesOrderDate Date
        PricingDate Date
        RequestedDeliveryDate Date
        ShippingCondition S 2
        IncotermsClassification S 3
        CustomerPaymentTerms S 4
        TotalNetAmount Dec 16,3 ro
        TransactionCurrency S 5
        SalesOrderApprovalReason S 4 ro
        OverallSDProcessStatus S 1 ro
        OverallPurchaseConfStatus S 1 ro
        OverallDeliveryBlockStatus S 1 ro
        OverallBillingBlockStatus S 1 ro
        OverallDeliveryStatus S 1 ro
        OverallSDDocumentRejectionSts S 1 ro
        OverallSDDocReferenceStatus S 1 ro
        SalesDocApprovalStatus S 1 ro
        OverallChmlCmplncStatus S 1 ro
        OverallDangerousGoodsStatus S 1 ro
        OverallSafetyDataSheetStatus S 1 ro
        OverallTrdCmplncEmbargoSts S 1 ro
        SalesOrderDownPaymentStatus S 1 ro
        OverallOrdReltdBillgStatus S 1 ro
        YY1_ShopOrderID_SDH S 20
        YY1_WebShop_SDH S 40
        """,
        """
        _Item * V4_SalesOrderItem SalesOrder
        _Partner * V4_SalesOrderPartner SalesOrder
        _PricingElement * V4_SalesOrderPricingElement SalesOrder
        _Text * V4_SalesOrderText SalesOrder
        """,
        of="A_SalesOrder",
    ),
    Entity(
        "V4_SalesOrderItem",
        """
        SalesOrder S 10 key ro
        SalesOrderItem S 6 key
        SalesOrderItemCategory S 4
        SalesOrderItemText S 40
        Product S 40 of=Material
        PurchaseOrderByCustomer S 35
        PurchaseOrderByShipToParty S 35
        RequestedQuantity Dec 15,3
        RequestedQuantitySAPUnit S 3
        RequestedQuantityISOUnit S 3
        RequestedDeliveryDate Date
        NetAmount Dec 16,3 ro
        TransactionCurrency S 5 ro
        Plant S 4 of=ProductionPlant
        SalesDocumentRjcnReason S 2
        PurchaseConfirmationStatus S 1 ro
        DeliveryStatus S 1 ro
        SDProcessStatus S 1 ro
        """,
        """
        _SalesOrder 1 V4_SalesOrder SalesOrder
        _ItemPricingElement * V4_SalesOrderItemPricingElement SalesOrder,SalesOrderItem
        _ScheduleLine * V4_SalesOrderScheduleLine SalesOrder,SalesOrderItem
        """,
        of="A_SalesOrderItem",
    ),
    Entity(
        "V4_SalesOrderPartner",
        """
        SalesOrder S 10 key ro
        PartnerFunction S 2 key
        Customer S 10
        ContactPerson S 10
        AddressID S 10
        DistrictName S 40 ro
        """,
        "_SalesOrder 1 V4_SalesOrder SalesOrder",
        of="A_SalesOrderHeaderPartner",
    ),
    Entity(
        "V4_SalesOrderPricingElement",
        "SalesOrder S 10 key ro" + _PRICING,
        "_SalesOrder 1 V4_SalesOrder SalesOrder",
        of="A_SalesOrderHeaderPrElement",
    ),
    Entity(
        "V4_SalesOrderItemPricingElement",
        "SalesOrder S 10 key ro\nSalesOrderItem S 6 key ro" + _PRICING,
        "_SalesOrder 1 V4_SalesOrder SalesOrder",
        of="A_SalesOrderItemPrElement",
    ),
    Entity(
        "V4_SalesOrderScheduleLine",
        """
        SalesOrder S 10 key ro
        SalesOrderItem S 6 key ro
        ScheduleLine S 4 key
        RequestedDeliveryDate Date
        ConfirmedDeliveryDate Date ro
        OrderQuantitySAPUnit S 3 ro
        OrderQuantityISOUnit S 3 ro
        ScheduleLineOrderQuantity Dec 13,3
        ConfdOrderQtyByMatlAvailCheck Dec 13,3 ro
        DeliveredQtyInOrderQtyUnit Dec 13,3 ro
        """,
        of="A_SalesOrderScheduleLine",
    ),
    Entity(
        "V4_SalesOrderText",
        """
        SalesOrder S 10 key ro
        Language S 2 key
        LongTextID S 4 key
        LongText S
        """,
        "_SalesOrder 1 V4_SalesOrder SalesOrder",
        of="A_SalesOrderText",
    ),
)

PRODUCTS_V4 = (
    Entity(
        "V4_Product",
        """
        Product S 40 key
        ProductType S 4
        CreationDate Date ro
        CreationDateTime Moment ro of=CreationDate
        LastChangeDate Date ro
        LastChangeDateTime Moment ro etag
        LastChangeTime Time ro
        LastChangedByUser S 12 ro
        IsMarkedForDeletion Bool
        ProductOldID S 40
        GrossWeight Dec 13,3
        NetWeight Dec 13,3
        WeightUnit S 3
        ProductGroup S 9
        BaseUnit S 3
        ItemCategoryGroup S 4
        Division S 2
        ProductStandardID S 18
        BaseUnitSpecificProductLength Dec 13,3 ro
        BaseUnitSpecificProductWidth Dec 13,3 ro
        BaseUnitSpecificProductHeight Dec 13,3 ro
        """,
        """
        _ProductDescription * V4_ProductDescription Product
        _ProductPlant * V4_ProductPlant Product
        _ProductSalesDelivery * V4_ProductSalesDelivery Product
        _ProductUnitOfMeasure * V4_ProductUnitOfMeasure Product
        _ProductValuation * V4_ProductValuation Product
        """,
        NO_DELETE,
        of="A_Product",
    ),
    Entity(
        "V4_ProductDescription",
        """
        Product S 40 key
        Language S 2 key
        ProductDescription S 40
        """,
        "_Product 1 V4_Product Product",
        of="A_ProductDescription",
    ),
    Entity(
        "V4_ProductSalesDelivery",
        """
        Product S 40 key
        ProductSalesOrg S 4 key
        ProductDistributionChnl S 2 key
        SupplyingPlant S 4
        ProductSalesStatus S 2
        SalesMeasureUnit S 3
        IsMarkedForDeletion Bool
        BaseUnit S 3
        """,
        "_Product 1 V4_Product Product",
        NO_DELETE,
        of="A_ProductSalesDelivery",
    ),
    Entity(
        "V4_ProductPlant",
        """
        Product S 40 key
        Plant S 4 key
        IsMarkedForDeletion Bool
        BaseUnit S 3
        """,
        "_Product 1 V4_Product Product",
        NO_DELETE,
        of="A_ProductPlant",
    ),
    Entity(
        "V4_ProductUnitOfMeasure",
        """
        Product S 40 key
        AlternativeUnit S 3 key
        QuantityNumerator Dec 5,0
        QuantityDenominator Dec 5,0
        BaseUnit S 3
        """,
        "_Product 1 V4_Product Product",
        of="A_ProductUnitsOfMeasure",
    ),
    Entity(
        "V4_ProductValuation",
        """
        Product S 40 key
        ValuationArea S 4 key
        ValuationType S 10 key
        StandardPrice Dec 12,3
        Currency S 5
        BaseUnit S 3
        """,
        "_Product 1 V4_Product Product",
        NO_DELETE,
        of="A_ProductValuation",
    ),
)
