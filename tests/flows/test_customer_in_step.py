"""`customer_in_step`: what one side changes of a customer the other side gets, and nothing goes to and fro."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from customers import COMPANY, EMAIL, Customer, customer

from running import ROOT, Control, Run

pytestmark = pytest.mark.usefixtures("systems", "customer_flows")


@pytest.fixture
def company(shop: Control, sap: Control, run: Run, event: Callable[[Any], Path]) -> Customer:
    return customer(shop, sap, run, event, **COMPANY)


def test_a_customer_who_has_just_bought_is_in_step_and_nothing_is_written(jo: Customer) -> None:
    before = jo.writes()
    assert jo.in_step().json["results"]["compared"]["same"] is True
    assert jo.writes() == before


def test_what_the_customer_changes_is_changed_in_sap_and_once_only(jo: Customer) -> None:
    jo.changes_account(login="joanna@example.com")
    jo.moves(
        firstname="Joanna",
        lastname="Klein",
        street="Am Markt 5",
        zipcode="80331",
        city="München",
        state_name="Bayern",
        phone="+49 30 23125200",
    )
    jo.in_step()
    now = jo.in_sap()
    assert (now["first_name"], now["last_name"], now["street"]) == ("Joanna", "Klein", ("Am Markt", "5"))
    assert now["city"] == ("80331", "München", "BY")
    assert (now["email"], now["phone"]) == (["joanna@example.com"], ["+493023125200"])
    after = jo.writes()
    assert jo.in_step().json["results"]["compared"]["same"] is True  # our own change comes back as an event
    assert jo.writes() == after


def test_what_sap_changes_is_changed_in_the_shop_and_once_only(company: Customer) -> None:
    company.clerk_writes(OrganizationBPName1="Muster AG")
    company.clerk_moves(PostalCode="10117")
    company.clerk_writes_channel("A_AddressEmailAddress", EmailAddress="buying@example.com")
    company.clerk_writes_vat_number("DE123456789")
    company.in_step()
    now = company.in_shop()
    assert (now["login"], now["company"], now["vat_number"]) == (
        "buying@example.com",
        "Muster AG",
        "DE123456789",
    )
    assert now["cost_center"] == "7"  # a field of the shop's own, of which nobody spoke
    assert (now["zipcode"], now["street"]) == (
        "10117",
        "Hauptstraße 12a, Hinterhaus",
    )  # SAP has no Hinterhaus
    after = company.writes()
    assert company.in_step().json["results"]["compared"]["same"] is True
    assert company.writes() == after


def test_a_move_in_sap_brings_its_street_and_its_state(jo: Customer) -> None:
    jo.clerk_moves(
        StreetName="Am Markt", HouseNumber="5", PostalCode="80331", CityName="München", Region="BY"
    )
    jo.in_step()
    now = jo.in_shop()
    assert (now["street"], now["city"], now["state_name"]) == ("Am Markt 5", "München", "Bayern")


def test_a_company_that_moves_abroad_keeps_its_vat_number_until_it_has_another(company: Customer) -> None:
    abroad = {"street": "Ring 5", "zipcode": "1010", "city": "Wien", "country_code": "AT", "state_name": ""}
    company.moves(**abroad, phone="+49 30 23125042")
    company.in_step()
    assert company.in_sap()["city"] == ("1010", "Wien", "")  # no region of another country
    assert (company.in_shop()["vat_number"], company.in_sap()["vat_number"]) == (
        "DE136695976",
        ["DE136695976"],
    )
    company.moves(
        custom_fields=[
            {"name": "company", "value": "Muster OG"},
            {"name": "vat_number", "value": "ATU12345678"},
        ]
    )
    company.in_step()
    assert sorted(company.in_sap()["vat_number"]) == ["ATU12345678", "DE136695976"]
    assert company.in_step().json["results"]["compared"]["same"] is True


def test_when_both_changed_the_same_field_its_owner_is_right(company: Customer) -> None:
    company.changes_account(login="shop@example.com")
    company.clerk_writes_channel("A_AddressEmailAddress", EmailAddress="sap@example.com")
    company.moves(
        custom_fields=[{"name": "company", "value": "Ours"}, {"name": "vat_number", "value": "DE136695976"}]
    )
    company.clerk_writes(OrganizationBPName1="Theirs")
    company.in_step()
    assert (company.in_shop()["login"], company.in_sap()["email"]) == (
        "shop@example.com",
        ["shop@example.com"],
    )
    assert (company.in_shop()["company"], company.in_sap()["name"]) == ("Theirs", "Theirs")


def test_an_address_that_both_changed_is_for_a_person_and_nothing_is_written(jo: Customer) -> None:
    jo.moves(street="Am Markt 5")
    jo.clerk_moves(StreetName="Ringweg", HouseNumber="1")
    before = jo.writes()
    ran = jo.sync()
    assert ran.code == 1
    assert f"`address` of customer XC-{jo.id} was changed in both systems" in ran.out
    assert "Ringweg" not in ran.out.partition("events")[0].partition('"error"')[2]
    assert jo.writes() == before


def test_an_empty_value_overwrites_nothing_but_what_its_side_owns(company: Customer) -> None:
    company.shop.post("/_sandbox/settings", json={"required_address_fields": []}).raise_for_status()
    company.moves(phone="", custom_fields=[])  # the shop owns the telephone, and not the VAT number
    company.in_step()
    assert (company.in_sap()["phone"], company.in_sap()["vat_number"]) == ([], ["DE136695976"])
    assert company.in_sap()["name"] == "Muster & Söhne GmbH"
    after = company.writes()
    assert company.in_step().json["results"]["compared"]["same"] is True
    assert company.writes() == after


def test_a_write_whose_link_was_lost_does_no_harm(jo: Customer) -> None:
    jo.moves(phone="+49 30 23125200")
    jo.clerk_writes_channel(
        "A_AddressPhoneNumber", PhoneNumber="+493023125200"
    )  # as after a crash before `agreed`
    jo.in_step()
    jo.clerk_writes_channel("A_AddressPhoneNumber", PhoneNumber="+493023125300")
    jo.in_step()
    assert jo.in_shop()["phone"] == "+493023125300"


def test_a_log_in_that_another_account_has_is_told(jo: Customer) -> None:
    jo.shop.order(email="taken@example.com", registered=True)
    jo.clerk_writes_channel("A_AddressEmailAddress", EmailAddress="taken@example.com")
    ran = jo.sync()
    assert ran.code == 1
    assert "must be unique" in ran.out
    assert jo.in_shop()["login"] == EMAIL


def test_each_state_of_the_shop_is_found_from_the_region_of_sap() -> None:
    there, back = (
        dict(csv.reader((ROOT / "lookups" / f"{name}.csv").read_text(encoding="utf-8").splitlines()))
        for name in ("region", "state")
    )
    del there["country_and_state"], back["country_and_region"]
    assert {
        f"{key.partition('/')[0]}/{region}": key.partition("/")[2] for key, region in there.items()
    } == back


@pytest.mark.parametrize("gone", ["account", "partner"])
def test_who_is_gone_on_one_side_is_left_alone_on_the_other(jo: Customer, gone: str) -> None:
    if gone == "account":
        headers = {"X-AUTH-TOKEN": "sandbox-write-key"}
        jo.shop.delete(f"/api/profiles/{jo.id}", headers=headers).raise_for_status()
    else:
        jo.moves(city="Potsdam")
        jo.clerk_writes(IsMarkedForArchiving=True)
    before = jo.writes()
    ran = jo.in_step()
    assert ran.json["status"] == "skipped"
    assert jo.writes() == before
