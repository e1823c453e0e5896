from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from flowrun.component import Secret
from flowrun.serve.masking import Mask, secrets_in


@pytest.mark.parametrize(
    "text",
    [
        "erika.mustermann@example.com",
        "erika+tag@mail.example.co.uk",
        "jörg.groß@exämple.de",
        "erika%40example.com",
        "030 23125 042",
        "+49 (0)30 23125-117",
        "0049 30 23125200",
        "(415) 555-0167",
        "+1 415 555 0134",
        "415-555-0134",
        "020 7946 0018",
        "07700 900123",
        "01 99 00 12 34",
    ],
)
def test_addresses_and_numbers_of_people_are_hidden(text: str) -> None:
    assert Mask().text(f"refused: {text}, again") == "refused: ***, again"


@pytest.mark.parametrize(
    "text",
    [
        "order 1042",
        "XC-0000012345",
        "0000012345",
        "2026-03-14T09:26:53Z",
        "2026-03-14 09:26",
        "20261124002255-6b9bc70d",
        "V1/382 at 10.1.2.3:8020",
        "API_SALES_ORDER_SRV/A_SalesOrder",
        "1.049,99 EUR",
        "flowrun runs show --key 1042",
    ],
)
def test_what_operators_need_stays(text: str) -> None:
    assert Mask().text(text) == text


def test_records_are_masked_by_the_rules_of_the_project() -> None:
    mask = Mask(["hunter2"], ["email", "*.phone"])
    order: dict[str, Any] = {
        "id": 7,
        "email": "a@example.com",
        "Email": "b@example.com",
        "phone": "1",
        "address": {"phone": "2", "city": "Berlin", "notes": "hunter2"},
        "items": [{"email": "", "sku": "TS"}],
    }
    assert mask.record(order) == {
        "id": 7,
        "email": "***",
        "Email": "***",
        "phone": "1",
        "address": {"phone": "***", "city": "Berlin", "notes": "***"},
        "items": [{"email": "", "sku": "TS"}],
    }


def test_secrets_are_hidden_in_every_form_and_stay_so_after_a_rotation() -> None:
    mask = Mask(["p@ss/word", "p@ss/word-longer", "no"])
    mask.learn(["new-one"])
    assert mask.text("p@ss/word-longer p@ss/word p%40ss%2Fword new-one no") == "*** *** *** *** no"


def test_secrets_are_found_however_deep_they_are() -> None:
    @dataclass
    class Settings:
        password: Secret
        more: dict[str, list[Secret]]

    assert list(secrets_in(Settings(Secret("a"), {"to": [Secret("b")]}))) == ["a", "b"]
