"""The entity types of S/4HANA that mock-sap does not have, or has in another shape.

Names, lengths and read-only marks are those of S/4HANA's own services. Properties that mock-sap keeps for its
own work and S/4HANA does not publish (``Plant`` on an order item, ``EmailAddress`` on an address) stay as
columns and are not served, so a client cannot come to rely on them.
``YY1_ShopOrderID_SDH`` is a field a tenant added, as every tenant does: read $metadata, do not pin it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entity:
    """One entity type. ``fixed`` names what its entity set refuses: create, update, delete."""

    name: str
    properties: str
    navigation: str = ""
    fixed: frozenset[str] = frozenset()


READ_ONLY = frozenset({"create", "update", "delete"})
NO_DELETE = frozenset({"delete"})

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
        ScheduleLineOrderQuantity Dec 13,3
        ConfdOrderQtyByMatlAvailCheck Dec 13,3
        DeliveredQtyInOrderQtyUnit Dec 13,3
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
        fixed=READ_ONLY,
    ),
)

PARTNERS = (
    Entity(
        "A_BusinessPartner",
        """
        BusinessPartner S 10 key
        Customer S 10 ro
        Supplier S 10 ro
        BusinessPartnerCategory S 1
        BusinessPartnerFullName S 81 ro
        BusinessPartnerGrouping S 4
        BusinessPartnerName S 81 ro
        BusinessPartnerUUID Guid ro
        CorrespondenceLanguage S 2
        CreationDate Date ro
        FirstName S 40
        FormOfAddress S 4
        IsNaturalPerson S 1
        Language S 2
        LastChangeDate Date ro
        LastChangeTime Time ro
        LastChangedByUser S 12 ro
        LastName S 40
        OrganizationBPName1 S 40
        SearchTerm1 S 20
        BusinessPartnerIsBlocked Bool
        BusinessPartnerType S 4
        ETag S 26 ro
        IsMarkedForArchiving Bool
        """,
        """
        to_BuPaIdentification * A_BuPaIdentification BusinessPartner
        to_BusinessPartnerAddress * A_BusinessPartnerAddress BusinessPartner
        to_BusinessPartnerBank * A_BusinessPartnerBank BusinessPartner
        to_BusinessPartnerRole * A_BusinessPartnerRole BusinessPartner
        to_BusinessPartnerTax * A_BusinessPartnerTaxNumber BusinessPartner
        to_Customer 1 A_Customer Customer
        """,
        NO_DELETE,
    ),
    Entity(
        "A_BusinessPartnerAddress",
        """
        BusinessPartner S 10 key
        AddressID S 10 key
        ValidityStartDate Moment
        ValidityEndDate Moment
        AddressTimeZone S 6
        CityName S 40
        Country S 3
        FormOfAddress S 4 ro
        HouseNumber S 10
        Language S 2
        PostalCode S 10
        Region S 3
        StreetName S 60
        """,
        """
        to_AddressUsage * A_BuPaAddressUsage BusinessPartner,AddressID
        to_EmailAddress * A_AddressEmailAddress AddressID
        to_PhoneNumber * A_AddressPhoneNumber AddressID
        """,
    ),
    Entity(
        "A_BuPaAddressUsage",
        """
        BusinessPartner S 10 key
        AddressID S 10 key
        AddressUsage S 10 key
        ValidityEndDate Moment
        StandardUsage Bool
        """,
    ),
    Entity(
        "A_AddressEmailAddress",
        """
        AddressID S 10 key
        Person S 10 key
        OrdinalNumber S 3 key
        IsDefaultEmailAddress Bool
        EmailAddress S 241
        """,
    ),
    Entity(
        "A_AddressPhoneNumber",
        """
        AddressID S 10 key
        Person S 10 key
        OrdinalNumber S 3 key
        DestinationLocationCountry S 3
        IsDefaultPhoneNumber Bool
        PhoneNumber S 30
        PhoneNumberType S 1
        """,
    ),
    Entity(
        "A_BusinessPartnerRole",
        """
        BusinessPartner S 10 key
        BusinessPartnerRole S 6 key
        ValidFrom Moment
        ValidTo Moment
        """,
        fixed=NO_DELETE,
    ),
    Entity(
        "A_BusinessPartnerTaxNumber",
        """
        BusinessPartner S 10 key
        BPTaxType S 4 key
        BPTaxNumber S 20
        BPTaxLongNumber S 60
        """,
    ),
    Entity(
        "A_BuPaIdentification",
        """
        BusinessPartner S 10 key
        BPIdentificationType S 6 key
        BPIdentificationNumber S 60 key
        BPIdentificationEntryDate Date
        Country S 3
        Region S 3
        ValidityStartDate Date
        ValidityEndDate Date
        """,
    ),
    Entity(
        "A_Customer",
        """
        Customer S 10 key
        CreationDate Date ro
        OrderIsBlockedForCustomer S 2
        Supplier S 10
        TaxNumber1 S 16 ro
        TaxNumber2 S 11 ro
        TaxNumber3 S 18 ro
        TaxNumber4 S 18 ro
        TaxNumber5 S 60 ro
        """,
        """
        to_CustomerCompany * A_CustomerCompany Customer
        to_CustomerSalesArea * A_CustomerSalesArea Customer
        """,
        frozenset({"create", "delete"}),
    ),
    Entity(
        "A_CustomerSalesArea",
        """
        Customer S 10 key
        SalesOrganization S 4 key
        DistributionChannel S 2 key
        Division S 2 key
        Currency S 5
        CustomerPaymentTerms S 4
        CustomerPriceGroup S 2
        IncotermsClassification S 3
        OrderIsBlockedForCustomer S 2
        ShippingCondition S 2
        """,
        "to_PartnerFunction * A_CustSalesPartnerFunc Customer,SalesOrganization,DistributionChannel,Division",
        NO_DELETE,
    ),
    Entity(
        "A_CustomerCompany",
        """
        Customer S 10 key
        CompanyCode S 4 key
        PaymentTerms S 4
        ReconciliationAccount S 10
        """,
        fixed=NO_DELETE,
    ),
    Entity(
        "A_CustSalesPartnerFunc",
        """
        Customer S 10 key
        SalesOrganization S 4 key
        DistributionChannel S 2 key
        Division S 2 key
        PartnerCounter S 3 key
        PartnerFunction S 2 key
        BPCustomerNumber S 10
        Supplier S 10
        """,
    ),
)

PRODUCTS = (
    Entity(
        "A_Product",
        """
        Product S 40 key
        ProductType S 4
        CrossPlantStatus S 2
        CreationDate Date ro
        LastChangeDate Date ro
        LastChangedByUser S 12 ro
        LastChangeDateTime Moment ro
        IsMarkedForDeletion Bool
        ProductOldID S 40
        GrossWeight Dec 13,3
        WeightUnit S 3
        NetWeight Dec 13,3
        CountryOfOrigin S 3
        ProductGroup S 9
        BaseUnit S 3
        ItemCategoryGroup S 4
        ProductHierarchy S 18
        Division S 2
        VolumeUnit S 3
        Brand S 4
        SizeOrDimensionText S 32
        ProductStandardID S 18
        InternationalArticleNumberCat S 2
        IsBatchManagementRequired Bool
        """,
        """
        to_Description * A_ProductDescription Product
        to_Plant * A_ProductPlant Product
        to_SalesDelivery * A_ProductSalesDelivery Product
        to_Valuation * A_ProductValuation Product
        """,
        NO_DELETE,
    ),
    Entity(
        "A_ProductPlant",
        """
        Product S 40 key
        Plant S 4 key
        CountryOfOrigin S 3
        IsMarkedForDeletion Bool
        IsBatchManagementRequired Bool
        BaseUnit S 3
        ProfitCenter S 10
        """,
        fixed=NO_DELETE,
    ),
    Entity(
        "A_ProductDescription",
        """
        Product S 40 key
        Language S 2 key
        ProductDescription S 40
        """,
    ),
    Entity(
        "A_ProductSalesDelivery",
        """
        Product S 40 key
        ProductSalesOrg S 4 key
        ProductDistributionChnl S 2 key
        MinimumOrderQuantity Dec 13,3
        SupplyingPlant S 4
        ItemCategoryGroup S 4
        ProductSalesStatus S 2
        SalesMeasureUnit S 3
        IsMarkedForDeletion Bool
        ProductHierarchy S 18
        BaseUnit S 3
        """,
        fixed=NO_DELETE,
    ),
    Entity(
        "A_ProductValuation",
        """
        Product S 40 key
        ValuationArea S 4 key
        ValuationType S 10 key
        StandardPrice Dec 12,3
        PriceUnitQty Dec 5,0
        IsMarkedForDeletion Bool
        MovingAveragePrice Dec 12,3
        Currency S 5
        BaseUnit S 3
        """,
        fixed=NO_DELETE,
    ),
)

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
