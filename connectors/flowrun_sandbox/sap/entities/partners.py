"""API_BUSINESS_PARTNER.

``to_PhoneNumber`` and ``to_MobilePhoneNumber`` lead to the same entity and differ in its ``PhoneNumberType``, 1 or 3.
"""

from __future__ import annotations

from flowrun_sandbox.sap.entities.entity import NO_CREATE_NO_DELETE, NO_DELETE, Entity

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
        to_MobilePhoneNumber * A_AddressPhoneNumber AddressID,MobileType=PhoneNumberType
        to_PhoneNumber * A_AddressPhoneNumber AddressID,PhoneType=PhoneNumberType
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
        NO_CREATE_NO_DELETE,
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
