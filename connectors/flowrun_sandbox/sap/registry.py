"""Enters S/4HANA's entity types and services into mock-sap's registries, once in a process."""

from __future__ import annotations

import re
from collections.abc import Callable

from mocksap import db, metadata, store
from mocksap.schema import ENTITY_TYPES, SERVICES, EntityType, Service

from flowrun_sandbox.sap import moments, rules, seed
from flowrun_sandbox.sap.entities import PARTNERS, PRODUCTS, SALES, STOCK, Entity
from flowrun_sandbox.sap.fields import navigation, properties

_DELIVERY_ITEM = """
ActualDeliveryQuantity Dec 13,3
DeliveryQuantityUnit S 3 ro
"""
_installed: list[bool] = []


def install() -> None:
    """Everything that makes mock-sap look like S/4HANA. A second call does nothing."""
    if _installed:
        return
    _installed.append(True)
    for entity in (*SALES, *PARTNERS, *PRODUCTS, *STOCK):
        _register(entity)
    ENTITY_TYPES["A_OutbDeliveryItem"].props += properties(_DELIVERY_ITEM)
    _services()
    store.AUTO_KEY["A_SalesOrder"] = ("SalesOrder", "SALESORDER", 1)
    store.AUTO_KEY["A_BusinessPartner"] = ("BusinessPartner", "BUSINESSPARTNER", 1)
    store.CHANGE_STAMPS = (*store.CHANGE_STAMPS, "LastChangeDateTime")
    store.ADMIN_DEFAULTS["LastChangeDateTime"] = lambda context: context["now"]
    moments.install()
    moments.replace(store, "insert", rules.insert)
    moments.replace(store, "update", rules.update)
    moments.replace(store, "delete", rules.delete)
    moments.replace(db, "seed", seed.seed)
    moments.replace(metadata, "metadata_document", _metadata_document)


def _register(entity: Entity) -> None:
    """The type as S/4HANA publishes it; mock-sap's own further columns live on in a view nobody serves."""
    known = ENTITY_TYPES.get(entity.name)
    made = EntityType(
        entity.name, properties(entity.properties), navigation(entity.navigation), label=entity.name
    )
    if known is not None:
        made.label = known.label
        kept = [prop for prop in known.props if made.prop(prop.name) is None]
        hidden = f"{entity.name}_of_mock_sap"
        ENTITY_TYPES[hidden] = EntityType(hidden, kept, view_of=entity.name)
    ENTITY_TYPES[entity.name] = made


def _services() -> None:
    partners = {entity.name: entity.name for entity in PARTNERS}
    sales = {entity.name: entity.name for entity in SALES}
    products = {entity.name: entity.name for entity in PRODUCTS}
    stock = {entity.name: entity.name for entity in STOCK}
    for name in ("API_BUSINESS_PARTNER_SRV", "api_businesspartner"):
        _widen(SERVICES[name], partners)
    for name in ("API_SALES_ORDER_SRV", "api_salesorder"):
        _widen(SERVICES[name], sales)
    for name in ("API_PRODUCT_SRV", "api_product"):
        _widen(SERVICES[name], products)
    old = SERVICES["API_BUSINESS_PARTNER_SRV"]
    delivery = SERVICES["API_OUTBOUND_DELIVERY_SRV"]
    for service in (
        Service("API_BUSINESS_PARTNER", "API_BUSINESS_PARTNER", old.title, old.sets),
        Service("API_OUTBOUND_DELIVERY_SRV;v=0002", delivery.namespace, delivery.title, delivery.sets),
        Service("API_MATERIAL_STOCK_SRV", "API_MATERIAL_STOCK_SRV", "Material Stock", stock, read_only=True),
    ):
        SERVICES[service.name] = service


def _widen(service: Service, sets: dict[str, str]) -> None:
    """V4 names its sets without the ``A_``."""
    for name, type_name in sets.items():
        if type_name not in service.sets.values():
            service.sets[name.removeprefix("A_") if service.version >= 4 else name] = type_name


def _metadata_document(plain: Callable[[Service], str]) -> Callable[[Service], str]:
    """mock-sap marks whole services read-only; S/4HANA marks single entity sets."""

    def document(service: Service) -> str:
        text = plain(service)
        for entity in (*SALES, *PARTNERS, *PRODUCTS, *STOCK):
            for verb in sorted(entity.fixed):
                pattern = rf'(<EntitySet Name="{entity.name}" [^>]*sap:{verb.rstrip("e")}able=")true'
                text = re.sub(pattern, r"\1false", text)
        return text

    return document
