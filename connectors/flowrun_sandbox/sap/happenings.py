"""What happened in the SAP system, for whoever turns it into events.

A happening is written into the system's own database beside the change it tells of. A changeset that is rolled
back so takes its happenings back too, and nobody hears of an order that never was. ``tell`` hands over what
is new when a request (or a step of the fulfilment) has ended.

The kinds and their fields are those of S/4HANA's event specifications (SAP AsyncAPI 2021 and 2025): thin, keys and
statuses only, so that a receiver has to read the document itself.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from mocksap import clock
from mocksap.schema import ENTITY_TYPES, EntityType, Prop

Kind = Literal[
    "SalesOrder.Created",
    "SalesOrder.Changed",
    "SalesOrder.Deleted",
    "OutboundDelivery.Created",
    "OutboundDelivery.Changed",
    "OutboundDelivery.GIStatusChanged",
    "BillingDocument.Created",
    "BillingDocument.Changed",
    "BillingDocument.Canceled",
    "MaterialDocument.Created",
    "BusinessPartner.Created",
    "BusinessPartner.Changed",
    "Product.Created",
    "Product.Changed",
]


@dataclass(frozen=True)
class Happening:
    """One thing that happened: ``fields`` is the ``data`` of the event S/4HANA would send."""

    kind: Kind
    fields: dict[str, str]
    moment: str
    """UTC, ``2026-01-20T08:30:00.123Z``."""


Listener = Callable[[Happening], None]


def install() -> None:
    """A table of its own, which mock-sap creates and empties with all others. Once in a process."""
    ENTITY_TYPES["Happening"] = EntityType(
        "Happening",
        [
            Prop("Number", "Edm.Int32", key=True, nullable=False),
            Prop("Kind"),
            Prop("Fields"),
            Prop("Moment"),
        ],
    )


def happened(conn: sqlite3.Connection, kind: Kind, **fields: Any) -> None:
    """Notes it. The same thing twice in one request is one happening."""
    texts = {name: "" if value is None else str(value) for name, value in fields.items()}
    written = json.dumps(texts)
    known = conn.execute('SELECT 1 FROM "Happening" WHERE "Kind" = ? AND "Fields" = ?', [kind, written])
    if known.fetchone() is None:
        conn.execute(
            'INSERT INTO "Happening" ("Number", "Kind", "Fields", "Moment") '
            'SELECT COALESCE(MAX("Number"), 0) + 1, ?, ?, ? FROM "Happening"',
            [kind, written, f"{clock.now():%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"],
        )


def tell(conn: sqlite3.Connection, listeners: Iterable[Listener]) -> None:
    """Every listener hears what is new, oldest first, and it is new no longer. Call it under the system's lock."""
    rows = conn.execute('SELECT "Kind", "Fields", "Moment" FROM "Happening" ORDER BY "Number"').fetchall()
    if not rows:
        return
    conn.execute('DELETE FROM "Happening"')
    conn.commit()
    for kind, fields, moment in rows:
        for listener in listeners:
            listener(Happening(kind, json.loads(fields), moment))
