from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from flowrun.errors import Rejected, Retryable
from flowrun_connectors.sap import Sap

pytestmark = pytest.mark.anyio

ROOT = "/sap/opu/odata/sap/S"
PLACE = {"service": "S", "entity": "Header"}
ONE = f"{ROOT}/Header('80000001')"
METADATA = """<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"><edmx:DataServices>
<Schema Namespace="N" xmlns="http://schemas.microsoft.com/ado/2008/09/edm"
 xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">
 <EntityType Name="HeaderType"><Key><PropertyRef Name="DeliveryDocument"/></Key>
  <Property Name="DeliveryDocument" Type="Edm.String" Nullable="false"/>
  <Property Name="Weight" Type="Edm.Decimal"/></EntityType>
 <ComplexType Name="Return"><Property Name="Weight" Type="Edm.Decimal"/></ComplexType>
 <EntityContainer Name="C"><EntitySet Name="Header" EntityType="N.HeaderType"/>
  <FunctionImport Name="PostGoodsIssue" ReturnType="N.Return" m:HttpMethod="POST">
   <Parameter Name="DeliveryDocument" Type="Edm.String" Mode="In"/>
   <Parameter Name="Day" Type="Edm.DateTime" Nullable="true"/>
   <Parameter Name="Upto" Type="Edm.Decimal" Nullable="true"/></FunctionImport>
  <FunctionImport Name="Find" ReturnType="Collection(N.HeaderType)" m:HttpMethod="GET"/>
  <FunctionImport Name="Count" ReturnType="Edm.Int64" m:HttpMethod="GET"/>
 </EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"""


@pytest.fixture
async def sap(make_sap: Any, httpserver: HTTPServer, tmp_path: Path) -> AsyncIterator[Sap]:
    (tmp_path / "S.xml").write_text(METADATA)
    httpserver.expect_request(f"{ROOT}/", method="GET").respond_with_data("", headers={"x-csrf-token": "T"})
    async with make_sap(url=httpserver.url_for("/").rstrip("/"), folder=tmp_path) as connector:
        yield connector


def sent(httpserver: HTTPServer, *methods: str) -> list[Request]:
    return [request for request, _ in httpserver.log if request.method in methods]


async def test_what_somebody_changes_meanwhile_is_looked_at_again(sap: Sap, httpserver: HTTPServer) -> None:
    etags = ["W/2", "W/1"]

    def one(request: Request) -> Response:
        if request.method == "GET":
            return Response(json.dumps({"d": {"DeliveryDocument": "1"}}), headers={"ETag": etags[-1]})
        assert request.headers["If-Match"] == etags[-1]
        return Response(status=412) if etags.pop() == "W/1" else Response(status=204)

    httpserver.expect_request(ONE).respond_with_handler(one)
    result = await sap.perform("delete", {**PLACE, "key": "80000001"})
    assert result == {"action": "deleted", "messages": []}


async def test_what_others_change_all_the_time_is_tried_again_later(sap: Sap, httpserver: HTTPServer) -> None:
    httpserver.expect_request(ONE, method="GET").respond_with_json({"d": {"DeliveryDocument": "1"}})
    httpserver.expect_request(ONE, method="DELETE").respond_with_data("", 428)
    with pytest.raises(Retryable) as caught:
        await sap.perform("delete", {**PLACE, "key": "80000001"})
    assert (caught.value.cause.code, caught.value.doubt) == ("changed-meanwhile", False)
    assert len(sent(httpserver, "DELETE")) == 3


@pytest.mark.parametrize("key", [None, {}, {"DeliveryDocument": None}])
async def test_a_whole_set_is_never_deleted(sap: Sap, httpserver: HTTPServer, key: Any) -> None:
    with pytest.raises(Rejected):
        await sap.perform("delete", {**PLACE, "key": key})
    with pytest.raises(ValueError, match="whole entity set"):
        await sap._opened.remove("S", "Header", sap._place("S", "Header").model, etag="")
    assert httpserver.log == []


async def test_a_refused_deletion_is_rejected_with_sap_s_words(sap: Sap, httpserver: HTTPServer) -> None:
    httpserver.expect_request(ONE, method="GET").respond_with_json({"d": {"DeliveryDocument": "1"}})
    error = {"error": {"code": "VL/367", "message": {"lang": "en", "value": "Delivery is billed"}}}
    httpserver.expect_request(ONE, method="DELETE").respond_with_json(error, 400)
    with pytest.raises(Rejected, match="Delivery is billed") as caught:
        await sap.perform("delete", {**PLACE, "key": "80000001"})
    assert caught.value.cause.code == "VL/367"


async def test_a_function_import_is_called_with_typed_parameters_in_its_address(
    sap: Sap, httpserver: HTTPServer
) -> None:
    answer = {"d": {"PostGoodsIssue": {"__metadata": {"type": "N.Return"}, "Weight": "1.500"}}}
    httpserver.expect_request(f"{ROOT}/PostGoodsIssue", method="POST").respond_with_json(answer)
    result = await sap.perform(
        "call",
        {
            "service": "S",
            "function": "PostGoodsIssue",
            "parameters": {"DeliveryDocument": "80000001", "Day": date(2026, 3, 14), "Upto": 2},
        },
    )
    assert result == {"Weight": Decimal("1.500")}
    (request,) = sent(httpserver, "POST")
    assert dict(request.args) == {
        "DeliveryDocument": "'80000001'",
        "Day": "datetime'2026-03-14T00:00:00'",
        "Upto": "2M",
    }
    assert (request.data, request.headers["x-csrf-token"]) == (b"", "T")
    assert "If-Match" not in request.headers


async def test_the_document_s_etag_goes_along_when_it_is_named(sap: Sap, httpserver: HTTPServer) -> None:
    httpserver.expect_request(ONE, method="GET").respond_with_json(
        {"d": {"DeliveryDocument": "80000001"}}, headers={"ETag": "W/7"}
    )
    httpserver.expect_request(f"{ROOT}/PostGoodsIssue", method="POST").respond_with_data("", 204)
    call = {
        "service": "S",
        "function": "PostGoodsIssue",
        "entity": "Header",
        "key": "80000001",
        "parameters": {"DeliveryDocument": "80000001"},
    }
    assert await sap.perform("call", call) is None
    (request,) = sent(httpserver, "POST")
    assert request.headers["If-Match"] == "W/7"


async def test_without_it_the_refusal_says_what_to_name(sap: Sap, httpserver: HTTPServer) -> None:
    httpserver.expect_request(f"{ROOT}/PostGoodsIssue").respond_with_data("", 428)
    with pytest.raises(Rejected, match="name the document in `entity` and `key`"):
        await sap.perform(
            "call", {"service": "S", "function": "PostGoodsIssue", "parameters": {"DeliveryDocument": "1"}}
        )


async def test_a_function_that_only_reads_needs_no_token(sap: Sap, httpserver: HTTPServer) -> None:
    rows = {"d": {"results": [{"DeliveryDocument": "1", "Weight": "2.000"}]}}
    httpserver.expect_request(f"{ROOT}/Find", method="GET").respond_with_json(rows)
    httpserver.expect_request(f"{ROOT}/Count", method="GET").respond_with_json({"d": {"Count": "12"}})
    found = await sap.perform("call", {"service": "S", "function": "Find"})
    assert found == [{"DeliveryDocument": "1", "Weight": Decimal("2.000")}]
    assert await sap.perform("call", {"service": "S", "function": "Count"}) == 12
    assert [request.path for request, _ in httpserver.log] == [f"{ROOT}/Find", f"{ROOT}/Count"]


@pytest.mark.parametrize(("call", "reason"), [
    ({"function": "PostGoodIssue"}, "did you mean `PostGoodsIssue`"),
    ({"function": "PostGoodsIssue", "parameters": {"Delivery": "1"}}, "did you mean `DeliveryDocument`"),
    ({"function": "PostGoodsIssue"}, "lacks DeliveryDocument"),
    ({"function": "PostGoodsIssue", "entity": "Header"}, "which Header is meant"),
])  # fmt: skip
async def test_a_call_that_cannot_be_made_says_why(sap: Sap, call: dict[str, Any], reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        await sap.perform("call", {"service": "S", **call})


async def test_without_metadata_the_flow_s_method_and_types_count(
    scripted_sap: Sap, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(f"{ROOT}/Free", method="GET").respond_with_json({"d": {"Free": {"Ok": True}}})
    call = {"service": "S", "function": "Free", "parameters": {"Id": "1"}, "method": "GET"}
    assert await scripted_sap.perform("call", call) == {"Ok": True}
    with pytest.raises(Rejected):
        await scripted_sap.perform("call", {**call, "function": "Free?x=1&y"})


async def test_a_call_whose_answer_got_lost_is_in_doubt(sap: Sap, httpserver: HTTPServer) -> None:
    httpserver.expect_request(f"{ROOT}/PostGoodsIssue").respond_with_data("<html>busy", 503)
    with pytest.raises(Retryable) as caught:
        await sap.perform(
            "call", {"service": "S", "function": "PostGoodsIssue", "parameters": {"DeliveryDocument": "1"}}
        )
    assert caught.value.doubt
    assert not Sap.operations()["call"].repeatable


async def test_what_is_pretended_has_the_fields_of_the_answer(sap: Sap) -> None:
    call = {"service": "S", "function": "PostGoodsIssue", "parameters": {"DeliveryDocument": "1"}}
    assert sap.pretend("call", call) == {"DeliveryDocument": "1", "Weight": None}
    assert sap.pretend("delete", {**PLACE, "key": "1"}) == {"action": "deleted", "messages": []}
