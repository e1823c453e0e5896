"""Lists of entities, page after page, whoever does the paging."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flowrun_connectors.sap.odata.entities import BadFieldError, Entry, Model
from flowrun_connectors.sap.odata.filters import conditions, names, ordering
from flowrun_connectors.sap.odata.session import Session
from flowrun_connectors.sap.place import Place

Rows = Sequence[Entry]
WINDOW = 1000
"""Entities in one window, when a flow reads a list page after page and does not say how many."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A list as a flow asks for it. Several `filters`: what is asked for one after another, since it would be
    too long for one address.
    """

    filters: Sequence[str]
    options: Mapping[str, str]
    order_by: Sequence[str]
    limit: int | None
    page_size: int | None


def selection(model: Model, select: Sequence[str], expand: Sequence[str]) -> dict[str, str]:
    """What of each entity is read, as query options. Raises `BadFieldError`."""
    names(select, "select")
    names(expand, "expand")
    return model.dialect.selection(select, expand)


def wanted(
    model: Model,
    *,
    where: Mapping[str, Any],
    select: Sequence[str],
    expand: Sequence[str],
    order_by: Sequence[str],
    limit: int | None,
    page_size: int | None,
) -> Wanted:
    """The requests that a list takes. Raises `BadFieldError`."""
    filters = conditions(where, model)
    if page_size is not None:
        order_by = _stable(order_by, model, page_size)
    if len(filters) > 1 or page_size is not None:
        _must_be_read(order_by, select)
    options = selection(model, select, expand)
    if order_by:
        options["$orderby"] = ordering(order_by)
    return Wanted(filters, options, order_by, limit, page_size)


async def pages(session: Session, place: Place, asked: Wanted) -> AsyncIterator[Rows]:
    """The entities, never more than a page of them at a time, unless they are asked for in several requests
    and sorted.
    """
    if len(asked.filters) > 1:
        async for rows in _joined(session, place, asked):
            yield rows
        return
    for filter_ in asked.filters:
        options = {**asked.options, **({"$filter": filter_} if filter_ else {})}
        async for rows in _windows(session, place, asked, options):
            yield rows


async def window(
    session: Session, place: Place, asked: Wanted, cursor: str
) -> tuple[Sequence[Entry], str | None]:
    """One window of a list and where it goes on, for who asks for one after another himself.

    The cursor is the number of the filter and how many rows of it were had.
    """
    number, _, had = cursor.partition(":")
    at, skip = int(number or 0), int(had or 0)
    if at >= len(asked.filters):
        return [], None
    filter_ = asked.filters[at]
    size = asked.page_size or WINDOW
    if asked.limit is not None:
        size = min(size, asked.limit - skip)
    if size > 0:
        options = {**asked.options, **({"$filter": filter_} if filter_ else {})}
        query = {**options, "$top": str(size), "$skip": str(skip)}
        found = await session.read_list(place.service, place.entity, place.model, query)
        if found:
            return found[:size], f"{at}:{skip + len(found)}"
    return await window(session, place, asked, f"{at + 1}:0") if at + 1 < len(asked.filters) else ([], None)


async def _windows(
    session: Session, place: Place, asked: Wanted, options: Mapping[str, str]
) -> AsyncIterator[Rows]:
    """One window after another until one is empty: a server may give less than was asked for and be silent
    about it. One that does not know `$skip`, and gives the same again, ends the list too.
    """
    left = asked.limit
    if asked.page_size is None:
        top = {"$top": str(left)} if left is not None else {}
        async for rows in session.pages(
            place.service, place.entity, place.model, {**options, **top}, limit=left
        ):
            yield rows
        return
    skip, first = 0, ()
    while left is None or left > 0:
        size = asked.page_size if left is None else min(asked.page_size, left)
        window = {**options, "$top": str(size), "$skip": str(skip)}
        found = await session.read_list(place.service, place.entity, place.model, window)
        if not found or _position(found[0], asked) == first:
            return
        yield found[:left]
        first = _position(found[0], asked)
        skip += len(found)
        left = left - len(found) if left is not None else None


async def _joined(session: Session, place: Place, asked: Wanted) -> AsyncIterator[Rows]:
    """The answers to several filters as if they were one: nothing twice, in one order, no more than wanted."""
    seen: set[Any] = set()
    held: list[Entry] = []
    for filter_ in asked.filters:
        async for rows in _windows(session, place, asked, {**asked.options, "$filter": filter_}):
            fresh = [row for row in rows if _new(row, place, seen)]
            if asked.order_by or asked.limit is not None:
                held.extend(fresh)
            else:
                yield fresh
        if not asked.order_by and asked.limit is not None and len(held) >= asked.limit:
            break
    if held:
        yield _sorted(held, asked.order_by)[: asked.limit]


def _position(row: Entry, asked: Wanted) -> tuple[Any, ...]:
    """Where an entity stands in the order, which is that of its key at last."""
    return tuple(row.record.get(item.partition(" ")[0]) for item in asked.order_by)


def _new(row: Entry, place: Place, seen: set[Any]) -> bool:
    """Whether this entity was not there yet. One that does not tell its key is taken for another."""
    keys = place.model.entity.keys if place.model.entity is not None else ()
    told = row.uri or (
        tuple(str(row.record[name]) for name in keys)
        if keys and all(name in row.record for name in keys)
        else None
    )
    if told is None:
        return True
    known = told in seen
    seen.add(told)
    return not known


def _sorted(rows: list[Entry], order_by: Sequence[str]) -> list[Entry]:
    """As SAP sorts: null first, and last when the largest come first."""
    for item in reversed(order_by):
        name, _, direction = item.partition(" ")

        def by(row: Entry, name: str = name) -> tuple[bool, Any]:
            value = row.record.get(name)
            return (value is not None, value if value is not None else 0)

        rows = sorted(rows, key=by, reverse=direction == "desc")
    return rows


def _stable(order_by: Sequence[str], model: Model, page_size: int) -> list[str]:
    """The order with the key behind it: without a full order a page may repeat or leave out entities."""
    if page_size < 1:
        raise BadFieldError("page_size", "must be 1 or more")
    keys = model.entity.keys if model.entity is not None else ()
    if not keys and not order_by:
        raise BadFieldError(
            "page_size", "needs an order that is always the same: name the key fields in `order_by`"
        )
    sorted_by = {item.partition(" ")[0] for item in order_by}
    return [*order_by, *(name for name in keys if name not in sorted_by)]


def _must_be_read(order_by: Sequence[str], select: Sequence[str]) -> None:
    """Lists that are put together here are compared by what they are sorted by, so that must be there."""
    for item in order_by:
        name = item.partition(" ")[0]
        if "/" in name or (select and name not in select):
            raise BadFieldError(
                "select", f"lacks `{name}`, by which a list is sorted that comes in several requests"
            )
