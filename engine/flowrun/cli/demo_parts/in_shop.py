"""What happens in the shop: shoppers, customers, the office, and the person who keeps the lookup tables."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from decimal import Decimal
from typing import Any

from flowrun.cli.demo_parts.day import ORDERS, PATIENCE, Day, Order
from flowrun.cli.demo_parts.project import add_row
from flowrun.cli.demo_parts.quiet import MOST_RUNS
from flowrun.cli.operating import count
from flowrun.errors import Rejected
from flowrun.language.workspace import LOOKUPS

MATERIALS = "sku_to_material"


# --- morning ------------------------------------------------------------------------------------------------------


SAP_FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "commit_then_drop", "match": "A_SalesOrder", "method": "POST", "count": 2},
    {"kind": "unavailable", "match": "A_SalesOrder", "count": 3},
)
SHOP_FAULTS: tuple[dict[str, Any], ...] = ({"kind": "cut", "match": "/api/orders", "count": 1},)
LOST_WEBHOOKS = {"webhook_lost": 15, "webhook_doubled": 20, "webhook_reordered": 20}


async def bad_luck(day: Day) -> str:
    """The network loses an answer after SAP has committed, SAP is down for a moment, webhooks go astray."""
    for fault in SAP_FAULTS:
        await day.outside.sap("faults", **fault)
    for fault in SHOP_FAULTS:
        await day.outside.shop("faults", **fault)
    if day.listens:
        await day.outside.shop("settings", **LOST_WEBHOOKS)
    return "SAP will be down for a moment, and two answers will be lost after it has created the order"


async def orders_come_in(day: Day) -> str:
    """The varied mix of the sandbox's shoppers."""
    day.placed = await day.outside.shop("orders", count=day.wish)
    if not day.listens:
        for order in day.placed:
            await day.engine.accept(ORDERS, {**order, "event": "order_placed"})
        return f"{count(day.wish, 'order')} of all kinds, handed to the flow one by one: this project takes no webhooks"
    sent = await day.outside.deliveries()
    lost = sum(one["outcome"] == "lost" for one in sent)
    times = Counter((one["event"], one["id"]) for one in sent if one["outcome"] != "lost")
    twice = sum(number > 1 for number in times.values())
    return (
        f"{count(day.wish, 'order')} of all kinds; of their webhooks {lost} got lost, {twice} came twice, "
        "some in another order: polls bring what is missing"
    )


async def calm(day: Day) -> str:
    """From now on the network is as it should be."""
    planned = sum(fault["count"] for fault in (*SAP_FAULTS, *SHOP_FAULTS))
    failed = planned - await day.outside.faults_left()
    await day.outside.no_more_faults()
    return f"the network is well again; {count(failed, 'call')} had failed, and flowrun found out which were done"


# --- people -------------------------------------------------------------------------------------------------------


async def missing_rows(day: Day) -> str:
    """What waits for a row in the lookup table gets it, in the demo's copy: SAP knows the article by its old number. An
    order with several such articles waits again for the next one."""
    await day.rest()
    added: dict[str, str] = {}
    while known := await _known_to_sap(day):
        table = day.workspace.tables[MATERIALS]
        for sku, material in known.items():
            path = day.workspace.project.folder / LOOKUPS / f"{MATERIALS}.csv"
            await asyncio.to_thread(add_row, path, {table.key_column: sku, "material": material})
        await _taken(day, known)
        await day.rest()
        added |= known
    if not added:
        return ""
    rows = ", ".join(f"{sku} is {material}" for sku, material in sorted(added.items()))
    return f"a person adds what lookups/{MATERIALS}.csv lacked ({rows}); the orders that waited go on by themselves"


async def _known_to_sap(day: Day) -> dict[str, str]:
    """The materials of the SKUs that runs wait for."""
    found: dict[str, str] = {}
    for entry in day.engine.state.unmapped():
        if entry.lookup != MATERIALS or day.workspace.tables[MATERIALS].find(entry.key, "material"):
            continue
        product = await day.ask(
            "sap", "first", service="API_PRODUCT_SRV", entity="A_Product", where={"ProductOldID": entry.key}
        )
        if product is not None:
            found[entry.key] = product["Product"]
    return found


async def _taken(day: Day, rows: dict[str, str]) -> None:
    """Until the running service has taken the table anew."""
    deadline = time.monotonic() + PATIENCE
    while not all(day.workspace.tables[MATERIALS].find(sku, "material") for sku in rows):
        if time.monotonic() > deadline:
            raise Rejected(f"the demo added a row to lookups/{MATERIALS}.csv, and it was not taken")
        await asyncio.sleep(0.02)


async def unsellable(day: Day) -> str:
    """What SAP refuses for good cannot be delivered: the office gives the money back and cancels the order."""
    waiting = day.engine.find(status=("dead", "parked"), limit=MOST_RUNS)
    refused = {run.key: run for run in waiting if run.flow == ORDERS}
    numbers = []
    for order in day.placed:
        number = str(order["order_number"])
        run = refused.get(number)
        if run is None or not (
            run.status == "dead" or await day.engine.cancel(run.id, "the office cancels the order")
        ):
            continue
        await day.outside.order(order, "refund")
        await day.outside.order(order, "cancel")
        numbers.append(number)
    if not numbers:
        return ""
    return f"SAP does not sell what {_listed(numbers)} ordered: the office gives the money back and cancels"


async def off_sale(day: Day) -> str:
    """What the shop offers and SAP does not know must not be bought by the next customer."""
    rows = day.workspace.tables[MATERIALS].rows
    known = await day.ask("sap", "list", service="API_PRODUCT_SRV", entity="A_Product", select=["Product"])
    materials = {product["Product"] for product in known}
    skus = [sku for sku, row in rows.items() if row["material"] not in materials]
    for sku in skus:
        await day.ask("xcart", "save_product", sku=sku, product={"enabled": False, "amount": 0}, create=False)
    return f"the office takes {_listed(skus)} off sale: SAP has no such material" if skus else ""


async def money_arrives(day: Day) -> str:
    """Bank transfers come in, and what was authorised is captured."""
    numbers = []
    for placed in day.placed:
        order = await day.order(placed)
        step = {"Q": "pay", "A": "capture"}.get(order["payment_status"]["code"])
        if step is not None:
            await day.outside.order(placed, step)
            numbers.append(order["order_number"])
    if not numbers:
        return ""
    if not day.listens:
        for placed in day.placed:
            if placed["order_number"] in numbers:
                await day.engine.accept(ORDERS, {**placed, "event": "payment_status_changed"})
    return f"the money for {_listed(numbers)} arrives"


# --- noon ---------------------------------------------------------------------------------------------------------


async def edited(day: Day) -> str:
    """A clerk changes an order that SAP has already, and gives back what was paid too much."""
    order = await day.handed_over(lambda order: bool(_several(order)))
    if order is None:
        return ""
    line = _several(order)[0]
    fewer = line["amount"] - 1
    await day.outside.order(order, "edit", lines=[{"sku": line["sku"], "amount": fewer}])
    too_much = order["total"] - (await day.order(order))["total"]
    await day.outside.order(order, "refund", amount=too_much)
    return (
        f"the customer of {order['order_number']} wants {fewer} of {line['sku']} instead of {line['amount']}, "
        f"and gets {too_much} {order['currency']} back"
    )


def _several(order: Order) -> list[Order]:
    """The lines with more than one piece."""
    return [line for line in order["items"] if line["amount"] > 1]


async def cancelled(day: Day) -> str:
    """A customer does not want the goods any more."""
    order = await day.handed_over()
    if order is None:
        return ""
    await day.outside.order(order, "refund")
    await day.outside.order(order, "cancel")
    return f"{order['order_number']} is called off before it was delivered; the money goes back"


async def moved_house(day: Day) -> str:
    """A registered customer lives somewhere else now."""
    for placed in day.placed:
        if await day.is_registered(placed):
            order = await day.order(placed)
            day.used.add(order["order_number"])
            await day.outside.shop(f"profiles/{order['customer_id']}/address", street="Neue Gasse 7")
            return f"the customer of {order['order_number']} moves to Neue Gasse 7"
    return ""


# --- later --------------------------------------------------------------------------------------------------------


async def refunded(day: Day) -> str:
    """A part of the money goes back after the invoice."""
    order = await day.handed_over()
    if order is None:
        return ""
    amount = (order["total"] / 10).quantize(Decimal("0.01"))
    await day.outside.order(order, "refund", amount=amount)
    return f"the customer of {order['order_number']} is given back {amount} {order['currency']} for a scratch"


def _listed(numbers: list[str]) -> str:
    return ", ".join(numbers[:-1]) + (" and " if len(numbers) > 1 else "") + numbers[-1]
