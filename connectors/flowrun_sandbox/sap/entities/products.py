"""API_PRODUCT_SRV."""

from __future__ import annotations

from flowrun_sandbox.sap.entities.entity import NO_DELETE, Entity

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
        to_ProductSalesTax * A_ProductSalesTax Product
        to_ProductUnitsOfMeasure * A_ProductUnitsOfMeasure Product
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
        "to_StorageLocation * A_ProductStorageLocation Product,Plant",
        NO_DELETE,
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
        "to_SalesTax * A_ProductSalesTax Product",
        NO_DELETE,
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
    Entity(
        "A_ProductSalesTax",
        """
        Product S 40 key
        Country S 3 key
        TaxCategory S 4 key
        TaxClassification S 1 key
        """,
    ),
    Entity(
        "A_ProductUnitsOfMeasure",
        """
        Product S 40 key
        AlternativeUnit S 3 key
        QuantityNumerator Dec 5,0
        QuantityDenominator Dec 5,0
        VolumeUnit S 3
        GrossWeight Dec 13,3
        WeightUnit S 3
        BaseUnit S 3
        """,
        "to_InternationalArticleNumber * A_ProductUnitsOfMeasureEAN Product,AlternativeUnit",
    ),
    Entity(
        "A_ProductUnitsOfMeasureEAN",
        """
        Product S 40 key
        AlternativeUnit S 3 key
        ConsecutiveNumber S 5 key
        ProductStandardID S 18
        InternationalArticleNumberCat S 2
        IsMainGlobalTradeItemNumber Bool
        """,
    ),
    Entity(
        "A_ProductStorageLocation",
        """
        Product S 40 key
        Plant S 4 key
        StorageLocation S 4 key
        CreationDate Date ro
        IsMarkedForDeletion Bool
        """,
        fixed=NO_DELETE,
    ),
)
