from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flowrun.component import Facts
from flowrun.expressions.shapes import ANYTHING, Many, Record, Scalar
from flowrun_connectors.sap import Sap
from flowrun_connectors.sap.odata import metadata
from flowrun_connectors.sap.odata.metadata import Allowed, Service

# As S/4HANA writes it: an alias for the service's own namespace, annotations inline and beside the schema.
V4 = b"""<?xml version="1.0"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="com.sap.orders.v0001" Alias="SAP__self" xmlns="http://docs.oasis-open.org/odata/ns/edm">
 <EntityType Name="SalesOrderType"><Key><PropertyRef Name="SalesOrder"/></Key>
  <Property Name="SalesOrder" Type="Edm.String" Nullable="false" MaxLength="10"/>
  <Property Name="SoldToParty" Type="Edm.String" Nullable="false" MaxLength="10"/>
  <Property Name="RequestedDeliveryDate" Type="Edm.Date"/>
  <Property Name="Opens" Type="Edm.TimeOfDay"/>
  <Property Name="LastChangeDateTime" Type="Edm.DateTimeOffset" Precision="7">
   <Annotation Term="SAP__core.Computed"/></Property>
  <Property Name="TotalNetAmount" Type="Edm.Decimal" Precision="15" Scale="variable"/>
  <Property Name="YY1_Campaign_SDH" Type="Edm.String" MaxLength="20"/>
  <Property Name="Address" Type="SAP__self.AddressType"/>
  <Property Name="Tags" Type="Collection(Edm.String)"/>
  <Property Name="SAP__Messages" Type="Collection(SAP__self.SAP__Message)" Nullable="false"/>
  <NavigationProperty Name="_Item" Type="Collection(SAP__self.SalesOrderItemType)" Partner="_SalesOrder"/>
 </EntityType>
 <EntityType Name="SalesOrderItemType">
  <Key><PropertyRef Name="SalesOrder"/><PropertyRef Name="SalesOrderItem"/></Key>
  <Property Name="SalesOrder" Type="Edm.String" Nullable="false" MaxLength="10"/>
  <Property Name="SalesOrderItem" Type="Edm.String" Nullable="false" MaxLength="6"/>
  <NavigationProperty Name="_SalesOrder" Type="SAP__self.SalesOrderType" Nullable="false" Partner="_Item"/>
 </EntityType>
 <ComplexType Name="AddressType"><Property Name="CityName" Type="Edm.String" MaxLength="40"/></ComplexType>
 <ComplexType Name="SAP__Message"><Property Name="code" Type="Edm.String"/></ComplexType>
 <ComplexType Name="Answer"><Property Name="Document" Type="Edm.String"/></ComplexType>
 <Action Name="ReleaseApproval" IsBound="true">
  <Parameter Name="_it" Type="SAP__self.SalesOrderType" Nullable="false"/>
  <Parameter Name="Reason" Type="Edm.String" Nullable="false" MaxLength="4"/>
  <ReturnType Type="SAP__self.SalesOrderType" Nullable="false"/></Action>
 <Action Name="Recheck"><Parameter Name="From" Type="Edm.Date"/>
  <ReturnType Type="Collection(SAP__self.Answer)"/></Action>
 <Function Name="NextNumber"><Parameter Name="Of" Type="Edm.String"/><ReturnType Type="Edm.Int32"/></Function>
 <EntityContainer Name="Container">
  <EntitySet Name="SalesOrder" EntityType="SAP__self.SalesOrderType"/>
  <EntitySet Name="SalesOrderItem" EntityType="com.sap.orders.v0001.SalesOrderItemType"/>
  <ActionImport Name="RecheckAll" Action="SAP__self.Recheck"/>
  <FunctionImport Name="NextNumber" Function="SAP__self.NextNumber"/>
 </EntityContainer>
 <Annotations Target="SAP__self.SalesOrderType/SoldToParty">
  <Annotation Term="SAP__common.Label" String="Sold-to party"/><Annotation Term="SAP__core.Immutable"/>
 </Annotations>
 <Annotations Target="SAP__self.Container/SalesOrder">
  <Annotation Term="SAP__capabilities.DeleteRestrictions"><Record>
   <PropertyValue Property="Deletable" Bool="false"/></Record></Annotation>
  <Annotation Term="SAP__capabilities.UpdateRestrictions"><Record>
   <PropertyValue Property="NonUpdatableProperties"><Collection>
    <PropertyPath>RequestedDeliveryDate</PropertyPath></Collection></PropertyValue></Record></Annotation>
 </Annotations>
 <Annotations Target="SAP__self.Container/SalesOrderItem">
  <Annotation Term="SAP__capabilities.InsertRestrictions"><Record>
   <PropertyValue Property="Insertable" Bool="false"/></Record></Annotation>
  <Annotation Term="SAP__capabilities.UpdateRestrictions"><Record>
   <PropertyValue Property="Updatable" Bool="false"/></Record></Annotation>
 </Annotations>
</Schema></edmx:DataServices></edmx:Edmx>"""

V2 = b"""<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"
 xmlns:sap="http://www.sap.com/Protocols/SAPData"><edmx:DataServices>
<Schema Namespace="N" xmlns="http://schemas.microsoft.com/ado/2008/09/edm"
 xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">
 <EntityType Name="HeaderType"><Key><PropertyRef Name="DeliveryDocument"/></Key>
  <Property Name="DeliveryDocument" Type="Edm.String" Nullable="false" MaxLength="10"/></EntityType>
 <ComplexType Name="Return"><Property Name="Text" Type="Edm.String"/></ComplexType>
 <EntityContainer Name="C">
  <EntitySet Name="Header" EntityType="N.HeaderType" sap:deletable="false"/>
  <EntitySet Name="Flow" EntityType="N.HeaderType" sap:creatable="false" sap:updatable="false"/>
  <FunctionImport Name="PostGoodsIssue" ReturnType="N.Return" m:HttpMethod="POST">
   <Parameter Name="DeliveryDocument" Type="Edm.String" Mode="In" MaxLength="10"/>
   <Parameter Name="Day" Type="Edm.DateTime" Mode="In" Nullable="true"/></FunctionImport>
  <FunctionImport Name="Find" ReturnType="Collection(N.HeaderType)" EntitySet="Header" m:HttpMethod="GET"/>
 </EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"""


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    (tmp_path / "orders.xml").write_bytes(V4)
    (tmp_path / "deliveries.xml").write_bytes(V2)
    return Facts(None, tmp_path)


@pytest.fixture
def orders() -> Service:
    return metadata.parsed(V4)


def scalar(shape: Any, name: str) -> Scalar:
    assert isinstance(shape, Record)
    found = shape.fields[name]
    assert isinstance(found, Scalar)
    return found


def test_kinds_lengths_and_labels_are_those_of_v4(facts: Facts) -> None:
    order = Sap.target_shape("orders/SalesOrder", facts)
    assert scalar(order, "RequestedDeliveryDate").kind == "date"
    assert scalar(order, "Opens").kind == "time"
    assert scalar(order, "LastChangeDateTime").kind == "datetime"
    total, party = scalar(order, "TotalNetAmount"), scalar(order, "SoldToParty")
    assert (total.kind, total.precision, total.scale) == ("decimal", 15, None)
    assert (party.max_length, party.description) == (10, "Sold-to party")


def test_a_field_of_the_customer_s_own_is_a_field_like_any_other(facts: Facts) -> None:
    campaign = scalar(Sap.target_shape("orders/SalesOrder", facts), "YY1_Campaign_SDH")
    assert (campaign.kind, campaign.max_length, campaign.creatable) == ("text", 20, True)


def test_annotations_tell_what_may_be_written(facts: Facts) -> None:
    order = Sap.target_shape("orders/SalesOrder", facts)
    allowed = {
        name: (scalar(order, name).creatable, scalar(order, name).updatable)
        for name in ("LastChangeDateTime", "SoldToParty", "RequestedDeliveryDate", "TotalNetAmount")
    }
    assert allowed == {
        "LastChangeDateTime": (False, False),  # computed
        "SoldToParty": (True, False),  # immutable
        "RequestedDeliveryDate": (True, False),  # the set does not let it be updated
        "TotalNetAmount": (True, True),
    }


def test_it_leads_to_items_and_into_structures(facts: Facts) -> None:
    order = Sap.target_shape("orders/SalesOrder", facts)
    assert isinstance(order, Record)
    items = order.fields["_Item"]
    assert isinstance(items, Many)
    assert scalar(items.of, "SalesOrderItem").key
    assert scalar(order.fields["Address"], "CityName").max_length == 40
    assert "SAP__Messages" not in order.fields


def test_what_a_set_allows_is_known_in_both_versions(orders: Service) -> None:
    assert orders.may("SalesOrder") == Allowed(delete=False)
    assert orders.may("SalesOrderItem") == Allowed(create=False, update=False)
    deliveries = metadata.parsed(V2)
    assert deliveries.may("Header") == Allowed(delete=False)
    assert deliveries.may("Flow") == Allowed(create=False, update=False)
    assert deliveries.may("unknown") == Allowed()


def test_a_mapping_onto_what_can_only_be_read_says_so(facts: Facts) -> None:
    for target in ("orders/SalesOrderItem", "deliveries/Flow"):
        found = Sap.target_shape(target, facts)
        assert isinstance(found, str)
        assert "can only be read" in found


def test_the_version_is_the_document_s_own(orders: Service) -> None:
    assert (orders.version, metadata.parsed(V2).version) == (4, 2)


def test_keys_and_required_fields_are_known(orders: Service) -> None:
    entity = orders.entity("SalesOrder")
    assert entity is not None
    assert entity.keys == ("SalesOrder",)
    assert [name for name, of in entity.properties.items() if not of.nullable] == [
        "SalesOrder",
        "SoldToParty",
    ]


def test_functions_are_known_with_their_method_and_parameters(orders: Service) -> None:
    release = orders.function("ReleaseApproval", "SalesOrder")
    assert release is not None
    assert (release.method, release.path) == ("POST", "com.sap.orders.v0001.ReleaseApproval")
    assert (list(release.parameters), release.returns) == (["Reason"], "com.sap.orders.v0001.SalesOrderType")
    recheck, number = orders.function("RecheckAll"), orders.function("NextNumber")
    assert recheck is not None
    assert number is not None
    assert (recheck.method, recheck.many, recheck.bound) == ("POST", True, "")
    assert (number.method, number.returns) == ("GET", "Edm.Int32")
    goods_issue = metadata.parsed(V2).function("PostGoodsIssue")
    assert goods_issue is not None
    assert (goods_issue.method, goods_issue.returns) == ("POST", "N.Return")
    assert {name: of.nullable for name, of in goods_issue.parameters.items()} == {
        "DeliveryDocument": False,
        "Day": True,
    }


def test_what_a_call_returns_is_known(facts: Facts) -> None:
    def shape(service: str, function: str, entity: str = "") -> Any:
        return Sap.result_shape("call", {"service": service, "function": function, "entity": entity}, facts)

    assert scalar(shape("orders", "ReleaseApproval", "SalesOrder"), "SoldToParty").kind == "text"
    assert scalar(shape("orders", "RecheckAll").of, "Document").kind == "text"
    assert shape("orders", "NextNumber").kind == "integer"
    assert scalar(shape("deliveries", "PostGoodsIssue"), "Text").kind == "text"
    assert shape("deliveries", "Nothing") == ANYTHING
