"""What is written down comes back as it was."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowrun.runtime.journal.frozen import digest, freeze, thaw

_ZONES = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))])
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text(st.characters(codec="utf-8"))
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.dates()
    | st.datetimes(timezones=_ZONES)
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(st.characters(codec="utf-8")) | st.sampled_from(["$decimal", "$date", "$record"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(_VALUES)
def test_every_value_comes_back_with_its_type(value: object) -> None:
    again = thaw(freeze(value))
    assert again == value
    assert repr(again).replace("fold=1, ", "") == repr(value).replace("fold=1, ", "")


def test_money_keeps_its_last_zero() -> None:
    assert str(thaw(freeze(Decimal("1.50")))) == "1.50"


def test_a_digest_does_not_depend_on_the_order_of_fields() -> None:
    assert digest({"a": 1, "b": date(2026, 3, 14)}) == digest({"b": date(2026, 3, 14), "a": 1})
    assert digest({"a": Decimal("1.0")}) != digest({"a": Decimal("1.5")})


def test_what_cannot_be_kept_is_refused() -> None:
    with pytest.raises(TypeError, match="float"):
        freeze({"x": 0.5})
    with pytest.raises(TypeError, match="object"):
        freeze(object())


def test_a_moment_keeps_its_offset() -> None:
    moment = datetime(2026, 3, 14, 9, 26, tzinfo=timezone(timedelta(hours=1)))
    assert thaw(freeze(moment)).utcoffset() == timedelta(hours=1)
