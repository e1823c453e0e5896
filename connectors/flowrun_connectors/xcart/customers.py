"""What holds for the customers of every X-Cart. Pure: nothing here asks a shop."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from flowrun_connectors.xcart.values import differing


def first_password() -> str:
    """A password that nobody knows: the customer asks the shop for one of their own."""
    return secrets.token_urlsafe(24)


def holds(address: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether an address of the address book is the one that is to be created."""
    asked = {name: value for name, value in wanted.items() if name != "custom_fields"}
    return not differing(address, asked) and _custom(address).items() >= _custom(wanted).items()


def with_custom_fields(now: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The wanted fields, with the custom fields that are there already: X-Cart drops what a sent list leaves out.
    One whose value is null goes.
    """
    if "custom_fields" not in wanted:
        return dict(wanted)
    merged = {**_custom(now), **_custom(wanted)}
    kept = [{"name": name, "value": value} for name, value in merged.items() if value is not None]
    return {**wanted, "custom_fields": kept}


def _custom(address: Mapping[str, Any]) -> dict[str, Any]:
    rows = address.get("custom_fields") or ()
    return {str(row.get("name")): row.get("value") for row in rows if isinstance(row, Mapping)}
