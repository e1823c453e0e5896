from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flowrun.component import Facts
from flowrun.errors import Rejected
from flowrun.expressions.shapes import ANYTHING, Many, Record, Scalar, union
from flowrun_connectors.sap import Sap
from flowrun_connectors.sap.odata import metadata

pytestmark = pytest.mark.anyio

CONSTANTS = {"service": "API_SALES_ORDER_SRV", "entity": "A_SalesOrder"}


@pytest.fixture
def facts(metadata: Path) -> Facts:
    return Facts(None, metadata)


def the_record(shape: Any) -> Record:
    assert isinstance(shape, Record)
    return shape


def test_a_target_knows_kinds_lengths_and_what_may_be_written(facts: Facts) -> None:
    order = the_record(Sap.target_shape("API_SALES_ORDER_SRV/A_SalesOrder", facts))
    reference, total = order.fields["PurchaseOrderByCustomer"], order.fields["TotalNetAmount"]
    assert isinstance(reference, Scalar)
    assert isinstance(total, Scalar)
    assert (reference.kind, reference.max_length, reference.creatable) == ("text", 35, True)
    assert (total.kind, total.precision, total.scale, total.creatable) == ("decimal", 16, 3, False)
    key = order.fields["SalesOrder"]
    assert isinstance(key, Scalar)
    assert key.key


def test_a_target_leads_to_what_is_nested_in_it(facts: Facts) -> None:
    order = the_record(Sap.target_shape("API_SALES_ORDER_SRV/A_SalesOrder", facts))
    items = order.fields["to_Item"]
    assert isinstance(items, Many)
    assert isinstance(the_record(items.of).fields["Material"], Scalar)


def test_entities_that_lead_in_circles_do_no_harm(facts: Facts) -> None:
    order = the_record(Sap.target_shape("API_SALES_ORDER_SRV/A_SalesOrder", facts))
    again = the_record(Sap.target_shape("API_SALES_ORDER_SRV/A_SalesOrder", facts))
    assert order == again
    assert union(order, again) == order
    assert len(repr(order)) < 1000
    shape: Any = order
    for name in ("to_Item", "to_SalesOrder", "to_Item", "to_SalesOrder", "to_Item"):
        shape = the_record(shape.of if isinstance(shape, Many) else shape).fields[name]
    assert shape == ANYTHING


@pytest.mark.parametrize(("target", "reason"), [
    ("API_SALES_ORDER_SRV", "write SERVICE/ENTITY"),
    ("API_SALES_ORDR_SRV/A_SalesOrder", "did you mean `API_SALES_ORDER_SRV`"),
    ("API_SALES_ORDER_SRV/A_SalesOrdr", "did you mean `A_SalesOrder`"),
    ("API_PRODUCT_SRV/A_Product", "flowrun metadata pull"),
    ("../../etc/passwd/x", "flowrun metadata pull"),
])  # fmt: skip
def test_a_target_that_is_not_there_says_why(facts: Facts, target: str, reason: str) -> None:
    found = Sap.target_shape(target, facts)
    assert isinstance(found, str)
    assert reason in found


def test_without_pulled_metadata_anything_may_be_returned() -> None:
    assert Sap.result_shape("get", CONSTANTS, Facts(None, None)) == ANYTHING


def test_a_read_returns_what_was_selected_and_expanded(facts: Facts) -> None:
    chosen = {**CONSTANTS, "select": ["SalesOrder"], "expand": ["to_Item/to_PricingElement"]}
    assert list(the_record(Sap.result_shape("get", chosen, facts)).fields) == ["SalesOrder", "to_Item"]
    many = Sap.result_shape("list", CONSTANTS, facts)
    assert isinstance(many, Many)
    assert "to_Item" not in the_record(many.of).fields


def test_a_write_returns_the_entity_and_what_was_done(facts: Facts) -> None:
    fields = the_record(Sap.result_shape("upsert", CONSTANTS, facts)).fields
    assert {"SalesOrder", "action", "adopted", "messages"} <= fields.keys()
    assert "to_Item" not in fields


async def test_the_declared_fields_are_those_that_come(sap: Sap, facts: Facts, order: dict[str, Any]) -> None:
    by = ["PurchaseOrderByCustomer", "SoldToParty"]
    result = await sap.perform("upsert", {**CONSTANTS, "by": by, "data": order})
    assert result.keys() == the_record(Sap.result_shape("upsert", CONSTANTS, facts)).fields.keys()


async def test_a_pretended_upsert_has_placeholders_for_the_keys(sap: Sap, order: dict[str, Any]) -> None:
    result = sap.pretend("upsert", {**CONSTANTS, "by": [], "data": order})
    assert (result["SalesOrder"], result["action"]) == ("(assigned by SAP)", "created")
    assert result["PurchaseOrderByCustomer"] == order["PurchaseOrderByCustomer"]


async def test_metadata_is_pulled_as_sap_sends_it(sap: Sap) -> None:
    document = await sap.pull_metadata("API_SALES_ORDER_SRV")
    assert metadata.parsed(document).entity("A_SalesOrder") is not None
    with pytest.raises(Rejected):
        await sap.pull_metadata("API_NOTHING_SRV")


@pytest.mark.parametrize("document", [b"", b"<html/>", b"<a", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_what_is_no_metadata_is_refused(document: bytes) -> None:
    with pytest.raises(metadata.MetadataError):
        metadata.parsed(document)


def test_a_day_a_guid_and_a_clock_are_told_apart() -> None:
    document = b"""<edmx:Edmx xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"
      xmlns:sap="http://www.sap.com/Protocols/SAPData"><edmx:DataServices>
      <Schema Namespace="N" xmlns="http://schemas.microsoft.com/ado/2008/09/edm"><EntityType Name="T">
      <Key><PropertyRef Name="Id"/></Key><Property Name="Id" Type="Edm.Guid" sap:updatable="false"/>
      <Property Name="Day" Type="Edm.DateTime" sap:display-format="Date" sap:label="A day"/>
      <Property Name="At" Type="Edm.DateTimeOffset"/><Property Name="Clock" Type="Edm.Time"/>
      <Property Name="Long" Type="Edm.String" MaxLength="Max"/></EntityType>
      <EntityContainer Name="C"><EntitySet Name="Things" EntityType="N.T"/></EntityContainer></Schema>
      </edmx:DataServices></edmx:Edmx>"""
    service = metadata.parsed(document)
    entity = service.entity("Things")
    assert entity is not None
    kinds = {name: item.scalar().kind for name, item in entity.properties.items()}
    assert kinds == {"Id": "text", "Day": "date", "At": "datetime", "Clock": "time", "Long": "text"}
    assert entity.keys == ("Id",)
    assert entity.properties["Day"].scalar().description == "A day"
