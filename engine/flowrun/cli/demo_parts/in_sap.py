"""What happens in SAP: the warehouse, invoices, prices, texts, partners."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from flowrun.cli.demo_parts.day import Day
from flowrun.cli.operating import count

AREA = "1010"
"""The sales organization of the euro, and the number of its plant."""
PRICED = "HW-CHOC-70"
CALLED = "HW-COFFEE-1000"


async def delivered(day: Day) -> str:
    """SAP's warehouse picks, packs and posts the goods issue."""
    return _progress(
        await day.outside.sap("fulfil", until="goods_issue"), "deliveries", "delivery", "deliveries"
    )


async def invoiced(day: Day) -> str:
    """SAP bills what has left the house."""
    return _progress(await day.outside.sap("fulfil", until="invoice"), "invoices", "invoice", "invoices")


def _progress(answer: dict[str, Any], part: str, one: str, many: str) -> str:
    made = sum(len(row[part]) for row in answer["fulfilled"])
    stuck = [row["trouble"] for row in answer["fulfilled"] if row["trouble"]]
    if not made:
        return ""
    behind = f"; {len(stuck)} cannot go on: {stuck[0]}" if stuck else ""
    return f"SAP has made {count(made, one, many)}{behind}"


async def bad_events(day: Day) -> str:
    """Event Mesh delivers some events twice, some in another order, and forgets acknowledgements."""
    for kind in ("duplicate_event", "reorder_event", "acknowledgement_lost"):
        await day.outside.sap("faults", kind=kind, count=4)
    return "Event Mesh will deliver some events twice and some in another order"


async def goods_arrive(day: Day) -> str:
    """A lorry comes to SAP's warehouse."""
    item = {"Material": "HW-TEA-EGREY", "Plant": AREA, "StorageLocation": "101A", "GoodsMovementType": "101"}
    document = {"GoodsMovementCode": "01", "to_MaterialDocumentItem": [{**item, "QuantityInEntryUnit": "48"}]}
    await day.ask(
        "sap",
        "create",
        service="API_MATERIAL_DOCUMENT_SRV",
        entity="A_MaterialDocumentHeader",
        data=document,
    )
    return "48 packets of tea come into SAP's warehouse"


async def new_price(day: Day) -> str:
    """Sales makes chocolate dearer."""
    service = "API_SLSPRICINGCONDITIONRECORD_SRV"
    where = {"Material": PRICED, "ConditionType": "PPR0", "SalesOrganization": AREA, "CustomerPriceGroup": ""}
    found = await day.ask(
        "sap",
        "list",
        service=service,
        entity="A_SlsPrcgCndnRecdValidity",
        where=where,
        expand=["to_SlsPrcgConditionRecord"],
    )
    records = [one["to_SlsPrcgConditionRecord"] for one in found]
    record = next((one for one in records if one["ConditionCurrency"] == "EUR"), None)
    if record is None:
        return ""
    price = record["ConditionRateValue"] + Decimal("0.30")
    await day.ask(
        "sap",
        "update",
        service=service,
        entity="A_SlsPrcgConditionRecord",
        key=record["ConditionRecord"],
        data={"ConditionRateValue": price},
    )
    return f"{PRICED} costs {price:.2f} EUR from now on"


async def new_text(day: Day) -> str:
    """Somebody rewrites a description."""
    await day.ask(
        "sap",
        "update",
        service="API_PRODUCT_SRV",
        entity="A_ProductDescription",
        key={"Product": CALLED, "Language": "EN"},
        data={"ProductDescription": "Café Crème, freshly roasted, 1 kg"},
    )
    return f"{CALLED} gets another description"


async def partner_moves(day: Day) -> str:
    """A company tells its new address to the sales clerk, not to the shop."""
    for placed in day.placed:
        number = str(placed["order_number"])
        if number in day.used or not await day.is_registered(placed):
            continue
        if not (await day.order(placed))["billing_address"][
            "phone"
        ]:  # without one the shop takes no change of it
            continue
        sold = await day.sales_order(number)
        address = sold and await day.ask(
            "sap",
            "first",
            service="API_BUSINESS_PARTNER",
            entity="A_BusinessPartnerAddress",
            where={"BusinessPartner": sold["SoldToParty"]},
        )
        if not address:
            continue
        key = {name: address[name] for name in ("BusinessPartner", "AddressID")}
        await day.ask(
            "sap",
            "update",
            service="API_BUSINESS_PARTNER",
            entity="A_BusinessPartnerAddress",
            key=key,
            data={"StreetName": "Hafenstraße", "HouseNumber": "3"},
        )
        return f"the customer of {number} tells the sales clerk a new address: Hafenstraße 3"
    return ""


async def set_times(day: Day) -> str:
    """What runs at night runs now."""
    names = [
        flow.name
        for flow in day.workspace.flows.values()
        if flow.trigger is not None and flow.trigger.schedule
    ]
    for name in names:
        await day.engine.accept(name, {"scheduled_at": datetime.now(UTC).isoformat()})
    return f"what has its set time at night runs now: {', '.join(names)}" if names else ""
