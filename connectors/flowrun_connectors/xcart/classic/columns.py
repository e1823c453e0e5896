"""What a write sends to the classic tables: 5.5's fields under the names of their columns.

Only flat columns and single associations by id are written. A list of an association (`translations`, `items`)
would edit its rows, so what would need one is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowrun.errors import Cause, Rejected
from flowrun_connectors.xcart.values import differing

Columns = Mapping[str, str | tuple[str, str]]
"""The column of a field; for an association, its name and the name of its key."""

PRODUCT: Columns = {
    "sku": "sku",
    "name": "name",
    "description": "description",
    "brief_description": "briefDescription",
    "meta_tags": "metaTags",
    "meta_description": "metaDesc",
    "meta_title": "metaTitle",
    "price": "price",
    "amount": "amount",
    "weight": "weight",
    "enabled": "enabled",
    "taxable": "taxable",
    "free_shipping": "free_shipping",
    "inventory_traceable": "inventoryEnabled",
}
VARIANT: Columns = {
    "sku": "sku",
    "price": "price",
    "default_price": "defaultPrice",
    "amount": "amount",
    "default_amount": "defaultAmount",
    "weight": "weight",
    "default_weight": "defaultWeight",
    "default_variant": "defaultValue",
}
PROFILE: Columns = {
    "login": "login",
    "status": "status",
    "status_comment": "statusComment",
    "language": "language",
    "membership_id": ("membership", "membership_id"),
}
ADDRESS: Columns = {
    "title": "title",
    "firstname": "firstname",
    "lastname": "lastname",
    "street": "street",
    "city": "city",
    "zipcode": "zipcode",
    "phone": "phone",
    "type": "address_type",
    "is_billing": "is_billing",
    "is_shipping": "is_shipping",
    "is_work": "isWork",
    "country_code": ("country", "code"),
    "state": ("state", "state_id"),
}


def written(connection: str, place: str, fields: Mapping[str, Any], columns: Columns) -> dict[str, Any]:
    """The body for some fields. Raises `Rejected` for one that the classic API cannot be told."""
    body: dict[str, Any] = {}
    for name, value in fields.items():
        column = columns.get(name)
        if column is None:
            known = ", ".join(sorted(columns))
            raise Rejected(
                f"{connection}: `{place}.{name}` cannot be written through the classic API; it takes {known}",
                Cause("unsupported", target=f"{place}.{name}", connection=connection),
            )
        if isinstance(column, str):
            body[column] = value
        else:
            body[column[0]] = None if value is None else {column[1]: value}
    return body


def refuse_ignored(
    connection: str,
    place: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    wanted: Mapping[str, Any],
) -> None:
    """X-Cart passes over columns that it does not know and answers 200. A field that was to change and is as it was
    before was passed over.
    """
    ignored = [
        name for name in differing(after, wanted) if name in before and before[name] == after.get(name)
    ]
    if ignored:
        raise Rejected(
            f"{connection}: X-Cart took the request but left {', '.join(f'`{name}`' for name in ignored)} as before; "
            "this release of the classic API does not write that",
            Cause("ignored", target=f"{place}.{ignored[0]}", connection=connection),
        )
