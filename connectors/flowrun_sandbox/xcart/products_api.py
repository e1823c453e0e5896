"""``/api/products``: products, their variants and wholesale prices.

PUT is partial: what is not sent stays. Class, tax class and memberships are sent by name, though they come
out as objects, so an answer can never be sent back as it is. There is no search by SKU. Stock is written as
an absolute number, with nothing to guard it.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from flowrun_sandbox.xcart import shapes
from flowrun_sandbox.xcart.model import Product, Variant, WholesalePrice
from flowrun_sandbox.xcart.orders_api import Handler, read_moment, shop_of
from flowrun_sandbox.xcart.shop import Shop
from flowrun_sandbox.xcart.wire import Fields, Refused, many, money, one, sent

_TEXT: Fields = dict.fromkeys(shapes.TEXTS, "string")
_PRODUCT: Fields = _TEXT | {
    "sku": "string",
    "name": "string",
    "price": "float",
    "enabled": "bool",
    "weight": "float",
    "width": "float",
    "length": "float",
    "height": "float",
    "free_shipping": "bool",
    "taxable": "bool",
    "arrival_date": "string",
    "inventory_traceable": "bool",
    "amount": "int",
    "product_class": "?string",
    "tax_class": "?string",
    "memberships": "array",
    "clean_url": "string",
}
_VARIANT: Fields = {
    "price": "float",
    "default_price": "bool",
    "amount": "int",
    "default_amount": "bool",
    "weight": "float",
    "default_weight": "bool",
    "default_variant": "bool",
    "sku": "?string",
}
_WHOLESALE: Fields = {"type": "string", "price": "float", "quantity_range_begin": "int", "membership": "?int"}
_NUMBERS = {"price", "weight", "width", "length", "height"}


def routes() -> list[tuple[str, str, Handler]]:
    """Method, path and handler of every operation."""
    table: list[tuple[str, str, Handler]] = [
        ("GET", "/products", list_products),
        ("POST", "/products", create_product),
        ("GET", "/products/{pid:int}", read_product),
        ("PUT", "/products/{pid:int}", update_product),
        ("DELETE", "/products/{pid:int}", delete_product),
        ("GET", "/products/{pid:int}/variants", list_variants),
        ("POST", "/products/{pid:int}/variants", create_variant),
        ("GET", "/products/{pid:int}/variants/{vid:int}", read_variant),
        ("PUT", "/products/{pid:int}/variants/{vid:int}", update_variant),
        ("DELETE", "/products/{pid:int}/variants/{vid:int}", delete_variant),
    ]
    for owner in ("/products/{pid:int}", "/products/{pid:int}/variants/{vid:int}"):
        prices = f"{owner}/wholesale_prices"
        table += [
            ("GET", prices, list_wholesale_prices),
            ("POST", prices, create_wholesale_price),
            ("GET", prices + "/{id:int}", read_wholesale_price),
            ("PUT", prices + "/{id:int}", update_wholesale_price),
            ("DELETE", prices + "/{id:int}", delete_wholesale_price),
        ]
    return table


async def list_products(request: Request) -> Response:
    """All products; sorting is the only filter."""
    rows = sorted(shop_of(request).products.values(), key=lambda row: row.id)
    for name, key in (("name", "name"), ("price", "price"), ("arrivalDate", "arrival_date")):
        direction = request.query_params.get(f"order[{name}]", "").lower()
        if direction in {"asc", "desc"}:
            rows.sort(key=lambda row, key=key: getattr(row, key), reverse=direction == "desc")  # type: ignore[misc]  # a keyword default binds the loop's value
    return many(request, [_shape(request, row) for row in rows], "Product")


async def create_product(request: Request) -> Response:
    """A new product: a thousand pieces in stock unless said otherwise."""
    shop = shop_of(request)
    body = await sent(request, _PRODUCT)
    for name in ("sku", "name"):
        if name not in body:
            raise Refused(400, f"Input validations failed: {name} is required")
    now = shop.now()
    row = Product(0, "", "", Decimal(0), 1000, now, now, now, tax_class=None)
    _apply(shop, row, body)
    row.id = shop.next_id("product")
    shop.products[row.id] = row
    return one(request, _shape(request, row), "Product", 201)


async def read_product(request: Request) -> Response:
    """One product."""
    return one(request, _shape(request, _product(request)), "Product")


async def update_product(request: Request) -> Response:
    """Changes what is sent, keeps the rest."""
    row = _product(request)
    body = await sent(request, _PRODUCT)
    _apply(shop_of(request), row, body)
    row.update_date = shop_of(request).now()
    return one(request, _shape(request, row), "Product")


async def delete_product(request: Request) -> Response:
    """The product goes; order lines that name it stay and point at nothing."""
    shop, row = shop_of(request), _product(request)
    del shop.products[row.id]
    for order in shop.orders.values():
        for line in order.items:
            if line.product_id == row.id:
                line.product_id, line.name = None, row.name
    return Response(status_code=204)


def _shape(request: Request, row: Product) -> dict[str, Any]:
    shop = shop_of(request)
    names = {
        "product_classes": shop.product_classes,
        "tax_classes": shop.tax_classes,
        "memberships": shop.memberships,
    }
    return shapes.product(row, shop.timezone, names)


def _product(request: Request) -> Product:
    row = shop_of(request).products.get(request.path_params["pid"])
    if row is None:
        raise Refused(404, "Not Found")
    return row


def _apply(shop: Shop, row: Product, body: dict[str, Any]) -> None:
    """All checks first, so that a refused body changes nothing."""
    failed = _failures(shop, row, body)
    if failed:
        raise Refused(400, f"Input validations failed: {'; '.join(failed)}")
    arrival: datetime | None = read_moment(body.pop("arrival_date", None), shop.timezone)
    row.arrival_date = arrival or row.arrival_date
    for name, value in body.items():
        if name in _TEXT:
            row.texts[name] = value
        else:
            setattr(row, name, money(value) if name in _NUMBERS else value)


def _failures(shop: Shop, row: Product, body: dict[str, Any]) -> list[str]:
    failed = []
    sku, name = body.get("sku"), body.get("name")
    if sku is not None and not 1 <= len(sku) <= 32:
        failed.append("SKU must have 1 to 32 characters")
    if sku is not None and any(other.sku == sku and other is not row for other in shop.products.values()):
        failed.append(f"SKU {sku} is not unique")
    if name is not None and not 1 <= len(name) <= 255:
        failed.append("name must have 1 to 255 characters")
    failed += [f"{key} must not be negative" for key in (*_NUMBERS, "amount") if body.get(key, 0) < 0]
    for key, known in (("product_class", shop.product_classes), ("tax_class", shop.tax_classes)):
        if body.get(key) is not None and body[key] not in known:
            failed.append(f"{key} '{body[key]}' does not exist")
    failed += [
        f"membership '{name}' does not exist"
        for name in body.get("memberships", ())
        if name not in shop.memberships
    ]
    return failed


async def list_variants(request: Request) -> Response:
    """The variants of a product."""
    return many(request, [shapes.variant(row) for row in _product(request).variants.values()], "Variant")


async def create_variant(request: Request) -> Response:
    """A new variant; what is not sent is inherited."""
    product = _product(request)
    body = await sent(request, _VARIANT)
    _refuse_negative(body)
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
    """Changes what is sent, keeps the rest."""
    row = _variant(request)
    body = await sent(request, _VARIANT)
    _refuse_negative(body)
    _set(row, body)
    _product(request).update_date = shop_of(request).now()
    return one(request, shapes.variant(row), "Variant")


async def delete_variant(request: Request) -> Response:
    """The variant goes."""
    del _product(request).variants[_variant(request).id]
    return Response(status_code=204)


def _variant(request: Request) -> Variant:
    row = _product(request).variants.get(request.path_params["vid"])
    if row is None:
        raise Refused(404, "Not Found")
    return row


def _refuse_negative(body: dict[str, Any]) -> None:
    for name in ("price", "amount", "weight", "quantity_range_begin"):
        if body.get(name, 0) < 0:
            raise Refused(400, f"Input validations failed: {name} must not be negative")


def _set(row: Variant | WholesalePrice, body: dict[str, Any]) -> None:
    for name, value in body.items():
        setattr(row, name, money(value) if name in _NUMBERS else value)


def _prices(request: Request) -> dict[int, WholesalePrice]:
    return (_variant(request) if "vid" in request.path_params else _product(request)).wholesale_prices


def _price(request: Request) -> WholesalePrice:
    row = _prices(request).get(request.path_params["id"])
    if row is None:
        raise Refused(404, "Not Found")
    return row


async def list_wholesale_prices(request: Request) -> Response:
    """Prices by quantity and membership."""
    return many(request, [shapes.wholesale_price(row) for row in _prices(request).values()], "WholesalePrice")


async def create_wholesale_price(request: Request) -> Response:
    """A new step."""
    prices = _prices(request)
    body = await sent(request, _WHOLESALE)
    _refuse_negative(body)
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
    body = await sent(request, _WHOLESALE)
    _refuse_negative(body)
    _set(row, body)
    return one(request, shapes.wholesale_price(row), "WholesalePrice")


async def delete_wholesale_price(request: Request) -> Response:
    """The step goes."""
    del _prices(request)[_price(request).id]
    return Response(status_code=204)
