"""``/api/products``: products. Variants, prices and images have files of their own.

PUT is partial: what is not sent stays. Class, tax class and memberships are sent by name, though they come
out as objects, so an answer can never be sent back as it is. There is no search by SKU. Stock is written as
an absolute number, with nothing to guard it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from flowrun_sandbox.xcart import product_shapes as shapes
from flowrun_sandbox.xcart.model import Product
from flowrun_sandbox.xcart.orders_api import Handler, read_moment, shop_of
from flowrun_sandbox.xcart.shop import Shop
from flowrun_sandbox.xcart.wire import Fields, Refused, language, many, money, one, sent

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
    "separate_box": "bool",
    "free_shipping": "bool",
    "meta_description_type": "string",
    "taxable": "bool",
    "arrival_date": "string",
    "inventory_traceable": "bool",
    "amount": "int",
    "product_class": "?string",
    "tax_class": "?string",
    "memberships": "array",
    "clean_url": "string",
}
_SORTED_BY: dict[str, Callable[[Product], Any]] = {
    "name": lambda row: row.name,
    "price": lambda row: row.price,
    "arrivalDate": lambda row: row.arrival_date,
}
_NUMBERS = {"price", "weight", "width", "length", "height"}


def routes() -> list[tuple[str, str, Handler]]:
    """Method, path and handler of every operation."""
    return [
        ("GET", "/products", list_products),
        ("POST", "/products", create_product),
        ("GET", "/products/{pid:int}", read_product),
        ("PUT", "/products/{pid:int}", update_product),
        ("DELETE", "/products/{pid:int}", delete_product),
    ]


async def list_products(request: Request) -> Response:
    """All products; sorting is the only filter, and without it only the page's own rows are looked at."""
    shelf = shop_of(request).products
    ids = shelf.ids()
    for name, key in _SORTED_BY.items():
        direction = request.query_params.get(f"order[{name}]", "").lower()
        if direction in {"asc", "desc"}:
            ids = shelf.ordered(name, key)
            ids = ids[::-1] if direction == "desc" else ids
    return many(request, ids, lambda id_: _shape(request, shelf.look(id_)), "Product")


async def create_product(request: Request) -> Response:
    """A new product: a thousand pieces in stock unless said otherwise."""
    shop = shop_of(request)
    body = await sent(request, _PRODUCT)
    for name in ("sku", "name"):
        if name not in body:
            raise Refused(400, f"Input validations failed: {name} is required")
    now = shop.now()
    row = Product(0, "", "", Decimal(0), 1000, now, now, now, tax_class=None)
    _apply(shop, row, body, "en")
    row.id = shop.next_id("product")
    shop.products[row.id] = row
    return one(request, _shape(request, row), "Product", 201)


async def read_product(request: Request) -> Response:
    """One product."""
    row = shop_of(request).products.look(request.path_params["pid"])
    if row is None:
        raise Refused(404, "Not Found")
    return one(request, _shape(request, row), "Product")


async def update_product(request: Request) -> Response:
    """Changes what is sent, keeps the rest."""
    row = product_of(request)
    body = await sent(request, _PRODUCT)
    _apply(shop_of(request), row, body, language(request))
    row.update_date = shop_of(request).now()
    shop_of(request).tell_of_product(row)
    return one(request, _shape(request, row), "Product")


async def delete_product(request: Request) -> Response:
    """The product goes; order lines that name it stay and point at nothing."""
    shop_of(request).delete_product(product_of(request).id)
    return Response(status_code=204)


def _shape(request: Request, row: Product | None) -> dict[str, Any]:
    assert row is not None  # noqa: S101 - the ids are the shelf's own
    shop = shop_of(request)
    names = {
        "product_classes": shop.product_classes,
        "tax_classes": shop.tax_classes,
        "memberships": shop.memberships,
    }
    return shapes.product(row, shop.timezone, names, language(request))


def product_of(request: Request) -> Product:
    """The product of the path, for changing."""
    row = shop_of(request).products.get(request.path_params["pid"])
    if row is None:
        raise Refused(404, "Not Found")
    return row


def _apply(shop: Shop, row: Product, body: dict[str, Any], spoken: str) -> None:
    """All checks first, so that a refused body changes nothing. Texts are those of the caller's language."""
    failed = _failures(shop, row, body)
    if failed:
        raise Refused(400, f"Input validations failed: {'; '.join(failed)}")
    arrival: datetime | None = read_moment(body.pop("arrival_date", None), shop.timezone)
    row.arrival_date = arrival or row.arrival_date
    for name, value in body.items():
        if spoken == "de" and (name == "name" or name in _TEXT):
            row.german[name] = value
        elif name in _TEXT:
            row.texts[name] = value
        else:
            setattr(row, name, money(value) if name in _NUMBERS else value)


def _failures(shop: Shop, row: Product, body: dict[str, Any]) -> list[str]:
    failed = []
    sku, name = body.get("sku"), body.get("name")
    if sku is not None and not 1 <= len(sku) <= 32:
        failed.append("SKU must have 1 to 32 characters")
    if sku is not None and (holder := shop.product_by_sku(sku)) is not None and holder is not row:
        failed.append(f"SKU {sku} is not unique")
    if body.pop("meta_description_type", "A") not in {"A", "C"}:
        failed.append("meta_description_type must be A or C")
    if name is not None and not 1 <= len(name) <= 255:
        failed.append("name must have 1 to 255 characters")
    failed += [f"{key} must not be negative" for key in (*_NUMBERS, "amount") if body.get(key, 0) < 0]
    for key, known in (("product_class", shop.product_classes), ("tax_class", shop.tax_classes)):
        if body.get(key) is not None and body[key] not in known:
            failed.append(f"{key} '{body[key]}' does not exist")
    failed += [
        f"membership '{name}' does not exist"
        for name in body.get("memberships", ())
        if not isinstance(name, str) or name not in shop.memberships
    ]
    return failed
