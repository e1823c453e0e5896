"""The entity types of S/4HANA that mock-sap does not have, or has in another shape.

Names, lengths and read-only marks are those of S/4HANA's own services. Properties that mock-sap keeps for its
own work and S/4HANA does not publish (``Plant`` on an order item, ``EmailAddress`` on an address) stay as
columns and are not served, so a client cannot come to rely on them.
"""

from __future__ import annotations

from flowrun_sandbox.sap.entities.billing import BILLING, JOURNAL
from flowrun_sandbox.sap.entities.conditions import CONDITIONS
from flowrun_sandbox.sap.entities.deliveries import DELIVERIES
from flowrun_sandbox.sap.entities.entity import READ_ONLY, Entity
from flowrun_sandbox.sap.entities.partners import PARTNERS
from flowrun_sandbox.sap.entities.products import PRODUCTS
from flowrun_sandbox.sap.entities.sales import SALES
from flowrun_sandbox.sap.entities.stock import MATERIAL_DOCUMENTS, STOCK
from flowrun_sandbox.sap.entities.version4 import PRODUCTS_V4, SALES_V4

__all__ = [
    "BILLING",
    "BY_NAME",
    "CONDITIONS",
    "DELIVERIES",
    "JOURNAL",
    "MATERIAL_DOCUMENTS",
    "PARTNERS",
    "PRODUCTS",
    "PRODUCTS_V4",
    "READ_ONLY",
    "SALES",
    "SALES_V4",
    "STOCK",
    "Entity",
]

BY_NAME = {
    entity.name: entity
    for group in (
        SALES,
        PARTNERS,
        PRODUCTS,
        STOCK,
        MATERIAL_DOCUMENTS,
        DELIVERIES,
        BILLING,
        JOURNAL,
        CONDITIONS,
        SALES_V4,
        PRODUCTS_V4,
    )
    for entity in group
}
