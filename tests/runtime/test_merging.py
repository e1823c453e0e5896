"""Two systems, one thing: who changed what since both last agreed."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowrun.component.step import Call
from flowrun.errors import Rejected
from flowrun.runtime.merging import digests, merged
from flowrun.runtime.own import performed
from flowrun.runtime.state import State

OLD, NEW, OTHER = "old@example.com", "new@example.com", "other@example.com"
NEVER = object()


@pytest.mark.parametrize(
    ("before", "xcart", "sap", "owner", "to_xcart", "to_sap"),
    [
        (OLD, OLD, OLD, None, NEVER, NEVER),  # nothing happened
        (OLD, NEW, NEW, None, NEVER, NEVER),  # our own change comes back, or both typed the same
        (OLD, NEW, OLD, None, NEVER, NEW),
        (OLD, NEW, OLD, "sap", NEVER, NEW),  # an owner decides only where both changed it
        (OLD, OLD, NEW, None, NEW, NEVER),
        (OLD, NEW, OTHER, "xcart", NEVER, NEW),
        (OLD, NEW, OTHER, "sap", OTHER, NEVER),
        (OLD, "", OLD, None, NEVER, NEVER),  # an empty value overwrites nothing
        (OLD, "", OLD, "sap", NEVER, NEVER),
        (OLD, "", OLD, "xcart", NEVER, None),  # unless its side owns the field
        (OLD, "", NEW, None, NEW, NEVER),
        (OLD, "", NEW, "xcart", NEVER, None),
        (None, None, NEW, None, NEW, NEVER),  # they had agreed that there is none
        (NEVER, NEW, "", "sap", NEVER, NEW),  # never agreed: what is empty was never filled in
        (NEVER, "", NEW, "xcart", NEW, NEVER),
        (NEVER, NEW, OTHER, "xcart", NEVER, NEW),
        (OLD, " new@example.com ", OLD, None, NEVER, NEW),
        (Decimal("1.0"), Decimal("1.00"), Decimal(2), None, Decimal(2), NEVER),
    ],
)
def test_who_changed_a_field_and_what_counts(
    before: Any, xcart: Any, sap: Any, owner: Any, to_xcart: Any, to_sap: Any
) -> None:
    agreed = digests({} if before is NEVER else {"field": before}, "customer/7")
    found = merged(
        {"field": xcart}, {"field": sap}, agreed, {"field": owner} if owner else {}, "customer/7"
    ).as_data()
    assert found["to_xcart"] == ({} if to_xcart is NEVER else {"field": to_xcart})
    assert found["to_sap"] == ({} if to_sap is NEVER else {"field": to_sap})
    assert found["same"] is (to_xcart is NEVER and to_sap is NEVER)


@pytest.mark.parametrize("before", [{}, {"email": OLD}])
def test_what_both_changed_and_nobody_owns_is_for_a_person(before: dict[str, Any]) -> None:
    found = merged({"email": NEW}, {"email": OTHER}, digests(before, "c"), {}, "c").as_data()
    assert found == {"to_xcart": {}, "to_sap": {}, "both": {}, "conflicts": ["email"], "same": False}


def test_a_field_that_only_one_side_has_is_not_compared() -> None:
    assert merged({"company": "A", "city": "B"}, {"city": "B"}, {}, {}, "c").both == {"city": "B"}


values = st.sampled_from(["", "a", "b", "c"])
records = st.fixed_dictionaries({"email": values, "phone": values})


@given(xcart=records, sap=records, before=records, owner=st.sampled_from(["xcart", "sap"]))
def test_after_both_writes_there_is_nothing_more_to_write(
    xcart: dict[str, Any], sap: dict[str, Any], before: dict[str, Any], owner: Any
) -> None:
    owners = {"email": owner, "phone": owner}
    agreed = digests(before, "c")
    first = merged(xcart, sap, agreed, owners, "c")
    xcart, sap = xcart | first.to_xcart, sap | first.to_sap
    assert merged(xcart, sap, agreed, owners, "c").as_data()["same"]  # the link was lost
    assert merged(xcart, sap, agreed | digests(first.both, "c"), owners, "c").as_data()["same"]


# --- with the state ---------------------------------------------------------------------------------------------


@pytest.fixture
def state() -> Any:
    kept = State(None, "sandbox")
    yield kept
    kept.close()


def merge(state: State, xcart: Any, sap: Any, **more: Any) -> Any:
    given_ = {"object": "customer", "number": 7, "xcart": xcart, "sap": sap, "owner": {}, "conflict": "fail"}
    return performed(state, Call("flowrun", "merge", given_ | more))


def link(state: State, same: Any = None, sap: str = "1000") -> Any:
    return performed(
        state, Call("flowrun", "link", {"object": "customer", "xcart": 7, "sap": sap, "same": same})
    )


def test_what_was_agreed_is_compared_with_the_next_time(state: State) -> None:
    link(state, {"email": OLD, "phone": "1"})
    found = merge(state, {"email": NEW, "phone": "1"}, {"email": OLD, "phone": "2"})
    assert (found["to_sap"], found["to_xcart"]) == ({"email": NEW}, {"phone": "2"})
    link(state)  # an ordinary link forgets nothing
    assert merge(state, {"email": NEW}, {"email": OLD})["to_sap"] == {"email": NEW}


def test_what_was_agreed_with_another_partner_does_not_count(state: State) -> None:
    link(state, {"email": OLD})
    link(state, sap="2000")
    with pytest.raises(Rejected, match="`email` of customer 7 was changed in both systems"):
        merge(state, {"email": OLD}, {"email": OTHER})


def test_a_conflict_names_fields_and_no_data(state: State) -> None:
    with pytest.raises(Rejected) as raised:
        merge(state, {"email": NEW}, {"email": OTHER})
    assert (raised.value.cause.code, raised.value.cause.target) == ("both-changed", "email")
    assert "example.com" not in raised.value.message
    assert merge(state, {"email": NEW}, {"email": OTHER}, conflict="leave")["conflicts"] == ["email"]


def test_no_data_is_kept(tmp_path: Path) -> None:
    state = State(tmp_path / "state.db", "sandbox")
    link(state, {"email": "erika@example.com", "phone": "+493023125042"})
    state.close()
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"erika" not in kept
    assert b"3023125" not in kept


@pytest.mark.parametrize(
    ("given_", "told"), [({"number": None}, "`number` is missing"), ({"sap": None}, "`sap` is not a record")]
)
def test_what_is_missing_is_told(state: State, given_: dict[str, Any], told: str) -> None:
    with pytest.raises(Rejected, match=told):
        merge(state, {}, **{"sap": {}, **given_})
