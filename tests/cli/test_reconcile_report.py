"""What a reconciliation's report says, and what it keeps to itself."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from flowrun.cli.reconcile_parts import lines, report
from flowrun.cli.reconcile_parts.page import as_html
from flowrun.cli.reconcile_parts.privacy import Veil
from flowrun.component import Duration
from flowrun.errors import Position
from flowrun.expressions.paths import Path
from flowrun.expressions.scope import Scope
from flowrun.expressions.source import Source
from flowrun.expressions.values import Constant, Fields
from flowrun.language.reconciliation import Comparison, Reconciliation, Side
from flowrun.runtime.comparing import Outcome, Row, compared
from flowrun.serve.masking import Mask

AT = Position("flows/reconcile_customers.yaml")
SIDE = Side(
    steps=(), rows=Path(Source("rows")), as_="row", key=Constant("", at=AT), fields=Fields({}, {}, at=AT)
)
NOW = datetime(2026, 3, 14, tzinfo=UTC)


def outcome(xcart: dict[str, Any], sap: dict[str, Any], **how: Any) -> Outcome:
    compare = {name: Comparison() for name in ("email", "name", "total") if name in {**xcart, **sap}}
    sides = {"xcart": SIDE, "sap": SIDE}
    found = Reconciliation(
        "customers", "", "", AT.file, AT, Duration(1.0), Duration(0.0), sides, compare, **how
    )
    first, second = ({"A": Row("A", fields)} if fields else {} for fields in (xcart, sap))
    return compared(found, first, second, Scope({}), NOW)


def test_equal_personal_values_have_equal_digests_and_no_value_is_shown() -> None:
    found = outcome({"email": "a@example.com", "name": "Ada"}, {"email": "a@example.com", "name": "Eve"})
    veiled = Veil(Mask(personal=["email", "name"])).outcome(found)
    (one,) = veiled.differences
    assert one.rows["xcart"]["email"] == one.rows["sap"]["email"]
    assert one.rows["xcart"]["name"] != one.rows["sap"]["name"]
    assert not {"Ada", "Eve", "a@example.com"} & {
        str(part) for row in one.rows.values() for part in row.values()
    }


def test_a_text_that_a_spreadsheet_would_carry_out_is_made_harmless() -> None:
    written = report.as_csv([outcome({"name": "=1+1", "total": Decimal(-5)}, {})])
    values = [row["xcart"] for row in csv.DictReader(io.StringIO(written))]
    assert values == ["'=1+1", "-5"]


def test_a_page_shows_what_customers_wrote_as_text() -> None:
    page = as_html([outcome({"name": "<script>"}, {})], "shop", NOW, {"customers": NOW})
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("95.920"), "95.92"),
        (Decimal("5.000"), "5"),
        (Decimal("5.00"), "5.00"),
        (Decimal("1.2345"), "1.2345"),
        (Decimal("0.5"), "0.50"),
        (True, "yes"),
        (None, ""),
    ],
)
def test_values_are_written_for_people(value: Any, text: str) -> None:
    assert lines.shown(value) == text


def test_amounts_of_two_currencies_are_never_added_up() -> None:
    names = {"group_by": ("day", "currency"), "sum": ("total",)}
    found = outcome({"day": "1", "currency": "EUR", "total": Decimal(3)}, {}, **names)
    more = outcome({"day": "2", "currency": "USD", "total": Decimal(4)}, {}, **names)
    again = outcome({"day": "3", "currency": "USD", "total": Decimal(5)}, {}, **names)
    found.groups.update(more.groups | again.groups)  # type: ignore[attr-defined] # a dict, in this test
    assert [(total.group, total.sums["total"][0]) for total in lines.grand_totals(found)] == [
        (("", "EUR"), Decimal(3)),
        (("", "USD"), Decimal(9)),
    ]
