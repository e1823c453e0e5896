"""`clean_order` with what people really type. It needs no system."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from running import Ran, Run

TYPED = json.loads((Path(__file__).parent.parent.parent / "examples/events/typed_order.json").read_text())


@pytest.fixture
def cleaned(run: Run, event: Callable[[Any], Path], project: Path) -> Callable[..., Ran]:
    for name in ("order_to_sap", "customer_to_sap"):
        (project / "flows" / f"{name}.yaml").unlink()  # not needed here, and reading them takes its time

    def ran(**given: Any) -> Ran:
        return run("run", "clean_order", "-e", event(TYPED | given), "-o", "json")

    return ran


def order(ran: Ran) -> dict[str, Any]:
    assert ran.code == 0, ran.out
    return dict(ran.json["results"]["order"])


@pytest.mark.parametrize(
    ("given", "field", "clean"),
    [
        ({"number": " No. 47-11 "}, "number", "MP-00004711"),  # concatenation, padded
        ({"buyer": "Dr. erika MUSTERMANN"}, "first_name", "Erika"),  # a title taken off, a name split
        ({"buyer": "Mustermann,  Erika"}, "last_name", "Mustermann"),
        ({"buyer": "Madonna"}, "last_name", "Madonna"),  # one word
        ({"buyer": "Zo&euml; O&#39;Brien"}, "last_name", "O'Brien"),  # entities
        ({"address": "Am Markt 3, 04109 Leipzig"}, "house_number", "3"),
        ({"address": "Am Markt 3, 04109 Leipzig"}, "zipcode", "04109"),  # the zero stays
        ({"address": "Am Markt 3, 04109 Leipzig"}, "country", "DE"),  # a default
        ({"phone": None}, "phone", "none given"),  # a default for null
        ({"phone": "  "}, "phone", "none given"),  # and for blanks
        ({"phone": "030 23125 042"}, "phone", "+493023125042"),
        ({"placed": "3.4.2026"}, "placed", "2026-04-03"),  # day first
        ({"due": "03/04/2026"}, "due", "2026-03-04"),  # month first
        ({"due": "14.03.2026"}, "due", "2026-03-14"),  # dots are never American
        ({"due": ""}, "due", None),
        ({"due": None}, "due", None),
        ({"notes": "<p>a&amp;b</p><script>x()</script>"}, "notes", "a&b"),
        ({"notes": "👋" * 150}, "notes", "👋" * 100),  # 200 units, and no half of an emoji
        ({"currency": " chf "}, "currency", "CHF"),
        ({"currency": None}, "currency", "EUR"),
        ({"lines": TYPED["lines"][:1]}, "priority", "normal"),  # a condition
        ({}, "priority", "high"),
    ],
)
def test_what_people_type_becomes_clean(
    cleaned: Callable[..., Ran], given: dict[str, Any], field: str, clean: Any
) -> None:
    assert order(cleaned(**given))[field] == clean


@pytest.mark.parametrize(
    ("price", "number"),
    [
        ("1.049,99 €", "1049.99"),
        ("12,50", "12.50"),
        ("EUR 3", "3"),
        ("-0,5", "-0.5"),
        ("1.234.567,89", "1234567.89"),
    ],
)
def test_prices_with_a_decimal_comma_are_exact(cleaned: Callable[..., Ran], price: str, number: str) -> None:
    lines = [{"sku": "MUG-01", "name": "Mug", "price": price, "amount": 1}]
    assert order(cleaned(lines=lines))["lines"][0]["price"] == Decimal(number)


def test_texts_with_markup_and_emoji_fit_their_field(cleaned: Callable[..., Ran]) -> None:
    first, second = order(cleaned())["lines"]
    assert first["name"] == 'T-Shirt "Classic" & Co. with a name that'
    assert second["name"] == "Überraschung 🎁"
    assert (first["sku"], first["profit_center"], second["profit_center"]) == ("TS-BLK-M", "YB110", "YB999")


def test_tax_is_made_from_rate_and_base_and_rounded_for_its_currency(cleaned: Callable[..., Ran]) -> None:
    totals = cleaned().json["results"]["totals"]
    assert totals == {"net": Decimal("2112.48"), "tax": Decimal("401.38"), "gross": Decimal("2513.86")}
    yen = cleaned(currency="JPY").json["results"]["totals"]
    assert yen["tax"] == int(yen["tax"])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"placed": "03/14/2026"}, "03/14/2026"),  # an American day where a German one belongs
        ({"due": "14/03/2026"}, "14/03/2026"),  # and the other way round
        ({"placed": "31.02.2026"}, "31.02.2026"),
        ({"lines": []}, "has no lines"),
        ({"lines": None}, "has no lines"),
        ({"lines": [{"sku": "X", "name": "", "price": "12.50.1,2,3", "amount": 1}]}, "12.50.1,2,3"),
        ({"lines": [{"sku": "X", "name": "", "price": "1,00", "amount": "two"}]}, "two"),
        ({"phone": "no phone"}, "no phone"),
    ],
)
def test_what_cannot_be_understood_is_rejected_and_quoted(
    cleaned: Callable[..., Ran], given: dict[str, Any], told: str
) -> None:
    ran = cleaned(**given)
    assert (ran.code, ran.json["status"]) == (1, "rejected"), ran.out
    assert told in ran.json["error"]["message"]
