"""What S/4HANA checks and fills in that mock-sap, a store of shapes, does not.

A business partner in a customer role becomes a customer under its own number; addresses, e-mail addresses and
telephone numbers are numbered by the system; an order needs a customer and materials that exist. Two orders
with the same customer reference are *not* refused, as in S/4HANA: to prevent them is the caller's business.

The message codes and texts of refusals (``V1/382``, ``VP/202``, …) are the sandbox's own convention in SAP's
form. Branch on the status and on a table of codes, never on a text.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable
from typing import Any

from mocksap import clock, db, store
from mocksap.odata import SapError
from mocksap.schema import ENTITY_TYPES, EntityType

from flowrun_sandbox.sap import pricing
from flowrun_sandbox.sap.entities import PARTNERS, PRODUCTS, READ_ONLY, SALES, STOCK

Connection = sqlite3.Connection
Payload = dict[str, Any]
_OURS = {entity.name: entity for entity in (*SALES, *PARTNERS, *PRODUCTS, *STOCK)}
_CUSTOMER_ROLES = {"FLCU00", "FLCU01"}
_NUMBERED = {
    "A_SalesOrderItem": ("SalesOrderItem",),
    "A_SalesOrderScheduleLine": ("ScheduleLine",),
    "A_SalesOrderHeaderPrElement": ("PricingProcedureStep", "PricingProcedureCounter"),
    "A_SalesOrderItemPrElement": ("PricingProcedureStep", "PricingProcedureCounter"),
    "A_CustSalesPartnerFunc": ("PartnerCounter",),
}
_OF_AN_ORDER = {
    "A_SalesOrder",
    "A_SalesOrderItem",
    "A_SalesOrderHeaderPrElement",
    "A_SalesOrderItemPrElement",
}


class _Blank(str):
    """An empty key that is there: mock-sap takes an empty text for a key that was not sent."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return True


def insert(plain: Callable[..., Payload]) -> Callable[..., Payload]:
    """Wraps mock-sap's insert, which calls itself for every child of a deep insert."""

    def checked(
        conn: Connection,
        entity: EntityType,
        payload: Payload,
        user: str = "MOCKUSER",
        parent_keys: Payload | None = None,
        _nested: bool = False,
    ) -> Payload:
        _refuse_fixed(entity, "create", allowed=_nested or bool(parent_keys))
        payload, given = dict(payload), dict(parent_keys or {})
        for prop in entity.keys:
            if not prop.creatable and not (payload.get(prop.name) or given.get(prop.name)):
                raise SapError(f"Key property '{prop.name}' is missing in the payload", 400, target=prop.name)
        prepare = _PREPARE.get(entity.name)
        if prepare:
            prepare(conn, payload, given)
        _number(conn, entity, payload, given)
        keys = plain(conn, entity, payload, user, given or None, _nested)
        _after_insert(conn, entity, keys)
        if not _nested:
            _complete(conn, entity, keys)
            conn.commit()
        return keys

    return checked


def update(plain: Callable[..., None]) -> Callable[..., None]:
    """Wraps mock-sap's update: prices anew, and moves the order's ETag for a change to its item."""

    def checked(conn: Connection, entity: EntityType, keys: Payload, payload: Payload, **how: Any) -> None:
        _refuse_fixed(entity, "update", allowed=False)
        if entity.name == "A_SalesOrderItem" and payload.get("Material"):
            _material(conn, payload["Material"])
        plain(conn, entity, keys, payload, **how)
        _stamp(conn, entity, keys)
        if entity.name in _OF_AN_ORDER:
            if entity.name != "A_SalesOrder":
                order = {"SalesOrder": keys["SalesOrder"]}
                plain(conn, ENTITY_TYPES["A_SalesOrder"], order, {}, user=how.get("user", "MOCKUSER"))
                _stamp(conn, ENTITY_TYPES["A_SalesOrder"], order)
            pricing.price_order(conn, keys["SalesOrder"])
        conn.commit()

    return checked


def delete(plain: Callable[..., None]) -> Callable[..., None]:
    """Wraps mock-sap's delete: some things S/4HANA only archives."""

    def checked(conn: Connection, entity: EntityType, keys: Payload) -> None:
        _refuse_fixed(entity, "delete", allowed=False)
        plain(conn, entity, keys)

    return checked


def _refuse_fixed(entity: EntityType, verb: str, *, allowed: bool) -> None:
    ours = _OURS.get(entity.name)
    if ours is None or verb not in ours.fixed or (allowed and ours.fixed != READ_ONLY):
        return
    raise SapError(f"Method not allowed: '{entity.name}' does not support {verb}", 405)


def _number(conn: Connection, entity: EntityType, payload: Payload, given: Payload) -> None:
    for name in _NUMBERED.get(entity.name, ()):
        if not payload.get(name):
            row = {**payload, **given}
            given[name] = store._next_child_number(conn, entity, row, entity.prop(name))


def _customer(conn: Connection, payload: Payload) -> None:
    number = str(payload.get("SoldToParty") or "").lstrip("0")
    if not number:
        raise SapError("Enter a sold-to party", 400, code="VP/201", target="SoldToParty")
    found = store.get(conn, ENTITY_TYPES["A_Customer"], {"Customer": number})
    if found is None:
        raise SapError(f"Sold-to party {number} is not a customer", 400, code="VP/202", target="SoldToParty")
    if found["OrderIsBlockedForCustomer"]:
        raise SapError(f"Customer {number} is blocked for orders", 400, code="VP/203", target="SoldToParty")
    payload["SoldToParty"] = number


def _material(conn: Connection, material: str) -> sqlite3.Row:
    found: sqlite3.Row | None = store.get(conn, ENTITY_TYPES["A_Product"], {"Product": material})
    if found is None:
        raise SapError(
            f"Material {material} does not exist or is not defined for sales",
            400,
            code="V1/382",
            target="Material",
        )
    return found


def _prepare_order(conn: Connection, payload: Payload, _given: Payload) -> None:
    _customer(conn, payload)
    payload.setdefault("TransactionCurrency", "EUR")
    if not payload.get("to_Item"):
        payload.pop("to_Item", None)
    for name in ("OverallTotalDeliveryStatus", "OverallOrdReltdBillgStatus"):
        payload.setdefault(name, "A")


def _prepare_item(conn: Connection, payload: Payload, given: Payload) -> None:
    product = _material(conn, str(payload.get("Material") or ""))
    order = store.get(conn, ENTITY_TYPES["A_SalesOrder"], {"SalesOrder": given.get("SalesOrder")})
    payload["TransactionCurrency"] = order["TransactionCurrency"] if order else ""
    sent = [payload.get(f"RequestedQuantity{kind}") for kind in ("Unit", "SAPUnit", "ISOUnit")]
    unit = next((name for name in sent if name), product["BaseUnit"])
    for kind in ("Unit", "SAPUnit", "ISOUnit"):
        payload[f"RequestedQuantity{kind}"] = unit
    if not payload.get("SalesOrderItemText"):
        texts = store.query(
            conn,
            ENTITY_TYPES["A_ProductDescription"],
            '"Product" = ? AND "Language" = ?',
            [product["Product"], "EN"],
        )
        payload["SalesOrderItemText"] = texts[0]["ProductDescription"] if texts else ""
    payload.setdefault("DeliveryStatus", "A")
    payload.setdefault("SDProcessStatus", "A")


def _prepare_partner(conn: Connection, payload: Payload, _given: Payload) -> None:
    number = payload.get("BusinessPartner") or db.next_number(conn, "BUSINESSPARTNER", 1)
    payload["BusinessPartner"] = number
    roles = {row.get("BusinessPartnerRole") for row in _children(payload, "to_BusinessPartnerRole")}
    if roles & _CUSTOMER_ROLES or payload.get("to_Customer") is not None:
        payload["Customer"] = number
        payload["to_Customer"] = payload.get("to_Customer") or {}
    person = f"{payload.get('FirstName') or ''} {payload.get('LastName') or ''}".strip()
    name = (
        person
        if payload.get("BusinessPartnerCategory") == "1"
        else payload.get("OrganizationBPName1") or person
    )
    payload["BusinessPartnerName"] = payload["BusinessPartnerFullName"] = name[:81]
    payload["BusinessPartnerUUID"] = str(uuid.uuid4())


def _children(payload: Payload, name: str) -> list[Payload]:
    value = payload.get(name) or []
    rows = value.get("results", [value]) if isinstance(value, dict) else value
    return [row for row in rows if isinstance(row, dict)]


def _prepare_address(conn: Connection, payload: Payload, given: Payload) -> None:
    if not payload.get("AddressID"):
        given["AddressID"] = next_address(conn)


def next_address(conn: Connection) -> str:
    """One series for all partners: an e-mail address knows its postal address by this number alone."""
    row = conn.execute('SELECT MAX(CAST("AddressID" AS INTEGER)) FROM "A_BusinessPartnerAddress"').fetchone()
    return str((row[0] or 22000) + 1)


def _prepare_channel(table: str) -> Callable[[Connection, Payload, Payload], None]:
    """An address of an organisation, or of a partner itself, has an empty person."""

    def prepare(conn: Connection, payload: Payload, given: Payload) -> None:
        if not payload.get("Person"):
            payload.pop("Person", None)
            given["Person"] = _Blank("")
        if not payload.get("OrdinalNumber"):
            address = given.get("AddressID") or payload.get("AddressID")
            count = conn.execute(
                f'SELECT COUNT(*) FROM "{table}" WHERE "AddressID" = ?',  # noqa: S608 - our own table
                [address],
            ).fetchone()
            given["OrdinalNumber"] = str(count[0] + 1)

    return prepare


def _prepare_delivery_item(_conn: Connection, payload: Payload, _given: Payload) -> None:
    payload.setdefault("ActualDeliveryQuantity", payload.get("ActualDeliveredQtyInOrderQtyUnit"))
    payload.setdefault("DeliveryQuantityUnit", payload.get("OrderQuantityUnit"))


_PREPARE: dict[str, Callable[[Connection, Payload, Payload], None]] = {
    "A_SalesOrder": _prepare_order,
    "A_SalesOrderItem": _prepare_item,
    "A_BusinessPartner": _prepare_partner,
    "A_BusinessPartnerAddress": _prepare_address,
    "A_AddressEmailAddress": _prepare_channel("A_AddressEmailAddress"),
    "A_AddressPhoneNumber": _prepare_channel("A_AddressPhoneNumber"),
    "A_OutbDeliveryItem": _prepare_delivery_item,
}


def _after_insert(conn: Connection, entity: EntityType, keys: Payload) -> None:
    if entity.name in _OURS:
        _stamp(conn, entity, keys, created=True)
    if entity.name == "A_BusinessPartnerRole" and keys["BusinessPartnerRole"] in _CUSTOMER_ROLES:
        _make_customer(conn, keys["BusinessPartner"])


def _complete(conn: Connection, entity: EntityType, keys: Payload) -> None:
    """When all parts of an order are there: a schedule line for every item without one, and the prices."""
    if entity.name not in _OF_AN_ORDER:
        return
    items = conn.execute(
        'SELECT * FROM "A_SalesOrderItem" AS i WHERE "SalesOrder" = ? AND NOT EXISTS (SELECT 1 FROM '
        '"A_SalesOrderScheduleLine" AS s WHERE s."SalesOrder" = i."SalesOrder" '
        'AND s."SalesOrderItem" = i."SalesOrderItem")',
        [keys["SalesOrder"]],
    ).fetchall()
    for item in items:
        line = {
            "ScheduleLineOrderQuantity": item["RequestedQuantity"],
            "ConfdOrderQtyByMatlAvailCheck": item["RequestedQuantity"],
            "OrderQuantityUnit": item["RequestedQuantityUnit"],
        }
        place = {"SalesOrder": item["SalesOrder"], "SalesOrderItem": item["SalesOrderItem"]}
        store.insert(conn, ENTITY_TYPES["A_SalesOrderScheduleLine"], line, parent_keys=place, _nested=True)
    pricing.price_order(conn, keys["SalesOrder"])


def _make_customer(conn: Connection, partner: str) -> None:
    found = conn.execute(
        'UPDATE "A_BusinessPartner" SET "Customer" = "BusinessPartner" '
        'WHERE "BusinessPartner" = ? AND "Customer" = ?',
        [partner, ""],
    )
    if found.rowcount:
        store.insert(conn, ENTITY_TYPES["A_Customer"], {}, parent_keys={"Customer": partner}, _nested=True)


def _stamp(conn: Connection, entity: EntityType, keys: Payload, *, created: bool = False) -> None:
    """S/4HANA keeps days as days. A partner never changed has no day of change."""
    now = clock.now()
    values: Payload = {}
    for name in ("CreationDate", "LastChangeDate"):
        if entity.prop(name) is not None and (created or name != "CreationDate"):
            values[name] = f"{now:%Y-%m-%d}T00:00:00"
    if entity.prop("LastChangeTime") is not None:
        values["LastChangeTime"] = f"{now:PT%HH%MM%SS}"
    if created and entity.name == "A_BusinessPartner":
        values.update(LastChangeDate=None, LastChangeTime="")
    if values:
        sets = ", ".join(f'"{name}" = ?' for name in values)
        where = " AND ".join(f'"{name}" = ?' for name in keys)
        conn.execute(f'UPDATE "{entity.table}" SET {sets} WHERE {where}', [*values.values(), *keys.values()])  # noqa: S608 - names come from the registry
