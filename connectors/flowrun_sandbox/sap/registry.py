"""Enters S/4HANA's entity types and services into mock-sap's registries, once in a process."""

from __future__ import annotations

from mocksap import db, documents, metadata, odata, service, store
from mocksap.schema import ENTITY_TYPES, EntityType

from flowrun_sandbox.sap import (
    billing,
    deliveries,
    functions,
    happenings,
    journal,
    moments,
    rules,
    seed,
    services,
    stock,
    version4,
)
from flowrun_sandbox.sap.entities import BY_NAME, Entity
from flowrun_sandbox.sap.fields import navigation, properties

# Columns that nobody is served: a navigation to telephones is told from one to mobiles by a value of its own.
_UNSEEN = {"A_BusinessPartnerAddress": "PhoneType S 1\nMobileType S 1"}
_NUMBERS = {
    "A_SalesOrder": ("SalesOrder", "SALESORDER", 1),
    "A_BusinessPartner": ("BusinessPartner", "BUSINESSPARTNER", 1),
    "A_MaterialDocumentHeader": ("MaterialDocument", "MATERIALDOCUMENT", 10),
    "A_SlsPrcgConditionRecord": ("ConditionRecord", "CONDITIONRECORD", 10),
}
_installed: list[bool] = []


def install() -> None:
    """Everything that makes mock-sap look like S/4HANA. A second call does nothing."""
    if _installed:
        return
    _installed.append(True)
    for entity in BY_NAME.values():
        _register(entity)
    # S/4HANA's cube tells a document's reference, by which a posting is found again.
    ENTITY_TYPES[journal.CUBE].props += properties("DocumentReferenceID S 16 ro")
    happenings.install()
    services.install()
    store.AUTO_KEY.update(_NUMBERS)
    store.CHANGE_STAMPS = (*store.CHANGE_STAMPS, "LastChangeDateTime")
    store.ADMIN_DEFAULTS["LastChangeDateTime"] = lambda context: context["now"]
    moments.install()
    moments.replace(store, "insert", rules.insert)
    moments.replace(store, "update", rules.update)
    moments.replace(store, "delete", rules.delete)
    moments.replace(documents, "create_delivery", deliveries.instead_of_mock_saps)
    moments.replace(documents, "create_billing_document", billing.instead_of_mock_saps)
    moments.replace(documents, "delivered_so_far", deliveries.delivered_instead_of_mock_saps)
    moments.replace(service, "_post_goods_receipt", stock.instead_of_mock_saps)
    moments.replace(service, "_dispatch", functions.dispatch)
    moments.replace(service, "_dispatch", version4.dispatch)
    moments.replace(service, "_parse_expand", version4.parse_expand)
    moments.replace(odata, "entity_envelope", version4.entity_envelope)
    moments.replace(db, "seed", seed.seed)
    moments.replace(metadata, "metadata_document", services.metadata_document)


def _register(entity: Entity) -> None:
    """The type as S/4HANA publishes it; mock-sap's own further columns live on in a view nobody serves."""
    known = ENTITY_TYPES.get(entity.name)
    made = EntityType(
        entity.name,
        properties(entity.properties),
        navigation(entity.navigation),
        label=entity.name.removeprefix("V4_"),
        view_of=entity.of,
    )
    ENTITY_TYPES[entity.name] = made
    kept = [prop for prop in known.props if made.prop(prop.name) is None] if known else []
    if entity.name in _UNSEEN:
        kept += properties(_UNSEEN[entity.name])
    if known is not None:
        made.label = known.label
    if kept:
        hidden = f"{entity.name}_unseen"
        ENTITY_TYPES[hidden] = EntityType(hidden, kept, view_of=entity.name)
