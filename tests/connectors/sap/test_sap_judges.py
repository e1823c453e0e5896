"""Others judge what flowrun writes: `pyodata`, a client of SAP's own, reads its keys and bodies, and the mock's
filter parser its conditions, for any value that there is.
"""

from __future__ import annotations

import json
import warnings
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mocksap.odata import build_where
from mocksap.schema import EntityType, Prop
from pyodata.v2.model import MetadataBuilder
from pyodata.v2.service import EntityKey

from flowrun.component.http import decode, encode
from flowrun_connectors.sap.odata.dialect import Dialect
from flowrun_connectors.sap.odata.entities import Model, body_of, entry_of
from flowrun_connectors.sap.odata.filters import condition, segment
from flowrun_connectors.sap.odata.metadata import Entity, Property, Service, parsed
from flowrun_connectors.sap.odata.v2 import V2
from flowrun_connectors.sap.odata.v4 import V4

milliseconds = st.integers(-(10**12), 10**13)
moments = milliseconds.map(lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + ms * timedelta(milliseconds=1))
days = st.dates(date(1900, 1, 1), date(9999, 12, 31))
clocks = st.times().map(lambda found: found.replace(microsecond=0))
numbers = st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**15), max_value=10**15)
texts = st.text(st.characters(codec="utf-8"), max_size=40)

BOTH: dict[str, tuple[st.SearchStrategy[Any], str, str]] = {  # how V2 and V4 call it
    "Text": (texts, "Edm.String", "Edm.String"),
    "Flag": (st.booleans(), "Edm.Boolean", "Edm.Boolean"),
    "Whole": (st.integers(-(2**31), 2**31 - 1), "Edm.Int32", "Edm.Int32"),
    "Long": (st.integers(-(2**63), 2**63 - 1), "Edm.Int64", "Edm.Int64"),
    "Amount": (numbers, "Edm.Decimal", "Edm.Decimal"),
    "Moment": (moments, "Edm.DateTimeOffset", "Edm.DateTimeOffset"),
    "Local": (moments, "Edm.DateTime", "Edm.DateTimeOffset"),
    "Day": (days, "Edm.DateTime", "Edm.Date"),
    "Clock": (clocks, "Edm.Time", "Edm.TimeOfDay"),
    "Id": (st.uuids(), "Edm.Guid", "Edm.Guid"),
}
records = st.fixed_dictionaries(
    {}, optional={name: st.none() | found for name, (found, _, _) in BOTH.items()}
)


def model(dialect: Dialect) -> Model:
    properties = {
        name: Property(name, v2 if dialect is V2 else v4, date_only=name == "Day")
        for name, (_, v2, v4) in BOTH.items()
    }
    entity = Entity("T", properties, {})
    return Model(Service({"N.T": entity}, {"E": "N.T"}), entity, dialect)


def as_read(value: Any) -> Any:
    """Times and GUIDs come back as texts."""
    if isinstance(value, time):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def same(one: Any, other: Any) -> bool:
    return bool(one == other) and type(one) is type(other)


@pytest.mark.parametrize("dialect", [V2, V4], ids=["V2", "V4"])
@given(record=records)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_a_record_of_any_values_comes_back_from_its_body_as_it_was(
    dialect: Dialect, record: dict[str, Any]
) -> None:
    of = model(dialect)
    sent = {**body_of(record, of), "More": "x"}
    body = encode({"d": sent} if dialect is V2 else sent)
    read = entry_of(body, of).record
    assert {name: value for name, value in read.items() if name != "More"} == {
        name: as_read(value) for name, value in record.items()
    }
    assert all(same(read[name], as_read(value)) for name, value in record.items())


@given(record=records)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_no_body_holds_a_number_that_a_float_could_spoil(record: dict[str, Any]) -> None:
    for dialect in (V2, V4):
        sent = decode(encode(body_of(record, model(dialect))))
        assert not [name for name, value in sent.items() if isinstance(value, Decimal)]


# --- the mock's own parser, which refuses the literals of the other version ------------------------------------------

MOCK_TYPES = EntityType("T", [Prop(name, "Edm.String") for name in BOTH])


def parameters(where: dict[str, Any], dialect: Dialect) -> list[Any]:
    """The values that the mock's parser finds in our filter."""
    text = condition(where, model(dialect))
    assert text is not None
    return list(build_where(text, MOCK_TYPES, dialect.version)[1])


@pytest.mark.parametrize("dialect", [V2, V4], ids=["V2", "V4"])
@given(text=texts, more=texts)
def test_no_text_gets_out_of_its_quotes(dialect: Dialect, text: str, more: str) -> None:
    assert parameters({"Text": {"eq": text, "startswith": more, "contains": text}}, dialect) == [
        text,
        more,
        text,
    ]
    assert parameters({"Text": {"in": [text, more]}}, dialect) == list(dict.fromkeys([text, more]))


@pytest.mark.parametrize("dialect", [V2, V4], ids=["V2", "V4"])
@given(whole=st.integers(-(2**31), 2**31 - 1), amount=st.decimals(-1000, 1000, places=2), flag=st.booleans())
def test_numbers_and_flags_mean_the_same_to_the_mock(
    dialect: Dialect, whole: int, amount: Decimal, flag: bool
) -> None:
    found = parameters({"Whole": whole, "Amount": amount, "Flag": flag}, dialect)
    assert found == [whole, float(amount), int(flag)]


@pytest.mark.parametrize("dialect", [V2, V4], ids=["V2", "V4"])
@given(moment=moments, day=days)
def test_days_and_moments_mean_the_same_to_the_mock(dialect: Dialect, moment: datetime, day: date) -> None:
    found = parameters({"Local": moment, "Moment": moment, "Day": day}, dialect)
    naive = moment.replace(tzinfo=None)
    assert [datetime.fromisoformat(text) for text in found] == [
        naive,
        naive,
        datetime(day.year, day.month, day.day),  # noqa: DTZ001 - the mock stores without a zone
    ]


# --- every way in which a date is written ---------------------------------------------------------------------------


@pytest.mark.parametrize(("dialect", "edm_type", "written", "meant"), [
    (V2, "Edm.DateTime", "/Date(1773446400000)/", datetime(2026, 3, 14, tzinfo=UTC)),
    (V2, "Edm.DateTimeOffset", "/Date(1773477000500+0000)/", datetime(2026, 3, 14, 8, 30, 0, 500000, UTC)),
    (V2, "Edm.DateTimeOffset", "/Date(1773477000500+0060)/", datetime(2026, 3, 14, 8, 30, 0, 500000, UTC)),
    (V2, "Edm.DateTime", "/Date(-2208988800000)/", datetime(1900, 1, 1, tzinfo=UTC)),
    (V2, "Edm.DateTime", "/Date(253402214400000)/", datetime(9999, 12, 31, tzinfo=UTC)),
    (V4, "Edm.DateTimeOffset", "2026-03-14T08:30:00Z", datetime(2026, 3, 14, 8, 30, tzinfo=UTC)),
    (V4, "Edm.DateTimeOffset", "2026-03-14T08:30:00.1234567Z", datetime(2026, 3, 14, 8, 30, 0, 123456, UTC)),
    (V4, "Edm.DateTimeOffset", "2026-03-14T09:30:00+01:00", datetime(2026, 3, 14, 8, 30, tzinfo=UTC)),
    (V4, "Edm.Date", "2026-03-14", date(2026, 3, 14)),
    (V4, "Edm.TimeOfDay", "08:30:00.0000000", "08:30:00"),
    (V4, "Edm.TimeOfDay", "08:30:00.5", "08:30:00.500000"),
    (V2, "Edm.Time", "PT08H30M00S", "08:30:00"),
])  # fmt: skip
def test_every_style_of_a_date_is_read(dialect: Dialect, edm_type: str, written: str, meant: Any) -> None:
    of = Property("F", edm_type, date_only=edm_type == "Edm.Date")
    found = dialect.from_json(written, of)
    assert found == meant
    assert same(dialect.from_json(dialect.to_json(found, of), of), found)


def test_a_date_that_python_does_not_have_stays_as_sap_sent_it() -> None:
    entity = entry_of(b'{"d": {"Local": "/Date(99999999999999999)/"}}', model(V2))
    assert entity.record == {"Local": "/Date(99999999999999999)/"}


# --- pyodata -------------------------------------------------------------------------------------------------------

KEYS = ("Text", "Whole", "Moment")


def declared(name: str, edm_type: str) -> str:
    nullable = "false" if name in KEYS else "true"
    facets = {"Day": 'sap:display-format="Date"', "Amount": 'Precision="24" Scale="9"'}.get(name, "")
    return f'<Property Name="{name}" Type="{edm_type}" Nullable="{nullable}" {facets}/>'


METADATA = f"""<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"
 xmlns:sap="http://www.sap.com/Protocols/SAPData"
 xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">
<edmx:DataServices m:DataServiceVersion="2.0">
<Schema Namespace="N" xmlns="http://schemas.microsoft.com/ado/2008/09/edm"><EntityType Name="T">
<Key>{"".join(f'<PropertyRef Name="{name}"/>' for name in KEYS)}</Key>
{"".join(declared(name, v2) for name, (_, v2, _) in BOTH.items())}</EntityType>
<EntityContainer Name="C" m:IsDefaultEntityContainer="true"><EntitySet Name="E" EntityType="N.T"/>
</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>""".encode()


@pytest.fixture(scope="module")
def theirs() -> Any:
    """The entity type as pyodata knows it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own, about metadata
        return MetadataBuilder(METADATA).build().entity_type("T")


@given(text=texts, whole=st.integers(-(2**31), 2**31 - 1), moment=moments)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_an_address_is_the_one_that_pyodata_would_write(
    theirs: Any, text: str, whole: int, moment: datetime
) -> None:
    service = parsed(METADATA)
    key = {"Text": text, "Whole": whole, "Moment": moment}
    ours = unquote(segment("E", key, Model(service, service.entity("E")))).removeprefix("E")
    before, _, moment_of_ours = ours.rpartition(",Moment=")
    assert before == EntityKey(theirs, **key).to_key_string().rpartition(",Moment=")[0]
    read = theirs.proprty("Moment").from_literal(moment_of_ours.removesuffix(")"))
    assert read == moment  # it leaves the Z away, and the fraction where there is one as it is


@given(record=records)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_pyodata_reads_the_values_of_a_body_as_they_were(theirs: Any, record: dict[str, Any]) -> None:
    service = parsed(METADATA)
    record = {name: value for name, value in record.items() if value is not None}
    body = json.loads(encode(body_of(record, Model(service, service.entity("E")))))
    for name, value in record.items():
        read = theirs.proprty(name).from_json(body[name])
        if isinstance(value, date) and not isinstance(value, datetime):
            read = read.date()
        if isinstance(value, time | UUID):
            assert name in ("Clock", "Id")
            continue  # it reads those as texts
        assert (Decimal(read) if isinstance(value, Decimal) else read) == value
