"""What matters most, against two independent systems: the sandbox, and the mock as its makers ship it; over
OData V2 and V4 with the same flow.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from flowrun.component import Facts
from flowrun.errors import Rejected
from flowrun.expressions.shapes import Many, Record, Scalar
from flowrun_connectors.sap import Sap

pytestmark = pytest.mark.anyio

V2 = {"service": "API_SALES_ORDER_SRV", "entity": "A_SalesOrder"}
V4 = {"service": "orders_v4", "entity": "SalesOrder"}
BY = ["PurchaseOrderByCustomer", "SoldToParty"]
_numbers = itertools.count(1)


@pytest.fixture(params=["V2", "V4"])
def place(request: pytest.FixtureRequest) -> dict[str, str]:
    return {"V2": V2, "V4": V4}[request.param]


@pytest.fixture
async def connection(system: Any) -> AsyncIterator[Sap]:
    async with system.connection() as connector:
        yield connector


@pytest.fixture
def order(system: Any) -> dict[str, Any]:
    return {
        "SalesOrderType": "OR",
        "SalesOrganization": "1010",
        "DistributionChannel": "10",
        "OrganizationDivision": "00",
        "SoldToParty": system.customer,
        "PurchaseOrderByCustomer": f"O'Neil & Söhne {next(_numbers)}",
        "CustomerPurchaseOrderDate": date(2026, 3, 14),
        "TransactionCurrency": "USD",
        "to_Item": [
            {"Material": "FG-TSHIRT-BLK-M", "RequestedQuantity": Decimal("2")},
            {"Material": "FG-TSHIRT-BLK-S", "RequestedQuantity": Decimal("1.500")},
        ],
    }


async def test_what_is_created_is_read_with_all_its_items(
    connection: Sap, place: dict[str, str], order: dict[str, Any]
) -> None:
    made = await connection.perform("create", {**place, "data": order})
    assert made["action"] == "created"
    read = await connection.perform("get", {**place, "key": made["SalesOrder"], "expand": ["to_Item"]})
    assert read["PurchaseOrderByCustomer"] == order["PurchaseOrderByCustomer"]
    assert [item["RequestedQuantity"] for item in read["to_Item"]] == [Decimal(2), Decimal("1.5")]
    assert all(isinstance(item["NetAmount"], Decimal) for item in read["to_Item"])
    day = read["CustomerPurchaseOrderDate"]
    assert (day.date() if isinstance(day, datetime) else day) == date(2026, 3, 14)
    assert not [name for name in read if "@" in name or name.startswith(("SAP__", "__"))]


async def test_the_same_order_twice_is_one_order(
    connection: Sap, place: dict[str, str], order: dict[str, Any]
) -> None:
    first = await connection.perform("upsert", {**place, "by": BY, "data": order})
    again = await connection.perform("upsert", {**place, "by": BY, "data": order})
    changed = await connection.perform(
        "upsert", {**place, "by": BY, "data": {**order, "ShippingCondition": "02"}}
    )
    assert [found["action"] for found in (first, again, changed)] == ["created", "unchanged", "updated"]
    assert len({found["SalesOrder"] for found in (first, again, changed)}) == 1
    assert changed["ShippingCondition"] == "02"


async def test_an_update_goes_under_the_etag_that_was_read(
    connection: Sap, place: dict[str, str], order: dict[str, Any]
) -> None:
    made = await connection.perform("create", {**place, "data": order})
    change = {**place, "key": made["SalesOrder"], "data": {"PurchaseOrderByCustomer": "another"}}
    updated = await connection.perform("update", change)
    assert (updated["action"], updated["PurchaseOrderByCustomer"]) == ("updated", "another")
    assert (await connection.perform("update", change))["action"] == "unchanged"


async def test_filters_of_every_kind_select_what_they_say(
    connection: Sap, place: dict[str, str], order: dict[str, Any]
) -> None:
    made = [await connection.perform("create", {**place, "data": order}) for _ in range(2)]
    numbers = [one["SalesOrder"] for one in made]
    reference = order["PurchaseOrderByCustomer"]
    for where in (
        {"PurchaseOrderByCustomer": reference},
        {"PurchaseOrderByCustomer": {"startswith": "O'Neil", "contains": reference[-6:]}},
        {"SalesOrder": {"in": numbers}},
        {"SalesOrder": {"ge": numbers[0], "le": numbers[1]}},
        {"any": [{"SalesOrder": numbers[0]}, {"SalesOrder": numbers[1], "SalesOrganization": "1010"}]},
        {"SalesOrder": {"in": numbers}, "CustomerPurchaseOrderDate": date(2026, 3, 14)},
        {"SalesOrder": {"in": numbers}, "TotalNetAmount": {"ge": Decimal("0.00")}},
    ):
        found = await connection.perform("list", {**place, "where": where, "order_by": ["SalesOrder"]})
        assert [row["SalesOrder"] for row in found] == numbers, where


async def test_a_list_in_windows_is_the_same_list(connection: Sap, place: dict[str, str]) -> None:
    whole = await connection.perform("list", {**place, "order_by": ["SalesOrder"]})
    windows = await connection.perform("list", {**place, "page_size": 7})
    assert [row["SalesOrder"] for row in windows] == [row["SalesOrder"] for row in whole]
    assert len(await connection.perform("list", {**place, "page_size": 4, "limit": 6})) == 6


async def test_a_deleted_order_is_gone_and_can_be_deleted_again(
    connection: Sap, place: dict[str, str], order: dict[str, Any]
) -> None:
    made = await connection.perform("create", {**place, "data": order})
    doomed = {**place, "key": made["SalesOrder"]}
    assert await connection.perform("delete", doomed) == {"action": "deleted", "messages": []}
    assert await connection.perform("delete", doomed) == {"action": "absent", "messages": []}
    with pytest.raises(Rejected) as caught:
        await connection.perform("delete", {**doomed, "must_exist": True})
    assert caught.value.cause.code == "not-found"


async def test_a_mistake_is_told_with_sap_s_words_and_its_field(
    connection: Sap, place: dict[str, str], order: dict[str, Any]
) -> None:
    with pytest.raises(Rejected) as caught:
        await connection.perform("create", {**place, "data": {**order, "NoSuchField": "1"}})
    assert "NoSuchField" in caught.value.message
    assert caught.value.cause.target == "NoSuchField"


def test_metadata_tells_the_same_of_both_versions(system: Any, place: dict[str, str]) -> None:
    shape = Sap.target_shape(f"{place['service']}/{place['entity']}", Facts(None, system.metadata))
    assert isinstance(shape, Record)
    reference, items = shape.fields["PurchaseOrderByCustomer"], shape.fields["to_Item"]
    assert isinstance(reference, Scalar)
    assert (reference.kind, reference.max_length) == ("text", 35)
    assert isinstance(items, Many)
    assert isinstance(items.of, Record)
    assert "RequestedQuantity" in items.of.fields
    assert not [name for name in shape.fields if name.startswith("SAP__")]
