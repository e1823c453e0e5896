from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from flowrun.errors import Fatal, Rejected, Retryable
from flowrun_connectors.sap import Sap
from flowrun_connectors.sap.comparing import differences, same
from flowrun_connectors.sap.odata.entities import Model

pytestmark = pytest.mark.anyio

PLACE = {"service": "API_SALES_ORDER_SRV", "entity": "A_SalesOrder"}
BY = ["PurchaseOrderByCustomer", "SoldToParty"]


async def upsert(sap: Sap, data: dict[str, Any]) -> dict[str, Any]:
    found = await sap.perform("upsert", {**PLACE, "by": BY, "data": data})
    assert isinstance(found, dict)
    return found


async def stored(sap: Sap, order: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    where = {name: order[name] for name in BY}
    found = await sap.perform("list", {**PLACE, "where": where, **more})
    assert isinstance(found, list)
    return found


async def test_a_new_order_is_created_with_all_its_items(sap: Sap, order: dict[str, Any]) -> None:
    order["to_Item"] = [
        {"Material": "FG-TSHIRT-BLK-M", "RequestedQuantity": Decimal("2")},
        {"Material": "FG-TSHIRT-BLK-S", "RequestedQuantity": Decimal("1.500"), "to_PricingElement": [
            {"ConditionType": "PPR0", "ConditionRateValue": Decimal("49.99"), "ConditionCurrency": "USD"}
        ]},
    ]  # fmt: skip
    result = await upsert(sap, order)
    assert (result["action"], result["adopted"]) == ("created", False)
    (read,) = await stored(sap, order, expand=["to_Item/to_PricingElement"])
    assert read["SalesOrder"] == result["SalesOrder"]
    assert [item["RequestedQuantity"] for item in read["to_Item"]] == [Decimal("2.000"), Decimal("1.500")]
    rates = [rate["ConditionRateValue"] for rate in read["to_Item"][1]["to_PricingElement"]]
    assert Decimal("49.99") in rates


async def test_the_same_order_again_changes_nothing(
    sap: Sap, sap_control: Any, order: dict[str, Any]
) -> None:
    order |= {"CustomerPurchaseOrderDate": date(2026, 3, 14), "ShippingCondition": None}
    first = await upsert(sap, order)
    written = len(sap_control.asked("PATCH")), len(sap_control.asked("POST"))
    again = await upsert(sap, order)
    assert (again["action"], again["SalesOrder"]) == ("unchanged", first["SalesOrder"])
    assert (len(sap_control.asked("PATCH")), len(sap_control.asked("POST"))) == written


async def test_only_the_fields_that_differ_are_updated(sap: Sap, order: dict[str, Any]) -> None:
    first = await upsert(sap, order)
    result = await upsert(sap, {**order, "ShippingCondition": "02"})
    assert (result["action"], result["SalesOrder"]) == ("updated", first["SalesOrder"])
    assert result["ShippingCondition"] == "02"
    assert len(await stored(sap, order)) == 1


async def test_fields_that_are_only_for_new_ones_are_left_as_they_are(
    sap: Sap, order: dict[str, Any]
) -> None:
    wish = {**PLACE, "by": BY, "only_when_new": ["CustomerPaymentTerms"]}
    first = await sap.perform("upsert", {**wish, "data": {**order, "CustomerPaymentTerms": "0001"}})
    assert (first["action"], first["CustomerPaymentTerms"]) == ("created", "0001")
    changes = {"CustomerPaymentTerms": "0004", "ShippingCondition": "02"}
    again = await sap.perform("upsert", {**wish, "data": {**order, **changes}})
    assert (again["action"], again["CustomerPaymentTerms"], again["ShippingCondition"]) == (
        "updated",
        "0001",
        "02",
    )


async def test_the_result_holds_the_same_fields_whatever_was_done(sap: Sap, order: dict[str, Any]) -> None:
    created, unchanged = await upsert(sap, order), await upsert(sap, order)
    assert created.keys() == unchanged.keys()
    assert "to_Item" not in created


async def test_two_documents_with_one_business_key_are_named(sap: Sap, order: dict[str, Any]) -> None:
    numbers = [(await sap.perform("create", {**PLACE, "data": order}))["SalesOrder"] for _ in range(2)]
    with pytest.raises(Rejected) as caught:
        await upsert(sap, order)
    assert caught.value.cause.code == "duplicate-found"
    assert all(number in caught.value.message for number in numbers)


@pytest.mark.parametrize("empty", [None, "", "  "])
async def test_an_empty_business_key_is_refused_before_anything_is_sent(
    sap: Sap, order: dict[str, Any], empty: Any
) -> None:
    with pytest.raises(Rejected, match="PurchaseOrderByCustomer"):
        await upsert(sap, {**order, "PurchaseOrderByCustomer": empty})


@pytest.mark.parametrize("fault", [
    {"kind": "commit_then_drop"},
    {"kind": "html", "method": "POST"},
    {"kind": "cut", "method": "POST"},
])  # fmt: skip
async def test_a_create_whose_answer_is_lost_is_adopted_and_not_repeated(
    sap: Sap, sap_control: Any, order: dict[str, Any], fault: dict[str, Any]
) -> None:
    sap_control.fault(**fault, match="A_SalesOrder")
    result = await upsert(sap, order)
    assert (result["action"], result["adopted"]) == ("created", True)
    (read,) = await stored(sap, order)
    assert read["SalesOrder"] == result["SalesOrder"]


async def test_a_create_that_times_out_is_adopted(
    make_sap: Any, sap_control: Any, order: dict[str, Any]
) -> None:
    from flowrun.component import Duration  # noqa: PLC0415 - for this test only

    sap_control.fault("commit_then_timeout", match="A_SalesOrder", delay_ms=600)
    async with make_sap(timeout=Duration(0.3), read_back_delay=Duration(0.4)) as sap:
        assert (await upsert(sap, order))["adopted"] is True
        assert len(await stored(sap, order)) == 1


async def test_a_create_that_never_arrived_is_in_doubt_and_not_repeated_at_once(
    sap: Sap, sap_control: Any, order: dict[str, Any]
) -> None:
    await upsert(sap, order)  # the token is there now
    order["PurchaseOrderByCustomer"] += "-B"
    sap_control.fault("unavailable", method="POST", match="A_SalesOrder", retry_after=7)
    posts = len(sap_control.asked("POST", "A_SalesOrder"))
    with pytest.raises(Retryable) as caught:
        await upsert(sap, order)
    assert (caught.value.doubt, caught.value.after) == (True, 7.0)
    assert len(sap_control.asked("POST", "A_SalesOrder")) == posts + 1
    assert await stored(sap, order) == []
    assert (await upsert(sap, order))["adopted"] is False


async def test_a_lock_is_tried_again_later(sap: Sap, sap_control: Any, order: dict[str, Any]) -> None:
    sap_control.fault("lock", match="A_SalesOrder")
    with pytest.raises(Retryable) as caught:
        await upsert(sap, order)
    assert (caught.value.cause.code, caught.value.doubt) == ("56/393", False)


async def test_a_site_may_sort_a_code_otherwise(
    make_sap: Any, sap_control: Any, order: dict[str, Any]
) -> None:
    sap_control.fault("lock", match="A_SalesOrder")
    async with make_sap(error_codes={"56/*": "fatal"}) as sap:
        with pytest.raises(Fatal):
            await upsert(sap, order)


async def test_a_business_error_rejects_the_record_and_names_sap_s_code(
    sap: Sap, order: dict[str, Any]
) -> None:
    order["SalesOrderType"] = "TOOLONG"
    with pytest.raises(Rejected) as caught:
        await upsert(sap, order)
    assert caught.value.message.startswith("sap: ")
    assert (caught.value.cause.status, caught.value.cause.connection) == (400, "sap")


@pytest.mark.parametrize("reference", ["O'Neil & Söhne", "100% (a+b)/c?#", "注文 'x''y'", "=+-@,;"])
async def test_any_text_can_be_a_business_key(sap: Sap, order: dict[str, Any], reference: str) -> None:
    order["PurchaseOrderByCustomer"] = reference + order["PurchaseOrderByCustomer"]
    assert (await upsert(sap, order))["action"] == "created"
    assert (await upsert(sap, order))["action"] == "unchanged"


async def test_warnings_of_sap_are_handed_on(sap: Sap, order: dict[str, Any]) -> None:
    result = await upsert(sap, {**order, "RequestedDeliveryDate": date(2020, 1, 1)})
    assert [message["severity"] for message in result["messages"]] == ["warning"]
    assert result["messages"][0]["target"] == "RequestedDeliveryDate"


@pytest.mark.parametrize(("one", "other", "equal"), [
    (Decimal(1), Decimal("1.000"), True),
    (Decimal("1.5"), "1.500", True),
    (2, "2.000", True),
    (Decimal(1), "one", False),
    (None, "", True),
    (None, "x", False),
    ("a ", "a", True),
    ("a", "A", False),
    (True, True, True),
    (True, 1, False),
    (False, None, False),
    (date(2026, 3, 14), datetime(2026, 3, 14, tzinfo=UTC), True),
    (date(2026, 3, 14), date(2026, 3, 15), False),
    (date(2026, 3, 14), "2026-03-14", True),
    (datetime(2026, 3, 14, 9, tzinfo=UTC), datetime(2026, 3, 14, 9, tzinfo=UTC), True),
])  # fmt: skip
def test_values_are_compared_by_what_they_mean(one: Any, other: Any, equal: bool) -> None:
    assert same(one, other) is equal
    assert same(other, one) is equal


def test_nested_lists_are_not_compared() -> None:
    assert differences({"to_Item": [{"Material": "B"}]}, {}, Model()) == {}
