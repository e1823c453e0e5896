"""The shop's merchandise in SAP, and mock-sap's own partners made customers.

Unrestricted stock of plant 1010 adds up to the shop's stock, over two storage locations; beside it lies stock
that must not be sold (in quality inspection, blocked) and stock of other plants, some of it none.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from decimal import Decimal
from html import unescape
from typing import Any

from mocksap import db, money
from mocksap.schema import ENTITY_TYPES

from flowrun_sandbox.catalogue import FLAGGED_SKU, REDUCED_TAX_SKU, Sellable, materials
from flowrun_sandbox.sap import conditions, seeded_documents

PLANT = "1010"
OTHER_PLANT = "1710"
EMPTY_PLANT = "1020"
_PLANTS = (PLANT, EMPTY_PLANT, OTHER_PLANT)
_DAY = "2026-01-15T00:00:00"
_UNRESTRICTED, _IN_INSPECTION, _BLOCKED = "01", "02", "07"
_CURRENCIES = {"EUR": Decimal(1), "USD": Decimal(1), "GBP": Decimal("0.85"), "CHF": Decimal("0.95")}
_IN_GERMAN = {
    "MUG-01": "Geschenkset",
    "LAMP-09": "Schreibtischlampe, Messing",
    "DESK-01": "Stehschreibtisch, Eiche (120 × 60 cm)",
    "CHAIR-02": "Bürostuhl „Comfort+“",
    "CABLE-M": "USB-C-Kabel, Meterware",
    "SOCK-3": "Socken „Trio“, 3 Paar",
    "OLD-01": "Thermosflasche (altes Modell)",
}
_IN_BULK = {"CHOC-70", "SOCK-3", "TEA-250"}  # cheaper by the dozen


def seed(plain: Callable[..., Any]) -> Callable[..., Any]:
    """Wraps mock-sap's seeding, which runs at the start and at every reset."""

    def seeded(conn: sqlite3.Connection, seed_value: int = 42, orders: int = 25, pos: int = 12) -> Any:
        plain(conn, seed_value, orders, pos)
        cursor = conn.cursor()
        for place, item in enumerate(materials()):
            _material(cursor, item, place)
            _stock(cursor, item, place)
            _prices(conn, item)
        _customers(cursor)
        seeded_documents.complete(conn)
        conn.commit()
        return db.counts(conn)

    return seeded


def _material(cursor: sqlite3.Cursor, item: Sellable, place: int) -> None:
    article = item.article
    unit = {"BaseUnit": article.unit}
    product: dict[str, Any] = {"Product": item.material}
    number = _article_number(place)
    row = product | unit
    row |= {"ProductType": "HAWA", "ProductGroup": "L001", "Division": "00", "ItemCategoryGroup": "NORM"}
    row |= {"GrossWeight": article.weight, "NetWeight": article.weight, "WeightUnit": "KG"}
    row |= {"IsMarkedForDeletion": int(item.sku == FLAGGED_SKU), "ProductOldID": item.sku}
    row |= {"CreationDate": _DAY, "LastChangeDate": _DAY, "LastChangeDateTime": _DAY}
    row |= {"ProductStandardID": number, "InternationalArticleNumberCat": "HE", "CountryOfOrigin": "DE"}
    db._seed_insert(cursor, "A_Product", row)
    name = unescape(article.name)[:40]
    for language, text in (("EN", name), ("DE", _IN_GERMAN.get(item.sku, name))):
        spoken = {"Language": language, "ProductDescription": text}
        db._seed_insert(cursor, "A_ProductDescription", product | spoken)
    _units(cursor, product, article.unit, number)
    reduced = article.sku == REDUCED_TAX_SKU
    tax = {"Country": "DE", "TaxCategory": "TTX1", "TaxClassification": "2" if reduced else "1"}
    db._seed_insert(cursor, "A_ProductSalesTax", product | tax)
    for plant in _PLANTS:
        where = {"Plant": plant, "ProfitCenter": "YB110"}
        db._seed_insert(cursor, "A_ProductPlant", product | unit | where)
    for organization in (PLANT, OTHER_PLANT):
        sales = {"ProductSalesOrg": organization, "ProductDistributionChnl": "10"}
        sales |= {
            "SalesMeasureUnit": article.unit,
            "SupplyingPlant": organization,
            "ItemCategoryGroup": "NORM",
        }
        db._seed_insert(cursor, "A_ProductSalesDelivery", product | unit | sales)
        price = {
            "ValuationArea": organization,
            "ValuationType": "",
            "StandardPrice": article.price,
            "MovingAveragePrice": article.price,
            "PriceUnitQty": 1,
        }
        db._seed_insert(cursor, "A_ProductValuation", product | unit | price | {"Currency": "EUR"})


def _article_number(place: int) -> str:
    """An EAN of thirteen digits, check digit and all."""
    digits = f"4012345{place + 1:05}"
    odd, even = (sum(map(int, digits[start::2])) for start in (0, 1))
    return digits + str(-(odd + 3 * even) % 10)


def _units(cursor: sqlite3.Cursor, product: dict[str, Any], base: str, number: str) -> None:
    """The base unit, and for what is counted a carton of twelve."""
    for unit, pieces in ((base, 1), ("KAR", 12)):
        if base in {unit, "PC"}:
            row = {"AlternativeUnit": unit, "QuantityNumerator": pieces, "QuantityDenominator": 1}
            db._seed_insert(cursor, "A_ProductUnitsOfMeasure", product | row | {"BaseUnit": base})
    row = {"AlternativeUnit": base, "ConsecutiveNumber": "00001", "ProductStandardID": number}
    more = {"InternationalArticleNumberCat": "HE", "IsMainGlobalTradeItemNumber": 1}
    db._seed_insert(cursor, "A_ProductUnitsOfMeasureEAN", product | row | more)


def _stock(cursor: sqlite3.Cursor, item: Sellable, place: int) -> None:
    pieces = item.variant.stock if item.variant else item.article.stock
    unit = item.article.unit
    db._seed_insert(cursor, "A_MaterialStock", {"Material": item.material, "MaterialBaseUnit": unit})
    for plant, location, kind, quantity in (
        (PLANT, "101A", _UNRESTRICTED, pieces - pieces // 3),
        (PLANT, "101B", _UNRESTRICTED, pieces // 3),
        (PLANT, "101A", _IN_INSPECTION, 5),
        (PLANT, "101A", _BLOCKED, 2),
        (EMPTY_PLANT, "102A", _UNRESTRICTED, 0 if place % 3 else 12),
        (OTHER_PLANT, "171A", _UNRESTRICTED, 40),
    ):
        row = dict.fromkeys((prop.name for prop in ENTITY_TYPES["A_MatlStkInAcctMod"].keys), "")
        row |= {
            "Material": item.material,
            "Plant": plant,
            "StorageLocation": location,
            "InventoryStockType": kind,
        }
        row |= {"MaterialBaseUnit": unit, "MatlWrhsStkQtyInMatlBaseUnit": str(Decimal(quantity))}
        db._seed_insert(cursor, "A_MatlStkInAcctMod", row)
        shelf = {"Product": item.material, "Plant": plant, "StorageLocation": location, "CreationDate": _DAY}
        db._seed_insert(cursor, "A_ProductStorageLocation", shelf)


def _prices(conn: sqlite3.Connection, item: Sellable) -> None:
    """The shop's price in the shop's currencies; resellers (price group 02) pay a tenth less in euros."""
    price, unit = item.article.price, item.article.unit
    scale = ((12, money.at(price * Decimal("0.95"))), (144, money.at(price * Decimal("0.9"))))
    for organization in (PLANT, OTHER_PLANT):
        for currency, rate in _CURRENCIES.items():
            steps = scale if item.sku in _IN_BULK and currency == "EUR" else ()
            amount = money.at(price * rate)
            conditions.seed_price(conn, item.material, organization, amount, currency, unit, scale=steps)
    reduced = money.at(price * Decimal("0.9"))
    conditions.seed_price(conn, item.material, PLANT, reduced, "EUR", unit, group="02")


def _customers(cursor: sqlite3.Cursor) -> None:
    """mock-sap's partners, with what S/4HANA keeps of a customer; e-mail and telephone move to their own entities."""
    rows = cursor.execute(
        'SELECT "Customer", "BusinessPartnerCategory" FROM "A_BusinessPartner" WHERE "Customer" <> \'\''
    ).fetchall()
    for number, category in rows:
        customer = {"Customer": number}
        db._seed_insert(cursor, "A_Customer", customer | {"CreationDate": _DAY})
        for organization in (PLANT, OTHER_PLANT):
            area = {"SalesOrganization": organization, "DistributionChannel": "10", "Division": "00"}
            group = {"Currency": "EUR", "CustomerPriceGroup": "02" if category == "2" else "01"}
            db._seed_insert(cursor, "A_CustomerSalesArea", customer | area | group)
            for function in ("AG", "RE", "RG", "WE"):
                partner = {"PartnerFunction": function, "PartnerCounter": "0", "BPCustomerNumber": number}
                db._seed_insert(cursor, "A_CustSalesPartnerFunc", customer | area | partner)
        if category == "2":
            identity = {"BPIdentificationType": "HRB", "BPIdentificationNumber": f"HRB {number}"}
            db._seed_insert(cursor, "A_BuPaIdentification", {"BusinessPartner": number, **identity})
            tax = {"BPTaxType": "DE0", "BPTaxNumber": f"DE{int(number):09}"}
            db._seed_insert(cursor, "A_BusinessPartnerTaxNumber", {"BusinessPartner": number, **tax})
        company = {"CompanyCode": PLANT, "PaymentTerms": "0001", "ReconciliationAccount": "12100000"}
        db._seed_insert(cursor, "A_CustomerCompany", customer | company)
    addresses = cursor.execute(
        'SELECT "BusinessPartner", "AddressID", "EmailAddress", "PhoneNumber" FROM "A_BusinessPartnerAddress"'
    ).fetchall()
    for partner_number, address, email, phone in addresses:
        usage = {"BusinessPartner": partner_number, "AddressID": address, "AddressUsage": "XXDEFAULT"}
        db._seed_insert(cursor, "A_BuPaAddressUsage", usage | {"StandardUsage": 1})
        row = {"AddressID": address, "Person": "", "OrdinalNumber": "1"}
        mail = {"IsDefaultEmailAddress": 1, "EmailAddress": email}
        db._seed_insert(cursor, "A_AddressEmailAddress", row | mail)
        call = {"IsDefaultPhoneNumber": 1, "PhoneNumber": phone, "PhoneNumberType": "1"}
        db._seed_insert(cursor, "A_AddressPhoneNumber", row | call)
    cursor.execute('UPDATE "A_BusinessPartnerAddress" SET "PhoneType" = ?, "MobileType" = ?', ["1", "3"])
