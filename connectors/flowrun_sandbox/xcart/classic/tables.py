"""Every table that the classic API of the sandbox serves, by the name in ``_path``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flowrun_sandbox.xcart.classic import complex as complex_schema
from flowrun_sandbox.xcart.classic import order_rows, rows, writes
from flowrun_sandbox.xcart.classic.searches import ITEM, ORDER, PRODUCT, PROFILE
from flowrun_sandbox.xcart.classic.table import Table
from flowrun_sandbox.xcart.model import Order
from flowrun_sandbox.xcart.shop import Shop
from flowrun_sandbox.xcart.statuses import TABLES as STATUS_TABLES


def _sorted_values(rows_by_id: dict[int, Any]) -> list[Any]:
    return [rows_by_id[id_] for id_ in sorted(rows_by_id)]


def _of_orders(attribute: str) -> Callable[[Shop], Iterator[tuple[Order, Any]]]:
    def every(shop: Shop) -> Iterator[tuple[Order, Any]]:
        for order in _sorted_values(shop.orders):
            for part in getattr(order, attribute):
                yield order, part

    return every


def _of_owner(owners: str, attribute: str) -> Callable[[Shop], Iterator[tuple[Any, Any]]]:
    def every(shop: Shop) -> Iterator[tuple[Any, Any]]:
        for owner in getattr(shop, owners).values():
            for part in getattr(owner, attribute).values():
                yield owner, part

    return every


def _by_part(every: Callable[[Shop], Iterator[tuple[Any, Any]]]) -> Callable[[Shop, int], Any]:
    def one(shop: Shop, id_: int) -> Any:
        return next((row for row in every(shop) if row[1].id == id_), None)

    return one


def _remove_from(attribute: str) -> Callable[[Shop, tuple[Any, Any]], None]:
    def remove(_shop: Shop, row: tuple[Any, Any]) -> None:
        held = getattr(row[0], attribute)
        if isinstance(held, dict):
            del held[row[1].id]
        else:
            held.remove(row[1])

    return remove


def _delete_order(shop: Shop, row: Order) -> None:
    del shop.orders[row.id]


def _child(every: Callable[[Shop], Iterator[tuple[Any, Any]]], attribute: str, **more: Any) -> Table:
    """A table whose rows are pairs of an owner and its part."""
    return Table(every=every, one=_by_part(every), remove=_remove_from(attribute), **more)


def _statuses(kind: str) -> Table:
    table = STATUS_TABLES[kind]
    return Table(
        key="id",
        every=lambda _: table,
        one=lambda _, id_: next((row for row in table if row.id == id_), None),
        scalars=rows.status,
        associations=rows.status_associations,
    )


TABLES: dict[str, Table] = {
    "order": Table(
        key="order_id",
        every=lambda shop: _sorted_values(shop.orders),
        search=lambda shop: sorted(shop.placed_orders(), key=lambda row: row.id),
        one=lambda shop, id_: shop.orders.get(id_),
        scalars=order_rows.order,
        associations=order_rows.order_associations,
        complex=complex_schema.order,
        conditions=ORDER,
        alter=writes.alter_order,
        remove=_delete_order,
    ),
    "orderitem": _child(
        _of_orders("items"),
        "items",
        key="item_id",
        scalars=order_rows.item,
        associations=order_rows.item_associations,
        conditions=ITEM,
        alter=writes.alter_item,
    ),
    "ordertrackingnumber": _child(
        _of_orders("tracking"),
        "tracking",
        key="tracking_id",
        scalars=order_rows.tracking,
        associations=lambda shop, row: {"order": order_rows.order(shop, row[0])},
        create=writes.create_tracking,
        alter=writes.alter_tracking,
    ),
    "payment-transaction": _child(
        _of_orders("transactions"),
        "transactions",
        key="transaction_id",
        scalars=order_rows.transaction,
        associations=order_rows.transaction_associations,
    ),
    "product": Table(
        key="product_id",
        every=lambda shop: shop.products.values(),
        one=lambda shop, id_: shop.products.get(id_),
        scalars=rows.product,
        associations=rows.product_associations,
        complex=complex_schema.product,
        conditions=PRODUCT,
        create=writes.create_product,
        alter=writes.alter_product,
        remove=lambda shop, row: shop.delete_product(row.id),
    ),
    "xc-productvariants-productvariant": _child(
        _of_owner("products", "variants"),
        "variants",
        key="id",
        scalars=rows.variant,
        associations=rows.variant_associations,
        create=writes.create_variant,
        alter=writes.alter_variant,
    ),
    "profile": Table(
        key="profile_id",
        every=lambda shop: _sorted_values(shop.profiles),
        one=lambda shop, id_: shop.profiles.get(id_),
        scalars=rows.profile,
        associations=rows.profile_associations,
        complex=complex_schema.profile,
        conditions=PROFILE,
        create=writes.create_profile,
        alter=writes.alter_profile,
        remove=lambda shop, row: shop.delete_profile(row.id),
    ),
    "address": _child(
        _of_owner("profiles", "addresses"),
        "addresses",
        key="address_id",
        scalars=rows.address,
        associations=rows.address_associations,
        create=writes.create_address,
        alter=writes.alter_address,
    ),
    "membership": Table(
        key="membership_id",
        every=lambda shop: list(shop.memberships),
        one=lambda shop, id_: shop.membership_name(id_),
        scalars=rows.membership,
        associations=rows.membership_associations,
    ),
    "xc-zapier-hooksubscriber": Table(
        key="id",
        every=lambda shop: list(shop.hooks.values()),
        one=lambda shop, id_: shop.hooks.get(id_),
        scalars=lambda _, row: {"id": row.id, "url": row.url, "event": row.event},
        read_only=True,
    ),
    "order-status-payment": _statuses("payment"),
    "order-status-shipping": _statuses("shipping"),
}
