"""How the SAP system stands, counted: for people who look, and for tests that would rather count than read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flowrun_sandbox.sap.system import S4

_PROCESSED = {"": "open", "A": "open", "B": "in progress", "C": "completed"}
_ISSUED = {"": "not issued", "A": "not issued", "B": "partly issued", "C": "issued"}


def of(system: S4) -> dict[str, Any]:
    """Counts of documents by their status, the stock that may be sold, queues and faults."""
    with system.lock:
        shape = {
            "orders": _by_status(system, "A_SalesOrder", "OverallSDProcessStatus", _PROCESSED),
            "deliveries": _by_status(system, "A_OutbDeliveryHeader", "OverallGoodsMovementStatus", _ISSUED),
            "invoices": _count(system, "A_BillingDocument"),
            "journal_entries": _count(system, "A_JournalEntry"),
            "business_partners": _count(system, "A_BusinessPartner"),
            "stock": _stock(system),
        }
    with system.mesh.changed:
        queues = {queue.name: len(queue.messages) for queue in system.mesh.queues.values()}
    return shape | {"queues": queues, "faults": system.spoilers.listed()}


def _count(system: S4, table: str) -> int:
    found: int = system.conn.execute(f'SELECT COUNT(*) FROM "{table}"').fetchone()[0]  # noqa: S608 - our own names
    return found


def _by_status(system: S4, table: str, column: str, words: Mapping[str, str]) -> dict[str, int]:
    rows = system.conn.execute(
        f'SELECT COALESCE("{column}", \'\'), COUNT(*) FROM "{table}" GROUP BY 1'  # noqa: S608 - our own names
    ).fetchall()
    counted = dict.fromkeys(words.values(), 0)
    for status, number in rows:
        counted[words.get(status, status)] = counted.get(words.get(status, status), 0) + number
    return counted


def _stock(system: S4) -> dict[str, str]:
    """Unrestricted-use stock of the sandbox's plant by material, as a shop would offer it."""
    rows = system.conn.execute(
        'SELECT "Material", SUM(CAST("MatlWrhsStkQtyInMatlBaseUnit" AS REAL)) FROM "A_MatlStkInAcctMod" '
        "WHERE \"Plant\" = '1010' AND \"InventoryStockType\" = '01' GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return {material: f"{quantity:g}" for material, quantity in rows}
