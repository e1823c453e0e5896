"""The parameters of operations on customers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowrun.component import Config, field

_PROFILE_ID = "The customer's profile `id`."
_CLEAR = "Names of fields to be emptied, since a null in `changes` is refused."


class OfProfile(Config):
    """What belongs to one profile."""

    profile_id: int = field(description=_PROFILE_ID)


class ListProfiles(Config):
    """Which customers."""

    login: str | None = field(
        None, description="A part of the log-in e-mail address. When left out: all profiles."
    )


class ListMemberships(Config):
    """All of them."""


class CreateProfile(Config):
    """A new customer."""

    profile: Mapping[str, Any] = field(
        description="Its fields; `login` is the e-mail address, and must be new. Without `password` nobody "
        "knows the first one, and the customer asks the shop for another.",
        examples=[{"login": "new.customer@example.com", "membership_id": 4}],
    )


class UpdateProfile(Config):
    """Changes to a customer."""

    id: int = field(description=_PROFILE_ID)
    changes: Mapping[str, Any] = field(
        default_factory=dict, description="The fields to change; the others stay."
    )
    clear: list[str] = field(default_factory=list, description=_CLEAR, examples=[["membership_id"]])


class CreateAddress(Config):
    """A new address of a customer."""

    profile_id: int = field(description=_PROFILE_ID)
    address: Mapping[str, Any] = field(
        description="Its fields. Which of them are needed is a setting of the shop.",
        examples=[{"firstname": "Erika", "lastname": "Mustermann", "city": "Köln", "country_code": "DE"}],
    )


class UpdateAddress(Config):
    """Changes to an address."""

    profile_id: int = field(description=_PROFILE_ID)
    id: int = field(description="The address's `id`.")
    changes: Mapping[str, Any] = field(
        default_factory=dict,
        description="The fields to change; the others stay. So do custom fields that are not named; one with "
        "the value null goes.",
    )
    clear: list[str] = field(default_factory=list, description=_CLEAR, examples=[["phone"]])
