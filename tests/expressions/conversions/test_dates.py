"""Days and moments in every form that the two systems and spreadsheets write."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowrun.expressions.conversions import CONVERSIONS, ConversionError, Setting, convert

UTC = Setting()
BERLIN = Setting(timezone=ZoneInfo("Europe/Berlin"))
TOKYO = Setting(timezone=ZoneInfo("Asia/Tokyo"))
PI_DAY = dt.date(2026, 3, 14)


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-14",
        " 2026-03-14\u00a0",
        "2026/03/14",
        "20260314",
        "14.03.2026",
        "14.3.2026",
        "14. 03. 2026",
        "14.03.2026 09:26",
        "2026-03-14T09:26:53+0000",
        "2026-03-14T09:26:53+00:00",
        "2026-03-14T09:26:53+01:00",
        "2026-03-14T09:26:53Z",
        "2026-03-14T09:26:53.1234567Z",
        "2026-03-14 09:26:53",
        "/Date(1773446400000)/",
        "/Date(1773480413000+0000)/",
        "1773480413",
        1773480413,
        Decimal("1773480413.5"),
        dt.date(2026, 3, 14),
        dt.datetime(2026, 3, 14, 9, 26, tzinfo=dt.UTC),
        dt.datetime(2026, 3, 14, 9, 26),  # noqa: DTZ001 - a moment without a zone is what is tried
    ],
)
def test_a_day_is_read_from_each_form(value):
    assert convert(value, "date", UTC) == PI_DAY
    assert type(convert(value, "date", UTC)) is dt.date


@pytest.mark.parametrize(
    ("value", "setting", "expected"),
    [
        ("2026-03-14T23:30:00Z", UTC, dt.date(2026, 3, 14)),
        ("2026-03-14T23:30:00Z", BERLIN, dt.date(2026, 3, 15)),
        ("2026-03-14T16:00:00+0000", TOKYO, dt.date(2026, 3, 15)),
        ("2026-03-14T23:30:00", TOKYO, dt.date(2026, 3, 14)),  # without a zone it is one of the project
        ("/Date(1130112000000)/", TOKYO, dt.date(2005, 10, 24)),  # a day already
        ("/Date(1130168212000+0000)/", TOKYO, dt.date(2005, 10, 25)),
        ("/Date(-86400000)/", UTC, dt.date(1969, 12, 31)),
    ],
)
def test_a_moment_becomes_a_day_in_the_projects_zone(value, setting, expected):
    assert convert(value, "date", setting) == expected


@pytest.mark.parametrize(
    "value", ["00000000", "0000-00-00", "0000-00-00 00:00:00", "0000-00-00T00:00:00", 0, ""]
)
@pytest.mark.parametrize(
    "name", ["date", "date_day_first", "datetime", "iso_date", "sap_date", "unix_seconds"]
)
def test_the_zeros_that_say_never_are_null(value, name):
    assert convert(value, name, UTC) is None


@pytest.mark.parametrize(
    "value", ["03/14/2026", "14/03/2026", "03/04/2026", "3-4-2026", "03/14/2026 9:05 PM"]
)
@pytest.mark.parametrize("name", ["date", "datetime", "iso_date"])
def test_a_slashed_date_is_never_guessed(value, name):
    with pytest.raises(ConversionError, match="use date_month_first or date_day_first"):
        convert(value, name, UTC)


@pytest.mark.parametrize(
    ("value", "name", "expected"),
    [
        ("03/14/2026", "date_month_first", PI_DAY),
        ("3/4/2026", "date_month_first", dt.date(2026, 3, 4)),
        ("3/4/2026", "date_day_first", dt.date(2026, 4, 3)),
        ("14/03/2026", "date_day_first", PI_DAY),
        ("03/14/2026 9:05 PM", "date_month_first", PI_DAY),
        ("14.03.2026", "date_month_first", PI_DAY),  # dots are always day first
        ("2026-03-14", "date_day_first", PI_DAY),
    ],
)
def test_an_order_that_is_said_is_followed(value, name, expected):
    assert convert(value, name, UTC) == expected


@pytest.mark.parametrize(
    ("value", "name", "other"),
    [
        ("14/03/2026", "date_month_first", "date_day_first"),
        ("03/14/2026", "date_day_first", "date_month_first"),
    ],
)
def test_a_month_above_twelve_names_the_other_order(value, name, other):
    with pytest.raises(ConversionError, match=f"no month 14; use {other}"):
        convert(value, name, UTC)


@pytest.mark.parametrize("value", ["14.03.26", "03/14/26", "14-03-26"])
def test_a_year_of_two_digits_is_refused(value):
    with pytest.raises(ConversionError, match="year of two digits"):
        convert(value, "date", UTC)


@pytest.mark.parametrize(
    "value",
    [
        "31.02.2026",
        "2026-13-01",
        "20260231",
        "2026-03-14T25:00:00Z",
        "/Date(9999999999999999)/",
        "0000-01-01",
        -62_135_596_801,
    ],
)
def test_what_is_not_in_the_calendar_is_refused(value):
    with pytest.raises(ConversionError, match="not in the calendar"):
        convert(value, "date", UTC)


@pytest.mark.parametrize("value", ["soon", "PT08H30M00S", "2026", "👍", [], {}, True, 0.5, "2026-W11-6"])
def test_what_is_no_date_is_refused(value):
    with pytest.raises(ConversionError, match="is not a date"):
        convert(value, "date", UTC)


@pytest.mark.parametrize("value", [20260314, 42, 1773480413000, Decimal("NaN")])
def test_a_number_that_may_be_something_else_is_refused(value):
    with pytest.raises(ConversionError, match="not a moment in unix seconds"):
        convert(value, "date", UTC)


def test_the_edges_of_the_calendar_are_refused_in_words():
    with pytest.raises(ConversionError, match="outside the years"):
        convert("0001-01-01T00:00:00+14:00", "date", UTC)


@pytest.mark.parametrize(
    ("value", "setting", "expected"),
    [
        ("2026-03-14T09:26:53+0000", BERLIN, "2026-03-14T09:26:53Z"),
        ("2026-03-14T09:26:53", BERLIN, "2026-03-14T08:26:53Z"),
        ("2026-07-14T09:26:53", BERLIN, "2026-07-14T07:26:53Z"),
        ("2026-03-14", BERLIN, "2026-03-13T23:00:00Z"),  # midnight in Berlin
        ("2026-03-14T09:26:53.5+01:00", UTC, "2026-03-14T08:26:53.500000Z"),
        ("/Date(1130168212000+0060)/", UTC, "2005-10-24T15:36:52Z"),  # the offset does not move the moment
        (1773480413, BERLIN, "2026-03-14T09:26:53Z"),
    ],
)
def test_a_moment_is_written_in_utc(value, setting, expected):
    assert convert(value, "iso_datetime", setting) == expected


def test_a_moment_always_has_a_zone():
    assert convert("2026-03-14 09:26", "datetime", BERLIN).utcoffset() == dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("iso_date", "2026-03-14"),
        ("compact_date", "20260314"),
        ("sap_date", "/Date(1773446400000)/"),
        ("sap_datetime", "/Date(1773480413000+0000)/"),
        ("unix_seconds", 1773480413),
    ],
)
def test_a_moment_is_written_in_the_forms_of_both_systems(name, expected):
    assert convert("2026-03-14T09:26:53+0000", name, UTC) == expected


def test_a_moment_is_shown_on_the_clocks_of_another_zone():
    moment = CONVERSIONS["in_timezone"].function("2026-03-14T09:26:53Z", "Asia/Tokyo", setting=UTC)
    assert moment.isoformat() == "2026-03-14T18:26:53+09:00"


@pytest.mark.parametrize("zone", ["Berlin", "", "../etc/passwd", None, 1, "Europe", "a\0b"])
def test_what_is_no_zone_is_refused(zone):
    with pytest.raises(ConversionError, match="is not a time zone"):
        CONVERSIONS["in_timezone"].function("2026-03-14", zone, setting=UTC)


@given(day=st.dates(), setting=st.sampled_from([UTC, BERLIN, TOKYO]))
def test_a_day_reads_back_from_each_form_it_is_written_in(day, setting):
    for name in ("iso_date", "compact_date", "sap_date"):
        assert convert(convert(day, name, setting), "date", setting) == day
    assert convert(f"{day:%d.%m.}{day.year:04}", "date", setting) == day


@given(moment=st.datetimes(min_value=dt.datetime(1800, 1, 2), timezones=st.just(dt.UTC)))  # noqa: DTZ001 - hypothesis takes bounds without a zone
def test_a_moment_reads_back_from_its_text(moment):
    assert convert(convert(moment, "iso_datetime", UTC), "datetime", UTC) == moment
