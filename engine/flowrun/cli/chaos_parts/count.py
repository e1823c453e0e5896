"""The count, taken in the systems themselves: what the shop has, what SAP has, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from flowrun.cli.chaos_parts.project import SEQUENCE


@dataclass(frozen=True, slots=True)
class Count:
    """`lost` and `duplicates` are documents; `order_violations` pairs of documents of a key in the wrong order."""

    lost: tuple[str, ...]
    duplicates: tuple[str, ...]
    order_violations: tuple[str, ...]


def counted(expected: Iterable[str], excused: Iterable[str], documents: Iterable[Mapping[str, Any]]) -> Count:
    """Compares the customer references that must be in SAP with the documents that are. `excused` are references of
    dead letters and runs that wait: they may be missing, but not be there twice."""
    found: dict[str, list[int]] = {}
    for document in documents:
        found.setdefault(document["PurchaseOrderByCustomer"], []).append(int(document["SalesOrder"]))
    may_be_missing = set(excused)
    lost = tuple(
        sorted(
            reference
            for reference in set(expected)
            if reference not in found and reference not in may_be_missing
        )
    )
    duplicates = tuple(
        sorted(
            reference
            for reference, numbers in found.items()
            if reference.startswith(("XC-", SEQUENCE)) and len(numbers) > 1
        )
    )
    return Count(lost, duplicates, _violations(found))


def _violations(found: Mapping[str, list[int]]) -> tuple[str, ...]:
    """Pairs of numbered documents of one key that were created in the wrong order."""
    by_key: dict[str, list[tuple[int, int]]] = {}
    for reference, numbers in found.items():
        if reference.startswith(f"{SEQUENCE}-"):
            _, key, place = reference.split("-")
            by_key.setdefault(key, []).append((int(place), min(numbers)))
    wrong: list[str] = []
    for key, pairs in by_key.items():
        created = [number for _, number in sorted(pairs)]
        wrong.extend(f"{SEQUENCE}-{key}" for earlier, later in pairwise(created) if earlier > later)
    return tuple(wrong)
