"""`customer_to_sap` against SAP: a buyer becomes one business partner, however often they buy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from read_back import partners
from running import Control, Ran, Run

pytestmark = pytest.mark.usefixtures("systems")

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
