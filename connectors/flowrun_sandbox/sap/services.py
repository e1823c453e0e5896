"""The services, their addresses, and what their $metadata says beyond mock-sap's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mocksap.schema import SERVICES, Service

from flowrun_sandbox.sap import functions
from flowrun_sandbox.sap.entities import (
    BILLING,
    BY_NAME,
    CONDITIONS,
    DELIVERIES,
    JOURNAL,
    MATERIAL_DOCUMENTS,
    PARTNERS,
    PRODUCTS,
    PRODUCTS_V4,
    SALES,
    SALES_V4,
    STOCK,
    Entity,
)

_V2 = "/sap/opu/odata/sap"
_V4 = "/sap/opu/odata4/sap"
_BY_UNSEEN = re.compile(
    r'<ReferentialConstraint><Principal [^>]*>(?:<PropertyRef [^>]*>)*<PropertyRef Name="(?:PhoneType|MobileType)"/>'
    r".*?</ReferentialConstraint>"
)


@dataclass
class ServiceAt(Service):  # type: ignore[misc]  # mock-sap ships no types
    """A service at an address of its own."""

    address: str = ""

    @property
    def path(self) -> str:
        """mock-sap would make it from the name."""
        return self.address


def install() -> None:
    """S/4HANA's services beside mock-sap's, which stay under their own names."""
    for names, entities in (
        (("API_BUSINESS_PARTNER_SRV", "api_businesspartner"), PARTNERS),
        (("API_SALES_ORDER_SRV", "api_salesorder"), SALES),
        (("API_PRODUCT_SRV", "api_product"), PRODUCTS),
        (("API_OUTBOUND_DELIVERY_SRV",), DELIVERIES),
        (("API_BILLING_DOCUMENT_SRV",), BILLING),
        (("API_MATERIAL_DOCUMENT_SRV",), MATERIAL_DOCUMENTS),
    ):
        for name in names:
            _widen(SERVICES[name], entities)
    bank = {"A_BusinessPartnerBank": "A_BusinessPartnerBank"}
    for made in (
        _v2("API_BUSINESS_PARTNER", "Business Partner", PARTNERS, more=bank),
        _v2(
            "API_OUTBOUND_DELIVERY_SRV_0002",
            "Outbound Delivery",
            DELIVERIES,
            "API_OUTBOUND_DELIVERY_SRV;v=0002",
        ),
        _v2("API_MATERIAL_STOCK_SRV", "Material Stock", STOCK, read_only=True),
        _v2("API_SLSPRICINGCONDITIONRECORD_SRV", "Condition Record", CONDITIONS),
        _v2("API_JOURNALENTRYITEMBASIC_SRV", "Journal Entry Item", JOURNAL, read_only=True),
        _v4("CE_SALESORDER_0001", "salesorder", "0001", SALES_V4),
        _v4("CE_PRODUCT_0002", "product", "0002", PRODUCTS_V4),
    ):
        SERVICES[made.name] = made


def _v2(
    name: str,
    title: str,
    entities: Iterable[Entity],
    last: str = "",
    *,
    more: dict[str, str] | None = None,
    read_only: bool = False,
) -> Service:
    sets = {entity.name: entity.name for entity in entities} | (more or {})
    return ServiceAt(name, name, title, sets, read_only=read_only, address=f"{_V2}/{last or name}")


def _v4(name: str, word: str, version: str, entities: Iterable[Entity]) -> Service:
    sets = {entity.name.removeprefix("V4_"): entity.name for entity in entities}
    number = "_2" if version == "0002" else ""  # the second version of a service has a namespace of its own
    namespace = f"com.sap.gateway.srvd_a2x.api_{word}{number}.v0001"
    address = f"{_V4}/api_{word}/srvd_a2x/sap/{word}/{version}"
    return ServiceAt(name, namespace, name, sets, version=4, address=address)


def _widen(service: Service, entities: Iterable[Entity]) -> None:
    """mock-sap's V4 names its sets without the ``A_``."""
    for entity in entities:
        if entity.name not in service.sets.values():
            name = entity.name.removeprefix("A_") if service.version >= 4 else entity.name
            service.sets[name] = entity.name


def metadata_document(plain: Callable[[Service], str]) -> Callable[[Service], str]:
    """mock-sap marks whole services read-only and knows no function imports."""

    def document(service: Service) -> str:
        text = plain(service)
        for name in service.sets.values():
            for verb in sorted(BY_NAME[name].fixed) if name in BY_NAME else ():
                pattern = rf'(<EntitySet Name="{name}" [^>]*sap:{verb.rstrip("e")}able=")true'
                text = re.sub(pattern, r"\1false", text)
        text = _BY_UNSEEN.sub("", text)
        return functions.described(service, text)

    return document
