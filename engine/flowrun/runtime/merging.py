"""What one thing is in two systems, brought together: for each field, who changed it since both last agreed.

What they agreed on is kept as a digest of each field and never as the data itself: these are people's names
and addresses. A digest is short on purpose. It tells a change from no change, but not even a telephone number
can be found out from it by trying all there are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from flowrun.runtime.journal.frozen import freeze

Side = Literal["xcart", "sap"]
Verdict = Literal["equal", "xcart", "sap", "apart", "conflict"]
"""`xcart` and `sap`: that side's value counts. `apart`: they differ and stay so, without harm."""

_DIGEST_BYTES = 4


@dataclass(frozen=True, slots=True)
class Merged:
    """What is to be written on each side, what both say afterwards, and what only a person can decide."""

    to_xcart: dict[str, Any] = field(default_factory=dict)
    to_sap: dict[str, Any] = field(default_factory=dict)
    both: dict[str, Any] = field(default_factory=dict)
    conflicts: list[str] = field(default_factory=list)

    def as_data(self) -> dict[str, Any]:
        """The form that flows see."""
        same = not (self.to_xcart or self.to_sap or self.conflicts)
        return {
            "to_xcart": self.to_xcart,
            "to_sap": self.to_sap,
            "both": self.both,
            "conflicts": self.conflicts,
            "same": same,
        }


def merged(
    xcart: Mapping[str, Any],
    sap: Mapping[str, Any],
    agreed: Mapping[str, str],
    owner: Mapping[str, Side],
    salt: str,
) -> Merged:
    """Goes through the fields that both records have. `agreed`: the digests of what they last had in common."""
    found = Merged()
    for name in (name for name in xcart if name in sap):
        one, other = _plain(xcart[name]), _plain(sap[name])
        before = agreed.get(name)
        changed = {
            side: before != digest_of(value, f"{salt}/{name}")
            for side, value in (("xcart", one), ("sap", other))
        }
        verdict = _verdict(one, other, changed if before is not None else None, owner.get(name))
        if verdict == "conflict":
            found.conflicts.append(name)
        elif verdict != "apart":
            found.both[name] = other if verdict == "sap" else one
        if verdict == "xcart":
            found.to_sap[name] = one
        elif verdict == "sap":
            found.to_xcart[name] = other
    return found


def _verdict(xcart: Any, sap: Any, changed: Mapping[str, bool] | None, owner: Side | None) -> Verdict:
    """`changed` is None when the two never agreed on this field: then what is empty was never filled in."""
    if xcart == sap:
        return "equal"
    if changed is not None and changed["xcart"] != changed["sap"]:
        winner: Side = "xcart" if changed["xcart"] else "sap"
        emptied = (xcart if winner == "xcart" else sap) is None
        return "apart" if emptied and owner != winner else winner
    if changed is not None and owner is not None:
        return owner
    if xcart is None or sap is None:
        return "sap" if xcart is None else "xcart"
    return owner or "conflict"


def digests(values: Mapping[str, Any], salt: str) -> dict[str, str]:
    """What is kept of a record: a digest of each of its fields."""
    return {name: digest_of(value, f"{salt}/{name}") for name, value in values.items()}


def digest_of(value: Any, salt: str) -> str:
    """The digest of one value. The salt keeps the same value of two people from looking the same."""
    content = salt.encode() + b"\0" + freeze(_plain(value))
    return hashlib.blake2b(content, digest_size=_DIGEST_BYTES).hexdigest()


def _plain(value: Any) -> Any:
    """The same thing in one form: no text and an empty one, 1.0 and 1.00."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return value.normalize() if isinstance(value, Decimal) else value
