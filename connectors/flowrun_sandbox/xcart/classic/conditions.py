"""``_cnd``: which rows, in which order, how many. A condition the table does not know is passed over."""

from __future__ import annotations

from typing import Any

from flowrun_sandbox.xcart.classic.forms import rows, whole
from flowrun_sandbox.xcart.classic.table import RestError, Table
from flowrun_sandbox.xcart.shop import Shop


def select(shop: Shop, table: Table, conditions: dict[str, Any]) -> list[Any]:
    """The searched rows: by the table's own conditions, then sorted, then cut."""
    found = list(table.searched(shop))
    for name, value in conditions.items():
        keeps = table.conditions.get(name)
        if keeps is not None and value not in ("", None):
            found = [row for row in found if keeps(shop, row, value)]
    if "orderBy" in conditions:
        found = _sorted(shop, table, found, rows(conditions["orderBy"]))
    if "limit" in conditions:
        start, count = ([whole(part) for part in rows(conditions["limit"])] + [0, 0])[:2]
        found = found[start : start + count] if count else found[start:]
    return found


def _sorted(shop: Shop, table: Table, found: list[Any], wish: list[Any]) -> list[Any]:
    """By a column, written with the table's alias: ``o.order_id``.

    Nothing comes before all else; ties keep the order of the ids.
    """
    column = str(wish[0]).rpartition(".")[2]
    downwards = len(wish) > 1 and str(wish[1]).lower() == "desc"

    def key(row: Any) -> tuple[bool, Any]:
        value = table.scalars(shop, row)[column]
        return value is not None, value

    try:
        return sorted(found, key=key, reverse=downwards)
    except KeyError as error:
        raise RestError(f"[Semantical Error] line 0, near '{column}': no field or association") from error
