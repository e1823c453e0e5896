"""A change to an address, as much of it as is said."""

from __future__ import annotations

import msgspec

from flowrun_sandbox.shoppers import STATES
from flowrun_sandbox.xcart.model import Address


class AddressChange(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Fields that are not said stay."""

    firstname: str | None = None
    lastname: str | None = None
    street: str | None = None
    zipcode: str | None = None
    city: str | None = None
    country_code: str | None = None
    state_name: str | None = None
    phone: str | None = None
    custom_fields: dict[str, str] | None = None


def change_address(row: Address, change: AddressChange) -> None:
    """The state's number follows its name."""
    said = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not None}
    for name, value in said.items():
        setattr(row, name, value)
    if "state_name" in said:
        row.state = STATES.get(row.state_name)
