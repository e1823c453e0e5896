"""The shop's merchandise in SAP, and mock-sap's own partners made customers.

Unrestricted stock of plant 1010 adds up to the shop's stock, over two storage locations; beside it lies stock
that must not be sold (in quality inspection, blocked) and stock of another plant.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from decimal import Decimal
from html import unescape
from typing import Any

from mocksap import db, store
from mocksap.schema import ENTITY_TYPES

from flowrun_sandbox.catalogue import FLAGGED_SKU, Sellable, materials
from flowrun_sandbox.sap.entities import PARTNERS, PRODUCTS, SALES

PLANT = "1010"
OTHER_PLANT = "1710"
_DAY = "2026-01-15T00:00:00"
_FOR_EVER = "9999-12-31T00:00:00"
_UNRESTRICTED, _IN_INSPECTION, _BLOCKED = "01", "02", "07"


def seed(plain: Callable[..., Any]) -> Callable[..., Any]:
    """Wraps mock-sap's seeding, which runs at the start and at every reset."""

    def seeded(conn: sqlite3.Connection, seed_value: int = 42, orders: int = 25, pos: int = 12) -> Any:
        plain(conn, seed_value, orders, pos)
        cursor = conn.cursor()
        for item in materials():
            _material(cursor, item)
        _customers(cursor)
        _fill(cursor)
        conn.commit()
        return db.counts(conn)

    return seeded


def _material(cursor: sqlite3.Cursor, item: Sellable) -> None:
    article = item.article
    unit = {"BaseUnit": article.unit}
    product: dict[str, Any] = {"Product": item.material}
    row = product | unit
    row |= {"ProductType": "HAWA", "ProductGroup": "L001", "Division": "00", "ItemCategoryGroup": "NORM"}
    row |= {"GrossWeight": article.weight, "NetWeight": article.weight, "WeightUnit": "KG"}
    row |= {"IsMarkedForDeletion": int(item.sku == FLAGGED_SKU), "ProductOldID": item.sku}
    row |= {"CreationDate": _DAY, "LastChangeDate": _DAY, "LastChangeDateTime": _DAY}
    db._seed_insert(cursor, "A_Product", row)
    name = unescape(article.name)[:40]
    for language in ("EN", "DE"):
        text = {"Language": language, "ProductDescription": name}
        db._seed_insert(cursor, "A_ProductDescription", product | text)
    for plant in (PLANT, OTHER_PLANT):
        place = {"Plant": plant, "ProfitCenter": "YB110"}
        db._seed_insert(cursor, "A_ProductPlant", product | unit | place)
        sales = {"ProductSalesOrg": plant, "ProductDistributionChnl": "10", "SalesMeasureUnit": article.unit}
        db._seed_insert(
            cursor, "A_ProductSalesDelivery", product | unit | sales | {"ItemCategoryGroup": "NORM"}
        )
        price = {
            "ValuationArea": plant,
            "ValuationType": "",
            "StandardPrice": article.price,
            "PriceUnitQty": 1,
        }
        db._seed_insert(cursor, "A_ProductValuation", product | unit | price | {"Currency": "EUR"})
    _stock(cursor, item)


def _stock(cursor: sqlite3.Cursor, item: Sellable) -> None:
    pieces = item.variant.stock if item.variant else item.article.stock
    unit = item.article.unit
    db._seed_insert(cursor, "A_MaterialStock", {"Material": item.material, "MaterialBaseUnit": unit})
    for plant, location, kind, quantity in (
        (PLANT, "101A", _UNRESTRICTED, pieces - pieces // 3),
        (PLANT, "101B", _UNRESTRICTED, pieces // 3),
        (PLANT, "101A", _IN_INSPECTION, 5),
        (PLANT, "101A", _BLOCKED, 2),
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


def _customers(cursor: sqlite3.Cursor) -> None:
    """mock-sap's partners, with what S/4HANA keeps of a customer; their e-mail moves to its own entity."""
    rows = cursor.execute('SELECT "Customer" FROM "A_BusinessPartner" WHERE "Customer" <> \'\'').fetchall()
    for (number,) in rows:
        customer = {"Customer": number}
        db._seed_insert(cursor, "A_Customer", customer | {"CreationDate": _DAY})
        for organization in (PLANT, OTHER_PLANT):
            area = {"SalesOrganization": organization, "DistributionChannel": "10", "Division": "00"}
            db._seed_insert(cursor, "A_CustomerSalesArea", customer | area | {"Currency": "EUR"})
        company = {"CompanyCode": PLANT, "PaymentTerms": "0001", "ReconciliationAccount": "12100000"}
        db._seed_insert(cursor, "A_CustomerCompany", customer | company)
    addresses = cursor.execute(
        'SELECT "AddressID", "EmailAddress" FROM "A_BusinessPartnerAddress"'
    ).fetchall()
    for address, email in addresses:
        row = {"AddressID": address, "Person": "", "OrdinalNumber": "1", "IsDefaultEmailAddress": 1}
        db._seed_insert(cursor, "A_AddressEmailAddress", row | {"EmailAddress": email})


def _fill(cursor: sqlite3.Cursor) -> None:
    """Rows of mock-sap's seed know nothing of the added columns: give them S/4HANA's initial values."""
    for entity in (*SALES, *PARTNERS, *PRODUCTS):
        for prop in ENTITY_TYPES[entity.name].props:
            initial = store.initial_value(prop)
            if initial is not None:
                cursor.execute(
                    f'UPDATE "{entity.name}" SET "{prop.name}" = ? WHERE "{prop.name}" IS NULL',  # noqa: S608 - from the registry
                    [initial],
                )
    cursor.execute('UPDATE "A_SalesOrder" SET "LastChangeDateTime" = "LastChangeDate"')
    cursor.execute(
        'UPDATE "A_BusinessPartnerRole" SET "ValidTo" = ? WHERE "ValidTo" IS NULL OR "ValidTo" = \'\'',
        [_FOR_EVER],
    )
    cursor.execute(
        'UPDATE "A_OutbDeliveryItem" SET "ActualDeliveryQuantity" = "ActualDeliveredQtyInOrderQtyUnit"'
    )
    cursor.execute('UPDATE "A_OutbDeliveryItem" SET "DeliveryQuantityUnit" = "OrderQuantityUnit"')
