"""What S/4HANA checks, fills in and does when something is written, which mock-sap, a store of shapes, does not.

mock-sap's insert, update and delete are wrapped; what happens for which entity is listed here and done in the modules
of the documents. The message codes and texts of refusals (``V1/382``, ``VP/202``, …) are the sandbox's own
convention in SAP's form. Branch on the status and on a table of codes, never on a text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mocksap import clock, store
from mocksap.odata import SapError
from mocksap.schema import ENTITY_TYPES, EntityType

from flowrun_sandbox.sap import (
    conditions,
    deliveries,
    document_flow,
    journal,
    ordering,
    partners,
    pricing,
    rows,
    version4,
)
from flowrun_sandbox.sap.entities import BY_NAME, PRODUCTS, READ_ONLY
from flowrun_sandbox.sap.happenings import happened
from flowrun_sandbox.sap.rows import Connection, Row

Prepare = Callable[[Connection, Row, Row], None]
_OF_A_PRODUCT = {entity.name for entity in PRODUCTS}
_NUMBERED = {
    "A_SalesOrderItem": ("SalesOrderItem",),
    "A_SalesOrderScheduleLine": ("ScheduleLine",),
    "A_SalesOrderHeaderPrElement": ("PricingProcedureStep", "PricingProcedureCounter"),
    "A_SalesOrderItemPrElement": ("PricingProcedureStep", "PricingProcedureCounter"),
    "A_CustSalesPartnerFunc": ("PartnerCounter",),
    "A_ProductUnitsOfMeasureEAN": ("ConsecutiveNumber",),
    "A_SlsPrcgCndnRecordScale": ("ConditionSequentialNumber", "ConditionScaleLine"),
}
_PREPARE: dict[str, Prepare] = {
    "A_SalesOrder": ordering.prepare_order,
    "A_SalesOrderItem": ordering.prepare_item,
    "A_SalesOrderPartnerAddress": partners.prepare_blank("AddressRepresentationCode"),
    "A_BusinessPartner": partners.prepare_partner,
    "A_BusinessPartnerAddress": partners.prepare_address,
    "A_AddressEmailAddress": partners.prepare_channel("A_AddressEmailAddress"),
    "A_AddressPhoneNumber": partners.prepare_channel("A_AddressPhoneNumber"),
    "A_ProductValuation": partners.prepare_blank("ValuationType"),
    conditions.RECORD: conditions.prepare_record,
    conditions.VALIDITY: conditions.prepare_part,
    conditions.SCALE: conditions.prepare_part,
}
_INSERTED: dict[str, Callable[[Connection, Row], None]] = {
    "A_BusinessPartnerAddress": partners.address_added,
    "A_BusinessPartnerRole": partners.role_added,
    "A_CustomerSalesArea": partners.sales_area_added,
    journal.ITEM: journal.basic_line,
}


def insert(plain: Callable[..., Row]) -> Callable[..., Row]:
    """Wraps mock-sap's insert, which calls itself for every child of a deep insert."""

    def checked(
        conn: Connection,
        entity: EntityType,
        payload: Row,
        user: str = "MOCKUSER",
        parent_keys: Row | None = None,
        _nested: bool = False,
    ) -> Row:
        _refuse_fixed(entity, "create", allowed=_nested or bool(parent_keys))
        if version4.is_view(entity):
            payload, entity = version4.in_v2(entity, payload), ENTITY_TYPES[entity.table]
        if entity.name == deliveries.HEADER and not _nested:
            return deliveries.create_from(conn, payload)
        payload, given = dict(payload), dict(parent_keys or {})
        for prop in entity.keys:
            if not prop.creatable and not (payload.get(prop.name) or given.get(prop.name)):
                raise SapError(f"Key property '{prop.name}' is missing in the payload", 400, target=prop.name)
        prepare = _PREPARE.get(entity.name)
        if prepare:
            prepare(conn, payload, given)
        _number(conn, entity, payload, given)
        keys = plain(conn, entity, payload, user, given or None, _nested)
        if entity.name in BY_NAME:
            _stamp(conn, entity, keys, created=True)
        if entity.name in _INSERTED:
            _INSERTED[entity.name](conn, keys)
        if not _nested:
            _complete(conn, entity, keys)
            conn.commit()
        return keys

    return checked


def update(plain: Callable[..., None]) -> Callable[..., None]:
    """Wraps mock-sap's update: prices anew, and moves the order's ETag for a change to its item."""

    def checked(conn: Connection, entity: EntityType, keys: Row, payload: Row, **how: Any) -> None:
        _refuse_fixed(entity, "update", allowed=False)
        payload = dict(payload)
        if version4.is_view(entity):
            payload, entity = version4.in_v2(entity, payload), ENTITY_TYPES[entity.table]
        _check_change(conn, entity.name, keys, payload)
        plain(conn, entity, keys, payload, **how)
        _stamp(conn, entity, keys)
        if entity.name in ordering.OF_AN_ORDER:
            pricing.price_order(conn, keys["SalesOrder"])
            document_flow.refresh(conn, keys["SalesOrder"])
        else:
            _news(conn, entity, keys)
        conn.commit()

    return checked


def delete(plain: Callable[..., None]) -> Callable[..., None]:
    """Wraps mock-sap's delete: some things S/4HANA only archives, and some are in use."""

    def checked(conn: Connection, entity: EntityType, keys: Row) -> None:
        _refuse_fixed(entity, "delete", allowed=False)
        if version4.is_view(entity):
            entity = ENTITY_TYPES[entity.table]
        order = ""
        if entity.name in ordering.OF_AN_ORDER:
            ordering.check_delete(conn, entity.name, keys)
            if entity.name == "A_SalesOrder":
                happened(conn, "SalesOrder.Deleted", SalesOrder=keys["SalesOrder"])
            order = keys["SalesOrder"] if entity.name != "A_SalesOrder" else ""
        if entity.name in {deliveries.HEADER, deliveries.ITEM}:
            order = deliveries.before_delete(conn, keys)
        plain(conn, entity, keys)
        if order:
            pricing.price_order(conn, order)
            document_flow.refresh(conn, order)
        elif entity.name not in ordering.OF_AN_ORDER:
            _news(conn, entity, keys)
        conn.commit()

    return checked


def _refuse_fixed(entity: EntityType, verb: str, *, allowed: bool) -> None:
    ours = BY_NAME.get(entity.name)
    if ours is None or verb not in ours.fixed or (allowed and ours.fixed != READ_ONLY):
        return
    raise SapError(f"Method not allowed: '{entity.name}' does not support {verb}", 405)


def _number(conn: Connection, entity: EntityType, payload: Row, given: Row) -> None:
    for name in _NUMBERED.get(entity.name, ()):
        if not payload.get(name):
            row = {**payload, **given}
            given[name] = store._next_child_number(conn, entity, row, entity.prop(name))


def _check_change(conn: Connection, table: str, keys: Row, payload: Row) -> None:
    if table == "A_SalesOrderItem":
        ordering.check_item_change(conn, keys, payload)
    elif table == "A_SalesOrder":
        ordering.check_order_change(conn, keys, payload)
    elif table == deliveries.ITEM:
        deliveries.check_item_change(conn, keys, payload)
    elif table in {conditions.RECORD, conditions.SCALE}:
        conditions.check_change(conn, payload)


def _complete(conn: Connection, entity: EntityType, keys: Row) -> None:
    """The whole is there, with all its parts."""
    if entity.name in ordering.OF_AN_ORDER:
        ordering.complete(conn, keys["SalesOrder"])
        created = entity.name == "A_SalesOrder"
        document_flow.refresh(conn, keys["SalesOrder"], moved=not created)
        if created:
            document_flow.tell_of_order(conn, keys["SalesOrder"], created=True)
    elif entity.name == "A_BusinessPartner":
        happened(conn, "BusinessPartner.Created", BusinessPartner=keys["BusinessPartner"])
    elif entity.name == "A_Product":
        happened(conn, "Product.Created", Product=keys["Product"])
    elif entity.name != conditions.RECORD:
        _news(conn, entity, keys)


def _news(conn: Connection, entity: EntityType, keys: Row) -> None:
    """A change of a part is a change of the whole."""
    if entity.name in {conditions.RECORD, conditions.VALIDITY, conditions.SCALE}:
        conditions.changed(conn, keys["ConditionRecord"])
    elif entity.name in {deliveries.HEADER, deliveries.ITEM}:
        if rows.one(conn, deliveries.HEADER, DeliveryDocument=keys["DeliveryDocument"]):
            deliveries.changed(conn, keys["DeliveryDocument"])
    elif entity.name in _OF_A_PRODUCT:
        moment = clock.now().isoformat(timespec="milliseconds")
        stamp = {"LastChangeDateTime": moment, "LastChangeDate": rows.today()}
        if entity.name != "A_Product":
            rows.change(conn, "A_Product", {"Product": keys["Product"]}, **stamp)
        happened(conn, "Product.Changed", Product=keys["Product"])
    elif entity.name in BY_NAME:
        partners.partner_changed(conn, partners.partner_of(conn, entity.name, keys))


def _stamp(conn: Connection, entity: EntityType, keys: Row, *, created: bool = False) -> None:
    """S/4HANA keeps days as days. A partner never changed has no day of change."""
    values: Row = {}
    for name in ("CreationDate", "LastChangeDate"):
        if entity.prop(name) is not None and (created or name != "CreationDate"):
            values[name] = rows.today()
    if entity.prop("LastChangeTime") is not None:
        values["LastChangeTime"] = rows.time_of_day()
    if created and entity.name == "A_BusinessPartner":
        values.update(LastChangeDate=None, LastChangeTime="")
    if values:
        rows.change(conn, entity.table, keys, **values)
