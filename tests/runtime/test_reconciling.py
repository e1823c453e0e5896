"""Rows of two sides, held against each other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from flowrun.component import Duration
from flowrun.errors import Position
from flowrun.expressions.paths import Path
from flowrun.expressions.scope import Scope
from flowrun.expressions.source import Source
from flowrun.expressions.values import LEFT_OUT, Constant, Fields, From, Value
from flowrun.language.reconciliation import Comparison, Reconciliation, Side
from flowrun.runtime.comparing import Row, compared, same

AT = Position("flows/reconcile_orders.yaml")
NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)
SIDE = Side(
    steps=(), rows=Path(Source("rows")), as_="row", key=Constant("", at=AT), fields=Fields({}, {}, at=AT)
)


def reconciliation(
    tolerance: Value | None = None, group_by: tuple[str, ...] = (), total: tuple[str, ...] = ()
) -> Reconciliation:
    compare = {"total": Comparison(tolerance=tolerance), "currency": Comparison()}
    hour, quarter = Duration(3600.0), Duration(900.0)
    sides = {"xcart": SIDE, "sap": SIDE}
    return Reconciliation("orders", "", "", AT.file, AT, hour, quarter, sides, compare, group_by, total)


def rows(**found: dict[str, Any]) -> dict[str, Row]:
    return {key: Row(key, fields) for key, fields in found.items()}


def order(total: str, currency: str = "EUR", **more: Any) -> dict[str, Any]:
    return {"total": Decimal(total), "currency": currency, **more}


def told(xcart: dict[str, Row], sap: dict[str, Row], **how: Any) -> Any:
    return compared(reconciliation(**how), xcart, sap, Scope({"env": {}}), NOW)


def test_every_row_is_counted_once_by_what_it_is() -> None:
    xcart = rows(A=order("1"), B=order("2"), C=order("3"))
    sap = rows(A=order("1.00"), B=order("2.5"), D=order("4"))
    outcome = told(xcart, sap)
    assert outcome.as_data() == {"same": 1, "different": 1, "only_xcart": 1, "only_sap": 1}
    assert [(one.kind, one.key, one.fields) for one in outcome.differences] == [
        ("different", "B", ("total",)),
        ("only_xcart", "C", ()),
        ("only_sap", "D", ()),
    ]
    assert not outcome.agree


def test_nothing_on_either_side_is_agreement() -> None:
    outcome = told({}, {})
    assert outcome.agree
    assert outcome.as_data() == {"same": 0, "different": 0, "only_xcart": 0, "only_sap": 0}


def test_all_fields_that_differ_are_named() -> None:
    outcome = told(rows(A=order("1", "EUR")), rows(A=order("2", "USD")))
    assert outcome.differences[0].fields == ("total", "currency")


@pytest.mark.parametrize(("sap", "agree"), [("10.01", True), ("9.99", True), ("10.02", False)])
def test_amounts_may_be_apart_by_the_tolerance(sap: str, agree: bool) -> None:
    tolerance = Constant(Decimal("0.01"), at=AT)
    assert told(rows(A=order("10")), rows(A=order(sap)), tolerance=tolerance).agree is agree


def test_the_tolerance_may_be_another_for_each_row() -> None:
    tolerance = From(Path(Source("xcart.allowed")), at=AT)
    xcart = rows(A=order("10", allowed=Decimal(1)), B=order("10", allowed=Decimal(0)))
    outcome = told(xcart, rows(A=order("10.5"), B=order("10.5")), tolerance=tolerance)
    assert [one.key for one in outcome.differences] == ["B"]


def test_a_row_that_changed_just_now_is_no_difference_yet() -> None:
    fresh = Row("A", order("1"), NOW - timedelta(minutes=14))
    old = Row("B", order("1"), NOW - timedelta(minutes=16))
    outcome = told({"A": fresh, "B": old}, {})
    assert (outcome.young, [one.key for one in outcome.differences]) == (1, ["B"])


def test_a_fresh_row_that_agrees_counts() -> None:
    fresh = Row("A", order("1"), NOW)
    assert told({"A": fresh}, rows(A=order("1"))).as_data()["same"] == 1


def test_groups_add_up_to_the_whole() -> None:
    xcart = rows(A=order("1", day="1"), B=order("1", day="2"), C=order("1", day="2"))
    sap = rows(A=order("1"), B=order("2"), D=order("1"))
    groups = told(xcart, sap, group_by=("day",)).groups
    assert {group: dict(numbers.counts) for group, numbers in groups.items()} == {
        ("1",): {"same": 1},
        ("2",): {"different": 1, "only_xcart": 1},
        (None,): {"only_sap": 1},
    }


def test_a_group_says_what_both_sides_come_to() -> None:
    xcart = rows(A=order("1.10", day="1"), B=order("2", day="1"))
    sap = rows(A=order("1.1", day="1"), C=order("5", day="2"))
    groups = told(xcart, sap, group_by=("day",), total=("total",)).groups
    assert groups["1",].sums == {"xcart": {"total": Decimal("3.10")}, "sap": {"total": Decimal("1.1")}}
    assert groups["2",].sums == {"sap": {"total": Decimal(5)}}


def test_a_row_that_is_not_missed_is_compared_all_the_same() -> None:
    cancelled = Row("A", order("0"), missed=False)
    assert told({"A": cancelled}, {}).as_data() == {"same": 0, "different": 0, "only_xcart": 0, "only_sap": 0}
    assert told({"A": cancelled}, rows(A=order("0"))).as_data()["same"] == 1
    assert [one.fields for one in told({"A": cancelled}, rows(A=order("9"))).differences] == [("total",)]


def test_a_key_that_comes_twice_is_told_with_what_tells_the_rows_apart() -> None:
    sap = {"A": Row("A", order("1", number="12"), doubles=(order("1", number="13"),))}
    outcome = told(rows(A=order("1")), sap)
    (found,) = outcome.differences
    assert (found.kind, found.fields, found.values("sap", "number")) == (
        "duplicate",
        ("number",),
        ["12", "13"],
    )
    assert (outcome.as_data()["different"], outcome.duplicates) == (1, 1)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (5, Decimal("5.000"), True),
        (None, "", True),
        (None, "  ", True),
        (None, LEFT_OUT, True),
        (None, 0, False),
        (0, Decimal("0.00"), True),
        (True, 1, False),
        ("a ", "a", True),
        ("a", "A", False),
        (datetime(2026, 3, 14, 12, tzinfo=UTC), datetime(2026, 3, 14, 13, tzinfo=timezone(timedelta(hours=1))), True),
        ("5", 5, False),
    ],
)  # fmt: skip
def test_values_are_the_same_when_they_mean_the_same(one: Any, other: Any, equal: bool) -> None:
    assert same(one, other) is equal
    assert same(other, one) is equal
