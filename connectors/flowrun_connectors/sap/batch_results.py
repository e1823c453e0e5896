"""What became of the changes of a batch: of each, and of the step as a whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flowrun.errors import Cause, Detail, Fatal, Rejected, Retryable, RunError, merged
from flowrun.expressions.shapes import ANYTHING, BOOLEAN, INTEGER, TEXT, Many, record

_DETAIL = record("detail", code=TEXT, message=TEXT, target=TEXT, severity=TEXT)
RESULT = Many(
    record(
        "change",
        ok=BOOLEAN,
        status=INTEGER,
        record=ANYTHING,
        messages=Many(record("message", code=TEXT, message=TEXT, severity=TEXT, target=TEXT)),
        kind=TEXT,
        code=TEXT,
        message=TEXT,
        target=TEXT,
        details=Many(_DETAIL),
        doubt=BOOLEAN,
    )
)


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one change. `error` is None when it was carried out."""

    status: int = 0
    record: Mapping[str, Any] | None = None
    messages: Sequence[Mapping[str, str]] = ()
    error: RunError | None = None

    @property
    def doubt(self) -> bool:
        """Whether nobody knows."""
        return isinstance(self.error, Retryable) and self.error.doubt

    def as_record(self) -> dict[str, Any]:
        """What a flow sees. The same fields, whatever became of it."""
        error, cause = self.error, self.error.cause if self.error is not None else Cause()
        return {
            "ok": error is None,
            "status": self.status,
            "record": self.record,
            "messages": list(self.messages),
            "kind": type(error).__name__.lower() if error is not None else "",
            "code": cause.code,
            "message": error.message if error is not None else "",
            "target": cause.target,
            "details": [
                {"code": one.code, "message": one.message, "target": one.target, "severity": one.severity}
                for one in cause.details
            ],
            "doubt": self.doubt,
        }


def refuse_failures(connection: str, outcomes: Mapping[str, Done]) -> None:
    """Raises when a change failed. The keys say which change each outcome is of, in an analyst's words.

    The whole may be sent again only when nothing of it was carried out.
    """
    failed = [(name, one.error) for name, one in outcomes.items() if one.error is not None]
    if not failed:
        return
    name, first = failed[0]
    text = f"{connection}: {len(failed)} of {len(outcomes)} changes failed; {name}: {first.message}"
    details = tuple(Detail(error.cause.code, error.message, name.split()[0]) for name, error in failed)
    cause = merged(first.cause, {"details": details, "connection": connection})
    errors = [error for _, error in failed]
    if len(failed) < len(outcomes) or any(one.doubt for one in outcomes.values()):
        raise Rejected(f"{text}; {_rest(outcomes.values())}", cause)
    if any(isinstance(error, Fatal) for error in errors):
        raise Fatal(text, cause)
    waits = [error.after or 0.0 for error in errors if isinstance(error, Retryable)]
    if len(waits) == len(errors):
        raise Retryable(text, cause, after=max(waits) or None)
    raise Rejected(f"{text}; nothing was carried out", cause)


def _rest(outcomes: Collection[Done]) -> str:
    carried_out = sum(one.error is None for one in outcomes)
    doubt = sum(one.doubt for one in outcomes)
    unknown = f", and of {doubt} nobody knows" if doubt else ""
    return f"{carried_out} carried out{unknown}; `collect: true` tells what became of each"


def pretended(changes: Any) -> list[dict[str, Any]]:
    """What a batch answers in a dry-run: all carried out, with what was sent."""
    rows = [row for row in changes if isinstance(row, Mapping)] if isinstance(changes, list) else []
    return [
        Done(201 if row.get("operation") == "create" else 204, row.get("data")).as_record() for row in rows
    ]
