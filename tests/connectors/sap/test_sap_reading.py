from __future__ import annotations

import json
import warnings
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pyodata
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from flowrun.errors import Rejected, Retryable
from flowrun_connectors.sap import Sap
from flowrun_connectors.sap.odata.entities import Model, entry_of

pytestmark = pytest.mark.anyio

ORDERS = {"service": "API_SALES_ORDER_SRV", "entity": "A_SalesOrder"}


async def test_a_list_goes_on_over_all_pages_of_the_server(sap: Sap, sap_control: Any) -> None:
    whole = await sap.perform("list", {**ORDERS, "order_by": ["SalesOrder"]})
    sap_control.setting(page_size=4, page_match="A_SalesOrder")
    before = len(sap_control.asked("GET", "A_SalesOrder"))
    paged = await sap.perform("list", {**ORDERS, "order_by": ["SalesOrder"]})
    assert [row["SalesOrder"] for row in paged] == [row["SalesOrder"] for row in whole]
    assert len(sap_control.asked("GET", "A_SalesOrder")) - before == -(-len(whole) // 4)


async def test_a_limit_holds_over_pages(sap: Sap, sap_control: Any) -> None:
    sap_control.setting(page_size=4, page_match="A_SalesOrder")
    assert len(await sap.perform("list", {**ORDERS, "limit": 6})) == 6


async def test_a_page_that_names_itself_as_the_next_one_ends_the_list(
    scripted_sap: Sap, httpserver: HTTPServer
) -> None:
    page = {"d": {"results": [{"Id": "1"}], "__next": "https://elsewhere.example/x/E?$skiptoken=1"}}
    httpserver.expect_request("/sap/opu/odata/sap/S/E").respond_with_json(page)
    assert len(await scripted_sap.perform("list", {"service": "S", "entity": "E"})) == 2


async def test_where_selects_by_typed_values(sap: Sap, order: dict[str, Any]) -> None:
    order |= {"PurchaseOrderByCustomer": f"O'Neil {order['PurchaseOrderByCustomer']}"}
    made = await sap.perform("create", {**ORDERS, "data": order})
    where = {
        "PurchaseOrderByCustomer": {
            "startswith": "O'Neil",
            "contains": order["PurchaseOrderByCustomer"][-4:],
        },
        "SalesOrder": {"ge": made["SalesOrder"]},
        "CreationDate": {"ge": date(2020, 1, 1)},
    }
    (found,) = await sap.perform("list", {**ORDERS, "where": where, "select": ["SalesOrder"]})
    assert found == {"SalesOrder": made["SalesOrder"]}


async def test_first_of_nothing_is_null(sap: Sap) -> None:
    assert await sap.perform("first", {**ORDERS, "where": {"SalesOrder": "none"}}) is None


async def test_a_missing_entity_is_rejected_or_null_as_wanted(sap: Sap) -> None:
    with pytest.raises(Rejected) as caught:
        await sap.perform("get", {**ORDERS, "key": "none"})
    assert (caught.value.cause.code, caught.value.cause.status) == ("not-found", 404)
    assert "none" not in caught.value.message.partition(": ")[0]
    assert await sap.perform("get", {**ORDERS, "key": "none", "must_exist": False}) is None


async def test_what_sap_wraps_around_its_data_does_not_reach_the_flow(
    sap: Sap, order: dict[str, Any]
) -> None:
    made = await sap.perform("create", {**ORDERS, "data": order})
    read = await sap.perform("get", {**ORDERS, "key": made["SalesOrder"], "expand": ["to_Item"]})
    assert "__metadata" not in read
    assert "to_Partner" not in read
    assert isinstance(read["to_Item"], list)
    assert isinstance(read["TotalNetAmount"], Decimal)
    assert isinstance(read["CreationDate"], date)


def test_without_metadata_decimals_stay_texts_and_dates_are_dates() -> None:
    body = b"""{"d": {"__metadata": {"etag": "W/1", "uri": "https://h/S/E('1')"}, "Net": "1.000",
      "Day": "/Date(1773446400000)/",
      "At": "/Date(1130168212000+0000)/", "None": null, "to_X": {"results": [{"A": "1", "__metadata": {}}]},
      "to_Y": {"__deferred": {"uri": "x"}}}}"""
    entry = entry_of(body, Model())
    assert entry.record == {
        "Net": "1.000",
        "Day": date(2026, 3, 14),
        "At": datetime(2005, 10, 24, 15, 36, 52, tzinfo=UTC),
        "None": None,
        "to_X": [{"A": "1"}],
    }
    assert (entry.etag, entry.segment("E")) == ("W/1", "E('1')")


async def test_an_update_sends_what_differs_under_the_etag_that_was_read(
    sap: Sap, sap_control: Any, order: dict[str, Any]
) -> None:
    made = await sap.perform("create", {**ORDERS, "data": order})
    change = {**ORDERS, "key": made["SalesOrder"], "data": {"ShippingCondition": "02"}}
    assert (await sap.perform("update", change))["action"] == "updated"
    assert (await sap.perform("update", change))["action"] == "unchanged"


async def test_somebody_faster_makes_it_read_and_decide_again(
    scripted_sap: Sap, httpserver: HTTPServer
) -> None:
    path = "/sap/opu/odata/sap/S/E('1')"
    names, refused = ["old", "theirs"], list[str]()

    def entity(request: Request) -> Response:
        etag = f"W/{names[0]}"
        if request.method == "GET":
            return Response(json.dumps({"d": {"Id": "1", "Name": names[0]}}), headers={"ETag": etag})
        assert request.headers["If-Match"] == etag
        if not refused:
            refused.append(names.pop(0))
            return Response(status=412)
        names[0] = json.loads(request.data)["Name"]
        return Response(status=204)

    httpserver.expect_request("/sap/opu/odata/sap/S/").respond_with_data("", headers={"x-csrf-token": "T"})
    httpserver.expect_request(path).respond_with_handler(entity)
    request = {"service": "S", "entity": "E", "key": "1", "data": {"Name": "new"}}
    result = await scripted_sap.perform("update", request)
    assert (result["action"], result["Name"], refused) == ("updated", "new", ["old"])


@pytest.mark.parametrize("status", [412, 428])
async def test_it_gives_up_for_now_after_three_tries(
    scripted_sap: Sap, httpserver: HTTPServer, status: int
) -> None:
    path = "/sap/opu/odata/sap/S/E('1')"
    httpserver.expect_request("/sap/opu/odata/sap/S/").respond_with_data("", headers={"x-csrf-token": "T"})
    httpserver.expect_request(path, method="GET").respond_with_json({"d": {"Id": "1", "Name": "old"}})
    httpserver.expect_request(path, method="PATCH").respond_with_data("", status)
    with pytest.raises(Retryable) as caught:
        await scripted_sap.perform(
            "update", {"service": "S", "entity": "E", "key": "1", "data": {"Name": "new"}}
        )
    assert (caught.value.cause.code, caught.value.doubt) == ("changed-meanwhile", False)
    assert sum(request.method == "PATCH" for request, _ in httpserver.log) == 3


async def test_a_create_without_a_body_is_read_at_its_location(
    scripted_sap: Sap, httpserver: HTTPServer
) -> None:
    root = "/sap/opu/odata/sap/S"
    httpserver.expect_request(f"{root}/").respond_with_data("", headers={"x-csrf-token": "T"})
    where = {"Location": "https://internal:44300/S/E(Id='a%2Fb')"}
    httpserver.expect_request(f"{root}/E", method="POST").respond_with_data("", 201, headers=where)
    httpserver.expect_request(f"{root}/E(Id='a/b')", method="GET").respond_with_json({"d": {"Id": "a/b"}})
    result = await scripted_sap.perform("create", {"service": "S", "entity": "E", "data": {"Name": "x"}})
    assert result == {"Id": "a/b", "action": "created", "adopted": False, "messages": []}


async def test_a_create_with_an_unreadable_answer_is_in_doubt(
    sap: Sap, sap_control: Any, order: dict[str, Any]
) -> None:
    sap_control.fault("html", method="POST", match="A_SalesOrder")
    with pytest.raises(Retryable) as caught:
        await sap.perform("create", {**ORDERS, "data": order})
    assert caught.value.doubt


async def test_a_value_that_cannot_be_sent_names_its_field(sap: Sap, order: dict[str, Any]) -> None:
    order["to_Item"][0]["RequestedQuantity"] = "two"
    with pytest.raises(Rejected) as caught:
        await sap.perform("create", {**ORDERS, "data": order})
    assert caught.value.cause.target == "to_Item.RequestedQuantity"


async def test_another_client_reads_what_was_written(sap: Sap, sandbox: Any, order: dict[str, Any]) -> None:
    order |= {"CustomerPurchaseOrderDate": date(2026, 3, 14), "PurchaseOrderByCustomer": "Größe 注 'q'"}
    made = await sap.perform("create", {**ORDERS, "data": order})
    auth = (sandbox.sap_user, sandbox.sap_password)
    with httpx.Client(auth=auth) as session, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own, about metadata
        client = pyodata.Client(f"{sandbox.sap_url}/sap/opu/odata/sap/API_SALES_ORDER_SRV", session)
        read = client.entity_sets.A_SalesOrder.get_entity(made["SalesOrder"]).expand("to_Item").execute()
    assert read.PurchaseOrderByCustomer == "Größe 注 'q'"
    assert read.CustomerPurchaseOrderDate.date() == date(2026, 3, 14)
    assert Decimal(read.to_Item[0].RequestedQuantity) == 2
