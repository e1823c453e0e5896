"""Customers, their addresses and memberships, as X-Cart 5.5 has them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flowrun.component import Page
from flowrun.expressions.shapes import Many
from flowrun_connectors.xcart import requests, shapes
from flowrun_connectors.xcart.customers import first_password, holds, with_custom_fields
from flowrun_connectors.xcart.records import Records
from flowrun_connectors.xcart.values import received

_PROFILES = "the list of profiles"


class Customers:
    """The customers of one shop."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._wire = records.wire

    async def get_profile(self, request: requests.ById) -> Any:
        """One customer."""
        return await self._records.one("get_profile", "the profile", shapes.PROFILE, id=request.id)

    async def list_profiles(self, request: requests.ListProfiles) -> Any:
        """Customers. Looked at again, since a filter that X-Cart does not know is ignored without a word."""
        path = self._wire.path("list_profiles")
        found = await self._records.all(path, _PROFILES, shapes.PROFILE, _query(request.login))
        return _with_login(found, request.login)

    async def page_of_profiles(self, request: requests.Behind) -> Page:
        """The customers behind those that were had."""
        reader, size = (
            self._records.reader(self._wire.path("list_profiles"), _PROFILES),
            self._records.page_size,
        )
        part = await reader.part(_query(request.login), request.had, size)
        rows = received(part.rows, Many(shapes.PROFILE))
        return Page(_with_login(rows, request.login), None if part.at_end else str(request.had + size))

    async def create_profile(self, request: requests.CreateProfile) -> Any:
        """A new customer."""
        given = self._records.input(shapes.PROFILE_INPUT, "profile").creation(request.profile)
        body = {"password": first_password(), **given}
        return await self._records.create(
            self._wire.path("create_profile"), "the new profile", shapes.PROFILE, body
        )

    async def update_profile(self, request: requests.UpdateProfile) -> Any:
        """Some fields of a customer."""
        wanted = self._records.input(shapes.PROFILE_INPUT, "changes").changes(request.changes, request.clear)
        now = await self.get_profile(requests.ById(id=request.id))
        path = self._wire.path("update_profile", id=request.id)
        return await self._records.update(path, "the profile", shapes.PROFILE, now, wanted)

    async def list_addresses(self, request: requests.OfProfile) -> Any:
        """The addresses of a customer."""
        path = self._wire.path("list_addresses", profile_id=request.profile_id)
        return await self._records.all(path, "the addresses", shapes.ADDRESS)

    async def create_address(self, request: requests.CreateAddress) -> Any:
        """A new address, unless the customer has the very same."""
        body = self._records.input(shapes.ADDRESS, "address").creation(request.address)
        for row in await self.list_addresses(requests.OfProfile(profile_id=request.profile_id)):
            if holds(row, body):
                return {**row, "changed": False}
        path = self._wire.path("create_address", profile_id=request.profile_id)
        return {**await self._records.create(path, "the new address", shapes.ADDRESS, body), "changed": True}

    async def update_address(self, request: requests.UpdateAddress) -> Any:
        """Some fields of an address."""
        wanted = self._records.input(shapes.ADDRESS, "changes").changes(request.changes, request.clear)
        parts = {"profile_id": request.profile_id, "id": request.id}
        now = await self._records.one("get_address", "the address", shapes.ADDRESS, **parts)
        path = self._wire.path("update_address", **parts)
        return await self._records.update(
            path, "the address", shapes.ADDRESS, now, with_custom_fields(now, wanted)
        )

    async def list_memberships(self, request: requests.ListMemberships) -> Any:
        """All memberships."""
        path = self._wire.path("list_memberships")
        return await self._records.all(path, "the memberships", shapes.MEMBERSHIP)


def _query(login: str | None) -> list[tuple[str, str]]:
    return [("login", login)] if login else []


def _with_login(rows: Iterable[dict[str, Any]], login: str | None) -> list[dict[str, Any]]:
    part = (login or "").lower()
    return [row for row in rows if part in str(row.get("login") or "").lower()]
