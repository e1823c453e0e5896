"""The end of the day: both systems are asked themselves whether they agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flowrun.cli.demo_parts.day import ORDERS, Day, Order
from flowrun.cli.demo_parts.quiet import MOST_RUNS
from flowrun.component.values import Duration
from flowrun.errors import RunError
from flowrun.runtime.comparing import Outcome
from flowrun.runtime.journal.records import RunRecord
from flowrun.runtime.reconciling import reconciled

NAMES = ("orders", "stock", "prices", "customers", "payments")


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the reconciliations of the project found. `broken` are those that could not be made, and why."""

    outcomes: tuple[Outcome, ...]
    broken: dict[str, str]

    @property
    def agree(self) -> bool:
        """Whether nothing differs and everything could be asked."""
        return not self.broken and all(outcome.agree for outcome in self.outcomes)


async def agreement(day: Day) -> Agreement:
    """Every reconciliation of the project, over everything: nothing is too young to be missed."""
    outcomes: list[Outcome] = []
    broken: dict[str, str] = {}
    now = datetime.now(UTC)
    there = day.workspace.reconciliations
    for name in [*(name for name in NAMES if name in there), *(name for name in there if name not in NAMES)]:
        one = replace(day.workspace.reconciliation(name), young=Duration(0.0))
        since = now - timedelta(seconds=one.since.seconds)
        try:
            outcomes.append(await reconciled(one, day.workspace, day.engine.connections, since, now))
        except RunError as error:
            broken[name] = error.message
    return Agreement(tuple(outcomes), broken)


async def order_rows(day: Day) -> list[dict[str, Any]]:
    """What has become of each order: its sales order, or why it has none."""
    documents = await day.ask(
        "sap",
        "list",
        service="API_SALES_ORDER_SRV",
        entity="A_SalesOrder",
        where={"PurchaseOrderByCustomer": {"startswith": "XC-"}},
    )
    by_reference: dict[str, list[str]] = defaultdict(list)
    for document in documents:
        by_reference[document["PurchaseOrderByCustomer"]].append(document["SalesOrder"])
    last: dict[str | None, RunRecord] = {}
    for run in day.engine.find(limit=MOST_RUNS):  # newest first
        if run.flow == ORDERS:
            last.setdefault(run.key, run)
    rows = []
    for placed in day.placed:
        number = str(placed["order_number"])
        rows.append(_row(await day.order(placed), by_reference[f"XC-{number}"], last.get(number)))
    return rows


def _row(order: Order, sap: Sequence[str], run: RunRecord | None) -> dict[str, Any]:
    return {
        "order": order["order_number"],
        "id": order["id"],
        "status": "created" if sap else _status(run),
        "waits": run is not None and run.status == "parked",
        "paid": order["payment_status"]["code"] == "P",
        "total": order["total"],
        "currency": order["currency"],
        "sap": sap[0] if sap else None,
        "copies": len(sap),
        "reason": "" if sap else _reason(run),
    }


_ENDED = {"skipped": "skipped", "dead": "rejected", "parked": "rejected", "cancelled": "rejected"}


def _status(run: RunRecord | None) -> str:
    return _ENDED.get(run.status, "failed") if run is not None else "failed"


def _reason(run: RunRecord | None) -> str:
    """Why an order is not in SAP, in few words."""
    if run is None:
        return "no event of it ever came"
    if run.status == "parked" and run.error is not None:
        return str(run.error.get("message", run.reason))
    return run.reason or ""


def summary(rows: Sequence[dict[str, Any]], found: Agreement) -> dict[str, Any]:
    """The outcome as data. Without a reconciliation of the orders, a paid order that is not in SAP disagrees."""
    statuses = [row["status"] for row in rows]
    orders = next((outcome for outcome in found.outcomes if outcome.name == "orders"), None)
    if orders is not None:
        disagreeing = [difference.key.removeprefix("XC-") for difference in orders.differences]
    else:
        disagreeing = [row["order"] for row in rows if row["paid"] != (row["status"] == "created")]
    duplicates = sum(max(row["copies"] - 1, 0) for row in rows)
    return {
        "orders": len(rows),
        **{status: statuses.count(status) for status in ("created", "skipped", "rejected", "failed")},
        "duplicates": duplicates,
        "agree": found.agree and not disagreeing and not duplicates and "failed" not in statuses,
        "disagreeing": disagreeing,
        "reconciliation": {outcome.name: outcome.as_data() for outcome in found.outcomes},
        "rows": [{key: value for key, value in row.items() if key not in ("paid", "copies")} for row in rows],
    }
