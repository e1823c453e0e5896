"""Price conditions: which price holds for a material today.

A record has a price (``ConditionRateValue`` and ``ConditionRateAmount``, kept alike), at least one validity that says
for what and until when, and perhaps a scale of prices from a quantity on. The narrowest record wins: a customer's
own (table 305), then a price group's (032), then the material's (304). Every change of a part moves the
record's ``ETag``.
"""

from __future__ import annotations

from decimal import Decimal

from mocksap import clock, db, money
from mocksap.odata import SapError

from flowrun_sandbox.sap import rows
from flowrun_sandbox.sap.rows import FOR_EVER, Connection, Row

RECORD, VALIDITY, SCALE = "A_SlsPrcgConditionRecord", "A_SlsPrcgCndnRecdValidity", "A_SlsPrcgCndnRecordScale"
PRICE = "PPR0"
_FIRST = "20260101000000000000"
_TABLES = ("305", "032", "304")  # narrowest first


def etag() -> str:
    """A new mark of a record's state."""
    return f"{clock.now():%Y%m%d%H%M%S%f}"


_RATE_NAMES = ("ConditionRateValue", "ConditionRateAmount")
_UNIT_NAMES = ("ConditionRateValueUnit", "ConditionCurrency")


def _same_rate(payload: Row) -> None:
    """Rate and currency have two names each, of an older and a newer release."""
    for first, second in (_RATE_NAMES, _UNIT_NAMES):
        for name, other in ((first, second), (second, first)):
            if payload.get(name) not in (None, ""):
                payload[other] = payload.get(other) or payload[name]


def prepare_record(_conn: Connection, payload: Row, given: Row) -> None:
    """A new record; without a validity it would hold for nothing and is refused."""
    if not payload.get("to_SlsPrcgCndnRecdValidity"):
        text = "A condition record needs a validity (to_SlsPrcgCndnRecdValidity)"
        raise SapError(text, 400, code="VK/089", target="to_SlsPrcgCndnRecdValidity")
    if not payload.get("ConditionType"):
        raise SapError("Enter a condition type", 400, code="VK/003", target="ConditionType")
    _same_rate(payload)
    payload.setdefault("ConditionApplication", "V")
    payload.setdefault("ConditionTable", "304")
    payload.setdefault("ConditionCalculationType", "C")
    for name in ("ConditionSequentialNumber", "ConditionQuantity"):
        payload[name] = payload.get(name) or ("01" if name.endswith("Number") else "1")
    if payload.get("to_SlsPrcgCndnRecordScale"):
        payload.setdefault("PricingScaleType", "A")
        payload.setdefault("PricingScaleBasis", "C")
    first = _first(payload["to_SlsPrcgCndnRecdValidity"])
    for name in ("ConditionValidityStartDate", "ConditionValidityEndDate"):
        if not payload.get(name) and first.get(name):
            payload[name] = first[name]
        first.setdefault(name, payload.get(name) or (rows.today() if "Start" in name else FOR_EVER))
        payload[name] = payload.get(name) or first[name]
    for name in ("ConditionType", "ConditionApplication"):
        first.setdefault(name, payload[name])
    given["ETag"] = etag()


def _first(sent: object) -> Row:
    listed = sent.get("results", [sent]) if isinstance(sent, dict) else sent
    return listed[0] if isinstance(listed, list) and listed else {}


def prepare_part(_conn: Connection, payload: Row, given: Row) -> None:
    """A validity or a step of a scale."""
    _same_rate(payload)
    given["ETag"] = etag()


def check_change(_conn: Connection, payload: Row) -> None:
    """A changed price is changed under both its names."""
    _same_rate(payload)


def changed(conn: Connection, record: str) -> None:
    """A new ETag for the record and all its parts."""
    fresh = etag()
    for table in (RECORD, VALIDITY, SCALE):
        rows.change(conn, table, {"ConditionRecord": record}, ETag=fresh)
    moment = clock.now().isoformat(timespec="milliseconds")
    rows.change(conn, RECORD, {"ConditionRecord": record}, LastChangeDateTime=moment)


def price(conn: Connection, order: Row, material: str, quantity: Decimal) -> Decimal | None:
    """What one base unit costs on this order, by the narrowest record that holds today."""
    customer = order["SoldToParty"]
    area = rows.one(
        conn,
        "A_CustomerSalesArea",
        Customer=customer,
        SalesOrganization=order["SalesOrganization"],
        DistributionChannel=order["DistributionChannel"],
    )
    group = area["CustomerPriceGroup"] if area else ""
    day = order["PricingDate"] or rows.today()
    found = [
        row
        for row in rows.many(conn, VALIDITY, Material=material, ConditionType=PRICE)
        if row["ConditionValidityStartDate"] <= day <= row["ConditionValidityEndDate"]
        and row["SalesOrganization"] in ("", order["SalesOrganization"])
        and row["Customer"] in ("", customer)
        and row["CustomerPriceGroup"] in ("", group)
    ]
    records = [rows.one(conn, RECORD, ConditionRecord=row["ConditionRecord"]) for row in found]
    fitting = [
        row
        for row in records
        if row and row["ConditionCurrency"] == order["TransactionCurrency"] and not row["ConditionIsDeleted"]
    ]
    fitting.sort(
        key=lambda row: _TABLES.index(row["ConditionTable"]) if row["ConditionTable"] in _TABLES else 9
    )
    return _scaled(conn, fitting[0], quantity) if fitting else None


def _scaled(conn: Connection, record: Row, quantity: Decimal) -> Decimal:
    rate: Decimal = money.of(record["ConditionRateValue"])
    for step in rows.many(
        conn, SCALE, order='"ConditionScaleLine"', ConditionRecord=record["ConditionRecord"]
    ):
        if quantity >= money.of(step["ConditionScaleQuantity"]):
            rate = money.of(step["ConditionRateValue"])
    return rate / Decimal(money.of(record["ConditionQuantity"]) or 1)


def seed_price(
    conn: Connection,
    material: str,
    organization: str,
    rate: Decimal,
    currency: str,
    unit: str,
    *,
    group: str = "",
    scale: tuple[tuple[int, Decimal], ...] = (),
) -> None:
    """One price of the merchandise the sandbox begins with."""
    number: str = db.next_number(conn, "CONDITIONRECORD", 10)
    dates = {"ConditionValidityStartDate": "2026-01-01T00:00:00", "ConditionValidityEndDate": FOR_EVER}
    mark = {
        "ConditionRecord": number,
        "ConditionApplication": "V",
        "ConditionType": PRICE,
        "ETag": "20260101000000000000",
    }
    rate_of = {"ConditionCurrency": currency, "ConditionRateValueUnit": currency}
    rows.add(
        conn,
        RECORD,
        **mark,
        **dates,
        **rate_of,
        ConditionTable="032" if group else "304",
        LastChangeDateTime="2026-01-01T00:00:00",
        ConditionSequentialNumber="01",
        ConditionCalculationType="C",
        ConditionRateValue=rate,
        ConditionRateAmount=rate,
        ConditionQuantity=1,
        ConditionQuantityUnit=unit,
        PricingScaleType="A" if scale else "",
        PricingScaleBasis="C" if scale else "",
    )
    place = {"Material": material, "SalesOrganization": organization, "DistributionChannel": "10"}
    rows.add(conn, VALIDITY, **mark, **dates, **place, CustomerPriceGroup=group, TransactionCurrency=currency)
    for line, (quantity, cheaper) in enumerate(scale, start=1):
        rows.add(
            conn,
            SCALE,
            ConditionRecord=number,
            ConditionSequentialNumber="01",
            ConditionScaleLine=f"{line:04}",
            ConditionScaleQuantity=quantity,
            ConditionScaleQuantityUnit=unit,
            ConditionRateValue=cheaper,
            ConditionRateAmount=cheaper,
            ETag=mark["ETag"],
            **rate_of,
        )
