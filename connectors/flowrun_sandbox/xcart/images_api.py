"""Pictures of products: their place, text and address. The sandbox keeps no bytes and fetches none."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from flowrun_sandbox.xcart import product_shapes as shapes
from flowrun_sandbox.xcart.model import Image
from flowrun_sandbox.xcart.orders_api import Handler, shop_of
from flowrun_sandbox.xcart.products_api import product_of
from flowrun_sandbox.xcart.wire import Fields, Refused, one, sent

_IMAGE: Fields = {
    "position": "int",
    "alt": "string",
    "externalUrl": "string",
    "attachment": "string",
    "filename": "string",
}


def routes() -> list[tuple[str, str, Handler]]:
    """Method, path and handler of every operation. There is no list: the product has it."""
    return [
        ("POST", "/products/{pid:int}/images", create_image),
        ("GET", "/products/{pid:int}/images/{id:int}", read_image),
        ("PUT", "/products/{pid:int}/images/{id:int}", update_image),
        ("DELETE", "/products/{pid:int}/images/{id:int}", delete_image),
    ]


async def create_image(request: Request) -> Response:
    """A picture by its address, or as base64 with a file name."""
    product, body = product_of(request), await sent(request, _IMAGE)
    if not body.get("externalUrl") and not (body.get("attachment") and body.get("filename")):
        raise Refused(400, "Input validations failed: externalUrl or attachment with filename is required")
    row = Image(shop_of(request).next_id("image"), "")
    _set(row, body)
    product.images[row.id] = row
    return one(request, shapes.image(row), "ProductImage", 201)


async def read_image(request: Request) -> Response:
    """One picture."""
    return one(request, shapes.image(_image(request)), "ProductImage")


async def update_image(request: Request) -> Response:
    """Changes what is sent, keeps the rest."""
    row = _image(request)
    _set(row, await sent(request, _IMAGE))
    return one(request, shapes.image(row), "ProductImage")


async def delete_image(request: Request) -> Response:
    """The picture goes."""
    del product_of(request).images[_image(request).id]
    return Response(status_code=204)


def _image(request: Request) -> Image:
    row = product_of(request).images.get(request.path_params["id"])
    if row is None:
        raise Refused(404, "Not Found")
    return row


def _set(row: Image, body: dict[str, Any]) -> None:
    row.position, row.alt = body.get("position", row.position), body.get("alt", row.alt)
    if body.get("externalUrl"):
        row.url = body["externalUrl"]
    elif body.get("filename"):
        row.url = f"https://shop.example.com/images/product/{body['filename']}"
