"""``/api/profiles`` and their addresses.

A profile has no name and no telephone number: both live in its addresses. Guests have profiles like everybody
else. Only real profiles are listed; the frozen copy that every order holds is not reachable.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from flowrun_sandbox.shoppers import STATES
from flowrun_sandbox.xcart import shapes
from flowrun_sandbox.xcart.model import Address, Profile
from flowrun_sandbox.xcart.orders_api import BOUNDS, Handler, read_moment, shop_of
from flowrun_sandbox.xcart.shop import Shop
from flowrun_sandbox.xcart.wire import Fields, Refused, many, one, sent

_PROFILE: Fields = {
    "login": "string",
    "password": "string",
    "access_level": "int",
    "status": "string",
    "status_comment": "string",
    "language": "string",
    "membership_id": "?int",
    "pending_membership_id": "?int",
    "force_change_password": "bool",
}
_ADDRESS: Fields = {
    "is_billing": "bool",
    "is_shipping": "bool",
    "is_work": "bool",
    "type": "string",
    "title": "string",
    "firstname": "string",
    "lastname": "string",
    "phone": "string",
    "street": "string",
    "zipcode": "string",
    "city": "string",
    "country_code": "string",
    "state": "?int",
    "state_name": "string",
    "custom_fields": "array",
}


def routes() -> list[tuple[str, str, Handler]]:
    """Method, path and handler of every operation."""
    return [
        ("GET", "/profiles", list_profiles),
        ("POST", "/profiles", create_profile),
        ("GET", "/profiles/{pid:int}", read_profile),
        ("PUT", "/profiles/{pid:int}", update_profile),
        ("DELETE", "/profiles/{pid:int}", delete_profile),
        ("GET", "/profiles/{pid:int}/addresses", list_addresses),
        ("POST", "/profiles/{pid:int}/addresses", create_address),
        ("GET", "/profiles/{pid:int}/addresses/{id:int}", read_address),
        ("PUT", "/profiles/{pid:int}/addresses/{id:int}", update_address),
        ("DELETE", "/profiles/{pid:int}/addresses/{id:int}", delete_address),
    ]


async def list_profiles(request: Request) -> Response:
    """Accounts, by part of the login or by the day they were made."""
    shop, params = shop_of(request), request.query_params
    rows = sorted(shop.profiles.values(), key=lambda row: row.id)
    login = params.get("login")
    if login:
        rows = [row for row in rows if login.lower() in row.login.lower()]
    text = params.get("searchFakeField", "").lower()
    if text:
        rows = [row for row in rows if text in row.login.lower() or any(text in name for name in _names(row))]
    for bound, keeps in BOUNDS.items():
        moment = read_moment(params.get(f"added[{bound}]"), shop.timezone)
        if moment is not None:
            rows = [row for row in rows if keeps(row.create_date, moment)]
        moment = read_moment(params.get(f"first_login[{bound}]"), shop.timezone)
        if moment is not None:
            rows = [row for row in rows if row.first_login_date and keeps(row.first_login_date, moment)]
    return many(request, rows, shapes.profile, "Profile")


def _names(row: Profile) -> list[str]:
    return [f"{part.firstname} {part.lastname}".lower() for part in row.addresses.values()]


async def create_profile(request: Request) -> Response:
    """A new account; the login has to be free."""
    shop = shop_of(request)
    body = await sent(request, _PROFILE)
    for name in ("login", "password"):
        if not body.get(name):
            raise Refused(400, f'Field "{name}" is required')
    _check_profile(shop, None, body)
    row = Profile(shop.next_id("profile"), body["login"], shop.now())
    _set(row, body)
    shop.profiles[row.id] = row
    return one(request, shapes.profile(row), "Profile", 201)


async def read_profile(request: Request) -> Response:
    """One account."""
    return one(request, shapes.profile(_profile(request)), "Profile")


async def update_profile(request: Request) -> Response:
    """Changes what is sent, keeps the rest."""
    row = _profile(request)
    body = await sent(request, _PROFILE)
    _check_profile(shop_of(request), row, body)
    _set(row, body)
    shop_of(request).login_changed()
    shop_of(request).announce("profile_changed", {"id": row.id})
    return one(request, shapes.profile(row), "Profile")


async def delete_profile(request: Request) -> Response:
    """The account goes; its orders stay and belong to nobody."""
    shop_of(request).delete_profile(_profile(request).id)
    return Response(status_code=204)


def _profile(request: Request) -> Profile:
    row = shop_of(request).profiles.get(request.path_params["pid"])
    if row is None:
        raise Refused(404, "Not Found")
    return row


def _check_profile(shop: Shop, row: Profile | None, body: dict[str, Any]) -> None:
    login = body.get("login")
    holder = shop.profile_by_login(login) if login else None
    if holder is not None and holder is not row:
        raise Refused(400, 'Field "login" must be unique')
    if "password" in body and len(body["password"]) < 8:
        raise Refused(400, 'Field "password" must have at least 8 characters')
    if body.get("access_level", 0) not in {0, 100} or body.get("status", "E") not in {"E", "D"}:
        raise Refused(400, "Input validations failed: access_level is 0 or 100, status is E or D")
    if body.get("membership_id") is not None and body["membership_id"] not in shop.memberships.values():
        raise Refused(400, f"Membership with ID {body['membership_id']} not found")


def _set(row: Profile | Address, body: dict[str, Any]) -> None:
    for name, value in body.items():
        if name != "password":
            setattr(row, name, value)


async def list_addresses(request: Request) -> Response:
    """The address book of an account."""
    return many(request, list(_profile(request).addresses.values()), _plain, "Address")


async def create_address(request: Request) -> Response:
    """A new address; which fields it needs is the shop's setting."""
    shop, profile = shop_of(request), _profile(request)
    body = await sent(request, _ADDRESS)
    _refuse_bad(shop, body)
    row = Address(shop.next_id("address"), "", "", "", "", "", "")
    _set(row, _with_state(body))
    profile.addresses[row.id] = row
    return one(request, _plain(row), "Address", 201)


async def read_address(request: Request) -> Response:
    """One address."""
    return one(request, _plain(_address(request)), "Address")


async def update_address(request: Request) -> Response:
    """Changes what is sent; a sent list of custom fields replaces the old one whole."""
    row = _address(request)
    body = await sent(request, _ADDRESS)
    _refuse_bad(shop_of(request), _plain(row) | body)
    _set(row, _with_state(body))
    shop_of(request).announce("profile_changed", {"id": request.path_params["pid"]})
    return one(request, _plain(row), "Address")


async def delete_address(request: Request) -> Response:
    """The address goes."""
    del _profile(request).addresses[_address(request).id]
    return Response(status_code=204)


def _plain(row: Address) -> dict[str, Any]:
    return shapes.address(row) or {}


def _address(request: Request) -> Address:
    row = _profile(request).addresses.get(request.path_params["id"])
    if row is None:
        raise Refused(404, "Not Found")
    return row


def _refuse_bad(shop: Shop, body: dict[str, Any]) -> None:
    if body.get("type", "") not in {"", "R", "C"}:
        raise Refused(400, "Input validations failed: type must be R or C")
    for row in body.get("custom_fields", ()):
        if not isinstance(row, dict) or not isinstance(row.get("name"), str):
            raise Refused(400, "Input validations failed: custom_fields must be a list of name and value")
    for name in shop.settings.required_address_fields:
        if not body.get(name):
            raise Refused(400, f'Field "{name}" is required')


def _with_state(body: dict[str, Any]) -> dict[str, Any]:
    """The state's number and its name follow each other; custom fields become a table."""
    names = {id_: name for name, id_ in STATES.items()}
    if body.get("state") in names:
        body["state_name"] = names[body["state"]]
    elif body.get("state_name"):
        body["state"] = STATES.get(body["state_name"])
    if "custom_fields" in body:
        body["custom_fields"] = {row["name"]: str(row.get("value", "")) for row in body["custom_fields"]}
    return body
