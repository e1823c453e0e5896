"""The faults of the SAP system that mock-sap does not have."""

from __future__ import annotations

from typing import Literal

from mocksap.server import UNSAFE

from flowrun_sandbox.faults import Rule


class SapRule(Rule, kw_only=True):
    """One fault.

    ``commit_then_drop`` executes and commits, then closes the connection without an answer;
    ``commit_then_timeout`` executes and answers after ``delay_ms``; ``html`` answers with a page in place of
    JSON under the true status; ``cut`` sends half of the true answer. ``csrf_expired``, ``lock``,
    ``unavailable`` (503) and ``rate_limit`` (429) do nothing but refuse. Without a ``method``, the first two
    and ``csrf_expired`` and ``lock`` meet modifying calls only.
    """

    kind: Literal[
        "commit_then_drop",
        "commit_then_timeout",
        "html",
        "cut",
        "csrf_expired",
        "lock",
        "unavailable",
        "rate_limit",
    ]
    code: str = "56/393"
    message: str = "Document is currently being processed by user MUELLER"

    def meets(self, method: str, path: str) -> bool:
        """Most faults are about writing."""
        writing_only = self.kind in {"commit_then_drop", "commit_then_timeout", "csrf_expired", "lock"}
        if writing_only and self.method is None and method not in UNSAFE:
            return False
        return super().meets(method, path)
