"""API_SLSPRICINGCONDITIONRECORD_SRV: prices, where they hold, and from which quantity on."""

from __future__ import annotations

from flowrun_sandbox.sap.entities.entity import NO_CREATE_NO_DELETE, NO_DELETE, Entity

CONDITIONS = (
    Entity(
        "A_SlsPrcgConditionRecord",
        """
        ConditionRecord S 10 key
        ConditionSequentialNumber S 2
        ConditionTable S 3
        ConditionApplication S 2
        ConditionType S 4
        ConditionValidityEndDate Date
        ConditionValidityStartDate Date
        CreatedByUser S 12
        CreationDate Date
        LastChangeDateTime Moment
        ConditionTextID S 10
        PricingScaleType S 1
        PricingScaleBasis S 1
        ConditionScaleQuantity Dec 15,3
        ConditionScaleQuantityUnit S 3
        ConditionScaleAmount Dec 16,3
        ConditionScaleAmountCurrency S 5
        ConditionCalculationType S 1
        ConditionRateValue Dec 12,3
        ConditionRateValueUnit S 5
        ConditionRateRatio Dec 24,9
        ConditionRateRatioUnit S 3
        ConditionRateAmount Dec 24,9
        ConditionCurrency S 5
        ConditionQuantity Dec 5,0
        ConditionQuantityUnit S 3
        ConditionToBaseQtyNmrtr Dec 5,0
        ConditionToBaseQtyDnmntr Dec 5,0
        ConditionLowerLimit Dec 12,3
        ConditionLowerLimitAmount Dec 24,9
        ConditionLowerLimitRatio Dec 24,9
        ConditionUpperLimit Dec 12,3
        ConditionUpperLimitAmount Dec 24,9
        ConditionUpperLimitRatio Dec 24,9
        ConditionAlternativeCurrency S 5
        ConditionExclusion S 1
        ConditionIsDeleted Bool
        PricingScaleLine S 4
        ConditionReleaseStatus S 1
        ConditionChangeReason S 3
        ConditionTaxCode S 2
        ConditionWithholdingTaxCode S 2
        ETag S 40 etag ro
        """,
        """
        to_SlsPrcgCndnRecdValidity * A_SlsPrcgCndnRecdValidity ConditionRecord
        to_SlsPrcgCndnRecordScale * A_SlsPrcgCndnRecordScale ConditionRecord
        """,
        NO_DELETE,
    ),
    Entity(
        "A_SlsPrcgCndnRecdValidity",
        """
        ConditionRecord S 10 key
        ConditionValidityEndDate Date key
        ConditionValidityStartDate Date
        ConditionApplication S 2
        ConditionType S 4
        ConditionReleaseStatus S 1
        ConditionContract S 10
        Customer S 10
        CustomerPriceGroup S 2
        Material S 40
        SalesOrganization S 4
        DistributionChannel S 2
        TransactionCurrency S 5
        ConditionProcessingStatus S 2
        ConditionIsExclusive Bool
        ConditionScaleBasisValue S 7
        ETag S 40 etag ro
        """,
        "to_SlsPrcgConditionRecord 1 A_SlsPrcgConditionRecord ConditionRecord",
        NO_CREATE_NO_DELETE,
    ),
    Entity(
        "A_SlsPrcgCndnRecordScale",
        """
        ConditionRecord S 10 key
        ConditionSequentialNumber S 2 key
        ConditionScaleLine S 4 key
        ConditionScaleQuantity Dec 15,3
        ConditionScaleQuantityUnit S 3
        ConditionScaleAmount Dec 16,3
        ConditionScaleAmountCurrency S 5
        ConditionRateValue Dec 12,3
        ConditionRateValueUnit S 5
        ConditionRateRatio Dec 24,9
        ConditionRateRatioUnit S 3
        ConditionRateAmount Dec 24,9
        ConditionCurrency S 5
        ETag S 40 etag ro
        """,
        "to_SlsPrcgConditionRecord 1 A_SlsPrcgConditionRecord ConditionRecord",
    ),
)
