"""Variants of a product, and wholesale prices of a product or a variant.

A variant inherits what its ``default_*`` marks say, and its own value is then idle. Stock is absolute here too.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from flowrun_sandbox.xcart import product_shapes as shapes
from flowrun_sandbox.xcart.model import Variant, WholesalePrice
from flowrun_sandbox.xcart.orders_api import Handler, shop_of
from flowrun_sandbox.xcart.products_api import product_of
from flowrun_sandbox.xcart.wire import Fields, Refused, many, money, one, sent

_VARIANT: Fields = {
    "price": "float",
    "default_price": "bool",
    "amount": "int",
    "default_amount": "bool",
    "weight": "float",
    "default_weight": "bool",
    "default_variant": "bool",
    "sku": "?string",
    "image": "?array",
}
_WHOLESALE: Fields = {"type": "string", "price": "float", "quantity_range_begin": "int", "membership": "?int"}
_NUMBERS = {"price", "weight"}
_LONGEST_SKU = 32


def routes() -> list[tuple[str, str, Handler]]:
    """Method, path and handler of every operation."""
    variants = "/products/{pid:int}/variants"
    table: list[tuple[str, str, Handler]] = [
        ("GET", variants, list_variants),
        ("POST", variants, create_variant),
        ("GET", variants + "/{vid:int}", read_variant),
        ("PUT", variants + "/{vid:int}", update_variant),
        ("DELETE", variants + "/{vid:int}", delete_variant),
    ]
    for owner in ("/products/{pid:int}", variants + "/{vid:int}"):
        prices = f"{owner}/wholesale_prices"
        table += [
            ("GET", prices, list_wholesale_prices),
            ("POST", prices, create_wholesale_price),
            ("GET", prices + "/{id:int}", read_wholesale_price),
            ("PUT", prices + "/{id:int}", update_wholesale_price),
            ("DELETE", prices + "/{id:int}", delete_wholesale_price),
        ]
    return table


async def list_variants(request: Request) -> Response:
    """The variants of a product."""
    row = shop_of(request).products.look(request.path_params["pid"])
    if row is None:
        raise Refused(404, "Not Found")
    return many(request, list(row.variants.values()), shapes.variant, "Variant")


async def create_variant(request: Request) -> Response:
    """A new variant; what is not sent is inherited."""
    product = product_of(request)
    body = await sent(request, _VARIANT)
    _refuse_bad(body)
    row = Variant(
        shop_of(request).next_id("variant"), None, product.price, 0, product.weight, default_amount=True
    )
    _set(row, body)
    product.variants[row.id] = row
    return one(request, shapes.variant(row), "Variant", 201)


async def read_variant(request: Request) -> Response:
    """One variant."""
    return one(request, shapes.variant(_variant(request)), "Variant")


async def update_variant(request: Request) -> Response:
    """Changes what is sent, keeps the rest; an image that is sent as null is taken off."""
    row = _variant(request)
    body = await sent(request, _VARIANT)
    _refuse_bad(body)
    _set(row, body)
    product_of(request).update_date = shop_of(request).now()
    shop_of(request).tell_of_product(product_of(request))
    return one(request, shapes.variant(row), "Variant")


async def delete_variant(request: Request) -> Response:
    """The variant goes."""
    del product_of(request).variants[_variant(request).id]
    return Response(status_code=204)


def _variant(request: Request) -> Variant:
    row = product_of(request).variants.get(request.path_params["vid"])
    if row is None:
        raise Refused(404, "Not Found")
    return row


def _refuse_bad(body: dict[str, Any]) -> None:
    for name in ("price", "amount", "weight", "quantity_range_begin"):
        if body.get(name, 0) < 0:
            raise Refused(400, f"Input validations failed: {name} must not be negative")
    if len(body.get("sku") or "") > _LONGEST_SKU:
        raise Refused(400, "Input validations failed: SKU must have 1 to 32 characters")


def _set(row: Variant | WholesalePrice, body: dict[str, Any]) -> None:
    for name, value in body.items():
        setattr(row, name, money(value) if name in _NUMBERS else value)


def _prices(request: Request) -> dict[int, WholesalePrice]:
    return (_variant(request) if "vid" in request.path_params else product_of(request)).wholesale_prices


def _price(request: Request) -> WholesalePrice:
    row = _prices(request).get(request.path_params["id"])
    if row is None:
        raise Refused(404, "Not Found")
    return row


async def _wholesale(request: Request) -> dict[str, Any]:
    body = await sent(request, _WHOLESALE)
    _refuse_bad(body)
    if body.get("type", "price") not in {"price", "percent"}:
        raise Refused(400, "Input validations failed: type must be price or percent")
    membership = body.get("membership")
    if membership is not None and shop_of(request).membership_name(membership) is None:
        raise Refused(400, f"Membership with ID {membership} not found")
    return body


async def list_wholesale_prices(request: Request) -> Response:
    """Prices by quantity and membership."""
    return many(request, list(_prices(request).values()), shapes.wholesale_price, "WholesalePrice")


async def create_wholesale_price(request: Request) -> Response:
    """A new step."""
    prices = _prices(request)
    body = await _wholesale(request)
    row = WholesalePrice(shop_of(request).next_id("wholesale_price"), Decimal(0))
    _set(row, body)
    prices[row.id] = row
    return one(request, shapes.wholesale_price(row), "WholesalePrice", 201)


async def read_wholesale_price(request: Request) -> Response:
    """One step."""
    return one(request, shapes.wholesale_price(_price(request)), "WholesalePrice")


async def update_wholesale_price(request: Request) -> Response:
    """Changes what is sent, keeps the rest."""
    row = _price(request)
    body = await _wholesale(request)
    _set(row, body)
    return one(request, shapes.wholesale_price(row), "WholesalePrice")


async def delete_wholesale_price(request: Request) -> Response:
    """The step goes."""
    del _prices(request)[_price(request).id]
    return Response(status_code=204)
