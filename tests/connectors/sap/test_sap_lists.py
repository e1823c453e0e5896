"""Lists: several values of one field, windows, and what is too long for one address."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from flowrun.errors import Rejected
from flowrun_connectors.sap import Sap
from flowrun_connectors.sap.odata.entities import BadFieldError, Model
from flowrun_connectors.sap.odata.filters import condition, conditions, segment
from flowrun_connectors.sap.requests import List

pytestmark = pytest.mark.anyio

ROOT = "/sap/opu/odata/sap/S"
PLACE = {"service": "S", "entity": "E"}
METADATA = """<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"><edmx:DataServices>
<Schema Namespace="N" xmlns="http://schemas.microsoft.com/ado/2008/09/edm"><EntityType Name="T">
<Key><PropertyRef Name="Id"/></Key><Property Name="Id" Type="Edm.String" Nullable="false"/>
<Property Name="Rank" Type="Edm.Int32"/></EntityType>
<EntityContainer Name="C"><EntitySet Name="E" EntityType="N.T"/></EntityContainer></Schema>
</edmx:DataServices></edmx:Edmx>"""
LONG = [f"MATERIAL-{number:06}-{'X' * 20}" for number in range(1000)]


class Shelf:
    """A service that answers `Id eq '…'`, `$top` and `$skip`, and never pages by itself."""

    def __init__(self, server: HTTPServer, rows: list[dict[str, Any]]) -> None:
        self.rows = rows
        self.addresses: list[str] = []
        self.most = 10**6
        server.expect_request(f"{ROOT}/E").respond_with_handler(self.answer)

    def answer(self, request: Request) -> Response:
        self.addresses.append(request.full_path)
        asked = set(re.findall(r"Id eq '([^']*)'", request.args.get("$filter", "")))
        rows = [row for row in self.rows if not asked or row["Id"] in asked]
        if request.args.get("$orderby") == "Rank desc":
            rows = rows[::-1]
        skip, top = int(request.args.get("$skip", 0)), int(request.args.get("$top", 10**6))
        return Response(json.dumps({"d": {"results": rows[skip : skip + min(top, self.most)]}}))


@pytest.fixture
def shelf(httpserver: HTTPServer) -> Shelf:
    return Shelf(httpserver, [{"Id": name, "Rank": rank} for rank, name in enumerate(LONG)])


@pytest.fixture
async def sap(make_sap: Any, httpserver: HTTPServer, tmp_path: Path) -> AsyncIterator[Sap]:
    (tmp_path / "S.xml").write_text(METADATA)
    async with make_sap(url=httpserver.url_for("/").rstrip("/"), folder=tmp_path) as connector:
        yield connector


async def test_a_thousand_values_are_asked_for_in_addresses_that_pass(sap: Sap, shelf: Shelf) -> None:
    found = await sap.perform("list", {**PLACE, "where": {"Id": {"in": LONG}}})
    assert sorted(row["Id"] for row in found) == LONG
    assert max(len(address) for address in shelf.addresses) < 8000
    assert len(shelf.addresses) <= 16


async def test_what_comes_in_parts_is_sorted_and_limited_as_a_whole(sap: Sap, shelf: Shelf) -> None:
    wanted = {**PLACE, "where": {"Id": {"in": LONG}}, "order_by": ["Rank desc"], "limit": 3}
    assert [row["Rank"] for row in await sap.perform("list", wanted)] == [999, 998, 997]
    with pytest.raises(Rejected, match="`select` lacks `Rank`"):
        await sap.perform("list", {**wanted, "select": ["Id"]})


async def test_what_is_in_two_parts_is_there_once(sap: Sap, httpserver: HTTPServer) -> None:
    httpserver.expect_request(f"{ROOT}/E").respond_with_json({"d": {"results": [{"Id": LONG[0], "Rank": 1}]}})
    assert len(await sap.perform("list", {**PLACE, "where": {"Id": {"in": LONG}}})) == 1


async def test_an_empty_list_selects_nothing_and_asks_nobody(sap: Sap, shelf: Shelf) -> None:
    nothing = {**PLACE, "where": {"Id": {"in": []}, "Rank": 1}}
    assert await sap.perform("list", nothing) == []
    assert await sap.perform("first", nothing) is None
    assert shelf.addresses == []


@pytest.mark.parametrize(("where", "text"), [
    ({"A": {"in": ["x", "y", "x"]}, "B": 1}, "(A eq 'x' or A eq 'y') and B eq 1"),
    ({"A": {"in": ["x"]}}, "A eq 'x'"),
    ({"A": {"in": ["x", None]}}, "(A eq 'x' or A eq null)"),
    ({"any": [{"A": 1, "B": 2}, {"C": 3}]}, "((A eq 1 and B eq 2) or C eq 3)"),
    ({"any": [{"A": 1}, {"B": {"in": []}}], "D": 4}, "A eq 1 and D eq 4"),
    ({"any": [{"A": {"in": []}}]}, None),
    ({"any": []}, None),
    ({}, ""),
])  # fmt: skip
def test_alternatives_stand_in_brackets(where: dict[str, Any], text: str | None) -> None:
    assert condition(where, Model()) == text


@pytest.mark.parametrize(("where", "reason"), [
    ({"A": {"in": "x"}}, "must be a list behind `in`"),
    ({"any": ["x"]}, "must be a list of records"),
    ({"any": [{}]}, "must be a list of records"),
    ({"A": {"not": 1}}, "has no operator `not`"),
])  # fmt: skip
def test_what_is_no_condition_says_what_to_write(where: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadFieldError, match=reason):
        condition(where, Model())


def test_the_longest_list_is_halved_until_all_parts_fit() -> None:
    parts = conditions({"A": {"in": LONG}, "B": {"in": ["1", "2"]}}, Model(), room=2000)
    assert len(parts) > 10
    assert all("(B eq '1' or B eq '2')" in part for part in parts)
    assert [value for part in parts for value in re.findall(r"A eq '([^']*)'", part)] == LONG


def test_one_value_that_is_too_long_is_sent_all_the_same() -> None:
    assert conditions({"A": "x" * 9000}, Model()) == [f"A eq '{'x' * 9000}'"]


@pytest.mark.parametrize("key", [{}, None, {"Id": None}])
def test_a_key_that_names_nothing_is_no_address(key: Any) -> None:
    with pytest.raises(BadFieldError, match="empty"):
        segment("E", key, Model())


async def test_windows_have_an_order_and_end_with_an_empty_one(sap: Sap, shelf: Shelf) -> None:
    shelf.most = 300  # of the 400 that are asked for: it says nothing about the rest
    found = await sap.perform("list", {**PLACE, "page_size": 400})
    assert [row["Id"] for row in found] == LONG
    assert all("%24orderby=Id" in address or "$orderby=Id" in address for address in shelf.addresses)
    assert len(shelf.addresses) == 5


async def test_windows_of_fields_that_are_all_alike_are_all_read(sap: Sap, shelf: Shelf) -> None:
    shelf.rows = [{"Id": f"{number}", "Rank": 1} for number in range(5)]
    wanted = {**PLACE, "page_size": 1, "order_by": ["Rank"], "select": ["Rank", "Id"]}
    assert len(await sap.perform("list", wanted)) == 5
    with pytest.raises(Rejected, match="`select` lacks `Id`"):
        await sap.perform("list", {**wanted, "select": ["Rank"]})


async def test_pages_come_one_at_a_time(sap: Sap, shelf: Shelf) -> None:
    seen = 0
    async for page in sap.pages(List(**PLACE, page_size=100)):
        seen += len(page)
        assert len(shelf.addresses) == seen // 100
    assert seen == 1000


async def test_a_server_that_knows_no_skip_does_not_go_round_for_ever(
    sap: Sap, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(f"{ROOT}/E").respond_with_json({"d": {"results": [{"Id": "1"}]}})
    assert await sap.perform("list", {**PLACE, "page_size": 1}) == [{"Id": "1"}]


async def test_windows_without_a_known_key_want_an_order(scripted_sap: Sap) -> None:
    with pytest.raises(Rejected, match="name the key fields in `order_by`"):
        await scripted_sap.perform("list", {**PLACE, "page_size": 10})
