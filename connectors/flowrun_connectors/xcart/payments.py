"""What really happened to the money of a payment transaction.

X-Cart 5.5 puts the name of the payment method into a transaction's `status` (seen in its source), so the
state is worked out from the backend transactions that succeeded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Literal

State = Literal["paid", "part_paid", "authorized", "refunded", "part_refunded", "voided", "failed", "pending"]

_SUCCESS = "S"
_FAILURES = frozenset({"F", "C"})  # failed, cancelled
_PAID = frozenset({"sale", "capture", "capturePart", "captureMulti"})
_CAPTURED = frozenset({"capture", "capturePart", "captureMulti"})
_REFUNDED = frozenset({"refund", "refundPart", "refundMulti"})
_VOIDED = frozenset({"void", "voidPart", "voidMulti"})
_NOTHING = Decimal(0)


def with_state(transaction: Mapping[str, Any]) -> dict[str, Any]:
    """The transaction with `state`, and the sums `paid`, `refunded` and `authorized` (reserved, not yet
    taken).
    """
    backend = [item for item in transaction.get("backend_transactions") or () if isinstance(item, Mapping)]
    done = [item for item in backend if item.get("status") == _SUCCESS]
    paid, refunded = _sum(done, _PAID), _sum(done, _REFUNDED)
    reserved = _sum(done, {"auth"}) - _sum(done, _CAPTURED) - _sum(done, _VOIDED)
    authorized = max(reserved, _NOTHING)
    voided = any(item.get("type") in _VOIDED for item in done)
    failed = bool(backend) and all(item.get("status") in _FAILURES for item in backend)
    whole = Decimal(transaction.get("value") or 0)
    state = _state(whole, paid=paid, refunded=refunded, authorized=authorized, voided=voided, failed=failed)
    return {**transaction, "state": state, "paid": paid, "refunded": refunded, "authorized": authorized}


def _state(
    whole: Decimal, *, paid: Decimal, refunded: Decimal, authorized: Decimal, voided: bool, failed: bool
) -> State:
    if refunded > 0:
        return "refunded" if refunded >= paid else "part_refunded"
    if paid > 0:
        return "paid" if paid >= whole else "part_paid"
    if authorized > 0:
        return "authorized"
    if voided:
        return "voided"
    return "failed" if failed else "pending"


def _sum(items: Iterable[Mapping[str, Any]], types: Iterable[str]) -> Decimal:
    wanted = frozenset(types)
    return sum((Decimal(item.get("value") or 0) for item in items if item.get("type") in wanted), _NOTHING)
