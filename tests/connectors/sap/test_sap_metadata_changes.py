"""What is different between two descriptions of a service, and what of it breaks something."""

from __future__ import annotations

import pytest

from flowrun_connectors.sap import Sap

V2 = """<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"
 xmlns:sap="http://www.sap.com/Protocols/SAPData"><edmx:DataServices>
<Schema Namespace="S" xmlns="http://schemas.microsoft.com/ado/2008/09/edm">
<EntityType Name="OrderType"><Key><PropertyRef Name="Order"/></Key>
<Property Name="Order" Type="Edm.String" MaxLength="10" Nullable="false"/>
<Property Name="Buyer" Type="Edm.String" MaxLength="10" sap:label="Buyer"/>
<Property Name="Total" Type="Edm.Decimal" Precision="16" Scale="3"/>
<Property Name="Day" Type="Edm.DateTime" sap:display-format="Date"/>
<NavigationProperty Name="to_Item" Relationship="S.Items" FromRole="F" ToRole="T"/></EntityType>
<EntityType Name="ItemType"><Key><PropertyRef Name="Item"/></Key>
<Property Name="Item" Type="Edm.String" MaxLength="6" Nullable="false"/></EntityType>
<Association Name="Items"><End Type="S.OrderType" Multiplicity="1" Role="F"/>
<End Type="S.ItemType" Multiplicity="*" Role="T"/></Association>
<EntityContainer Name="C"><EntitySet Name="Orders" EntityType="S.OrderType" sap:updatable="true"/>
<EntitySet Name="Items" EntityType="S.ItemType"/>
<FunctionImport Name="Release" ReturnType="S.OrderType" m:HttpMethod="POST"
 xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">
<Parameter Name="Order" Type="Edm.String" MaxLength="10"/></FunctionImport></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>"""

V4 = """<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="S" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EntityType Name="OrderType"><Key><PropertyRef Name="Order"/></Key>
<Property Name="Order" Type="Edm.String" MaxLength="10" Nullable="false"/>
<Property Name="Buyer" Type="Edm.String" MaxLength="10"/>
<NavigationProperty Name="_Item" Type="Collection(S.ItemType)"/></EntityType>
<EntityType Name="ItemType"><Key><PropertyRef Name="Item"/></Key>
<Property Name="Item" Type="Edm.String" MaxLength="6" Nullable="false"/></EntityType>
<EntityContainer Name="C"><EntitySet Name="Order" EntityType="S.OrderType"/>
<EntitySet Name="OrderItem" EntityType="S.ItemType"/></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>"""


def told(before: str, *edits: tuple[str, str]) -> list[tuple[str, str, bool]]:
    """Place, change and whether it breaks something, of each change."""
    after = before
    for text, instead in edits:
        assert text in after
        after = after.replace(text, instead, 1)
    changes = Sap.compare_metadata(before.encode(), after.encode())
    return [(".".join(filter(None, (one.entity, one.name))), one.change, one.breaks) for one in changes]


BUYER = '<Property Name="Buyer" Type="Edm.String" MaxLength="10" sap:label="Buyer"/>'


@pytest.mark.parametrize(
    ("edit", "change"),
    [
        (('sap:label="Buyer"', 'sap:label="Sold-to"'), None),
        ((BUYER, ""), ("Orders.Buyer", "removed", True)),
        (
            ('MaxLength="10" sap:', 'MaxLength="8" sap:'),
            ("Orders.Buyer", "was 10 characters, is 8 characters", True),
        ),
        (
            ('MaxLength="10" sap:', "sap:"),
            ("Orders.Buyer", "was 10 characters, is any length", False),
        ),
        (
            ('Precision="16" Scale="3"', 'Precision="16" Scale="5"'),
            (
                "Orders.Total",
                "was 16 digits, 3 of them after the point, is 16 digits, 5 of them after the point",
                True,  # two digits fewer before the point
            ),
        ),
        (
            ('Precision="16" Scale="3"', 'Precision="18" Scale="5"'),
            (
                "Orders.Total",
                "was 16 digits, 3 of them after the point, is 18 digits, 5 of them after the point",
                False,
            ),
        ),
        (
            (' sap:display-format="Date"', ""),
            ("Orders.Day", "was Edm.DateTime (a day), is Edm.DateTime", True),
        ),
        (
            ('sap:label="Buyer"', 'sap:creatable="false"'),
            ("Orders.Buyer", "can no longer be filled on create", True),
        ),
        (('sap:label="Buyer"', 'sap:updatable="false"'), ("Orders.Buyer", "can no longer be updated", True)),
        (('sap:label="Buyer"', 'Nullable="false"'), ("Orders.Buyer", "must be filled now", True)),
        ((BUYER, BUYER + '<Property Name="New" Type="Edm.String"/>'), ("Orders.New", "added", False)),
        (
            (BUYER, BUYER + '<Property Name="New" Type="Edm.String" Nullable="false"/>'),
            ("Orders.New", "added, and must be filled", True),
        ),
        (('Name="to_Item"', 'Name="to_Items"'), ("Orders.to_Item", "removed", True)),
        (('Multiplicity="*"', 'Multiplicity="1"'), ("Orders.to_Item", "leads to one now", True)),
        (('<EntitySet Name="Items" EntityType="S.ItemType"/>', ""), ("Items", "removed", True)),
        (('sap:updatable="true"', 'sap:updatable="false"'), ("Orders", "can no longer be updated", True)),
        (('Name="Release"', 'Name="Free"'), ("Release", "removed", True)),
        (
            (
                '<Parameter Name="Order"',
                '<Parameter Name="Date" Type="Edm.DateTime" Nullable="true"/><Parameter Name="Order"',
            ),
            ("Release", "its parameter `Date` was added", False),
        ),
        (
            ('<Parameter Name="Order" Type="Edm.String" MaxLength="10"/>', ""),
            ("Release", "its parameter `Order` was removed", True),
        ),
    ],
)
def test_each_difference_is_told_with_what_it_means(
    edit: tuple[str, str], change: tuple[str, str, bool] | None
) -> None:
    found = sorted(told(V2, edit), key=lambda one: not one[2])
    assert found[:1] == ([] if change is None else [change])


def test_a_type_by_another_name_is_compared_through_its_entity_set() -> None:
    found = told(V2, ('EntityType Name="OrderType"', 'EntityType Name="OrderType_2"'),
                 ('EntityType="S.OrderType"', 'EntityType="S.OrderType_2"'), (BUYER, ""))  # fmt: skip
    assert ("Orders.Buyer", "removed", True) in found


def test_v4_is_compared_in_the_same_words() -> None:
    shorter = (
        'Name="Buyer" Type="Edm.String" MaxLength="10"',
        'Name="Buyer" Type="Edm.String" MaxLength="8"',
    )
    assert told(V4, shorter) == [("Order.Buyer", "was 10 characters, is 8 characters", True)]
    assert told(V4, ("Collection(S.ItemType)", "S.ItemType")) == [("Order._Item", "leads to one now", True)]


def test_a_document_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no metadata document"):
        Sap.compare_metadata(b"<html>", V2.encode())
