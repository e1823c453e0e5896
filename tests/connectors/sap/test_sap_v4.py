"""What OData V4 does differently on the wire. That the operations do the same is in test_sap_both_mocks."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from flowrun.errors import Rejected, Retryable
from flowrun_connectors.sap import Sap
from flowrun_connectors.sap.odata.entities import Model, entry_of, page_of
from flowrun_connectors.sap.odata.errors import said
from flowrun_connectors.sap.odata.filters import condition, segment
from flowrun_connectors.sap.odata.v4 import V4

pytestmark = pytest.mark.anyio

ROOT = "/v4/odata4/S"
PLACE = {"service": "S", "entity": "SalesOrder"}
METADATA = """<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="N" xmlns="http://docs.oasis-open.org/odata/ns/edm">
 <EntityType Name="SalesOrderType"><Key><PropertyRef Name="SalesOrder"/></Key>
  <Property Name="SalesOrder" Type="Edm.String" Nullable="false"/><Property Name="Day" Type="Edm.Date"/>
  <Property Name="At" Type="Edm.DateTimeOffset"/><Property Name="Opens" Type="Edm.TimeOfDay"/>
  <Property Name="Net" Type="Edm.Decimal" Precision="15" Scale="3"/><Property Name="Id" Type="Edm.Guid"/>
  <Property Name="Long" Type="Edm.Int64"/><Property Name="Rate" Type="Edm.Double"/>
  <Property Name="YY1_Campaign_SDH" Type="Edm.String"/>
  <NavigationProperty Name="_Item" Type="Collection(N.ItemType)"/></EntityType>
 <EntityType Name="ItemType"><Key><PropertyRef Name="Id"/></Key><Property Name="Id" Type="Edm.Guid"/>
  <Property Name="Quantity" Type="Edm.Decimal" Precision="15" Scale="3"/></EntityType>
 <Action Name="Release" IsBound="true"><Parameter Name="_it" Type="N.SalesOrderType"/>
  <Parameter Name="Upto" Type="Edm.Decimal" Nullable="false"/><ReturnType Type="N.SalesOrderType"/></Action>
 <Function Name="Free"><Parameter Name="Day" Type="Edm.Date"/><ReturnType Type="Edm.Decimal"/></Function>
 <EntityContainer Name="C"><EntitySet Name="SalesOrder" EntityType="N.SalesOrderType"/>
  <EntitySet Name="Item" EntityType="N.ItemType"/><FunctionImport Name="Free" Function="N.Free"/>
 </EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"""
RECORD = {
    "SalesOrder": "1",
    "Day": date(2026, 3, 14),
    "At": datetime(2026, 3, 14, 8, 30, 0, 500000, UTC),
    "Opens": time(8, 30),
    "Net": Decimal("10.10"),
    "Long": 9007199254740993,
    "Rate": Decimal("1.5"),
    "YY1_Campaign_SDH": "spring",
    "_Item": [{"Id": "0050568d-0a5e-1ed6-a5e2-7c7a3e0d5f6b", "Quantity": Decimal("1.500")}],
}
WIRE = {
    "SalesOrder": "1",
    "Day": "2026-03-14",
    "At": "2026-03-14T08:30:00.5Z",
    "Opens": "08:30:00",
    "Net": "10.10",
    "Long": "9007199254740993",
    "Rate": 1.5,
    "YY1_Campaign_SDH": "spring",
    "_Item": [{"Id": "0050568d-0a5e-1ed6-a5e2-7c7a3e0d5f6b", "Quantity": "1.500"}],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "S.xml").write_text(METADATA)
    return tmp_path


@pytest.fixture
async def sap(
    make_scripted_v4: Callable[..., Sap], folder: Path, httpserver: HTTPServer
) -> AsyncIterator[Sap]:
    httpserver.expect_request(f"{ROOT}/", method="GET").respond_with_data("", headers={"x-csrf-token": "T"})
    async with make_scripted_v4(folder) as connector:
        yield connector


def sent(httpserver: HTTPServer, method: str) -> list[Request]:
    return [request for request, _ in httpserver.log if request.method == method]


async def test_a_record_goes_out_with_plain_dates_and_exact_decimals_and_comes_back_the_same(
    sap: Sap, httpserver: HTTPServer
) -> None:
    answer = {"@odata.context": "x", "@odata.etag": 'W/"1"', **WIRE, "SAP__Messages": []}
    httpserver.expect_request(f"{ROOT}/SalesOrder", method="POST").respond_with_json(answer, 201)
    result = await sap.perform("create", {**PLACE, "data": RECORD})
    (request,) = sent(httpserver, "POST")
    assert json.loads(request.data) == WIRE
    assert request.headers["Content-Type"] == request.headers["Accept"]
    assert request.headers["Accept"] == "application/json;IEEE754Compatible=true"
    assert request.headers["OData-Version"] == "4.0"
    came = {name: result[name] for name in RECORD}
    assert came == {**RECORD, "Opens": "08:30:00"}
    assert isinstance(came["Net"], Decimal)


async def test_numbers_of_a_server_that_sends_them_bare_are_exact_too(folder: Path) -> None:
    from flowrun_connectors.sap.odata import metadata  # noqa: PLC0415 - for this test only

    model = Model.made(metadata.known(folder, "S"), "SalesOrder", ROOT)
    record = entry_of(b'{"SalesOrder": "1", "Net": 0.1, "Long": 3, "Rate": 2}', model).record
    assert record == {"SalesOrder": "1", "Net": Decimal("0.1"), "Long": 3, "Rate": Decimal(2)}
    assert isinstance(record["Rate"], Decimal)


async def test_messages_come_from_the_header_and_from_the_entity_and_stay_out_of_the_record(
    sap: Sap, httpserver: HTTPServer
) -> None:
    header = [{"code": "V1/1", "message": "no price", "target": "Net", "numericSeverity": 3}]
    bound = [
        {"code": "V1/2", "message": "incomplete", "target": "", "numericSeverity": 2, "transition": True}
    ]
    httpserver.expect_request(f"{ROOT}/SalesOrder", method="POST").respond_with_json(
        {"SalesOrder": "1", "SAP__Messages": bound}, 201, {"sap-messages": json.dumps(header)}
    )
    result = await sap.perform("create", {**PLACE, "data": {"SalesOrder": "1"}})
    assert "SAP__Messages" not in result
    assert result["messages"] == [
        {"code": "V1/1", "message": "no price", "target": "Net", "severity": "warning"},
        {"code": "V1/2", "message": "incomplete", "target": "", "severity": "info"},
    ]


async def test_a_path_of_links_becomes_nested_options(sap: Sap, httpserver: HTTPServer) -> None:
    httpserver.expect_request(f"{ROOT}/SalesOrder('1')").respond_with_json({"SalesOrder": "1"})
    wanted = {
        "select": ["SalesOrder", "_Item/Quantity"],
        "expand": ["_Item", "_Item/_PricingElement", "_Partner"],
    }
    await sap.perform("get", {**PLACE, "key": "1", **wanted})
    (request,) = sent(httpserver, "GET")
    assert dict(request.args) == {
        "$select": "SalesOrder",
        "$expand": "_Item($expand=_PricingElement;$select=Quantity),_Partner",
    }


async def test_a_next_link_is_followed_by_its_query_alone(sap: Sap, httpserver: HTTPServer) -> None:
    def page(request: Request) -> Response:
        if request.args.get("$skiptoken"):
            return Response(json.dumps({"value": [{"SalesOrder": "2"}]}))
        more = "https://elsewhere.example/S/SalesOrder?$skiptoken=%27a%2Bb%27"
        return Response(json.dumps({"value": [{"SalesOrder": "1"}], "@odata.nextLink": more}))

    httpserver.expect_request(f"{ROOT}/SalesOrder").respond_with_handler(page)
    assert await sap.perform("list", PLACE) == [{"SalesOrder": "1"}, {"SalesOrder": "2"}]
    assert sent(httpserver, "GET")[1].args["$skiptoken"] == "'a+b'"


@pytest.mark.parametrize("status", [412, 428])
async def test_who_was_slower_reads_and_decides_again(sap: Sap, httpserver: HTTPServer, status: int) -> None:
    etags, stored = ['W/"2"', 'W/"1"'], {"Day": "2026-01-01"}

    def entity(request: Request) -> Response:
        if request.method == "GET":
            return Response(json.dumps({"@odata.etag": etags[-1], "SalesOrder": "1", **stored}))
        if len(etags) > 1:
            etags.pop()
            return Response(json.dumps({"error": {"code": "x", "message": "changed"}}), status)
        assert request.headers["If-Match"] == 'W/"2"'
        stored.update(json.loads(request.data))
        return Response(status=204)

    httpserver.expect_request(f"{ROOT}/SalesOrder('1')").respond_with_handler(entity)
    result = await sap.perform("update", {**PLACE, "key": "1", "data": {"Day": date(2026, 3, 14)}})
    assert (result["action"], result["Day"]) == ("updated", date(2026, 3, 14))
    assert [request.method for request, _ in httpserver.log if "SalesOrder" in request.path] == [
        "GET", "PATCH", "GET", "PATCH", "GET"
    ]  # fmt: skip


async def test_merge_is_for_v2_only(
    make_sap: Callable[..., Sap], folder: Path, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(f"{ROOT}/").respond_with_data("", headers={"x-csrf-token": "T"})
    one = httpserver.expect_request(f"{ROOT}/SalesOrder('1')", method="GET")
    one.respond_with_json({"SalesOrder": "1"})
    httpserver.expect_request(f"{ROOT}/SalesOrder('1')", method="PATCH").respond_with_data("", 204)
    url = httpserver.url_for("/").rstrip("/")
    async with make_sap(url=url, folder=folder, services={"S": ROOT}, update_method="MERGE") as old:
        await old.perform("update", {**PLACE, "key": "1", "data": {"Day": "2026-03-14"}})
    assert len(sent(httpserver, "PATCH")) == 1


async def test_without_metadata_the_path_tells_the_version(
    make_scripted_v4: Callable[..., Sap], httpserver: HTTPServer
) -> None:
    httpserver.expect_request(f"{ROOT}/SalesOrder").respond_with_json({"value": [{"Day": "2026-03-14"}]})
    async with make_scripted_v4() as unknowing:
        where = {"Name": {"contains": "x"}, "Day": date(2026, 3, 14), "Net": Decimal("1.0")}
        found = await unknowing.perform("list", {**PLACE, "where": where})
    assert found == [{"Day": "2026-03-14"}]  # nothing tells a day from a text here
    (request,) = sent(httpserver, "GET")
    assert request.args["$filter"] == "contains(Name,'x') and Day eq 2026-03-14 and Net eq 1.0"


def test_a_guid_and_a_moment_stand_bare_in_addresses(folder: Path) -> None:
    from flowrun_connectors.sap.odata import metadata  # noqa: PLC0415 - for this test only

    service = metadata.known(folder, "S")
    item, order = Model.made(service, "Item", ROOT), Model.made(service, "SalesOrder", ROOT)
    guid = "0050568D-0A5E-1ED6-A5E2-7C7A3E0D5F6B"
    assert segment("Item", guid, item) == f"Item({guid.lower()})"
    where = {"At": {"ge": "2026-03-14T09:30:00+01:00"}, "Opens": "08:30", "YY1_Campaign_SDH": "spring"}
    assert condition(where, order) == (
        "At ge 2026-03-14T08:30:00Z and Opens eq 08:30:00 and YY1_Campaign_SDH eq 'spring'"
    )


def test_a_nested_list_that_is_not_all_there_is_no_record() -> None:
    body = (
        b'{"SalesOrder": "1", "_Item": [{"Id": "1"}], "_Item@odata.nextLink": "SalesOrder(1)/_Item?$skip=1"}'
    )
    with pytest.raises(ValueError, match="only a part of a nested list"):
        entry_of(body, Model(dialect=V4))
    v2 = b'{"d": {"SalesOrder": "1", "to_Item": {"results": [], "__next": "x?$skiptoken=1"}}}'
    with pytest.raises(ValueError, match="only a part of a nested list"):
        entry_of(v2, Model())


async def test_it_is_rejected_with_what_to_do(sap: Sap, httpserver: HTTPServer) -> None:
    body = {"SalesOrder": "1", "_Item": [], "_Item@odata.nextLink": "x?$skip=1"}
    httpserver.expect_request(f"{ROOT}/SalesOrder('1')").respond_with_json(body)
    with pytest.raises(Rejected, match="read that list by itself"):
        await sap.perform("get", {**PLACE, "key": "1", "expand": ["_Item"]})


@pytest.mark.parametrize(
    "body", [b'{"error": {"code": "x", "message": "y"}}', b"[]", b'{"value": {}}', b"<html>"]
)
def test_what_is_no_list_is_not_taken_for_an_empty_one(body: bytes) -> None:
    with pytest.raises(ValueError, match="the answer"):
        page_of(body, Model(dialect=V4))


def test_an_error_has_code_text_target_and_details() -> None:
    body = {
        "error": {
            "code": "SABP_BEHV/100",
            "message": "Document is incomplete",
            "target": "SalesOrderType",
            "@SAP__common.ExceptionCategory": "Provider_Application_Error",
            "innererror": {"ErrorDetails": {"@SAP__common.TransactionId": "1"}},
            "details": [
                {
                    "code": "V1/263",
                    "message": "no plan",
                    "target": "_Item",
                    "@SAP__common.numericSeverity": 4,
                },
                {"code": "V1/311", "message": "look", "target": None, "@SAP__common.numericSeverity": 3},
            ],
        }
    }
    found = said(json.dumps(body).encode())
    assert (found.code, found.text, found.target) == (
        "SABP_BEHV/100",
        "Document is incomplete",
        "SalesOrderType",
    )
    assert [(item.code, item.target, item.severity) for item in found.details] == [
        ("V1/263", "_Item", "error"),
        ("V1/311", "", "warning"),
    ]


async def test_a_create_without_an_answer_is_looked_for(sap: Sap, httpserver: HTTPServer) -> None:
    found: list[dict[str, Any]] = []

    def orders(request: Request) -> Response:
        if request.method == "GET":
            return Response(json.dumps({"value": found}))
        found.append({"@odata.etag": "1", "SalesOrder": "7", "YY1_Campaign_SDH": "spring"})
        return Response("gateway timeout", 504)

    httpserver.expect_request(f"{ROOT}/SalesOrder").respond_with_handler(orders)
    data = {"YY1_Campaign_SDH": "spring"}
    result = await sap.perform("upsert", {**PLACE, "by": ["YY1_Campaign_SDH"], "data": data})
    assert (result["SalesOrder"], result["action"], result["adopted"]) == ("7", "created", True)


async def test_an_action_is_posted_to_the_entity_under_its_etag(sap: Sap, httpserver: HTTPServer) -> None:
    one = httpserver.expect_request(f"{ROOT}/SalesOrder('1')", method="GET")
    one.respond_with_json({"@odata.etag": 'W/"3"', "SalesOrder": "1"})
    httpserver.expect_request(f"{ROOT}/SalesOrder('1')/N.Release", method="POST").respond_with_json(
        {"SalesOrder": "1", "Net": "5.00"}
    )
    request = {"service": "S", "function": "Release", "entity": "SalesOrder", "key": "1"}
    result = await sap.perform("call", {**request, "parameters": {"Upto": 5}})
    assert result == {"SalesOrder": "1", "Net": Decimal("5.00")}
    (posted,) = sent(httpserver, "POST")
    assert (json.loads(posted.data), posted.headers["If-Match"]) == ({"Upto": "5"}, 'W/"3"')
    with pytest.raises(Rejected, match="lacks Upto"):
        await sap.perform("call", request)


async def test_a_function_is_asked_with_its_parameters_in_brackets(sap: Sap, httpserver: HTTPServer) -> None:
    httpserver.expect_request(f"{ROOT}/Free(Day=2026-03-14)").respond_with_json(
        {"@odata.context": "x", "value": "3.500"}
    )
    call = {"service": "S", "function": "Free", "parameters": {"Day": "2026-03-14"}}
    assert await sap.perform("call", call) == Decimal("3.500")


async def test_an_action_with_an_unreadable_answer_is_in_doubt(sap: Sap, httpserver: HTTPServer) -> None:
    httpserver.expect_request(f"{ROOT}/SalesOrder('1')", method="GET").respond_with_json({"SalesOrder": "1"})
    httpserver.expect_request(f"{ROOT}/SalesOrder('1')/N.Release").respond_with_data("<html>", 200)
    request = {"service": "S", "function": "Release", "entity": "SalesOrder", "key": "1"}
    with pytest.raises(Retryable) as caught:
        await sap.perform("call", {**request, "parameters": {"Upto": 5}})
    assert caught.value.doubt
