"""``/api/categories`` and the products in them. A list without ``parent`` holds the root level only."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from flowrun_sandbox.xcart import product_shapes as shapes
from flowrun_sandbox.xcart.model import Category
from flowrun_sandbox.xcart.orders_api import Handler, shop_of
from flowrun_sandbox.xcart.shop import Shop
from flowrun_sandbox.xcart.wire import Fields, Refused, many, one, sent

_CATEGORY: Fields = {
    "name": "string",
    "enabled": "bool",
    "show_title": "bool",
    "position": "int",
    "memberships": "array",
    "parent": "?int",
    "clean_url": "string",
    "description": "string",
    "meta_tags": "string",
    "meta_description": "string",
    "meta_title": "string",
}


def routes() -> list[tuple[str, str, Handler]]:
    """Method, path and handler of every operation."""
    one_category = "/categories/{id:int}"
    return [
        ("GET", "/categories", list_categories),
        ("POST", "/categories", create_category),
        ("GET", one_category, read_category),
        ("PUT", one_category, update_category),
        ("DELETE", one_category, delete_category),
        ("PUT", one_category + "/move", move_category),
        ("GET", one_category + "/stats", read_stats),
        ("GET", one_category + "/products", list_products),
        ("POST", one_category + "/products", add_product),
        ("DELETE", one_category + "/products/{pid:int}", remove_product),
    ]


async def list_categories(request: Request) -> Response:
    """The children of one category, or the root level."""
    parent = request.query_params.get("parent", "")
    wanted = int(parent) if parent.isdecimal() else None
    rows = [row for row in shop_of(request).categories.values() if row.parent == wanted]
    direction = request.query_params.get("order[position]", "").lower()
    rows.sort(key=lambda row: row.id if not direction else row.position, reverse=direction == "desc")
    return many(request, rows, shapes.category, "Category")


async def create_category(request: Request) -> Response:
    """A new category."""
    shop, body = shop_of(request), await sent(request, _CATEGORY)
    if not body.get("name"):
        raise Refused(400, "Input validations failed: name is required")
    _check(shop, body)
    row = Category(shop.next_id("category"), "")
    _set(row, body)
    shop.categories[row.id] = row
    return one(request, shapes.category(row), "Category", 201)


async def read_category(request: Request) -> Response:
    """One category."""
    return one(request, shapes.category(_category(request)), "Category")


async def update_category(request: Request) -> Response:
    """Changes what is sent, keeps the rest."""
    row = _category(request)
    body = await sent(request, _CATEGORY)
    _check(shop_of(request), body)
    _set(row, body)
    return one(request, shapes.category(row), "Category")


async def move_category(request: Request) -> Response:
    """To another parent, another position."""
    row = _category(request)
    body = await sent(request, {"parent": "?int", "position": "int"})
    _check(shop_of(request), body)
    _set(row, body)
    return one(request, shapes.category(row), "Category")


async def delete_category(request: Request) -> Response:
    """The category goes, and all below it."""
    _delete(shop_of(request), _category(request).id)
    return Response(status_code=204)


def _delete(shop: Shop, id_: int) -> None:
    del shop.categories[id_]
    for child in [row.id for row in shop.categories.values() if row.parent == id_]:
        _delete(shop, child)


async def read_stats(request: Request) -> Response:
    """How much is in it."""
    shop, row = shop_of(request), _category(request)
    children = sum(other.parent == row.id for other in shop.categories.values())
    shape = {"id": row.id, "products_count": len(row.products), "subcategories_count": children}
    return one(request, shape, "CategoryStats")


async def list_products(request: Request) -> Response:
    """The ids of its products."""
    return many(request, _category(request).products, lambda id_: {"product_id": id_}, "CategoryProduct")


async def add_product(request: Request) -> Response:
    """A product into the category; twice is once."""
    row = _category(request)
    id_ = (await sent(request, {"product_id": "int"})).get("product_id", 0)
    if id_ not in shop_of(request).products:
        raise Refused(400, f"Product with ID {id_} not found")
    if id_ not in row.products:
        row.products.append(id_)
    return one(request, {"product_id": id_}, "CategoryProduct", 201)


async def remove_product(request: Request) -> Response:
    """The product leaves the category and stays in the shop."""
    row, id_ = _category(request), request.path_params["pid"]
    if id_ not in row.products:
        raise Refused(404, "Not Found")
    row.products.remove(id_)
    return Response(status_code=204)


def _category(request: Request) -> Category:
    row = shop_of(request).categories.get(request.path_params["id"])
    if row is None:
        raise Refused(404, "Not Found")
    return row


def _check(shop: Shop, body: dict[str, Any]) -> None:
    parent = body.get("parent")
    if parent is not None and parent not in shop.categories:
        raise Refused(400, f"Category with ID {parent} not found")
    for name in body.get("memberships", ()):
        if not isinstance(name, str) or name not in shop.memberships:
            raise Refused(400, f"Input validations failed: membership '{name}' does not exist")


def _set(row: Category, body: dict[str, Any]) -> None:
    for name, value in body.items():
        if name in shapes.TEXTS:
            row.texts[name] = value
        else:
            setattr(row, name, value)
