"""Customers, their addresses and memberships through the classic API."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from functools import partial
from typing import Any

from flowrun.component import Page
from flowrun.errors import Cause, Rejected
from flowrun.expressions.shapes import Many
from flowrun_connectors.xcart import requests, shapes
from flowrun_connectors.xcart.classic import columns, rows
from flowrun_connectors.xcart.classic.wire import ClassicWire, Row
from flowrun_connectors.xcart.customers import holds
from flowrun_connectors.xcart.together import together
from flowrun_connectors.xcart.values import Input, differing, received

_PROFILE = "the profile"
_ADDRESS = "the address"
_PROFILES = "the list of profiles"
_BY_ID = ("p.profile_id", "asc")


class Customers:
    """The customers of one shop."""

    def __init__(self, wire: ClassicWire, report: Callable[[str], None]) -> None:
        self._wire = wire
        self._report = report

    async def get_profile(self, request: requests.ById) -> Any:
        """One customer."""
        return received(rows.profile(await self._wire.row("profile", request.id, _PROFILE)), shapes.PROFILE)

    async def list_profiles(self, request: requests.ListProfiles) -> Any:
        """The list has no memberships, so each customer is read, some at once."""
        found: list[Any] = []
        conditions = _conditions(request.login)
        pages = self._wire.pages("profile", _PROFILES, order=_BY_ID, conditions=conditions)
        async with aclosing(pages):
            async for listed in pages:
                found.extend(await self._read(listed, request.login))
        return found

    async def page_of_profiles(self, request: requests.Behind) -> Page:
        """The customers behind those that were had."""
        conditions = _conditions(request.login)
        listed, at_end = await self._wire.part(
            "profile", _PROFILES, request.had, order=_BY_ID, conditions=conditions
        )
        found = await self._read(listed, request.login)
        return Page(found, None if at_end else str(request.had + len(listed)))

    async def _read(self, listed: list[Row], login: str | None) -> list[Any]:
        part = (login or "").lower()
        ids = [row["profile_id"] for row in listed if part in str(row.get("login") or "").lower()]
        reads = [partial(self._profile_or_none, number) for number in ids]
        read = await together(reads, self._wire.config.at_once)
        return [profile for profile in read if profile is not None]

    async def _profile_or_none(self, number: int) -> Any:
        read = partial(self.get_profile, requests.ById(id=number))
        return await self._wire.or_none(read, f"profile {number}", self._report)

    async def create_profile(self, request: requests.CreateProfile) -> Any:
        """A new customer. The classic API stores a password as it is, unhashed, so none is sent."""
        given = Input(self._wire.connection, shapes.PROFILE_INPUT, "profile").creation(request.profile)
        body = columns.written(self._wire.connection, "profile", given, columns.PROFILE)
        made = await self._wire.create("profile", body, "the new profile")
        return received(rows.profile(made), shapes.PROFILE)

    async def update_profile(self, request: requests.UpdateProfile) -> Any:
        """Some fields of a customer."""
        wanted = Input(self._wire.connection, shapes.PROFILE_INPUT, "changes").changes(
            request.changes, request.clear
        )
        now = await self.get_profile(requests.ById(id=request.id))
        todo = differing(now, wanted)
        body = columns.written(self._wire.connection, "changes", todo, columns.PROFILE)
        if not body:
            return {**now, "changed": False}
        made = await self._wire.update("profile", request.id, body, _PROFILE)
        new = received(rows.profile(made), shapes.PROFILE)
        columns.refuse_ignored(self._wire.connection, "changes", now, new, todo)
        return {**new, "changed": True}

    async def list_addresses(self, request: requests.OfProfile) -> Any:
        """The addresses of a customer: their texts from one schema, their ids from the other, paired by their order
        where they agree on which is for invoices and which for parcels.
        """
        default, told = await together(
            [
                partial(self._wire.row, "profile", request.profile_id, _PROFILE),
                partial(self._wire.row, "profile", request.profile_id, _PROFILE, "complex"),
            ],
            2,
        )
        texts = [row for row in told.get("addresses") or () if isinstance(row, dict)]
        book = [row for row in default.get("addresses") or () if isinstance(row, dict)]
        if not _agree(book, texts):
            return received([rows.address(info) for info in texts], Many(shapes.ADDRESS))
        whole = await together(
            [partial(self._wire.row, "address", row["address_id"], _ADDRESS) for row in book],
            self._wire.config.at_once,
        )
        return [
            received(rows.address(info, row, more.get("state")), shapes.ADDRESS)
            for info, row, more in zip(texts, book, whole, strict=True)
        ]

    async def create_address(self, request: requests.CreateAddress) -> Any:
        """A new address, unless the customer has the very same."""
        given = Input(self._wire.connection, shapes.ADDRESS, "address").creation(request.address)
        body = columns.written(self._wire.connection, "address", given, columns.ADDRESS)
        owner = requests.OfProfile(profile_id=request.profile_id)
        for row in await self.list_addresses(owner):
            if holds(row, given):
                return {**row, "changed": False}
        body["profile"] = {"profile_id": request.profile_id}
        made = await self._wire.create("address", body, "the new address")
        return {**await self._address(request.profile_id, made.get("address_id")), "changed": True}

    async def update_address(self, request: requests.UpdateAddress) -> Any:
        """Some fields of an address."""
        wanted = Input(self._wire.connection, shapes.ADDRESS, "changes").changes(
            request.changes, request.clear
        )
        now = await self._address(request.profile_id, request.id)
        todo = differing(now, wanted)
        body = columns.written(self._wire.connection, "changes", todo, columns.ADDRESS)
        if not body:
            return {**now, "changed": False}
        await self._wire.update("address", request.id, body, _ADDRESS)
        new = await self._address(request.profile_id, request.id)
        columns.refuse_ignored(self._wire.connection, "changes", now, new, todo)
        return {**new, "changed": True}

    async def list_memberships(self, request: requests.ListMemberships) -> Any:
        """All memberships, each read by itself for its name."""
        what = "the memberships"
        listed = await self._wire.table("membership", what)
        reads = [partial(self._wire.row, "membership", row["membership_id"], what) for row in listed]
        found = await together(reads, self._wire.config.at_once)
        return [rows.membership(row, self._wire.config.classic_language) for row in found]

    async def _address(self, profile_id: int, address_id: Any) -> dict[str, Any]:
        found: list[dict[str, Any]] = await self.list_addresses(requests.OfProfile(profile_id=profile_id))
        for row in found:
            if row["id"] is not None and row["id"] == address_id:
                return row
        cause = Cause("not-found", target="id", connection=self._wire.connection)
        raise Rejected(f"{self._wire.connection}: profile {profile_id} has no address {address_id}", cause)


def _agree(book: list[dict[str, Any]], texts: list[dict[str, Any]]) -> bool:
    """Whether two lists of addresses are in the same order, as far as can be seen."""
    marks = [(bool(row.get("is_billing")), bool(row.get("is_shipping"))) for row in book]
    told = [
        (bool(row.get("isDefaultBillingAddress")), bool(row.get("isDefaultShippingAddress"))) for row in texts
    ]
    return marks == told


def _conditions(login: str | None) -> list[tuple[str, str]]:
    return [("[onlyReal]", "1"), *([("[login]", login)] if login else [])]
