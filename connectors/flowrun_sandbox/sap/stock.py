"""Goods movements: the only thing that changes stock.

A material document is never changed and never deleted; a wrong one is cancelled by another (function imports
``Cancel`` and ``CancelItem``). Movement types are SAP's. Stock never falls below zero: ``M7/021``, as in SAP.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mocksap import db, money
from mocksap.odata import SapError, to_db_value
from mocksap.schema import ENTITY_TYPES

from flowrun_sandbox.sap import rows
from flowrun_sandbox.sap.happenings import happened
from flowrun_sandbox.sap.rows import Connection, Row

UNRESTRICTED, IN_INSPECTION, BLOCKED = "01", "02", "07"
GOODS_ISSUE, GOODS_ISSUE_REVERSED = "601", "602"


@dataclass(frozen=True)
class Movement:
    """From which kind of stock to which; ``moves`` ends in the other plant or storage location of the item."""

    takes: str
    gives: str
    opposite: str
    moves: bool = False
    backwards: bool = False


def _pairs() -> dict[str, Movement]:
    found = {}
    for kind, opposite, takes, gives, moves in (
        ("101", "102", "", UNRESTRICTED, False),  # goods receipt for an order
        ("501", "502", "", UNRESTRICTED, False),  # goods receipt without one
        ("561", "562", "", UNRESTRICTED, False),  # initial entry
        ("653", "654", "", UNRESTRICTED, False),  # a customer's return
        ("701", "702", "", UNRESTRICTED, False),  # counted more than booked
        ("201", "202", UNRESTRICTED, "", False),  # consumption of a cost centre
        ("551", "552", UNRESTRICTED, "", False),  # scrap
        ("601", "602", UNRESTRICTED, "", False),  # goods issue of a delivery
        ("301", "302", UNRESTRICTED, UNRESTRICTED, True),  # to another plant
        ("311", "312", UNRESTRICTED, UNRESTRICTED, True),  # to another storage location
        ("321", "322", IN_INSPECTION, UNRESTRICTED, False),  # inspection passed
        ("343", "344", BLOCKED, UNRESTRICTED, False),  # no longer blocked
    ):
        found[kind] = Movement(takes, gives, opposite, moves)
        found[opposite] = Movement(gives, takes, kind, moves, backwards=moves)
    return found


MOVEMENTS = _pairs()


def instead_of_mock_saps(_plain: Callable[..., Row]) -> Callable[..., Row]:
    """``POST A_MaterialDocumentHeader``, deep: mock-sap's own knows receipts of purchase orders only."""

    def create(context: Any, entity: Any, payload: Row) -> Row:
        header = _values("A_MaterialDocumentHeader", payload)
        if not header.get("GoodsMovementCode"):
            raise SapError(
                "Enter a goods movement code (01 receipt for order, 03 issue, 04 transfer, 05 other receipt)",
                400,
                code="M7/018",
                target="GoodsMovementCode",
            )
        sent = payload.get("to_MaterialDocumentItem") or []
        items = sent.get("results", [sent]) if isinstance(sent, dict) else sent
        if not items:
            raise SapError("A material document needs an item", 400, code="M7/108")
        made = post(context.conn, [_values("A_MaterialDocumentItem", item) for item in items], **header)
        context.conn.commit()
        return {prop.name: made[prop.name] for prop in entity.keys}

    return create


def _values(table: str, payload: Row) -> Row:
    entity = ENTITY_TYPES[table]
    values = {}
    for name, value in payload.items():
        if entity.nav(name) or name.startswith("__"):
            continue
        prop = entity.prop(name)
        if prop is None:
            raise SapError(f"Property '{name}' does not exist in type '{entity.name}'", 400, target=name)
        values[name] = to_db_value(prop, value)
    return {name: value for name, value in values.items() if value not in (None, "")}


def post(conn: Connection, items: list[Row], **header: Any) -> Row:
    """Makes a material document and moves what it says, or raises and moves nothing."""
    prepared = [_prepared(conn, item) for item in items]
    for item in prepared:
        _check(conn, prepared, item)
    day = header.get("PostingDate") or rows.today()
    number = db.next_number(conn, "MATERIALDOCUMENT", 10)
    made = rows.add(
        conn,
        "A_MaterialDocumentHeader",
        **{
            "DocumentDate": day,
            "PostingDate": day,
            "InventoryTransactionType": "WA",
            "CreatedByUser": "FLOWRUN",
        }
        | header
        | {"MaterialDocument": number, "MaterialDocumentYear": day[:4]},
    )
    for place, item in enumerate(prepared, start=1):
        line = {"MaterialDocumentItem": f"{place:04}", "MaterialDocumentLine": f"{place:06}"}
        keys = {"MaterialDocumentYear": day[:4], "MaterialDocument": number}
        rows.add(conn, "A_MaterialDocumentItem", **item | keys | line)
        for change in _changes(item):
            _move(conn, item, *change)
    happened(
        conn,
        "MaterialDocument.Created",
        MaterialDocument=number,
        MaterialDocumentYear=day[:4],
        AccountingDocumentType=made["InventoryTransactionType"],
        InventoryTransactionType=made["InventoryTransactionType"],
        TransactionCode="MIGO",
    )
    return made


def _prepared(conn: Connection, item: Row) -> Row:
    product = rows.one(conn, "A_Product", Product=item.get("Material", ""))
    if product is None:
        text = f"The material {item.get('Material', '')} does not exist or is not activated"
        raise SapError(text, 400, code="M3/305", target="Material")
    kind = item.get("GoodsMovementType", "")
    if kind not in MOVEMENTS:
        text = f"Movement type {kind} does not exist; allowed: {', '.join(sorted(MOVEMENTS))}"
        raise SapError(text, 400, code="M7/004", target="GoodsMovementType")
    plant = item.get("Plant", "")
    if rows.one(conn, "A_ProductPlant", Product=product["Product"], Plant=plant) is None:
        text = f"Material {product['Product']} not maintained in plant {plant}"
        raise SapError(text, 400, code="M3/351", target="Plant")
    if not item.get("StorageLocation"):
        raise SapError("Enter a storage location", 400, code="M7/018", target="StorageLocation")
    base = product["BaseUnit"]
    unit = item.get("EntryUnit") or base
    quantity = money.of(item.get("QuantityInEntryUnit"))
    if quantity <= 0:
        raise SapError("Enter a quantity", 400, code="M7/018", target="QuantityInEntryUnit")
    more = {
        "MaterialBaseUnit": base,
        "EntryUnit": unit,
        "QuantityInEntryUnit": quantity,
        "QuantityInBaseUnit": quantity * _factor(conn, product["Product"], unit, base),
        "DebitCreditCode": "S" if MOVEMENTS[kind].gives else "H",
        "InventoryStockType": MOVEMENTS[kind].gives or MOVEMENTS[kind].takes,
    }
    return item | more


def _factor(conn: Connection, material: str, unit: str, base: str) -> Decimal:
    if unit == base:
        return Decimal(1)
    found = rows.one(conn, "A_ProductUnitsOfMeasure", Product=material, AlternativeUnit=unit)
    if found is None:
        text = f"Unit of measure {unit} is not defined for material {material}"
        raise SapError(text, 400, code="M7/066", target="EntryUnit")
    return Decimal(money.of(found["QuantityNumerator"]) / money.of(found["QuantityDenominator"]))


def _changes(item: Row) -> list[tuple[str, str, str, Decimal]]:
    """Plant, storage location, kind of stock and signed quantity."""
    movement = MOVEMENTS[item["GoodsMovementType"]]
    here = item["Plant"], item["StorageLocation"]
    there = (
        item.get("IssuingOrReceivingPlant") or item["Plant"],
        item.get("IssuingOrReceivingStorageLoc") or item["StorageLocation"],
    )
    quantity = item["QuantityInBaseUnit"]
    start, end = (there, here) if movement.backwards else (here, there if movement.moves else here)
    found = [(*start, movement.takes, -quantity)] if movement.takes else []
    return [*found, (*end, movement.gives, quantity)] if movement.gives else found


def _check(conn: Connection, items: list[Row], item: Row) -> None:
    """All items of the document together must leave nothing below zero."""
    for plant, location, kind, quantity in _changes(item):
        if quantity > 0:
            continue
        wanted = sum(
            (
                -change[3]
                for other in items
                if other["Material"] == item["Material"]
                for change in _changes(other)
                if change[:3] == (plant, location, kind) and change[3] < 0
            ),
            Decimal(0),
        )
        deficit = wanted - on_hand(conn, item["Material"], plant, location, kind)
        if deficit > 0:
            text = f"Deficit of SL Unrestricted-use {deficit.normalize():f} {item['MaterialBaseUnit']} : "
            text += f"{item['Material']} {plant} {location}"
            raise SapError(text, 400, code="M7/021", target="QuantityInEntryUnit")


def on_hand(
    conn: Connection, material: str, plant: str, location: str = "", kind: str = UNRESTRICTED
) -> Decimal:
    """What lies there; without a storage location, in the whole plant."""
    place = {"Material": material, "Plant": plant, "InventoryStockType": kind}
    if location:
        place["StorageLocation"] = location
    return rows.total(rows.many(conn, "A_MatlStkInAcctMod", **place), "MatlWrhsStkQtyInMatlBaseUnit")


def _move(conn: Connection, item: Row, plant: str, location: str, kind: str, quantity: Decimal) -> None:
    keys = dict.fromkeys((prop.name for prop in ENTITY_TYPES["A_MatlStkInAcctMod"].keys), "")
    keys |= {"Material": item["Material"], "Plant": plant, "StorageLocation": location}
    keys |= {"InventoryStockType": kind}
    found = rows.one(conn, "A_MatlStkInAcctMod", **keys)
    if found is None:
        if rows.one(conn, "A_MaterialStock", Material=item["Material"]) is None:
            unit = {"MaterialBaseUnit": item["MaterialBaseUnit"]}
            rows.add(conn, "A_MaterialStock", Material=item["Material"], **unit)
        rows.add(
            conn,
            "A_MatlStkInAcctMod",
            **keys,
            MaterialBaseUnit=item["MaterialBaseUnit"],
            MatlWrhsStkQtyInMatlBaseUnit=quantity,
        )
        return
    new = money.of(found["MatlWrhsStkQtyInMatlBaseUnit"]) + quantity
    rows.change(conn, "A_MatlStkInAcctMod", keys, MatlWrhsStkQtyInMatlBaseUnit=new)


def cancel(conn: Connection, year: str, number: str, item: str = "", day: str = "") -> Row:
    """Reverses a document, or one item of it, by another. What is reversed already stays so: ``M7/003``."""
    keys = {"MaterialDocumentYear": year, "MaterialDocument": number}
    header = rows.one(conn, "A_MaterialDocumentHeader", **keys)
    found = rows.many(conn, "A_MaterialDocumentItem", **keys)
    chosen = [row for row in found if not item or row["MaterialDocumentItem"] == item.zfill(4)]
    if header is None or not chosen:
        raise SapError(f"Material document {number} {year} does not exist", 404, code="M7/001")
    still = [row for row in chosen if not row["GoodsMovementIsCancelled"]]
    if not still:
        raise SapError(f"Document {number} {year} was already cancelled", 400, code="M7/003")
    made = post(
        conn,
        [_reversal(row) for row in still],
        GoodsMovementCode=header["GoodsMovementCode"],
        ReferenceDocument=header["ReferenceDocument"],
        **({"PostingDate": day} if day else {}),
    )
    for row in still:
        place = keys | {"MaterialDocumentItem": row["MaterialDocumentItem"]}
        rows.change(conn, "A_MaterialDocumentItem", place, GoodsMovementIsCancelled=1)
    return made


def _reversal(row: Row) -> Row:
    kept = (
        "Material Plant StorageLocation Batch EntryUnit QuantityInEntryUnit Delivery DeliveryItem SalesOrder "
        "SalesOrderItem Customer IssuingOrReceivingPlant IssuingOrReceivingStorageLoc"
    )
    return {name: row[name] for name in kept.split()} | {
        "GoodsMovementType": MOVEMENTS[row["GoodsMovementType"]].opposite,
        "ReversedMaterialDocumentYear": row["MaterialDocumentYear"],
        "ReversedMaterialDocument": row["MaterialDocument"],
        "ReversedMaterialDocumentItem": row["MaterialDocumentItem"],
    }
