"""A shop's catalogue of a given size, as X-Cart 5.5 answers it."""

from __future__ import annotations

import json
from typing import Any

from werkzeug import Request, Response

BROKEN = '{"title": "An error occurred", "detail": "Internal Server Error"}'
MISSING = '{"title": "An error occurred", "detail": "Not Found"}'


class Catalogue:
    """Products and variants as X-Cart 5.5 pages them. A test changes them as a shop's people would."""

    def __init__(self) -> None:
        self.products: dict[int, dict[str, Any]] = {}
        self.variants: dict[int, list[dict[str, Any]]] = {}
        self.asked: list[str] = []
        self.written: list[tuple[str, dict[str, Any]]] = []
        self.broken: set[str] = set()
        self.bad: set[int] = set()
        self.largest_page = 100
        self.hydra = False

    def add(self, number: int, sku: str, *variants: tuple[int, str | None, bool], amount: int = 5) -> None:
        """A product; of each variant its id, its SKU and whether it has a stock of its own."""
        stamp = f"2026-03-14T09:00:{len(self.products) % 60:02}+01:00"
        self.products[number] = {
            "id": number,
            "sku": sku,
            "name": f"{number:06}",
            "amount": amount,
            "update_date": stamp,
        }
        self.variants[number] = [
            {"id": id_, "sku": own, "amount": 1, "default_amount": not own_stock}
            for id_, own, own_stock in variants
        ]

    def __call__(self, request: Request) -> Response:
        path = request.path.removeprefix("/api/products").strip("/")
        self.asked.append(f"{request.method} {path}")
        if path in self.broken:
            return Response(BROKEN, 500)
        parts = path.split("/") if path else []
        if not parts:
            return self._page(request, list(self.products.values()))
        number = int(parts[0])
        if number not in self.products:
            return Response(MISSING, 404)
        if parts[1:] == ["variants"]:
            return self._page(request, self.variants[number])
        row = next((v for v in self.variants[number] if parts[1:] == ["variants", str(v["id"])]), None)
        return self._one(request, self.products[number] if len(parts) == 1 else row)

    def _one(self, request: Request, row: dict[str, Any] | None) -> Response:
        if row is None:
            return Response(MISSING, 404)
        if request.method == "PUT":
            body = json.loads(request.get_data())
            self.written.append((request.path, body))
            row.update(body)
        return Response(json.dumps(row), content_type="application/json")

    def _page(self, request: Request, rows: list[dict[str, Any]]) -> Response:
        page, size = int(request.args["page"]), min(int(request.args["itemsPerPage"]), self.largest_page)
        part = rows[(page - 1) * size : page * size]
        if self.bad & {row["id"] for row in part}:
            return Response(BROKEN, 500)
        if not self.hydra:
            return Response(json.dumps(part), content_type="application/json")
        view = {"hydra:next": "?page=2"} if page * size < len(rows) else {}
        body = {"hydra:member": part, "hydra:totalItems": len(rows), "hydra:view": view}
        return Response(json.dumps(body), content_type="application/ld+json")
