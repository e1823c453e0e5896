"""An order and its items brought in line in one unit of work: nothing twice, nothing half, nothing of others."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from flowrun.errors import Rejected, Retryable
from flowrun_connectors.sap import Sap
from flowrun_connectors.sap.odata import metadata as service_metadata
from flowrun_connectors.sap.odata.entities import Model
from flowrun_connectors.sap.parts import Stored, changes, parts_of

pytestmark = pytest.mark.anyio

PLACE = {"service": "API_SALES_ORDER_SRV", "entity": "A_SalesOrder"}
PARTS: dict[str, Any] = {
    "to_Item": {
        "by": ["UnderlyingPurchaseOrderItem"],
        "compare": ["RequestedQuantity", "SalesDocumentRjcnReason"],
        "gone": {"SalesDocumentRjcnReason": "00"},
        "parts": {"to_PricingElement": {"by": ["ConditionType"], "compare": ["ConditionRateValue"]}},
    },
    "to_PricingElement": {
        "by": ["ConditionType"],
        "compare": ["ConditionRateValue"],
        "gone": {"ConditionRateValue": 0},
        "among": {"ConditionType": ["HM00", "HA00"]},
    },
}


def item(number: str, quantity: str, *, price: str = "10", reason: str = "") -> dict[str, Any]:
    return {
        "UnderlyingPurchaseOrderItem": number,
        "Material": "FG-TSHIRT-BLK-M",
        "RequestedQuantity": Decimal(quantity),
        "SalesDocumentRjcnReason": reason,
        "to_PricingElement": [{"ConditionType": "PPR0", "ConditionRateValue": Decimal(price)}],
    }


def surcharge(kind: str, rate: str) -> dict[str, Any]:
    return {"ConditionType": kind, "ConditionRateValue": Decimal(rate)}


class Document:
    """One sales order."""

    def __init__(self, sap: Sap, number: str) -> None:
        self.number = number
        self._sap = sap

    async def brought_to(self, **wanted: Any) -> dict[str, Any]:
        data = {"ShippingCondition": "01", **wanted}
        asked = {**PLACE, "key": self.number, "data": data, "parts": PARTS}
        done: dict[str, Any] = await self._sap.perform("update", asked)
        return done

    async def now(self) -> dict[str, Any]:
        expand = ["to_Item", "to_Item/to_PricingElement", "to_PricingElement"]
        found: dict[str, Any] = await self._sap.perform(
            "get", {**PLACE, "key": self.number, "expand": expand}
        )
        return found

    async def items(self) -> list[tuple[str, Decimal, str]]:
        rows = (await self.now())["to_Item"]
        names = ("UnderlyingPurchaseOrderItem", "RequestedQuantity", "SalesDocumentRjcnReason")
        return [tuple(row[name] for name in names) for row in rows]  # type: ignore[misc]  # three of them


@pytest.fixture
async def document(sap: Sap, order: dict[str, Any]) -> Document:
    made = order | {
        "to_Item": [item("1", "2"), item("2", "3")],
        "to_PricingElement": [surcharge("HM00", "5")],
    }
    created = await sap.perform("create", {**PLACE, "data": made | {"ShippingCondition": "01"}})
    return Document(sap, created["SalesOrder"])


async def test_what_differs_is_changed_what_lacks_is_added_and_what_is_gone_is_marked(
    document: Document, sap_control: Any
) -> None:
    before = len(sap_control.asked("POST", "$batch"))
    wanted = {"to_Item": [item("1", "4", price="12"), item("3", "1")], "to_PricingElement": []}
    done = await document.brought_to(**wanted, ShippingCondition="02")
    assert (done["action"], done["ShippingCondition"], done["TotalNetAmount"]) == (
        "updated",
        "02",
        Decimal(58),
    )
    assert await document.items() == [("1", 4, ""), ("2", 3, "00"), ("3", 1, "")]
    assert len(sap_control.asked("POST", "$batch")) == before + 1


async def test_the_same_again_writes_nothing(document: Document, sap_control: Any) -> None:
    wanted = {"to_Item": [item("1", "4"), item("3", "1")], "to_PricingElement": [surcharge("HA00", "-2")]}
    await document.brought_to(**wanted)
    before = len(sap_control.asked("POST", "$batch"))
    assert (await document.brought_to(**wanted))["action"] == "unchanged"
    assert len(sap_control.asked("POST", "$batch")) == before


async def test_a_list_that_is_not_said_is_left_alone(document: Document) -> None:
    assert (await document.brought_to(ShippingCondition="03"))["action"] == "updated"
    assert await document.items() == [("1", 2, ""), ("2", 3, "")]


async def test_what_others_made_is_left_alone(document: Document, sap: Sap) -> None:
    under = {"operation": "create", "entity": "A_SalesOrder", "key": document.number}
    added = [
        {**under, "through": "to_Item", "data": {"Material": "FG-HOODIE-GRY", "RequestedQuantity": "1"}},
        {**under, "through": "to_PricingElement", "data": surcharge("HB00", "7")},
    ]
    first, _ = await sap.perform("batch", {"service": PLACE["service"], "changes": added, "together": True})
    assert first["record"]["RequestedQuantity"] == 1, "typed as the item it is"
    await document.brought_to(to_Item=[], to_PricingElement=[])
    assert await document.items() == [("1", 2, "00"), ("2", 3, "00"), ("", 1, "")]
    rates = {
        row["ConditionType"]: row["ConditionRateValue"] for row in (await document.now())["to_PricingElement"]
    }
    assert rates == {"HM00": 0, "HB00": 7}


async def test_two_that_are_called_the_same_are_taken_in_their_order(document: Document) -> None:
    two = [surcharge("HM00", "5"), surcharge("HM00", "2")]
    await document.brought_to(to_PricingElement=two)
    assert (await document.brought_to(to_PricingElement=two))["action"] == "unchanged"
    await document.brought_to(to_PricingElement=[surcharge("HM00", "3")])
    rates = [row["ConditionRateValue"] for row in (await document.now())["to_PricingElement"]]
    assert rates == [3, 0]


async def test_one_bad_part_undoes_all_of_them(document: Document) -> None:
    bad = item("3", "1") | {"Material": "NO-SUCH"}
    with pytest.raises(Rejected, match="NO-SUCH") as caught:
        await document.brought_to(to_Item=[item("1", "9"), bad], ShippingCondition="03")
    assert caught.value.cause.code == "V1/382"
    assert await document.items() == [("1", 2, ""), ("2", 3, "")]
    assert (await document.now())["ShippingCondition"] == "01"


async def test_no_answer_is_no_second_change(document: Document, sap_control: Any) -> None:
    sap_control.fault("commit_then_drop", match="batch$")
    wanted = {"to_Item": [item("1", "2"), item("2", "3"), item("3", "1")]}
    done = await document.brought_to(**wanted)
    assert (done["action"], done["adopted"]) == ("updated", True)
    assert [number for number, _, _ in await document.items()] == ["1", "2", "3"]


async def test_no_answer_and_no_change_is_for_the_next_attempt(document: Document, sap_control: Any) -> None:
    sap_control.fault("drop_before_commit", match="batch$")
    with pytest.raises(Retryable) as caught:
        await document.brought_to(to_Item=[item("1", "9")])
    assert caught.value.doubt
    assert await document.items() == [("1", 2, ""), ("2", 3, "")]


async def test_without_metadata_it_is_said_what_to_do(
    make_sap: Callable[..., Sap], document: Document
) -> None:
    async with make_sap(folder=None) as blind:
        with pytest.raises(Rejected, match="flowrun metadata pull sap API_SALES_ORDER_SRV"):
            await Document(blind, document.number).brought_to(to_Item=[])


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"to_Itme": {"by": ["SalesOrderItem"]}}, "to_Itme"),
        ({"to_Item": {}}, r"parts\.to_Item: `by` is needed"),
        ({"to_Item": {"by": ["SalesOrderItem"], "goen": {}}}, "did you mean `gone`"),
        ({"to_Item": {"by": ["A"], "parts": {"to_Text": {"buy": []}}}}, r"to_Item\.parts\.to_Text"),
    ],
)
async def test_a_mistake_in_the_parts_is_named(sap: Sap, document: Document, parts: Any, told: str) -> None:
    data = {"ShippingCondition": "02", "to_Itme": [{}]}
    with pytest.raises(Rejected, match=told):
        await sap.perform("update", {**PLACE, "key": document.number, "data": data, "parts": parts})


async def test_the_entity_itself_has_to_be_among_what_is_said(sap: Sap, document: Document) -> None:
    asked = {**PLACE, "key": document.number, "data": {"to_Item": []}, "parts": PARTS}
    with pytest.raises(Rejected, match="needs a field of A_SalesOrder itself"):
        await sap.perform("update", asked)


def test_what_was_decided_leaves_nothing_to_decide(metadata: Path) -> None:
    """The decision alone, without a system: numbers and texts that mean the same are no difference."""
    service = service_metadata.known(metadata, "API_SALES_ORDER_SRV")
    model = Model.made(service, "A_SalesOrder", "")
    stored = {
        "SalesOrder": "1",
        "ShippingCondition": "01 ",
        "to_Item": [{"SalesOrderItem": "10", **item("1", "2.000")}],
    }
    wanted = {"ShippingCondition": "01", "to_Item": [item(" 1", "2", price="10.00")]}
    parts = parts_of({"to_Item": PARTS["to_Item"]}, "sap.update: parts")
    assert changes(Stored("A_SalesOrder", model, stored), wanted, parts) == []
