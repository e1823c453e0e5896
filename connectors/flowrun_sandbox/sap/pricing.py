"""A pricing run small enough to check in one's head; the rules are the sandbox's own.

An item's price is the conditions it was sent (rate x quantity / condition quantity; a rate in ``%`` is a
share of the conditions before it); when it was sent none, the price condition that holds for it (see
``conditions``), and without one the material's standard price. A rejected item counts nothing. Conditions
whose type begins with ``MW`` or ``TTX`` are taxes and stay out of the net amount. A condition on the header
is an absolute sum on top of the items. ``TotalNetAmount`` is all of that together.
"""

from __future__ import annotations

import sqlite3
from decimal import Decimal

from mocksap import money

from flowrun_sandbox.sap import conditions, rows

_TAXES = ("MW", "TTX")
_SCALE = 3


def price_order(conn: sqlite3.Connection, order: str) -> None:
    """Prices every item of an order and sums it up; what is ordered counts as confirmed."""
    header = conn.execute('SELECT * FROM "A_SalesOrder" WHERE "SalesOrder" = ?', [order]).fetchone()
    if header is None:
        return
    items = conn.execute('SELECT * FROM "A_SalesOrderItem" WHERE "SalesOrder" = ?', [order]).fetchall()
    total = sum((_price_item(conn, dict(header), item) for item in items), Decimal(0))
    elements = conn.execute(
        'SELECT rowid AS row_id, * FROM "A_SalesOrderHeaderPrElement" WHERE "SalesOrder" = ?', [order]
    ).fetchall()
    for element in elements:
        amount = money.of(element["ConditionRateValue"])
        _note(conn, "A_SalesOrderHeaderPrElement", element, amount, header["TransactionCurrency"])
        total += Decimal(0) if element["ConditionType"].startswith(_TAXES) else amount
    conn.execute(
        'UPDATE "A_SalesOrder" SET "TotalNetAmount" = ? WHERE "SalesOrder" = ?',
        [money.text(total, _SCALE), order],
    )


def _price_item(conn: sqlite3.Connection, order: rows.Row, item: sqlite3.Row) -> Decimal:
    """What the item adds to the order."""
    net = _item_net(conn, order, item)
    return Decimal(0) if item["SalesDocumentRjcnReason"] else net


def _item_net(conn: sqlite3.Connection, order: rows.Row, item: sqlite3.Row) -> Decimal:
    place = [item["SalesOrder"], item["SalesOrderItem"]]
    quantity = money.of(item["RequestedQuantity"])
    elements = conn.execute(
        'SELECT rowid AS row_id, * FROM "A_SalesOrderItemPrElement" '
        'WHERE "SalesOrder" = ? AND "SalesOrderItem" = ? '
        'ORDER BY "PricingProcedureStep", "PricingProcedureCounter"',
        place,
    ).fetchall()
    if not any(not element["ConditionType"].startswith(_TAXES) for element in elements):
        return _list_price(conn, order, item, quantity)
    net = taxes = Decimal(0)
    for element in elements:
        rate = money.of(element["ConditionRateValue"])
        if element["ConditionCurrency"] == "%":
            amount = money.at(net * rate / 100)
        else:
            amount = money.at(rate * quantity / (money.of(element["ConditionQuantity"]) or 1))
        _note(conn, "A_SalesOrderItemPrElement", element, amount, item["TransactionCurrency"])
        if element["ConditionType"].startswith(_TAXES):
            taxes += amount
        else:
            net += amount
    _set_net(conn, item, net, quantity)
    if taxes:
        keys = {name: item[name] for name in ("SalesOrder", "SalesOrderItem")}
        rows.change(conn, "A_SalesOrderItem", keys, TaxAmount=taxes)
    return net


def _list_price(conn: sqlite3.Connection, order: rows.Row, item: sqlite3.Row, quantity: Decimal) -> Decimal:
    """What mock-sap's own orders were seeded with stays; a new item takes the price that holds for it."""
    price = conditions.price(conn, order, item["Material"], quantity)
    if price is None:
        found = rows.one(conn, "A_ProductValuation", Product=item["Material"])
        price = money.of(found["StandardPrice"]) if found else None
    net: Decimal = money.of(item["NetAmount"]) if price is None else money.at(price * quantity)
    _set_net(conn, item, net, quantity)
    return net


def _set_net(conn: sqlite3.Connection, item: sqlite3.Row, net: Decimal, quantity: Decimal) -> None:
    place = [item["SalesOrder"], item["SalesOrderItem"]]
    amount = money.text(quantity, _SCALE)
    conn.execute(
        'UPDATE "A_SalesOrderItem" SET "NetAmount" = ?, "ConfdDelivQtyInOrderQtyUnit" = ? '
        'WHERE "SalesOrder" = ? AND "SalesOrderItem" = ?',
        [money.text(net, _SCALE), amount, *place],
    )


def _note(conn: sqlite3.Connection, table: str, element: sqlite3.Row, amount: Decimal, currency: str) -> None:
    conn.execute(
        f'UPDATE "{table}" SET "ConditionAmount" = ?, "TransactionCurrency" = ? WHERE rowid = ?',  # noqa: S608 - our tables
        [money.text(amount, _SCALE), currency, element["row_id"]],
    )
