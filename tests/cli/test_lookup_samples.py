"""`flowrun lookups check --samples`: what recorded orders would look up and not find."""

from __future__ import annotations

import json
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from flowrun_sandbox.catalogue import UNMAPPED_SKU, sellables
from flowrun_sandbox.shoppers import PEOPLE
from flowrun_sandbox.xcart.checkout import SHIPPING_METHODS
from running import Control, Run

KEY = {"X-AUTH-TOKEN": "sandbox-write-key"}
ORDER = {
    "id": 1,
    "order_number": "9001",
    "currency": "EUR",
    "items": [{"sku": "MUG-01", "amount": 1}, {"sku": "NEW-7", "amount": 2}, {"sku": "NEW-7", "amount": 1}],
    "shipping_method_name": "By balloon",
    "billing_address": {"country_code": "DE", "state_name": "Berlin", "title": ""},
}


def recorded(shop: Control, placed: dict[str, Any]) -> dict[str, Any]:
    """The whole order, as a flow reads it."""
    found: dict[str, Any] = shop.get(f"/api/orders/{placed['id']}", headers=KEY).raise_for_status().json()
    return found


def everything_sold(shop: Control) -> list[dict[str, Any]]:
    """The varied mix, and orders that hold every article, country, currency and way of shipping of the sandbox."""
    placed = shop.post("/_sandbox/orders", json={"count": 20}).raise_for_status().json()
    lines = [{"sku": sku, "amount": 1} for sku in sellables()]
    rows = zip_longest(PEOPLE, SHIPPING_METHODS, ("EUR", "USD", "GBP", "CHF"))
    for country, method, currency in rows:
        said = {"country": country, "shipping_method": method, "currency": currency}
        placed.append(shop.order(lines=lines, **{name: value for name, value in said.items() if value}))
    return [recorded(shop, one) for one in placed]


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    path = tmp_path / "order.json"
    path.write_text(json.dumps(ORDER), encoding="utf-8")
    return path


def test_our_tables_have_a_row_for_everything_the_sandbox_sells_but_the_one_left_out(
    run: Run, project: Path, shop: Control, tmp_path: Path
) -> None:
    folder = tmp_path / "samples"
    folder.mkdir()
    for order in everything_sold(shop):
        (folder / f"{order['order_number']}.json").write_text(json.dumps(order), encoding="utf-8")
    ran = run("lookups", "check", "--samples", folder, "--output", "json")
    assert ran.code == 1
    stops = {(one["lookup"], one["key"]) for one in ran.json["missing"] if one["then"] in ("fail", "park")}
    assert stops == {("sku_to_material", UNMAPPED_SKU)}


def test_a_value_without_a_row_is_told_with_its_count_and_what_it_would_do(
    run: Run, project: Path, sample: Path
) -> None:
    ran = run("lookups", "check", "--samples", sample)
    assert ran.code == 1
    assert (
        "lookups/sku_to_material.csv: no material for 'NEW-7' (order_to_sap, sales_order; 2 times): "
        "the run would wait for the row" in ran.out
    )
    assert "no shipping_condition for 'By balloon'" in ran.out
    assert "it takes the default" in ran.out
    assert "MUG-01" not in ran.out


def test_what_is_worked_out_on_the_way_and_called_flows_count_too(
    run: Run, project: Path, sample: Path
) -> None:
    """The lines of the order are picked by a step of their own; the country is looked up in another flow."""
    abroad = {**ORDER, "billing_address": {"country_code": "NZ", "state_name": "", "title": ""}}
    sample.write_text(json.dumps([{"event": {"id": 1}, "order": abroad}]), encoding="utf-8")
    ran = run("lookups", "check", "--samples", sample, "--output", "json")
    missing = {(one["lookup"], one["key"], one["flow"]) for one in ran.json["missing"]}
    assert ("sku_to_material", "NEW-7", "order_to_sap") in missing
    assert any(one[:2] == ("country", "NZ") for one in missing)


def test_values_that_have_a_default_are_no_problem(run: Run, project: Path, sample: Path) -> None:
    sample.write_text(json.dumps({**ORDER, "items": []}), encoding="utf-8")
    ran = run("lookups", "check", "--samples", sample)
    assert ran.code == 0, ran.out
    assert "By balloon" in ran.out


def test_what_is_no_sample_is_told(run: Run, project: Path, sample: Path) -> None:
    sample.write_text("[1, 2]", encoding="utf-8")
    ran = run("lookups", "check", "--samples", sample)
    assert (ran.code, ran.out) == (2, "")
    assert "a sample is an event or an order" in ran.err
    ran = run("lookups", "check", "--samples", project / "lookups")
    assert "holds no sample" in ran.err
