"""A small project for tests: a shop and an ERP in memory, both real connectors, with a few operations each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from flowrun.component import Config, Connector, Duration, Facts, Registry, Secret, Url, field, operation
from flowrun.expressions.shapes import (
    BOOLEAN,
    DATETIME,
    DECIMAL,
    INTEGER,
    TEXT,
    Many,
    Record,
    Scalar,
    Shape,
    record,
)
from flowrun.language.workspace import Workspace, read_workspace
from flowrun.steps import step_kinds

CASES = Path(__file__).parents[1] / "cases"

ADDRESS = record(
    "address", firstname=TEXT, city=TEXT, country_code=TEXT, custom=Many(record(name=TEXT, value=TEXT))
)
LINE = record("item", sku=TEXT, amount=DECIMAL, price=DECIMAL, discounts=Many(record("discount", code=TEXT)))
ORDER = record(
    "order",
    id=INTEGER,
    order_number=INTEGER,
    currency=TEXT,
    total=DECIMAL,
    paid=BOOLEAN,
    create_date=DATETIME,
    notes=TEXT,
    items=Many(LINE),
    billing_address=ADDRESS,
)
EVENT = record("event", id=INTEGER, order_number=INTEGER, update_date=INTEGER)
ITEM_ENTITY = record(
    "Item",
    Material=Scalar("text", max_length=8),
    Quantity=Scalar("decimal", precision=5, scale=2),
    ItemNumber=Scalar("text", creatable=False),
)
ENTITY = record(
    "Order",
    Type=Scalar("text", max_length=4),
    Number=Scalar("text", max_length=10, creatable=False, key=True),
    Reference=Scalar("text", max_length=12),
    Currency=Scalar("text", max_length=3),
    Net=Scalar("decimal", precision=7, scale=2),
    Count=Scalar("integer"),
    Complete=Scalar("boolean"),
    Day=Scalar("date"),
    to_Item=Many(ITEM_ENTITY),
    to_Partner=record("Partner", Name=Scalar("text", max_length=10)),
)


class ShopConfig(Config):
    """A shop."""

    url: Url = field(description="Where it is.", examples=["https://shop.example.com"])
    token: Secret = field(description="The key of its API.")
    timeout: Duration = field(Duration(30.0), description="How long to wait.")
    page_size: int = field(50, description="Records in a page.", least=1)
    strict: bool = field(False, description="Refuse what is unknown.")


class Asked(Config):
    """Which order."""

    id: int = field(description="The order's id.")


class Listed(Config):
    """Which orders."""

    changed_since: str | None = field(None, description="The moment.")
    limit: int = field(10, description="How many.")


class StatusChange(Config):
    """A status of an order."""

    id: int = field(description="The order's id.")
    status: str = field(description="The new status.")


class Shop(Connector[ShopConfig]):
    """A shop in memory."""

    name: ClassVar[str] = "shop"
    Config = ShopConfig
    events: ClassVar[Mapping[str, Record]] = {"order_placed": EVENT, "order_changed": EVENT}

    @operation(reads=True, returns=ORDER)
    async def get_order(self, request: Asked) -> dict[str, Any]:
        """One order."""
        return {"id": request.id}

    @operation(reads=True, returns=Many(EVENT))
    async def list_orders(self, request: Listed) -> list[Any]:
        """The orders that changed."""
        return [request.limit]

    @operation(repeatable=True)
    async def set_status(self, request: StatusChange) -> None:
        """Changes an order's status."""

    @operation()
    async def add_note(self, request: StatusChange) -> None:
        """Adds a note; done twice, there are two."""


class ErpConfig(Config):
    """An ERP."""

    url: Url = field(description="Where it is.")
    password: Secret | None = field(None, description="The password.")


class Upserted(Config):
    """A record and how it is found again."""

    entity: str = field(description="The entity.", constant=True)
    by: list[str] = field(description="The business key.", constant=True)
    data: Mapping[str, Any] = field(description="The record.")


class Created(Config):
    """A record."""

    entity: str = field(description="The entity.", constant=True)
    data: Mapping[str, Any] = field(description="The record.")


class Erp(Connector[ErpConfig]):
    """An ERP in memory."""

    name: ClassVar[str] = "erp"
    Config = ErpConfig

    @operation(repeatable=True)
    async def upsert(self, request: Upserted) -> dict[str, Any]:
        """Creates or changes a record."""
        return dict(request.data)

    @operation(repeatable=False)
    async def create(self, request: Created) -> dict[str, Any]:
        """Creates a record."""
        return dict(request.data)

    @classmethod
    def result_shape(cls, operation_name: str, constants: Mapping[str, Any], facts: Facts) -> Shape:
        return (
            ENTITY
            if constants.get("entity") == "Order"
            else super().result_shape(operation_name, constants, facts)
        )

    @classmethod
    def target_shape(cls, target: str, facts: Facts) -> Record | str:
        return ENTITY if target == "Order" else f"there is no entity `{target}`; known: Order"


REGISTRY = Registry.of(step_kinds(), [Shop, Erp])

PROJECT = """\
project: small
timezone: Europe/Berlin
country: DE
environments:
  test:
    connections:
      shop: {shop: {url: "http://127.0.0.1:1", token: secret-token}}
      erp: {erp: {url: "http://127.0.0.1:2"}}
    values: {order_type: OR, limit: 100}
"""
LOOKUPS = {
    "country.csv": "code,name,language\nDE,Deutschland,DE\nAT,Österreich,DE\n",
    "material.csv": "sku;material\nA-1;FG-1\n5;FG-5\ntrue;FG-T\n",
}
BUYER = """\
flow: buyer
title: A buyer is found or made
inputs: {email: the e-mail address, address: the billing address}
steps:
  - id: name
    extract: {first: event.address.firstname}
result: {number: {from: name.first}}
"""


def write_project(folder: Path, files: Mapping[str, str | bytes], *, project: str = PROJECT) -> None:
    """The small project in a folder, with these files added or put in place of its own."""
    whole: dict[str, str | bytes] = {"flowrun.yaml": project, "flows/buyer.yaml": BUYER}
    whole |= {f"lookups/{name}": text for name, text in LOOKUPS.items()} | dict(files)
    for name, content in whole.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def read_small(folder: Path, files: Mapping[str, str | bytes], *, project: str = PROJECT) -> Workspace:
    """The same, read and checked."""
    write_project(folder, files, project=project)
    return read_workspace(folder, REGISTRY, {})
