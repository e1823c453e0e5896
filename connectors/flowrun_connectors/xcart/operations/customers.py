"""Operations on customers."""

from __future__ import annotations

from typing import Any

from flowrun.component import operation
from flowrun.expressions.shapes import Many
from flowrun_connectors.xcart import requests, shapes
from flowrun_connectors.xcart.operations.shop import ShopConnector


class CustomerOperations(ShopConnector):
    """Customers, their addresses and memberships."""

    @operation(reads=True, returns=shapes.PROFILE)
    async def get_profile(self, request: requests.ById) -> Any:
        """Reads one customer. Names and phone numbers are in the addresses, not here."""
        return await self._do("get_profile", request)

    @operation(reads=True, returns=Many(shapes.PROFILE), paged=True)
    async def list_profiles(self, request: requests.ListProfiles) -> Any:
        """Reads customers. `login` finds every address that contains it, so compare before you choose."""
        return await self._do("list_profiles", request)

    @operation(returns=shapes.PROFILE)
    async def create_profile(self, request: requests.CreateProfile) -> Any:
        """Creates a customer. The `login` must be new."""
        return await self._do("create_profile", request)

    @operation(repeatable=True, returns=shapes.changed(shapes.PROFILE))
    async def update_profile(self, request: requests.UpdateProfile) -> Any:
        """Changes some fields of a customer; the others stay as they are.

        What is so already is not sent; when nothing differs, `changed` is false. A password cannot be compared,
        so it is sent each time.
        """
        return await self._do("update_profile", request)

    @operation(reads=True, returns=Many(shapes.ADDRESS))
    async def list_addresses(self, request: requests.OfProfile) -> Any:
        """Reads the addresses of a customer."""
        return await self._do("list_addresses", request)

    @operation(repeatable=True, returns=shapes.changed(shapes.ADDRESS))
    async def create_address(self, request: requests.CreateAddress) -> Any:
        """Creates an address, unless the customer has the very same one.

        Then that one is the result, with `changed` false.
        """
        return await self._do("create_address", request)

    @operation(repeatable=True, returns=shapes.changed(shapes.ADDRESS))
    async def update_address(self, request: requests.UpdateAddress) -> Any:
        """Changes some fields of an address; the others stay as they are, custom fields too.

        What is so already is not sent; when nothing differs, `changed` is false.
        """
        return await self._do("update_address", request)

    @operation(reads=True, returns=Many(shapes.MEMBERSHIP))
    async def list_memberships(self, request: requests.ListMemberships) -> Any:
        """Reads the memberships, which prices and customers refer to."""
        return await self._do("list_memberships", request)
