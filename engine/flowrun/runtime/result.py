"""How a run ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from flowrun.errors import Fatal, Rejected, Retryable, RunError

Status = Literal["done", "skipped", "rejected", "failed"]


@dataclass(frozen=True, slots=True)
class RunResult:
    """`results` are those of the steps by id. `reason` says in one line why a run was skipped."""

    run: str
    flow: str
    version: str
    status: Status
    results: Mapping[str, Any] = field(default_factory=dict)
    error: RunError | None = None
    reason: str = ""

    @property
    def connection_failed(self) -> bool:
        """Whether a remote system or its credentials, not this record, is the reason."""
        return isinstance(self.error, Fatal | Retryable) and bool(self.error.cause.connection)

    def as_data(self) -> dict[str, Any]:
        """The form that `flowrun run --output json` prints."""
        error = self.error.as_data() if self.error is not None else None
        data: dict[str, Any] = {
            "run": self.run,
            "flow": self.flow,
            "version": self.version,
            "status": self.status,
            "results": self.results,
            "error": error,
        }
        if self.reason:
            data["reason"] = self.reason
        return data


def status_of(error: RunError) -> Status:
    """`rejected` is about the record, `failed` about everything else."""
    return "rejected" if isinstance(error, Rejected) else "failed"
