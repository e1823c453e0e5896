from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyodata.v2.model import Types

from flowrun_connectors.sap.odata.entities import Model
from flowrun_connectors.sap.odata.filters import condition, ordering, segment
from flowrun_connectors.sap.odata.literals import BadLiteralError
from flowrun_connectors.sap.odata.metadata import Entity, Property, Service
from flowrun_connectors.sap.odata.v2 import V2

in_address, to_json, from_json = V2.in_address, V2.to_json, V2.from_json


def a(edm_type: str, **more: Any) -> Property:
    return Property("Field", f"Edm.{edm_type}", **more)


decimals = st.decimals(allow_nan=False, allow_infinity=False, places=None)
milliseconds = st.integers(-(10**12), 10**13)
moments = milliseconds.map(lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + ms * timedelta(milliseconds=1))
days = st.dates(date(1900, 1, 1), date(9999, 12, 31))


@given(st.text())
def test_a_text_is_read_back_from_its_literal_by_another_client(text: str) -> None:
    literal = in_address(text)
    assert literal[0] == literal[-1] == "'"
    assert literal[1:-1].replace("''", "'") == text
    assert "'" not in literal[1:-1].replace("''", "")


@given(decimals)
def test_a_decimal_is_read_back_exactly(number: Decimal) -> None:
    literal = in_address(number, a("Decimal"))
    assert literal.endswith("M")
    assert Decimal(literal[:-1]) == number
    assert "E" not in literal
    sent = to_json(number, a("Decimal"))
    assert "E" not in sent
    assert from_json(sent, a("Decimal")) == number


@given(st.integers())
def test_a_whole_number_is_read_back(number: int) -> None:
    assert int(in_address(number)) == number
    assert from_json(to_json(number, a("Int64")), a("Int64")) == number
    assert from_json(to_json(number, a("Decimal")), a("Decimal")) == number


@given(st.booleans())
def test_true_and_false_are_read_back(value: bool) -> None:
    assert in_address(value) == str(value).lower()
    assert from_json(to_json(value)) is value


@given(days)
def test_a_day_stays_that_day_with_and_without_metadata(day: date) -> None:
    assert from_json(to_json(day)) == day
    assert from_json(to_json(day, a("DateTime", date_only=True)), a("DateTime", date_only=True)) == day
    read = Types.from_name("Edm.DateTime").traits.from_literal(in_address(day))
    assert read.date() == day


@given(moments)
def test_a_moment_is_read_back_to_the_millisecond(moment: datetime) -> None:
    for of in (a("DateTime"), a("DateTimeOffset")):
        assert from_json(to_json(moment, of), of) == moment
        read = Types.from_name(of.type).traits.from_literal(in_address(moment, of))
        assert read == moment
    assert from_json(to_json(moment)) == moment


@given(moments, st.integers(-12 * 60, 14 * 60))
def test_a_moment_of_another_zone_is_the_same_moment(moment: datetime, minutes: int) -> None:
    try:
        there = moment.astimezone(timezone(timedelta(minutes=minutes)))
    except OverflowError:
        return
    assert to_json(there, a("DateTimeOffset")) == to_json(moment, a("DateTimeOffset"))


@pytest.mark.parametrize(("value", "edm_type", "literal"), [
    ("O'Neil", "String", "'O''Neil'"),
    (1000017, "String", "'1000017'"),
    (Decimal("1.50"), "String", "'1.50'"),
    (Decimal("1E+3"), "Decimal", "1000M"),
    ("12.5", "Decimal", "12.5M"),
    (5, "Int64", "5L"),
    (5, "Int32", "5"),
    ("5", "Int32", "5"),
    (date(2026, 3, 14), "DateTime", "datetime'2026-03-14T00:00:00'"),
    (date(2026, 3, 14), "DateTimeOffset", "datetimeoffset'2026-03-14T00:00:00Z'"),
    ("2026-03-14T09:26:53+0000", "DateTimeOffset", "datetimeoffset'2026-03-14T09:26:53Z'"),
    ("2026-03-14T10:26:53+01:00", "DateTime", "datetime'2026-03-14T09:26:53'"),
    ("08:30:00", "Time", "time'PT08H30M00S'"),
    ("true", "Boolean", "true"),
    (None, "String", "null"),
    ("01234567-89ab-cdef-0123-456789abcdef", "Guid", "guid'01234567-89ab-cdef-0123-456789abcdef'"),
])  # fmt: skip
def test_the_property_s_type_decides_how_a_value_is_written(value: Any, edm_type: str, literal: str) -> None:
    assert in_address(value, a(edm_type)) == literal


@pytest.mark.parametrize(("value", "edm_type", "sent"), [
    (Decimal("1.50"), "Decimal", "1.50"),
    (Decimal("1E-7"), "Decimal", "0.0000001"),
    (7, "Decimal", "7"),
    (7, "String", "7"),
    ("7", "Int32", 7),
    (date(2026, 3, 14), "DateTime", "/Date(1773446400000)/"),
    (datetime(2026, 3, 14, tzinfo=UTC), "DateTimeOffset", "/Date(1773446400000+0000)/"),
    ("2026-03-14", "DateTime", "/Date(1773446400000)/"),
    ("/Date(1773446400000)/", "DateTime", "/Date(1773446400000)/"),
    (True, "Boolean", True),
    (None, "String", None),
    ("", "String", ""),
    ("08:30", "Time", "PT08H30M00S"),
])  # fmt: skip
def test_the_property_s_type_decides_how_a_value_is_sent(value: Any, edm_type: str, sent: Any) -> None:
    assert to_json(value, a(edm_type)) == sent


def test_a_moment_sent_to_a_day_is_the_day_of_its_own_clock() -> None:
    late = datetime(2026, 3, 14, 23, 30, tzinfo=timezone(timedelta(hours=-8)))
    of = a("DateTime", date_only=True)
    assert from_json(to_json(late, of), of) == date(2026, 3, 14)


@pytest.mark.parametrize(("value", "edm_type"), [
    ("soon", "DateTime"), ("x", "Decimal"), ("NaN", "Decimal"), ("1.5", "Int32"), ("x", "Guid"),
    ("25:00", "Time"), ({"a": 1}, "String"), ([1], "String"), (1.5, "Decimal"),
])  # fmt: skip
def test_what_does_not_fit_is_refused(value: Any, edm_type: str) -> None:
    with pytest.raises(BadLiteralError):
        in_address(value, a(edm_type))


def test_a_time_of_day_reads_as_a_clock_shows_it() -> None:
    assert from_json("PT08H30M00S", a("Time")) == "08:30:00"


ITEM = Entity("ItemType", {name: Property(name, "Edm.String", key=True) for name in ("Order", "Item")}, {})
MODEL = Model(Service({"n.ItemType": ITEM}, {"Items": "n.ItemType"}), ITEM)


def test_a_key_of_several_fields_is_a_record() -> None:
    assert segment("Items", {"Item": 10, "Order": "a/b'c"}, MODEL) == "Items(Order='a%2Fb''c',Item='10')"
    assert segment("Items", {"Order": "1"}, Model()) == "Items('1')"


@pytest.mark.parametrize("key", ["1", {"Order": "1"}])
def test_a_key_that_is_not_whole_is_refused(key: Any) -> None:
    with pytest.raises(BadLiteralError, match="Item"):
        segment("Items", key, MODEL)


@pytest.mark.parametrize(("where", "text"), [
    ({"A": "x", "B": None}, "A eq 'x' and B eq null"),
    ({"A": {"ge": 1, "lt": 2}}, "A ge 1 and A lt 2"),
    ({"A": {"startswith": "x'y"}}, "startswith(A,'x''y')"),
    ({"to_X/A": {"contains": "%"}}, "substringof('%',to_X/A)"),
])  # fmt: skip
def test_a_condition_is_made_of_typed_values(where: dict[str, Any], text: str) -> None:
    assert condition(where, Model()) == text


@pytest.mark.parametrize("where", [
    {"A eq 1 or B": 1}, {"A)": 1}, {"": 1}, {"A": {"like": "x"}},
    {"A": {}}, {"A": [1]}, {"A": {"eq": {"x": 1}}},
])  # fmt: skip
def test_nothing_can_be_pasted_into_a_condition(where: dict[str, Any]) -> None:
    with pytest.raises(BadLiteralError):
        condition(where, Model())


def test_an_unknown_field_in_a_condition_is_named_with_the_one_that_was_meant() -> None:
    with pytest.raises(BadLiteralError, match="did you mean `Order`"):
        condition({"Ordr": "1"}, MODEL)


def test_an_order_is_a_field_with_or_without_desc() -> None:
    assert ordering(["A", "B desc"]) == "A,B desc"
    with pytest.raises(BadLiteralError):
        ordering(["A; drop"])
