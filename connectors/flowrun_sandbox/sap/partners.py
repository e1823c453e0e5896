"""What S/4HANA fills in for business partners and products.

A partner in a customer role becomes a customer under its own number, and a sales area gets its four partner
functions; addresses, e-mail addresses and telephone numbers are numbered by the system. A change of an
address or a number is a change of its partner.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from mocksap import clock, db, store
from mocksap.schema import ENTITY_TYPES

from flowrun_sandbox.sap import rows
from flowrun_sandbox.sap.happenings import happened
from flowrun_sandbox.sap.rows import Connection, Row

CUSTOMER_ROLES = {"FLCU00", "FLCU01"}
PHONE, MOBILE = "1", "3"
_FUNCTIONS = ("AG", "RE", "RG", "WE")  # sold-to, bill-to, payer, ship-to


class Blank(str):
    """An empty key that is there: mock-sap takes an empty text for a key that was not sent."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return True


def prepare_partner(conn: Connection, payload: Row, _given: Row) -> None:
    """Number, names and, in a customer role, the customer."""
    number = payload.get("BusinessPartner") or db.next_number(conn, "BUSINESSPARTNER", 1)
    payload["BusinessPartner"] = number
    roles = {row.get("BusinessPartnerRole") for row in _children(payload, "to_BusinessPartnerRole")}
    if roles & CUSTOMER_ROLES or payload.get("to_Customer") is not None:
        payload["Customer"] = number
        payload["to_Customer"] = payload.get("to_Customer") or {}
    payload["BusinessPartnerName"] = payload["BusinessPartnerFullName"] = full_name(payload)
    payload["BusinessPartnerUUID"] = str(uuid.uuid4())


def full_name(partner: Row) -> str:
    """A person's two names, or an organisation's first."""
    person = f"{partner.get('FirstName') or ''} {partner.get('LastName') or ''}".strip()
    if partner.get("BusinessPartnerCategory") == "1":
        return person[:81]
    return str(partner.get("OrganizationBPName1") or person)[:81]


def _children(payload: Row, name: str) -> list[Row]:
    value = payload.get(name) or []
    found = value.get("results", [value]) if isinstance(value, dict) else value
    return [row for row in found if isinstance(row, dict)]


def prepare_address(conn: Connection, payload: Row, given: Row) -> None:
    """A number from one series, and what tells its telephones from its mobiles."""
    if not payload.get("AddressID"):
        given["AddressID"] = _next_address(conn)
    given.update(PhoneType=PHONE, MobileType=MOBILE)


def _next_address(conn: Connection) -> str:
    """One series for all partners: an e-mail address knows its postal address by this number alone."""
    row = conn.execute('SELECT MAX(CAST("AddressID" AS INTEGER)) FROM "A_BusinessPartnerAddress"').fetchone()
    return str((row[0] or 22000) + 1)


def prepare_channel(table: str) -> Callable[[Connection, Row, Row], None]:
    """An address of an organisation, or of a partner itself, has an empty person."""

    def prepare(conn: Connection, payload: Row, given: Row) -> None:
        if not payload.get("Person"):
            payload.pop("Person", None)
            given["Person"] = Blank("")
        if table == "A_AddressPhoneNumber" and not payload.get("PhoneNumberType"):
            payload["PhoneNumberType"] = given.get("PhoneNumberType") or PHONE
        if not payload.get("OrdinalNumber"):
            address = given.get("AddressID") or payload.get("AddressID")
            given["OrdinalNumber"] = str(len(rows.many(conn, table, AddressID=address)) + 1)

    return prepare


def prepare_blank(name: str) -> Callable[[Connection, Row, Row], None]:
    """A key that may stay empty."""

    def prepare(_conn: Connection, payload: Row, given: Row) -> None:
        if not payload.get(name):
            payload.pop(name, None)
            given[name] = Blank("")

    return prepare


def role_added(conn: Connection, keys: Row) -> None:
    """A customer role makes the partner a customer."""
    if keys["BusinessPartnerRole"] not in CUSTOMER_ROLES:
        return
    number = {"BusinessPartner": keys["BusinessPartner"]}
    partner = rows.one(conn, "A_BusinessPartner", **number)
    if partner and not partner["Customer"]:
        rows.change(conn, "A_BusinessPartner", number, Customer=keys["BusinessPartner"])
        parent = {"Customer": keys["BusinessPartner"]}
        store.insert(conn, ENTITY_TYPES["A_Customer"], {}, parent_keys=parent, _nested=True)


def sales_area_added(conn: Connection, keys: Row) -> None:
    """The four functions, all the customer itself, unless some were sent."""
    if rows.many(conn, "A_CustSalesPartnerFunc", **keys):
        return
    for function in _FUNCTIONS:
        number = {"PartnerFunction": function, "PartnerCounter": "0", "BPCustomerNumber": keys["Customer"]}
        rows.add(conn, "A_CustSalesPartnerFunc", **keys, **number)


def address_added(conn: Connection, keys: Row) -> None:
    """The first address of a partner is its standard address."""
    partner = {"BusinessPartner": keys["BusinessPartner"]}
    if not rows.many(conn, "A_BuPaAddressUsage", **partner):
        usage = {"AddressUsage": "XXDEFAULT", "StandardUsage": 1, "ValidityEndDate": rows.FOR_EVER}
        rows.add(conn, "A_BuPaAddressUsage", **keys, **usage)


def partner_of(conn: Connection, table: str, keys: Row) -> str:
    """The partner whose entity this is; empty for what is none."""
    if "BusinessPartner" in keys:
        return str(keys["BusinessPartner"])
    if "Customer" in keys:
        return str(keys["Customer"])
    if table in {"A_AddressEmailAddress", "A_AddressPhoneNumber"}:
        found = rows.one(conn, "A_BusinessPartnerAddress", AddressID=keys["AddressID"])
        return str(found["BusinessPartner"]) if found else ""
    return ""


def partner_changed(conn: Connection, number: str) -> None:
    """Day and time of the change, the name anew, and the news of it."""
    partner = rows.one(conn, "A_BusinessPartner", BusinessPartner=number)
    if partner is None:
        return
    name = full_name(partner)
    names = {"BusinessPartnerName": name, "BusinessPartnerFullName": name}
    stamp = {"LastChangeDate": rows.today(), "LastChangeTime": rows.time_of_day()}
    mark = {"ETag": f"{clock.now():%Y%m%d%H%M%S%f}", "LastChangedByUser": "FLOWRUN"}
    keys = {"BusinessPartner": number}
    rows.change(conn, "A_BusinessPartner", keys, **stamp, **mark, **names)
    happened(conn, "BusinessPartner.Changed", BusinessPartner=number)
