"""`customer_to_sap` against SAP: a buyer becomes one business partner, however often they buy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from read_back import partners, service
from running import Control, Ran, Run

pytestmark = pytest.mark.usefixtures("systems", "customer_flows")

ADDRESS: dict[str, Any] = {
    "title": "Frau",
    "firstname": "Jo",
    "lastname": "Groß",
    "phone": "030 23125 042",
    "street": "Hauptstraße 12a",
    "zipcode": "10115",
    "city": "Berlin",
    "country_code": "DE",
    "state_name": "Berlin",
    "custom_fields": [],
}


@pytest.fixture
def buyer(run: Run, event: Callable[[Any], Path], project: Path) -> Callable[..., Ran]:
    """Runs the flow with a buyer; what is not said is an ordinary guest."""

    def ran(**given: Any) -> Ran:
        address = ADDRESS | given.pop("address", {})
        plain = {"profile_id": None, "order_number": "1", "email": "jo@example.com", "currency": "EUR"}
        return run("run", "customer_to_sap", "-e", event(plain | given | {"address": address}), "-o", "json")

    return ran


def number(ran: Ran) -> str:
    assert ran.code == 0, ran.out
    return str(ran.json["results"]["found"]["business_partner"])


def test_a_guest_becomes_a_person_with_address_mail_and_both_roles(
    buyer: Callable[..., Ran], sap: Control
) -> None:
    made = number(buyer())
    (partner,) = partners(sap, "XC-ORDER-1")
    assert partner.BusinessPartner == made
    assert (partner.BusinessPartnerCategory, partner.FirstName, partner.LastName) == ("1", "Jo", "Groß")
    (address,) = partner.to_BusinessPartnerAddress
    assert (address.StreetName, address.HouseNumber, address.Region) == ("Hauptstraße", "12a", "BE")
    assert [mail.EmailAddress for mail in address.to_EmailAddress] == ["jo@example.com"]
    roles = {role.BusinessPartnerRole for role in partner.to_BusinessPartnerRole}
    assert roles >= {"FLCU00", "FLCU01"}


def test_a_company_is_an_organisation_with_its_vat_number(buyer: Callable[..., Ran], sap: Control) -> None:
    fields = [
        {"name": "company", "value": "Muster &amp; Söhne GmbH"},
        {"name": "vat_number", "value": "de 136 695 976"},
    ]
    number(buyer(profile_id=305, address={"custom_fields": fields}))
    (partner,) = partners(sap, "XC-305")
    assert (partner.BusinessPartnerCategory, partner.OrganizationBPName1) == ("2", "Muster & Söhne GmbH")
    taxes = [(tax.BPTaxType, tax.BPTaxNumber) for tax in partner.to_BusinessPartnerTax]
    assert taxes == [("DE0", "DE136695976")]


@pytest.mark.parametrize(
    ("first", "last", "sap_has"),
    [
        ("Madonna", "", ("", "Madonna")),  # one name only
        ("", "Erika Mustermann", ("Erika", "Mustermann")),  # all of it in one field
        ("  Jo ", " von  Groß ", ("Jo", "von Groß")),
        ("Zoë 🎉", "Müller", ("Zoë 🎉", "Müller")),
    ],
)
def test_names_as_people_write_them(
    buyer: Callable[..., Ran], sap: Control, first: str, last: str, sap_has: tuple[str, str]
) -> None:
    number(buyer(address={"firstname": first, "lastname": last}))
    (partner,) = partners(sap, "XC-ORDER-1")
    assert (partner.FirstName or "", partner.LastName) == sap_has


def test_a_buyer_who_is_known_by_number_costs_sap_nothing(buyer: Callable[..., Ran], sap: Control) -> None:
    first = number(buyer(profile_id=7))
    before = len(sap.asked("GET", "POST"))
    assert number(buyer(profile_id=7, order_number="2", email="other@example.com")) == first
    assert len(sap.asked("GET", "POST")) == before


def test_a_guest_who_buys_again_is_found_by_mail_when_the_cross_references_are_gone(
    buyer: Callable[..., Ran], sap: Control, project: Path
) -> None:
    first = number(buyer())
    for file in (project / ".flowrun").glob("state*"):
        file.unlink()
    assert number(buyer(order_number="2", email="  JO@Example.com ")) == first
    assert len(sap.asked("POST", path="A_BusinessPartner")) == 1


# --- nobody is made twice -----------------------------------------------------------------------------------------

GMBH = [{"name": "company", "value": "Muster GmbH"}, {"name": "vat_number", "value": "DE136695976"}]
ELSEWHERE = {"street": "Am Markt 5", "zipcode": "80331", "city": "München", "lastname": "Klein"}


@pytest.mark.parametrize(
    ("second", "same"),
    [
        ({"email": "jo@example.com", "address": ELSEWHERE}, True),
        ({"email": "else@example.com", "address": {}}, True),  # the same name at the same place
        ({"email": "else@example.com", "address": {"lastname": "Klein"}}, False),  # a neighbour
        ({"email": "else@example.com", "address": {"street": "Hauptstraße 13"}}, False),
        ({"email": "else@example.com", "address": ELSEWHERE}, False),
    ],
)
def test_who_is_in_sap_already_is_found(
    buyer: Callable[..., Ran], second: dict[str, Any], *, same: bool
) -> None:
    first = number(buyer(profile_id=1))
    assert (number(buyer(profile_id=2, order_number="2", **second)) == first) is same


def test_a_company_is_found_by_its_vat_number(buyer: Callable[..., Ran]) -> None:
    first = number(buyer(profile_id=1, address={"custom_fields": GMBH}))
    moved = ELSEWHERE | {"custom_fields": [{"name": "company", "value": "Muster AG"}, GMBH[1]]}
    assert number(buyer(profile_id=2, email="else@example.com", address=moved)) == first


def test_several_who_may_be_meant_are_for_a_person_and_named_by_number_only(
    buyer: Callable[..., Ran], sap: Control
) -> None:
    one = number(buyer(profile_id=1))
    other = number(buyer(profile_id=2, email="else@example.com", address=ELSEWHERE | {"custom_fields": GMBH}))
    before = len(sap.asked("POST", path="A_BusinessPartner"))
    both = {
        "street": "Ringweg 1",
        "custom_fields": GMBH,
    }  # the e-mail address of the one, the VAT number of the other
    ran = buyer(profile_id=3, order_number="3", address=both)
    assert ran.code == 1
    (told,) = [line for line in ran.json["error"]["message"].splitlines() if "may be any of" in line]
    assert one in told
    assert other in told
    assert "example.com" not in told
    assert len(sap.asked("POST", path="A_BusinessPartner")) == before


def write(sap: Control, method: str, path: str, body: Any) -> Any:
    root = "/sap/opu/odata/sap/API_BUSINESS_PARTNER/"
    token = sap.get(root, headers={"x-csrf-token": "Fetch"}).headers["x-csrf-token"]
    headers = {"x-csrf-token": token, "If-Match": "*"}
    answer = sap.request(method, root + path, json=body, headers=headers).raise_for_status()
    return answer.json()["d"] if answer.content else None


def test_who_is_marked_for_archiving_is_not_taken(buyer: Callable[..., Ran], sap: Control) -> None:
    first = number(buyer(profile_id=1))
    write(sap, "PATCH", f"A_BusinessPartner('{first}')", {"IsMarkedForArchiving": True})
    assert number(buyer(profile_id=2)) != first


def test_a_partner_who_was_no_customer_becomes_one(buyer: Callable[..., Ran], sap: Control) -> None:
    known = {
        "BusinessPartnerCategory": "1",
        "LastName": "Groß",
        "to_BusinessPartnerAddress": [
            {"Country": "DE", "CityName": "Köln", "to_EmailAddress": [{"EmailAddress": "jo@example.com"}]}
        ],
    }
    made = write(sap, "POST", "A_BusinessPartner", known)["BusinessPartner"]
    assert number(buyer(profile_id=1)) == made
    client = service(sap, "API_BUSINESS_PARTNER").entity_sets
    partner = client.A_BusinessPartner.get_entity(made).expand("to_BusinessPartnerRole").execute()
    assert {role.BusinessPartnerRole for role in partner.to_BusinessPartnerRole} >= {"FLCU00", "FLCU01"}
    areas = client.A_CustomerSalesArea.get_entities().filter(f"Customer eq '{made}'").execute()
    assert [(area.SalesOrganization, area.Currency) for area in areas] == [("1010", "EUR")]


def test_who_buys_in_another_currency_is_sold_to_there_too(buyer: Callable[..., Ran], sap: Control) -> None:
    made = number(buyer(profile_id=1))
    assert number(buyer(profile_id=1, order_number="2", currency="USD")) == made
    client = service(sap, "API_BUSINESS_PARTNER").entity_sets
    areas = client.A_CustomerSalesArea.get_entities().filter(f"Customer eq '{made}'").execute()
    assert {(area.SalesOrganization, area.Currency) for area in areas} == {("1010", "EUR"), ("1710", "USD")}


def test_cross_references_of_one_environment_are_not_those_of_another(
    buyer: Callable[..., Ran], run: Run, project: Path, sap: Control
) -> None:
    number(buyer(profile_id=7))
    settings = project / "flowrun.yaml"
    text = settings.read_text()
    start, end = text.index("  sandbox:"), text.index("  production:")
    settings.write_text(text + "\n" + text[start:end].replace("  sandbox:", "  staging:", 1))
    ran = run("run", "customer_to_sap", "-e", project.parent / "event.json", "--env", "staging", "-o", "json")
    assert ran.code == 0, ran.err
    assert ran.json["results"]["known"]["sap"] is None


def test_an_address_that_is_missing_is_told_in_words(
    run: Run, event: Callable[[Any], Path], project: Path
) -> None:
    given = {"profile_id": 1, "order_number": "9", "email": "a@b.de", "currency": "EUR", "address": None}
    ran = run("run", "customer_to_sap", "-e", event(given))
    assert ran.code == 1
    assert "order 9 has no billing address" in ran.out
