"""What the engine answers itself: cross references, and what two systems last agreed on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowrun.component.step import Call
from flowrun.errors import Cause, Rejected
from flowrun.runtime.merging import digests, merged
from flowrun.runtime.state import State

READS = frozenset({"linked", "merge"})
"""Those that change nothing."""


def performed(state: State, call: Call) -> dict[str, Any]:
    """Carries out one of the engine's own operations."""
    operations = {"linked": _linked, "link": _link, "merge": _merge}
    return operations[call.operation](state, call.parameters)


def _linked(state: State, given: Mapping[str, Any]) -> dict[str, Any]:
    number = given["number"]
    if number is None or number == "":
        return {"object": given["object"], "xcart": None, "sap": None}
    return state.linked(given["object"], given["side"], str(number)).as_data()


def _link(state: State, given: Mapping[str, Any]) -> dict[str, Any]:
    numbers = {side: _number(given[side], f"link: the number of `{side}`", side) for side in ("xcart", "sap")}
    same = _record(given.get("same") or {}, "link: `same`")
    kept = digests(same, _salt(given["object"], numbers["xcart"]))
    return state.link(given["object"], numbers["xcart"], numbers["sap"], kept).as_data()


def _merge(state: State, given: Mapping[str, Any]) -> dict[str, Any]:
    thing, number = given["object"], _number(given["number"], "merge: `number`", "number")
    xcart, sap = (_record(given[side], f"merge: `{side}`") for side in ("xcart", "sap"))
    agreed = state.agreed(thing, number)
    found = merged(xcart, sap, agreed, given["owner"], _salt(thing, number))
    if found.conflicts and given["conflict"] == "fail":
        names = ", ".join(f"`{name}`" for name in found.conflicts)
        raise Rejected(
            f"merge: {names} of {thing} {number} was changed in both systems since they last agreed; make it equal in "
            f"both, or name its `owner`, then run it again",
            Cause(code="both-changed", target=found.conflicts[0]),
        )
    return found.as_data()


def _salt(thing: str, number: str) -> str:
    return f"{thing}/{number}"


def _number(value: Any, what: str, target: str) -> str:
    if value is None or value == "":
        raise Rejected(f"{what} is missing", Cause(code="bad-parameter", target=target))
    return str(value)


def _record(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Rejected(f"{what} is not a record of fields", Cause(code="bad-parameter"))
    return value
