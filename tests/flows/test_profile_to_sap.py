"""What starts the comparison of a customer from the shop's side: a webhook, an order, and the night."""

from __future__ import annotations

from pathlib import Path

import pytest
from customers import Customer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.usefixtures("systems", "customer_flows")


def test_an_account_that_was_changed_is_changed_in_sap_and_told_again_nothing_happens(jo: Customer) -> None:
    jo.moves(phone="+49 30 23125200")
    assert jo.told("profile_to_sap", {"id": jo.id}).json["status"] == "done"
    assert jo.in_sap()["phone"] == ["+493023125200"]
    again = jo.told("profile_to_sap", {"id": jo.id})
    assert again.json["status"] == "skipped"
    assert "our own change" in again.out


def test_who_has_bought_nothing_is_not_made_a_business_partner(jo: Customer) -> None:
    before = jo.writes()
    ran = jo.told("profile_to_sap", {"id": 4711})
    assert "has not bought anything yet" in ran.out
    assert jo.writes() == before


def test_an_order_brings_what_its_buyer_has_changed(jo: Customer) -> None:
    jo.moves(phone="+49 30 23125200")
    order = {"id": 1, "order_number": "1", "customer_id": jo.id, "update_date": "2026-03-14T09:26:53+0000"}
    assert jo.told("buyer_to_sap", order).json["status"] == "done"
    assert jo.in_sap()["phone"] == ["+493023125200"]
    assert jo.told("buyer_to_sap", order | {"customer_id": None}).json["status"] == "skipped"


def test_the_e_mail_address_of_one_order_stays_the_orders_own(jo: Customer) -> None:
    buyer = {"profile_id": jo.id, "order_number": "77", "email": "office@example.com", "currency": "EUR"}
    jo.told("customer_to_sap", buyer | {"address": jo.address()})
    jo.told("profile_to_sap", {"id": jo.id})
    assert (jo.in_sap()["email"], jo.in_shop()["login"]) == (["jo@example.com"], "jo@example.com")


def test_every_night_all_customers_are_compared_page_after_page(jo: Customer, project: Path) -> None:
    text = (project / "flowrun.yaml").read_text()
    (project / "flowrun.yaml").write_text(
        text.replace("token: sandbox-write-key\n", "token: sandbox-write-key\n          page_size: 10\n", 1)
    )
    jo.shop.post("/_sandbox/orders", json={"count": 20}).raise_for_status()  # others, whom SAP does not know
    jo.moves(phone="+49 30 23125200")
    ran = jo.told("profiles_every_night", {})
    assert ran.json["results"]["profiles"]["pages"] > 1
    assert jo.in_sap()["phone"] == ["+493023125200"]
    jo.moves(street="Am Markt 5")
    jo.clerk_moves(StreetName="Ringweg", HouseNumber="1")  # one for a person, who does not hold up the others
    after = jo.writes()
    assert jo.told("profiles_every_night", {}).json["status"] == "done"
    assert jo.writes() == after


EVENTS = st.lists(st.sampled_from(["shop", "sap"]), min_size=1, max_size=2)


@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(early=EVENTS, late=EVENTS, number=st.integers(min_value=10, max_value=99))
def test_shuffled_and_doubled_events_end_in_the_same_state(
    jo: Customer, early: list[str], late: list[str], number: int
) -> None:
    def hear(sides: list[str]) -> None:
        for side in sides:
            if side == "shop":
                jo.told("profile_to_sap", {"id": jo.id})
            else:
                jo.told("business_partner_to_xcart", {"data": {"BusinessPartner": jo.partner}})

    jo.moves(phone=f"+49 30 231252{number}")
    hear(early)
    jo.clerk_moves(PostalCode=f"101{number}", StreetName=f"Straße {number}")
    hear(late)
    assert jo.in_sap()["phone"] == [f"+4930231252{number}"]
    assert jo.in_shop()["zipcode"] == f"101{number}"
    after = jo.writes()
    hear(["sap", "shop"])
    assert jo.writes() == after
