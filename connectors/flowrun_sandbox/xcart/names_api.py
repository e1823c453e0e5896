"""Tables of names that products and profiles refer to: memberships, tax classes, product classes."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from flowrun_sandbox.xcart.orders_api import Handler, shop_of
from flowrun_sandbox.xcart.wire import Fields, Refused, many, one, sent


def routes() -> list[tuple[str, str, Handler]]:
    """Method, path and handler of every operation."""
    return [
        *Names("memberships", "Membership").routes(),
        *Names("tax_classes", "TaxClass").routes(),
        *Names("product_classes", "ProductClass").routes(),
    ]


class Names:
    """Create, read, update and delete for one table. Only memberships can be switched off."""

    def __init__(self, table: str, kind: str) -> None:
        self.table = table
        self.kind = kind
        self.fields: Fields = {"name": "string"}
        if table == "memberships":
            self.fields["enabled"] = "bool"

    def routes(self) -> list[tuple[str, str, Handler]]:
        """The five operations."""
        path = f"/{self.table}"
        return [
            ("GET", path, self.list_all),
            ("POST", path, self.create),
            ("GET", path + "/{id:int}", self.read),
            ("PUT", path + "/{id:int}", self.update),
            ("DELETE", path + "/{id:int}", self.delete),
        ]

    async def list_all(self, request: Request) -> Response:
        """All names."""
        names = list(self._rows(request))
        direction = request.query_params.get("order[name]", "").lower()
        if direction in {"asc", "desc"}:
            names.sort(reverse=direction == "desc")
        return many(request, names, lambda name: self._shape(request, name), self.kind)

    async def create(self, request: Request) -> Response:
        """A new name."""
        body = await sent(request, self.fields)
        self._refuse_taken(request, body.get("name"))
        self._rows(request)[body["name"]] = shop_of(request).next_id(self.table)
        self._enable(request, body["name"], body)
        return one(request, self._shape(request, body["name"]), self.kind, 201)

    async def read(self, request: Request) -> Response:
        """One name."""
        return one(request, self._shape(request, self._named(request)), self.kind)

    async def update(self, request: Request) -> Response:
        """Another name; what refers to it follows."""
        old, body = self._named(request), await sent(request, self.fields)
        if self.table == "tax_classes" and "name" not in body:  # a DTO of one field is not filled in before
            raise Refused(400, "Input validations failed: name is required")
        new = body.get("name", old)
        if new != old:
            self._refuse_taken(request, new)
            self._rows(request)[new] = self._rows(request).pop(old)
            self._replace(request, old, new)
        self._enable(request, new, body)
        return one(request, self._shape(request, new), self.kind)

    async def delete(self, request: Request) -> Response:
        """The name goes, from the products too."""
        gone = self._named(request)
        del self._rows(request)[gone]
        self._replace(request, gone, None)
        return Response(status_code=204)

    def _rows(self, request: Request) -> dict[str, int]:
        found: dict[str, int] = getattr(shop_of(request), self.table)
        return found

    def _named(self, request: Request) -> str:
        for name, id_ in self._rows(request).items():
            if id_ == request.path_params["id"]:
                return name
        raise Refused(404, "Not Found")

    def _shape(self, request: Request, name: str) -> dict[str, Any]:
        plain: dict[str, Any] = {"id": self._rows(request)[name], "name": name}
        if "enabled" in self.fields:
            plain["enabled"] = name not in shop_of(request).disabled_memberships
        return plain

    def _refuse_taken(self, request: Request, name: str | None) -> None:
        if not name or name in self._rows(request):
            raise Refused(400, "Input validations failed: name must be unique and not empty")

    def _enable(self, request: Request, name: str, body: dict[str, Any]) -> None:
        disabled = shop_of(request).disabled_memberships
        if "enabled" in body:
            (disabled.discard if body["enabled"] else disabled.add)(name)

    def _replace(self, request: Request, old: str, new: str | None) -> None:
        for product in shop_of(request).products.kept():
            if self.table != "memberships":
                attribute = "tax_class" if self.table == "tax_classes" else "product_class"
                if getattr(product, attribute) == old:
                    setattr(product, attribute, new)
            elif old in product.memberships:
                place = product.memberships.index(old)
                product.memberships[place : place + 1] = [new] if new else []
